"""Fewer breaks by moving new meetings alone: first to other open places, then two of them against each other.

A descent, not an annealing: after a disturbance few meetings are new and few places are open, so what matters is to
look at all of them, quickly. A proven limit comes from the gaps that no open place can close.
"""

from __future__ import annotations

import numpy as np

from scheduler.problem.problem import IntArray
from scheduler.problem.rows import too_long
from scheduler.problem.watch import Watch
from scheduler.slotting.open import OpenPlaces

_MOST_ROUNDS = 20
# Pairs of new meetings are tried up to this many of them; the work grows with the square.
_MOST_FOR_PAIRS = 150


def with_fewer_breaks(open_places: OpenPlaces, units: IntArray, slots: IntArray, watch: Watch) -> IntArray:
    """Return slots for the new meetings ``units``, legal as ``slots`` are, with as few breaks and idle slots.

    ``open_places`` are those beside the meetings that stay. Only moves that keep every rule are made.
    Cost: O(new meetings x open places of each) a round, and their square where they are few.
    """
    if not len(units) or open_places.problem.after or open_places.problem.twins:
        return slots
    descent = _Descent(open_places, units, slots)
    for _ in range(_MOST_ROUNDS):
        moved = sum(descent.improve(k) for k in range(len(units))) > 0
        if not moved and len(units) <= _MOST_FOR_PAIRS:
            moved = sum(descent.exchange(k, m) for k in range(len(units)) for m in range(k)) > 0
        if not moved or watch.over():
            break
    return np.array(descent.slots, dtype=np.int64)


def break_limit(open_places: OpenPlaces) -> int:
    """Return a number of breaks that no timetable in which ``open_places.held`` stays can go below.

    A new meeting at an end of the day never closes a gap, and one inside closes it only together with all its slots:
    a gap with a slot in which its participant has no open place remains. Cost: O(P S).
    """
    problem = open_places.problem
    busy = _busy(open_places)
    touched = busy.copy()
    touched[problem.a[open_places.units], open_places.slots] = True
    touched[problem.b[open_places.units], open_places.slots] = True
    total = 0
    for day in np.unique(problem.day):
        columns = np.flatnonzero(problem.day == day)
        total += sum(
            _gaps_that_stay(own, might) for own, might in zip(busy[:, columns], touched[:, columns], strict=True)
        )
    return total


def _gaps_that_stay(busy: IntArray, touched: IntArray) -> int:
    held = np.flatnonzero(busy)
    if len(held) < 2:
        return 0
    closed = np.concatenate([[0], np.cumsum(~touched)])
    return int((closed[held[1:]] - closed[held[:-1] + 1] > 0).sum())


def _busy(open_places: OpenPlaces) -> IntArray:
    problem, held = open_places.problem, open_places.held
    busy = np.zeros((problem.participants, problem.slots), dtype=np.bool_)
    busy[problem.a[held.units], held.slots] = True
    busy[problem.b[held.units], held.slots] = True
    return busy  # type: ignore[return-value]


class _Descent:
    def __init__(self, open_places: OpenPlaces, units: IntArray, slots: IntArray) -> None:
        problem = open_places.problem
        self.units: list[int] = units.tolist()
        self.slots: list[int] = slots.tolist()
        self.a, self.b = problem.a[units].tolist(), problem.b[units].tolist()
        self.uses = [np.flatnonzero(open_places.resources.uses[u]).tolist() for u in self.units]
        self.days = [sum(1 << int(s) for s in np.flatnonzero(problem.day == day)) for day in np.unique(problem.day)]
        wanted = np.isin(open_places.units, units)
        self.places: dict[int, list[int]] = {u: [] for u in self.units}
        for u, s in zip(open_places.units[wanted].tolist(), open_places.slots[wanted].tolist(), strict=True):
            self.places[u].append(s)
        self.problem, self.first = problem, open_places.first
        self.mates = {p: members for members in problem.groups for p in members}
        everyone = sorted({q for p in (*self.a, *self.b) for q in self.mates.get(p, (p,))})
        self.free = {p: open_places.free[p].tolist() for p in everyone}
        self.delegates = {p: int(problem.delegates[p]) for p in everyone}
        self.left = open_places.left.tolist()
        for k, s in enumerate(self.slots):
            self._count(k, s, -1)

    def improve(self, k: int) -> bool:
        """Move one meeting to the open place with the fewest breaks; return whether it moved."""
        here = self.slots[k]
        best, least = here, self._cost(k)
        for s in self.places[self.units[k]]:
            if s != here and self._fits(k, s):
                self._move(k, s)
                cost = self._cost(k)
                if cost < least and self._rested(k):
                    best, least = s, cost
                self._move(k, here)
        if best != here:
            self._move(k, best)
        return best != here

    def exchange(self, k: int, m: int) -> bool:
        """Let two meetings change slots if that saves breaks; return whether they did."""
        s, t = self.slots[k], self.slots[m]
        if s == t or t not in self.places[self.units[k]] or s not in self.places[self.units[m]]:
            return False
        before = self._cost(k, m)
        self._count(k, s, 1)
        self._count(m, t, 1)
        fits = self._fits(k, t)
        self._count(k, t, -1)
        fits = fits and self._fits(m, s)
        self._count(m, s, -1)
        self.slots[k], self.slots[m] = t, s
        if fits and self._cost(k, m) < before and self._rested(k, m):
            return True
        self._count(k, t, 1)
        self._count(m, s, 1)
        self._count(k, s, -1)
        self._count(m, t, -1)
        self.slots[k], self.slots[m] = s, t
        return False

    def _fits(self, k: int, s: int) -> bool:
        seats = bool(self.free[self.a[k]][s] > 0 and self.free[self.b[k]][s] > 0)
        return seats and all(self.left[r][s] > 0 for r in self.uses[k])

    def _rested(self, *meetings: int) -> bool:
        """Return whether those who take part in ``meetings`` have their pauses in what is still to come."""
        joins, most = self.problem.joins, self.problem.most_in_window
        if not joins:
            return True
        for p in {p for k in meetings for p in (self.a[k], self.b[k])}:
            own = [self.free[q] for q in self.mates.get(p, (p,))]
            full = self.delegates[p]
            busy = sum(1 << s for s in range(self.problem.slots) if any(free[s] < full for free in own))
            # Rows that are over are not judged any more.
            if too_long(busy >> max(self.first - most, 0), joins >> max(self.first - most, 0), most):
                return False
        return True

    def _move(self, k: int, s: int) -> None:
        self._count(k, self.slots[k], 1)
        self._count(k, s, -1)
        self.slots[k] = s

    def _count(self, k: int, s: int, change: int) -> None:
        self.free[self.a[k]][s] += change
        self.free[self.b[k]][s] += change
        for r in self.uses[k]:
            self.left[r][s] += change

    def _cost(self, *meetings: int) -> tuple[int, int]:
        """Return the breaks and idle slots of those who take part in ``meetings``."""
        breaks = idle = 0
        for p in {p for k in meetings for p in (self.a[k], self.b[k])}:
            full = self.delegates[p]
            busy = sum(1 << s for s, free in enumerate(self.free[p]) if free < full)
            for day in self.days:
                own = busy & day
                if own:
                    own //= own & -own
                    breaks += (own & ~(own >> 1)).bit_count() - 1
                    idle += own.bit_length() - own.bit_count()
        return breaks, idle
