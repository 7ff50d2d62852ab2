"""Who meets whom and at which tables the seated stay, chosen together: one small integer program.

Tables chosen first (``problem.staying``) rule out meetings that need another kind of table. Where features are scarce
that costs value, which the sums over slots do not see; here a class of like tables for each of the seated is a variable
beside the meetings, so that what is selected can be held where they stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scheduler.problem.problem import NO_TABLE, IntArray, Problem
from scheduler.problem.staying import Staying, staying_of, with_tables
from scheduler.selecting.pauses import relaxation_of
from scheduler.selecting.relaxation import FloatArray, Relaxation, maximise

# The columns of a row, their coefficients, and its limit.
ChoiceRow = tuple[IntArray, IntArray, int]
_HALF = 0.5
# Classes of so many tables are told apart where they are shared: more would be slow.
_FEW = 8


@dataclass(frozen=True)
class SeatedSelection:
    """``problem`` with tables of the seated chosen for ``units``.

    No schedule of no more than the shortfall asked for is worth more than ``value`` (``None``: not known).
    """

    problem: Problem
    units: IntArray
    value: int | None


def select_with_tables(
    problem: Problem, shortfall: int, time_limit: float, *, in_turns: bool
) -> SeatedSelection | None:
    """Return tables for the seated and a selection of no more than ``shortfall``, chosen together.

    The selection is one of the most value as far as sums over slots say. Each of the seated has a table of its own, or,
    ``in_turns``, shares one where all their meetings together are no more than slots. ``None`` where there is none,
    nothing to choose, or nothing was found within ``time_limit`` seconds.
    Cost: an integer program of a column for each unit and two for each of the seated at each class of tables.
    """
    problem = problem.widest
    if not len(problem.undecided):
        return None
    choices = _Choices(staying_of(problem), in_turns=in_turns)
    relaxation = relaxation_of(problem).with_shortfall(shortfall, int(problem.minimum.sum()))
    program = choices.added_to(relaxation)
    try:
        best = maximise(program, program.worth, time_limit)
    except TimeoutError:
        return None
    if best is None:
        return None
    units = relaxation.units_of(best.solution)
    # Who stays at one table for one day only may be elsewhere on the next.
    every = in_turns and not problem.day.any()
    return SeatedSelection(
        with_tables(problem, choices.tables_of(best.solution, units)), units, best.searched if every else None
    )


class _Choices:
    """The columns that a class of tables for each group of the seated adds to a relaxation, and their rows."""

    def __init__(self, staying: Staying, *, in_turns: bool) -> None:
        # Who share a few tables must be told who shares which.
        self.staying = staying.told_apart(_FEW) if in_turns else staying
        self.in_turns = in_turns
        groups, classes = self.staying.groups, range(len(self.staying.classes))
        self.columns = [(leader, k) for leader in groups for k in classes if self.staying.suits(leader, k)]

    def added_to(self, relaxation: Relaxation) -> Relaxation:
        """Return ``relaxation`` with a column for each choice, and (in turns) one for the meetings held there."""
        self.first = first = len(relaxation.worth)
        C = len(self.columns)
        most = np.ones(C * (1 + self.in_turns), dtype=np.int64)
        if self.in_turns:
            slots = self.staying.problem.slots
            most[C:] = [slots * len(self.staying.groups[leader]) for leader, _ in self.columns]
        of_group: dict[int, dict[int, int]] = {leader: {} for leader in self.staying.groups}
        for column, (leader, k) in enumerate(self.columns, first):
            of_group[leader][k] = column
        return relaxation.with_choices(most, [*self._rows(of_group), *self._room(of_group, C)])

    def _rows(self, of_group: dict[int, dict[int, int]]) -> Iterator[ChoiceRow]:
        """Yield rows: one class of tables for each group, and meetings only where the tables suit them."""
        problem = self.staying.problem
        for own in of_group.values():
            if own:
                yield _row([], list(own.values()), -1)
                yield _row(list(own.values()), [], 1)
        leader_of = {p: leader for leader, members in self.staying.groups.items() for p in members}
        for u in np.flatnonzero(problem.table_type != NO_TABLE).tolist():
            places = set(problem.table_types[problem.table_type[u]])
            for p in (int(problem.a[u]), int(problem.b[u])):
                if p in leader_of:
                    own = of_group[leader_of[p]]
                    here = [column for k, column in own.items() if self.staying.classes[k][0] in places]
                    if len(here) < len(own):
                        yield _row([u], here, 0)

    def _room(self, of_group: dict[int, dict[int, int]], C: int) -> Iterator[ChoiceRow]:
        """Yield rows: no more groups in a class than tables, or in turns no more meetings than these hold."""
        problem = self.staying.problem
        for k, tables in enumerate(self.staying.classes):
            here = [own[k] for own in of_group.values() if k in own]
            if len(here) > len(tables):
                if self.in_turns:
                    yield _row([column + C for column in here], [], len(tables) * problem.slots)
                else:
                    yield _row(here, [], len(tables))
        if not self.in_turns:
            return
        on_site = problem.table_type != NO_TABLE
        seated = np.zeros(problem.participants, dtype=np.bool_)
        seated[problem.undecided] = True
        for leader, own in of_group.items():
            members = self.staying.groups[leader]
            # A meeting of two who stay seated is counted once.
            counted = np.isin(problem.a, members) | (np.isin(problem.b, members) & ~seated[problem.a])
            meetings = np.flatnonzero(counted & on_site).tolist()
            yield _row(meetings, [column + C for column in own.values()], 0)
            most = problem.slots * len(self.staying.groups[leader])
            for column in own.values():
                yield np.array([column + C, column]), np.array([1, -most]), 0

    def tables_of(self, solution: FloatArray, units: IntArray) -> dict[int, frozenset[int]]:
        """Return the tables of the seated as ``solution`` has chosen them for ``units``."""
        chosen = solution[self.first : self.first + len(self.columns)] > _HALF
        taken = {leader: k for (leader, k), here in zip(self.columns, chosen, strict=True) if here}
        problem = self.staying.problem
        held = problem.degrees(units[problem.table_type[units] != NO_TABLE])
        load = {leader: int(held[self.staying.groups[leader]].sum()) for leader in taken}
        return self.staying.tables_of(taken, load)


def _row(plus: list[int], minus: list[int], limit: int) -> ChoiceRow:
    signs = np.concatenate([np.ones(len(plus), dtype=np.int64), -np.ones(len(minus), dtype=np.int64)])
    return np.array([*plus, *minus], dtype=np.int64), signs, limit
