"""What the meetings of one slot share: tables and facilitators, as counted sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from scheduler.problem.problem import NO_TABLE, BoolArray, IntArray, Problem

# Counted sets beyond this make every move dear; features that overlap in all ways reach it, homes of tables do not.
_MOST_SETS = 200


@dataclass(frozen=True, slots=True)
class Resources:
    """What meetings of one slot share: ``uses`` bool [U, R], ``capacity`` int [R, S]."""

    uses: BoolArray
    capacity: IntArray


def resources_of(problem: Problem, units: IntArray) -> Resources | None:
    """Return the tables and facilitators that ``units`` share, as counted sets; ``None`` where these are too many.

    By Hall's theorem meetings find different tables exactly when, for every union of their types, those confined to
    it are at most as many as its tables. Unions that fall into parts without a table in common follow from their
    parts, and sets that can never be overfull say nothing: neither is counted. Cost: O(U) for each set.
    """
    columns: list[BoolArray] = []
    capacity: list[IntArray] = []
    types = problem.table_type[units]
    if problem.tables:
        used = [frozenset(problem.table_types[k]) for k in sorted(set(types.tolist()) - {NO_TABLE})]
        unions = connected_unions([frozenset(range(problem.tables)), *used])
        if unions is None:
            return None
        for places in sorted(unions, key=sorted):
            inside = [k for k, own in enumerate(problem.table_types) if set(own) <= places]
            using = np.isin(types, inside)
            if len(places) == problem.tables or _can_be_overfull(problem, units[using], len(places)):
                columns.append(using)
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


def connected_unions(sets: Sequence[frozenset[int]]) -> set[frozenset[int]] | None:
    """Return ``sets`` and all unions of those that hang together by common elements; ``None`` where too many."""
    found = dict.fromkeys(sets)
    waiting = list(found)
    while waiting:
        one = waiting.pop()
        for other in sets:
            union = one | other
            if one & other and union not in found:
                if len(found) >= _MOST_SETS:
                    return None
                found[union] = None
                waiting.append(union)
    return set(found)


def _can_be_overfull(problem: Problem, units: IntArray, tables: int) -> bool:
    """Return whether more than so many of ``units`` could be in one slot, participants alone being counted."""
    if len(units) <= tables:
        return False
    ends: Iterable[IntArray] = (problem.a[units], problem.b[units])
    for end in ends:
        people = np.unique(end)
        if int(problem.delegates[people].sum()) <= tables:
            return False
    return True
