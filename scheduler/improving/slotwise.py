"""Who meets whom and when, as a linear program: what the sum over slots does not see.

One column for each unit and slot, one row for whatever a slot has to share. Where facilitators, features or pauses are
scarce in single slots its bound is well below that of the selection, and its solution, mostly nearly whole, says which
units to hold. Too large beyond some tens of thousands of columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scheduler.improving.regret import Regret
from scheduler.problem.capacities import resources_of
from scheduler.problem.parameters import SIZES
from scheduler.problem.placement import Placement
from scheduler.problem.problem import IntArray, Problem
from scheduler.selecting.relaxation import Relaxation, Relaxed, relaxed
from scheduler.selecting.shapes import Order
from scheduler.slotting.open import OpenPlaces

_WHOLE = 1 - 1e-6


@dataclass(frozen=True)
class Slotwise:
    """What the program says: limits of ``shortfall`` and, with no more than that, of ``value``; and its solution.

    ``whole`` are the meetings that the solution holds in one slot and no other: together they respect every row.
    ``weight`` float [U] is how far each unit is held; ``regret`` what holding it costs a timetable of that shortfall.
    """

    shortfall: int
    value: int
    whole: Placement
    weight: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    regret: Regret

    @property
    def wanted(self) -> IntArray:
        """The units that the solution holds for the greater part, ascending."""
        return np.flatnonzero(self.weight > 0.5)


def slotwise(problem: Problem, time_limit: float) -> Slotwise | None:
    """Return the program's answer; ``None`` where it is too large, or takes longer than ``time_limit`` seconds.

    Cost: two linear programs of as many columns as there are units and slots.
    """
    problem = problem.widest
    if int(problem.allowed.sum()) > SIZES.slotwise:
        return None
    resources = resources_of(problem, np.arange(problem.units))
    if resources is None:
        return None
    open_places = OpenPlaces.beside(problem, resources, Placement.empty(), 0)
    if not len(open_places.units):
        return None
    program = open_places.program()
    minimums = int(problem.minimum.sum())
    shortfall = 0
    if program.avoided.any():
        least = relaxed(program, program.avoided, time_limit / 2)
        if least is None:
            return None
        shortfall = max(0, minimums - least.bound)
        program = program.with_shortfall(shortfall, minimums)
    best = relaxed(program, program.worth, time_limit / 2)
    return None if best is None else _told(problem, open_places, program, best, shortfall)


def _told(problem: Problem, open_places: OpenPlaces, program: Relaxation, best: Relaxed, shortfall: int) -> Slotwise:
    share = best.solution[: program.count]
    sure = np.flatnonzero(share > _WHOLE)
    whole = open_places.with_meetings(open_places.units[sure], open_places.slots[sure])
    weight = np.zeros(problem.units)
    np.add.at(weight, open_places.units, share)
    lost = np.full(problem.units, np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(lost, open_places.units, np.maximum(-best.reduced[: program.count], 0))
    # Shortfall is a row of this program, so that value alone is worth something.
    regret = Regret(lost, best.total, best.denominator, Order(shortfall=0, value=1), shortfall)
    return Slotwise(shortfall, best.bound, whole, weight, regret)
