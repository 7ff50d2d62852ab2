"""When: a slot for each selected unit, by one matching a slot and chains for what is left over.

In each slot a matching of greatest urgency is taken, urgency being the meetings still to hold over the slots still
open, of both sides. A first attempt goes through the slots in time and prefers those who were busy just before, so that
each participant's meetings tend to one window; a second one, for hard cases, takes the narrowest slots first. What
finds no place then is put in along Kempe chains (``chains``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np

from scheduler.problem.placement import Placement
from scheduler.problem.problem import NO_TABLE, BoolArray, IntArray, Problem
from scheduler.problem.rows import most_busy
from scheduler.slotting.chains import Chains
from scheduler.slotting.urgency import SCALE, most_urgent, urgency

UNPLACED = -1
# Going on outweighs any pressure but that of having to meet in every slot left; coming back ends a break at least.
GOING_ON = 3 * SCALE**2
_COMING_BACK = GOING_ON // 5
_MUST_MEET = 100 * SCALE**2
# The share left over up to which chains are tried before the windows are given up.
_FEW_LEFT = 0.01


def suits(problem: Problem) -> bool:
    """Return whether matchings see every rule of ``problem``, so that their slots are legal (see ``legal_part``)."""
    one_kind_of_table = all(len(places) == problem.tables for places in problem.table_types)
    no_order = not problem.after and not problem.twins and problem.break_difference is None
    apart = not problem.groups and not problem.facilitated.any()
    return problem.sides is not None and one_kind_of_table and no_order and apart


def slot_units(problem: Problem, units: IntArray) -> IntArray:
    """Return a slot for each of ``units`` (``UNPLACED`` where none was found) without breaking a rule.

    Requires two sides; only where ``suits(problem)`` are all rules seen.
    Cost: S minimum-cost flows over the units left, then O(U S) for each chain.
    """
    slots = by_matchings(problem, units, range(problem.slots), _Contiguity(problem, units))
    if 0 < (slots == UNPLACED).sum() <= _FEW_LEFT * len(units):
        slots = inserted(problem, units, slots)
    if (slots == UNPLACED).any():
        allowed = problem.allowed[units]
        # The narrowest slots first: what can be held nowhere else must not find them taken.
        narrowest = sorted(range(problem.slots), key=lambda s: (int(allowed[:, s].sum()), s))
        slots = inserted(problem, units, by_matchings(problem, units, narrowest))
    return slots


def inserted(problem: Problem, units: IntArray, slots: IntArray) -> IntArray:
    """Return ``slots`` with those of ``units`` that have none put in along Kempe chains, as far as that goes."""
    missing = slots == UNPLACED
    chains = Chains.into(problem, Placement(units, slots).only(~missing)) if missing.any() else None
    if chains is None:
        return slots
    slot_of = chains.with_each(units[missing]).slot_of
    return np.array([slot_of.get(u, UNPLACED) for u in units.tolist()], dtype=np.int64)


def legal_part(problem: Problem, units: IntArray, slots: IntArray) -> Placement | None:
    """Return what of ``units`` in ``slots`` (``UNPLACED``: none) respects every rule; ``None`` where that is too hard.

    Matchings do not see scarce tables, facilitators, order or twins, nor who is the same person on the other side;
    seldom do they break them, and then the meetings of least score are held elsewhere, along chains, or dropped.
    ``None`` where a required meeting would have to be, or breaks are compared.
    Cost: some microseconds a meeting, chains for those that are moved.
    """
    chains = None if problem.break_difference is not None else Chains.into(problem, Placement.empty())
    if chains is None:
        return None
    slot_of = Placement(units, slots).slot_of
    dearest = np.lexsort((problem.score[units], problem.required[units]))[::-1]
    taken = chains.timetable.take
    left = [u for u in units[dearest].tolist() if slot_of[u] == UNPLACED or not taken(u, slot_of[u])]
    for u in left:
        if not chains.change_over(u) and problem.required[u]:
            return None
    held = chains.timetable.placement
    return held if np.isin(np.flatnonzero(problem.required), held.units).all() else None


class Gain(Protocol):
    """What else than urgency makes a meeting worth being in a slot, while a slotting grows."""

    def __call__(self, s: int, slots: IntArray, open_slots: BoolArray, asked: IntArray) -> IntArray:
        """Return int [asked]: the gain of each position of ``asked`` in slot ``s``, the others being in ``slots``."""


def by_matchings(problem: Problem, units: IntArray, order: Iterable[int], gain: Gain | None = None) -> IntArray:
    """Return a slot for each of ``units``, ``UNPLACED`` where none was left: a matching a slot, in that ``order``.

    Requires two sides. Cost: S minimum-cost flows over the units left.
    """
    sides = problem.sides
    assert sides is not None
    left = np.where(sides[problem.a[units]] == 0, problem.a[units], problem.b[units])
    right = problem.a[units] + problem.b[units] - left
    bodies = _bodies(problem, sides)
    left, right = bodies[left], bodies[right]
    tables = problem.tables or len(units)
    allowed = problem.allowed[units]
    slots = np.full(len(units), UNPLACED, dtype=np.int64)
    open_slots = np.ones(problem.slots, dtype=np.bool_)
    persons = problem.person[problem.a[units]], problem.person[problem.b[units]]
    busy = np.zeros((problem.participants, problem.slots), dtype=np.bool_)
    for s in order:
        tired = _without_pause(problem, busy, s)
        waiting = np.flatnonzero((slots == UNPLACED) & allowed[:, s] & ~tired[persons[0]] & ~tired[persons[1]])
        if len(waiting):
            urgent = _urgency(problem, units, slots == UNPLACED, open_slots, allowed, waiting)
            if gain is not None:
                urgent += gain(s, slots, open_slots, waiting)
            at_table = problem.table_type[units[waiting]] != NO_TABLE
            taken = most_urgent(left[waiting], right[waiting], urgent, problem.delegates, at_table, tables)
            taken = _in_one_place(problem, units[waiting], taken, urgent)
            slots[waiting[taken]] = s
            for person in persons:
                busy[person[waiting[taken]], s] = True
        open_slots[s] = False
    return slots


def _without_pause(problem: Problem, busy: BoolArray, s: int) -> BoolArray:
    """Return for each person [P] whether a meeting in ``s`` would leave it without a pause, ``busy`` as it is."""
    found = np.zeros(problem.participants, dtype=np.bool_)
    for window in problem.row_windows:
        if s in window:
            found |= busy[:, [t for t in window if t != s]].all(axis=1)
    return found


def _urgency(
    problem: Problem, units: IntArray, waiting: BoolArray, open_slots: BoolArray, allowed: BoolArray, asked: IntArray
) -> IntArray:
    room = most_busy(problem.available & open_slots, problem.row_windows) * problem.delegates
    ends = problem.a[units[asked]], problem.b[units[asked]]
    return urgency(problem.degrees(units[waiting]), room, ends, (allowed[asked] & open_slots).sum(axis=1))


class _Contiguity:
    """In order of time: what participants gain from going on, coming back, or having no choice."""

    def __init__(self, problem: Problem, units: IntArray) -> None:
        self.problem, self.units = problem, units
        self._begun = np.zeros(problem.participants, dtype=np.bool_)

    def __call__(self, s: int, slots: IntArray, open_slots: BoolArray, asked: IntArray) -> IntArray:
        problem, units = self.problem, self.units
        last = units[slots == s - 1] if s and problem.day[s - 1] == problem.day[s] else units[:0]
        busy = problem.degrees(last) > 0
        self._begun |= busy
        gain = np.where(busy, GOING_ON, np.where(self._begun, _COMING_BACK, 0))
        gain += forced(problem, units[slots == UNPLACED], open_slots)
        return np.asarray(gain[problem.a[units[asked]]] + gain[problem.b[units[asked]]], dtype=np.int64)


def forced(problem: Problem, waiting: IntArray, open_slots: BoolArray) -> IntArray:
    """Return int [P]: what outweighs all else where somebody must hold a meeting in each open slot, else 0."""
    room = most_busy(problem.available & open_slots, problem.row_windows) * problem.delegates
    return np.where(problem.degrees(waiting) >= room, _MUST_MEET, 0)


def _bodies(problem: Problem, sides: IntArray) -> IntArray:
    """Return for each participant who stands for it in a matching: one for those of a person, all of them on a side."""
    bodies = problem.person.copy()
    for members in map(list, problem.groups):
        if len(set(sides[members].tolist())) > 1:
            # A matching cannot see both sides at once: see ``_in_one_place``.
            bodies[members] = members
    return bodies


def _in_one_place(problem: Problem, units: IntArray, taken: IntArray, urgent: IntArray) -> IntArray:
    """Return ``taken`` without the least urgent meetings of those who are one person on both sides."""
    kept: list[int] = []
    load = np.zeros(problem.participants, dtype=np.int64)
    for k in taken[np.argsort(-urgent[taken], kind="stable")].tolist() if problem.groups else ():
        one, other = (int(problem.person[p]) for p in (problem.a[units[k]], problem.b[units[k]]))
        if load[one] < problem.delegates[one] and load[other] < problem.delegates[other]:
            load[[one, other]] += 1
            kept.append(k)
    return np.array(sorted(kept), dtype=np.int64) if problem.groups else taken
