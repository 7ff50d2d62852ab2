"""What a better timetable cannot hold: the reduced cost of each unit in the network of the selection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scheduler.problem.problem import BoolArray, IntArray, Problem
from scheduler.selecting.network import Network
from scheduler.selecting.shapes import Order


@dataclass(frozen=True, slots=True)
class Regret:
    """For each unit [U] what any selection that holds it loses at least, beside the best one of the network.

    ``ways`` is how often the network counts each meeting; ``lost`` and ``best``, the worth of its best selection, are
    counted so. Worth is value and, in the ``order``, shortfall avoided.
    """

    lost: IntArray
    best: int
    ways: int
    order: Order

    def possible(self, problem: Problem, units: IntArray) -> BoolArray:
        """Return bool [U]: what a timetable worth no less than ``units`` could hold, by weak duality. Cost: O(U)."""
        avoided = int(problem.minimum.sum()) - problem.shortfall_of(units)
        worth = avoided * self.order.shortfall + problem.value_of(units) * self.order.value
        return self.lost <= self.best - self.ways * worth


def regret_of(problem: Problem) -> Regret | None:
    """Return the regrets of all units; ``None`` where the flow does not apply.

    Cost: one minimum-cost flow and its potentials.
    """
    order = Order.of(problem)
    network = Network.of(problem, order)
    flow = network.best() if network.fits else None
    if flow is None:
        return None
    residual = network.residual(flow)
    potential = residual.potentials()
    assert potential is not None, "the flow is one of greatest worth"
    reduced = residual.costs + potential[residual.tails] - potential[residual.heads]
    owner = network.owner[residual.arc]
    holding = (owner >= 0) & ~residual.gives
    lost = np.zeros(problem.units, dtype=np.int64)
    np.add.at(lost, owner[holding], reduced[holding])
    return Regret(lost, int(network.points @ flow), 2 if network.doubled else 1, order)
