"""Fewer breaks and idle slots: the same meetings, every rule kept, never worse, and bounds that hold."""

from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scheduler.breaks.annealing import Annealing, suits
from scheduler.breaks.compaction import Compaction
from scheduler.breaks.ladder import Ladder
from scheduler.breaks.patterns import busy_pattern_bound
from scheduler.exact.model import ExactModel
from scheduler.format.event import Event
from scheduler.problem.incumbent import Incumbent
from scheduler.problem.placement import Placement
from scheduler.problem.problem import NO_TABLE, Problem, build_problem
from scheduler.problem.watch import SolveOptions, Watch
from scheduler.problem.worth import rank, worth
from scheduler.selecting.face import optimal_face
from scheduler.selecting.select import select
from scheduler.slotting.matching import UNPLACED, slot_units
from tests.properties.strategies import events
from tests.scheduler.builders import event, people, rule, slots, tables, two_sided
from tests.scheduler.builders import worth as affinities
from tests.scheduler.legal import assert_legal


def watch() -> Watch:
    return Watch(SolveOptions(workers=1))


def annealed(problem: Problem, start: Placement, seed: int = 0) -> Placement:
    """``start`` after one round of chains."""
    annealing = Annealing(problem, start, seed)
    annealing.run(lambda: False, rounds=1)
    return annealing.best


def any_placement(problem: Problem) -> Placement | None:
    """Some legal placement of as many units as there can be, with no eye to breaks."""
    model = ExactModel(problem, np.arange(problem.units), all_held=False)
    return model.minimise(-sum(model.x.values()) if model.x else None, watch()).placement


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(events(room=True), st.integers(0, 3))
def test_chains_keep_the_meetings_and_every_rule_and_are_never_worse(case, seed):
    problem = build_problem(case)
    assume(not problem.impossible)
    start = any_placement(problem)
    assume(start is not None)
    assert start is not None
    assume(suits(problem, start.units))
    found = annealed(problem, start, seed)

    assert found.units.tolist() == start.units.tolist()
    assert rank(problem, found) <= rank(problem, start)
    assert_legal(problem, found)


def crowded(**fields: Any) -> tuple[Problem, Placement]:
    """Five by five, all pairs, ten slots, five tables: many chains, a first placement full of breaks."""
    pairs = dict.fromkeys((f"a{i} c{j}" for i, j in product(range(5), range(5))), 1)
    ids = [f"{side}{i}" for side in "ac" for i in range(5)]
    everyone = people(*ids, **fields.pop("more", {}))
    case = event(
        **{"slots": slots(10), "participants": everyone, "affinities": affinities(pairs), "tables": tables(5), **fields}
    )
    problem = build_problem(case)
    start = any_placement(problem)
    assert start is not None
    return problem, start


def test_chains_get_the_breaks_out():
    problem, start = crowded()

    assert worth(problem, start)[2] > 0
    assert worth(problem, annealed(problem, start))[2:] == (0, 0)


def test_chains_keep_several_delegates_apart():
    problem, start = crowded(more={"a0": {"delegates": 2}, "c0": {"delegates": 3}})
    found = annealed(problem, start)

    assert_legal(problem, found)
    assert worth(problem, found)[2] < worth(problem, start)[2]


def test_chains_keep_tables_and_their_features():
    quiet = {
        "a0": {"requires": ["quiet"]},
        "a1": {"requires": ["quiet"]},
        "c4": {"home_table": "t3"},
        "c3": {"remote": True},
    }
    problem, start = crowded(more=quiet, tables=tables(4, ["quiet"], ["quiet"]))

    assert_legal(problem, annealed(problem, start))


def test_chains_keep_to_few_tables():
    # 25 meetings at 26 places: hardly a chain can be swapped without a second one.
    problem, start = crowded(slots=slots(13), tables=tables(2))
    found = annealed(problem, start)

    assert_legal(problem, found)
    assert worth(problem, found)[2] < worth(problem, start)[2]


def test_chains_keep_facilitators():
    problem, start = crowded(
        more={"a0": {"needs_facilitator": True}, "a1": {"needs_facilitator": True}},
        # Ten meetings that ask for help, twelve that can have it.
        facilitators=[
            {"id": "f0", "unavailable": ["s0", "s1", "s2", "s3"]},
            {"id": "f1", "unavailable": ["s2", "s3", "s4", "s5"]},
        ],
    )

    assert_legal(problem, annealed(problem, start))


def test_chains_keep_order_and_fixed_slots():
    problem, start = crowded(
        meetings=[
            rule("a0 c0", after=[["a1", "c1"], ["a2", "c2"]]),
            rule("a1 c1", "allowed", after=[["a3", "c3"]]),
            rule("a4 c4", slot="s7"),
        ]
    )

    assert_legal(problem, annealed(problem, start))


def test_chains_keep_twins_in_different_slots():
    problem, start = crowded(more={"a0": {"delegates": 2}}, meetings=[rule("a0 c0"), rule("a0 c0"), rule("a0 c0")])

    assert_legal(problem, annealed(problem, start))


def test_chains_keep_absences():
    problem, start = crowded(more={"a0": {"unavailable": ["s2", "s4"]}, "c1": {"unavailable": ["s0", "s9"]}})

    assert_legal(problem, annealed(problem, start))


def test_chains_same_seed_same_slots():
    problem, start = crowded()

    assert annealed(problem, start, 3).slots.tolist() == annealed(problem, start, 3).slots.tolist()


def test_chains_do_not_suit_twins_of_several_delegates_on_both_sides():
    crowd = people("a0", "c0", a0={"delegates": 2}, c0={"delegates": 2})
    problem = build_problem(event(participants=crowd, meetings=[rule("a0 c0"), rule("a0 c0")]))

    assert not suits(problem, np.arange(2))


def test_chains_do_not_suit_more_slots_than_bits():
    problem = build_problem(event(slots=slots(63), affinities=affinities({"a0 c0": 1})))

    assert not suits(problem, np.arange(1))


def compacted(case: Event, stopped: bool = False) -> tuple[Compaction, Placement]:
    problem = build_problem(case)
    selection = select(problem)
    assert selection is not None
    found = slot_units(problem, selection.units)
    assert UNPLACED not in found
    start = Placement(selection.units, found)
    watch = Watch(SolveOptions(workers=1), stop=lambda: stopped)
    incumbent = Incumbent(problem)
    incumbent.offer(start)
    run = Compaction(problem, start.units, watch, incumbent, proven_value=True)
    run.run()
    return run, start


@settings(max_examples=15, deadline=None)
@given(two_sided(delegates=1))
def test_compaction_keeps_the_value_and_is_never_worse(case):
    run, start = compacted(case)
    problem = run.problem

    assert worth(problem, run.best)[:2] == worth(problem, start)[:2]
    assert rank(problem, run.best) <= rank(problem, start)
    assert run.bound <= run.breaks
    assert_legal(problem, run.best)


def test_compaction_stopped_keeps_what_it_had():
    case = event(affinities=affinities({"a0 c0": 1, "a0 c1": 1}), slots=slots(5))
    run, start = compacted(case, stopped=True)

    assert run.best == start


def all_meet_all(more: int) -> Problem:
    """Seven people who all meet each other, with ``more`` slots than the seven that this takes."""
    ids = [f"c{k}" for k in range(7)]
    pairs = {f"{one} {other}": 1 for one in ids for other in ids if one < other}
    crowd = people(*ids)
    return build_problem(
        event(
            participants=crowd, may_meet=[["company", "company"]], affinities=affinities(pairs), slots=slots(7 + more)
        )
    )


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_compaction_finds_slots_where_there_are_none_yet(workers: int):
    problem = all_meet_all(0)
    heard: list[Placement | None] = []
    incumbent = Incumbent(problem, lambda: heard.append(incumbent.best))
    watch = Watch(SolveOptions(workers=workers))
    run = Compaction(problem, np.arange(problem.units), watch, incumbent, proven_value=True)
    run.run()

    # Who has six meetings in seven slots waits at most once, and not if the free slot is the first or the last.
    assert run.best is heard[-1]
    assert run.breaks == run.bound == 5
    assert_legal(problem, run.best)


def test_compaction_says_where_no_slots_can_be_found():
    problem = build_problem(event(slots=slots(1), affinities=affinities({"a0 c0": 1, "a0 c1": 1})))
    for workers in (1, 2):
        watch = Watch(SolveOptions(workers=workers))
        run = Compaction(problem, np.arange(2), watch, Incumbent(problem), proven_value=True)
        run.run()

        assert (run.best, run.impossible) == (None, True)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("part", ["climb", "descend", "offer"])
def test_what_goes_wrong_in_any_thread_is_heard(workers: int, part: str, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    if part == "descend":
        # Nothing is settled from below before.
        monkeypatch.setattr(Ladder, "climb", lambda *_: None)
    monkeypatch.setattr(Incumbent if part == "offer" else Ladder, part, fail)
    problem = all_meet_all(0)
    watch = Watch(SolveOptions(workers=workers, time_limit=20))
    run = Compaction(problem, np.arange(problem.units), watch, Incumbent(problem), proven_value=True)
    with pytest.raises(ZeroDivisionError):
        run.run()


@settings(max_examples=40, deadline=None)
@given(two_sided())
def test_face_holds_what_all_and_what_some_best_selections_hold(case):
    problem = build_problem(case)
    assume(problem.units <= 10)
    selection = select(problem)
    assert selection is not None
    places = problem.tables * problem.slots if problem.tables else problem.units
    best = [
        set(units)
        for size in range(min(places, problem.units) + 1)
        for units in combinations(range(problem.units), size)
        if is_best(problem, np.array(units, dtype=np.int64), selection.shortfall_bound, selection.value_bound)
    ]
    face = optimal_face(problem, selection.units)

    assert set(face.always.tolist()) == set.intersection(*best)
    assert set(face.sometimes.tolist()) == set.union(*best) - set.intersection(*best)


def is_best(problem: Problem, units: np.ndarray, shortfall: int, value: int | None) -> bool:
    within = (problem.degrees(units) <= problem.maximum).all()
    return bool(within) and problem.shortfall_of(units) == shortfall and problem.value_of(units) == value


@settings(max_examples=25, deadline=None)
@given(two_sided())
def test_pattern_bound_never_contradicts_the_exact_model(case):
    problem = build_problem(case)
    assume(problem.units)
    selection = select(problem)
    assert selection is not None
    face = optimal_face(problem, selection.units)
    whole_value = selection.value_bound if selection.shortfall_bound == 0 else None
    bound = busy_pattern_bound(problem, face, whole_value)
    model = ExactModel(problem, np.arange(problem.units), all_held=False)
    model.model.add(model.add_worth().shortfall <= selection.shortfall_bound)
    model.model.add(model.add_worth().value >= selection.value_bound)
    answer = model.minimise(model.add_breaks().total, watch())
    assume(answer.placement is not None)
    assert answer.placement is not None

    assert bound is None or bound.breaks <= worth(problem, answer.placement)[2]


def test_pattern_bound_sees_a_break_that_nobody_can_avoid():
    # c0 is away in the middle slot, and meets twice.
    away = people("a0", "a1", "c0", c0={"unavailable": ["s1"]})
    run, _ = compacted(event(participants=away, affinities=affinities({"a0 c0": 1, "a1 c0": 1})))

    assert (run.breaks, run.bound) == (1, 1)


def test_no_table_is_no_place():
    problem, start = crowded(tables=[])

    assert (problem.table_type == NO_TABLE).all()
    assert worth(problem, annealed(problem, start))[2:] == (0, 0)
