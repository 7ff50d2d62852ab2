"""Where: a table for each on-site meeting and a facilitator for those who asked, with few moves between tables.

Slot by slot a linear assignment (Kuhn 1955) gives each meeting the table at which most of its participants were
before or will be next; sweeps over the slots go on while they save moves. Where all tables are alike only the tables
of those neighbours matter, and the assignment is sparse. Those who stay seated have their tables before (``staying``).
Feasibility was settled with the slots.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from scheduler.problem.placement import Placement
from scheduler.problem.problem import NO_TABLE, IntArray, Problem
from scheduler.tables.staying import places_of

_FORBIDDEN = 10**6
_MOST_SWEEPS = 20
# Beyond this many meetings a sweep takes seconds, and the first two save nearly all that can be saved.
_MANY_MEETINGS = 5_000
_SWEEPS_OF_MANY = 2


@dataclass(frozen=True, slots=True)
class Seating:
    """For each held unit its table and its facilitator by position (``NO_TABLE`` and -1: none), and tier 5."""

    tables: IntArray
    facilitators: IntArray
    moves: int


def seat(problem: Problem, placement: Placement) -> Seating:
    """Return tables and facilitators for ``placement``.

    Raises ``ValueError`` where a slot has more meetings than tables that fit them.
    Where ``placement`` is legal at other tables of the seated than ``problem`` has chosen, these are chosen anew.
    Cost: O(S L^2 T) a sweep at worst, for L meetings in a slot and T tables; at most twenty sweeps.
    """
    tables, moves = np.full(len(placement.units), NO_TABLE, dtype=np.int64), 0
    if problem.tables:
        tables, moves = _Sweeps(problem, placement).settled()
    return Seating(tables, facilitators_of(problem, placement), moves)


def fewest_moves(problem: Problem, always: IntArray, sometimes: IntArray, breaks: int) -> int:
    """Return a number of table moves that no schedule with that many ``breaks`` goes below.

    It holds the units ``always`` and none but those and ``sometimes``. Whoever has k meetings on site on a day comes to
    k - 1 of them from another. Of the two who come to a meeting only one can have been at its table just before, for
    they were at different ones; only after a break or an online meeting, or where they met twice, can both. So each
    meeting costs a move, but the first ones of participants and such exceptions. Cost: O(units).
    """
    if not problem.tables:
        return 0
    days = len(np.unique(problem.day))
    single = problem.delegates == 1
    every = np.concatenate([always, sometimes])
    seated = every[problem.table_type[every] != NO_TABLE]
    begun = np.minimum(problem.degrees(seated), days)[single].sum()
    settled = always[problem.table_type[always] != NO_TABLE]
    both = int((single[problem.a[settled]] & single[problem.b[settled]]).sum())
    online, twice = len(every) - len(seated), sum(len(group) for group in problem.twins)
    return max(0, both - int(begun) - breaks - online - twice)


def _places(problem: Problem, placement: Placement) -> list[frozenset[int]]:
    """Return the tables at which each meeting may be, those of the seated as chosen, where that can be."""
    chosen = {} if problem.any_table is None else problem.any_table.chosen
    days = np.unique(problem.day).tolist()
    return places_of(
        problem.widest, placement, {(p, day): dict.fromkeys(tables, 1) for p, tables in chosen.items() for day in days}
    )


class _Sweeps:
    def __init__(self, problem: Problem, placement: Placement) -> None:
        self.problem = problem
        types = problem.table_type[placement.units]
        self.places = _places(problem, placement)
        self.alike = all(len(places) in (0, problem.tables) for places in self.places)
        self.in_slot = [np.flatnonzero((placement.slots == s) & (types != NO_TABLE)) for s in range(problem.slots)]
        self.tables = np.full(len(types), NO_TABLE, dtype=np.int64)
        self.neighbours = self._neighbours(placement)
        self.taken = [self._without_choice(meetings) for meetings in self.in_slot]
        waiting = self.tables == NO_TABLE
        self.in_slot = [meetings[waiting[meetings]] for meetings in self.in_slot]

    def _without_choice(self, meetings: IntArray) -> list[int]:
        """Give the meetings of one slot that can be at one table only theirs, and return these tables."""
        fixed = [m for m in meetings.tolist() if len(self.places[m]) == 1 < self.problem.tables]
        taken = [next(iter(self.places[m])) for m in fixed]
        if len(set(taken)) < len(taken):
            raise ValueError("more meetings in a slot than tables that fit them")
        self.tables[fixed] = taken
        return taken

    def _neighbours(self, placement: Placement) -> list[list[int]]:
        """For each meeting the meetings just before and after it of its participants that day, on site."""
        found: list[list[int]] = [[] for _ in placement.units]
        agenda: dict[tuple[int, int], list[int]] = {}
        for slot_meetings in self.in_slot:
            for m in slot_meetings.tolist():
                u, day = int(placement.units[m]), int(self.problem.day[placement.slots[m]])
                for p in (int(self.problem.a[u]), int(self.problem.b[u])):
                    if self.problem.delegates[p] == 1:
                        agenda.setdefault((p, day), []).append(m)
        for meetings in agenda.values():
            for m, n in pairwise(meetings):
                found[m].append(n)
                found[n].append(m)
        return found

    def settled(self) -> tuple[IntArray, int]:
        best: tuple[int, float] | None = None
        kept = self.tables.copy()
        assign = self._assign_alike if self.alike else self._assign
        for _ in range(_MOST_SWEEPS if len(self.tables) <= _MANY_MEETINGS else _SWEEPS_OF_MANY):
            slots = zip(self.in_slot, self.taken, strict=True)
            cost = sum(assign(meetings, taken) for meetings, taken in slots if len(meetings))
            moves = self._moves()
            if best is not None and (moves, cost) >= best:
                break
            best, kept = (moves, cost), self.tables.copy()
        return kept, best[0] if best else 0

    def _moves(self) -> int:
        apart = sum(self.tables[m] != self.tables[n] for m, near in enumerate(self.neighbours) for n in near)
        return int(apart) // 2

    def _assign(self, meetings: IntArray, taken: list[int]) -> float:
        """Give the meetings of one slot tables that are not ``taken``, those of the other slots as they stand."""
        from scipy.optimize import linear_sum_assignment

        costs = np.zeros((len(meetings), self.problem.tables))
        for row, m in enumerate(meetings.tolist()):
            costs[row] = _FORBIDDEN
            costs[row, list(self.places[m])] = 0
            for near in self.neighbours[m]:
                if self.tables[near] != NO_TABLE:
                    costs[row, self.tables[near]] -= 1
        costs[:, taken] = _FORBIDDEN
        rows, columns = linear_sum_assignment(costs)
        if len(rows) < len(meetings) or (costs[rows, columns] > _FORBIDDEN / 2).any():
            raise ValueError("more meetings in a slot than tables that fit them")
        self.tables[meetings[rows]] = columns
        return float(costs[rows, columns].sum())

    def _assign_alike(self, meetings: IntArray, _: list[int]) -> float:
        """Do the same where any table will do: only the tables of neighbours are worth something."""
        from scipy import sparse
        from scipy.sparse.csgraph import min_weight_full_bipartite_matching

        count, tables = len(meetings), self.problem.tables
        if count > tables:
            raise ValueError("more meetings in a slot than tables")
        saved: dict[tuple[int, int], int] = {}
        for row, m in enumerate(meetings.tolist()):
            for near in self.neighbours[m]:
                table = int(self.tables[near])
                if table != NO_TABLE:
                    saved[row, table] = saved.get((row, table), 0) + 1
        # One column more for each meeting stands for any table left over. Weights must not be 0 to be edges at all.
        most = 5
        rows = [row for row, _ in saved] + list(range(count))
        columns = [table for _, table in saved] + list(range(tables, tables + count))
        weights = [most - amount for amount in saved.values()] + [most] * count
        graph = sparse.csr_array((weights, (rows, columns)), shape=(count, tables + count))
        chosen = np.asarray(min_weight_full_bipartite_matching(graph)[1], dtype=np.int64)
        gained = sum(saved.get((row, int(table)), 0) for row, table in enumerate(chosen))
        spare = np.setdiff1d(np.arange(tables), chosen)
        chosen[chosen >= tables] = spare[: int((chosen >= tables).sum())]
        self.tables[meetings] = chosen
        return -float(gained)


def facilitators_of(problem: Problem, placement: Placement, announced: IntArray | None = None) -> IntArray:
    """Return for each unit of ``placement`` its facilitator by position, -1 where nobody asked for one.

    Those ``announced``, by position or -1, stay where they are free. Raises ``ValueError`` where a slot has more
    meetings than facilitators.
    """
    event = problem.event
    chosen = np.full(len(placement.units), -1, dtype=np.int64)
    before = chosen.tolist() if announced is None else announced.tolist()
    asking = problem.facilitated[placement.units]
    for s in np.unique(placement.slots[asking]).tolist():
        name = event.slots[s].id
        free = [f for f, facilitator in enumerate(event.facilitators) if name not in facilitator.unavailable]
        meetings = np.flatnonzero(asking & (placement.slots == s)).tolist()
        for m in meetings:
            if before[m] in free:
                chosen[m] = before[m]
                free.remove(before[m])
        waiting = [m for m in meetings if chosen[m] < 0]
        if len(waiting) > len(free):
            raise ValueError("more meetings in a slot than facilitators")
        chosen[waiting] = free[: len(waiting)]
    return chosen
