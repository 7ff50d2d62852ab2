"""From a selection in halves to a whole one, where meetings do not join two sides."""

from __future__ import annotations

import numpy as np

from scheduler.problem.problem import NO_TABLE, IntArray, Problem


def completed(problem: Problem, whole: IntArray, halves: IntArray) -> IntArray | None:
    """Return ``whole`` and what else fits: first of the units held by ``halves``, then of all, the dearest first.

    Somebody below the minimum goes before everybody else. ``None`` where ``whole`` itself is too much for somebody.
    Cost: O(U log U).
    """
    room = (problem.maximum - problem.degrees(whole)).tolist()
    if min(room, default=0) < 0:
        return None
    missing = (problem.minimum - problem.degrees(whole)).tolist()
    on_site = problem.table_type != NO_TABLE
    places = problem.tables * problem.slots if problem.tables else problem.units
    places -= int(on_site[whole].sum())
    chosen = set(whole.tolist())
    half = np.zeros(problem.units, dtype=np.bool_)
    half[halves] = True
    a, b = problem.a.tolist(), problem.b.tolist()
    order = np.lexsort((-problem.score, ~half)).tolist()
    for needed in (True, False):
        for u in order:
            p, q = a[u], b[u]
            if u in chosen or room[p] <= 0 or room[q] <= 0 or (on_site[u] and places <= 0):
                continue
            if needed and missing[p] <= 0 and missing[q] <= 0:
                continue
            chosen.add(u)
            places -= int(on_site[u])
            for end in (p, q):
                room[end] -= 1
                missing[end] -= 1
    return np.array(sorted(chosen), dtype=np.int64)
