"""New meetings given places one after the other: a matching a slot, then others moved on for what found none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np

from scheduler.problem.placement import Placement
from scheduler.problem.problem import BoolArray, IntArray
from scheduler.problem.rows import fills_row
from scheduler.slotting.open import OpenPlaces
from scheduler.slotting.urgency import SCALE, most_urgent, urgency

# How far one meeting may push others on, and how many attempts all of them have together.
_DEEPEST = 3
_MOST_STEPS = 1500


def place_all(open_places: OpenPlaces, units: IntArray) -> IntArray:
    """Return a slot for each of ``units``, -1 where none was found.

    Cost: a minimum-cost flow a slot, and a bounded number of attempts to move others on.
    """
    construction = Construction(open_places)
    construction.match(units)
    return np.array([construction.taken.get(u, -1) for u in units.tolist()], dtype=np.int64)


class Construction:
    """New meetings taken one after the other, each only where it breaks no rule."""

    def __init__(self, open_places: OpenPlaces) -> None:
        self.open_places = open_places
        self.free = open_places.free.copy()
        self.left = open_places.left.copy()
        self.room = open_places.problem.maximum - open_places.degree
        self.taken: dict[int, int] = {}
        self.orders: dict[int, list[tuple[int, bool]]] = {}
        for later, sooner in open_places.problem.after:
            self.orders.setdefault(later, []).append((sooner, True))
            self.orders.setdefault(sooner, []).append((later, False))
        self.twins = {u: group for group in open_places.problem.twins for u in group}
        # How many meetings each person has in a slot, where its pauses are to be seen.
        self.meetings = open_places.meetings.copy()

    def take(self, u: int, s: int) -> bool:
        """Hold ``u`` in ``s`` if that is still possible; return whether it was."""
        problem = self.open_places.problem
        a, b = int(problem.a[u]), int(problem.b[u])
        uses = self.open_places.resources.uses[u]
        if u in self.taken or self.free[a, s] <= 0 or self.free[b, s] <= 0 or self.room[a] <= 0 or self.room[b] <= 0:
            return False
        if (self.left[uses, s] <= 0).any() or any(self.taken.get(v) == s for v in self.twins.get(u, ())):
            return False
        for v, u_is_later in self.orders.get(u, ()):
            t = self.taken.get(v)
            if t is not None and (t >= s if u_is_later else t <= s):
                return False
        if not self._rested(a, s) or not self._rested(b, s):
            return False
        self._count(u, s, -1)
        self.taken[u] = s
        return True

    def _rested(self, p: int, s: int) -> bool:
        """Return whether ``p`` has its pauses with a meeting in ``s``."""
        problem = self.open_places.problem
        if not problem.joins:
            return True
        busy = sum(1 << t for t in np.flatnonzero(self.meetings[problem.person[p]]).tolist())
        return not fills_row(busy, s, problem.joins, problem.most_in_window)

    def drop(self, u: int) -> int:
        """Hold ``u`` no more; return the slot that it had."""
        s = self.taken.pop(u)
        self._count(u, s, 1)
        return s

    def _count(self, u: int, s: int, change: int) -> None:
        problem = self.open_places.problem
        for p in (int(problem.a[u]), int(problem.b[u])):
            self.free[p, s] += change
            self.room[p] += change
            self.meetings[problem.person[p], s] -= change
        self.left[self.open_places.resources.uses[u], s] += change

    def chosen(self) -> tuple[IntArray, IntArray]:
        """Return the meetings taken and their slots."""
        return np.array(list(self.taken), dtype=np.int64), np.array(list(self.taken.values()), dtype=np.int64)

    def placement(self) -> Placement:
        """Return what stays and the meetings taken."""
        return self.open_places.with_meetings(*self.chosen())

    def match(self, wanted: IntArray, over: Callable[[], bool] = lambda: False) -> None:
        """Give slots to ``wanted``: the narrowest slot first, in each a matching of greatest urgency.

        Once ``over`` returns true nothing is moved on any more to make room for what is left.
        """
        open_places = self.open_places
        asked = np.isin(open_places.units, wanted)
        units, slots = open_places.units[asked], open_places.slots[asked]
        waiting = np.isin(np.arange(open_places.problem.units), wanted)
        count = np.bincount(slots, minlength=open_places.problem.slots)
        for s in sorted(set(slots.tolist()), key=lambda s: (count[s], s)):
            here = units[(slots == s) & waiting[units]]
            urgent = self._urgency(waiting, units[waiting[units]], slots[waiting[units]], here)
            for k in self._matching(here, urgent, s):
                if self.take(int(here[k]), int(s)):
                    waiting[here[k]] = False
            ahead = slots != s
            units, slots = units[ahead], slots[ahead]
        missing = [u for u in wanted.tolist() if u not in self.taken]
        if missing:
            _Ejections(self, wanted, over).insert(missing)

    def _urgency(self, waiting: BoolArray, units: IntArray, slots: IntArray, here: IntArray) -> IntArray:
        """Return how urgent ``here`` are; tables and facilitators count like participants."""
        problem, resources = self.open_places.problem, self.open_places.resources
        rest = np.flatnonzero(waiting)
        ends = problem.a[here], problem.b[here]
        open_to = np.zeros((problem.participants, problem.slots), dtype=np.bool_)
        open_to[problem.a[units], slots] = open_to[problem.b[units], slots] = True
        room = (np.maximum(self.free, 0) * open_to).sum(axis=1)
        total = urgency(problem.degrees(rest), room, ends, np.bincount(units, minlength=problem.units)[here])
        ahead = np.unique(slots)
        for r in range(len(self.left)):
            needed = int(resources.uses[rest, r].sum()) * SCALE // max(int(self.left[r][ahead].sum()), 1)
            total += resources.uses[here, r] * min(needed, SCALE) ** 2
        return total

    def _matching(self, units: IntArray, urgent: IntArray, s: int) -> list[int]:
        """Return the positions of ``units`` to take in ``s``, the most urgent first."""
        problem, sides = self.open_places.problem, self.open_places.problem.sides
        if sides is None:
            # Taken one by one, as ``take`` allows: a maximal matching, at least half of a greatest one.
            chosen = np.arange(len(units))
        else:
            left = np.where(sides[problem.a[units]] == 0, problem.a[units], problem.b[units])
            right = problem.a[units] + problem.b[units] - left
            uses = self.open_places.resources.uses[units]
            # What most of them need stands for all that may be short; ``take`` sees the rest.
            r = int(uses.sum(axis=0).argmax())
            chosen = most_urgent(left, right, urgent, self.free[:, s], uses[:, r], int(self.left[r][s]))
        return [int(k) for k in chosen[np.argsort(-urgent[chosen], kind="stable")]]

    def add_the_best(self) -> None:
        """Take what is left in the order of its worth: shortfall first, then score and coverage."""
        open_places = self.open_places
        problem = open_places.problem
        earned = np.concatenate([problem.coverage, [0]])
        last = len(problem.coverage)
        gained = True
        while gained:
            gained = False
            degree = problem.maximum - self.room
            below = (degree < problem.minimum).astype(np.int64)
            bonus = earned[np.minimum(degree, last)]
            a, b = problem.a[open_places.units], problem.b[open_places.units]
            ok = (self.free[a, open_places.slots] > 0) & (self.free[b, open_places.slots] > 0)
            ok &= (self.room[a] > 0) & (self.room[b] > 0)
            for r in range(len(self.left)):
                ok &= ~open_places.resources.uses[open_places.units, r] | (self.left[r][open_places.slots] > 0)
            places = np.flatnonzero(ok)
            worth = (problem.score[open_places.units] + bonus[a] + bonus[b])[places]
            short = (below[a] + below[b])[places]
            for k in places[np.lexsort((places, -worth, -short))].tolist():
                gained |= self.take(int(open_places.units[k]), int(open_places.slots[k]))


class _Ejections:
    """Room made for a meeting by moving others on, as in an ejection chain (Glover 1996), a few steps deep."""

    def __init__(self, construction: Construction, wanted: IntArray, over: Callable[[], bool]) -> None:
        open_places = construction.open_places
        self.construction = construction
        self.over = over
        self.places: dict[int, list[int]] = {u: [] for u in wanted.tolist()}
        asked = np.isin(open_places.units, wanted)
        for u, s in zip(open_places.units[asked].tolist(), open_places.slots[asked].tolist(), strict=True):
            self.places[u].append(s)
        self.steps = _MOST_STEPS

    def insert(self, units: list[int]) -> None:
        """Place as many of ``units`` as steps allow; every other meeting keeps a place."""
        for u in units:
            for depth in range(1, _DEEPEST + 1):
                if self.steps > 0 and self._insert(u, depth):
                    break

    def _insert(self, u: int, depth: int) -> bool:
        construction = self.construction
        if any(construction.take(u, s) for s in self.places[u]):
            return True
        if depth == 0:
            return False
        for s in self.places[u]:
            for others in self._in_the_way(u, s):
                self.steps = 0 if self.over() else self.steps - 1
                if self.steps <= 0:
                    return False
                before = dict(construction.taken)
                for v in others:
                    construction.drop(v)
                if construction.take(u, s) and all(self._insert(v, depth - 1) for v in others):
                    return True
                self._restore(before)
        return False

    def _in_the_way(self, u: int, s: int) -> Iterator[tuple[int, ...]]:
        """Yield sets of meetings that would have to leave ``s`` for ``u``; none where nobody can."""
        construction, problem = self.construction, self.construction.open_places.problem
        uses = construction.open_places.resources.uses
        here = [v for v, t in construction.taken.items() if t == s]
        full_ends = [p for p in (int(problem.a[u]), int(problem.b[u])) if construction.free[p, s] <= 0]
        own = [[v for v in here if p in (int(problem.a[v]), int(problem.b[v]))] for p in full_ends]
        for first in product(*own):
            leaving = tuple(dict.fromkeys(first))
            full = [r for r in np.flatnonzero(uses[u]).tolist() if construction.left[r, s] <= 0]
            short = [r for r in full if not any(uses[v, r] for v in leaving)]
            if not short:
                yield leaving
            else:
                yield from ((*leaving, v) for v in here if v not in leaving and uses[v, short].all())

    def _restore(self, before: dict[int, int]) -> None:
        construction = self.construction
        for v in [v for v, s in construction.taken.items() if before.get(v) != s]:
            construction.drop(v)
        for v, s in before.items():
            if v not in construction.taken:
                construction.taken[v] = s
                construction._count(v, s, -1)
