"""A slotting of few breaks from the start: patterns for everybody that add up, then matchings that follow them."""

from __future__ import annotations

import numpy as np

from scheduler.breaks.generation import Generation
from scheduler.breaks.master import Plan
from scheduler.breaks.prices import Kept
from scheduler.problem.placement import Placement
from scheduler.problem.problem import BoolArray, IntArray, Problem
from scheduler.selecting.face import Face
from scheduler.slotting.matching import UNPLACED, suits
from scheduler.slotting.planned import slots_in_plan


def planned_slots(problem: Problem, units: IntArray, time_limit: float) -> Placement | None:
    """Return ``units`` in slots of few breaks; ``None`` where matchings do not suit, or not all of them found a slot.

    Worth it where tables are full, so that somebody must wait and it matters who. ``time_limit`` (seconds) is for the
    plan. Cost: a few seconds for 32,000 meetings of 2,000 participants, half of it for the plan.
    """
    if not suits(problem) or not len(units):
        return None
    found = Generation(problem, Face(units, units[:0]), Kept()).run(time_limit)
    return None if found is None else placed_by_plan(problem, units, found.plan)


def placed_by_plan(problem: Problem, units: IntArray, plan: Plan) -> Placement | None:
    """Return ``units`` in slots near to ``plan``, as ``planned_slots`` does."""
    slots = slots_in_plan(problem, units, wanted_slots(problem, units, plan))
    return None if (slots == UNPLACED).any() else Placement(units, slots)


def wanted_slots(problem: Problem, units: IntArray, plan: Plan) -> BoolArray:
    """Return bool [P, S]: when each participant is to be busy, from how many of each group have which pattern.

    Fractions are rounded so that both sides stay as equally busy as they can; whoever has more of ``units`` gets a
    pattern with more meetings. Cost: O(patterns x S).
    """
    sides = problem.sides
    assert sides is not None, "matchings suit two sides only"
    sign = np.where(sides == 0, 1, -1)
    whole = [np.floor(amounts + 1e-6).astype(np.int64) for _, _, amounts in plan]
    excess = sum(
        (sign[members[0]] * (count @ meetings) for (members, meetings, _), count in zip(plan, whole, strict=True)),
        np.zeros(problem.slots, dtype=np.int64),
    )
    degrees = problem.degrees(units)
    wanted = np.zeros((problem.participants, problem.slots), dtype=np.bool_)
    for (members, meetings, amounts), count in zip(plan, whole, strict=True):
        rest = amounts - count
        for _ in range(len(members) - int(count.sum())):
            unbalanced = np.abs(excess + sign[members[0]] * meetings).sum(axis=1)
            k = int(np.where(rest > 1e-6, unbalanced - rest, np.inf).argmin())
            count[k] += 1
            rest[k] -= 1
            excess = excess + sign[members[0]] * meetings[k]
        chosen = np.repeat(np.arange(len(count)), count)
        by_meetings = chosen[np.argsort(meetings[chosen].sum(axis=1), kind="stable")]
        wanted[members[np.argsort(degrees[members], kind="stable")]] = meetings[by_meetings] > 0
    return wanted
