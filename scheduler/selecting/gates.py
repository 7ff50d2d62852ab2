"""Counts that several participants of one side share, as far as a flow can count them: tables, facilitators, one
person for several.

All the meetings of some participants may need one of a few tables, or a facilitator, or one of a few slots. Then
these participants pass one gate of so much room. Gates of one side must lie one inside the other or apart; of those
that cross, the wider is taken. What is left out makes the flow's bound weaker, never wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scheduler.format.proof import Row
from scheduler.problem.problem import NO_TABLE, BoolArray, IntArray, Problem
from scheduler.problem.rows import most_busy

# Beyond so many different presences only the whole event is counted.
_MOST_PRESENCES = 24
MOST_GATES = 40


@dataclass(frozen=True, slots=True)
class Gate:
    """``members`` bool [P] hold at most ``limit`` meetings together; ``row`` is why (``format.proof``).

    ``units`` bool [U] are all that the row counts, of others too. ``passes`` is how often a meeting may count in the
    gate: twice where two members can meet each other. Meetings with those ``beside`` [P] pass the gate and are not
    counted by the row: they are ``uncounted`` at most.
    """

    members: BoolArray
    limit: int
    row: Row
    units: BoolArray
    passes: int
    beside: BoolArray
    uncounted: int

    @staticmethod
    def of(
        problem: Problem, members: BoolArray, limit: int, row: Row, units: BoolArray, beside: BoolArray | None = None
    ) -> Gate:
        """Return the gate of ``members``."""
        if beside is None:
            beside = np.zeros(problem.participants, dtype=np.bool_)
        passes = 2 if (members[problem.a] & members[problem.b]).any() else 1
        return Gate(members, limit, row, units, passes, beside, int(problem.maximum[beside].sum()))

    @property
    def room(self) -> int:
        """What the gate's arc carries at most."""
        return self.limit * self.passes + self.uncounted


def gates_of(problem: Problem, side: BoolArray) -> list[Gate]:
    """Return gates for the participants of ``side`` [P], wider ones first, no two of them crossing.

    Cost: O(P S) for each pair of a set of tables and a presence.
    """
    if not problem.tables and not problem.facilitated.any() and not problem.groups:
        return []
    chosen: list[Gate] = []
    widest_first = sorted(_binding(problem, side), key=lambda gate: (-int(gate.members.sum()), gate.room))
    for gate in widest_first:
        apart = (not (gate.members & other.members).any() for other in chosen)
        inside = (not (gate.members & ~other.members).any() and gate.room < other.room for other in chosen)
        if len(chosen) < MOST_GATES and all(a or b for a, b in zip(apart, inside, strict=True)):
            chosen.append(gate)
    return chosen


def _binding(problem: Problem, side: BoolArray) -> Iterator[Gate]:
    """Yield the gates that could hold anybody back."""
    busy = side & np.array([len(units) > 0 for units in problem.units_of], dtype=np.bool_)
    span = _spans(problem)
    presences = np.unique(span[busy], axis=0)
    whole = np.ones((1, problem.slots), dtype=np.bool_)
    presences = np.concatenate([whole, presences]) if len(presences) <= _MOST_PRESENCES else whole
    slots = [slot.id for slot in problem.event.slots]
    tables, people = [table.id for table in problem.event.tables], problem.event.participants
    for group in problem.groups:
        members = np.isin(np.arange(problem.participants), group)
        present: BoolArray = np.asarray(span[members].any(axis=0))
        there = np.flatnonzero(present)
        own = np.logical_or(members[problem.a], members[problem.b])
        person: Row = ("person", people[group[0]].id, tuple(slots[s] for s in there))
        pauses = int(most_busy(present[None, :], problem.row_windows)[0])
        yield from _if_binding(problem, members & busy, pauses, person, own)
    sets = _table_sets(problem)
    on_site = problem.degrees(np.flatnonzero(problem.table_type != NO_TABLE)) > 0
    opposite = ~side if not side.all() else side
    for presence in presences:
        within = busy & ~(span & ~presence).any(axis=1)
        named = None if presence.all() else tuple(slots[s] for s in np.flatnonzero(presence))
        for places, confined in sets:
            everywhere = len(places) == problem.tables
            row: Row = ("tables", None if everywhere else tuple(tables[t] for t in sorted(places)), named)
            limit = len(places) * int(presence.sum())
            # Whoever is on site meets online those alone who are remote: at all tables together these can be let pass.
            members = within & (on_site if everywhere else confined)
            if _binding_for(problem, members, limit):
                own = _at(problem, places) & _confined(problem, presence)
                beside = opposite & ~on_site if everywhere else None
                yield from _if_binding(problem, members, limit, row, own, beside)
        free = int(problem.free_facilitators[presence].sum())
        own = problem.facilitated & _confined(problem, presence)
        yield from _if_binding(
            problem, within & _all_of(problem, problem.facilitated), free, ("facilitators", named), own
        )


def _if_binding(
    problem: Problem, members: BoolArray, limit: int, row: Row, units: BoolArray, beside: BoolArray | None = None
) -> Iterator[Gate]:
    gate = Gate.of(problem, members, limit, row, units, beside)
    if _binding_for(problem, members, gate.room):
        yield gate


def _binding_for(problem: Problem, members: BoolArray, room: int) -> bool:
    return int(problem.maximum[members].sum()) > room


def _confined(problem: Problem, presence: BoolArray) -> BoolArray:
    """Return the units [U] that can be held in no slot but these."""
    if presence.all():
        return np.ones(problem.units, dtype=np.bool_)
    return np.logical_not(np.asarray(problem.allowed[:, ~presence].any(axis=1)))


def _at(problem: Problem, places: frozenset[int]) -> BoolArray:
    """Return the units [U] that can be held at no table but these."""
    inside = [k for k, own in enumerate(problem.table_types) if set(own) <= places]
    at: BoolArray = np.isin(problem.table_type, inside) & (problem.table_type != NO_TABLE)
    return at


def _table_sets(problem: Problem) -> list[tuple[frozenset[int], BoolArray]]:
    """Return the sets of tables that somebody is confined to, and for each who is [P]: all of their meetings are."""
    if not problem.tables:
        return []
    sets = {frozenset(range(problem.tables)), *(frozenset(places) for places in problem.table_types if places)}
    # Which types of tables the meetings of a participant have; online ones are of the last.
    kinds = len(problem.table_types) + 1
    having = np.zeros((problem.participants, kinds), dtype=np.bool_)
    for ends in (problem.a, problem.b):
        having[ends, np.where(problem.table_type == NO_TABLE, kinds - 1, problem.table_type)] = True
    found = []
    for places in sorted(sets, key=sorted):
        outside = np.array([not set(own) <= places for own in problem.table_types] + [True], dtype=np.bool_)
        found.append((places, np.logical_not((having & outside).any(axis=1))))
    return found


def _all_of(problem: Problem, units: BoolArray) -> BoolArray:
    """Return for each participant [P] whether all of its units are marked in ``units`` [U]."""
    without_exception: BoolArray = problem.degrees(np.flatnonzero(~units)) == 0
    return without_exception


def _spans(problem: Problem) -> BoolArray:
    """Return bool [P, S]: the slots in which a participant can have a meeting at all."""
    if problem.allowed.all():
        return np.ones((problem.participants, problem.slots), dtype=np.bool_)
    ends: IntArray = np.concatenate([problem.a, problem.b])
    order = np.argsort(ends, kind="stable")
    counts = np.bincount(ends, minlength=problem.participants)
    span = np.zeros((problem.participants, problem.slots), dtype=np.bool_)
    busy = counts > 0
    starts = (np.cumsum(counts) - counts)[busy]
    units = np.concatenate([np.arange(problem.units)] * 2)[order]
    if len(starts):
        span[busy] = np.logical_or.reduceat(problem.allowed[units], starts, axis=0)
    return span
