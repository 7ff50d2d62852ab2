"""Which rules a placement breaks, said of positions.

(``scheduler.check`` judges the files, tables and all, and shares nothing with this.)
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scheduler.problem.capacities import resources_of
from scheduler.problem.placement import Placement
from scheduler.problem.problem import Problem
from scheduler.problem.worth import breaks_and_idle, busy_persons


def broken_rules(problem: Problem, placement: Placement) -> list[str]:
    """Return a line for each rule that ``placement`` breaks, with the positions concerned; empty where it is legal.

    Where tables of the seated are still to be chosen (``Problem.undecided``) they are counted, not chosen.
    Cost: O(P S + U R) for R shared resources.
    """
    return [*_of_units(problem, placement), *_of_people(problem, placement), *_of_places(problem, placement)]


def _of_units(problem: Problem, placement: Placement) -> Iterator[str]:
    slot_of = dict(zip(placement.units.tolist(), placement.slots.tolist(), strict=True))
    if len(slot_of) < len(placement.units):
        yield "a unit is held twice"
    for u, s in slot_of.items():
        if not problem.allowed[u, s]:
            yield f"unit {u} is not allowed in slot {s}"
    for u in np.flatnonzero(problem.required).tolist():
        if u not in slot_of:
            yield f"unit {u} is required and not held"
    for later, sooner in problem.after:
        if later in slot_of and sooner in slot_of and slot_of[sooner] >= slot_of[later]:
            yield f"unit {later} is not after unit {sooner}"
    for group in problem.twins:
        slots = [slot_of[u] for u in group if u in slot_of]
        if len(set(slots)) < len(slots):
            yield f"units {group} of one pair are in one slot"


def _of_people(problem: Problem, placement: Placement) -> Iterator[str]:
    load = np.zeros((problem.participants, problem.slots), dtype=np.int64)
    for ends in (problem.a, problem.b):
        np.add.at(load, (problem.person[ends[placement.units]], placement.slots), 1)
    for p, s in np.argwhere(load > problem.delegates[:, None]).tolist():
        yield f"person {p} has {load[p, s]} meetings in slot {s}"
    for p in np.flatnonzero(problem.degrees(placement.units) > problem.maximum).tolist():
        yield f"participant {p} has more than {problem.maximum[p]} meetings"
    busy = busy_persons(problem, placement)
    for window in problem.row_windows:
        for p in np.flatnonzero(busy[:, list(window)].all(axis=1)).tolist():
            yield f"person {p} has no pause in slots {window}"
    if problem.break_difference is not None and problem.participants:
        breaks = breaks_and_idle(problem, placement)[0]
        if breaks.max() - breaks.min() > problem.break_difference:
            yield f"breaks differ by {breaks.max() - breaks.min()}"


def _of_places(problem: Problem, placement: Placement) -> Iterator[str]:
    resources = resources_of(problem, placement.units)
    if resources is None:
        yield "too many kinds of tables to count"
        return
    for r, capacity in enumerate(resources.capacity):
        used = np.bincount(placement.slots[resources.uses[:, r]], minlength=problem.slots)
        for s in np.flatnonzero(used > capacity).tolist():
            yield f"resource {r} is asked for {used[s]} times in slot {s}, there are {capacity[s]}"
