"""Participants put together who keep to the same: one group of the master program has one column a pattern."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scheduler.breaks.duties import Duties, duties_of
from scheduler.problem.problem import NO_TABLE, BoolArray, IntArray, Problem
from scheduler.selecting.face import Face

# Groups up to which it is worth telling participants apart by when their partners are there, besides those who vary.
_MANY_GROUPS = 400


@dataclass(frozen=True, slots=True)
class Groups:
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
    def of(problem: Problem, face: Face) -> Groups:
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
        return Groups(
            duties=duties.of(first),
            members=np.split(meeting[np.argsort(inverse.ravel(), kind="stable")], np.cumsum(sizes)[:-1]),
            sizes=sizes,
            first=first,
            group_of=group_of,
            open=varying[first],
            in_balance=np.where(side[first] == 0, 1, -1) * int(problem.sides is not None),
            in_tables=on_site * int(counted),
        )
