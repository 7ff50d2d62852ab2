"""The legal schedules of a tiny event, one and all, as placements of units, for searches to agree with."""

from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Any

import numpy as np

from scheduler.format.event import Event
from scheduler.problem.placement import Placement
from scheduler.problem.problem import Problem, build_problem
from tests.properties.brute_force import Exhaustive, Plan
from tests.properties.tiny import tiny_event
from tests.scheduler.broken_rules import broken_rules

_FEWEST_UNITS, _MOST_PLANS = 3, 30_000


def all_placements(problem: Problem) -> list[Placement]:
    """Return every placement that respects every rule; a unit that ``problem`` leaves out is in none.

    Where tables of the seated are chosen already, those that suit this choice.
    """
    exhaustive = Exhaustive(problem.event)
    places = _positions(problem, exhaustive)
    found = [_placed(plan, places) for plans in exhaustive.plans.values() for plan in plans]
    if problem.any_table is None and not len(problem.undecided):
        return found
    return [placement for placement in found if not broken_rules(problem, placement)]


@cache
def tiny_problems(count: int, alike: int | None = None, **how: Any) -> Sequence[tuple[Problem, list[Placement]]]:
    """Return ``count`` problems that have a schedule, and more than one, each with all its placements.

    They are drawn from the seeds 0 and up, ``how`` as in ``tiny_event``. Where ``alike`` is given, breaks may differ by
    no more than that.
    """
    found: list[tuple[Problem, list[Placement]]] = []
    for seed in range(1000 * count):
        case: Event = tiny_event(Random(seed), **how)
        if alike is not None:
            case = case.model_copy(update={"rules": case.rules.model_copy(update={"max_break_difference": alike})})
        if Exhaustive(case).size > _MOST_PLANS:
            continue
        problem = build_problem(case)
        placements = [] if problem.impossible else all_placements(problem)
        if problem.units >= _FEWEST_UNITS and len(placements) > 1:
            found.append((problem, placements))
        if len(found) == count:
            return found
    raise AssertionError("too few of these events have a schedule")


def _positions(problem: Problem, exhaustive: Exhaustive) -> list[int | None]:
    """Return for each unit of ``exhaustive`` its position in ``problem``; ``None`` where it has none there."""
    index = problem.event.participant_index
    rules = {id(rule): r for r, rule in enumerate(problem.event.meetings)}
    of = {
        key: u for u, key in enumerate(zip(problem.a.tolist(), problem.b.tolist(), problem.rule.tolist(), strict=True))
    }
    return [
        of.get((*sorted((index[unit.a.id], index[unit.b.id])), -1 if unit.rule is None else rules[id(unit.rule)]))
        for unit in exhaustive.units
    ]


def _placed(plan: Plan, places: list[int | None]) -> Placement:
    held = sorted((u, s) for u, s in zip(places, plan, strict=True) if s is not None and u is not None)
    assert len(held) == sum(s is not None for s in plan), "the problem leaves out a unit that a schedule holds"
    table = np.array(held, dtype=np.int64).reshape(-1, 2)
    return Placement(table[:, 0].copy(), table[:, 1].copy())
