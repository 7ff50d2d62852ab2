"""Column generation over busy patterns: which patterns, how often each, so that the slots add up with fewest breaks.

Participants with equal duties are one group. The master program chooses patterns for each group; in each slot both
sides hold equally many meetings, no more than there are tables; units that only some optimal selections hold are
columns too, tied to the meetings of their participants and to the value that must be kept. Its duals are prices of
slots, for which a dynamic program finds the cheapest pattern of every group at once (Gilmore and Gomory 1961). Prices
are smoothed (Wentges, *Weighted Dantzig–Wolfe decomposition*, 1997), made integers, and give a safe bound each round.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from scheduler.breaks.cheapest import IMPOSSIBLE, CheapestPatterns
from scheduler.breaks.groups import Groups
from scheduler.breaks.master import TOLERANCE, Master, Plan
from scheduler.breaks.prices import FloatArray, Kept, Prices
from scheduler.problem.problem import IntArray, Problem
from scheduler.selecting.face import Face

_DENOMINATOR = 10**6
# How far the prices asked about lean on the best so far.
_SMOOTHING = 0.6
_MOST_ROUNDS = 400
# How often penalties are raised in the end.
_MOST_RAISES = 3


@dataclass(frozen=True, slots=True)
class Generated:
    """``prices`` with the ``breaks`` (or idle slots) that they prove, and the last master's solution.

    ``leaning`` float [sometimes]: how far each unit that may vary is used, mostly 0 or 1. ``plan``: the patterns used.
    """

    breaks: int
    prices: Prices
    leaning: FloatArray
    plan: Plan


class Generation:
    """Patterns generated for the selections of ``face`` with what is ``kept``."""

    def __init__(self, problem: Problem, face: Face, kept: Kept) -> None:
        self.problem, self.face, self.kept = problem, face, kept
        self.groups = Groups.of(problem, face)
        self.patterns = CheapestPatterns(problem, self.groups.duties)
        self._master = Master(problem, face, kept, self.groups)

    def run(self, time_limit: float, goal: float = float("inf")) -> Generated | None:
        """Return the best bound found in ``time_limit`` seconds, ``None`` where there is no pattern for somebody.

        Ends where the master proves that no prices give more, or the bound reaches ``goal``.
        """
        end = time.monotonic() + time_limit
        if not self._start(end):
            return None
        master = self._master
        best, bound = np.zeros(master.width), -float("inf")
        raises = 0
        for _ in range(_MOST_ROUNDS):
            if not master.solve(end - time.monotonic()):
                break
            duals = master.duals()
            added = 0
            if bound < min(goal, np.ceil(master.objective - TOLERANCE)):
                for share in (_SMOOTHING, 0.0):
                    asked = duals if bound == -float("inf") else (1 - share) * duals + share * best
                    found, safe = self._priced(asked)
                    if safe > bound:
                        bound, best = safe, asked
                    added = master.add(found, duals)
                    if added or time.monotonic() > end:
                        break
            if time.monotonic() > end:
                break
            if not added:
                if not master.unbalanced or raises == _MOST_RAISES or bound >= goal:
                    break
                master.raise_penalties()
                raises += 1
        if bound == -float("inf"):
            return None
        master.dive(end)
        prices = self._prices(best)
        proven = prices.bound(self.problem, self.face, self.kept)
        # A sum beyond 64 bits proves nothing; that there are 0 or more needs no proof.
        return Generated(max(proven or 0, 0), prices, master.leaning, master.plan())

    def _start(self, end: float) -> bool:
        """Give the master patterns around each slot until ``end``; ``False`` where some group has none at all."""
        slots, size = np.arange(self.problem.slots), len(self.groups.sizes)
        totals = np.zeros((size, self.patterns.width), dtype=np.int64)
        for centre in slots.tolist():
            near = np.broadcast_to(np.abs(2 * (slots - centre) + 1), (size, len(slots)))
            found = self.patterns.at(near, totals, 16 * self.problem.slots**2, 0)
            if (found.cost >= IMPOSSIBLE).any():
                return False
            self._master.add(found.meetings, None)
            if time.monotonic() > end:
                break
        return True

    def _priced(self, duals: FloatArray) -> tuple[IntArray, float]:
        """Return the cheapest pattern of each group at the prices that ``duals`` are, and the bound that these make."""
        problem, face, kept, groups = self.problem, self.face, self.kept, self.groups
        prices = self._prices(duals)
        totals = prices.totals(problem, groups.first, self.patterns.width)
        found = self.patterns.at(prices.slots[groups.first], totals, *prices.costs)
        total = int(groups.sizes @ found.cost)
        total -= int(prices.tables.sum()) * problem.tables + (prices.breaks or 0) * (kept.breaks or 0)
        total += prices.value * (kept.value or 0) - prices.shortfall * (kept.shortfall or 0)
        total += int(prices.paid(problem, face.always).sum())
        total += int(np.minimum(prices.paid(problem, face.sometimes), 0).sum())
        return found.meetings, total / prices.denominator

    def _prices(self, duals: FloatArray) -> Prices:
        """Return ``duals`` as integers that fit together exactly."""
        problem, groups, master = self.problem, self.groups, self._master
        whole = _rounded(duals)
        for signed in (master.of_tables, master.of_confined):
            whole[signed] = np.maximum(whole[signed], 0)
        own, tables = master.slot_prices(whole), whole[master.of_tables]
        slots = np.where(groups.group_of[:, None] >= 0, own[groups.group_of], 0)
        value, shortfall, breaks = whole[master.of_tiers].tolist()
        return Prices(
            denominator=_DENOMINATOR,
            slots=slots,
            # Without sides each meeting counts for both that hold it.
            tables=tables * (2 if problem.sides is None else 1),
            value=value,
            shortfall=shortfall,
            breaks=None if self.kept.breaks is None else max(breaks, 0),
        )


def _rounded(values: FloatArray) -> IntArray:
    return np.rint(_DENOMINATOR * values).astype(np.int64)
