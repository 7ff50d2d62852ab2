"""Open places beside meetings that stay: which new meetings could be held where, and the program that chooses.

A *place* is a unit in a slot. With the meetings that stay taken out, few places are open on the day of the event, so
a linear program with one column for each of them is small, counts every rule but the difference of breaks exactly,
and its dual proves the result (``selecting.relaxation``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from scheduler.problem.capacities import Resources
from scheduler.problem.placement import Placement
from scheduler.problem.problem import BoolArray, IntArray, Problem
from scheduler.selecting.matrix import Rows
from scheduler.selecting.relaxation import Relaxation
from scheduler.selecting.shapes import Order, shapes


@dataclass(frozen=True)
class OpenPlaces:
    """What the meetings of ``held`` leave free.

    Attributes
    ----------
    held : the meetings that stay, settled ones included.
    first : position of the first slot that is not settled.
    units, slots : int [L], the open places: held by nobody, with a seat for both participants and a table.
    free : int [P, S], the seats left to each participant.
    left : int [R, S], the tables and facilitators left, as counted sets.
    degree : int [P], the meetings that stay of each participant.
    """

    problem: Problem
    resources: Resources
    held: Placement
    first: int
    units: IntArray
    slots: IntArray
    free: IntArray
    left: IntArray
    degree: IntArray

    @staticmethod
    def beside(
        problem: Problem, resources: Resources, held: Placement, first: int, among: IntArray | None = None
    ) -> OpenPlaces:
        """Return what ``held`` leaves free, for the units ``among`` (``None``: all). Cost: O(U S) for these units."""
        free, left = left_free(problem, resources, held)
        degree = problem.degrees(held.units)
        waiting = np.ones(problem.units, dtype=np.bool_)
        waiting[held.units] = False
        full = degree >= problem.maximum
        waiting &= ~full[problem.a] & ~full[problem.b]
        among = np.flatnonzero(waiting) if among is None else among[waiting[among]]
        open_to = (free > 0) & problem.available
        places = problem.allowed[among] & open_to[problem.a[among]] & open_to[problem.b[among]]
        for r in range(len(left)):
            places[resources.uses[among, r]] &= left[r] > 0
        _keep_order(problem, held, among, places)
        _keep_pauses(problem, held, among, places)
        rows, slots = np.nonzero(places)
        return OpenPlaces(problem, resources, held, first, among[rows], slots, free, left, degree)

    @property
    def fits(self) -> bool:
        """Whether the meetings that stay respect every count, order and pair among themselves."""
        problem, held = self.problem, self.held
        slot = np.full(problem.units, -1, dtype=np.int64)
        slot[held.units] = held.slots
        ordered = all(
            slot[later] > slot[sooner] or min(slot[later], slot[sooner]) < 0 for later, sooner in problem.after
        )
        twins = all(_all_different([int(slot[u]) for u in group if slot[u] >= 0]) for group in problem.twins)
        return bool(
            ordered
            and twins
            and (self.free[:, self.first :] >= 0).all()
            and (self.left[:, self.first :] >= 0).all()
            and not self._rowed.any()
            and (self.degree <= problem.maximum).all()
        )

    @cached_property
    def meetings(self) -> IntArray:
        """How many of the meetings that stay each person has in a slot: int [P, S]."""
        return _meetings(self.problem, self.held)

    @property
    def _rowed(self) -> BoolArray:
        """For each person whether the meetings that stay leave it without a pause, not all of that being settled."""
        busy = self.meetings > 0
        found = np.zeros(len(busy), dtype=np.bool_)
        for window in self.problem.row_windows:
            if window[-1] >= self.first:
                found |= busy[:, list(window)].all(axis=1)
        return found

    @cached_property
    def required(self) -> IntArray:
        """The required units that are not held yet."""
        missing = self.problem.required.copy()
        missing[self.held.units] = False
        return np.flatnonzero(missing)

    @cached_property
    def candidates(self) -> IntArray:
        """The units with an open place, ascending."""
        return np.flatnonzero(np.bincount(self.units, minlength=self.problem.units))

    @cached_property
    def concerned(self) -> IntArray:
        """The participants with an open place, ascending."""
        return np.flatnonzero(self.problem.degrees(self.candidates))

    @cached_property
    def all_runs(self) -> list[tuple[int, int, int, int]]:
        """The ``runs`` of all participants with an open place, each with its participant before it."""
        return [(p, *run) for p in self.concerned.tolist() for run in self.runs(p)]

    @cached_property
    def heavy(self) -> int:
        """A weight for one meeting of shortfall avoided that outweighs all the value that could be added."""
        earned = sum(length * earned for _, length, _, earned in self.all_runs)
        return Order.over(int(self.problem.score[self.candidates].sum()) + earned).shortfall

    @cached_property
    def openings(self) -> IntArray:
        """For each participant [P] the seats that it has in slots with an open place of its own."""
        touched = np.zeros((self.problem.participants, self.problem.slots), dtype=np.bool_)
        touched[self.problem.a[self.units], self.slots] = True
        touched[self.problem.b[self.units], self.slots] = True
        room: IntArray = (np.maximum(self.free, 0) * touched).sum(axis=1)
        return room

    @property
    def hopeless(self) -> bool:
        """Whether a required unit that is not held has no open place."""
        return not bool(np.isin(self.required, self.units).all())

    def only(self, wanted: BoolArray) -> OpenPlaces:
        """Return these places with only the open places marked in ``wanted``."""
        return replace(self, units=self.units[wanted], slots=self.slots[wanted])

    def runs(self, p: int) -> list[tuple[int, int, int]]:
        """Return the worth of further meetings of ``p``, as ``selecting.shapes`` gives it for the first ones."""
        used, found = int(self.degree[p]), []
        for length, avoided, earned in shapes(self.problem, p):
            skipped = min(length, used)
            used -= skipped
            if length > skipped:
                found.append((length - skipped, avoided, earned))
        return found

    def with_held(self, more: Placement) -> OpenPlaces:
        """Return what is left free when ``more`` is held as well. Cost: O(U S)."""
        return OpenPlaces.beside(self.problem, self.resources, self.with_meetings(more.units, more.slots), self.first)

    def with_meetings(self, units: IntArray, slots: IntArray) -> Placement:
        """Return what stays together with new meetings."""
        return self.held.with_more(units, slots)

    def program(self, keep: BoolArray | None = None, least: int = 0) -> Relaxation:
        """Return the choice among the open places as an integer program, one column a place, then runs of meetings.

        At least ``least`` of the places marked in ``keep`` are taken. Its worth and shortfall avoided come on top of
        those of ``held``.
        """
        problem, L = self.problem, len(self.units)
        everyone, runs = self.concerned, self.all_runs
        several = self._places_of_several()
        width = L + len(runs) + len(several)
        rows = Rows()
        units, inverse, times = np.unique(self.units, return_inverse=True, return_counts=True)
        must = problem.required[units]
        rows.group(inverse, np.ones(len(units), dtype=np.int64), (times > 1) | must)
        rows.group(inverse, np.full(len(units), -1, dtype=np.int64), must, -1)
        ends = np.concatenate([problem.a[self.units], problem.b[self.units]])
        seat = ends * problem.slots + np.concatenate([self.slots, self.slots])
        seats, inverse, times = np.unique(seat, return_inverse=True, return_counts=True)
        room = self.free.ravel()[seats]
        rows.group(inverse, room, times > room, columns=np.tile(np.arange(L), 2))
        for r in range(len(self.left)):
            using = np.flatnonzero(self.resources.uses[self.units, r])
            slots, inverse, times = np.unique(self.slots[using], return_inverse=True, return_counts=True)
            rows.group(inverse, self.left[r][slots], times > self.left[r][slots], columns=using)
        of_run = np.array([p for p, *_ in runs], dtype=np.int64)
        for p in everyone.tolist():
            mine = np.flatnonzero((problem.a[self.units] == p) | (problem.b[self.units] == p))
            own = L + np.flatnonzero(of_run == p)
            columns = np.concatenate([mine, own])
            signs = np.concatenate([np.ones(len(mine), dtype=np.int64), -np.ones(len(own), dtype=np.int64)])
            rows.add(columns, signs, 0)
            rows.add(columns, -signs, 0)
        self._pair_rows(rows)
        self._pause_rows(rows, {seat: L + len(runs) + k for k, seat in enumerate(several)})
        if keep is not None:
            chosen = np.flatnonzero(keep)
            rows.add(chosen, -np.ones(len(chosen), dtype=np.int64), -least)
        matrix, limits = rows.built(width)
        zeros, beyond = np.zeros(L, dtype=np.int64), np.zeros(len(several), dtype=np.int64)
        return Relaxation(
            count=L,
            matrix=matrix,
            limits=limits,
            lower=np.zeros(width, dtype=np.int64),
            upper=np.concatenate([zeros + 1, np.array([run[1] for run in runs], dtype=np.int64), beyond + 1]),
            worth=np.concatenate(
                [problem.score[self.units], np.array([run[3] for run in runs], dtype=np.int64), beyond]
            ),
            avoided=np.concatenate([zeros, np.array([run[2] for run in runs], dtype=np.int64), beyond]),
        )

    def _places_of_several(self) -> list[tuple[int, int]]:
        """Return the slots of participants of several delegates in which they are free and may come to be busy.

        Where pauses are asked for, a slot counts once whatever the delegates: it needs a column of its own.
        """
        problem = self.problem
        if not problem.joins:
            return []
        ends = [(p, s) for end in (problem.a, problem.b) for p, s in zip(end[self.units], self.slots, strict=True)]
        return sorted(
            {(int(p), int(s)) for p, s in ends if problem.delegates[p] > 1 and not self.meetings[problem.person[p], s]}
        )

    def _pause_rows(self, rows: Rows, several: dict[tuple[int, int], int]) -> None:
        """Add that everybody has one slot of each window free; ``several`` are the columns of slots that count once."""
        problem = self.problem
        if not problem.joins:
            return
        at: dict[tuple[int, int], list[int]] = {}
        for k, (u, s) in enumerate(zip(self.units.tolist(), self.slots.tolist(), strict=True)):
            for p in (int(problem.a[u]), int(problem.b[u])):
                seat = int(problem.person[p]), s
                if seat in several:
                    rows.add(np.array([k, several[seat]]), np.array([1, -1]), 0)
                    at[seat] = [several[seat]]
                elif not self.meetings[seat]:
                    at.setdefault(seat, []).append(k)
        for p in sorted({p for p, _ in at}):
            for window in problem.row_windows:
                free = [s for s in window if not self.meetings[p, s]]
                if all((p, s) in at for s in free) and free:
                    columns = np.array([k for s in free for k in at[p, s]])
                    rows.add(columns, np.ones(len(columns), dtype=np.int64), len(free) - 1)

    def _pair_rows(self, rows: Rows) -> None:
        for clash in self.clashes():
            rows.add(np.array(clash), np.ones(len(clash), dtype=np.int64), 1)

    def clashes(self) -> Iterator[list[int]]:
        """Yield sets of places at most one of which may be taken: the order of meetings, and entries of one pair."""
        of_unit: dict[int, list[int]] = {}
        watched = {u for pair in self.problem.after for u in pair} | {u for group in self.problem.twins for u in group}
        for k in np.flatnonzero(np.isin(self.units, list(watched))).tolist() if watched else ():
            of_unit.setdefault(int(self.units[k]), []).append(k)
        for later, sooner in self.problem.after:
            for k in of_unit.get(later, ()):
                yield [k, *(m for m in of_unit.get(sooner, ()) if self.slots[m] >= self.slots[k])]
        for group in self.problem.twins:
            places = [k for u in group for k in of_unit.get(u, ())]
            for s in {int(self.slots[k]) for k in places}:
                yield [k for k in places if self.slots[k] == s]


def left_free(problem: Problem, resources: Resources, held: Placement) -> tuple[IntArray, IntArray]:
    """Return the seats [P, S] and the resources [R, S] that ``held`` leaves; less than 0 where it takes too many."""
    used = np.zeros((problem.participants, problem.slots), dtype=np.int64)
    np.add.at(used, (problem.a[held.units], held.slots), 1)
    np.add.at(used, (problem.b[held.units], held.slots), 1)
    left = resources.capacity.copy()
    for r in range(len(left)):
        left[r] -= np.bincount(held.slots[resources.uses[held.units, r]], minlength=problem.slots)
    return problem.delegates[:, None] - used, left


def _keep_order(problem: Problem, held: Placement, among: IntArray, places: BoolArray) -> None:
    """Take out the places that the order of meetings or another entry of the same pair rules out."""
    slot = np.full(problem.units, -1, dtype=np.int64)
    slot[held.units] = held.slots
    row = np.full(problem.units, -1, dtype=np.int64)
    row[among] = np.arange(len(among))
    for later, sooner in problem.after:
        if slot[sooner] >= 0 and row[later] >= 0:
            places[row[later], : slot[sooner] + 1] = False
        if slot[later] >= 0 and row[sooner] >= 0:
            places[row[sooner], slot[later] :] = False
    for group in problem.twins:
        for s in [int(slot[u]) for u in group if slot[u] >= 0]:
            places[[row[u] for u in group if row[u] >= 0], s] = False


def _meetings(problem: Problem, held: Placement) -> IntArray:
    found = np.zeros((problem.participants, problem.slots), dtype=np.int64)
    for ends in (problem.a, problem.b):
        np.add.at(found, (problem.person[ends[held.units]], held.slots), 1)
    return found


def _keep_pauses(problem: Problem, held: Placement, among: IntArray, places: BoolArray) -> None:
    """Take out the places that would leave somebody without a pause."""
    if not problem.row_windows:
        return
    busy = _meetings(problem, held) > 0
    for window in problem.row_windows:
        for s in window:
            tired = busy[:, [t for t in window if t != s]].all(axis=1) & ~busy[:, s]
            places[tired[problem.person[problem.a[among]]] | tired[problem.person[problem.b[among]]], s] = False


def _all_different(slots: list[int]) -> bool:
    return len(set(slots)) == len(slots)
