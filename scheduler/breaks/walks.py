"""Prices of meetings for each participant and slot: a linear program of walks, for a small selection that is settled.

Each participant walks a network of (slot, busy slots so far), busy or in a break, and every meeting is a column in each
slot that may hold it; whoever is busy holds a meeting. Larger than the program of groups, and sharper: it sees who
meets whom. Its duals are prices, and only these are trusted (``Prices.bound``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from scheduler.breaks.duties import Duties, duties_of
from scheduler.breaks.prices import Prices
from scheduler.problem.problem import NO_TABLE, IntArray, Problem
from scheduler.selecting.face import Face

if TYPE_CHECKING:
    from scipy import sparse

# Duals of such programs are multiples of small fractions; and where not, this is fine enough.
_DENOMINATOR = 60 * 10**5

Columns = dict[int, list[int]]


def prices_by_walks(problem: Problem, units: IntArray, time_limit: float) -> Prices | None:
    """Return the best prices for schedules that hold ``units``; ``None`` where ``time_limit`` (seconds) came first.

    Cost: one linear program of about 5 S D variables for each participant with D meetings, and S for each unit.
    """
    # Loading it takes half a second, which those who need no linear program do not pay.
    from scipy import optimize

    program = _Program(problem, units)
    result = optimize.linprog(
        program.cost,
        A_eq=program.matrix(program.equal),
        b_eq=program.limits(program.equal),
        **({"A_ub": program.matrix(program.most), "b_ub": program.limits(program.most)} if program.most else {}),
        bounds=np.column_stack([np.zeros(len(program.cost)), np.full(len(program.cost), np.inf)]),
        method="highs",
        options={} if np.isinf(time_limit) else {"time_limit": max(time_limit, 0.1)},
    )
    if result.status != 0:
        return None
    slots = np.zeros((problem.participants, problem.slots), dtype=np.int64)
    for (p, s), row in program.busy_rows.items():
        slots[p, s] = np.rint(result.eqlin.marginals[row] * -_DENOMINATOR)
    tables = np.zeros(problem.slots, dtype=np.int64)
    for s, row in program.table_rows.items():
        tables[s] = np.rint(max(-result.ineqlin.marginals[row], 0) * _DENOMINATOR)
    return Prices(_DENOMINATOR, slots, tables)


@dataclass(frozen=True, slots=True)
class _Row:
    columns: Sequence[tuple[int, int]]
    limit: int


@dataclass
class _Program:
    """The walks of all participants, the meetings in their slots, and the rows that tie the two together."""

    problem: Problem
    units: IntArray
    cost: list[int] = field(default_factory=list)
    equal: list[_Row] = field(default_factory=list)
    most: list[_Row] = field(default_factory=list)
    # Rows of ``equal`` by participant and slot, and of ``most`` by slot.
    busy_rows: dict[tuple[int, int], int] = field(default_factory=dict)
    table_rows: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problem = self.problem
        held = self._meetings()
        duties = duties_of(problem, Face(self.units, self.units[:0]))
        for p in np.flatnonzero(duties.most).tolist():
            busy = _Walks(self, duties, p).busy
            delegates = int(min(problem.delegates[p], problem.participants))
            for s in range(problem.slots):
                meetings = self._counted(busy.get(s, []), delegates)
                self.busy_rows[p, s] = len(self.equal)
                self.equal_to(0, [*((column, 1) for column in meetings), *((column, -1) for column in held[p, s])])

    def matrix(self, rows: Sequence[_Row]) -> sparse.csr_array:
        from scipy import sparse

        entries = [(r, column, value) for r, row in enumerate(rows) for column, value in row.columns]
        places = np.array(entries, dtype=np.int64).reshape(-1, 3).T
        return sparse.csr_array((places[2], (places[0], places[1])), shape=(len(rows), len(self.cost)))

    def limits(self, rows: Sequence[_Row]) -> IntArray:
        return np.array([row.limit for row in rows], dtype=np.int64)

    def column(self, cost: int = 0) -> int:
        self.cost.append(cost)
        return len(self.cost) - 1

    def equal_to(self, limit: int, columns: Iterable[tuple[int, int]]) -> None:
        self.equal.append(_Row(list(columns), limit))

    def _meetings(self) -> dict[tuple[int, int], list[int]]:
        """Add each unit in each of its slots; return these columns by participant and slot."""
        problem = self.problem
        held: dict[tuple[int, int], list[int]] = defaultdict(list)
        seated: Columns = defaultdict(list)
        for u in self.units.tolist():
            places = {int(s): self.column() for s in np.flatnonzero(problem.allowed[u])}
            self.equal_to(1, [(column, 1) for column in places.values()])
            for s, column in places.items():
                held[int(problem.a[u]), s].append(column)
                held[int(problem.b[u]), s].append(column)
                if problem.table_type[u] != NO_TABLE:
                    seated[s].append(column)
        for s, columns in seated.items() if problem.tables else ():
            self.table_rows[s] = len(self.most)
            self.most.append(_Row([(column, 1) for column in columns], problem.tables))
        return held

    def _counted(self, busy: list[int], delegates: int) -> list[int]:
        """Return columns that add up to the meetings of a slot: more than one while busy, with delegates."""
        if delegates == 1 or not busy:
            return busy
        more = self.column()
        self.most.append(_Row([(more, 1), *((column, 1 - delegates) for column in busy)], 0))
        return [*busy, more]


class _Walks:
    """The network of one participant. ``busy``: for each slot the columns of the steps that make it busy."""

    def __init__(self, program: _Program, duties: Duties, p: int) -> None:
        self.program = program
        # In busy slots, of which each holds a meeting at least and all delegates at most.
        delegates = int(min(program.problem.delegates[p], program.problem.participants))
        self.least, self.most = -(-duties.by_then[p] // delegates), duties.at_most[p]
        self.there, self.must = duties.room[p] > 0, duties.fixed[p] > 0
        self.busy: Columns = defaultdict(list)
        day = program.problem.day
        here: Columns = {0: []}
        for d in range(int(day.max()) + 1):
            here = self._day(np.flatnonzero(day == d).tolist(), here, first=not d)

    def _day(self, slots: list[int], here: Columns, *, first: bool) -> Columns:
        """Add one day; ``here`` are the columns that end the day before, by busy slots. Returns those that end this."""
        over: Columns = defaultdict(list)
        # Columns that arrive at being busy, and at a break, by slot and busy slots up to there.
        meeting: dict[tuple[int, int], list[int]] = defaultdict(list)
        waiting: dict[tuple[int, int], list[int]] = defaultdict(list)

        def step(to: list[int], cost: int = 0) -> int:
            to.append(self.program.column(cost))
            return to[-1]

        for used, arriving in here.items():
            leaving = [
                step(meeting[s, used + 1])
                for k, s in enumerate(slots)
                if self._may_rest(slots[:k], used) and self._may(s, used + 1, busy=True)
            ]
            if self._may_rest(slots, used):
                leaving.append(step(over[used]))
            self._pass_on(arriving, leaving, int(first))
        for k, s in enumerate(slots):
            follow, rest = slots[k + 1 : k + 2], slots[k + 1 :]
            here_now = [(True, used) for t, used in meeting if t == s] + [
                (False, used) for t, used in waiting if t == s
            ]
            for is_busy, used in here_now:
                arriving = (meeting if is_busy else waiting)[s, used]
                if is_busy:
                    self.busy[s] += arriving
                leaving = [step(meeting[t, used + 1]) for t in follow if self._may(t, used + 1, busy=True)]
                if len(rest) > 1 and self._may(follow[0], used, busy=False):
                    leaving.append(step(waiting[follow[0], used], cost=int(is_busy)))
                if is_busy and self._may_rest(rest, used):
                    leaving.append(step(over[used]))
                self._pass_on(arriving, leaving, 0)
        return over

    def _may(self, s: int, used: int, *, busy: bool) -> bool:
        """Return whether a walk may be busy, or not, in slot ``s`` with ``used`` busy slots up to there."""
        right = self.there[s] if busy else not self.must[s]
        return bool(right) and bool(self.least[s] <= used <= self.most[s])

    def _may_rest(self, slots: Sequence[int], used: int) -> bool:
        """Return whether nothing need be held in any of ``slots``."""
        return all(self._may(s, used, busy=False) for s in slots)

    def _pass_on(self, arriving: Sequence[int], leaving: Sequence[int], size: int) -> None:
        """Let as many leave a node as arrive there, and ``size`` where it is the first."""
        self.program.equal_to(size, [*((column, 1) for column in leaving), *((column, -1) for column in arriving)])
