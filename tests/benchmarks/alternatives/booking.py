"""A booking sheet: meetings are entered one by one, each with its slot, table and facilitator; none is moved again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scheduler.problem.problem import NO_TABLE, Problem
from scheduler.tables.seating import Seating
from tests.benchmarks.alternatives.answers import Answer, in_order

_NOBODY = -1


class Sheet:
    """What is booked so far. Sets of slots are the bits of an integer, the first slot being the lowest."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.slot: dict[int, int] = {}
        self.table: dict[int, int] = {}
        self.helper: dict[int, int] = {}
        self.allowed = _bits(problem.allowed)
        self.free = _bits(problem.available)
        self.taken = [0] * problem.participants
        self._used = [[0] * problem.slots for _ in range(problem.participants)]
        self._windows = [sum(1 << s for s in window) for window in problem.row_windows]
        self._left = problem.maximum.tolist()
        self._a, self._b = problem.a.tolist(), problem.b.tolist()
        # Few tables are ever asked for by name, so those that fit fewest meetings are the last to be given away.
        wanted = [sum(t in places for places in problem.table_types) for t in range(problem.tables)]
        self._tables = [sorted(places, key=lambda t: wanted[t]) for places in problem.table_types]
        self._at_table: set[tuple[int, int]] = set()
        self._helping: set[tuple[int, int]] = set()
        self._same = _groups(problem)
        # Who stays seated has a table of its own for a day, from its first meeting on.
        self._kept: dict[tuple[int, int], int] = {}
        self._twins = {u: group for group in problem.twins for u in group}
        self._after: dict[int, list[tuple[int, bool]]] = {}
        for later, sooner in problem.after:
            self._after.setdefault(later, []).append((sooner, True))
            self._after.setdefault(sooner, []).append((later, False))

    def open_slots(self, u: int) -> int:
        """Return the slots in which both participants of ``u`` are free and neither has all its meetings."""
        a, b = self._a[u], self._b[u]
        if u in self.slot or not (self._left[a] and self._left[b]):
            return 0
        return self.allowed[u] & self.free[a] & self.free[b]

    def book(self, u: int, slot: int) -> bool:
        """Enter ``u`` in ``slot``, one of its open slots, where a table and facilitator are left; say whether."""
        if not self._in_order(u, slot):
            return False
        table, helper = self._table_for(u, slot), self._helper_for(u, slot)
        if table is None or helper is None:
            return False
        self.slot[u], self.table[u], self.helper[u] = slot, table, helper
        self._at_table.add((table, slot))
        self._helping.add((helper, slot))
        for p in self._seated(u):
            self._kept[p, int(self.problem.day[slot])] = table
        for p in (self._a[u], self._b[u]):
            self._left[p] -= 1
            self._used[p][slot] += 1
            self.taken[p] |= 1 << slot
            self._close(p, slot)
        return True

    def book_required(self) -> None:
        """Enter the meetings that are required, earliest slot first, those with the fewest slots before others."""
        must = np.flatnonzero(self.problem.required).tolist()
        depth = dict.fromkeys(must, 0)
        for _ in range(len(self.problem.after)):
            moved = False
            for later, sooner in self.problem.after:
                if later in depth and sooner in depth and depth[later] <= depth[sooner]:
                    depth[later], moved = depth[sooner] + 1, True
            if not moved:
                break
        for u in sorted(must, key=lambda u: (self.allowed[u].bit_count() > 1, depth[u], self.allowed[u].bit_count())):
            for slot in ascending(self.open_slots(u)):
                if self.book(u, slot):
                    break

    def answer(self) -> Answer:
        """Return what is booked."""
        units = sorted(self.slot)
        tables, helpers = (np.array([of[u] for u in units], dtype=np.int64) for of in (self.table, self.helper))
        return Answer(in_order(units, [self.slot[u] for u in units]), seating=Seating(tables, helpers, 0))

    def _close(self, p: int, slot: int) -> None:
        """Take from ``p``, and from whoever is the same person, the slots that its meeting in ``slot`` rules out."""
        same = self._same.get(p, [p])
        closed = 0
        if len(same) > 1 or self._used[p][slot] == self.problem.delegates[p]:
            closed |= 1 << slot
        busy = 0
        for other in same:
            busy |= self.taken[other]
        for window in self._windows:
            if (window & ~busy).bit_count() == 1:
                closed |= window & ~busy
        for other in same:
            self.free[other] &= ~closed

    def _seated(self, u: int) -> list[int]:
        if self.problem.table_type[u] == NO_TABLE:
            return []
        return [p for p in (self._a[u], self._b[u]) if self.problem.seated[p]]

    def _in_order(self, u: int, slot: int) -> bool:
        if any(self.slot.get(twin) == slot for twin in self._twins.get(u, ())):
            return False
        return all(
            other not in self.slot or (self.slot[other] < slot if is_sooner else slot < self.slot[other])
            for other, is_sooner in self._after.get(u, ())
        )

    def _table_for(self, u: int, slot: int) -> int | None:
        kind = int(self.problem.table_type[u])
        if kind == NO_TABLE:
            return NO_TABLE
        day, seated = int(self.problem.day[slot]), self._seated(u)
        own = {self._kept[p, day] for p in seated if (p, day) in self._kept}
        others = {t for (p, d), t in self._kept.items() if d == day and p not in seated}
        for t in self._tables[kind]:
            if (t, slot) not in self._at_table and t not in others and own <= {t}:
                return t
        return None

    def _helper_for(self, u: int, slot: int) -> int | None:
        if not self.problem.facilitated[u]:
            return _NOBODY
        event = self.problem.event
        for f, facilitator in enumerate(event.facilitators):
            if event.slots[slot].id not in facilitator.unavailable and (f, slot) not in self._helping:
                return f
        return None


def _groups(problem: Problem) -> dict[int, list[int]]:
    """Return for each participant who is one person with others all of these."""
    return {p: list(group) for group in problem.groups for p in group}


def ascending(slots: int) -> Iterator[int]:
    """Yield the members of a set of slots."""
    while slots:
        lowest = slots & -slots
        yield lowest.bit_length() - 1
        slots ^= lowest


def _bits(rows: np.ndarray) -> list[int]:
    packed = np.packbits(rows, axis=1, bitorder="little")
    return [int.from_bytes(row.tobytes(), "little") for row in packed]
