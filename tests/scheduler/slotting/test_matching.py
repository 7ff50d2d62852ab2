"""When: a slot for each selected meeting, by matchings and chains, without breaking a rule."""

from collections import Counter
from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scheduler.problem.problem import NO_TABLE, IntArray, Problem, build_problem
from scheduler.selecting.select import select
from scheduler.slotting.matching import UNPLACED, inserted, legal_part, slot_units, suits
from tests.properties.strategies import events
from tests.scheduler.broken_rules import broken_rules
from tests.scheduler.builders import event, people, rule, slots, tables, two_sided, worth


def problem_of(pairs: dict[str, int] | list[str], **fields: Any) -> Problem:
    scores = pairs if isinstance(pairs, dict) else dict.fromkeys(pairs, 1)
    ids = sorted({id for pair in scores for id in pair.split()})
    return build_problem(event(**{"participants": people(*ids), "affinities": worth(scores), **fields}))


def everybody(left: int, right: int) -> list[str]:
    return [f"a{i} c{j}" for i, j in product(range(left), range(right))]


def assert_legal(problem: Problem, units: IntArray, slots_of: IntArray) -> None:
    """Each unit in a slot that it may take, within delegates and tables."""
    placed = slots_of != UNPLACED
    units, slots_of = units[placed], slots_of[placed]
    assert problem.allowed[units, slots_of].all()
    for s in range(problem.slots):
        here = units[slots_of == s]
        assert (problem.degrees(here) <= problem.delegates).all()
        if problem.tables:
            assert (problem.table_type[here] != NO_TABLE).sum() <= problem.tables


def all_of(problem: Problem) -> IntArray:
    units = np.arange(problem.units)
    found = slot_units(problem, units)
    assert_legal(problem, units, found)
    return found


@pytest.mark.parametrize(("left", "right"), [(1, 5), (5, 5), (4, 7), (7, 4)])
def test_slotting_as_many_slots_as_the_greatest_degree_suffice(left, right):
    # König's edge colouring theorem.
    assert UNPLACED not in all_of(problem_of(everybody(left, right), slots=slots(max(left, right))))


def test_slotting_leaves_out_what_cannot_fit():
    found = all_of(problem_of(everybody(1, 3), slots=slots(2)))

    assert (found == UNPLACED).sum() == 1


def test_slotting_full_tables_in_every_slot():
    # 16 meetings in 8 slots of 2 tables: not one place to spare.
    assert UNPLACED not in all_of(problem_of(everybody(4, 4), slots=slots(8), tables=tables(2)))


@pytest.mark.parametrize("width", [1, 2, 3])
def test_chains_alone_find_a_slot_for_all_at_full_tables(width):
    # No matching has placed anything: each meeting is inserted, and slots brought back under their tables.
    problem = problem_of(everybody(4, 4), slots=slots(-(-16 // width)), tables=tables(width))
    units = np.arange(problem.units)
    found = inserted(problem, units, np.full(len(units), UNPLACED))

    assert_legal(problem, units, found)
    assert UNPLACED not in found


@pytest.mark.parametrize("seed", [5, 7, 25, 33, 38])
def test_chains_swap_a_meeting_back_where_tables_are_full(seed):
    # In these graphs the only free slots are full at some moment.
    random = Random(seed)
    left, right = random.randint(3, 8), random.randint(3, 8)
    pairs = [pair for pair in everybody(left, right) if random.random() < 0.6]
    degrees = Counter(id for pair in pairs for id in pair.split())
    seats = random.randint(1, min(left, right))
    count = max(*degrees.values(), -(-len(pairs) // seats))
    problem = problem_of(pairs, slots=slots(count), tables=tables(seats))
    units = np.array(random.sample(range(problem.units), problem.units))
    found = inserted(problem, units, np.full(len(units), UNPLACED))

    assert_legal(problem, units, found)
    assert UNPLACED not in found


def test_slotting_online_beside_full_tables():
    online = people("a0", "a1", "a2", "c0", "c1", "c2", c2={"remote": True})
    problem = problem_of(everybody(3, 3), slots=slots(3), tables=tables(2), participants=online)

    assert UNPLACED not in all_of(problem)


def test_slotting_delegates():
    crowd = people("a0", "a1", "c0", "c1", a0={"delegates": 2}, c0={"delegates": 2})
    problem = problem_of(["a0 c0", "a0 c1", "a1 c0"], slots=slots(2), participants=crowd)

    assert UNPLACED not in all_of(problem)


def test_slotting_around_absences():
    absent = people("a0", "a1", "c0", "c1", a0={"unavailable": ["s0"]}, c1={"unavailable": ["s2"]})

    assert UNPLACED not in all_of(problem_of(everybody(2, 2), participants=absent))


def test_slotting_of_no_units():
    assert len(slot_units(problem_of(["a0 c0"]), np.arange(0))) == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"meetings": [rule("a0 c0", "allowed", after=[["a1", "c0"]])]},
        {"meetings": [rule("a0 c0"), rule("a0 c0")]},
        {"rules": {"max_break_difference": 1}},
        {"participants": people("a0", "a1", "c0", c0={"needs_facilitator": True}), "facilitators": [{"id": "f"}]},
        {"participants": people("a0", "a1", "c0", c0={"home_table": "t1"}), "tables": tables(2)},
        {
            "participants": people("c0", "c1", "c2"),
            "affinities": worth({"c0 c1": 1, "c1 c2": 1, "c2 c0": 1}),
            "may_meet": [["company", "company"]],
        },
    ],
    ids=["after", "twins", "breaks", "facilitators", "home table", "ring"],
)
def test_slotting_suits_only_what_matchings_see(fields):
    assert suits(problem_of(["a0 c0", "a1 c0"]))
    assert not suits(problem_of(["a0 c0", "a1 c0"], **fields))


@settings(max_examples=60, deadline=None)
@given(two_sided())
def test_slotting_finds_room_for_every_selection_of_a_network(case):
    problem = build_problem(case)
    selection = select(problem)
    assert selection is not None
    found = slot_units(problem, selection.units)

    assert_legal(problem, selection.units, found)
    if (problem.delegates == 1).all():
        assert UNPLACED not in found


@settings(max_examples=60, deadline=None)
@given(two_sided(delegates=1), st.randoms(use_true_random=False))
def test_chains_alone_find_a_slot_for_every_selection_of_a_network(case, random):
    problem = build_problem(case)
    selection = select(problem)
    assert selection is not None
    units = np.array(random.sample(selection.units.tolist(), len(selection.units)), dtype=np.int64)
    found = inserted(problem, units, np.full(len(units), UNPLACED))

    assert_legal(problem, units, found)
    assert UNPLACED not in found


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(events(room=True), st.data())
def test_slotting_never_breaks_a_rule(case, data):
    problem = build_problem(case)
    assume(suits(problem))
    assume(problem.units)
    units = np.array(sorted(data.draw(st.sets(st.integers(0, problem.units - 1)))), dtype=np.int64)

    assert_legal(problem, units, slot_units(problem, units))


@pytest.mark.parametrize(("count", "held"), [(3, [0, 2]), (4, [0, 1, 2])])
def test_legal_part_moves_or_drops_the_least_meeting_that_leaves_nobody_a_pause(count: int, held: list[int]):
    case = event(
        slots=slots(count),
        affinities=worth({"a0 c0": 5, "a0 c1": 2, "a0 c2": 4}),
        participants=people("a0", "c0", "c1", "c2"),
        rules={"max_in_a_row": 2},
    )
    problem = build_problem(case)
    part = legal_part(problem, np.arange(3), np.array([0, 1, 2]))

    assert part is not None
    assert broken_rules(problem, part) == []
    assert part.units.tolist() == held
