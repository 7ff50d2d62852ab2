"""Slots with more announced meetings than tables or facilitators: exactly the excess goes, and the least of it.

In one slot the meetings that find tables are those that a flow can carry: from the facilitators, where they need one,
through the tables that suit them. Its value is the most that can stay, so the sum over the slots is a proven limit on
the disruptions; its cost says which ones are missed least.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ortools.graph.python import min_cost_flow

from scheduler.problem.placement import Placement
from scheduler.problem.problem import NO_TABLE, BoolArray, IntArray
from scheduler.slotting.open import OpenPlaces

# A required meeting is given up last.
_REQUIRED = 4


@dataclass(frozen=True, slots=True)
class Thinned:
    """What stays of a placement, how many had to go, and whether each slot that lost none keeps all (``whole``)."""

    kept: Placement
    excess: int
    whole: BoolArray


def thin_out(apart: OpenPlaces, announced: Placement) -> Thinned:
    """Return ``announced`` without the excess of each slot: the fewest meetings, of those the least missed.

    ``apart`` are the places open without ``announced``. What could as well be held in another slot is missed least of
    all; places there are set aside as slots are looked at one after the other.
    Cost: a flow for each slot that has too many; O(P S) beyond.
    """
    ledger = _Ledger(apart, announced)
    crowded = np.flatnonzero((ledger.left < 0).any(axis=0))
    gone: list[int] = []
    whole = np.ones(apart.problem.slots, dtype=np.bool_)
    for s in crowded.tolist():
        here = np.flatnonzero(announced.slots == s)
        stays = _most_seated(apart, announced.units[here], s, ledger.missed(announced.units[here]))
        whole[s] = bool(stays.all())
        for k in here[~stays].tolist():
            ledger.leave(int(announced.units[k]), s)
            gone.append(k)
    kept = np.ones(len(announced.units), dtype=np.bool_)
    kept[gone] = False
    return Thinned(announced.only(kept), len(gone), whole)


class _Ledger:
    """Seats, tables and numbers of meetings while announced ones leave their slots."""

    def __init__(self, apart: OpenPlaces, announced: Placement) -> None:
        self.apart = apart
        problem = apart.problem
        self.free, self.left = apart.free.copy(), apart.left.copy()
        for ends in (problem.a, problem.b):
            np.subtract.at(self.free, (ends[announced.units], announced.slots), 1)
        for r in range(len(self.left)):
            using = apart.resources.uses[announced.units, r]
            self.left[r] -= np.bincount(announced.slots[using], minlength=problem.slots)
        self.degree = apart.degree + problem.degrees(announced.units)
        # Where they may go depends on more than free seats.
        self.bound = problem.required.copy()
        self.bound[[u for group in (*problem.after, *problem.twins) for u in group]] = True
        self.weight = apart.heavy

    def missed(self, units: IntArray) -> IntArray:
        """Return what the event loses with each of ``units``; nothing where it could move to another slot."""
        problem = self.apart.problem
        ends = np.stack([problem.a[units], problem.b[units]])
        degree = self.degree[ends]
        coverage = problem.earned_after(degree - 1).sum(axis=0)
        short = (degree <= problem.minimum[ends]).sum(axis=0)
        lost: IntArray = (
            problem.score[units] + coverage + self.weight * short + self.weight * _REQUIRED * problem.required[units]
        )
        lost[self._elsewhere(units).any(axis=1) & ~self.bound[units]] = 0
        return lost

    def leave(self, u: int, s: int) -> None:
        """Take ``u`` out of slot ``s``, and set aside the first other place that it could have."""
        problem = self.apart.problem
        places = np.flatnonzero(self._elsewhere(np.array([u]))[0])
        self._count(u, s, 1)
        if len(places):
            self._count(u, int(places[0]), -1)
        else:
            self.degree[[problem.a[u], problem.b[u]]] -= 1

    def _elsewhere(self, units: IntArray) -> BoolArray:
        """Return bool [units, S], the places at which each could be held beside all that is held now."""
        problem = self.apart.problem
        open_to = (self.free > 0) & problem.available
        places: BoolArray = problem.allowed[units] & open_to[problem.a[units]] & open_to[problem.b[units]]
        for r in range(len(self.left)):
            places[self.apart.resources.uses[units, r]] &= self.left[r] > 0
        return places

    def _count(self, u: int, s: int, change: int) -> None:
        problem = self.apart.problem
        self.free[[problem.a[u], problem.b[u]], s] += change
        self.left[self.apart.resources.uses[u], s] += change


def _most_seated(apart: OpenPlaces, units: IntArray, s: int, missed: IntArray) -> BoolArray:
    """Return which of ``units`` slot ``s`` has tables and facilitators for: the most, then the most missed."""
    problem = apart.problem
    count, types, tables = len(units), len(problem.table_types), problem.tables
    # Nodes: meetings, kinds of tables, tables, then these.
    source, gate, sink = (count + types + tables + k for k in range(3))
    kind, helped = problem.table_type[units], problem.facilitated[units]
    rows = np.arange(count)
    used = sorted(set(kind.tolist()) - {NO_TABLE})
    suiting = [(count + k, count + types + t) for k in used for t in problem.table_types[k]]
    places = range(count + types, count + types + tables)
    tails = [*np.where(helped, gate, source).tolist(), *rows.tolist(), *(k for k, _ in suiting), *places, source]
    heads = [
        *rows.tolist(),
        *np.where(kind == NO_TABLE, sink, count + kind).tolist(),
        *(t for _, t in suiting),
        *([sink] * tables),
        gate,
    ]
    ones = count + count + len(suiting) + tables
    # Every meeting that stays outweighs what all the others are missed for.
    costs = [*(-missed - (int(missed.sum()) + 1)).tolist(), *([0] * (ones - count + 1))]
    flow = min_cost_flow.SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(
        np.array(tails, dtype=np.int32),
        np.array(heads, dtype=np.int32),
        np.array([*([1] * ones), int(problem.free_facilitators[s])], dtype=np.int64),
        np.array(costs, dtype=np.int64),
    )
    flow.add_arc_with_capacity_and_unit_cost(source, sink, count, 0)
    flow.set_node_supply(source, count)
    flow.set_node_supply(sink, -count)
    flow.solve()
    stays: BoolArray = flow.flows(np.arange(count)) > 0
    return stays
