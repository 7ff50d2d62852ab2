"""Who meets whom: the two roads agree, what they prove holds, and side rules are counted."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scheduler.problem.problem import Problem, build_problem
from scheduler.samples.sample import benchmark_event
from scheduler.selecting.relaxation import Relaxation, maximise, proven_bound
from scheduler.selecting.select import is_network, select, select_again, select_by_program, value_bound
from scheduler.selecting.shapes import shapes
from tests.properties.strategies import events
from tests.scheduler.builders import event, people, rule, slots, tables, two_sided, worth


def problem_of(**fields: Any) -> Problem:
    return build_problem(event(**fields))


def held(problem: Problem) -> list[str]:
    selection = select(problem)
    assert selection is not None
    ids = [participant.id for participant in problem.event.participants]
    return [f"{ids[problem.a[u]]} {ids[problem.b[u]]}" for u in selection.units]


def test_selection_takes_the_best_where_room_is_short():
    problem = problem_of(affinities=worth({"a0 c0": 5, "a0 c1": 4, "a1 c0": 3}), slots=slots(1))

    # One meeting each: 4 and 3 beat 5 alone.
    assert held(problem) == ["a0 c1", "a1 c0"]
    selection = select(problem)
    assert selection is not None
    assert (selection.shortfall_bound, selection.value_bound) == (0, 7)


def test_selection_less_shortfall_beats_any_value():
    everyone = people("a0", "a1", "c0", a1={"min_meetings": 1})
    problem = problem_of(affinities=worth({"a0 c0": 900, "a1 c0": 0}), slots=slots(1), participants=everyone)

    assert held(problem) == ["a1 c0"]


def test_selection_coverage_spreads_meetings():
    given_worth = worth({"a0 c0": 5, "a0 c1": 5, "a1 c0": 4, "a1 c1": 4})
    few = people("a0", "a1", "c0", "c1", c0={"max_meetings": 1}, c1={"max_meetings": 1})

    assert held(problem_of(affinities=given_worth, participants=few)) == ["a0 c0", "a0 c1"]
    spread = held(problem_of(affinities=given_worth, participants=few, rules={"coverage": [10]}))
    assert {pair.split()[0] for pair in spread} == {"a0", "a1"}


def test_selection_no_more_meetings_than_tables_and_slots():
    problem = problem_of(
        affinities=worth({f"a{i} c{i}": 1 for i in range(5)}),
        participants=people(*(f"{side}{i}" for side in "ac" for i in range(5))),
        slots=slots(2),
        tables=tables(2),
    )

    assert len(held(problem)) == 4


def test_selection_contradicting_rules_are_seen():
    problem = problem_of(slots=slots(1), meetings=[rule("a0 c0"), rule("a0 c1")])

    assert select(problem) is None


def test_selection_of_nothing():
    selection = select(problem_of())

    assert selection is not None
    assert (len(selection.units), selection.shortfall_bound, selection.value_bound) == (0, 0, 0)


def test_selection_shortfall_that_nobody_can_avoid():
    selection = select(problem_of(participants=people("a0", "c0", a0={"min_meetings": 2})))

    assert selection is not None
    assert (selection.shortfall_bound, selection.value_bound) == (2, 0)


@pytest.mark.parametrize(
    "fields",
    [
        {
            "may_meet": [["company", "company"]],
            "affinities": worth({"c0 c1": 1, "c1 c2": 1, "c0 c2": 1}),
            "participants": people("c0", "c1", "c2"),
        },
        {"meetings": [rule("a0 c0")]},
        {"tables": tables(2), "participants": people("a0", "c0", "a1", a0={"remote": True})},
        {"participants": people("a0", "c0", "a1", a0={"unavailable": ["s0"]})},
        {"participants": people("a0", "c0", "a1", a0={"needs_facilitator": True}), "facilitators": [{"id": "f"}]},
        {"tables": tables(2), "participants": people("a0", "c0", "a1", a0={"home_table": "t0"})},
    ],
    ids=["ring", "required", "remote", "unavailable", "facilitator", "home table"],
)
def test_selection_as_a_network_only_without_side_rules(fields):
    plain = {"affinities": worth({"a0 c0": 1, "a1 c0": 1})}

    assert is_network(problem_of(**plain))
    assert not is_network(problem_of(**{**plain, **fields}))


def test_shapes_are_the_worth_of_each_further_meeting():
    person = people("a0", "c0", a0={"min_meetings": 2, "max_meetings": 5})
    problem = problem_of(participants=person, slots=slots(6), rules={"coverage": [10, 5, 1]})

    assert [run for run in shapes(problem, 0) if run[0]] == [(1, 1, 10), (1, 1, 5), (1, 0, 1), (2, 0, 0)]
    assert sum(length for length, _, _ in shapes(problem, 1)) == 6


@settings(max_examples=60, deadline=None)
@given(two_sided())
def test_flow_and_program_agree(case):
    problem = build_problem(case)
    assert is_network(problem)
    flow, program = select(problem), select_by_program(problem)

    assert flow is not None
    assert program is not None
    assert (flow.shortfall_bound, flow.value_bound) == (program.shortfall_bound, program.value_bound)
    for selection in (flow, program):
        assert problem.shortfall_of(selection.units) == selection.shortfall_bound
        assert problem.value_of(selection.units) == selection.value_bound
        assert (problem.degrees(selection.units) <= problem.maximum).all()
    assert value_bound(problem, flow.shortfall_bound).limit == flow.value_bound


@settings(max_examples=60, deadline=None)
@given(two_sided(), st.data())
def test_preferences_leave_the_value_as_it_is(case, data):
    problem = build_problem(case)
    preferred = np.array(data.draw(st.lists(st.integers(0, 9), min_size=problem.units, max_size=problem.units)))
    selection, again = select(problem), select_again(problem, preferred)

    assert selection is not None
    assert again is not None
    assert problem.shortfall_of(again) == selection.shortfall_bound
    assert problem.value_of(again) == selection.value_bound
    assert preferred[again].sum() >= preferred[selection.units].sum()


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(events(room=True), st.data())
def test_bound_is_safe_whatever_the_duals(case, data):
    problem = build_problem(case)
    assume(not problem.impossible)
    relaxation = Relaxation.of(problem)
    best = maximise(relaxation, relaxation.worth)
    assume(best is not None)
    assert best is not None
    duals = st.floats(-5, 50, allow_nan=False)
    drawn = data.draw(st.lists(duals, min_size=len(relaxation.limits), max_size=len(relaxation.limits)))

    assert best.bound >= best.value
    assert proven_bound(relaxation, relaxation.worth, np.array(drawn))[0] >= best.value


def test_selection_of_a_larger_event_is_proven():
    problem = build_problem(benchmark_event(40, 40, 20, 30))
    selection = select(problem)

    assert selection is not None
    assert problem.value_of(selection.units) == selection.value_bound
