"""A first timetable, whatever the rules: what must be held first, then the selection around it, then what still fits.

Required meetings alone are few; once they stand, every further meeting is left out or taken without breaking a rule,
so that a legal timetable stands from the first moment on.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from scheduler.problem.capacities import Resources
from scheduler.problem.parameters import SIZES
from scheduler.problem.placement import Placement
from scheduler.problem.problem import BoolArray, IntArray, Problem
from scheduler.problem.worth import breaks_alike, breaks_and_idle
from scheduler.slotting.chains import Chains
from scheduler.slotting.construction import Construction
from scheduler.slotting.open import OpenPlaces
from scheduler.slotting.timetable import Timetable


def required_alone(problem: Problem, resources: Resources) -> Placement | None:
    """Return slots for the required units, by matchings and chains; ``None`` where these find none for all of them.

    Breaks are not compared. Cost: a matching a slot, a bounded number of moves, chains for what is left over.
    """
    required = np.flatnonzero(problem.required)
    if not len(required):
        return Placement.empty()
    construction = Construction(OpenPlaces.beside(problem, resources, Placement.empty(), 0, required))
    construction.match(required)
    placement = _with_chains(problem, resources, construction.placement(), required)
    return placement if len(placement.units) == len(required) else None


def _with_chains(
    problem: Problem,
    resources: Resources,
    placement: Placement,
    wanted: IntArray,
    over: Callable[[], bool] = lambda: False,
) -> Placement:
    """Return ``placement`` with those of ``wanted`` that find a slot along chains, where few are left over."""
    missing = np.setdiff1d(wanted, placement.units)
    if not 0 < len(missing) <= SIZES.chained:
        return placement
    return Chains(Timetable(problem, resources, placement), over=over).with_each(missing)


def around(
    problem: Problem,
    resources: Resources,
    skeleton: Placement,
    wanted: IntArray,
    over: Callable[[], bool] = lambda: False,
) -> Placement:
    """Return ``skeleton`` with as many of ``wanted`` around it as find a place, then what else is worth most.

    What ``skeleton`` holds where it is not allowed is left out; required units come first. Once ``over`` returns true
    no more chains are looked for.

    Cost: a matching a slot over ``wanted``, then sorting the open places for each meeting that everybody can add.
    """
    skeleton = skeleton.only(problem.allowed[skeleton.units, skeleton.slots])
    missing = np.setdiff1d(np.flatnonzero(problem.required), skeleton.units)
    if len(missing):
        construction = Construction(OpenPlaces.beside(problem, resources, skeleton, 0))
        construction.match(missing)
        skeleton = construction.placement()
    construction = Construction(OpenPlaces.beside(problem, resources, skeleton, 0))
    construction.match(np.setdiff1d(wanted, skeleton.units), over)
    placement = _with_chains(problem, resources, construction.placement(), wanted, over)
    construction = Construction(OpenPlaces.beside(problem, resources, placement, 0))
    construction.add_the_best()
    return construction.placement()


def without_uneven_breaks(
    problem: Problem,
    placement: Placement,
    fixed: BoolArray | None = None,
    over: Callable[[], bool] = lambda: False,
) -> Placement | None:
    """Return ``placement`` without the meetings that make breaks differ by more than the event allows.

    Those of ``fixed`` bool [U] stay (``None``: the required ones); ``None`` where what stays alone breaks the rule, or
    ``over`` returned true before that was so.
    Each round drops a meeting of everybody who waits most: one that leaves its two the fewest breaks, then of least
    score. Cost: O(P S) a round, and the meetings of these squared.
    """
    fixed = problem.required if fixed is None else fixed
    agendas = _Agendas(problem, placement)
    while not breaks_alike(problem, placement):
        breaks = breaks_and_idle(problem, placement)[0]
        open_ones = agendas.held & ~fixed[agendas.units]
        if not open_ones.any() or over():
            return None
        agendas.drop_of_each(np.flatnonzero(breaks == breaks.max()).tolist(), open_ones)
        placement = Placement(agendas.units, agendas.slots).only(agendas.held)
    return placement


class _Agendas:
    """Who meets when, while meetings are dropped: ``held`` bool, one entry a meeting, says which are left."""

    def __init__(self, problem: Problem, placement: Placement) -> None:
        self.problem, self.units, self.slots = problem, placement.units, placement.slots
        self.held = np.ones(len(placement.units), dtype=np.bool_)
        self.of: list[list[int]] = [[] for _ in range(problem.participants)]
        for k, u in enumerate(placement.units.tolist()):
            for p in {int(problem.a[u]), int(problem.b[u])}:
                self.of[p].append(k)

    def drop_of_each(self, people: list[int], open_ones: BoolArray) -> None:
        """Drop one of ``open_ones`` of each of ``people``, nobody losing two; any one where none of theirs is open."""
        touched: set[int] = set()
        for p in people:
            own = [k for k in self.of[p] if open_ones[k] and touched.isdisjoint(self._ends(k))]
            if own and p not in touched:
                touched.update(self._drop(own))
        if not touched:
            self._drop(np.flatnonzero(open_ones).tolist())

    def _drop(self, among: list[int]) -> tuple[int, int]:
        """Drop the one of ``among`` that leaves its two the fewest breaks, and return these two."""
        k = min(among, key=lambda k: (self._breaks_without(k), self.problem.score[self.units[k]], k))
        self.held[k] = False
        return self._ends(k)

    def _ends(self, k: int) -> tuple[int, int]:
        u = self.units[k]
        return int(self.problem.a[u]), int(self.problem.b[u])

    def _breaks_without(self, k: int) -> int:
        found = 0
        for p in self._ends(k):
            slots = sorted({int(self.slots[m]) for m in self.of[p] if self.held[m] and m != k})
            day = self.problem.day
            found += sum(s + 1 < t and day[s] == day[t] for s, t in pairwise(slots))
        return found
