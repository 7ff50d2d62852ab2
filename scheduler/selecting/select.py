"""Who meets whom: the selection of greatest value, slots and tables counted but not yet given out.

On two-sided events without side rules this is a b-matching, solved as a minimum-cost flow (Ahuja, Magnanti, Orlin,
*Network Flows*, 1993, ch. 9 and 12): coverage and the minimum of meetings are concave, so parallel arcs of decreasing
worth stand for them, and the optimum is integral. Otherwise the same model with the side rules added up over slots
(``relaxation``) is solved as a mixed integer program.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from ortools.graph.python import min_cost_flow

from scheduler.problem.problem import NO_TABLE, IntArray, Problem
from scheduler.selecting.relaxation import Relaxation, maximise

# The flow code scales costs by the number of nodes within 64 bits; beyond this the general road is taken.
_LARGEST_COST = 2**40


@dataclass(frozen=True, slots=True)
class Selection:
    """Units to be held, and proven limits: no schedule has less shortfall, none with this shortfall more value.

    ``units`` is ascending. A bound is ``None`` where none was proven in time.
    """

    units: IntArray
    shortfall_bound: int
    value_bound: int | None


def select(problem: Problem, time_limit: float = float("inf")) -> Selection | None:
    """Return the best selection, or ``None`` where the rules added up over the slots already contradict each other.

    Cost: O(U log U) flow augmentations in practice; the general road is a MIP, exponential at worst.
    """
    if is_network(problem):
        selection = _by_flow(problem)
        if selection is not None:
            return selection
    return _by_program(problem, time_limit)


def shapes(problem: Problem, p: int) -> list[tuple[int, int, int]]:
    """Return the worth of the meetings of ``p`` beyond scores, as runs ``(length, shortfall avoided, coverage)``.

    The worth decreases from run to run, so whoever maximises fills them in order.
    """
    runs: list[tuple[int, int, int]] = []
    coverage = problem.coverage.tolist()
    most, minimum = int(problem.maximum[p]), int(problem.minimum[p])
    cuts = sorted({k for k in (*range(len(coverage) + 1), minimum, most) if k <= most} | {0, most})
    for start, end in pairwise(cuts):
        runs.append((end - start, int(start < minimum), coverage[start] if start < len(coverage) else 0))
    return runs


def is_network(problem: Problem) -> bool:
    """Return whether capacities of participants and one total number of places say all there is to count."""
    whole_days = bool(problem.available.all())
    uniform = len(problem.table_types) <= 1 and (not problem.tables or bool((problem.table_type != NO_TABLE).all()))
    plain = not problem.required.any() and not problem.facilitated.any() and bool(problem.allowed.all())
    return problem.sides is not None and whole_days and uniform and plain and not problem.twins and problem.units > 0


def select_again(problem: Problem, preferred: IntArray) -> IntArray | None:
    """Return, among the selections of best value, the one with most points of ``preferred`` [U, at least 0].

    Requires ``is_network(problem)``; ``None`` where the numbers grow too large. Cost: that of ``select``.
    """
    selection = _by_flow(problem, preferred)
    return None if selection is None else selection.units


def _by_flow(problem: Problem, preferred: IntArray | None = None) -> Selection | None:
    sides = problem.sides
    assert sides is not None
    P, U = problem.participants, problem.units
    left = np.where(sides[problem.a] == 0, problem.a, problem.b)
    right = np.where(sides[problem.a] == 0, problem.b, problem.a)
    # Avoiding one meeting of shortfall outweighs everything that the whole event can earn.
    heavy = int(problem.score.sum()) + problem.coverage_of(problem.maximum) + 1
    # One point of value outweighs all preferences together.
    scale, wanted = (1, np.zeros(U, dtype=np.int64)) if preferred is None else (int(preferred.sum()) + 1, preferred)
    if heavy * scale * 4 >= _LARGEST_COST:
        return None
    source, gate, sink = P, P + 1, P + 2
    places = problem.tables * problem.slots if problem.tables else U
    tails, heads, caps, costs = [source], [gate], [min(places, U)], [0]
    for p in range(P):
        for length, avoided, earned in shapes(problem, p):
            tails.append(gate if sides[p] == 0 else p)
            heads.append(p if sides[p] == 0 else sink)
            caps.append(length)
            costs.append(-(avoided * heavy + earned) * scale)
    flow = min_cost_flow.SimpleMinCostFlow()
    first = len(tails)
    flow.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([np.array(tails), left]).astype(np.int32),
        np.concatenate([np.array(heads), right]).astype(np.int32),
        np.concatenate([np.array(caps), np.ones(U)]).astype(np.int64),
        np.concatenate([np.array(costs), -problem.score * scale - wanted]).astype(np.int64),
    )
    # A free way from source to sink lets any number of meetings be the best one.
    flow.add_arc_with_capacity_and_unit_cost(source, sink, U, 0)
    flow.set_node_supply(source, U)
    flow.set_node_supply(sink, -U)
    if flow.solve() != flow.OPTIMAL:
        return None
    units = np.flatnonzero(flow.flows(np.arange(first, first + U)) > 0)
    return Selection(units, problem.shortfall_of(units), problem.value_of(units))


def _by_program(problem: Problem, time_limit: float) -> Selection | None:
    relaxation = Relaxation.of(problem, [shapes(problem, p) for p in range(problem.participants)])
    all_minimums = int(problem.minimum.sum())
    least = maximise(relaxation, relaxation.avoided, time_limit)
    if least is None:
        return None
    kept = relaxation.with_row(-relaxation.avoided, -least.value)
    best = maximise(kept, relaxation.worth, time_limit)
    assert best is not None, "the solution of least shortfall is a solution"
    return Selection(relaxation.units_of(best.solution), all_minimums - least.bound, best.bound)


def value_limit(problem: Problem, shortfall: int, time_limit: float = float("inf")) -> int | None:
    """Return a proven upper bound on the value of every schedule with exactly this ``shortfall``.

    ``None`` where the time limit (seconds) came first.
    """
    relaxation = Relaxation.of(problem, [shapes(problem, p) for p in range(problem.participants)])
    kept = relaxation.with_row(-relaxation.avoided, shortfall - int(problem.minimum.sum()))
    try:
        best = maximise(kept, relaxation.worth, time_limit)
    except TimeoutError:
        return None
    return None if best is None else best.bound
