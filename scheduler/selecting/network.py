"""A selection by flow alone: participants, their coverage and minimums, and the places of all slots together.

It leaves out what else binds (times, kinds of tables, facilitators), so its worth is a limit, and where it can be
placed it is the best there is.
"""

from __future__ import annotations

import numpy as np
from ortools.graph.python import min_cost_flow

from scheduler.problem.problem import NO_TABLE, IntArray, Problem
from scheduler.selecting.select import shapes

# The flow code scales costs by the number of nodes within 64 bits.
_LARGEST_COST = 2**45


def flowing(problem: Problem, preferred: IntArray) -> IntArray | None:
    """Return the units of a flow of greatest worth, and of these one with most of ``preferred`` [U, at least 0].

    ``None`` where the meetings do not join two sides, numbers grow too large, or not all required ones are taken.
    Cost: one minimum-cost flow over U units.
    """
    sides = problem.sides
    if sides is None:
        return None
    P, U = problem.participants, problem.units
    scale = int(preferred.sum()) + 1
    # One meeting of shortfall outweighs all that the event can earn, one that is required all shortfall.
    point = (int(problem.score.sum()) + problem.coverage_of(problem.maximum) + 1) * scale
    must = point * (int(problem.minimum.sum()) + 1)
    if must * (int(problem.required.sum()) + 2) >= _LARGEST_COST:
        return None
    source, gate, sink = P, P + 1, P + 2
    seated = bool(problem.tables) and bool((problem.table_type != NO_TABLE).all())
    places = problem.tables * problem.slots if seated else U
    rows = [(source, gate, min(places, U), 0), (source, sink, U, 0)]
    for p in range(P):
        ends = (gate, p) if sides[p] == 0 else (p, sink)
        rows += [(*ends, length, -(avoided * point + earned * scale)) for length, avoided, earned in shapes(problem, p)]
    arcs = np.array(rows, dtype=np.int64)
    left = np.where(sides[problem.a] == 0, problem.a, problem.b)
    right = problem.a + problem.b - left
    flow = min_cost_flow.SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([arcs[:, 0], left]).astype(np.int32),
        np.concatenate([arcs[:, 1], right]).astype(np.int32),
        np.concatenate([arcs[:, 2], np.ones(U, dtype=np.int64)]),
        np.concatenate([arcs[:, 3], -(problem.score * scale + preferred + must * problem.required)]),
    )
    flow.set_node_supply(source, U)
    flow.set_node_supply(sink, -U)
    if flow.solve() != flow.OPTIMAL:
        return None
    units = np.flatnonzero(flow.flows(np.arange(len(arcs), len(arcs) + U)) > 0)
    return None if problem.required.sum() > problem.required[units].sum() else units
