"""The event as one model of Booleans and linear rows, as a textbook would write it; several solvers take it.

Shortfall, value and breaks are three objectives, to be optimised one after the other. (Idle slots and table moves are
left out, which makes the model easier: the measurements do not compare them.)
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from scheduler.problem.capacities import resources_of
from scheduler.problem.placement import Placement
from scheduler.problem.problem import BoolArray, IntArray, Problem
from tests.benchmarks.alternatives.answers import in_order

OBJECTIVES = ("shortfall", "value", "breaks")
# What no row reaches: a side of it without limit.
NO_LIMIT = 1 << 40


@dataclass(frozen=True)
class PlainModel:
    """Columns are Booleans; the first ones stand for a unit in a slot.

    Attributes
    ----------
    units, slots : int [X], what the first X columns decide.
    matrix : int [R, C], sparse by rows; ``low <= matrix @ x <= high``, int [R] each.
    objectives : for each of ``OBJECTIVES`` the coefficients, int [C], to be minimised.
    """

    units: IntArray
    slots: IntArray
    matrix: sparse.csr_array
    low: IntArray
    high: IntArray
    objectives: dict[str, IntArray]

    def placement(self, held: BoolArray) -> Placement:
        """Return what the columns ``held``, bool [C], stand for."""
        chosen = np.flatnonzero(held[: len(self.units)])
        return in_order(self.units[chosen].tolist(), self.slots[chosen].tolist())


@dataclass
class _Rows:
    count: int = 0
    entries: list[tuple[IntArray, IntArray, IntArray]] = field(default_factory=list)
    lows: list[IntArray] = field(default_factory=list)
    highs: list[IntArray] = field(default_factory=list)

    def add(self, terms: list[tuple[IntArray, IntArray, int]], low: IntArray, high: IntArray) -> None:
        """Add ``len(low)`` rows; each term says for some rows (counted from here) a column and its coefficient."""
        for row, column, value in terms:
            self.entries.append((row + self.count, column, np.full(len(row), value, dtype=np.int64)))
        self.lows.append(np.broadcast_to(low, low.shape).astype(np.int64))
        self.highs.append(np.asarray(high, dtype=np.int64))
        self.count += len(low)

    def at_most(self, row: IntArray, column: IntArray, high: IntArray, low: IntArray | None = None) -> None:
        self.add([(row, column, 1)], np.zeros_like(high) if low is None else low, high)

    def line(self, low: int, high: int, *terms: tuple[IntArray, int]) -> None:
        """Add one row for each entry of the columns of the terms."""
        size = len(terms[0][0])
        rows = np.arange(size)
        self.add([(rows, column, value) for column, value in terms], np.full(size, low), np.full(size, high))


def plain_model(problem: Problem) -> PlainModel:
    """Return the model of ``problem``. Size: one column for each unit and slot, three for each participant and slot.

    Raises ``ValueError`` where tables are of too many types to be counted.
    """
    units, slots = (array.astype(np.int64) for array in np.nonzero(problem.allowed))
    x = np.arange(len(units))
    rows = _Rows()
    seats = _choice(problem, units, slots, x, rows)
    shape = (problem.participants, problem.slots)
    at = np.arange(shape[0] * shape[1]).reshape(shape)
    busy, started, ended = (len(x) + k * at.size + at for k in range(3))
    width = len(x) + 3 * at.size
    _presence(problem, x, seats, busy, rows)
    _pauses(problem, busy, rows)
    _breaks(problem, busy, started, ended, rows)
    width = _alike(problem, ended, width, rows)
    mine = np.concatenate([problem.a[units], problem.b[units]])
    twice = np.concatenate([x, x])
    steps, missing, width = _bonuses(problem, mine, twice, width, rows)

    objectives = {name: np.zeros(width, dtype=np.int64) for name in OBJECTIVES}
    objectives["value"][x] = -problem.score[units]
    for k, points in enumerate(problem.coverage.tolist()):
        objectives["value"][steps[:, k]] = -points
    objectives["shortfall"][missing] = 1
    objectives["breaks"][ended.ravel()] = 1
    parts = [np.concatenate([entry[k] for entry in rows.entries]) for k in range(3)]
    matrix = sparse.csr_array((parts[2], (parts[0], parts[1])), shape=(rows.count, width))
    low, high = np.concatenate(rows.lows), np.concatenate(rows.highs)
    return PlainModel(units, slots, matrix, low, high, objectives)


def _choice(problem: Problem, units: IntArray, slots: IntArray, x: IntArray, rows: _Rows) -> IntArray:
    """Add who may meet, how often and with what; return the seat (participant, slot) of each column, int [2 X]."""
    ones = np.ones(problem.units, dtype=np.int64)
    rows.at_most(units, x, ones, problem.required.astype(np.int64))
    ends = np.concatenate([problem.a[units], problem.b[units]])
    twice = np.concatenate([x, x])
    seats = ends * problem.slots + np.concatenate([slots, slots])
    rows.at_most(seats, twice, np.repeat(problem.delegates, problem.slots))
    rows.at_most(ends, twice, problem.maximum)
    resources = resources_of(problem, np.arange(problem.units))
    if resources is None:
        raise ValueError("tables of too many types")
    for r in range(len(resources.capacity)):
        using = resources.uses[units, r]
        rows.at_most(slots[using], x[using], resources.capacity[r])
    for group in problem.twins:
        among = np.isin(units, group)
        rows.at_most(slots[among], x[among], np.ones(problem.slots, dtype=np.int64))
    for later, earlier in problem.after:
        # Where the one is held by slot s, the other is not held from slot s on.
        for s in range(problem.slots):
            clash = x[((units == later) & (slots <= s)) | ((units == earlier) & (slots >= s))]
            rows.at_most(np.zeros(len(clash), dtype=np.int64), clash, np.ones(1, dtype=np.int64))
    return seats


def _presence(problem: Problem, x: IntArray, seats: IntArray, busy: IntArray, rows: _Rows) -> None:
    """Tie each participant's being busy in a slot to its meetings there."""
    twice, flat = np.concatenate([x, x]), busy.ravel()
    every = np.arange(len(flat))
    single = np.repeat(problem.delegates == 1, problem.slots)
    rows.add([(seats, twice, 1), (every, flat, -1)], np.zeros_like(flat), np.where(single, 0, NO_LIMIT))
    several = ~single[seats]
    rows.line(-NO_LIMIT, 0, (twice[several], 1), (flat[seats[several]], -1))


def _pauses(problem: Problem, busy: IntArray, rows: _Rows) -> None:
    """Leave every person a slot without a meeting in each row that would be too long. (Only one of a group is busy.)"""
    for window in problem.row_windows:
        slots = busy[:, list(window)]
        most = np.where(problem.person == np.arange(problem.participants), len(window) - 1, NO_LIMIT)
        rows.at_most(np.repeat(problem.person, len(window)), slots.ravel(), most)


def _breaks(problem: Problem, busy: IntArray, started: IntArray, ended: IntArray, rows: _Rows) -> None:
    """Say whether the day has begun for a participant, and whether a break ends: busy again after a free slot."""
    for s in range(problem.slots):
        now, begun, again = busy[:, s], started[:, s], ended[:, s]
        if s == 0 or problem.day[s] != problem.day[s - 1]:
            rows.line(0, 0, (begun, 1), (now, -1))
            rows.line(0, 0, (again, 1))
            continue
        before, last = started[:, s - 1], busy[:, s - 1]
        rows.line(0, NO_LIMIT, (begun, 1), (now, -1))
        rows.line(0, NO_LIMIT, (begun, 1), (before, -1))
        rows.line(-NO_LIMIT, 0, (begun, 1), (now, -1), (before, -1))
        rows.line(-1, NO_LIMIT, (again, 1), (now, -1), (last, 1), (before, -1))
        rows.line(-NO_LIMIT, 0, (again, 1), (now, -1))
        rows.line(-NO_LIMIT, 1, (again, 1), (last, 1))
        rows.line(-NO_LIMIT, 0, (again, 1), (before, -1))


def _alike(problem: Problem, ended: IntArray, width: int, rows: _Rows) -> int:
    """Keep the breaks of any two participants near each other, by counting the fewest; return the new width."""
    if problem.break_difference is None:
        return width
    fewest = width + np.arange((problem.slots + 1) // 2)
    everyone = np.arange(problem.participants)
    terms = [
        (np.repeat(everyone, problem.slots), ended.ravel(), 1),
        (np.repeat(everyone, len(fewest)), np.tile(fewest, len(everyone)), -1),
    ]
    zeros = np.zeros(len(everyone), dtype=np.int64)
    rows.add(terms, zeros, zeros + problem.break_difference)
    return width + len(fewest)


def _bonuses(
    problem: Problem, mine: IntArray, columns: IntArray, width: int, rows: _Rows
) -> tuple[IntArray, IntArray, int]:
    """Count the first meetings of each participant, and those that are missing to its minimum."""
    everyone = np.arange(problem.participants)
    steps = width + np.arange(len(everyone) * len(problem.coverage)).reshape(len(everyone), -1)
    width += steps.size
    owner = np.repeat(everyone, len(problem.coverage))
    zeros = np.zeros(len(everyone), dtype=np.int64)
    rows.add([(mine, columns, 1), (owner, steps.ravel(), -1)], zeros, zeros + NO_LIMIT)
    short = np.repeat(everyone, problem.minimum)
    missing = width + np.arange(len(short))
    rows.add([(mine, columns, 1), (short, missing, 1)], problem.minimum, zeros + NO_LIMIT)
    return steps, missing, width + len(missing)
