"""Room made for a meeting that finds none: others are moved on, or two slots change over along a Kempe chain.

An *ejection chain* (Glover, *Ejection chains, reference structures and alternating path methods*, 1996) is a few steps
deep and goes wherever those find a place who are in the way. A *Kempe chain* has two slots and any length: a meeting
whose two are free in different slots finds a place once the meetings of these slots that hang together have changed
over, as in the proof of König's theorem that a two-sided graph of greatest degree D is coloured by D colours (*Über
Graphen und ihre Anwendung auf Determinantentheorie und Mengenlehre*, 1916). Where tables are full then, a chain with
one meeting too many is swapped back (de Werra, *Equitable colorations of graphs*, 1971). A failure proves nothing.

The chains of ``breaks/chains`` only look alike. They swap whole agendas at random, millions a second, for fewer breaks;
compiled, they know no unit that is not held. Here some hundred meetings are looked at, each with all its rules.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from itertools import product

import numpy as np

from scheduler.problem.capacities import resources_of
from scheduler.problem.placement import Placement
from scheduler.problem.problem import Problem
from scheduler.problem.worth import breaks_alike
from scheduler.slotting.timetable import Timetable

# How far one meeting may push others on, and how many attempts all of them have together.
_DEEPEST = 3
_MOST_STEPS = 1500
# Chains that are swapped, or tried, to bring one slot back under its tables.
_MOST_SWAPS = 60


class Chains:
    """Ways into ``timetable`` for meetings that find no place as it stands; those of ``fixed`` stay where they are.

    Once ``over`` returns true nothing more is tried.
    """

    def __init__(
        self, timetable: Timetable, fixed: Container[int] = (), over: Callable[[], bool] = lambda: False
    ) -> None:
        self.timetable = timetable
        self.fixed = fixed
        self.over = over
        self._steps = _MOST_STEPS

    @staticmethod
    def into(problem: Problem, placement: Placement) -> Chains | None:
        """Return the ways into ``placement``; ``None`` where tables and facilitators cannot be counted by slots."""
        # Tables that are still to be chosen cannot.
        resources = None if len(problem.undecided) else resources_of(problem, np.arange(problem.units))
        return None if resources is None else Chains(Timetable(problem, resources, placement))

    # Several meetings, tried and taken back

    def placed(self, lost: Iterable[int], added: Iterable[int]) -> Placement | None:
        """Return the timetable without ``lost`` and with ``added``; ``None`` where none was found that keeps the rules.

        Cost: at most O(S^2) chains for each meeting added.
        """
        timetable, mark = self.timetable, self.timetable.mark
        for u in lost:
            timetable.lift(int(u))
        # Those with the fewest places to choose from first.
        order = sorted((int(u) for u in added), key=lambda u: (len(timetable.slots_of(u)), u))
        held = timetable.placement if all(self.change_over(u) for u in order) else None
        timetable.back_to(mark)
        return held if held is not None and breaks_alike(timetable.problem, held) else None

    def with_each(self, added: Iterable[int]) -> Placement:
        """Return the timetable with those of ``added`` that find a slot; breaks are not compared.

        Cost: as above, up to a tenth of a second each.
        """
        mark = self.timetable.mark
        for u in added:
            if self.over():
                break
            self.change_over(int(u))
        held = self.timetable.placement
        self.timetable.back_to(mark)
        return held

    # Ejection chains

    def push_on(self, u: int) -> bool:
        """Hold ``u`` where that is possible, others pushed on to other slots; return whether it was.

        All meetings together have a bounded number of attempts.
        """
        return any(self._steps > 0 and self._pushed_on(u, depth) for depth in range(1, _DEEPEST + 1))

    def _pushed_on(self, u: int, depth: int) -> bool:
        timetable = self.timetable
        if any(timetable.take(u, s) for s in timetable.slots_of(u)):
            return True
        if depth == 0:
            return False
        for s in timetable.slots_of(u):
            for others in self._in_the_way(u, s):
                self._steps = 0 if self.over() else self._steps - 1
                if self._steps <= 0:
                    return False
                mark = timetable.mark
                for v in others:
                    timetable.lift(v)
                if timetable.take(u, s) and all(self._pushed_on(v, depth - 1) for v in others):
                    return True
                timetable.back_to(mark)
        return False

    def _in_the_way(self, u: int, s: int) -> Iterator[tuple[int, ...]]:
        """Yield sets of meetings that would have to leave ``s`` for ``u``; none where nobody can."""
        timetable = self.timetable
        full = [p for p in timetable.persons(u) if timetable.seats(p, s) <= 0]
        own = [[v for v in timetable.held_by[p][s] if v not in self.fixed] for p in full]
        for first in product(*own):
            leaving = tuple(dict.fromkeys(first))
            missing = [r for r in timetable.uses(u) if timetable.left[r][s] <= 0]
            short = {r for r in missing if not any(r in timetable.uses(v) for v in leaving)}
            if not short:
                yield leaving
                continue
            for v in list(timetable.held_in[s]):
                if v not in leaving and v not in self.fixed and short.issubset(timetable.uses(v)):
                    yield (*leaving, v)

    # Kempe chains

    def change_over(self, u: int) -> bool:
        """Hold ``u`` where that is possible, others changing over between two slots; return whether it was."""
        timetable = self.timetable
        if not timetable.wants(u):
            return False
        a, b = timetable.persons(u)
        # How many meetings more each of the two could hold, by slot.
        more = [[timetable.seats(p, s) for s in range(timetable.problem.slots)] for p in (a, b)]
        free = [s for s in timetable.slots_of(u) if more[0][s] > 0 and more[1][s] > 0]
        if any(self._tried(u, s, s) for s in free):
            return True
        for s in timetable.slots_of(u):
            # Whoever is full in both slots stays so, however they change over.
            others = [t for t in range(timetable.problem.slots) if all(own[s] + own[t] > 0 for own in more)]
            if s not in free and any(not self.over() and self._tried(u, s, t) for t in others if t != s):
                return True
        return False

    def _tried(self, u: int, s: int, t: int) -> bool:
        """Hold ``u`` in ``s``, whoever is in the way moved to ``t``, and from there to ``s``; undone if that fails."""
        timetable, mark = self.timetable, self.timetable.mark
        timetable.put(u, s)
        if self._changed(u, s, t) and all(self._relieved(slot) for slot in {s, t}):
            moved = timetable.moved_since(mark)
            if all(timetable.ordered(v, timetable.slot[v]) and timetable.rested(v, timetable.slot[v]) for v in moved):
                return True
        timetable.back_to(mark)
        return False

    def _changed(self, u: int, s: int, t: int) -> bool:
        """Move whoever is in the way of ``u``, which is in ``s`` now, along the chain of ``s`` and ``t``."""
        timetable = self.timetable
        moved, crowded = {u}, [(p, s) for p in timetable.persons(u)]
        while crowded:
            p, here = crowded.pop()
            if timetable.seats(p, here) >= 0:
                continue
            there = t if here == s else s
            leaving = next((v for v in timetable.held_by[p][here] if v not in moved and self._may_go(v, there)), None)
            if leaving is None or s == t:
                return False
            timetable.lift(leaving)
            timetable.put(leaving, there)
            moved.add(leaving)
            crowded += [*((q, there) for q in timetable.persons(leaving)), (p, here)]
        return True

    def _may_go(self, v: int, s: int) -> bool:
        return bool(self.timetable.problem.allowed[v, s]) and v not in self.fixed

    def _relieved(self, s: int) -> bool:
        """Swap chains of ``s`` with other slots until it has no more meetings than tables and facilitators."""
        tries = _MOST_SWAPS
        for r, left in enumerate(self.timetable.left):
            while left[s] < 0:
                if not tries or not self._relieved_once(s, r):
                    return False
                tries -= 1
        return True

    def _relieved_once(self, s: int, r: int) -> bool:
        """Swap one chain so that slot ``s`` needs one less of resource ``r``, and another with room one more."""
        timetable, left = self.timetable, self.timetable.left
        using = [v for v in timetable.held_in[s] if r in timetable.uses(v)]
        tries = _MOST_SWAPS
        for t in sorted(range(timetable.problem.slots), key=lambda t: -left[r][t]):
            if left[r][t] <= 0:
                return False
            for v in using:
                if not self._may_go(v, t):
                    continue
                mark, before = timetable.mark, [each[s] for each in left]
                timetable.lift(v)
                timetable.put(v, t)
                if (
                    self._changed(v, t, s)
                    and left[r][s] > before[r]
                    and all(each[t] >= 0 and each[s] >= min(old, 0) for each, old in zip(left, before, strict=True))
                ):
                    return True
                timetable.back_to(mark)
                tries -= 1
                if not tries:
                    return False
        return False
