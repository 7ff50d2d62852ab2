"""Rows that every schedule respects: of these units at most so many can be held, whatever the slots.

What limits them is the slots of one participant or person, tables, facilitators, or how many are there at all; counted
over each set of slots to which some of the units are confined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from scheduler.format.proof import Row
from scheduler.problem.problem import NO_TABLE, BoolArray, IntArray, Problem
from scheduler.problem.rows import most_busy

# Beyond this many distinct sets of slots or tables only those that occur are counted, not their unions.
_MOST_UNIONS = 12
_MOST_SETS = 200


def side_rows(problem: Problem) -> Iterator[tuple[Row, IntArray, int]]:
    """Yield rows, each with its name: these units, at most so many of them, whatever the slots."""
    ids = [slot.id for slot in problem.event.slots]

    def named(slots: frozenset[int]) -> tuple[str, ...] | None:
        return None if len(slots) == len(ids) else tuple(ids[s] for s in sorted(slots))

    confined = _Confined.of_units(problem)
    for p, units in enumerate(problem.units_of):
        room = _of_one(problem, int(problem.delegates[p]))
        for slots, chosen, limit in _slot_rows(confined, units, room, per_participant=True):
            yield ("slots", problem.event.participants[p].id, named(slots)), chosen, limit
    for members in problem.groups:
        own = np.flatnonzero(np.isin(problem.a, members) | np.isin(problem.b, members))
        first = problem.event.participants[members[0]].id
        for slots, chosen, limit in _slot_rows(confined, own, _of_one(problem, 1)):
            yield ("person", first, named(slots)), chosen, limit
    everything = np.arange(problem.units)
    if problem.tables:
        tables = [table.id for table in problem.event.tables]
        seated = np.flatnonzero(problem.table_type != NO_TABLE)
        for slots, chosen, limit in _slot_rows(confined, seated, _added_up(np.full(problem.slots, problem.tables))):
            yield ("tables", None, named(slots)), chosen, limit
        for places in _unions([frozenset(places) for places in problem.table_types if places]):
            inside = [k for k, own in enumerate(problem.table_types) if set(own) <= places]
            units = np.flatnonzero(np.isin(problem.table_type, inside))
            if len(places) < problem.tables:
                room = _added_up(np.full(problem.slots, len(places)))
                for slots, chosen, limit in _slot_rows(confined, units, room):
                    yield ("tables", tuple(tables[t] for t in sorted(places)), named(slots)), chosen, limit
    helped = np.flatnonzero(problem.facilitated)
    for slots, chosen, limit in _slot_rows(confined, helped, _added_up(problem.free_facilitators)):
        yield ("facilitators", named(slots)), chosen, limit
    # In one slot participants pair off; where there are no two sides this can be less than either side's number.
    present = (problem.available * problem.delegates[:, None]).sum(axis=0)
    for slots, chosen, limit in _slot_rows(confined, everything, _added_up(present // 2)):
        yield ("present", named(slots)), chosen, limit


Slots = frozenset[int]


@dataclass(frozen=True, slots=True)
class _Confined:
    """To which slots units are confined: the different ``sets``, and int [U], the position of each unit's own."""

    sets: list[Slots]
    of: IntArray

    @staticmethod
    def of_units(problem: Problem) -> _Confined:
        confined, inverse = np.unique(problem.allowed, axis=0, return_inverse=True)
        return _Confined([frozenset(np.flatnonzero(row).tolist()) for row in confined], inverse.ravel())


def _of_one(problem: Problem, delegates: int) -> Callable[[Slots], int]:
    """Return how many meetings one person, or so many delegates, can have in a set of slots, pauses left out."""

    def room(slots: Slots) -> int:
        there = np.zeros((1, problem.slots), dtype=np.bool_)
        there[0, sorted(slots)] = True
        return delegates * int(most_busy(there, problem.row_windows)[0])

    return room


def _added_up(room: IntArray) -> Callable[[Slots], int]:
    """Return how many meetings find ``room`` [S] in a set of slots."""
    return lambda slots: int(room[sorted(slots)].sum())


def _slot_rows(
    confined: _Confined, units: IntArray, room: Callable[[Slots], int], *, per_participant: bool = False
) -> Iterator[tuple[Slots, IntArray, int]]:
    """Yield each set A of slots that matters, the ``units`` confined to A, and for how many there is ``room``."""
    if not len(units):
        return
    kinds, inverse = np.unique(confined.of[units], return_inverse=True)
    sets = [confined.sets[kind] for kind in kinds]
    whole = frozenset().union(*sets)
    wanted = _unions(sets) if per_participant and len(sets) <= _MOST_UNIONS else sets[:_MOST_SETS]
    inside_of = np.array([[own <= slots for own in sets] for slots in [*wanted, whole]], dtype=np.bool_)
    for slots, inside in zip([*wanted, whole], inside_of, strict=True):
        limit = room(slots)
        chosen: BoolArray = inside[inverse.ravel()]
        if chosen.sum() > limit:
            yield slots, units[chosen], limit


def _unions(sets: Sequence[frozenset[int]]) -> list[frozenset[int]]:
    """Return the sets and, where there are few, the unions of any two of them."""
    found = dict.fromkeys(sets)
    if len(sets) <= _MOST_UNIONS:
        found.update(dict.fromkeys(one | other for one, other in combinations(sets, 2)))
    return list(found)
