"""What it costs to force one more meeting: the selection of greatest worth that holds it, changed as little as can be.

Slots are added up as in ``selection``. Where the announced meetings are a minimum-cost flow, the best selection with
one more unit differs from them along a shortest path of the residual network (Ahuja, Magnanti, Orlin, *Network Flows*,
1993, ch. 9): one search gives the price of every partner of a participant. Elsewhere it is an integer program for
each partner. Whether the changed selection also finds its slots and tables is then tried (``inserting``); where it
does not, a small event is solved again (``resolving``), and for a large one the price is only a limit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from scheduler.explaining.resolving import resolved
from scheduler.problem.placement import Placement
from scheduler.problem.problem import NO_TABLE, BoolArray, IntArray, Problem
from scheduler.selecting.select import shapes
from scheduler.slotting.chains import Inserting

_LARGEST_COST = 2**60
_FAR = 2**61

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
        self.problem = problem
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
        if selection.optimal and best.inserting.placed(lost, added) is not None:
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
        if best.residual is None:
            return _by_program(self.problem, self._is_announced, unit)
        if self._asked is None or self._asked[0] != asking:
            self._asked = asking, best.residual.changes(asking)
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
        announced = _Best.of(self.problem, self.announced, self.proven)
        if announced.proven:
            return announced
        selection = _by_program(self.problem, self._is_announced, None)
        if selection is None or not selection.optimal:
            return announced
        lost = np.flatnonzero(announced.held & ~selection.held)
        added = np.flatnonzero(selection.held & ~announced.held)
        placed = announced.inserting.placed(lost, added)
        return announced if placed is None else _Best.of(self.problem, placed, proven=True)


@dataclass(frozen=True)
class _Best:
    """A timetable to compare with. ``residual`` is its network, ``None`` where flow does not count all that binds."""

    held: BoolArray
    worth: Worth
    inserting: Inserting
    residual: _Residual | None
    proven: bool

    @staticmethod
    def of(problem: Problem, placement: Placement, proven: bool) -> _Best:
        held: BoolArray = np.zeros(problem.units, dtype=np.bool_)
        held[placement.units] = True
        residual = None
        if problem.sides is not None and held[problem.required].all():
            residual = _Residual.of(problem, held)
        # A selection that is no flow of least cost in its own network is better told by the program.
        if residual is not None and not residual.is_optimal():
            residual = None
        proven = proven or residual is not None
        return _Best(held, _worth(problem, held), Inserting(problem, placement), residual, proven)


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
    runs = [shapes(problem, p) for p in range(problem.participants)]
    relaxation = Relaxation.of(replace(problem, required=required), runs)
    # A meeting more that stays must weigh less than a point of value.
    scale = int(announced.sum()) + 1
    worth = relaxation.worth * scale
    worth[: relaxation.count] += announced
    heavy = (int(problem.score.sum()) + problem.coverage_of(problem.maximum) + 1) * scale
    best = maximise(relaxation, relaxation.avoided * heavy + worth)
    if best is None:
        return None
    avoided, rest = divmod(best.bound, heavy)
    limit = int(problem.minimum.sum()) - avoided, -(rest // scale)
    held = np.isin(np.arange(problem.units), relaxation.units_of(best.solution))
    return _Selection(held, limit, limit == _worth(problem, held))


@dataclass(frozen=True)
class _Residual:
    """The residual network of a selection: arcs that can take one more, and those that can give one back.

    ``unit`` is the unit that an arc adds (its position) or takes back (``-1 -`` its position), a larger number than
    there are units for all other arcs. Costs hold tiers 1 and 2, required units above both, and one for each arc: of
    equal changes the shortest is taken, and no cycle is free.
    """

    problem: Problem
    tails: IntArray
    heads: IntArray
    costs: IntArray
    unit: IntArray
    nodes: int
    dear: int

    @staticmethod
    def of(problem: Problem, held: BoolArray) -> _Residual | None:
        """Return the network of ``selection`` with ``held`` [U] as its flow; ``None`` where costs exceed 64 bits."""
        sides = problem.sides
        assert sides is not None
        P, U = problem.participants, problem.units
        source, gate, sink = P, P + 1, P + 2
        nodes = P + 3
        # A path meets each node once at most: this is more than all its points of value, then shortfall, can be.
        top = int(problem.score.max(initial=0)) + int(problem.coverage.max(initial=0)) + 1
        point = 2 * nodes * top
        must = 2 * nodes * point
        if must * nodes * nodes >= _LARGEST_COST:
            return None
        degree = problem.degrees(np.flatnonzero(held))
        left = np.where(sides[problem.a] == 0, problem.a, problem.b)
        right = problem.a + problem.b - left
        arcs: list[tuple[int, int, int, int, int]] = []
        on_site = problem.table_type != NO_TABLE
        count = int(held.sum())
        places = problem.tables * problem.slots if problem.tables and on_site.all() else U
        arcs.append((source, gate, min(places, U), count, 0))
        arcs.append((source, sink, U, U - count, 0))
        for p in range(P):
            ends = (gate, p) if sides[p] == 0 else (p, sink)
            used = int(degree[p])
            for length, avoided, earned in shapes(problem, p):
                taken = min(length, used)
                used -= taken
                arcs.append((*ends, length, taken, -(avoided * point + earned)))
            if used:
                return None
        rows = np.array(arcs, dtype=np.int64)
        worth = problem.score + must * problem.required
        tails = np.concatenate([rows[:, 0], left])
        heads = np.concatenate([rows[:, 1], right])
        room = np.concatenate([rows[:, 2] - rows[:, 3], ~held])
        flow = np.concatenate([rows[:, 3], held])
        costs = np.concatenate([rows[:, 4], -worth])
        unit = np.concatenate([np.full(len(rows), U, dtype=np.int64), np.arange(U)])
        more, less = np.flatnonzero(room > 0), np.flatnonzero(flow > 0)
        back = np.where(unit[less] == U, U, -1 - unit[less])
        return _Residual(
            problem=problem,
            tails=np.concatenate([tails[more], heads[less]]),
            heads=np.concatenate([heads[more], tails[less]]),
            costs=np.concatenate([costs[more], -costs[less]]) * (nodes + 1) + 1,
            unit=np.concatenate([unit[more], back]),
            nodes=nodes,
            dear=must // 2 * (nodes + 1),
        )

    def is_optimal(self) -> bool:
        """Return whether the selection is of least cost: its residual network has no negative cycle."""
        return self._distances(np.zeros(self.nodes, dtype=np.int64), self.tails, self.heads) is not None

    def changes(self, asking: int) -> dict[int, tuple[IntArray, IntArray] | None]:
        """Return for each unit of ``asking`` that is not held what is lost and gained with it; ``None``: no way."""
        problem, sides = self.problem, self.problem.sides
        assert sides is not None
        # A unit of somebody on the left closes a path that comes back to them, so arcs are followed backwards.
        tails, heads = (self.tails, self.heads) if sides[asking] else (self.heads, self.tails)
        start = np.full(self.nodes, _FAR, dtype=np.int64)
        start[asking] = 0
        far = self._distances(start, tails, heads)
        assert far is not None
        reached = far[tails] < _FAR // 2
        tight = np.flatnonzero(reached & (far[heads] == far[tails] + self.costs))
        into = np.full(self.nodes, -1, dtype=np.int64)
        into[heads[tight]] = tight
        found: dict[int, tuple[IntArray, IntArray] | None] = {}
        for u in self.unit[(self.unit >= 0) & (self.unit < problem.units)].tolist():
            if asking not in (int(problem.a[u]), int(problem.b[u])):
                continue
            node = int(problem.a[u]) + int(problem.b[u]) - asking
            distance = int(far[node])
            if distance >= min(self.dear, _FAR // 2):
                found[u] = None
                continue
            lost, gained = [], []
            while node != asking:
                arc = int(into[node])
                unit = int(self.unit[arc])
                if unit < 0:
                    lost.append(-1 - unit)
                elif unit < problem.units:
                    gained.append(unit)
                node = int(tails[arc])
            found[u] = np.array(sorted(lost), dtype=np.int64), np.array(sorted(gained), dtype=np.int64)
        return found

    def _distances(self, start: IntArray, tails: IntArray, heads: IntArray) -> IntArray | None:
        """Return the distances of all nodes by Bellman's and Ford's method; ``None``: there is a negative cycle."""
        far = start
        for _ in range(self.nodes + 1):
            nearer = far.copy()
            np.minimum.at(nearer, heads, far[tails] + self.costs)
            nearer[nearer >= _FAR // 2] = _FAR
            if (nearer == far).all():
                return far
            far = nearer
        return None
