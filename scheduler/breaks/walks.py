"""A bound on breaks by busy patterns: forget who meets whom, keep when each participant can be busy.

Each participant walks a small network of (slot, meetings so far): busy or in a break; participants with equal degrees,
presence and duties share one integer flow. What couples them is that in every slot both sides are equally busy, and
no busier than there are tables. The linear relaxation of these flows is solved, and its duals evaluated in integers
(``relaxation.weak_duality_bound``), so the bound is proven whatever the rounding. Units that only some optimal
selections hold are columns of the same program, tied to the numbers of meetings of their participants and to the
value that must be kept; so the bound holds over the whole optimal face, and its solution says which selection to try.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from scipy import optimize, sparse

from scheduler.problem.problem import NO_TABLE, BoolArray, IntArray, Problem
from scheduler.selecting.face import Face
from scheduler.selecting.relaxation import FloatArray, weak_duality_bound

# Columns beyond which the program would take minutes; a slot and number of meetings leads on by about five steps.
_LARGEST = 250_000
_STEPS_A_STATE = 5
_DENOMINATORS = (1, 2, 3, 4, 6, 12, 60, 10**6)

Columns = dict[int, list[int]]
_State = TypeVar("_State")


@dataclass(frozen=True, slots=True)
class PatternBound:
    """``breaks``: no schedule on the face has fewer; ``leaning`` [units that may vary]: how far each is used for it."""

    breaks: int
    leaning: FloatArray


def solved(program: Program, time_limit: float) -> PatternBound | None:
    if not program.coupled:
        return None
    matrix, limits = program.matrix()
    upper = np.array(program.upper, dtype=np.int64)
    breaks = np.array(program.cost, dtype=np.int64)
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
    return PatternBound(max(0, -most), result.x[: len(program.face.sometimes)])


@dataclass(frozen=True, slots=True)
class _Duties:
    """What is known of the busy slots of a participant, whichever selection of the face is held.

    ``least`` and ``most`` int [S]: its busy slots up to and including each slot; ``there`` and ``must`` bool [S]:
    whether it can be busy in the slot, and whether it is.
    """

    least: IntArray
    most: IntArray
    there: BoolArray
    must: BoolArray

    @staticmethod
    def of(problem: Problem, p: int, always: IntArray, least: int, most: int) -> _Duties:
        """Return the duties of ``p``, who holds the units ``always`` and ``least`` to ``most`` meetings in all.

        Meetings confined to the slots up to some slot are held by then, those confined to later ones are not yet.
        """
        allowed, delegates = problem.allowed[always], int(problem.delegates[p])
        there = problem.available[p]
        room = np.cumsum(there)
        due = allowed[:, ::-1].argmax(axis=1) if len(always) else np.zeros(0, dtype=np.int64)
        slots = np.arange(problem.slots)
        over = (problem.slots - 1 - due[:, None] <= slots).sum(axis=0)
        later = (allowed.argmax(axis=1)[:, None] > slots).sum(axis=0)
        most_in_all = min(most, int(room[-1]))
        fewest = np.maximum(-(-over // delegates), -(-least // delegates) - (room[-1] - room))
        return _Duties(
            least=np.maximum(fewest, 0),
            most=np.minimum(np.minimum(room, most_in_all), most - later),
            there=there,
            must=allowed[allowed.sum(axis=1) == 1].any(axis=0),
        )

    @property
    def key(self) -> bytes:
        return b"".join(part.tobytes() for part in (self.least, self.most, self.there, self.must))

    def may(self, s: int, used: int, *, busy: bool) -> bool:
        """Return whether a walk may be busy, or not, in slot ``s`` with ``used`` busy slots up to there."""
        right = self.there[s] if busy else not self.must[s]
        return bool(right) and bool(self.least[s] <= used <= self.most[s])

    def may_rest(self, slots: Sequence[int], used: int) -> bool:
        """Return whether nothing need be held in any of ``slots``."""
        return all(self.may(s, used, busy=False) for s in slots)


@dataclass
class Program:
    """The flows of all groups and the rows that couple them; with ``windows`` only walks without a break."""

    problem: Problem
    face: Face
    value: int | None
    windows: bool
    upper: list[int] = field(default_factory=list)
    cost: list[int] = field(default_factory=list)
    # Columns of steps into a gap, and of steps within one.
    entering: list[int] = field(default_factory=list)
    staying: list[int] = field(default_factory=list)
    equal: list[bool] = field(default_factory=list)
    limits: list[int] = field(default_factory=list)
    entries: list[tuple[int, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        problem = self.problem
        self.coupled = False
        self.least = problem.degrees(self.face.always)
        self.most = np.minimum(self.least + problem.degrees(self.face.sometimes), problem.maximum)
        self.days = [np.flatnonzero(problem.day == day).tolist() for day in range(int(problem.day.max()) + 1)]
        self.varying: list[list[tuple[int, int]]] = [[] for _ in range(problem.participants)]
        worth: list[tuple[int, int]] = []
        for u in self.face.sometimes.tolist():
            column = self._column(1)
            worth.append((column, int(problem.score[u])))
            for p in (int(problem.a[u]), int(problem.b[u])):
                self.varying[p].append((column, 1))
        busy: dict[tuple[int, int], list[int]] = defaultdict(list)
        groups = list(self._groups())
        states = sum(problem.slots * int(self.most[members[0]]) for members, _, _ in groups)
        if not self.windows and _STEPS_A_STATE * states > _LARGEST:
            return
        for members, side, duties in groups:
            columns_of, ends = (self._windows if self.windows else self._walks)(len(members), duties)
            for slot, columns in columns_of.items():
                busy[side, slot] += self._meetings(members, columns)
            worth += self._tie(members, ends)
        self._couple(busy)
        if self.value is not None:
            settled = int(problem.score[self.face.always].sum())
            self._row([(column, -points) for column, points in worth], settled - self.value, equal=False)

    @property
    def columns(self) -> int:
        return len(self.upper)

    def matrix(self) -> tuple[sparse.csr_array, IntArray]:
        rows, columns, values = np.array(self.entries, dtype=np.int64).reshape(-1, 3).T
        shape = (len(self.limits), self.columns)
        return sparse.csr_array((values, (rows, columns)), shape=shape), np.array(self.limits, dtype=np.int64)

    def _groups(self) -> Iterator[tuple[list[int], int, _Duties]]:
        """Yield participants of equal degrees, delegates and duties with their side (0 where there are no sides)."""
        problem, sides = self.problem, self.problem.sides
        always = np.zeros(problem.units, dtype=np.bool_)
        always[self.face.always] = True
        groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
        duties: dict[int, _Duties] = {}
        for p in range(problem.participants):
            least, most = int(self.least[p]), int(self.most[p])
            if most:
                own = problem.units_of[p]
                duties[p] = _Duties.of(problem, p, own[always[own]], least, most)
                side = 0 if sides is None else int(sides[p])
                alone = p if self.varying[p] else -1
                groups[side, least, most, int(problem.delegates[p]), duties[p].key, alone].append(p)
        for members in groups.values():
            yield members, 0 if sides is None else int(sides[members[0]]), duties[members[0]]

    def at_most(self, breaks: int) -> None:
        """Let no more than ``breaks`` be, and count idle slots from now on."""
        self._row([(column, 1) for column in self.entering], breaks, equal=False)
        for column in self.staying:
            self.cost[column] = 1

    def _column(self, upper: int, cost: int = 0) -> int:
        self.upper.append(upper)
        self.cost.append(cost)
        return len(self.upper) - 1

    def _row(self, columns: Iterable[tuple[int, int]], limit: int, *, equal: bool) -> None:
        row = len(self.limits)
        self.limits.append(limit)
        self.equal.append(equal)
        self.entries += [(row, column, value) for column, value in columns]

    def _windows(self, size: int, duties: _Duties) -> tuple[Columns, Columns]:
        """Add one column for each run of slots in which a member could hold all its meetings on a single day.

        Returns as ``_walks`` does.
        """
        (slots,) = self.days
        busy: Columns = defaultdict(list)
        ends: Columns = defaultdict(list)
        for first in slots:
            for used, last in enumerate(slots[first:], 1):
                if not duties.may(last, used, busy=True):
                    break
                if duties.may_rest(slots[:first], 0) and duties.may_rest(slots[last + 1 :], used):
                    column = self._column(size)
                    ends[used].append(column)
                    for s in slots[first : last + 1]:
                        busy[s].append(column)
        if duties.may_rest(slots, 0):
            ends[0].append(self._column(size))
        self._row([(column, 1) for columns in ends.values() for column in columns], size, equal=True)
        return busy, ends

    def _walks(self, size: int, duties: _Duties) -> tuple[Columns, Columns]:
        """Add the network of one group.

        Returns for each slot the columns of the steps that make a member busy, and for each number of busy slots the
        columns that end a walk with it.
        """
        busy: Columns = defaultdict(list)
        here: Columns = {0: []}
        for day, slots in enumerate(self.days):
            over: Columns = defaultdict(list)
            # Columns that arrive at being busy, and at a break, by slot and busy slots up to there.
            meeting: dict[tuple[int, int], list[int]] = defaultdict(list)
            waiting: dict[tuple[int, int], list[int]] = defaultdict(list)

            for used, arriving in here.items():
                leaving = [
                    self._step(size, meeting, (s, used + 1))
                    for k, s in enumerate(slots)
                    if duties.may_rest(slots[:k], used) and duties.may(s, used + 1, busy=True)
                ]
                if duties.may_rest(slots, used):
                    leaving.append(self._step(size, over, used))
                self._pass_on(arriving, leaving, 0 if day else size)
            for k, s in enumerate(slots):
                follow, rest = slots[k + 1 : k + 2], slots[k + 1 :]
                for (_, used), arriving in [(state, part) for state, part in meeting.items() if state[0] == s]:
                    busy[s] += arriving
                    leaving = [
                        self._step(size, meeting, (t, used + 1)) for t in follow if duties.may(t, used + 1, busy=True)
                    ]
                    if len(rest) > 1 and duties.may(follow[0], used, busy=False):
                        leaving.append(self._step(size, waiting, (follow[0], used), cost=1))
                        self.entering.append(leaving[-1])
                    if duties.may_rest(rest, used):
                        leaving.append(self._step(size, over, used))
                    self._pass_on(arriving, leaving, 0)
                for (_, used), arriving in [(state, part) for state, part in waiting.items() if state[0] == s]:
                    leaving = [
                        self._step(size, meeting, (t, used + 1)) for t in follow if duties.may(t, used + 1, busy=True)
                    ]
                    if len(rest) > 1 and duties.may(follow[0], used, busy=False):
                        leaving.append(self._step(size, waiting, (follow[0], used)))
                        self.staying.append(leaving[-1])
                    self._pass_on(arriving, leaving, 0)
            here = over
        return busy, here

    def _step(self, size: int, to: dict[_State, list[int]], state: _State, cost: int = 0) -> int:
        column = self._column(size, cost)
        to[state].append(column)
        return column

    def _pass_on(self, arriving: Sequence[int], leaving: Sequence[int], size: int) -> None:
        """Let as many leave a node as arrive there, and ``size`` where it is the first."""
        self._row([*((column, 1) for column in leaving), *((column, -1) for column in arriving)], size, equal=True)

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


class MeetingProgram(Program):
    """One walk for each participant, and every meeting of a settled selection in its slots: larger and sharper."""

    def __post_init__(self) -> None:
        problem, units = self.problem, self.face.always
        self.coupled = True
        self.least = self.most = problem.degrees(units)
        self.days = [np.flatnonzero(problem.day == day).tolist() for day in range(int(problem.day.max()) + 1)]
        self.varying = [[] for _ in range(problem.participants)]
        seated: dict[int, list[int]] = defaultdict(list)
        held: dict[tuple[int, int], list[int]] = defaultdict(list)
        for u in units.tolist():
            places = {int(s): self._column(1) for s in np.flatnonzero(problem.allowed[u])}
            self._row([(column, 1) for column in places.values()], 1, equal=True)
            for s, column in places.items():
                held[int(problem.a[u]), s].append(column)
                held[int(problem.b[u]), s].append(column)
                if problem.table_type[u] != NO_TABLE:
                    seated[s].append(column)
        for columns in seated.values() if problem.tables else ():
            self._row([(column, 1) for column in columns], problem.tables, equal=False)
        for p in np.flatnonzero(self.least).tolist():
            own = np.intersect1d(problem.units_of[p], units)
            duties = _Duties.of(problem, p, own, int(self.least[p]), int(self.most[p]))
            busy, _ = self._walks(1, duties)
            for s in range(problem.slots):
                meetings = self._meetings([p], busy.get(s, []))
                self._row([*((c, 1) for c in meetings), *((c, -1) for c in held[p, s])], 0, equal=True)
