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
    from scheduler.exact.tiers import TierByTier

    required = problem.required.copy()
    required[unit] = True
    exact = ExactModel(replace(problem, required=required).widest, np.arange(problem.units), all_held=False)
    watch = Watch(SolveOptions(workers=1))
    worth, tiers = exact.add_worth(), TierByTier(exact, watch, _EFFORT)
    shortfall = tiers.lower(worth.shortfall, lambda best: problem.shortfall_of(best.units), at_least=0)
    if tiers.infeasible:
        return Resolution(None)
    if tiers.best is None or shortfall != problem.shortfall_of(tiers.best.units):
        return None
    most = tiers.lower(-worth.value, lambda best: -problem.value_of(best.units))
    if most != -problem.value_of(tiers.best.units):
        return None
    kept = sum(literal for (u, _), literal in exact.x.items() if announced[u])
    tiers.lower(-kept, lambda best: -int(announced[best.units].sum()))
    held: BoolArray = np.zeros(problem.units, dtype=np.bool_)
    held[tiers.best.units] = True
    return Resolution(held)
