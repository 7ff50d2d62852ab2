"""Slots by plan: what the plan adds up to, and how near to its bound the slots are that follow it."""

import numpy as np
import pytest

from scheduler.breaks.generation import Generation
from scheduler.breaks.planning import planned_slots, wanted_slots
from scheduler.breaks.prices import Kept
from scheduler.problem.problem import IntArray, Problem, build_problem
from scheduler.problem.worth import breaks_and_idle, busy_slots
from scheduler.samples.sample import benchmark_event
from scheduler.selecting.face import Face
from scheduler.selecting.select import select
from tests.scheduler.builders import event, people, rule, worth


@pytest.fixture(scope="module")
def full() -> tuple[Problem, IntArray]:
    """An event whose tables are all taken in every slot, and its best selection."""
    problem = build_problem(benchmark_event(30, 30, 16, 24, capacities=(12, 16)))
    selection = select(problem)
    assert selection is not None
    assert len(selection.units) == problem.slots * problem.tables
    return problem, selection.units


def test_plan_has_everybody_busy_as_often_as_it_meets_and_sides_equal(full: tuple[Problem, IntArray]):
    problem, units = full
    found = Generation(problem, Face(units, units[:0]), Kept()).run(60.0)
    assert found is not None and problem.sides is not None

    wanted = wanted_slots(problem, units, found.plan)

    assert (wanted.sum(axis=1) == problem.degrees(units)).all()
    assert not (wanted & ~problem.available).any()
    one, other = wanted[problem.sides == 0].sum(axis=0), wanted[problem.sides == 1].sum(axis=0)
    # Rounding leaves a slot or two with one too many.
    assert np.abs(one - problem.tables).sum() + np.abs(other - problem.tables).sum() <= 6


def test_slots_by_plan_have_hardly_more_breaks_than_must_be(full: tuple[Problem, IntArray]):
    problem, units = full
    found = Generation(problem, Face(units, units[:0]), Kept()).run(60.0)
    placed = planned_slots(problem, units, 60.0)
    assert found is not None and placed is not None

    busy = busy_slots(problem, placed)
    breaks, _ = breaks_and_idle(problem, placed)

    assert np.array_equal(placed.units, units)
    assert problem.allowed[placed.units, placed.slots].all()
    assert (busy.sum(axis=1) == problem.degrees(units)).all(), "nobody is in two places"
    assert (np.bincount(placed.slots) == problem.tables).all()
    assert 0 < found.breaks <= breaks.sum() <= 1.3 * found.breaks


def test_slots_by_plan_are_not_tried_where_matchings_miss_a_rule():
    ordered = build_problem(
        event(
            participants=people("a0", "c0", "c1"),
            affinities=worth({"a0 c0": 1, "a0 c1": 1}),
            meetings=[rule("a0 c1", status="allowed", after=[["a0", "c0"]])],
        )
    )

    assert planned_slots(ordered, np.arange(ordered.units), 1.0) is None


def test_wanted_slots_round_towards_balance_and_the_larger_part():
    problem = build_problem(
        event(
            participants=people("a0", "a1", "c0", "c1"),
            affinities=worth({"a0 c0": 1, "a0 c1": 1, "a1 c0": 1, "a1 c1": 1}),
        )
    )
    early, late = [1, 1, 0], [0, 1, 1]
    sides = (np.array([0, 1]), np.array([2, 3]))
    whole = (sides[0], np.array([early, late]), np.array([1.0, 1.0]))
    # Of the other side one is early in any case; who is left leans to being early too, but that would not balance.
    parts = (sides[1], np.array([early, late]), np.array([1.6, 0.4]))

    wanted = wanted_slots(problem, np.arange(problem.units), (whole, parts))
    assert wanted[2:].sum(axis=0).tolist() == wanted[:2].sum(axis=0).tolist() == [1, 2, 1]

    # Where both would be as balanced the larger part decides.
    one = (sides[0], np.array([[1, 0, 1]]), np.array([2.0]))
    leaning = (sides[1], np.array([early, late]), np.array([0.3, 1.7]))
    wanted = wanted_slots(problem, np.arange(problem.units), (one, leaning))
    assert wanted[2:].sum(axis=0).tolist() == [0, 2, 2]
