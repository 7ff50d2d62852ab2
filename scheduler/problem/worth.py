"""What a placement is worth: the first four tiers from arrays. (``verify`` counts all five again, from the files.)"""

from __future__ import annotations

import numpy as np

from scheduler.problem.placement import Placement
from scheduler.problem.problem import BoolArray, IntArray, Problem


def busy_slots(problem: Problem, placement: Placement) -> BoolArray:
    """Return bool [P, S]: whether the participant has a meeting in the slot."""
    busy = np.zeros((problem.participants, problem.slots), dtype=np.bool_)
    busy[problem.a[placement.units], placement.slots] = True
    busy[problem.b[placement.units], placement.slots] = True
    return busy


def busy_persons(problem: Problem, placement: Placement) -> BoolArray:
    """Return bool [P, S]: whether the person has a meeting in the slot, at the position of ``Problem.person``."""
    busy = np.zeros((problem.participants, problem.slots), dtype=np.bool_)
    np.logical_or.at(busy, problem.person, busy_slots(problem, placement))
    return busy


def breaks_and_idle(problem: Problem, placement: Placement) -> tuple[IntArray, IntArray]:
    """Return the breaks and the idle slots of each participant, int [P] each. Cost: O(P S)."""
    return breaks_and_idle_of(busy_slots(problem, placement), problem.day)


def breaks_and_idle_of(busy: BoolArray, day_of: IntArray) -> tuple[IntArray, IntArray]:
    """Return the breaks and the idle slots int [N] of agendas ``busy`` [N, S], ``day_of`` int [S] naming the days."""
    breaks = np.zeros(len(busy), dtype=np.int64)
    idle = np.zeros(len(busy), dtype=np.int64)
    for day in range(int(day_of.max()) + 1):
        own = busy[:, day_of == day]
        starts = own & ~np.concatenate([np.zeros((len(own), 1), dtype=np.bool_), own[:, :-1]], axis=1)
        before = np.logical_or.accumulate(own, axis=1)
        beyond = np.logical_or.accumulate(own[:, ::-1], axis=1)[:, ::-1]
        breaks += starts.sum(axis=1) - own.any(axis=1)
        idle += (before & beyond & ~own).sum(axis=1)
    return breaks, idle


def breaks_alike(problem: Problem, placement: Placement) -> bool:
    """Return whether the numbers of breaks of any two participants differ by no more than the event allows."""
    if problem.break_difference is None or not problem.participants:
        return True
    breaks = breaks_and_idle(problem, placement)[0]
    return int(breaks.max()) - int(breaks.min()) <= problem.break_difference


def worth(problem: Problem, placement: Placement) -> tuple[int, int, int, int]:
    """Return shortfall, value, breaks and idle slots of ``placement``."""
    breaks, idle = breaks_and_idle(problem, placement)
    return (
        problem.shortfall_of(placement.units),
        problem.value_of(placement.units),
        int(breaks.sum()),
        int(idle.sum()),
    )


def rank(problem: Problem, placement: Placement) -> tuple[int, int, int, int]:
    """Return ``worth`` as a key to compare by: the smaller the better."""
    shortfall, value, breaks, idle = worth(problem, placement)
    return shortfall, -value, breaks, idle
