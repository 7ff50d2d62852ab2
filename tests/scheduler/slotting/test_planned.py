"""Slots by plan: kept where they can be, and where not, left where that costs no break."""

import numpy as np

from scheduler.problem.placement import Placement
from scheduler.problem.problem import Problem, build_problem
from scheduler.problem.worth import busy_slots
from scheduler.slotting.planned import slots_in_plan
from tests.scheduler.builders import event, people, slots, tables, worth


def busy(problem: Problem, plan: dict[str, str]) -> list[str]:
    """Who is busy when once everything is placed by ``plan``, as it is written: ``{"a0": ".xx."}``."""
    ids = [participant.id for participant in problem.event.participants]
    wanted = np.array([[mark == "x" for mark in plan[id]] for id in ids])
    units = np.arange(problem.units)
    placed = slots_in_plan(problem, units, wanted)
    assert (placed >= 0).all()
    rows = busy_slots(problem, Placement(units, placed))
    return ["".join(".x"[int(one)] for one in row) for row in rows]


def problem_of(*pairs: str, seats: int, **more: dict[str, object]) -> Problem:
    ids = sorted({id for pair in pairs for id in pair.split()})
    return build_problem(
        event(
            slots=slots(4),
            tables=tables(seats),
            participants=people(*ids, **more),
            affinities=worth(dict.fromkeys(pairs, 1)),
        )
    )


def test_plan_is_followed_where_it_can_be():
    problem = problem_of("a0 c0", "a0 c1", "a1 c0", "a1 c1", seats=2)
    plan = {"a0": ".xx.", "a1": ".xx.", "c0": ".xx.", "c1": ".xx."}

    assert busy(problem, plan) == list(plan.values())


def test_plan_is_left_at_the_edge_of_a_run_where_a_partner_is_away():
    # c2 is not there when a0 should begin; a0 goes on for longer instead of waiting.
    problem = problem_of("a0 c0", "a0 c1", "a0 c2", seats=1, c2={"unavailable": ["s0", "s1", "s2"]})
    plan = {"a0": "xxx.", "c0": "x...", "c1": ".x..", "c2": "..x."}

    assert busy(problem, plan)[0] in (".xxx", "xx.x")
