"""A proven limit and why it holds, made from what a flow or a linear program leaves behind.

The potentials of a flow of greatest worth, and the duals of a linear program, are weights of rows that every schedule
respects (``scheduler.format.proof``). They are worked out when somebody asks for them: the limit itself needs none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from scheduler.format.proof import DualsProof, Proof, Row, SearchProof, ZeroProof
from scheduler.problem.problem import BoolArray, IntArray
from scheduler.selecting.network import Network
from scheduler.selecting.shapes import Order


@dataclass(frozen=True)
class Bound:
    """No schedule goes beyond ``limit`` (``None``: none known); ``proof`` says why, ``None`` where nothing does."""

    limit: int | None
    _prove: Callable[[], Proof | None] = field(default=lambda: None, repr=False, compare=False)

    @cached_property
    def proof(self) -> Proof | None:
        """The proof, worked out when first asked for."""
        return self._prove()

    @staticmethod
    def natural() -> Bound:
        """Return the bound of 0 that needs no reason."""
        return Bound(0, ZeroProof)

    @staticmethod
    def by_search(limit: int, solver: str) -> Bound:
        """Return a bound that an exhaustive search by ``solver`` found."""
        return Bound(limit, lambda: SearchProof(solver=solver))


def proof_of(limit: int | None, bounds: Iterable[Bound]) -> Proof | None:
    """Return why ``limit`` holds: a proof of one of ``bounds`` with this limit, rather one that anybody can repeat.

    Cost: working out the proofs of these bounds.
    """
    proofs = [bound.proof for bound in bounds if bound.limit == limit is not None]
    return min((proof for proof in proofs if proof is not None), key=lambda proof: proof.by == "search", default=None)


def duals(denominator: int, weights: Iterable[tuple[Row, int]]) -> DualsProof:
    """Return a proof by these weights, those of equal rows added up and zeros left out."""
    total: Counter[Row] = Counter()
    for row, weight in weights:
        total[row] += weight
    return DualsProof(denominator=denominator, rows=tuple((row, weight) for row, weight in total.items() if weight))


@dataclass(frozen=True, slots=True)
class Prices:
    """The potentials of a flow as prices of what they belong to.

    ``of`` int [P]: what a meeting must be worth to a participant to be more than what is held already. ``gates`` int
    [gates], ``shortfall``: the same for what these rows count. All are times ``denominator``.
    """

    network: Network
    of: IntArray
    gates: IntArray
    shortfall: int
    denominator: int

    @staticmethod
    def around(network: Network, flow: IntArray, shortfall: int, *, strictly: bool = False) -> Prices | None:
        """Return the prices around ``flow``; ``None`` where it is not of greatest worth.

        ``shortfall`` is what the network counts for each shortfall avoided, where that is a row and no aim.
        ``strictly``: so that they also say which units every flow of greatest worth holds, and which none.
        Cost: Bellman–Ford, a few dozen rounds over the arcs.
        """
        residual = network.residual(flow)
        potential, times = residual.strict_potentials() if strictly else (residual.potentials(), 1)
        if potential is None:
            return None
        P, sides = network.problem.participants, network.problem.sides
        sided = potential[:P] - potential[network.doors[0]], potential[network.doors[1]] - potential[P : 2 * P]
        of = sided[0] + sided[1] if sides is None else np.where(sides == 0, *sided)
        arcs = slice(len(network.gates))
        # A gate that nobody passes may cost less than nothing, and then it need not count.
        passing = np.maximum(potential[network.heads[arcs]] - potential[network.tails[arcs]], 0)
        passes = np.array([gate.passes for gate in network.gates], dtype=np.int64)
        for gate, price in zip(network.gates, passing.tolist(), strict=True):
            # Meetings that pass and are not counted by the row pay as much to those whom they are held with.
            of[gate.beside] += price
        # In a doubled network every meeting counts twice.
        scale = 2 * times if network.doubled else times
        return Prices(network, of, passing * passes, shortfall * scale, scale)

    def limit(self, order: Order, missing: int) -> int:
        """Return a limit on the worth by ``order`` of schedules that avoid ``missing`` meetings of shortfall or more.

        That can be less than the flow is worth: a row counts others than those who pass its gate, too.
        """
        return self._total(self._reduced(order), order, missing) // self.denominator

    def loose(self, order: Order, missing: int, worth: int) -> BoolArray:
        """Return the network's units [N] that may be held or not in such schedules worth ``worth``; others are clear.

        Whoever holds one at a loss, or leaves out one at a gain, falls short of the limit by at least so much.
        """
        reduced = self._reduced(order)
        required = self.network.problem.required[self.network.units]
        left = self._total(reduced, order, missing) - self.denominator * worth
        return np.logical_and(np.abs(reduced) <= left, ~required)

    def _reduced(self, order: Order) -> IntArray:
        """Return what each unit [N] is worth beyond all prices, times the denominator."""
        problem, units = self.network.problem, self.network.units
        reduced: IntArray = self.denominator * order.value * problem.score[units]
        reduced = reduced - self.of[problem.a[units]] - self.of[problem.b[units]]
        for gate, price in zip(self.network.gates, self.gates.tolist(), strict=True):
            reduced = reduced - price * gate.units[units]
        return reduced

    def _total(self, reduced: IntArray, order: Order, missing: int) -> int:
        """Return the limit times the denominator: prices times limits, and what units and runs can still earn."""
        problem, runs, D = self.network.problem, self.network.runs, self.denominator
        total = -self.shortfall * missing
        total += sum(price * gate.limit for gate, price in zip(self.network.gates, self.gates.tolist(), strict=True))
        required = problem.required[self.network.units]
        total += int(reduced[required].sum()) + int(np.maximum(reduced[~required], 0).sum())
        points = D * (order.value * runs.earned + order.shortfall * runs.avoided) + self.shortfall * runs.avoided
        turns = runs.length * np.maximum(points + self.of[runs.participant], 0)
        return int(total + turns.sum())

    def proof(self) -> DualsProof:
        """Return the prices as weights of rows."""
        weights: list[tuple[Row, int]] = [(("shortfall",), self.shortfall)]
        weights += [(gate.row, price) for gate, price in zip(self.network.gates, self.gates.tolist(), strict=True)]
        for participant, price in zip(self.network.problem.event.participants, self.of.tolist(), strict=True):
            weights.append((("meetings", participant.id), price) if price > 0 else (("turns", participant.id), -price))
        return duals(self.denominator, weights)
