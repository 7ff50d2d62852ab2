"""Required meetings that counting alone refutes: too many of one participant, or of one resource, for their slots.

By Hall's theorem (*On representatives of subsets*, 1935) required meetings find their places exactly where every set
of them has as many places as members; the source side of a minimum cut is a set that has fewer.
"""

from __future__ import annotations

import numpy as np
from ortools.graph.python import max_flow

from scheduler.problem.capacities import resources_of
from scheduler.problem.problem import BoolArray, IntArray, Problem


def contradiction(problem: Problem) -> IntArray | None:
    """Return required units that cannot all be held, one more than there are places for; ``None``: not so proven.

    Cost: a maximum flow for each participant and each resource with more required meetings than one slot holds.
    """
    # Whatever tables are chosen for those who stay seated.
    problem = problem.widest
    # What has been held while a timetable is put right comes from no rule, and is not judged any more.
    required = np.flatnonzero(problem.required & (problem.rule >= 0))
    if not len(required):
        return None
    ends = np.concatenate([problem.a[required], problem.b[required]])
    for p in np.flatnonzero(np.bincount(ends, minlength=problem.participants) > 1).tolist():
        own: IntArray = required[(problem.a[required] == p) | (problem.b[required] == p)]
        most = int(problem.maximum[p])
        if len(own) > most:
            return own[: most + 1]
        found = crowded(problem.allowed[own], np.full(problem.slots, problem.delegates[p]))
        if found is not None:
            return own[found]
    resources = resources_of(problem, required)
    for r in range(len(resources.capacity) if resources is not None else 0):
        assert resources is not None
        using: IntArray = required[resources.uses[:, r]]
        found = crowded(problem.allowed[using], resources.capacity[r])
        if found is not None:
            return using[found]
    return None


def crowded(allowed: BoolArray, room: IntArray) -> IntArray | None:
    """Return rows of ``allowed`` [N, S] that are one too many for the ``room`` [S] of their slots; ``None``: all fit.

    Cost: a maximum flow over the distinct rows.
    """
    # Where each alone has room for all of them, all fit.
    if not len(allowed) or int((allowed @ room).min()) >= len(allowed):
        return None
    rows, of_row, count = np.unique(allowed, axis=0, return_inverse=True, return_counts=True)
    of_row = of_row.ravel()
    kinds, slots = np.nonzero(rows)
    K, S = rows.shape
    source, sink = K + S, K + S + 1
    flow = max_flow.SimpleMaxFlow()
    flow.add_arcs_with_capacity(
        np.concatenate([np.full(K, source), kinds, K + np.arange(S)]),
        np.concatenate([np.arange(K), K + slots, np.full(S, sink)]),
        np.concatenate([count, np.full(len(kinds), len(allowed)), room]),
    )
    flow.solve(source, sink)
    if flow.optimal_flow() == len(allowed):
        return None
    stuck = [k for k in flow.get_source_side_min_cut() if k < K]
    places = int(room[rows[stuck].any(axis=0)].sum())
    return np.flatnonzero(np.isin(of_row, stuck))[: places + 1]
