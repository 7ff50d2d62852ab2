"""What a better timetable cannot hold, by reduced costs (Dantzig, Fulkerson and Johnson 1954).

Whatever program limits the worth of a timetable says for each unit what any timetable that holds it loses beside that
limit. Two programs do: the flow, which adds slots up (here), and the linear program slot by slot (``slotwise``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scheduler.problem.problem import BoolArray, IntArray, Problem
from scheduler.selecting.network import Network
from scheduler.selecting.shapes import Order


@dataclass(frozen=True, slots=True)
class Regret:
    """For each unit what any timetable that holds it loses at least, ``lost`` int [U], beside the worth ``best``.

    Both are in ``parts`` of a point. Worth is value and shortfall avoided as they count in the ``order``; nothing is
    known of timetables with more ``shortfall`` than that (``None``: any).
    """

    lost: IntArray
    best: int
    parts: int
    order: Order
    shortfall: int | None = None

    def possible(self, problem: Problem, units: IntArray) -> BoolArray:
        """Return bool [U]: what a timetable worth no less than ``units`` could hold, by weak duality. Cost: O(U)."""
        shortfall = problem.shortfall_of(units)
        if self.shortfall is not None and shortfall > self.shortfall:
            return np.ones(problem.units, dtype=np.bool_)
        avoided = int(problem.minimum.sum()) - shortfall
        worth = avoided * self.order.shortfall + problem.value_of(units) * self.order.value
        return self.lost <= self.best - self.parts * worth


def regret_by_flow(problem: Problem) -> Regret | None:
    """Return what the flow of the selection says of all units; ``None`` where the flow does not apply.

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
