"""Prices of meetings, and the bound on breaks that they prove: weak duality, evaluated in integers.

Let each participant have a price for its meetings in each slot, and each slot one for its tables. A schedule's breaks
are then the cost of everybody's pattern at these prices, less what the meetings themselves pay. Each participant's
pattern costs at least the cheapest, each meeting pays at most what its dearest slot asks: so whatever the prices are,
the sum is a bound (Lagrange relaxation of "somebody is busy when one of its meetings is held"). Prices that are nearly
right come from linear programs (``generation``, ``walks``); here they become integers, and nothing is left to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scheduler.breaks.cheapest import IMPOSSIBLE, LARGEST_PRICE, CheapestPatterns
from scheduler.breaks.duties import Duties, duties_of
from scheduler.problem.problem import NO_TABLE, IntArray, Problem
from scheduler.selecting.face import Face

FloatArray = npt.NDArray[np.float64]

# Participants whose patterns are looked for at once: some tens of megabytes.
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Kept:
    """What every schedule has that the bound is about: its value, shortfall and, for idle slots, at most its breaks.

    ``None``: not to be used.
    """

    value: int | None = None
    shortfall: int | None = None
    breaks: int | None = None


@dataclass(frozen=True, slots=True)
class Prices:
    """Integer prices, all of them times ``denominator``.

    ``slots`` int [P, S]: what a meeting of the participant in the slot costs it. ``tables`` int [S], at least 0: what a
    table costs. ``value`` and ``shortfall``: what a point of either earns, or costs. ``breaks``, at least 0: what a
    break costs where idle slots are counted, ``None`` where breaks are.
    """

    denominator: int
    slots: IntArray
    tables: IntArray
    value: int = 0
    shortfall: int = 0
    breaks: int | None = None

    @property
    def costs(self) -> tuple[int, int]:
        """The cost of a break, and of each of its slots."""
        return (self.denominator, 0) if self.breaks is None else (self.breaks, self.denominator)

    def totals(self, problem: Problem, participants: IntArray, width: int) -> IntArray:
        """Return int [N, width]: what it costs each of ``participants`` to have so many meetings in all."""
        used = np.arange(width)
        short = np.maximum(problem.minimum[participants][:, None] - used, 0)
        return np.asarray(self.shortfall * short - self.value * problem.earned_by(used), dtype=np.int64)

    def bound(self, problem: Problem, face: Face, kept: Kept) -> int | None:
        """Return the bound over schedules with a selection of ``face`` and what is ``kept``; ``None`` past 64 bits.

        Cost: one dynamic program for each participant, and O(U S).
        """
        return self.bound_with(problem, face, kept, duties_of(problem, face))

    def bound_with(self, problem: Problem, face: Face, kept: Kept, duties: Duties) -> int | None:
        """Return ``bound`` where the duties of all participants are known."""
        if not self._fits(problem, kept):
            return None
        total = -int(self.tables.sum()) * problem.tables - (self.breaks or 0) * (kept.breaks or 0)
        total += self.value * (kept.value or 0) - self.shortfall * (kept.shortfall or 0)
        for first in range(0, problem.participants, _AT_ONCE):
            chosen = np.arange(first, min(first + _AT_ONCE, problem.participants))
            patterns = CheapestPatterns(problem, duties.of(chosen))
            costs = patterns.cost(self.slots[chosen], self.totals(problem, chosen, patterns.width), *self.costs)
            if costs.max(initial=0) >= IMPOSSIBLE:
                # No schedule has such a selection, and nothing need be said of it.
                return None
            total += int(costs.sum())
        total += int(self.paid(problem, face.always).sum())
        total += int(np.minimum(self.paid(problem, face.sometimes), 0).sum())
        return -(-total // self.denominator)

    def paid(self, problem: Problem, units: IntArray) -> IntArray:
        """Return int [units]: the least that holding each adds to the sum, in whichever slot."""
        at_table = (problem.table_type[units] != NO_TABLE)[:, None]
        added = self.tables * at_table - self.slots[problem.a[units]] - self.slots[problem.b[units]]
        least = np.where(problem.allowed[units], added, IMPOSSIBLE).min(axis=1, initial=IMPOSSIBLE)
        return np.asarray(least - self.value * problem.score[units], dtype=np.int64)

    def _fits(self, problem: Problem, kept: Kept) -> bool:
        dearest = float(np.abs(self.slots).max(initial=0)) * problem.slots * int(problem.delegates.max(initial=1))
        worth = abs(self.value) * float(max(int(problem.coverage.sum()), int(problem.score.max(initial=0))))
        short = abs(self.shortfall) * float(problem.minimum.max(initial=0))
        alone = dearest + worth + short + float(self.tables.max(initial=0)) + sum(self.costs) * problem.slots
        return alone * (problem.participants + problem.units + 1) < LARGEST_PRICE


def no_prices(problem: Problem, kept: Kept) -> Prices:
    """Return prices of 0 for everything."""
    slots = np.zeros((problem.participants, problem.slots), dtype=np.int64)
    tables = np.zeros(problem.slots, dtype=np.int64)
    return Prices(1, slots, tables, breaks=None if kept.breaks is None else 0)
