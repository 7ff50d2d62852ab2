"""The one network: what it holds back, what can be exchanged in it, and what its potentials prove."""

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from scheduler.problem.problem import Problem, build_problem
from scheduler.selecting.face import optimal_face
from scheduler.selecting.gates import gates_of
from scheduler.selecting.network import FAR, Network, Residual
from scheduler.selecting.relaxation import Relaxation, maximise
from scheduler.selecting.select import bound_by_flows, select, select_by_program
from scheduler.selecting.shapes import Order, Runs
from tests.scheduler.builders import event, people, rule, slots, tables, two_sided, worth


def problem_of(**fields: Any) -> Problem:
    return build_problem(event(**fields))


def held(problem: Problem) -> list[str]:
    """The pairs that the flow selects."""
    network = Network.of(problem)
    flow = network.best()
    assert flow is not None
    return named(problem, network.held(flow))


def named(problem: Problem, units: Any) -> list[str]:
    ids = [participant.id for participant in problem.event.participants]
    return [f"{ids[problem.a[u]]} {ids[problem.b[u]]}" for u in units]


def test_required_meetings_are_held_whatever_they_cost():
    problem = problem_of(
        slots=slots(1), affinities=worth({"a0 c0": 1, "a0 c1": 90, "a1 c0": 90}), meetings=[rule("a0 c0")]
    )

    assert held(problem) == ["a0 c0"]


def test_required_meetings_without_room_have_no_flow():
    problem = problem_of(slots=slots(1), meetings=[rule("a0 c0"), rule("a0 c1")])

    assert Network.of(problem).best() is None


def test_part_time_presence_limits_the_meetings_of_one():
    most = people("a0", "c0", "c1", "c2", a0={"unavailable": ["s1", "s2"]})
    problem = problem_of(slots=slots(3), participants=most, affinities=worth({"a0 c0": 2, "a0 c1": 3, "a0 c2": 1}))

    assert held(problem) == ["a0 c1"]


FOUR = worth({"a0 c0": 4, "a0 c1": 3, "a1 c0": 2, "a1 c1": 1})


@pytest.mark.parametrize(
    ("fields", "room"),
    [
        ({"tables": tables(1), "slots": slots(2)}, 2),
        # Who is on site needs a table, whoever is met online does not.
        (
            {
                "tables": tables(1),
                "slots": slots(1),
                "participants": people("a0", "a1", "c0", "c1", c1={"remote": True}),
            },
            2,
        ),
        (
            {
                "slots": slots(2),
                "facilitators": [{"id": "f0", "unavailable": ["s1"]}],
                "participants": people(
                    "a0", "a1", "c0", "c1", a0={"needs_facilitator": True}, a1={"needs_facilitator": True}
                ),
            },
            1,
        ),
        ({"slots": slots(2), "same_person": [["a0", "a1"]]}, 2),
        (
            {
                "tables": tables(3),
                "slots": slots(2),
                "participants": people("a0", "a1", "c0", "c1", a0={"home_table": "t0"}, a1={"home_table": "t0"}),
            },
            2,
        ),
    ],
    ids=["tables", "tables on site", "facilitators", "one person", "home table"],
)
def test_gates_hold_back_what_shares_too_little(fields, room):
    problem = problem_of(**{"affinities": FOUR, **fields})

    assert len(held(problem)) == room
    assert select(problem).value_bound == select_by_program(problem).value_bound  # type: ignore[union-attr]


def test_tables_hold_back_those_without_two_sides_as_much():
    ids = [f"c{i}" for i in range(6)]
    problem = problem_of(
        may_meet=[["company", "company"]],
        slots=slots(2),
        tables=tables(2),
        participants=people(*ids),
        affinities=worth({f"{one} {other}": 1 for one, other in combinations(ids, 2)}),
    )
    selection = select(problem)

    assert problem.sides is None
    assert selection is not None
    assert (len(selection.units), selection.value_bound) == (4, 4)


def test_tables_hold_back_those_on_site_where_some_on_both_sides_are_remote():
    ids = [f"{side}{i}" for side in "ac" for i in range(4)]
    problem = problem_of(
        slots=slots(1),
        tables=tables(1),
        participants=people(*ids, a0={"remote": True}, c0={"remote": True}),
        affinities=worth({f"a{i} c{j}": 10 for i in range(4) for j in range(4)}),
    )
    selection = select(problem)
    assert selection is not None

    # One at the table, and each who is remote with somebody.
    assert selection.value_bound == 30
    assert selection.value_bound == select_by_program(problem).value_bound  # type: ignore[union-attr]


def test_gates_of_the_morning_lie_within_those_of_the_day():
    ids = [f"{side}{i}" for side in "ac" for i in range(6)]
    early = {f"a{i}": {"unavailable": ["s2", "s3"]} for i in range(4)}
    problem = problem_of(
        slots=slots(4),
        tables=tables(2),
        participants=people(*ids, **early),
        affinities=worth({f"a{i} c{j}": 1 for i in range(6) for j in range(6)}),
    )
    sides = problem.sides
    assert sides is not None
    day, morning = gates_of(problem, sides == sides[0])

    assert (day.limit, day.row) == (8, ("tables", None, None))
    assert (morning.limit, morning.row) == (4, ("tables", None, ("s0", "s1")))
    assert morning.members.sum() == 4
    assert len(held(problem)) == 8


@settings(max_examples=60, deadline=None)
@given(two_sided())
def test_gates_never_cross(case):
    problem = build_problem(case)
    sides = problem.sides
    assert sides is not None
    for side in (0, 1):
        for wide, narrow in combinations(gates_of(problem, sides == side), 2):
            together = wide.members & narrow.members
            assert not together.any() or (together == narrow.members).all()


@settings(max_examples=60, deadline=None)
@given(two_sided())
def test_the_flow_of_a_selection_is_the_flow_that_made_it(case):
    problem = build_problem(case)
    network = Network.of(problem)
    flow = network.best()
    assert flow is not None
    again = network.flow_of(network.held(flow))

    assert again is not None
    assert (network.points @ again) == (network.points @ flow)
    for node in range(network.nodes):
        balance = again[network.heads == node].sum() - again[network.tails == node].sum()
        assert balance == 0 or node in (2 * problem.participants, 2 * problem.participants + 1)
    potential = network.residual(again).potentials()
    assert potential is not None
    residual = network.residual(flow)
    potential = residual.potentials()
    assert potential is not None
    assert (residual.costs + potential[residual.tails] - potential[residual.heads] >= 0).all()


def test_a_worse_selection_has_no_potentials():
    problem = problem_of(slots=slots(1), affinities=worth({"a0 c0": 5, "a0 c1": 4, "a1 c0": 3}))
    network = Network.of(problem)
    worse = network.flow_of(np.array([0]))

    assert named(problem, [0]) == ["a0 c0"]
    assert worse is not None
    assert network.residual(worse).potentials() is None


def test_a_selection_beyond_a_maximum_is_no_flow():
    problem = problem_of(slots=slots(1), affinities=worth({"a0 c0": 5, "a0 c1": 4}))

    assert Network.of(problem).flow_of(np.array([0, 1])) is None


def residual_of(*arcs: tuple[int, int, int], nodes: int = 5) -> Residual:
    tails, heads, costs = (np.array(row, dtype=np.int64) for row in zip(*arcs, strict=True))
    return Residual(nodes, tails, heads, costs, np.arange(len(arcs)), np.zeros(len(arcs), dtype=np.bool_))


def test_distances_forwards_and_backwards():
    graph = residual_of((0, 1, 4), (0, 2, 1), (2, 1, 2), (1, 3, -5))
    start = np.array([0, FAR, FAR, FAR, FAR])

    assert graph.distances(start).tolist() == [0, 3, 1, -2, FAR]  # type: ignore[union-attr]
    ends = np.array([FAR, FAR, FAR, 0, FAR])
    assert graph.distances(ends, backwards=True).tolist() == [-2, -5, -3, 0, FAR]  # type: ignore[union-attr]


@pytest.mark.parametrize("length", [2, 3, 40])
def test_a_cycle_that_gets_cheaper_is_noticed(length):
    around = [(k, (k + 1) % length, 1) for k in range(length - 1)] + [(length - 1, 0, -length)]

    assert residual_of(*around, nodes=length).potentials() is None
    assert residual_of(*around[:-1], (length - 1, 0, 1 - length), nodes=length).potentials() is not None


def test_whoever_has_no_two_sides_is_selected_by_halves():
    ring = worth({"c0 c1": 4, "c1 c2": 4, "c0 c2": 4})
    problem = problem_of(
        may_meet=[["company", "company"]], slots=slots(1), participants=people("c0", "c1", "c2"), affinities=ring
    )
    selection = select(problem)

    assert problem.sides is None
    assert selection is not None
    # A half of each pair would be worth 6; whole, one pair of the ring is held.
    assert (len(selection.units), problem.value_of(selection.units), selection.value_bound) == (1, 4, 6)


def test_bounds_by_flows_are_those_of_the_program_at_any_shortfall():
    everyone = people("a0", "a1", "c0", "c1", a0={"min_meetings": 2}, a1={"min_meetings": 2}, c0={"max_meetings": 1})
    problem = problem_of(
        participants=everyone, slots=slots(2), affinities=worth({"a0 c0": 30, "a0 c1": 1, "a1 c0": 9, "a1 c1": 50})
    )

    relaxation, all_minimums = Relaxation.of(problem), int(problem.minimum.sum())
    for shortfall in range(5):
        program = maximise(relaxation.with_shortfall(shortfall, all_minimums), relaxation.worth)
        assert program is None or bound_by_flows(problem, shortfall).limit == program.bound
        relaxed = bound_by_flows(problem, shortfall).limit
        best = max(
            (problem.value_of(np.array(units, dtype=np.int64)) for units in subsets(problem, shortfall)), default=None
        )
        assert relaxed is not None
        assert best is None or relaxed >= best


def test_a_bound_by_flows_weighs_one_shortfall_against_the_other():
    # To avoid that of a0 costs 9, that of a1 costs 19.
    everyone = people(
        *("a0", "a1", "a8", "a9", "c0", "c1"),
        a0={"min_meetings": 1},
        a1={"min_meetings": 1},
        c0={"max_meetings": 1},
        c1={"max_meetings": 1},
    )
    scores = worth({"a0 c0": 1, "a8 c0": 10, "a1 c1": 1, "a9 c1": 20})
    problem = problem_of(participants=everyone, affinities=scores)

    assert [bound_by_flows(problem, shortfall).limit for shortfall in range(3)] == [2, 21, 30]


def subsets(problem: Problem, shortfall: int) -> list[tuple[int, ...]]:
    """The selections of no more than this shortfall that no maximum forbids."""
    found = (units for size in range(problem.units + 1) for units in combinations(range(problem.units), size))
    return [
        units
        for units in found
        if (problem.degrees(np.array(units, dtype=np.int64)) <= problem.maximum).all()
        and problem.shortfall_of(np.array(units, dtype=np.int64)) <= shortfall
    ]


def test_the_face_is_as_narrow_where_shortfall_is_left():
    # c0 can meet one of two who both need it: somebody goes short, whatever is done, and what else is held is clear.
    everyone = people(
        "a0", "a1", "a2", "c0", "c1", c0={"max_meetings": 1}, a0={"min_meetings": 1}, a1={"min_meetings": 1}
    )
    problem = problem_of(participants=everyone, affinities=worth({"a0 c0": 5, "a1 c0": 5, "a2 c1": 3, "a2 c0": 9}))
    selection = select(problem)
    assert selection is not None
    face = optimal_face(problem, selection.units)

    assert (selection.shortfall_bound, selection.value_bound) == (1, 8)
    assert named(problem, face.always) == ["a2 c1"]
    assert named(problem, face.sometimes) == ["a0 c0", "a1 c0"]


def test_a_required_meeting_without_a_slot_leaves_no_solution():
    problem = problem_of(affinities=worth({"a0 c0": 5, "a1 c1": 2}), meetings=[rule("a0 c0")])
    nowhere = problem.allowed & ~problem.required[:, None]
    relaxation = Relaxation.of(replace(problem, allowed=nowhere))

    assert maximise(Relaxation.of(problem), relaxation.worth) is not None
    assert maximise(relaxation, relaxation.worth) is None


def test_an_order_puts_shortfall_before_value_before_preference():
    problem = problem_of(affinities=worth({"a0 c0": 5, "a1 c1": 2}), rules={"coverage": [10]})
    order = Order.of(problem, preferred=6)
    everything = 5 + 2 + 10 * int(np.minimum(problem.maximum, 1).sum())

    assert order.value == 7
    assert order.shortfall > everything * order.value + 6


def test_runs_of_all_participants_follow_each_other():
    problem = problem_of(slots=slots(3), rules={"coverage": [4, 2]})
    runs = Runs.of(problem)

    assert (np.diff(runs.participant) >= 0).all()
    assert np.bincount(runs.participant, runs.length).tolist() == problem.maximum.tolist()
