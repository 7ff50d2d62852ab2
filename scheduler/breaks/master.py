"""The master program: how many of each group have which pattern, so that the slots add up with fewest breaks."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from ortools.linear_solver import pywraplp

from scheduler.breaks.groups import Groups
from scheduler.breaks.prices import FloatArray, Kept
from scheduler.problem.problem import BoolArray, IntArray, Problem
from scheduler.problem.worth import breaks_and_idle_of
from scheduler.selecting.face import Face

_Numbers = TypeVar("_Numbers", FloatArray, IntArray)

# What leaving one slot out of balance costs at first, in breaks; raised where it is still worth it in the end.
_PENALTY, _RAISED = 4.0, 10.0
TOLERANCE = 1e-6
# Units made whole one after the other, before that is given up.
_MOST_DIVES = 25
# Sets of slots that confine units which may vary: beyond so many the program would be slow.
_MOST_CONFINED = 2_000

# For each group its members, patterns int [n, S] of meetings in each slot, and float [n] how many members have each.
Plan = tuple[tuple[IntArray, IntArray, FloatArray], ...]


@dataclass(frozen=True, slots=True)
class _Confined:
    """Units of one participant, the only one of its ``group``, that are held within ``slots`` bool [S] if at all.

    ``always`` counts those that are held in any case; ``sometimes`` are the others.
    """

    group: int
    slots: BoolArray
    always: int
    sometimes: frozenset[int]


def _confined(problem: Problem, face: Face, groups: Groups) -> list[_Confined]:
    """Return for all whose meetings vary the sets of slots to which one of these is confined, and all units in each."""
    found = []
    for g in np.flatnonzero(groups.open).tolist():
        p = int(groups.first[g])
        own = problem.units_of[p]
        always, sometimes = np.intersect1d(own, face.always), np.intersect1d(own, face.sometimes)
        room = groups.duties.room[g] > 0
        sets = np.unique(problem.allowed[sometimes] & room, axis=0)
        for slots in sets[(sets != room).any(axis=1)]:
            within = [units[~(problem.allowed[units] & ~slots).any(axis=1)] for units in (always, sometimes)]
            found.append(_Confined(g, slots, len(within[0]), frozenset(within[1].tolist())))
    return found if len(found) <= _MOST_CONFINED else []


class Master:
    """The linear program that chooses patterns; every row but the sizes of groups may be left out of balance at a cost.

    Its duals are one vector: ``of_balance`` and ``of_tables`` of the slots, ``of_meetings`` of the groups, ``of_tiers``
    (value, shortfall, breaks), ``of_confined`` of those units that only some slots can hold; each is what one of it
    costs, or for value and confined units earns.
    """

    def __init__(self, problem: Problem, face: Face, kept: Kept, groups: Groups) -> None:
        S, G = problem.slots, len(groups.sizes)
        self.problem, self.face, self.groups, self.idle = problem, face, groups, kept.breaks is not None
        self.of_balance, self.of_tables = slice(0, S), slice(S, 2 * S)
        self.of_meetings, self.of_tiers = slice(2 * S, 2 * S + G), slice(2 * S + G, 2 * S + G + 3)
        self.confined = _confined(problem, face, groups)
        self.of_confined = slice(2 * S + G + 3, 2 * S + G + 3 + len(self.confined))
        self.width = self.of_confined.stop
        self.objective = 0.0
        self._solver = pywraplp.Solver.CreateSolver("GLOP")
        self._solver.SetSolverSpecificParametersAsString("use_preprocessing: false")
        self._penalty = _PENALTY
        self._slacks: list[pywraplp.Variable] = []
        self._columns: list[pywraplp.Variable] = []
        self._held: list[tuple[int, IntArray]] = []
        self._seen: set[tuple[int, bytes]] = set()
        self._costs = np.zeros(0)
        self._sizes = [self._solver.Constraint(int(size), int(size)) for size in groups.sizes]
        self._confined_of: dict[int, list[int]] = defaultdict(list)
        for k, confined in enumerate(self.confined):
            self._confined_of[confined.group].append(k)
        self._rows = self._coupling(kept)
        self._varying()

    def _coupling(self, kept: Kept) -> list[pywraplp.Constraint | None]:
        problem, face, groups = self.problem, self.face, self.groups
        rows: list[pywraplp.Constraint | None] = [None] * self.width
        if groups.in_balance.any():
            rows[self.of_balance] = [self._row(0, 0) for _ in range(problem.slots)]
        if groups.in_tables.any():
            places = problem.tables * (2 if problem.sides is None else 1)
            rows[self.of_tables] = [self._row(-self._infinity, places) for _ in range(problem.slots)]
        held = problem.degrees(face.always)
        for g in np.flatnonzero(groups.open).tolist():
            meetings = int(held[groups.members[g]].sum())
            rows[self.of_meetings.start + g] = self._row(meetings, meetings)
        value, shortfall, breaks = range(self.of_tiers.start, self.of_tiers.stop)
        settled = problem.degrees(face.sometimes) == 0
        if groups.open.any() and kept.value is not None:
            earned = int(problem.score[face.always].sum()) + problem.coverage_of(held * settled)
            rows[value] = self._row(kept.value - earned, self._infinity)
        if groups.open.any() and kept.shortfall is not None:
            missed = int((np.maximum(problem.minimum - held, 0) * settled).sum())
            rows[shortfall] = self._row(-self._infinity, kept.shortfall - missed)
        if kept.breaks is not None:
            rows[breaks] = self._row(-self._infinity, kept.breaks)
        rows[self.of_confined] = [self._row(confined.always, self._infinity) for confined in self.confined]
        return rows

    @property
    def _infinity(self) -> float:
        return float(self._solver.infinity())

    def _row(self, least: float, most: float) -> pywraplp.Constraint:
        """Return a new row that may be missed at a cost, in the directions in which it can be."""
        row = self._solver.Constraint(float(least), float(most))
        for missed, limit in ((1.0, least), (-1.0, most)):
            if abs(limit) < self._infinity:
                slack = self._solver.NumVar(0.0, self._infinity, "")
                row.SetCoefficient(slack, missed)
                self._solver.Objective().SetCoefficient(slack, self._penalty)
                self._slacks.append(slack)
        return row

    def _varying(self) -> None:
        """Add a column for each unit that may vary, tied to the meetings of its participants."""
        value = self._rows[self.of_tiers.start]
        self._units = []
        for u in self.face.sometimes.tolist():
            column = self._solver.NumVar(0.0, 1.0, "")
            ends = [int(self.groups.group_of[p]) for p in (self.problem.a[u], self.problem.b[u])]
            for g in set(ends):
                row = self._rows[self.of_meetings.start + g]
                assert row is not None, "groups of who may vary are open"
                row.SetCoefficient(column, -float(ends.count(g)))
            if value is not None:
                value.SetCoefficient(column, float(self.problem.score[u]))
            for k, confined in enumerate(self.confined):
                if u in confined.sometimes:
                    row = self._rows[self.of_confined.start + k]
                    assert row is not None
                    row.SetCoefficient(column, -1.0)
            self._units.append(column)

    def add(self, meetings: IntArray, duals: FloatArray | None) -> int:
        """Add the pattern ``meetings[g]`` of each group that is new and worth it at ``duals``; return how many."""
        groups, problem = self.groups, self.problem
        breaks, idle = breaks_and_idle_of(meetings > 0, problem.day)
        total = meetings.sum(axis=1)
        earned = problem.earned_by(total)
        short = np.maximum(problem.minimum[groups.first] - total, 0)
        tiers = np.stack([earned * groups.open, short * groups.open, breaks], axis=1)
        costs = idle if self.idle else breaks
        if duals is not None:
            priced = costs + (meetings * self.slot_prices(duals)).sum(axis=1)
            priced = priced + tiers @ (duals[self.of_tiers] * np.array([-1, 1, 1]))
            worthwhile = priced < self._sizes_duals - TOLERANCE
        else:
            worthwhile = np.ones(len(meetings), dtype=np.bool_)
        added = 0
        for g in np.flatnonzero(worthwhile).tolist():
            key = (g, meetings[g].tobytes())
            if key not in self._seen:
                self._seen.add(key)
                self._column(g, meetings[g], tiers[g], float(costs[g]))
                added += 1
        return added

    def _column(self, g: int, meetings: IntArray, tiers: IntArray, cost: float) -> None:
        groups, rows = self.groups, self._rows
        column = self._solver.NumVar(0.0, self._infinity, "")
        self._sizes[g].SetCoefficient(column, 1.0)
        self._solver.Objective().SetCoefficient(column, cost)
        total = int(meetings.sum())
        entries = [(self.of_meetings.start + g, total)]
        for s in np.flatnonzero(meetings).tolist():
            entries.append((self.of_balance.start + s, int(groups.in_balance[g] * meetings[s])))
            entries.append((self.of_tables.start + s, int(groups.in_tables[g] * meetings[s])))
        entries += [(self.of_tiers.start + k, int(amount)) for k, amount in enumerate(tiers.tolist())]
        for k in self._confined_of.get(g, ()):
            entries.append((self.of_confined.start + k, int(meetings[self.confined[k].slots].sum())))
        for position, amount in entries:
            row = rows[position]
            if row is not None and amount:
                row.SetCoefficient(column, float(amount))
        self._columns.append(column)
        self._held.append((g, meetings))

    def solve(self, seconds: float) -> bool:
        """Solve the program as it stands; return whether that came to an end in so many ``seconds``."""
        if seconds <= 0:
            return False
        if seconds < float("inf"):
            self._solver.SetTimeLimit(int(1000 * seconds) + 1)
        if self._solver.Solve() != pywraplp.Solver.OPTIMAL:
            return False
        self.objective = self._solver.Objective().Value()
        self._sizes_duals = np.array([row.dual_value() for row in self._sizes])
        self.leaning = np.array([column.solution_value() for column in self._units])
        self._used = [column.solution_value() for column in self._columns]
        self._missed = any(slack.solution_value() > TOLERANCE for slack in self._slacks)
        return True

    def slot_prices(self, duals: _Numbers) -> _Numbers:
        """Return [G, S]: what a meeting costs each group in each slot at these ``duals``, floats or integers."""
        groups = self.groups
        prices = groups.in_balance[:, None] * duals[self.of_balance] + groups.in_tables[:, None] * duals[self.of_tables]
        prices = prices + np.where(groups.open, duals[self.of_meetings], 0)[:, None]
        for confined, earned in zip(self.confined, duals[self.of_confined], strict=True):
            prices[confined.group, confined.slots] -= earned
        return prices

    def duals(self) -> FloatArray:
        """Return what each row costs; see the class."""
        duals = -np.array([0.0 if row is None else row.dual_value() for row in self._rows])
        # Value is earned, not spent, and so is holding what is confined.
        duals[self.of_tiers.start] *= -1
        duals[self.of_confined] *= -1
        return duals

    def dive(self, end: float) -> None:
        """Make the units that may vary whole, the nearest to it first, so that they are one selection if they can be.

        Cost: a few steps of the simplex method for each that is not; given up where it takes too many.
        """
        parts = self.leaning
        for _ in range(_MOST_DIVES):
            away = np.abs(self.leaning - np.rint(self.leaning))
            if not (away > TOLERANCE).any():
                return
            u = int(np.where(away > TOLERANCE, away, 1.0).argmin())
            whole = float(np.rint(self.leaning[u]))
            for value in (whole, 1.0 - whole):
                self._units[u].SetBounds(value, value)
                if not self.solve(end - time.monotonic()):
                    break
                if not self.unbalanced:
                    break
        self.leaning = parts

    @property
    def unbalanced(self) -> bool:
        """Whether some row is missed."""
        return self._missed

    def raise_penalties(self) -> None:
        """Let what is missed cost more."""
        self._penalty *= _RAISED
        for slack in self._slacks:
            self._solver.Objective().SetCoefficient(slack, self._penalty)

    def plan(self) -> Plan:
        """Return for each group its members, the patterns used and how many members have each."""
        used: list[list[tuple[IntArray, float]]] = [[] for _ in self.groups.members]
        for (g, meetings), amount in zip(self._held, self._used, strict=False):
            if amount > TOLERANCE:
                used[g].append((meetings, amount))
        return tuple(
            (members, np.array([meetings for meetings, _ in own]), np.array([amount for _, amount in own]))
            for members, own in zip(self.groups.members, used, strict=True)
        )
