"""The matching of one slot that holds the most urgent meetings."""

from __future__ import annotations

import numpy as np
from ortools.graph.python import min_cost_flow

from scheduler.problem.problem import NO_TABLE, IntArray, Problem

SCALE = 1000


def most_urgent(problem: Problem, left: IntArray, right: IntArray, units: IntArray, urgency: IntArray) -> IntArray:
    """Return positions of the units of a matching of greatest urgency that the delegates and tables can hold."""
    P = problem.participants
    source, seated, sink = P, P + 1, P + 2
    at_table = problem.table_type[units] != NO_TABLE
    limited = bool(problem.tables) and int(at_table.sum()) > problem.tables
    lefts, rights = np.unique(left), np.unique(right)
    flow = min_cost_flow.SimpleMinCostFlow()
    if limited:
        # The limit counts on-site meetings only; a mixed slot drops the least urgent of them afterwards.
        flow.add_arc_with_capacity_and_unit_cost(source, seated, problem.tables if at_table.all() else len(units), 0)
        entry = seated
    else:
        entry = source
    for p in lefts.tolist():
        flow.add_arc_with_capacity_and_unit_cost(entry, p, int(problem.delegates[p]), 0)
    for p in rights.tolist():
        flow.add_arc_with_capacity_and_unit_cost(p, sink, int(problem.delegates[p]), 0)
    first = flow.num_arcs()
    flow.add_arcs_with_capacity_and_unit_cost(
        left.astype(np.int32), right.astype(np.int32), np.ones(len(units), dtype=np.int64), -urgency
    )
    flow.add_arc_with_capacity_and_unit_cost(source, sink, len(units), 0)
    flow.set_node_supply(source, len(units))
    flow.set_node_supply(sink, -len(units))
    flow.solve()
    taken = np.flatnonzero(flow.flows(np.arange(first, first + len(units))) > 0)
    if limited and not at_table.all():
        seats = taken[at_table[taken]]
        dropped = seats[np.argsort(-urgency[seats], kind="stable")][problem.tables :]
        taken = np.setdiff1d(taken, dropped)
    return taken
