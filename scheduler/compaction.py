"""Breaks and idle slots of a placement made few, the selection kept: Kempe annealing, then the exact model.

The annealing is quick and nearly always at or near the best; the exact model proves small cases and gets the last
break out where chains are stuck.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scheduler.placement import Placement
from scheduler.problem import IntArray, Problem
from scheduler.resources import Resources, resources_of
from scheduler.tiers import breaks_and_idle
from scheduler.watch import Watch

_CHUNK = 200_000
_FIRST_ROUND = 800_000
_LONGEST_ROUND = 12_800_000
_ROUNDS_WITHOUT_GAIN = 2
_LARGEST_EXACT = 12_000
_HOT, _COLD = 8.0, 0.4
# The slots of a participant are the bits of one signed 64-bit integer.
_MOST_SLOTS = 62


def compact(
    problem: Problem, placement: Placement, watch: Watch, better: Callable[[Placement], None] = lambda _: None
) -> Placement:
    """Return a placement of the same units with as few breaks, then idle slots, as were found in the time given.

    ``better`` is told each improvement. Without a time limit the work is bounded and the result depends on the seed
    alone. Cost: O(proposals x chain length) for the annealing; the exact model is exponential at worst.
    """
    if not len(placement.units) or _none_left(problem, placement):
        return placement
    resources = resources_of(problem, placement.units)
    if resources is not None and _chains_suit(problem):
        placement = _annealed(problem, placement, resources, watch, better)
    size = int(problem.allowed[placement.units].sum())
    if not _none_left(problem, placement) and size <= _LARGEST_EXACT and not watch.over():
        placement = _exactly(problem, placement, watch, better)
    return placement


def _chains_suit(problem: Problem) -> bool:
    """Return whether a chain that respects delegates, resources and order respects every rule.

    Twins need a single delegate on one side, who then keeps them in different slots.
    """
    apart = all(problem.delegates[[problem.a[group[0]], problem.b[group[0]]]].min() == 1 for group in problem.twins)
    return apart and problem.break_difference is None and problem.slots <= _MOST_SLOTS


def _none_left(problem: Problem, placement: Placement) -> bool:
    return int(breaks_and_idle(problem, placement)[0].sum()) == 0


def _annealed(
    problem: Problem, placement: Placement, resources: Resources, watch: Watch, better: Callable[[Placement], None]
) -> Placement:
    # The compiler behind it takes a second to load: only those who anneal pay for it.
    from scheduler import kempe

    units = placement.units
    ends = np.stack([problem.a[units], problem.b[units]], axis=1)
    most = int(problem.degrees(units).max())
    days = np.array(
        [sum(1 << int(s) for s in np.flatnonzero(problem.day == day)) for day in np.unique(problem.day)], dtype=np.int64
    )
    before, beyond = _order(problem, units)
    state = kempe.random_state(watch.options.seed)
    best = placement
    fewest = tuple(int(counts.sum()) for counts in breaks_and_idle(problem, placement))
    current = placement.slots.copy()
    moves, idle_rounds, hot = _FIRST_ROUND, 0, _HOT
    while idle_rounds < _ROUNDS_WITHOUT_GAIN or watch.remaining() < float("inf"):
        gained = False
        for chunk in range(moves // _CHUNK):
            share = (chunk * _CHUNK / moves, (chunk + 1) * _CHUNK / moves)
            start, end = (hot * (_COLD / hot) ** part for part in share)
            slots, breaks, idle = kempe.anneal(
                current, ends, problem.allowed[units], resources.uses, resources.capacity,
                np.minimum(problem.delegates, max(most, 1)), days, *before, *beyond, state, _CHUNK, start, end,
            )  # fmt: skip
            if (breaks, idle) < fewest:
                fewest, gained = (breaks, idle), True
                best = Placement(units, slots)
                better(best)
            if watch.over() or breaks == 0:
                return best
        moves, idle_rounds = min(2 * moves, _LONGEST_ROUND), 0 if gained else idle_rounds + 1
        current = best.slots.copy()
        hot = _HOT / 2
    return best


def _order(problem: Problem, units: IntArray) -> tuple[tuple[IntArray, IntArray], tuple[IntArray, IntArray]]:
    """Return, as rows of positions, the held units that must be before, and after, each of ``units``."""
    position = {int(u): k for k, u in enumerate(units)}
    before: list[list[int]] = [[] for _ in units]
    beyond: list[list[int]] = [[] for _ in units]
    for later, earlier in problem.after:
        if later in position and earlier in position:
            before[position[later]].append(position[earlier])
            beyond[position[earlier]].append(position[later])
    return _rows(before), _rows(beyond)


def _rows(lists: list[list[int]]) -> tuple[IntArray, IntArray]:
    starts = np.concatenate([[0], np.cumsum([len(row) for row in lists])]).astype(np.int64)
    return starts, np.array([entry for row in lists for entry in row], dtype=np.int64)


def _exactly(problem: Problem, placement: Placement, watch: Watch, better: Callable[[Placement], None]) -> Placement:
    # Loading the solver behind it takes a second, which most events never need.
    from scheduler.exact import ExactModel

    model = ExactModel(problem, placement.units, all_held=True)
    answer = model.minimise(model.breaks, watch, hint=placement, effort=20.0, at_least=0)
    if answer.placement is None:
        return placement
    found = answer.placement
    better(found)
    if not _none_left(problem, found) and not watch.over():
        breaks = int(breaks_and_idle(problem, found)[0].sum())
        model.model.add(model.breaks <= breaks)
        rest = model.minimise(model.idle, watch, hint=found, effort=10.0, at_least=breaks)
        found = rest.placement or found
    return found
