"""A timetable that is changed a meeting at a time: what each slot has left, whether a rule is broken, and the way back.

Kept in plain Python lists: a change touches four or five numbers, for which arrays are slow.
"""

from __future__ import annotations

import numpy as np

from scheduler.problem.capacities import Resources
from scheduler.problem.placement import Placement
from scheduler.problem.problem import BoolArray, IntArray, Problem
from scheduler.problem.rows import fills_row


class Timetable:
    """Meetings in slots: ``held`` at first. Breaks are not compared, and what ``held`` breaks is nobody's fault here.

    Seats and pauses count by persons: who are one person share their slots.
    """

    def __init__(self, problem: Problem, resources: Resources, held: Placement) -> None:
        self.problem = problem
        self.slot: dict[int, int] = {}
        # Tables and facilitators left, as counted sets, by slot.
        self.left: list[list[int]] = resources.capacity.tolist()
        # In the order in which they came, so that the same is done on any machine.
        self.held_in: list[dict[int, None]] = [{} for _ in range(problem.slots)]
        self.held_by: list[list[list[int]]] = [[[] for _ in range(problem.slots)] for _ in range(problem.participants)]
        self._a, self._b = problem.a.tolist(), problem.b.tolist()
        person = problem.person.tolist()
        self._persons = [(person[a], person[b]) for a, b in zip(self._a, self._b, strict=True)]
        self._delegates: list[int] = problem.delegates.tolist()
        # The busy slots of each person as bits, to see its pauses; how many meetings more each participant may have.
        self._busy = [0] * problem.participants
        self._more: list[int] = problem.maximum.tolist()
        self._orders: dict[int, list[tuple[int, bool]]] = {}
        for later, sooner in problem.after:
            self._orders.setdefault(later, []).append((sooner, True))
            self._orders.setdefault(sooner, []).append((later, False))
        self._twins = {u: group for group in problem.twins for u in group}
        self._resources = resources
        self._uses = _rows(resources.uses, held.units)
        self._slots: dict[int, list[int]] = {}
        # What was done: a unit, and the slot that it had before, ``None`` where it had none.
        self._done: list[tuple[int, int | None]] = []
        for u, s in zip(held.units.tolist(), held.slots.tolist(), strict=True):
            self.put(u, s)
        self._done.clear()

    # What is

    @property
    def placement(self) -> Placement:
        """All that is held, by unit."""
        return Placement.of(self.slot)

    def persons(self, u: int) -> tuple[int, int]:
        """Return the two persons of ``u``."""
        return self._persons[u]

    def uses(self, u: int) -> list[int]:
        """Return the resources of which ``u`` takes one."""
        if u not in self._uses:
            self._uses[u] = np.flatnonzero(self._resources.uses[u]).tolist()
        return self._uses[u]

    def slots_of(self, u: int) -> list[int]:
        """Return the slots that ``u`` may be held in, in time."""
        if u not in self._slots:
            self._slots[u] = np.flatnonzero(self.problem.allowed[u]).tolist()
        return self._slots[u]

    def seats(self, p: int, s: int) -> int:
        """Return how many meetings more person ``p`` could hold in ``s``; less than 0: it holds too many."""
        return self._delegates[p] - len(self.held_by[p][s])

    # What may be

    def wants(self, u: int) -> bool:
        """Return whether ``u`` is not held, and neither of its two has its greatest number of meetings."""
        return u not in self.slot and self._more[self._a[u]] > 0 and self._more[self._b[u]] > 0

    def fits(self, u: int, s: int) -> bool:
        """Return whether ``s``, where ``u`` is allowed, has room for it beside all that is held, no rule broken."""
        a, b = self._persons[u]
        return (
            self.wants(u)
            and self.seats(a, s) > 0
            and self.seats(b, s) > 0
            and all(self.left[r][s] > 0 for r in self.uses(u))
            and self.ordered(u, s)
            and self.rested(u, s)
        )

    def ordered(self, u: int, s: int) -> bool:
        """Return whether ``u`` in ``s`` keeps the order asked for, and no other entry of its pair is there."""
        for v, u_is_later in self._orders.get(u, ()):
            t = self.slot.get(v)
            if t is not None and (t >= s if u_is_later else t <= s):
                return False
        return not any(v != u and self.slot.get(v) == s for v in self._twins.get(u, ()))

    def rested(self, u: int, s: int) -> bool:
        """Return whether the two of ``u`` have their pauses around ``s`` with ``u`` there."""
        joins, most = self.problem.joins, self.problem.most_in_window
        return not joins or not any(fills_row(self._busy[p], s, joins, most) for p in self._persons[u])

    # What is done

    def take(self, u: int, s: int) -> bool:
        """Hold ``u`` in ``s`` if it fits there; return whether it does."""
        if not self.fits(u, s):
            return False
        self.put(u, s)
        return True

    def put(self, u: int, s: int) -> None:
        """Hold ``u``, which is not held, in ``s``, whatever rule that breaks."""
        self._done.append((u, None))
        self.slot[u] = s
        self.held_in[s][u] = None
        for p in self._persons[u]:
            self.held_by[p][s].append(u)
            self._busy[p] |= 1 << s
        self._count(u, s, -1)

    def lift(self, u: int) -> int:
        """Hold ``u`` no more; return the slot that it had."""
        s = self.slot.pop(u)
        self._done.append((u, s))
        del self.held_in[s][u]
        for p in self._persons[u]:
            self.held_by[p][s].remove(u)
            if not self.held_by[p][s]:
                self._busy[p] &= ~(1 << s)
        self._count(u, s, 1)
        return s

    def _count(self, u: int, s: int, change: int) -> None:
        self._more[self._a[u]] += change
        self._more[self._b[u]] += change
        for r in self.uses(u):
            self.left[r][s] += change

    @property
    def mark(self) -> int:
        """Where things stand, for ``back_to`` and ``moved_since``."""
        return len(self._done)

    def moved_since(self, mark: int) -> set[int]:
        """Return the units put or lifted since then."""
        return {u for u, _ in self._done[mark:]}

    def back_to(self, mark: int) -> None:
        """Take back all that was done since then."""
        while len(self._done) > mark:
            u, s = self._done.pop()
            if s is None:
                self.lift(u)
            else:
                self.put(u, s)
            self._done.pop()


def _rows(marked: BoolArray, among: IntArray) -> dict[int, list[int]]:
    """Return for each of the rows ``among`` the columns that are ``marked``; all at once, for they may be many."""
    row, column = np.nonzero(marked[among])
    ends = np.cumsum(np.bincount(row, minlength=len(among))).tolist()
    columns = column.tolist()
    return {u: columns[start:end] for u, start, end in zip(among.tolist(), [0, *ends], ends, strict=False)}
