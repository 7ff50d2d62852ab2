"""A bound on breaks by busy patterns: forget who meets whom, keep when each participant can be busy.

Each participant walks a small network (slot, meetings so far, phase of the day); participants with equal degrees and
presence share one integer flow. What couples them is that in every slot both sides are equally busy, and no busier
than there are tables. The linear relaxation of these flows is solved, and its duals evaluated in integers
(``relaxation.weak_duality_bound``), so the bound is proven whatever the rounding. Units that only some optimal
selections hold are columns of the same program, tied to the numbers of meetings of their participants and to the
value that must be kept; so the bound holds over the whole optimal face, and its solution says which selection to try.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy import optimize, sparse

from scheduler.face import Face
from scheduler.problem import NO_TABLE, IntArray, Problem
from scheduler.relaxation import FloatArray, weak_duality_bound

_BEFORE, _BUSY, _GAP, _DONE = range(4)
# Where a day may go on from each phase; a gap is entered at the cost of one break, and only to be busy again.
_STEPS = {_BEFORE: (_BEFORE, _BUSY), _BUSY: (_BUSY, _GAP, _DONE), _GAP: (_GAP, _BUSY), _DONE: (_DONE,)}
_OVERNIGHT = (_BEFORE, _BUSY)
# Columns beyond which the program would take minutes; a slot and number of meetings leads on by about six steps.
_LARGEST = 250_000
_STEPS_A_STATE = 6
_DENOMINATORS = (1, 2, 3, 4, 6, 12, 60, 10**6)


@dataclass(frozen=True, slots=True)
class PatternBound:
    """``breaks``: no schedule on the face has fewer; ``leaning`` [units that may vary]: how far each is used for it."""

    breaks: int
    leaning: FloatArray


def busy_pattern_bound(
    problem: Problem, face: Face, value: int | None, time_limit: float = float("inf")
) -> PatternBound | None:
    """Return a bound on breaks over all selections of ``face``; ``None`` where the program is too large or too slow.

    ``value`` is what every selection of the face is worth, ``None`` where that is not to be used.
    Cost: one linear program of about 8 x S x D variables for each group of like participants.
    """
    program = _Program(problem, face, value)
    if not program.coupled:
        return None
    matrix, limits = program.matrix()
    upper = np.array(program.upper, dtype=np.int64)
    breaks = np.array(program.breaks, dtype=np.int64)
    equal = np.array(program.equal, dtype=np.bool_)
    result = optimize.linprog(
        breaks.astype(float),
        A_ub=matrix[~equal] if (~equal).any() else None,
        b_ub=limits[~equal] if (~equal).any() else None,
        A_eq=matrix[equal],
        b_eq=limits[equal],
        bounds=np.column_stack([np.zeros(len(upper)), upper]),
        method="highs",
        options={} if np.isinf(time_limit) else {"time_limit": max(time_limit, 0.1)},
    )
    if result.status != 0:
        return None
    multipliers = np.zeros(len(limits))
    multipliers[equal] = -result.eqlin.marginals
    if (~equal).any():
        multipliers[~equal] = np.maximum(-result.ineqlin.marginals, 0)
    most = min(
        weak_duality_bound(matrix, limits, np.zeros_like(upper), upper, -breaks, multipliers, denominator)
        for denominator in _DENOMINATORS
    )
    return PatternBound(max(0, -most), result.x[: len(face.sometimes)])


@dataclass
class _Program:
    """The flows of all groups and the rows that couple them."""

    problem: Problem
    face: Face
    value: int | None
    upper: list[int] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    equal: list[bool] = field(default_factory=list)
    limits: list[int] = field(default_factory=list)
    entries: list[tuple[int, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.coupled = False
        self.least = self.problem.degrees(self.face.always)
        self.most = np.minimum(self.least + self.problem.degrees(self.face.sometimes), self.problem.maximum)
        self.varying: list[list[tuple[int, int]]] = [[] for _ in range(self.problem.participants)]
        worth: list[tuple[int, int]] = []
        for u in self.face.sometimes.tolist():
            column = self._column(1)
            worth.append((column, int(self.problem.score[u])))
            for p in (int(self.problem.a[u]), int(self.problem.b[u])):
                self.varying[p].append((column, 1))
        busy: dict[tuple[int, int], list[int]] = defaultdict(list)
        groups = list(self._groups())
        if sum(_STEPS_A_STATE * self.problem.slots * int(self.most[members[0]]) for members, _ in groups) > _LARGEST:
            return
        for members, side in groups:
            columns_of, ends = self._walks(members)
            for slot, columns in columns_of.items():
                busy[side, slot] += self._meetings(members, columns)
            worth += self._tie(members, ends)
        self._couple(busy)
        if self.value is not None:
            settled = int(self.problem.score[self.face.always].sum())
            self._row([(column, -points) for column, points in worth], settled - self.value, equal=False)

    @property
    def columns(self) -> int:
        return len(self.upper)

    def matrix(self) -> tuple[sparse.csr_array, IntArray]:
        rows, columns, values = (np.array(part, dtype=np.int64) for part in zip(*self.entries, strict=True))
        shape = (len(self.limits), self.columns)
        return sparse.csr_array((values, (rows, columns)), shape=shape), np.array(self.limits, dtype=np.int64)

    def _groups(self) -> Iterator[tuple[list[int], int]]:
        """Yield participants of equal degrees, presence and delegates with their side (0 where there are no sides)."""
        sides = self.problem.sides
        groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
        for p in range(self.problem.participants):
            side = 0 if sides is None else int(sides[p])
            present = self.problem.available[p].tobytes()
            least, most = int(self.least[p]), int(self.most[p])
            if most:
                alone = p if least < most else -1
                groups[side, least, most, int(self.problem.delegates[p]), present, alone].append(p)
        for key, members in groups.items():
            yield members, int(str(key[0]))

    def _column(self, upper: int, breaks: int = 0) -> int:
        self.upper.append(upper)
        self.breaks.append(breaks)
        return len(self.upper) - 1

    def _row(self, columns: list[tuple[int, int]], limit: int, *, equal: bool) -> None:
        row = len(self.limits)
        self.limits.append(limit)
        self.equal.append(equal)
        self.entries += [(row, column, value) for column, value in columns]

    def _walks(self, members: list[int]) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
        """Add the network of one group.

        Returns for each slot the columns of the steps that make a member busy, and for each number of busy slots the
        columns that end a walk with it.
        """
        p, size = members[0], len(members)
        delegates = int(self.problem.delegates[p])
        most = min(int(self.most[p]), int(self.problem.available[p].sum()))
        least = -(-int(self.least[p]) // delegates)
        into: dict[tuple[int, int], list[int]] = {}
        busy: dict[int, list[int]] = {}
        here: dict[tuple[int, int], list[tuple[int, int]]] = {(0, _BEFORE): []}
        for s in range(self.problem.slots):
            morning = s > 0 and self.problem.day[s] != self.problem.day[s - 1]
            into = defaultdict(list)
            busy[s] = []
            for (used, phase), arriving in here.items():
                leaving: list[int] = []
                if morning or s == 0:
                    steps: tuple[int, ...] = () if phase == _GAP else _OVERNIGHT
                else:
                    steps = _STEPS[phase]
                for step in steps:
                    after = used + (step == _BUSY)
                    if after > most or (step == _BUSY and not self.problem.available[p, s]):
                        continue
                    column = self._column(size, int(step == _GAP and phase == _BUSY))
                    leaving.append(column)
                    into[after, step].append(column)
                    if step == _BUSY:
                        busy[s].append(column)
                if s == 0:
                    self._row([(column, 1) for column in leaving], size, equal=True)
                else:
                    self._row([*arriving, *((column, -1) for column in leaving)], 0, equal=True)
            here = {state: [(column, 1) for column in columns] for state, columns in into.items()}
        ends: dict[int, list[int]] = defaultdict(list)
        for (used, phase), arriving in here.items():
            if phase == _GAP or used < least:
                self._row(arriving, 0, equal=True)
            else:
                ends[used] += [column for column, _ in arriving]
        return busy, ends

    def _tie(self, members: list[int], ends: dict[int, list[int]]) -> list[tuple[int, int]]:
        """Tie the walks of a group to the units that may vary; return the coverage earned as (column, points)."""
        p = members[0]
        if self.problem.delegates[p] > 1:
            # Busy slots do not tell meetings apart: let such a participant earn all that it could.
            most = self.problem.coverage[: int(self.most[p])].sum()
            return [(column, int(most)) for columns in ends.values() for column in columns]
        if self.varying[p]:
            meetings = [(column, -used) for used, columns in ends.items() for column in columns]
            self._row([*self.varying[p], *meetings], -int(self.least[p]), equal=True)
        earned = np.concatenate([[0], np.cumsum(self.problem.coverage)])
        worth = {used: int(earned[min(used, len(self.problem.coverage))]) for used in ends}
        return [(column, worth[used]) for used, columns in ends.items() for column in columns]

    def _meetings(self, members: list[int], columns: list[int]) -> list[int]:
        """Return columns that add up to the meetings of the group in a slot: more than one each with delegates."""
        delegates = min(int(self.problem.delegates[members[0]]), self.problem.participants)
        if delegates == 1 or not columns:
            return columns
        more = self._column(len(members) * (delegates - 1))
        self._row([(more, 1), *((column, 1 - delegates) for column in columns)], 0, equal=False)
        return [*columns, more]

    def _couple(self, busy: dict[tuple[int, int], list[int]]) -> None:
        self.coupled = any(busy.values())
        on_site = bool((self.problem.table_type != NO_TABLE).all())
        for s in range(self.problem.slots):
            one, other = ([(column, 1) for column in busy[side, s]] for side in (0, 1))
            if self.problem.sides is not None and (one or other):
                self._row([*one, *((column, -1) for column, _ in other)], 0, equal=True)
            if self.problem.tables and on_site and one:
                seats = self.problem.tables if self.problem.sides is not None else 2 * self.problem.tables
                self._row(one, seats, equal=False)
