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

from scheduler.problem.problem import IntArray, Problem
from scheduler.selecting.network import Network
from scheduler.selecting.relaxation import Relaxation, loose_columns


@dataclass(frozen=True, slots=True)
class Face:
    """Units held in every optimal selection, and units held in some; ascending positions, no unit in both."""

    always: IntArray
    sometimes: IntArray


def optimal_face(problem: Problem, units: IntArray) -> Face:
    """Return the face of ``units``, a selection that no other of the same shortfall beats in value.

    On two sides the network decides wherever ``units`` is the best of it: the rules
    that it leaves out can but make the face smaller. Elsewhere units are fixed by their reduced costs in the linear
    program that counts all rules, and where neither says anything every unit but the required ones may change.
    Cost: O(A) for each round of Bellman–Ford over the A residual arcs, a few dozen rounds in practice, or one program.
    """
    problem = problem.widest
    if problem.required.all():
        return Face(units, np.zeros(0, dtype=np.int64))
    sometimes = _by_network(problem, units) if problem.sides is not None else None
    if sometimes is None:
        sometimes = _by_reduced_costs(problem, units)
    sometimes = sometimes[~problem.required[sometimes]]
    return Face(np.setdiff1d(units, sometimes), sometimes)


def _by_network(problem: Problem, units: IntArray) -> IntArray | None:
    """Return the units that may change; ``None`` where ``units`` is not seen to be optimal in the network."""
    network = Network.of(problem)
    flow = network.flow_of(units)
    residual = None if flow is None else network.residual(flow)
    potential = None if residual is None else residual.potentials()
    if residual is None or potential is None:
        return None
    tails, heads = residual.tails, residual.heads
    tight = residual.costs + potential[tails] - potential[heads] == 0
    shape = residual.nodes, residual.nodes
    graph = sparse.csr_array((np.ones(int(tight.sum())), (tails[tight], heads[tight])), shape=shape)
    component = connected_components(graph, directed=True, connection="strong")[1]
    owner = network.owner[residual.arc]
    return np.unique(owner[tight & (component[tails] == component[heads]) & (owner >= 0)])


def _by_reduced_costs(problem: Problem, units: IntArray) -> IntArray:
    """Return the units that may change, the others fixed as in Dantzig, Fulkerson and Johnson (1954)."""
    relaxation = Relaxation.of(problem)
    if relaxation.avoided.any():
        relaxation = relaxation.with_shortfall(problem.shortfall_of(units), int(problem.minimum.sum()))
    loose = loose_columns(relaxation, relaxation.worth, problem.value_of(units))
    return np.flatnonzero(loose[: relaxation.count])
