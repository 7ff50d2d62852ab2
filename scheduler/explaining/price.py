"""What it costs to force one more meeting: the selection of greatest worth that holds it, changed as little as can be.

Slots are added up as in ``selecting``. Where the announced meetings are a minimum-cost flow, the best selection with
one more unit differs from them along a shortest path of the residual network (Ahuja, Magnanti, Orlin, *Network Flows*,
1993, ch. 9): one search gives the price of every partner of a participant. Elsewhere it is an integer program for
each partner. Whether the changed selection also finds its slots and tables is then tried (``chains``); where it
does not, a small event is solved again (``resolving``), and for a large one the price is only a limit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from scheduler.explaining.resolving import resolved
from scheduler.problem.placement import Placement
from scheduler.problem.problem import BoolArray, IntArray, Problem
from scheduler.selecting.network import FAR, Network, Residual
from scheduler.selecting.shapes import Order
from scheduler.slotting.chains import Chains

_LARGEST_COST = 2**60

# Tiers 1 and 2, the smaller the better: shortfall, and value below zero.
Worth = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Forced:
    """The change that a forced meeting brings: differences of tiers 1 and 2, announced units lost, new ones gained.

    ``gained`` leaves out the forced unit itself. Where ``exact``, a timetable with these meetings exists and none with
    the forced one is better; otherwise none is better than this, and perhaps none is as good.
    """

    shortfall: int
    value: int
    lost: IntArray
    gained: IntArray
    exact: bool


class Forcing:
    """Answers for one event and its announced timetable; what does not depend on the pair is computed once.

    Prices are differences to the best timetable. That is the announced one where no selection is better, or
    ``proven`` says that none is; otherwise a better one that was found, the announced one changed as little as can be.
    """

    def __init__(self, problem: Problem, announced: Placement, *, proven: bool = False) -> None:
        # Limits hold whatever tables those who stay seated get; what is placed is placed beside those they have.
        self.problem, self.standing = problem.widest, problem
        self.announced = announced
        self.proven = proven
        self._asked: tuple[int, dict[int, tuple[IntArray, IntArray] | None]] | None = None

    def cost(self, unit: int, asking: int) -> Forced | None:
        """Return what holding ``unit`` changes; ``None`` where the requirements leave no room for it.

        ``asking`` is one of its participants: all that it asks for is answered by one search.
        Cost: O(U) a step of the path on two-sided events where flow counts all that binds, else an integer program.
        """
        best = self._best
        if best.held[unit]:
            # Another timetable, better than the announced one, holds it.
            return self._told(best, best.worth, best.held, unit, exact=True)
        selection = self._selected(unit, asking)
        if selection is None:
            return None
        lost, added = np.flatnonzero(best.held & ~selection.held), np.flatnonzero(selection.held & ~best.held)
        if selection.optimal and best.placed(lost, added) is not None:
            return self._told(best, selection.limit, selection.held, unit, exact=True)
        resolution = resolved(self.problem, self._is_announced, unit)
        if resolution is None:
            # Nothing that is only added up can be better than what is proven best.
            limit = max(selection.limit, best.worth) if best.proven else selection.limit
            return self._told(best, limit, selection.held, unit, exact=False)
        if resolution.held is None:
            return None
        return self._told(best, _worth(self.problem, resolution.held), resolution.held, unit, exact=True)

    def _selected(self, unit: int, asking: int) -> _Selection | None:
        """Return the best selection that holds ``unit``, slots added up; ``None`` where there is none."""
        best = self._best
        if best.exchanges is None:
            return _by_program(self.problem, self._is_announced, unit)
        if self._asked is None or self._asked[0] != asking:
            self._asked = asking, best.exchanges.changes(asking)
        change = self._asked[1].get(unit)
        if change is None:
            return None
        lost, gained = change
        forced = best.held.copy()
        forced[lost] = False
        forced[[unit, *gained]] = True
        return _Selection(forced, _worth(self.problem, forced), optimal=True)

    def _told(self, best: _Best, limit: Worth, forced: BoolArray, unit: int, *, exact: bool) -> Forced:
        lost, added = np.flatnonzero(best.held & ~forced), np.flatnonzero(forced & ~best.held)
        # What a better timetable holds anyway is no change of this one's doing; nobody loses what was not announced.
        before = self._is_announced
        was = _worth(self.problem, before) if best.held[unit] else best.worth
        return Forced(
            shortfall=limit[0] - was[0],
            value=was[1] - limit[1],
            lost=lost[before[lost]],
            gained=added[(added != unit) & ~before[added]],
            exact=exact,
        )

    @cached_property
    def _is_announced(self) -> BoolArray:
        held: BoolArray = np.zeros(self.problem.units, dtype=np.bool_)
        held[self.announced.units] = True
        return held

    @cached_property
    def _best(self) -> _Best:
        """The best timetable known."""
        announced = _Best.of(self.standing, self.announced, self.proven)
        if announced.proven:
            return announced
        selection = _by_program(self.problem, self._is_announced, None)
        if selection is None or not selection.optimal:
            return announced
        lost = np.flatnonzero(announced.held & ~selection.held)
        added = np.flatnonzero(selection.held & ~announced.held)
        placed = announced.placed(lost, added)
        return announced if placed is None else _Best.of(self.standing, placed, proven=True)


@dataclass(frozen=True)
class _Best:
    """A timetable to compare with. ``exchanges`` are ``None`` where flow does not count all that binds.

    ``chains`` are the ways to change it; ``None`` where they do not apply.
    """

    held: BoolArray
    worth: Worth
    chains: Chains | None
    exchanges: _Exchanges | None
    proven: bool

    @staticmethod
    def of(standing: Problem, placement: Placement, proven: bool) -> _Best:
        problem = standing.widest
        held: BoolArray = np.zeros(problem.units, dtype=np.bool_)
        held[placement.units] = True
        exchanges = _Exchanges.of(problem, held) if problem.sides is not None else None
        # A selection that is no flow of least cost in its own network is better told by the program.
        if exchanges is not None and not exchanges.is_optimal():
            exchanges = None
        proven = proven or exchanges is not None
        return _Best(held, _worth(problem, held), Chains.into(standing, placement), exchanges, proven)

    def placed(self, lost: IntArray, added: IntArray) -> Placement | None:
        """Return the timetable with ``added`` instead of ``lost``; ``None``: not found."""
        return None if self.chains is None else self.chains.placed(lost, added)


def _worth(problem: Problem, held: BoolArray) -> Worth:
    units = np.flatnonzero(held)
    return problem.shortfall_of(units), -problem.value_of(units)


@dataclass(frozen=True, slots=True)
class _Selection:
    """A selection and the limit that the program proves of it: ``optimal`` where both are the same."""

    held: BoolArray
    limit: Worth
    optimal: bool


def _by_program(problem: Problem, announced: BoolArray, unit: int | None) -> _Selection | None:
    """Return the best selection that holds ``unit``, of equal ones one that keeps most of what was ``announced``.

    ``None`` where required meetings leave no room. Cost: an integer program, most of them linear already.
    """
    from scheduler.selecting.relaxation import Relaxation, maximise

    required = problem.required.copy()
    if unit is not None:
        required[unit] = True
    relaxation = Relaxation.of(replace(problem, required=required))
    # A meeting more that stays must weigh less than a point of value.
    order = Order.of(problem, int(announced.sum()))
    worth = relaxation.worth * order.value
    worth[: relaxation.count] += announced
    best = maximise(relaxation, relaxation.avoided * order.shortfall + worth)
    if best is None:
        return None
    avoided, rest = divmod(best.bound, order.shortfall)
    limit = int(problem.minimum.sum()) - avoided, -(rest // order.value)
    held = np.isin(np.arange(problem.units), relaxation.units_of(best.solution))
    return _Selection(held, limit, limit == _worth(problem, held))


@dataclass(frozen=True)
class _Exchanges:
    """What can take the place of what in a selection: its residual network, each arc dearer by a little.

    Of equal changes the shortest is taken, and no cycle is free. Required units cannot be given back.
    """

    network: Network
    residual: Residual

    @staticmethod
    def of(problem: Problem, held: BoolArray) -> _Exchanges | None:
        """Return the exchanges around ``held`` [U]; ``None`` where it is no flow, or costs exceed 64 bits."""
        # A path meets each node once at most: this is more than all the points of value on it can be.
        top = int(problem.score.max(initial=0)) + int(problem.coverage.max(initial=0)) + 1
        nodes = Network.most_nodes(problem)
        point = 2 * nodes * top
        if 2 * nodes * point * (nodes + 1) >= _LARGEST_COST:
            return None
        network = Network.of(problem, Order(point, 1))
        flow = network.flow_of(np.flatnonzero(held))
        if flow is None:
            return None
        residual = network.residual(flow)
        return _Exchanges(network, replace(residual, costs=residual.costs * (nodes + 1) + 1))

    def is_optimal(self) -> bool:
        """Return whether the selection is of least cost: its residual network has no negative cycle."""
        return self.residual.potentials() is not None

    def changes(self, asking: int) -> dict[int, tuple[IntArray, IntArray] | None]:
        """Return for each unit of ``asking`` that is not held what is lost and gained with it; ``None``: no way."""
        problem, sides, residual = self.network.problem, self.network.problem.sides, self.residual
        assert sides is not None
        P, right = problem.participants, bool(sides[asking])
        # A unit of somebody on the left closes a path that comes back to them, so arcs are followed backwards.
        tails, heads = (residual.tails, residual.heads) if right else (residual.heads, residual.tails)
        start = np.full(residual.nodes, FAR, dtype=np.int64)
        begin = asking + (P if right else 0)
        start[begin] = 0
        far = residual.distances(start, backwards=not right)
        assert far is not None
        tight = np.flatnonzero((far[tails] < FAR) & (far[heads] == far[tails] + residual.costs))
        into = np.full(residual.nodes, -1, dtype=np.int64)
        into[heads[tight]] = tight
        owner = self.network.owner[residual.arc]
        found: dict[int, tuple[IntArray, IntArray] | None] = {}
        for u in owner[(owner >= 0) & ~residual.gives].tolist():
            if asking not in (int(problem.a[u]), int(problem.b[u])):
                continue
            node = int(problem.a[u]) + int(problem.b[u]) - asking + (0 if right else P)
            if far[node] >= FAR:
                found[u] = None
                continue
            lost: list[int] = []
            gained: list[int] = []
            while node != begin:
                arc = int(into[node])
                if owner[arc] >= 0:
                    (lost if residual.gives[arc] else gained).append(int(owner[arc]))
                node = int(tails[arc])
            found[u] = np.array(sorted(lost), dtype=np.int64), np.array(sorted(gained), dtype=np.int64)
        return found
