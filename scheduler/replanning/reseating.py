"""Tables and facilitators after a disturbance: announced ones stay wherever they can, new meetings take what is left.

Only slots in which something must give are assigned anew, so a replanned timetable keeps nearly every table without
being seated from scratch.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
from ortools.graph.python import min_cost_flow

from scheduler.problem.placement import Placement
from scheduler.problem.problem import NO_TABLE, IntArray, Problem
from scheduler.tables.seating import Seating, facilitators_of
from scheduler.tables.staying import Wanted, places_of

# Keeping a table announced outweighs all the moves that it could cost.
_KEPT = 1000


def reseat(problem: Problem, placement: Placement, tables: IntArray, facilitators: IntArray) -> Seating:
    """Return tables and facilitators for ``placement``, those announced kept wherever they can.

    ``tables`` and ``facilitators`` hold for each meeting the announced ones by position, or -1.
    Raises ``ValueError`` where a slot has more meetings than tables, or facilitators, that fit them.
    Cost: linear, and an assignment for each slot in which not all keep theirs.
    """
    seats = _Tables(problem, placement, tables)
    return Seating(seats.settled(), facilitators_of(problem, placement, facilitators), 0)


class _Tables:
    def __init__(self, problem: Problem, placement: Placement, announced: IntArray) -> None:
        self.problem, self.placement, self.announced = problem, placement, announced
        self.types = problem.table_type[placement.units].tolist()
        self.places = places_of(problem.widest, placement, _wanted(problem, placement, announced))
        self.tables = np.full(len(placement.units), NO_TABLE, dtype=np.int64)
        self.agenda: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)
        for m, (u, s) in enumerate(zip(placement.units.tolist(), placement.slots.tolist(), strict=True)):
            if self.types[m] != NO_TABLE:
                for p in (int(problem.a[u]), int(problem.b[u])):
                    if problem.delegates[p] == 1:
                        self.agenda[p, int(problem.day[s])][s] = m

    def settled(self) -> IntArray:
        in_slot: dict[int, list[int]] = defaultdict(list)
        for m, s in enumerate(self.placement.slots.tolist()):
            if self.types[m] != NO_TABLE:
                in_slot[s].append(m)
        waiting: dict[int, list[int]] = {}
        for s, meetings in sorted(in_slot.items()):
            taken: set[int] = set()
            for m in meetings:
                table = int(self.announced[m])
                if table != NO_TABLE and table in self.places[m] and table not in taken:
                    taken.add(table)
                    self.tables[m] = table
            rest = [m for m in meetings if self.tables[m] == NO_TABLE]
            if rest:
                waiting[s] = rest
        for s, rest in waiting.items():
            free = set(range(self.problem.tables)) - {int(self.tables[m]) for m in in_slot[s]}
            if not self._assign(rest, free):
                for m in in_slot[s]:
                    self.tables[m] = NO_TABLE
                if not self._assign(in_slot[s], set(range(self.problem.tables))):
                    raise ValueError("more meetings in a slot than tables that fit them")
        return self.tables

    def _assign(self, meetings: list[int], free: set[int]) -> bool:
        """Give ``meetings`` different tables of ``free`` at the least cost; return whether all found one."""
        if len(free) < len(meetings):
            return False
        P, M = len(meetings), self.problem.tables
        source, sink = P + M, P + M + 1
        tails, heads, costs = [], [], []
        for row, m in enumerate(meetings):
            near = self._near(m)
            for table in sorted(self.places[m] & free):
                tails.append(row)
                heads.append(P + table)
                costs.append(-near.count(table) - _KEPT * (table == self.announced[m]))
        arcs = len(tails)
        tails += [*([source] * P), *(P + table for table in sorted(free))]
        heads += [*range(P), *([sink] * len(free))]
        costs += [0] * (P + len(free))
        flow = min_cost_flow.SimpleMinCostFlow()
        flow.add_arcs_with_capacity_and_unit_cost(
            np.array(tails, dtype=np.int32),
            np.array(heads, dtype=np.int32),
            np.ones(len(tails), dtype=np.int64),
            np.array(costs, dtype=np.int64),
        )
        flow.set_node_supply(source, P)
        flow.set_node_supply(sink, -P)
        if flow.solve() != flow.OPTIMAL:
            return False
        for arc in np.flatnonzero(flow.flows(np.arange(arcs)) > 0).tolist():
            self.tables[meetings[tails[arc]]] = heads[arc] - P
        return True

    def _near(self, m: int) -> list[int]:
        """Return the tables at which the participants of ``m`` sit just before and after it that day."""
        u, s = int(self.placement.units[m]), int(self.placement.slots[m])
        found = []
        for p in (int(self.problem.a[u]), int(self.problem.b[u])):
            own = self.agenda.get((p, int(self.problem.day[s])), {})
            before, beyond = [t for t in own if t < s], [t for t in own if t > s]
            found += [int(self.tables[own[t]]) for t in ([max(before)] if before else [])]
            found += [int(self.tables[own[t]]) for t in ([min(beyond)] if beyond else [])]
        return [table for table in found if table != NO_TABLE]


def _wanted(problem: Problem, placement: Placement, announced: IntArray) -> Wanted:
    """Return for those who stay seated how many of their meetings of a day keep a table if they stay there."""
    found: dict[tuple[int, int], Counter[int]] = defaultdict(Counter)
    for u, s, table in zip(placement.units.tolist(), placement.slots.tolist(), announced.tolist(), strict=True):
        for p in (int(problem.a[u]), int(problem.b[u])):
            if problem.seated[p] and table != NO_TABLE:
                found[p, int(problem.day[s])][table] += 1
    return found
