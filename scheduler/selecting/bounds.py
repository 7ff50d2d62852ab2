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
from scheduler.problem.problem import IntArray
from scheduler.selecting.network import Network


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


def duals_of_flow(network: Network, flow: IntArray, shortfall_weight: int) -> DualsProof | None:
    """Return the potentials around ``flow`` as weights of rows; ``None`` where it is not of greatest worth.

    ``shortfall_weight`` is what the network counts for each shortfall avoided, where that is a row and no aim.
    Cost: Bellman–Ford, a few dozen rounds over the arcs.
    """
    potential = network.residual(flow).potentials()
    if potential is None:
        return None
    problem = network.problem
    P, sides = problem.participants, problem.sides
    # What a meeting must be worth to somebody, on either side, to be more than what is held already.
    prices = potential[:P] - potential[network.doors[0]], potential[network.doors[1]] - potential[P : 2 * P]
    price = prices[0] + prices[1] if sides is None else np.where(sides == 0, *prices)
    # In a doubled network every meeting counts twice.
    scale = 2 if network.doubled else 1
    gates = slice(len(network.gates))
    passing = potential[network.heads[gates]] - potential[network.tails[gates]]
    weights: list[tuple[Row, int]] = [(("shortfall",), scale * shortfall_weight)]
    weights += [(gate.row, gate.passes * weight) for gate, weight in zip(network.gates, passing.tolist(), strict=True)]
    for participant, weight in zip(problem.event.participants, price.tolist(), strict=True):
        weights.append((("meetings", participant.id), weight) if weight > 0 else (("turns", participant.id), -weight))
    return duals(scale, weights)
