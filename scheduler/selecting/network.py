"""Who meets whom as a flow, built once for all who ask: b-matching with parallel arcs of decreasing worth.

From the source through gates (``gates``) to the participants of one side, one arc for each run of meetings
(``shapes``); one arc for each unit; from the other side the same way to the sink, and a free way past all of it. On
two sides the optimum is integral (Ahuja, Magnanti, Orlin, *Network Flows*, 1993, ch. 9 and 12). Required units are
arcs that carry one in any case. Where there are no two sides every participant stands on both and every unit has two
arcs: half the optimum of this doubled network is a bound, half its flow a selection in halves.

The residual network answers what can be exchanged, and its potentials are a proof: with them no arc that has room
left pays, and they are the weights of rows that anybody can add up (``bounds``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from scheduler.problem.problem import BoolArray, IntArray, Problem
from scheduler.selecting.gates import MOST_GATES, Gate, gates_of
from scheduler.selecting.shapes import Order, Runs

# The flow code multiplies costs by the number of nodes, and sums of them must fit 64 bits.
_LARGEST_COST = 2**60
# Rounds of Bellman–Ford between two looks for a cycle that gets cheaper and cheaper.
_ROUNDS_BETWEEN = 16
# The distance of what cannot be reached.
FAR = 2**61


@dataclass(frozen=True)
class Network:
    """Arcs of one event, those of gates first, then of runs, of units, and the free way. N units, A arcs.

    Attributes
    ----------
    units : int [N], the units that have arcs.
    runs : the runs of meetings, and for each the participant's node on its side.
    gates : the gates that have an arc each, in that order.
    doors : int [2, P], the node before a participant's runs on the one side, and behind them on the other.
    tails, heads, low, high : int [A], the flow of an arc is at least ``low`` and at most ``high``.
    points : int [A], what one unit of flow is worth.
    doubled : whether everybody stands on both sides, so that flows and points count twice.
    """

    problem: Problem
    units: IntArray
    runs: Runs
    gates: tuple[Gate, ...]
    doors: IntArray
    tails: IntArray
    heads: IntArray
    low: IntArray
    high: IntArray
    points: IntArray
    doubled: bool

    @staticmethod
    def of(
        problem: Problem,
        order: Order | None = None,
        *,
        preferred: IntArray | None = None,
        units: IntArray | None = None,
        runs: Runs | None = None,
        gates: Sequence[Sequence[Gate]] | None = None,
    ) -> Network:
        """Return the network of ``problem``: of all units that find a slot and all runs, if not told.

        A unit is worth its score in the ``order`` and its points of ``preferred`` [U, at least 0]; ``gates`` are those
        of the two sides. Cost: O(U + P).
        """
        if preferred is None:
            preferred = np.zeros(problem.units, dtype=np.int64)
        if units is None:
            # A choice of tables for the seated may leave some without a slot.
            units = np.flatnonzero(problem.allowed.any(axis=1))
        order = order or Order.of(problem, int(preferred[units].sum()))
        runs = runs or Runs.of(problem)
        sides = problem.sides
        doubled = sides is None
        P = problem.participants
        everyone = np.ones(P, dtype=np.bool_)
        standing = [everyone, everyone] if sides is None else [sides == 0, sides == 1]
        if gates is None:
            first = gates_of(problem, standing[0])
            second = [gate for gate in gates_of(problem, standing[1]) if not _told(gate, first, standing[0])]
            gates = first, second
        doors = np.stack([_doors(P, side, gates) for side in (0, 1)])
        parts = [
            *(_gate_arcs(P, side, gates) for side in (0, 1)),
            *(_run_arcs(side, runs, standing[side], doors[side], order) for side in (0, 1)),
            _unit_arcs(problem, units, order, preferred),
        ]
        # The free way carries what no meeting does, and has room both ways whatever the meetings are.
        way = len(units) * (2 if doubled else 1) + 2
        parts.append(np.array([[2 * P], [2 * P + 1], [0], [way], [0]], dtype=np.int64))
        tails, heads, low, high, points = np.concatenate(parts, axis=1)
        every = (*gates[0], *gates[1])
        return Network(problem, units, runs, every, doors, tails, heads, low, high, points, doubled)

    def with_order(self, order: Order) -> Network:
        """Return this network with worths by ``order``, without preferences."""
        runs, sides, ways = self.runs, self.problem.sides, 2 if self.doubled else 1
        points = runs.avoided * order.shortfall + runs.earned * order.value
        sided = [points, points] if sides is None else [points[sides[runs.participant] == side] for side in (0, 1)]
        scores = np.tile(self.problem.score[self.units] * order.value, ways)
        zeros = np.zeros(len(self.gates), dtype=np.int64)
        return replace(self, points=np.concatenate([zeros, *sided, scores, [0]]))

    @staticmethod
    def most_nodes(problem: Problem) -> int:
        """Return a number of nodes that no network of ``problem`` goes beyond."""
        return 2 * (problem.participants + 1 + MOST_GATES)

    @property
    def nodes(self) -> int:
        return 2 * self.problem.participants + 2 + len(self.gates)

    @property
    def fits(self) -> bool:
        """Whether costs are small enough for the flow code."""
        return int(np.abs(self.points).max(initial=0)) * (self.nodes + 1) * 4 < _LARGEST_COST

    @property
    def _supply(self) -> int:
        """What goes from the source to the sink, one way or another: more than all meetings."""
        return int(self.high[-1]) - 1

    @cached_property
    def of_units(self) -> slice:
        """The arcs of units: one each, or all of one direction, then all of the other."""
        count = len(self.units) * (2 if self.doubled else 1)
        return slice(len(self.tails) - 1 - count, len(self.tails) - 1)

    @cached_property
    def owner(self) -> IntArray:
        """For each arc [A] its unit, -1 where it has none."""
        owner = np.full(len(self.tails), -1, dtype=np.int64)
        owner[self.of_units] = np.tile(self.units, 2 if self.doubled else 1)
        return owner

    def best(self) -> IntArray | None:
        """Return a flow [A] of greatest worth; ``None`` where required units find no room, or sums grow too large.

        Requires ``fits``. Cost: one minimum-cost flow.
        """
        # Loading it takes a moment that those who only read events do not pay.
        from ortools.graph.python import min_cost_flow

        source, sink = 2 * self.problem.participants, 2 * self.problem.participants + 1
        supply = np.zeros(self.nodes, dtype=np.int64)
        supply[source], supply[sink] = self._supply, -self._supply
        np.add.at(supply, self.heads, self.low)
        np.subtract.at(supply, self.tails, self.low)
        flow = min_cost_flow.SimpleMinCostFlow()
        arcs = flow.add_arcs_with_capacity_and_unit_cost(
            self.tails.astype(np.int32), self.heads.astype(np.int32), self.high - self.low, -self.points
        )
        flow.set_nodes_supplies(np.arange(self.nodes, dtype=np.int32), supply)
        if flow.solve() != flow.OPTIMAL:
            return None
        return np.asarray(flow.flows(arcs), dtype=np.int64) + self.low

    def held(self, flow: IntArray) -> IntArray:
        """Return the units that ``flow`` holds, ascending; of a doubled network those held both ways."""
        carried = self._carried(flow)
        held: IntArray = self.units[carried.min(axis=0) > 0]
        return held

    def halves(self, flow: IntArray) -> IntArray:
        """Return the units that ``flow`` of a doubled network holds one way only, ascending."""
        carried = self._carried(flow)
        half: IntArray = self.units[carried.min(axis=0) < carried.max(axis=0)]
        return half

    def _carried(self, flow: IntArray) -> IntArray:
        """Return what each unit carries [ways, N]."""
        return flow[self.of_units].reshape(2 if self.doubled else 1, len(self.units))

    def flow_of(self, units: IntArray) -> IntArray | None:
        """Return the flow [A] that the selection ``units`` is; ``None`` where a run or gate has no room for it.

        Requires two sides.
        """
        problem, sides = self.problem, self.problem.sides
        assert sides is not None
        flow = np.zeros(len(self.tails), dtype=np.int64)
        flow[self.of_units] = np.isin(self.units, units)
        degrees = problem.degrees(units)
        for g, gate in enumerate(self.gates):
            flow[g] = degrees[gate.members].sum()
        begin = len(self.gates)
        for side in (0, 1):
            mine = np.flatnonzero(sides[self.runs.participant] == side)
            people, length = self.runs.participant[mine], self.runs.length[mine]
            before = np.cumsum(length) - length
            first = np.searchsorted(people, people)
            flow[begin : begin + len(mine)] = np.clip(degrees[people] - (before - before[first]), 0, length)
            begin += len(mine)
        flow[-1] = self._supply - len(units)
        taken = int(flow[len(self.gates) : begin].sum())
        return flow if taken == 2 * len(units) and ((self.low <= flow) & (flow <= self.high)).all() else None

    def residual(self, flow: IntArray) -> Residual:
        """Return what ``flow`` leaves: arcs that can carry one more, and those that can give one back."""
        more, less = np.flatnonzero(flow < self.high), np.flatnonzero(flow > self.low)
        return Residual(
            nodes=self.nodes,
            tails=np.concatenate([self.tails[more], self.heads[less]]),
            heads=np.concatenate([self.heads[more], self.tails[less]]),
            costs=np.concatenate([-self.points[more], self.points[less]]),
            arc=np.concatenate([more, less]),
            gives=np.concatenate([np.zeros(len(more), dtype=np.bool_), np.ones(len(less), dtype=np.bool_)]),
        )


@dataclass(frozen=True)
class Residual:
    """The residual network of a flow. R arcs.

    ``arc`` int [R] is the arc of the network that each is of, ``gives`` bool [R] whether it gives flow back.
    """

    nodes: int
    tails: IntArray
    heads: IntArray
    costs: IntArray
    arc: IntArray
    gives: BoolArray

    def potentials(self) -> IntArray | None:
        """Return potentials [nodes] for which no arc has a negative reduced cost ``cost + tail - head``.

        ``None`` where there is none: the flow is not one of greatest worth.
        """
        return self.distances(np.zeros(self.nodes, dtype=np.int64))

    def exchanges(self, potential: IntArray) -> tuple[BoolArray, IntArray]:
        """Return bool [R]: which arcs are on a cycle that costs nothing, and int [nodes]: levels from 0 up.

        Only along such cycles does another flow of greatest worth differ. Levels fall along every other arc of reduced
        cost 0.
        """
        from scipy import sparse
        from scipy.sparse.csgraph import connected_components

        tight = self.costs + potential[self.tails] - potential[self.heads] == 0
        tails, heads = self.tails[tight], self.heads[tight]
        graph = sparse.csr_array((np.ones(len(tails)), (tails, heads)), shape=(self.nodes, self.nodes))
        component = connected_components(graph, directed=True, connection="strong")[1]
        apart = component[tails] != component[heads]
        above, below = component[tails[apart]], component[heads[apart]]
        level = np.zeros(self.nodes, dtype=np.int64)
        while (level[above] <= level[below]).any():
            np.maximum.at(level, above, level[below] + 1)
        return tight & (component[self.tails] == component[self.heads]), level[component]

    def strict_potentials(self) -> tuple[IntArray | None, int]:
        """Return potentials times the integer beside them, for which only arcs that can be exchanged cost 0.

        So they say of every other arc that it carries the same in every best flow. ``None`` as above.
        """
        potential = self.potentials()
        if potential is None:
            return None, 1
        _, level = self.exchanges(potential)
        times = int(level.max(initial=0)) + 1
        return times * potential + level, times

    def distances(self, start: IntArray, *, backwards: bool = False) -> IntArray | None:
        """Return the shortest distances from ``start`` (``FAR`` where not begun) by Bellman's and Ford's method.

        ``None`` where a cycle of negative cost can be reached. Cost: O(R) a round, as many rounds as the longest of
        the shortest paths has arcs, a few dozen in practice.
        """
        tails, heads = (self.heads, self.tails) if backwards else (self.tails, self.heads)
        order = np.argsort(heads, kind="stable")
        tails, heads, costs = tails[order], heads[order], self.costs[order]
        reached, starts = np.unique(heads, return_index=True)
        far = start.copy()
        if not len(heads):
            return far
        into = np.full(self.nodes, -1, dtype=np.int64)
        for turn in range(1, self.nodes + 2):
            offered = far[tails] + costs
            nearest = np.minimum.reduceat(offered, starts)
            # An offer from a node that is not reached yet is none.
            better = nearest < np.minimum(far[reached], FAR // 2)
            if not better.any():
                return far
            gaining = np.zeros(self.nodes, dtype=np.bool_)
            gaining[reached[better]] = True
            far[reached[better]] = nearest[better]
            arcs = np.flatnonzero(gaining[heads] & (offered == far[heads]))
            into[heads[arcs]] = tails[arcs]
            if turn % _ROUNDS_BETWEEN == 0 and _has_cycle(into):
                return None
        return None


def _has_cycle(into: IntArray) -> bool:
    """Return whether following ``into`` (-1: the end) from somewhere never ends; such a cycle is negative."""
    nodes = len(into)
    jump = np.where(into < 0, nodes, into)
    jump = np.append(jump, nodes)
    for _ in range(nodes.bit_length() + 1):
        jump = jump[jump]
    return bool((jump < nodes).any())


def _told(gate: Gate, others: Sequence[Gate], side: BoolArray) -> bool:
    """Return whether a gate of the other ``side`` says the same for everybody there."""
    return any(gate.row == other.row and other.members[side].all() for other in others)


def _node(P: int, side: int, number: int, gates: Sequence[Sequence[Gate]]) -> int:
    """Return the node of the gate of that ``number`` on a side."""
    return 2 * P + 2 + number + (len(gates[0]) if side else 0)


def _doors(P: int, side: int, gates: Sequence[Sequence[Gate]]) -> IntArray:
    """Return for each participant [P] the node of its innermost gate, or the source or sink."""
    door = np.full(P, 2 * P + side, dtype=np.int64)
    for g, gate in enumerate(gates[side]):
        door[gate.members] = _node(P, side, g, gates)
    return door


def _gate_arcs(P: int, side: int, gates: Sequence[Sequence[Gate]]) -> IntArray:
    """Return the arcs (rows tails, heads, low, high, points) that lead into the gates of a side, or out of them."""
    arcs = []
    for g, gate in enumerate(gates[side]):
        wider = [k for k in range(g) if not (gate.members & ~gates[side][k].members).any()]
        ends = (_node(P, side, wider[-1], gates) if wider else 2 * P + side, _node(P, side, g, gates))
        arcs.append((*(ends if side == 0 else ends[::-1]), 0, gate.room, 0))
    return np.array(arcs, dtype=np.int64).reshape(-1, 5).T


def _run_arcs(side: int, runs: Runs, standing: BoolArray, doors: IntArray, order: Order) -> IntArray:
    """Return the arcs of the runs of those ``standing`` on a side."""
    mine = standing[runs.participant]
    people = runs.participant[mine]
    points = runs.avoided[mine] * order.shortfall + runs.earned[mine] * order.value
    outer, inner = doors[people], people + side * len(standing)
    ends = (outer, inner) if side == 0 else (inner, outer)
    return np.stack([*ends, np.zeros_like(people), runs.length[mine], points])


def _unit_arcs(problem: Problem, units: IntArray, order: Order, preferred: IntArray) -> IntArray:
    P, sides = problem.participants, problem.sides
    a, b = problem.a[units], problem.b[units]
    low = problem.required[units].astype(np.int64)
    points = problem.score[units] * order.value + preferred[units]
    ones = np.ones_like(low)
    if sides is None:
        both = np.concatenate([a, b]), np.concatenate([b, a]) + P
        return np.stack([*both, *(np.tile(row, 2) for row in (low, ones, points))])
    left = np.where(sides[a] == 0, a, b)
    return np.stack([left, a + b - left + P, low, ones, points])
