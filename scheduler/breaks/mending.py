"""Breaks that differ by more than the event allows, evened out with the meetings kept."""

from __future__ import annotations

from scheduler.breaks.annealing import Annealing, at_hand
from scheduler.problem.placement import Placement
from scheduler.problem.problem import Problem
from scheduler.problem.watch import Watch
from scheduler.problem.worth import breaks_alike

_ROUNDS = 2


def mended(problem: Problem, placement: Placement, watch: Watch) -> Placement | None:
    """Return all meetings of ``placement`` in slots in which breaks differ no more than allowed; ``None``: not found.

    Cost: two rounds of annealing at most.
    """
    if not at_hand(problem, placement.units, watch):
        return None
    watch.tell("even breaks")
    annealing = Annealing(problem, placement, watch.options.seed)
    annealing.run(watch.over, goal=problem.participants * problem.slots, rounds=_ROUNDS)
    return annealing.best if breaks_alike(problem, annealing.best) else None
