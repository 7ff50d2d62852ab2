"""The best timetable of a small event that holds one more meeting, by the exact model: counting gives a limit only."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from scheduler.problem.problem import BoolArray, Problem
from scheduler.problem.watch import SolveOptions, Watch

# More places than this (units times slots) take seconds for each question.
MOST_PLACES = 1_000
# CP-SAT's deterministic seconds for each tier.
_EFFORT = 0.5


@dataclass(frozen=True, slots=True)
class Resolution:
    """The units held by a timetable that is proven best; ``None``: it is proven that there is none at all."""

    held: BoolArray | None


def resolved(problem: Problem, announced: BoolArray, unit: int) -> Resolution | None:
    """Return the best timetable that holds ``unit``, most of ``announced`` kept; ``None`` where it was not proven.

    Cost: tenths of a second; exponential at worst, bounded by a fixed effort.
    """
    if int(problem.allowed.sum()) > MOST_PLACES:
        return None
    from scheduler.exact.model import ExactModel

    required = problem.required.copy()
    required[unit] = True
    exact = ExactModel(replace(problem, required=required).widest, np.arange(problem.units), all_held=False)
    watch = Watch(SolveOptions(workers=1))
    answer = exact.minimise(exact.shortfall, watch, effort=_EFFORT, at_least=0)
    if answer.infeasible:
        return Resolution(None)
    if answer.placement is None or answer.bound != problem.shortfall_of(answer.placement.units):
        return None
    exact.model.add(exact.shortfall <= answer.bound)
    answer = exact.minimise(-exact.value, watch, hint=answer.placement, effort=_EFFORT)
    if answer.placement is None or answer.bound != -problem.value_of(answer.placement.units):
        return None
    best = answer.placement
    exact.model.add(exact.value >= problem.value_of(best.units))
    kept = sum(literal for (u, _), literal in exact.x.items() if announced[u])
    nearest = exact.minimise(-kept, watch, hint=best, effort=_EFFORT).placement
    held: BoolArray = np.zeros(problem.units, dtype=np.bool_)
    held[(nearest or best).units] = True
    return Resolution(held)
