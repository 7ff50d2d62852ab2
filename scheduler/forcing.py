"""What it costs to force one more meeting: the selection of greatest worth that holds it, changed as little as can be.

Slots are added up as in ``selection``. On two-sided events it is a minimum-cost flow in which staying as announced
breaks ties, so that only those are named who really must give something up; elsewhere the program of ``relaxation``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from ortools.graph.python import min_cost_flow

from scheduler.problem import NO_TABLE, BoolArray, IntArray, Problem
from scheduler.selection import shapes

_LARGEST_COST = 2**45


@dataclass(frozen=True, slots=True)
class Forced:
    """The change that a forced meeting brings: differences of tiers 1 and 2, and the units lost and gained.

    ``gained`` leaves out the forced unit itself.
    """

    shortfall: int
    value: int
    lost: IntArray
    gained: IntArray


class Forcing:
    """Answers for one event and one selection; what does not depend on the pair is computed once."""

    def __init__(self, problem: Problem, held: IntArray, value_bound: int | None = None) -> None:
        self.problem = problem
        self.held = held
        self.value_bound = value_bound
        self.stays = np.zeros(problem.units, dtype=np.int64)
        self.stays[held] = 1
        # A meeting more that stays must weigh less than a point of value.
        self.scale = 2 * len(held) + 2

    def cost(self, unit: int) -> Forced | None:
        """Return what holding ``unit`` changes; ``None`` where the requirements leave no room for it.

        Cost: one flow on two-sided events, else an integer program.
        """
        forced = self._solve(unit)
        free = self._free
        if forced is None or free is None or unit not in forced:
            return None
        if self.problem.required.any() and not np.isin(np.flatnonzero(self.problem.required), forced).all():
            return None
        problem = self.problem
        return Forced(
            shortfall=problem.shortfall_of(forced) - problem.shortfall_of(free),
            value=problem.value_of(forced) - problem.value_of(free),
            lost=np.setdiff1d(free, forced),
            gained=np.setdiff1d(np.setdiff1d(forced, free), [unit]),
        )

    @cached_property
    def _free(self) -> IntArray | None:
        """The best selection with nothing forced, as near to the announced one as can be."""
        return self._solve(None)

    @cached_property
    def _solve(self) -> Callable[[int | None], IntArray | None]:
        """The quick road where it counts all that binds: where it finds no more than is known to be possible."""
        if self._costs is None:
            return self._by_program
        unforced = self._by_flow(None)
        if unforced is None:
            return self._by_program
        problem, limit = self.problem, self.value_bound
        if limit is not None and problem.value_of(unforced) > limit:
            return self._by_program
        return self._by_flow

    @cached_property
    def _costs(self) -> tuple[IntArray, int, int] | None:
        """The worth of units, of a meeting of shortfall, and of a meeting that must be; ``None``: beyond 64 bits."""
        problem = self.problem
        worth = problem.score * self.scale + self.stays
        point = int(worth.sum()) + problem.coverage_of(problem.maximum) * self.scale + 1
        must = point * (int(problem.minimum.sum()) + 1)
        if problem.sides is None or must * (int(problem.required.sum()) + 2) >= _LARGEST_COST:
            return None
        worth[problem.required] += must
        return worth, point, must

    @cached_property
    def _network(self) -> tuple[IntArray, IntArray, IntArray, IntArray]:
        """Tails, heads, capacities and costs of the arcs that do not depend on what is forced; units come last."""
        problem, sides, costs = self.problem, self.problem.sides, self._costs
        assert sides is not None and costs is not None
        worth, point, _ = costs
        P = problem.participants
        source, gate, sink = P, P + 1, P + 2
        on_site = problem.table_type != NO_TABLE
        places = problem.tables * problem.slots if problem.tables and on_site.all() else problem.units
        arcs = [(source, gate, min(places, problem.units), 0), (source, sink, problem.units, 0)]
        for p in range(P):
            ends = (gate, p) if sides[p] == 0 else (p, sink)
            arcs += [
                (*ends, length, -(avoided * point + earned * self.scale))
                for length, avoided, earned in shapes(problem, p)
            ]
        left = np.where(sides[problem.a] == 0, problem.a, problem.b)
        right = problem.a + problem.b - left
        rows = np.array(arcs, dtype=np.int64).reshape(-1, 4)
        return (
            np.concatenate([rows[:, 0], left]),
            np.concatenate([rows[:, 1], right]),
            np.concatenate([rows[:, 2], np.ones(problem.units, dtype=np.int64)]),
            np.concatenate([rows[:, 3], -worth]),
        )

    def _by_flow(self, unit: int | None) -> IntArray | None:
        problem, known = self.problem, self._costs
        assert known is not None
        tails, heads, caps, costs = self._network
        first = len(tails) - problem.units
        if unit is not None:
            costs = costs.copy()
            costs[first + unit] -= known[2]
        flow = min_cost_flow.SimpleMinCostFlow()
        flow.add_arcs_with_capacity_and_unit_cost(tails.astype(np.int32), heads.astype(np.int32), caps, costs)
        flow.set_node_supply(problem.participants, problem.units)
        flow.set_node_supply(problem.participants + 2, -problem.units)
        if flow.solve() != flow.OPTIMAL:
            return None
        return np.flatnonzero(flow.flows(np.arange(first, first + problem.units)) > 0)

    def _by_program(self, unit: int | None) -> IntArray | None:
        from scheduler.relaxation import Relaxation, maximise

        problem = self.problem
        required: BoolArray = problem.required.copy()
        if unit is not None:
            required[unit] = True
        runs = [shapes(problem, p) for p in range(problem.participants)]
        relaxation = Relaxation.of(replace(problem, required=required), runs)
        worth = relaxation.worth * self.scale
        worth[: relaxation.count] += self.stays
        total = int(worth[: relaxation.count].sum()) + problem.coverage_of(problem.maximum) * self.scale + 1
        best = maximise(relaxation, relaxation.avoided * total + worth)
        return None if best is None else relaxation.units_of(best.solution)
