"""New meetings given places one after the other: a matching a slot, then others moved on for what found none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scheduler.problem.placement import Placement
from scheduler.problem.problem import BoolArray, IntArray
from scheduler.slotting.chains import Chains
from scheduler.slotting.open import OpenPlaces, left_free
from scheduler.slotting.timetable import Timetable
from scheduler.slotting.urgency import SCALE, most_urgent, urgency


def place_all(open_places: OpenPlaces, units: IntArray) -> IntArray:
    """Return a slot for each of ``units``, -1 where none was found.

    Cost: a minimum-cost flow a slot, and a bounded number of attempts to move others on.
    """
    construction = Construction(open_places)
    construction.match(units)
    return np.array([construction.timetable.slot.get(u, -1) for u in units.tolist()], dtype=np.int64)


class Construction:
    """New meetings taken one after the other beside those that stay, each only where it breaks no rule."""

    def __init__(self, open_places: OpenPlaces) -> None:
        self.open_places = open_places
        self.timetable = Timetable(open_places.problem, open_places.resources, open_places.held)
        self._staying = frozenset(open_places.held.units.tolist())

    def chosen(self) -> tuple[IntArray, IntArray]:
        """Return the meetings taken and their slots."""
        taken = [(u, s) for u, s in self.timetable.slot.items() if u not in self._staying]
        units, slots = np.array(taken, dtype=np.int64).reshape(-1, 2).T
        return units.copy(), slots.copy()

    def placement(self) -> Placement:
        """Return what stays and the meetings taken."""
        return self.timetable.placement

    def match(self, wanted: IntArray, over: Callable[[], bool] = lambda: False) -> None:
        """Give slots to ``wanted``: the narrowest slot first, in each a matching of greatest urgency.

        Nothing else may have been taken before. Once ``over`` returns true nothing is moved on any more to make room
        for what is left.
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
                if self.timetable.take(int(here[k]), int(s)):
                    waiting[here[k]] = False
            ahead = slots != s
            units, slots = units[ahead], slots[ahead]
        chains = Chains(self.timetable, self._staying, over)
        for u in wanted.tolist():
            if u not in self.timetable.slot:
                chains.push_on(u)

    def _urgency(self, waiting: BoolArray, units: IntArray, slots: IntArray, here: IntArray) -> IntArray:
        """Return how urgent ``here`` are; tables and facilitators count like participants."""
        problem, resources = self.open_places.problem, self.open_places.resources
        rest = np.flatnonzero(waiting)
        ends = problem.a[here], problem.b[here]
        # The slots ahead are as those that stay left them.
        free, left = self.open_places.free, self.open_places.left
        open_to = np.zeros((problem.participants, problem.slots), dtype=np.bool_)
        open_to[problem.a[units], slots] = open_to[problem.b[units], slots] = True
        room = (np.maximum(free, 0) * open_to).sum(axis=1)
        total = urgency(problem.degrees(rest), room, ends, np.bincount(units, minlength=problem.units)[here])
        ahead = np.unique(slots)
        for r in range(len(left)):
            needed = int(resources.uses[rest, r].sum()) * SCALE // max(int(left[r][ahead].sum()), 1)
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
            free, room = self.open_places.free[:, s], int(self.open_places.left[r][s])
            chosen = most_urgent(left, right, urgent, free, uses[:, r], room)
        return [int(k) for k in chosen[np.argsort(-urgent[chosen], kind="stable")]]

    def add_the_best(self) -> None:
        """Take what is left in the order of its worth: shortfall first, then score and coverage."""
        open_places = self.open_places
        problem = open_places.problem
        gained = True
        while gained:
            gained = False
            placement = self.placement()
            free, left = left_free(problem, open_places.resources, placement)
            degree = problem.degrees(placement.units)
            below = (degree < problem.minimum).astype(np.int64)
            bonus = problem.earned_after(degree)
            a, b = problem.a[open_places.units], problem.b[open_places.units]
            ok = (free[a, open_places.slots] > 0) & (free[b, open_places.slots] > 0)
            ok &= (degree[a] < problem.maximum[a]) & (degree[b] < problem.maximum[b])
            for r in range(len(left)):
                ok &= ~open_places.resources.uses[open_places.units, r] | (left[r][open_places.slots] > 0)
            places = np.flatnonzero(ok)
            worth = (problem.score[open_places.units] + bonus[a] + bonus[b])[places]
            short = (below[a] + below[b])[places]
            for k in places[np.lexsort((places, -worth, -short))].tolist():
                gained |= self.timetable.take(int(open_places.units[k]), int(open_places.slots[k]))
