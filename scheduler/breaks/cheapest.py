"""The cheapest busy pattern of many participants at once: a dynamic program over slots, in integers.

A pattern says how many meetings somebody has in each slot. On each day it is *not begun*, then *busy* or in a *break*,
then *over*; a break costs where it is entered, an idle slot each time, a meeting the price of its slot, and in the end
the number of meetings in all has a price of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scheduler.breaks.duties import Duties
from scheduler.problem.problem import BoolArray, IntArray

# What cannot be. Prices are far smaller (``LARGEST_PRICE``), so that sums with it stay above half of it.
_NEVER = 2**60
IMPOSSIBLE = 2**59
# Sums of prices along a pattern must stay below this.
LARGEST_PRICE = 2**52

_SmallArray = npt.NDArray[np.int16]
_BEFORE, _BUSY, _BREAK, _OVER = range(4)


@dataclass(frozen=True, slots=True)
class Patterns:
    """One pattern each: ``cost`` int [N] (``IMPOSSIBLE`` or more: there is none), ``meetings`` int [N, S]."""

    cost: IntArray
    meetings: IntArray


@dataclass(frozen=True, slots=True)
class _Steps:
    """How each state of one slot was best reached: from which phase, with how many meetings."""

    from_before: _SmallArray
    by: _SmallArray
    in_break: BoolArray
    ended: BoolArray
    new_day: _SmallArray | None


class CheapestPatterns:
    """The patterns that ``duties`` leave to each of N participants. ``day`` int [S]."""

    def __init__(self, duties: Duties, day: IntArray) -> None:
        self.duties = duties
        self.day = day
        self.width = int(duties.most.max(initial=0)) + 1
        used = np.arange(self.width)
        within = (duties.by_then.T[:, :, None] <= used) & (used <= duties.at_most.T[:, :, None])
        # By slot: what makes a state impossible there.
        self._outside = np.where(within, 0, _NEVER)
        total = (duties.fewest[:, None] <= used) & (used <= duties.most[:, None])
        self._wrong_total = np.where(total, 0, _NEVER)
        self._delegates = int(duties.room.max(initial=0))

    def cost(self, prices: IntArray, totals: IntArray, a_break: int, idle: int) -> IntArray:
        """Return int [N]: the cost of the cheapest pattern of each; see ``at``."""
        return np.asarray(self._walk(prices, totals, a_break, idle, None).min(axis=1), dtype=np.int64)

    def at(self, prices: IntArray, totals: IntArray, a_break: int, idle: int) -> Patterns:
        """Return a cheapest pattern of each participant.

        ``prices`` int [N, S] of a meeting in the slot, ``totals`` int [N, ``width``] of having so many meetings in all,
        ``a_break`` of a break, ``idle`` of each of its slots. Cost: O(N S D k) for D meetings and k delegates.
        """
        steps: list[_Steps] = []
        costs = self._walk(prices, totals, a_break, idle, steps)
        return Patterns(costs.min(axis=1), self._traced(costs, steps))

    def _walk(
        self, prices: IntArray, totals: IntArray, a_break: int, idle: int, steps: list[_Steps] | None
    ) -> IntArray:
        """Return the cost of each number of meetings in all; ``steps`` gathers how."""
        duties, N = self.duties, len(prices)
        before = np.full((N, self.width), _NEVER, dtype=np.int64)
        before[:, 0] = 0
        busy, resting, over = (np.full_like(before, _NEVER) for _ in range(3))
        phase = None
        for s in range(len(self.day)):
            if s and self.day[s] != self.day[s - 1]:
                if steps is not None:
                    phase = np.argmin([before, busy, np.full_like(before, 2 * _NEVER), over], axis=0).astype(np.int16)
                before = np.minimum(np.minimum(before, busy), over)
                busy, resting, over = (np.full_like(before, _NEVER) for _ in range(3))
            arriving = np.minimum(np.minimum(before, busy), resting)
            meeting = np.full_like(before, _NEVER)
            by = np.zeros(before.shape, dtype=np.int16) if steps is not None else None
            for k in range(1, min(self._delegates, self.width - 1) + 1):
                may = (duties.fixed[:, s] <= k) & (k <= duties.room[:, s])
                reached = arriving[:, :-k] + np.where(may, k * prices[:, s], _NEVER)[:, None]
                better = reached < meeting[:, k:]
                meeting[:, k:][better] = reached[better]
                if by is not None:
                    by[:, k:][better] = k
            barred = (self._outside[s], np.where(duties.fixed[:, s] > 0, _NEVER, 0)[:, None])
            enter, stay, end = busy + (a_break + idle), resting + idle, busy
            if steps is not None and by is not None:
                came = np.where(busy <= np.minimum(before, resting), _BUSY, np.where(before <= resting, 0, _BREAK))
                steps.append(_Steps(came.astype(np.int16), by, stay < enter, over < end, phase))
                phase = None
            resting = np.minimum(np.minimum(enter, stay) + barred[0] + barred[1], _NEVER)
            over = np.minimum(np.minimum(end, over) + barred[0] + barred[1], _NEVER)
            before = np.minimum(before + barred[0] + barred[1], _NEVER)
            busy = np.minimum(meeting + barred[0], _NEVER)
        self._last = np.argmin([before, busy, np.full_like(before, 2 * _NEVER), over], axis=0)
        return np.minimum(np.minimum(before, busy), over) + self._wrong_total + totals

    def _traced(self, costs: IntArray, steps: list[_Steps]) -> IntArray:
        rows = np.arange(len(costs))
        used = costs.argmin(axis=1)
        phase = self._last[rows, used]
        meetings = np.zeros((len(costs), len(self.day)), dtype=np.int64)
        for s in range(len(self.day) - 1, -1, -1):
            step = steps[s]
            held = np.where(phase == _BUSY, step.by[rows, used], 0)
            stayed = np.where(step.in_break[rows, used], _BREAK, _BUSY)
            ended = np.where(step.ended[rows, used], _OVER, _BUSY)
            meetings[:, s] = held
            used = used - held
            came = step.from_before[rows, used]
            phase = np.select([phase == _BUSY, phase == _BREAK, phase == _OVER], [came, stayed, ended], _BEFORE)
            if step.new_day is not None:
                phase = step.new_day[rows, used]
        return meetings
