"""Column generation over busy patterns: which patterns, how often each, so that the slots add up with fewest breaks.

Participants with equal duties are one group. The master program chooses patterns for each group; in each slot both
sides hold equally many meetings, no more than there are tables; units that only some optimal selections hold are
columns too, tied to the meetings of their participants and to the value that must be kept. Its duals are prices of
slots, for which a dynamic program finds the cheapest pattern of every group at once (Gilmore and Gomory 1961). Prices
are smoothed (Wentges, *Weighted Dantzig–Wolfe decomposition*, 1997), made integers, and give a safe bound each round.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from ortools.linear_solver import pywraplp

from scheduler.breaks.cheapest import IMPOSSIBLE, CheapestPatterns
from scheduler.breaks.duties import Duties, duties_of
from scheduler.breaks.prices import FloatArray, Kept, Prices
from scheduler.problem.problem import NO_TABLE, BoolArray, IntArray, Problem
from scheduler.selecting.face import Face

_Numbers = TypeVar("_Numbers", FloatArray, IntArray)

_DENOMINATOR = 10**6
# Groups up to which it is worth telling participants apart by when their partners are there, besides those who vary.
_MANY_GROUPS = 400
# How far the prices asked about lean on the best so far.
_SMOOTHING = 0.6
_MOST_ROUNDS = 400
# What leaving one slot out of balance costs at first, in breaks; raised where it is still worth it in the end.
_PENALTY, _RAISED, _MOST_RAISES = 4.0, 10.0, 3
_TOLERANCE = 1e-6
# Units made whole one after the other, before that is given up.
_MOST_DIVES = 25
# Sets of slots that confine units which may vary: beyond so many the program would be slow.
_MOST_CONFINED = 2_000


# For each group its members, patterns int [n, S] of meetings in each slot, and float [n] how many members have each.
Plan = tuple[tuple[IntArray, IntArray, FloatArray], ...]


@dataclass(frozen=True, slots=True)
class Generated:
    """``prices`` with the ``breaks`` (or idle slots) that they prove, and the last master's solution.

    ``leaning`` float [sometimes]: how far each unit that may vary is used, mostly 0 or 1. ``plan``: the patterns used.
    """

    breaks: int
    prices: Prices
    leaning: FloatArray
    plan: Plan


class Generation:
    """Patterns generated for the selections of ``face`` with what is ``kept``."""

    def __init__(self, problem: Problem, face: Face, kept: Kept) -> None:
        self.problem, self.face, self.kept = problem, face, kept
        self.groups = _Groups.of(problem, face)
        self.patterns = CheapestPatterns(problem, self.groups.duties)
        self._master = _Master(problem, face, kept, self.groups)

    def run(self, time_limit: float, goal: float = float("inf")) -> Generated | None:
        """Return the best bound found in ``time_limit`` seconds, ``None`` where there is no pattern for somebody.

        Ends where the master proves that no prices give more, or the bound reaches ``goal``.
        """
        end = time.monotonic() + time_limit
        if not self._start(end):
            return None
        master = self._master
        best, bound = np.zeros(master.width), -float("inf")
        raises = 0
        for _ in range(_MOST_ROUNDS):
            if not master.solve(end - time.monotonic()):
                break
            duals = master.duals()
            added = 0
            if bound < min(goal, np.ceil(master.objective - _TOLERANCE)):
                for share in (_SMOOTHING, 0.0):
                    asked = duals if bound == -float("inf") else (1 - share) * duals + share * best
                    found, safe = self._priced(asked)
                    if safe > bound:
                        bound, best = safe, asked
                    added = master.add(found, duals)
                    if added or time.monotonic() > end:
                        break
            if time.monotonic() > end:
                break
            if not added:
                if not master.unbalanced or raises == _MOST_RAISES or bound >= goal:
                    break
                master.raise_penalties()
                raises += 1
        if bound == -float("inf"):
            return None
        master.dive(end)
        prices = self._prices(best)
        proven = prices.bound(self.problem, self.face, self.kept)
        # A sum beyond 64 bits proves nothing; nor does 0 need to be.
        return Generated(max(proven or 0, 0), prices, master.leaning, master.plan())

    def _start(self, end: float) -> bool:
        """Give the master patterns around each slot until ``end``; ``False`` where some group has none at all."""
        slots, size = np.arange(self.problem.slots), len(self.groups.sizes)
        totals = np.zeros((size, self.patterns.width), dtype=np.int64)
        for centre in slots.tolist():
            near = np.broadcast_to(np.abs(2 * (slots - centre) + 1), (size, len(slots)))
            found = self.patterns.at(near, totals, 16 * self.problem.slots**2, 0)
            if (found.cost >= IMPOSSIBLE).any():
                return False
            self._master.add(found.meetings, None)
            if time.monotonic() > end:
                break
        return True

    def _priced(self, duals: FloatArray) -> tuple[IntArray, float]:
        """Return the cheapest pattern of each group at the prices that ``duals`` are, and the bound that these make."""
        problem, face, kept, groups = self.problem, self.face, self.kept, self.groups
        prices = self._prices(duals)
        totals = prices.totals(problem, groups.first, self.patterns.width)
        found = self.patterns.at(prices.slots[groups.first], totals, *prices.costs)
        total = int(groups.sizes @ found.cost)
        total -= int(prices.tables.sum()) * problem.tables + (prices.breaks or 0) * (kept.breaks or 0)
        total += prices.value * (kept.value or 0) - prices.shortfall * (kept.shortfall or 0)
        total += int(prices.paid(problem, face.always).sum())
        total += int(np.minimum(prices.paid(problem, face.sometimes), 0).sum())
        return found.meetings, total / prices.denominator

    def _prices(self, duals: FloatArray) -> Prices:
        """Return ``duals`` as integers that fit together exactly."""
        problem, groups, master = self.problem, self.groups, self._master
        whole = _rounded(duals)
        for signed in (master.of_tables, master.of_confined):
            whole[signed] = np.maximum(whole[signed], 0)
        own, tables = master.slot_prices(whole), whole[master.of_tables]
        slots = np.where(groups.group_of[:, None] >= 0, own[groups.group_of], 0)
        value, shortfall, breaks = whole[master.of_tiers].tolist()
        return Prices(
            denominator=_DENOMINATOR,
            slots=slots,
            # Without sides each meeting counts for both that hold it.
            tables=tables * (2 if problem.sides is None else 1),
            value=value,
            shortfall=shortfall,
            breaks=None if self.kept.breaks is None else max(breaks, 0),
        )


def _rounded(values: FloatArray) -> IntArray:
    return np.rint(_DENOMINATOR * values).astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Groups:
    """Participants put together who keep to the same; G groups.

    ``members``: the participants of each. ``sizes``, ``first`` int [G]: how many, and one of them; ``group_of`` int
    [P], -1 for who meets nobody. ``open`` bool [G]: whether its meetings vary. ``in_balance``, ``in_tables`` int [G]:
    how its meetings count where both sides of a slot are equal, and where its tables are counted.
    """

    duties: Duties
    members: list[IntArray]
    sizes: IntArray
    first: IntArray
    group_of: IntArray
    open: BoolArray
    in_balance: IntArray
    in_tables: IntArray

    @staticmethod
    def of(problem: Problem, face: Face) -> _Groups:
        every = np.concatenate([face.always, face.sometimes])
        side = np.zeros(problem.participants, dtype=np.int64) if problem.sides is None else problem.sides
        remote = np.array([participant.remote for participant in problem.event.participants], dtype=np.int64)
        varying = problem.degrees(face.sometimes) > 0
        meeting = np.flatnonzero(problem.degrees(every))
        tied = np.where(varying, np.arange(problem.participants) + 1, 0)
        for partners in (True, False):
            duties = duties_of(problem, face, partners=partners)
            own = (side, remote, tied, problem.minimum * varying, problem.delegates)
            keys = np.column_stack([*own, duties.rows])[meeting]
            _, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
            if len(first) <= _MANY_GROUPS + varying.sum():
                break
        sizes = np.bincount(inverse.ravel(), minlength=len(first)).astype(np.int64)
        first = meeting[first]
        group_of = np.full(problem.participants, -1, dtype=np.int64)
        group_of[meeting] = inverse.ravel()
        # All meetings of one side less those of remote people of either side are at tables; without sides each meeting
        # counts for both who hold it.
        on_site = (
            np.where(side[first] == 0, 1, 0) - remote[first] if problem.sides is not None else 1 - 2 * remote[first]
        )
        counted = bool(problem.tables) and bool((problem.table_type[every] != NO_TABLE).any())
        return _Groups(
            duties=duties.of(first),
            members=np.split(meeting[np.argsort(inverse.ravel(), kind="stable")], np.cumsum(sizes)[:-1]),
            sizes=sizes,
            first=first,
            group_of=group_of,
            open=varying[first],
            in_balance=np.where(side[first] == 0, 1, -1) * int(problem.sides is not None),
            in_tables=on_site * int(counted),
        )


@dataclass(frozen=True, slots=True)
class _Confined:
    """Units of one participant, the only one of its ``group``, that are held within ``slots`` bool [S] if at all.

    ``always`` counts those that are held in any case; ``sometimes`` are the others.
    """

    group: int
    slots: BoolArray
    always: int
    sometimes: frozenset[int]


def _confined(problem: Problem, face: Face, groups: _Groups) -> list[_Confined]:
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


class _Master:
    """The linear program that chooses patterns; every row but the sizes of groups may be left out of balance at a cost.

    Its duals are one vector: ``of_balance`` and ``of_tables`` of the slots, ``of_meetings`` of the groups, ``of_tiers``
    (value, shortfall, breaks), ``of_confined`` of those units that only some slots can hold; each is what one of it
    costs, or for value and confined units earns.
    """

    def __init__(self, problem: Problem, face: Face, kept: Kept, groups: _Groups) -> None:
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
        breaks, idle = _breaks_and_idle(problem, meetings)
        total = meetings.sum(axis=1)
        earned = np.concatenate([[0], np.cumsum(problem.coverage)])[np.minimum(total, len(problem.coverage))]
        short = np.maximum(problem.minimum[groups.first] - total, 0)
        tiers = np.stack([earned * groups.open, short * groups.open, breaks], axis=1)
        costs = idle if self.idle else breaks
        if duals is not None:
            priced = costs + (meetings * self.slot_prices(duals)).sum(axis=1)
            priced = priced + tiers @ (duals[self.of_tiers] * np.array([-1, 1, 1]))
            worthwhile = priced < self._sizes_duals - _TOLERANCE
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
        self._missed = any(slack.solution_value() > _TOLERANCE for slack in self._slacks)
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
            if not (away > _TOLERANCE).any():
                return
            u = int(np.where(away > _TOLERANCE, away, 1.0).argmin())
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
            if amount > _TOLERANCE:
                used[g].append((meetings, amount))
        return tuple(
            (members, np.array([meetings for meetings, _ in own]), np.array([amount for _, amount in own]))
            for members, own in zip(self.groups.members, used, strict=True)
        )


def _breaks_and_idle(problem: Problem, meetings: IntArray) -> tuple[IntArray, IntArray]:
    """Return the breaks and idle slots int [N] of patterns ``meetings`` int [N, S]."""
    breaks = np.zeros(len(meetings), dtype=np.int64)
    idle = np.zeros(len(meetings), dtype=np.int64)
    for day in np.unique(problem.day):
        busy = meetings[:, problem.day == day] > 0
        starts = busy & ~np.concatenate([np.zeros((len(busy), 1), dtype=np.bool_), busy[:, :-1]], axis=1)
        before = np.logical_or.accumulate(busy, axis=1)
        beyond = np.logical_or.accumulate(busy[:, ::-1], axis=1)[:, ::-1]
        breaks += starts.sum(axis=1) - busy.any(axis=1)
        idle += (before & beyond & ~busy).sum(axis=1)
    return breaks, idle
