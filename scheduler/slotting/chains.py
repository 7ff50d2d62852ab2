"""Whether a few meetings more, and a few less, still find slots: others are moved along Kempe chains if need be.

As in the proof of König's theorem that a two-sided graph of greatest degree D is coloured by D colours (*Über Graphen
und ihre Anwendung auf Determinantentheorie und Mengenlehre*, 1916): a meeting whose participants are free in different
slots finds a place once the chain of meetings in these two slots has changed over. Nothing is proven by a failure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from scheduler.problem.capacities import resources_of
from scheduler.problem.placement import Placement
from scheduler.problem.problem import Problem
from scheduler.problem.rows import too_long
from scheduler.problem.worth import breaks_alike

# Chains that are swapped, or tried, to bring one slot back under its tables.
_MOST_SWAPS = 60


class Inserting:
    """One announced timetable and the changes that are tried on it; each is undone afterwards."""

    def __init__(self, problem: Problem, announced: Placement) -> None:
        self.problem = problem
        # By persons: who are one person share their slots.
        self.a, self.b = problem.person[problem.a].tolist(), problem.person[problem.b].tolist()
        self.delegates = problem.delegates.tolist()
        # Tables that are still to be chosen cannot be counted a slot at a time.
        self.resources = None if len(problem.undecided) else resources_of(problem, np.arange(problem.units))
        self.slot: dict[int, int] = {}
        self.at: list[list[list[int]]] = [[[] for _ in range(problem.slots)] for _ in range(problem.participants)]
        self.left: list[list[int]] = [] if self.resources is None else self.resources.capacity.tolist()
        self.orders: dict[int, list[tuple[int, bool]]] = {}
        for later, sooner in problem.after:
            self.orders.setdefault(later, []).append((sooner, True))
            self.orders.setdefault(sooner, []).append((later, False))
        self.twins = {u: group for group in problem.twins for u in group}
        self._uses: dict[int, list[int]] = {}
        self._slots: dict[int, list[int]] = {}
        self.journal: list[tuple[int, int | None]] = []
        # In the order in which they came, so that the same is done on any machine.
        self.held_in: list[dict[int, None]] = [{} for _ in range(problem.slots)]
        for u, s in zip(announced.units.tolist(), announced.slots.tolist(), strict=True):
            self._put(u, s)
        self.journal.clear()

    def placed(self, lost: Iterable[int], added: Iterable[int]) -> Placement | None:
        """Return the timetable without ``lost`` and with ``added``; ``None`` where none was found that keeps the rules.

        Cost: at most O(S^2) chains for each meeting added.
        """
        if self.resources is None:
            return None
        for u in lost:
            self._lift(int(u))
        # Those with the fewest places to choose from first.
        order = sorted((int(u) for u in added), key=lambda u: (len(self._slots_of(u)), u))
        held = self._held() if all(self._insert(u) for u in order) else None
        self._undo(0)
        return held if held is not None and breaks_alike(self.problem, held) else None

    def with_each(self, added: Iterable[int], over: Callable[[], bool] = lambda: False) -> Placement:
        """Return the timetable with those of ``added`` that find a slot; breaks are not compared.

        Once ``over`` returns true no more of them are tried. Cost: as above, up to a tenth of a second each.
        """
        if self.resources is not None:
            degree = self.problem.degrees(self._held().units)
            for u in map(int, added):
                if over():
                    break
                ends = [int(self.problem.a[u]), int(self.problem.b[u])]
                if (degree[ends] < self.problem.maximum[ends]).all() and self._insert(u):
                    degree[ends] += 1
        held = self._held()
        self._undo(0)
        return held

    def _held(self) -> Placement:
        held = np.array(sorted(self.slot.items()), dtype=np.int64).reshape(-1, 2)
        return Placement(held[:, 0].copy(), held[:, 1].copy())

    def _uses_of(self, u: int) -> list[int]:
        assert self.resources is not None
        if u not in self._uses:
            self._uses[u] = np.flatnonzero(self.resources.uses[u]).tolist()
        return self._uses[u]

    def _slots_of(self, u: int) -> list[int]:
        if u not in self._slots:
            self._slots[u] = np.flatnonzero(self.problem.allowed[u]).tolist()
        return self._slots[u]

    def _put(self, u: int, s: int) -> None:
        self.journal.append((u, None))
        self.slot[u] = s
        self.held_in[s][u] = None
        self.at[self.a[u]][s].append(u)
        self.at[self.b[u]][s].append(u)
        if self.resources is not None:
            for r in self._uses_of(u):
                self.left[r][s] -= 1

    def _lift(self, u: int) -> None:
        s = self.slot.pop(u)
        del self.held_in[s][u]
        self.journal.append((u, s))
        self.at[self.a[u]][s].remove(u)
        self.at[self.b[u]][s].remove(u)
        if self.resources is not None:
            for r in self._uses_of(u):
                self.left[r][s] += 1

    def _undo(self, length: int) -> None:
        """Take back all that was done since the journal had this length."""
        while len(self.journal) > length:
            u, s = self.journal.pop()
            if s is None:
                self._lift(u)
            else:
                self._put(u, s)
            self.journal.pop()

    def _insert(self, u: int) -> bool:
        """Give ``u`` a slot, others changing over between it and another slot if need be."""
        a, b = self.a[u], self.b[u]
        mine = self._slots_of(u)
        for s in mine:
            if self._free(a, s) and self._free(b, s) and self._tried(u, s, s):
                return True
        for s in mine:
            for t in range(self.problem.slots):
                if s != t and self._tried(u, s, t):
                    return True
        return False

    def _free(self, p: int, s: int) -> bool:
        return len(self.at[p][s]) < int(self.delegates[p])

    def _tried(self, u: int, s: int, t: int) -> bool:
        """Hold ``u`` in ``s``, whoever is in the way moved to ``t``, and from there to ``s``; undone if that fails."""
        begun = len(self.journal)
        self._put(u, s)
        if self._pushed(u, s, t) and all(self._relieved(slot) for slot in {s, t}):
            moved = {v for v, _ in self.journal[begun:]}
            if all(self._legal(v) for v in moved) and self._rested(moved):
                return True
        self._undo(begun)
        return False

    def _pushed(self, u: int, s: int, t: int) -> bool:
        """Move whoever is in the way of ``u``, which is in ``s`` now, along the chain of ``s`` and ``t``."""
        moved, crowded = {u}, [(self.a[u], s), (self.b[u], s)]
        while crowded:
            p, here = crowded.pop()
            if len(self.at[p][here]) <= self.delegates[p]:
                continue
            there = t if here == s else s
            leaving = next((v for v in self.at[p][here] if v not in moved and self.problem.allowed[v, there]), None)
            if leaving is None or s == t:
                return False
            self._lift(leaving)
            self._put(leaving, there)
            moved.add(leaving)
            crowded += [(self.a[leaving], there), (self.b[leaving], there), (p, here)]
        return True

    def _relieved(self, s: int) -> bool:
        """Swap chains of ``s`` with other slots until it has no more meetings than tables and facilitators."""
        tries = _MOST_SWAPS
        for r, left in enumerate(self.left):
            while left[s] < 0:
                if not tries or not self._relieved_once(s, r):
                    return False
                tries -= 1
        return True

    def _relieved_once(self, s: int, r: int) -> bool:
        """Swap one chain so that slot ``s`` needs one less of resource ``r``, and another with room one more.

        As in the proof that equal colourings exist (de Werra, *Equitable colorations of graphs*, 1971).
        """
        using = [v for v in self.held_in[s] if r in self._uses_of(v)]
        tries = _MOST_SWAPS
        for t in sorted(range(self.problem.slots), key=lambda t: -self.left[r][t]):
            if self.left[r][t] <= 0:
                return False
            for v in using:
                if not self.problem.allowed[v, t]:
                    continue
                begun, before = len(self.journal), [left[s] for left in self.left]
                self._lift(v)
                self._put(v, t)
                if (
                    self._pushed(v, t, s)
                    and self.left[r][s] > before[r]
                    and all(
                        left[t] >= 0 and left[s] >= min(old, 0) for left, old in zip(self.left, before, strict=True)
                    )
                ):
                    return True
                self._undo(begun)
                tries -= 1
                if not tries:
                    return False
        return False

    def _legal(self, u: int) -> bool:
        """Return whether ``u`` keeps the order asked for, and no other entry of its pair is in its slot."""
        s = self.slot[u]
        for v, u_is_later in self.orders.get(u, ()):
            other = self.slot.get(v)
            if other is not None and (other >= s if u_is_later else other <= s):
                return False
        return not any(v != u and self.slot.get(v) == s for v in self.twins.get(u, ()))

    def _rested(self, moved: set[int]) -> bool:
        """Return whether everybody in the meetings ``moved`` has its pauses."""
        joins, most = self.problem.joins, self.problem.most_in_window
        ends = {p for u in moved for p in (self.a[u], self.b[u])} if joins else ()
        return not any(too_long(sum(1 << s for s, here in enumerate(self.at[p]) if here), joins, most) for p in ends)
