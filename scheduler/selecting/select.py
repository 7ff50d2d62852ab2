"""Who meets whom: the selection of greatest value, slots and tables counted but not yet given out.

A flow first (``network``): it takes milliseconds, leaves out what it cannot count, and so its worth is a limit. Where
all that it selects finds a slot, that is the proof. Only where not does the linear program with all rules added up
over slots (``relaxation``) choose again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from scheduler.problem.problem import NO_TABLE, IntArray, Problem
from scheduler.selecting.bounds import Bound, duals_of_flow
from scheduler.selecting.network import Network
from scheduler.selecting.relaxation import Relaxation, maximise
from scheduler.selecting.rounding import completed
from scheduler.selecting.shapes import Order, shapes

__all__ = ["Bound", "Selection", "is_network", "select", "select_again", "select_by_program", "shapes", "value_limit"]


Way = Callable[[Problem, float], "Selection | None"]


@dataclass(frozen=True)
class Selection:
    """Units to be held, ascending, and proven limits: no schedule has less shortfall than ``shortfall`` says, and none
    that has no more than the units have is worth more than ``value``."""

    units: IntArray
    shortfall: Bound
    value: Bound

    @property
    def shortfall_bound(self) -> int:
        """The least shortfall that is possible, as far as is proven."""
        return self.shortfall.limit or 0

    @property
    def value_bound(self) -> int | None:
        """The greatest value that is possible at the shortfall of the units, as far as is proven."""
        return self.value.limit


def select(problem: Problem, time_limit: float = float("inf")) -> Selection | None:
    """Return the best selection that a flow makes, or ``None`` where required meetings already contradict each other.

    The limits hold whatever tables are chosen for those who stay seated, the units find slots with those chosen.

    On two sides its bounds are exactly what it is worth. Elsewhere it is half of a doubled flow, completed greedily;
    where the flow does not apply the program has ``time_limit`` seconds. Cost: one minimum-cost flow over U units, a
    second or two for 650,000.
    """
    return _with_widest_limits(problem, _select, time_limit)


def select_by_program(problem: Problem, time_limit: float = float("inf")) -> Selection | None:
    """Return the best selection with all rules added up over the slots; ``None`` where these contradict each other.

    Limits and units as of ``select``. Raises ``TimeoutError`` where no solution was found within ``time_limit``
    seconds. Cost: a linear program, mostly integral; otherwise an integer program, exponential at worst.
    """
    return _with_widest_limits(problem, _by_program, time_limit)


def _with_widest_limits(problem: Problem, way: Way, time_limit: float) -> Selection | None:
    """Return the selection that ``way`` makes of ``problem``, with limits proven with no choice of tables."""
    found = way(problem, time_limit)
    if problem.any_table is None:
        return found
    wide = way(problem.widest, time_limit)
    if found is None or wide is None:
        return wide
    shortfall = problem.shortfall_of(found.units)
    value = wide.value
    if shortfall > problem.shortfall_of(wide.units):
        value = value_bound(problem, shortfall, time_limit)
    return Selection(found.units, wide.shortfall, value)


def _select(problem: Problem, time_limit: float) -> Selection | None:
    network = Network.of(problem)
    flow = network.best() if network.fits else None
    if flow is None:
        return _by_program(problem, time_limit)
    if network.doubled:
        return _by_halves(network, flow)
    units = network.held(flow)
    shortfall, value = problem.shortfall_of(units), problem.value_of(units)
    weight = Order.of(problem).shortfall
    return Selection(
        units,
        _shortfall_bound(network, flow, shortfall),
        Bound(value, partial(duals_of_flow, network, flow, weight)),
    )


def _shortfall_bound(network: Network, flow: IntArray, shortfall: int) -> Bound:
    """Return the bound on shortfall: ``flow`` avoids as much as any."""
    if not shortfall:
        return Bound.natural()
    return Bound(shortfall, lambda: duals_of_flow(Network.of(network.problem, Order(1, 0)), flow, 0))


def _by_halves(network: Network, flow: IntArray) -> Selection | None:
    """Return a selection where there are no two sides, from a ``flow`` of the doubled network."""
    problem = network.problem
    order = Order.of(problem)
    units = completed(problem, network.held(flow), network.halves(flow))
    if units is None:
        return None
    # Twice what any selection avoids and earns goes both ways through the network.
    avoided, earned = divmod(int(network.points @ flow), order.shortfall)
    all_minimums = int(problem.minimum.sum())
    least = max(0, all_minimums - avoided // 2)
    # Of a shortfall between two whole numbers the half counts as value.
    spare = avoided - 2 * (all_minimums - problem.shortfall_of(units))
    value = Bound((earned + spare * order.shortfall) // 2, partial(duals_of_flow, network, flow, order.shortfall))
    if spare:
        value = min(value, _whatever_the_shortfall(problem), key=_limit_of)
    return Selection(units, _shortfall_bound(network, flow, least), value)


def _limit_of(bound: Bound) -> float:
    return float("inf") if bound.limit is None else bound.limit


def _whatever_the_shortfall(problem: Problem) -> Bound:
    """Return a bound on the value of schedules of any shortfall."""
    network = Network.of(problem, Order(0, 1))
    flow = network.best()
    if flow is None:
        return Bound(None)
    points = int(network.points @ flow)
    return Bound(points // 2 if network.doubled else points, partial(duals_of_flow, network, flow, 0))


def is_network(problem: Problem) -> bool:
    """Return whether capacities of participants and one total number of places say all there is to count."""
    whole_days = bool(problem.available.all())
    uniform = len(problem.table_types) <= 1 and (not problem.tables or bool((problem.table_type != NO_TABLE).all()))
    plain = not problem.required.any() and not problem.facilitated.any() and bool(problem.allowed.all())
    return problem.sides is not None and whole_days and uniform and plain and not problem.twins and problem.units > 0


def select_again(problem: Problem, preferred: IntArray) -> IntArray | None:
    """Return, among the flows of best value, the units of one with most points of ``preferred`` [U, at least 0].

    ``None`` where the meetings do not join two sides, numbers grow too large, or required meetings contradict each
    other. Cost: that of ``select``.
    """
    if problem.sides is None:
        return None
    network = Network.of(problem, preferred=preferred)
    flow = network.best() if network.fits else None
    return None if flow is None else network.held(flow)


def _by_program(problem: Problem, time_limit: float) -> Selection | None:
    relaxation = Relaxation.of(problem)
    all_minimums = int(problem.minimum.sum())
    least = maximise(relaxation, relaxation.avoided, time_limit)
    if least is None:
        return None
    shortfall = all_minimums - least.bound
    kept = relaxation.with_shortfall(all_minimums - least.value, all_minimums)
    best = maximise(kept, relaxation.worth, time_limit)
    assert best is not None, "the solution of least shortfall is a solution"
    return Selection(
        relaxation.units_of(best.solution),
        Bound(shortfall, lambda: least.proof) if shortfall > 0 else Bound.natural(),
        Bound(best.bound, lambda: best.proof),
    )


def value_bound(problem: Problem, shortfall: int, time_limit: float = float("inf")) -> Bound:
    """Return a proven upper bound on the value of every schedule with no more than this ``shortfall``.

    It holds whatever tables are chosen for those who stay seated. Its limit is ``None`` where the time limit (seconds)
    came first or no such schedule exists.
    """
    relaxation = Relaxation.of(problem.widest)
    kept = relaxation.with_shortfall(shortfall, int(problem.minimum.sum()))
    try:
        best = maximise(kept, relaxation.worth, time_limit)
    except TimeoutError:
        return Bound(None)
    return Bound(None) if best is None else Bound(best.bound, lambda: best.proof)


def value_limit(problem: Problem, shortfall: int, time_limit: float = float("inf")) -> int | None:
    """Return the limit of ``value_bound``."""
    return value_bound(problem, shortfall, time_limit).limit
