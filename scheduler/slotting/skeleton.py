"""A first timetable, whatever the rules: what must be held first, then the selection around it, then what still fits.

Required meetings alone are few; once they stand, every further meeting is left out or taken without breaking a rule,
so that a legal timetable stands from the first moment on.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scheduler.problem.capacities import Resources
from scheduler.problem.parameters import SIZES
from scheduler.problem.placement import Placement
from scheduler.problem.problem import BoolArray, IntArray, Problem
from scheduler.problem.worth import breaks_alike, breaks_and_idle
from scheduler.slotting.chains import Inserting
from scheduler.slotting.open import Seats
from scheduler.slotting.places import Placing


def required_alone(problem: Problem, resources: Resources) -> Placement | None:
    """Return slots for the required units, by matchings and chains; ``None`` where these find none for all of them.

    Breaks are not compared. Cost: a matching a slot, a bounded number of moves, chains for what is left over.
    """
    empty = Placement(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    required = np.flatnonzero(problem.required)
    if not len(required):
        return empty
    placing = Placing(Seats.beside(problem, resources, empty, 0, required))
    placing.match(required)
    placement = _with_chains(problem, placing.placement(), required)
    return placement if len(placement.units) == len(required) else None


def _with_chains(
    problem: Problem, placement: Placement, wanted: IntArray, over: Callable[[], bool] = lambda: False
) -> Placement:
    """Return ``placement`` with those of ``wanted`` that find a slot along chains, where few are left over."""
    missing = np.setdiff1d(wanted, placement.units)
    return Inserting(problem, placement).with_each(missing, over) if 0 < len(missing) <= SIZES.chained else placement


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
    fits = problem.allowed[skeleton.units, skeleton.slots]
    skeleton = Placement(skeleton.units[fits], skeleton.slots[fits])
    missing = np.setdiff1d(np.flatnonzero(problem.required), skeleton.units)
    if len(missing):
        placing = Placing(Seats.beside(problem, resources, skeleton, 0))
        placing.match(missing)
        skeleton = placing.placement()
    placing = Placing(Seats.beside(problem, resources, skeleton, 0))
    placing.match(np.setdiff1d(wanted, skeleton.units))
    placement = _with_chains(problem, placing.placement(), wanted, over)
    placing = Placing(Seats.beside(problem, resources, placement, 0))
    placing.add_the_best()
    return placing.placement()


def without_uneven_breaks(problem: Problem, placement: Placement, fixed: BoolArray | None = None) -> Placement | None:
    """Return ``placement`` without the meetings that make breaks differ by more than the event allows.

    Those of ``fixed`` bool [U] stay (``None``: the required ones); ``None`` where what stays alone breaks the rule.
    Each round drops a meeting of whoever waits most: one that leaves its two the fewest breaks, then of least score.
    Cost: O(P S) a round.
    """
    fixed = problem.required if fixed is None else fixed
    while not breaks_alike(problem, placement):
        units, breaks = placement.units, breaks_and_idle(problem, placement)[0]
        most = int(breaks.argmax())
        open_ones = ~fixed[units]
        own = np.flatnonzero(open_ones & ((problem.a[units] == most) | (problem.b[units] == most)))
        if not len(own):
            own = np.flatnonzero(open_ones)
        if not len(own):
            return None
        dropped = min(own.tolist(), key=lambda k: (_breaks_without(problem, placement, k), problem.score[units[k]], k))
        kept = np.arange(len(units)) != dropped
        placement = Placement(units[kept], placement.slots[kept])
    return placement


def _breaks_without(problem: Problem, placement: Placement, k: int) -> int:
    """Return the breaks that both participants of the k-th meeting have without it."""
    ends = [int(problem.a[placement.units[k]]), int(problem.b[placement.units[k]])]
    found = 0
    for p in ends:
        mine = (problem.a[placement.units] == p) | (problem.b[placement.units] == p)
        mine[k] = False
        slots = np.unique(placement.slots[mine])
        days = problem.day[slots]
        found += int(((np.diff(slots) > 1) & (np.diff(days) == 0)).sum())
    return found
