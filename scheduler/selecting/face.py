"""The optimal face: which units are held in every selection of the best value, and which only in some.

After the flow, an optimal selection differs from another only along cycles of cost zero in the residual network
(Ahuja, Magnanti, Orlin 1993, ch. 9): with potentials that leave no residual arc a negative reduced cost, only arcs
inside a strongly connected component of the arcs of reduced cost zero can change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from scheduler.format.proof import DualsProof
from scheduler.problem.problem import IntArray, Problem
from scheduler.selecting.bounds import Prices
from scheduler.selecting.network import Network
from scheduler.selecting.relaxation import Relaxation, loose_columns
from scheduler.selecting.shapes import Order

# Units up to which the linear program takes no more than seconds.
_LARGEST_PROGRAM = 20_000


@dataclass(frozen=True, slots=True)
class Face:
    """Units held in every optimal selection, and units held in some; ascending positions, no unit in both."""

    always: IntArray
    sometimes: IntArray
    _settle: Callable[[], DualsProof | None] = field(default=lambda: None, repr=False, compare=False)

    def settled(self) -> DualsProof | None:
        """Return why: weights of rows with which any change elsewhere would cost value; ``None`` where nothing says so.

        Required units need no reason. Cost: that of the face.
        """
        return self._settle()


def optimal_face(problem: Problem, units: IntArray) -> Face:
    """Return the face of ``units``, a selection that no other of the same shortfall beats in value.

    On two sides the network decides wherever ``units`` is the best of it: the rules that it leaves out can but make the
    face smaller. Elsewhere units are fixed by their reduced costs in the linear program that counts all rules, or, in
    large events, by the prices of the best flow; where nothing says anything all units but the required may change.
    Cost: O(A) for each round of Bellman–Ford over the A residual arcs, a few dozen rounds in practice, or one program.
    """
    problem = problem.widest
    if problem.required.all():
        return Face(units, np.zeros(0, dtype=np.int64))
    found = _by_network(problem, units) if problem.sides is not None else None
    if found is None and problem.units > _LARGEST_PROGRAM:
        found = by_prices(problem, units)
    sometimes, settle = found if found is not None else _by_reduced_costs(problem, units)
    sometimes = sometimes[~problem.required[sometimes]]
    return Face(np.setdiff1d(units, sometimes), sometimes, settle)


def _by_network(problem: Problem, units: IntArray) -> tuple[IntArray, Callable[[], DualsProof | None]] | None:
    """Return the units that may change, and why; ``None`` where ``units`` is not seen to be optimal in the network."""
    network = Network.of(problem)
    flow = network.flow_of(units)
    residual = None if flow is None else network.residual(flow)
    potential = None if residual is None else residual.potentials()
    if flow is None or residual is None or potential is None:
        return None
    owner = network.owner[residual.arc]
    changing, _ = residual.exchanges(potential)

    def settle() -> DualsProof | None:
        prices = Prices.around(network, flow, Order.of(problem).shortfall, strictly=True)
        return None if prices is None else prices.proof()

    return np.unique(owner[changing & (owner >= 0)]), settle


def by_prices(problem: Problem, units: IntArray) -> tuple[IntArray, Callable[[], DualsProof | None]] | None:
    """Return the units that may change, and why, by the prices of the best flow; ``None`` where there is none."""
    network = Network.of(problem)
    flow = network.best() if network.fits else None
    prices = None if flow is None else Prices.around(network, flow, Order.of(problem).shortfall)
    if prices is None:
        return None
    avoided = int(problem.minimum.sum()) - problem.shortfall_of(units)
    return network.units[prices.loose(Order(0, 1), avoided, problem.value_of(units))], prices.proof


def _by_reduced_costs(problem: Problem, units: IntArray) -> tuple[IntArray, Callable[[], DualsProof | None]]:
    """Return the units that may change, and why; the others fixed as in Dantzig, Fulkerson and Johnson (1954)."""
    relaxation = Relaxation.of(problem)
    if relaxation.avoided.any():
        relaxation = relaxation.with_shortfall(problem.shortfall_of(units), int(problem.minimum.sum()))
    loose, proof = loose_columns(relaxation, relaxation.worth, problem.value_of(units))
    return np.flatnonzero(loose[: relaxation.count]), lambda: proof
