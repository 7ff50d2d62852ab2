"""The cheapest busy pattern of many participants at once: a dynamic program over slots, in integers.

A pattern says how many meetings somebody has in each slot. On each day it is *not begun*, then *busy* or in a *break*,
then *over*; a break costs where it is entered, an idle slot each time, a meeting the price of its slot, and in the end
the number of meetings in all has a price of its own. Where there is a limit to slots in a row it counts these.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scheduler.breaks.duties import Duties
from scheduler.problem.problem import IntArray, Problem
from scheduler.problem.rows import slots_that_go_on

# What cannot be. Prices are far smaller (``LARGEST_PRICE``), so that sums with it stay above half of it.
_NEVER = 2**60
IMPOSSIBLE = 2**59
# Sums of prices along a pattern must stay below this.
LARGEST_PRICE = 2**52

_Places = npt.NDArray[np.int16]
# The phases of a day; from _BUSY on, busy in the first, second, ... slot of a row (only one where there is no limit).
_BEFORE, _BREAK, _OVER, _BUSY = range(4)


@dataclass(frozen=True, slots=True)
class Patterns:
    """One pattern each: ``cost`` int [N] (``IMPOSSIBLE`` or more: there is none), ``meetings`` int [N, S]."""

    cost: IntArray
    meetings: IntArray


@dataclass(frozen=True, slots=True)
class _Step:
    """How each state of one slot was best reached.

    ``came`` [phases, N, width]: from which phase; ``held`` [rows, N, width]: with how many meetings of the slot.
    ``morning`` [N, width]: which phase of the evening before, where a day begins.
    """

    came: _Places
    held: _Places
    morning: _Places | None


class CheapestPatterns:
    """The patterns that ``duties`` leave to each of N participants of ``problem``."""

    def __init__(self, problem: Problem, duties: Duties) -> None:
        self.duties = duties
        self.width = int(duties.most.max(initial=0)) + 1
        used = np.arange(self.width)
        within = (duties.by_then.T[:, :, None] <= used) & (used <= duties.at_most.T[:, :, None])
        # By slot: what makes a state impossible there.
        self._outside = np.where(within, 0, _NEVER)
        total = (duties.fewest[:, None] <= used) & (used <= duties.most[:, None])
        self._wrong_total = np.where(total, 0, _NEVER)
        self._delegates = min(int(duties.room.max(initial=0)), self.width - 1)
        self._day = problem.day
        self._limited = bool(problem.row_windows)
        self._rows = problem.most_in_window if self._limited else 1
        self._goes_on = slots_that_go_on(problem.event) if self._limited else np.ones(problem.slots, dtype=np.bool_)

    def cost(self, prices: IntArray, totals: IntArray, a_break: int, idle: int) -> IntArray:
        """Return int [N]: the cost of the cheapest pattern of each; see ``at``."""
        return np.asarray((self.by_total(prices, a_break, idle) + totals).min(axis=1), dtype=np.int64)

    def by_total(self, prices: IntArray, a_break: int, idle: int) -> IntArray:
        """Return int [N, ``width``]: the cost of the cheapest pattern of each with so many meetings in all."""
        return np.asarray(self._walk(prices, a_break, idle, None).min(axis=0) + self._wrong_total, dtype=np.int64)

    def at(self, prices: IntArray, totals: IntArray, a_break: int, idle: int) -> Patterns:
        """Return a cheapest pattern of each participant.

        ``prices`` int [N, S] of a meeting in the slot, ``totals`` int [N, ``width``] of having so many meetings in all,
        ``a_break`` of a break, ``idle`` of each of its slots. Cost: O(N S D k) for D meetings and k delegates.
        """
        steps: list[_Step] = []
        ends = self._walk(prices, a_break, idle, steps)
        costs = ends.min(axis=0) + self._wrong_total + totals
        used = costs.argmin(axis=1)
        phase = ends.argmin(axis=0)[np.arange(len(used)), used]
        return Patterns(costs.min(axis=1), self._traced(used, phase, steps))

    def _walk(self, prices: IntArray, a_break: int, idle: int, steps: list[_Step] | None) -> IntArray:
        """Return the cost of each phase and number of meetings in the end; ``steps`` gathers how."""
        shape = (_BUSY + self._rows, len(prices), self.width)
        state = np.full(shape, _NEVER, dtype=np.int64)
        state[_BEFORE, :, 0] = 0
        morning = None
        for s in range(len(self._day)):
            if s and self._day[s] != self._day[s - 1]:
                evening, morning = _ended(state), None
                if steps is not None:
                    morning = evening.argmin(axis=0).astype(np.int16)
                state = np.full(shape, _NEVER, dtype=np.int64)
                state[_BEFORE] = evening.min(axis=0)
            state, step = self._slot(s, state, prices[:, s], a_break, idle, traced=steps is not None)
            if steps is not None:
                steps.append(_Step(*step, morning))
                morning = None
        return _ended(state)

    def _slot(
        self, s: int, state: IntArray, price: IntArray, a_break: int, idle: int, *, traced: bool
    ) -> tuple[IntArray, tuple[_Places, _Places]]:
        """Return the costs after slot ``s``, and where each came from with how many meetings."""
        duties = self.duties
        after = np.full_like(state, _NEVER)
        busy = state[_BUSY:].min(axis=0)
        goes_on = self._limited and bool(self._goes_on[s])
        # Into the first slot of a row: from no meeting, or from a row that ended or has no limit.
        sources = [state[_BEFORE], state[_BREAK]] if goes_on else [state[_BEFORE], state[_BREAK], busy]
        arriving = [np.minimum.reduce(sources), *(state[_BUSY + row] for row in range(self._rows - 1) if goes_on)]
        held = np.zeros((self._rows, *busy.shape), dtype=np.int16) if traced else np.zeros(0, dtype=np.int16)
        for row, before in enumerate(arriving):
            meeting = after[_BUSY + row]
            for k in range(1, self._delegates + 1):
                may = (duties.fixed[:, s] <= k) & (k <= duties.room[:, s])
                reached = before[:, :-k] + np.where(may, k * price, _NEVER)[:, None]
                if traced:
                    held[row, :, k:][reached < meeting[:, k:]] = k
                np.minimum(meeting[:, k:], reached, out=meeting[:, k:])
        barred = self._outside[s]
        resting = barred + np.where(duties.fixed[:, s] > 0, _NEVER, 0)[:, None]
        enter, stay = busy + (a_break + idle), state[_BREAK] + idle
        after[_BEFORE] = state[_BEFORE] + resting
        after[_BREAK] = np.minimum(enter, stay) + resting
        after[_OVER] = np.minimum(busy, state[_OVER]) + resting
        after[_BUSY:] += barred
        np.minimum(after, _NEVER, out=after)
        if not traced:
            return after, (held, held)
        came = np.zeros(state.shape, dtype=np.int16)
        busiest = _BUSY + state[_BUSY:].argmin(axis=0)
        came[_BREAK] = np.where(stay < enter, _BREAK, busiest)
        came[_OVER] = np.where(state[_OVER] < busy, _OVER, busiest)
        came[_BUSY] = np.select(
            [arriving[0] == source for source in sources], [_BEFORE, _BREAK, busiest][: len(sources)]
        )
        for row in range(1, self._rows):
            came[_BUSY + row] = _BUSY + row - 1
        return after, (came, held)

    def _traced(self, used: IntArray, phase: IntArray, steps: list[_Step]) -> IntArray:
        rows = np.arange(len(used))
        meetings = np.zeros((len(used), len(steps)), dtype=np.int64)
        for s in range(len(steps) - 1, -1, -1):
            step = steps[s]
            busy = phase >= _BUSY
            held = np.where(busy, step.held[np.maximum(phase - _BUSY, 0), rows, used], 0)
            # How a busy slot was reached is noted under the number of meetings held before it.
            phase = step.came[phase, rows, used - held].astype(np.int64)
            used = used - held
            meetings[:, s] = held
            if step.morning is not None:
                phase = step.morning[rows, used].astype(np.int64)
        return meetings


def _ended(state: IntArray) -> IntArray:
    """Return ``state`` as a day may end: not within a break."""
    ended = state.copy()
    ended[_BREAK] = 2 * _NEVER
    return ended
