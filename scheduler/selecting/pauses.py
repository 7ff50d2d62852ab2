"""How many meetings a kind of participant can hold at most where everybody must pause: what tables and pauses allow.

Everybody can hold as many meetings as pauses leave, and each slot as many as there are tables. Both together allow
fewer: those who pause by the same rule are at work in the same slots, where tables are short, and not in others. With
the seats in use in each slot as variables that is a linear program of a few rows, whose optimum limits a sum of units.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scheduler.problem.problem import NO_TABLE, IntArray, Problem
from scheduler.selecting.relaxation import Relaxation

_ROUNDING = 1e-6


def relaxation_of(problem: Problem) -> Relaxation:
    """Return the relaxation of ``problem`` with those rows; where there are any, no proof can be written down.

    Cost: that of ``Relaxation.of``, and a linear program of S columns for each kind of participant.
    """
    relaxation = Relaxation.of(problem)
    for coefficients, limit in _pause_rows(problem):
        row = np.zeros(len(relaxation.worth), dtype=np.int64)
        row[: problem.units] = coefficients
        relaxation = relaxation.with_row(row, limit)
    return relaxation


def _pause_rows(problem: Problem) -> Iterator[tuple[IntArray, int]]:
    """Yield for each kind int [U], 1 for its meetings on site, and the most of them, where that says more."""
    if not problem.row_windows or not problem.tables:
        return
    kinds = [participant.kind for participant in problem.event.participants]
    on_site = problem.table_type != NO_TABLE
    for kind in sorted(set(kinds)):
        here = np.array([one == kind for one in kinds])
        meetings = on_site & (here[problem.a] | here[problem.b])
        most = _most_held(problem, np.flatnonzero(here)) if meetings.any() else 0
        known = min(int(problem.room[here].sum()), problem.tables * problem.slots)
        if meetings.any() and most < known:
            yield meetings.astype(np.int64), most


def _most_held(problem: Problem, people: IntArray) -> int:
    """Return how many meetings on site ``people`` can hold in all slots: one of their seats and a table for each."""
    from scipy import optimize

    seats = problem.available[people] * np.minimum(problem.delegates[people], problem.participants)[:, None]
    in_slot = np.minimum(seats.sum(axis=0), problem.tables)
    windows = np.zeros((len(problem.row_windows), problem.slots))
    limits = np.zeros(len(problem.row_windows))
    for k, window in enumerate(problem.row_windows):
        slots = list(window)
        windows[k, slots] = 1
        # Whoever is there for the whole window leaves one slot free; its seats are the same in each.
        limits[k] = (
            seats[:, slots].sum(axis=1)
            - np.where(problem.available[people][:, slots].all(axis=1), seats[:, slots].min(axis=1), 0)
        ).sum()
    found = optimize.linprog(
        -np.ones(problem.slots), A_ub=windows, b_ub=limits, bounds=np.column_stack([np.zeros(problem.slots), in_slot])
    )
    return int(np.floor(_ROUNDING - found.fun)) if found.status == 0 else int(in_slot.sum())
