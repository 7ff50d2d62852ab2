"""The optimal face: which units are held in every selection of the best value, and which only in some.

After the flow, an optimal selection differs from another only along cycles of cost zero in the residual network
(Ahuja, Magnanti, Orlin 1993, ch. 9): with potentials that leave no residual arc a negative reduced cost, only arcs
inside a strongly connected component of the arcs of reduced cost zero can change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from scheduler.problem.problem import NO_TABLE, IntArray, Problem
from scheduler.selecting.relaxation import Relaxation, loose_columns
from scheduler.selecting.select import shapes

# Rounds of Bellman–Ford after which the selection counts as not optimal; a few dozen do in practice.
_MOST_ROUNDS = 2_000


@dataclass(frozen=True, slots=True)
class Face:
    """Units held in every optimal selection, and units held in some; ascending positions, no unit in both."""

    always: IntArray
    sometimes: IntArray


def optimal_face(problem: Problem, units: IntArray) -> Face:
    """Return the face of ``units``, a selection that no other of the same shortfall beats in value.

    On two sides the network that counts only maxima and places decides wherever ``units`` is the best of it: the rules
    that it leaves out can but make the face smaller. Elsewhere units are fixed by their reduced costs in the linear
    program that counts all rules, and where neither says anything every unit but the required ones may change.
    Cost: O(A) for each round of Bellman–Ford over the A residual arcs, a few dozen rounds in practice, or one program.
    """
    if problem.required.all():
        return Face(units, np.zeros(0, dtype=np.int64))
    sometimes = _by_network(problem, units) if problem.sides is not None else None
    if sometimes is None:
        sometimes = _by_reduced_costs(problem, units)
    sometimes = sometimes[~problem.required[sometimes]]
    return Face(np.setdiff1d(units, sometimes), sometimes)


def _by_network(problem: Problem, units: IntArray) -> IntArray | None:
    """Return the units that may change; ``None`` where ``units`` is not seen to be optimal in the network."""
    tails, heads, costs, owners = _residual(problem, units)
    nodes = problem.participants + 3
    potential = np.zeros(nodes, dtype=np.int64)
    for _ in range(min(nodes, _MOST_ROUNDS)):
        reached = potential.copy()
        np.minimum.at(reached, heads, potential[tails] + costs)
        if (reached == potential).all():
            break
        potential = reached
    else:
        return None
    tight = costs + potential[tails] - potential[heads] == 0
    graph = sparse.csr_array((np.ones(int(tight.sum())), (tails[tight], heads[tight])), shape=(nodes, nodes))
    component = connected_components(graph, directed=True, connection="strong")[1]
    loose = tight & (component[tails] == component[heads]) & (owners >= 0)
    return np.unique(owners[loose])


def _by_reduced_costs(problem: Problem, units: IntArray) -> IntArray:
    """Return the units that may change, the others fixed as in Dantzig, Fulkerson and Johnson (1954)."""
    runs = [shapes(problem, p) for p in range(problem.participants)]
    shortfall = problem.shortfall_of(units)
    relaxation = Relaxation.of(problem, runs)
    if relaxation.avoided.any():
        relaxation = relaxation.with_row(-relaxation.avoided, shortfall - int(problem.minimum.sum()))
    loose = loose_columns(relaxation, relaxation.worth, problem.value_of(units))
    return np.flatnonzero(loose[: relaxation.count])


def _residual(problem: Problem, units: IntArray) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return tails, heads, costs and units (-1: none) of the residual arcs around the flow that ``units`` are."""
    sides = problem.sides
    assert sides is not None
    P, U = problem.participants, problem.units
    gate, source, sink = P, P + 1, P + 2
    held = np.zeros(U, dtype=np.bool_)
    held[units] = True
    left = np.where(sides[problem.a] == 0, problem.a, problem.b)
    right = problem.a + problem.b - left
    tails = [np.where(held, right, left)]
    heads = [np.where(held, left, right)]
    costs = [np.where(held, problem.score, -problem.score)]
    owners = [np.arange(U)]
    heavy = int(problem.score.sum()) + problem.coverage_of(problem.maximum) + 1
    degrees = problem.degrees(units)
    arcs: list[tuple[int, int, int]] = []
    for p in range(P):
        filled = int(degrees[p])
        outer, inner = (gate, p) if sides[p] == 0 else (p, sink)
        for length, avoided, earned in shapes(problem, p):
            worth = avoided * heavy + earned
            used = min(filled, length)
            filled -= used
            if used < length:
                arcs.append((outer, inner, -worth))
            if used > 0:
                arcs.append((inner, outer, worth))
    on_site = bool((problem.table_type != NO_TABLE).all())
    places = problem.tables * problem.slots if problem.tables and on_site else U
    if len(units) < min(places, U):
        arcs.append((source, gate, 0))
    if len(units):
        arcs.append((gate, source, 0))
    # The free way round all meetings, in both directions where it is used and where it has room.
    if len(units):
        arcs.append((source, sink, 0))
    if len(units) < U:
        arcs.append((sink, source, 0))
    more = np.array(arcs, dtype=np.int64).reshape(-1, 3)
    tails.append(more[:, 0])
    heads.append(more[:, 1])
    costs.append(more[:, 2])
    owners.append(np.full(len(more), -1, dtype=np.int64))
    return np.concatenate(tails), np.concatenate(heads), np.concatenate(costs), np.concatenate(owners)
