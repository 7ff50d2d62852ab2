"""What the meetings of one slot share: tables and facilitators, as counted sets."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from scheduler.problem.problem import NO_TABLE, BoolArray, IntArray, Problem

_MOST_RESOURCES = 40


@dataclass(frozen=True, slots=True)
class Resources:
    """What meetings of one slot share: ``uses`` bool [U, R], ``capacity`` int [R, S]."""

    uses: BoolArray
    capacity: IntArray


def resources_of(problem: Problem, units: IntArray) -> Resources | None:
    """Return the tables and facilitators that ``units`` share, as counted sets; ``None`` where these are too many.

    By Hall's theorem meetings find different tables exactly when, for every union of their types, those confined to
    it are at most as many as its tables.
    """
    columns: list[BoolArray] = []
    capacity: list[IntArray] = []
    types = problem.table_type[units]
    if problem.tables:
        used = [frozenset(problem.table_types[k]) for k in sorted(set(types.tolist()) - {NO_TABLE})]
        unions = {frozenset(range(problem.tables)), *used}
        for size in range(2, len(used) + 1):
            unions.update(frozenset().union(*group) for group in combinations(used, size))
            if len(unions) > _MOST_RESOURCES:
                return None
        for places in sorted(unions, key=sorted):
            inside = [k for k, own in enumerate(problem.table_types) if set(own) <= places]
            columns.append(np.isin(types, inside))
            capacity.append(np.full(problem.slots, len(places), dtype=np.int64))
    if problem.facilitated[units].any():
        columns.append(problem.facilitated[units])
        capacity.append(problem.free_facilitators)
    for members in problem.groups:
        # Who are one person can be in one place only.
        columns.append(np.isin(problem.a[units], members) | np.isin(problem.b[units], members))
        capacity.append(np.ones(problem.slots, dtype=np.int64))
    if not columns:
        columns, capacity = [np.ones(len(units), dtype=np.bool_)], [np.full(problem.slots, len(units), dtype=np.int64)]
    return Resources(np.stack(columns, axis=1), np.stack(capacity))
