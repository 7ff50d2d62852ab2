"""Who meets whom: the selection of greatest value, slots and tables counted but not yet given out.

A flow first (``network``): it takes milliseconds, leaves out what it cannot count, and so its worth is a limit. Where
all that it selects finds a slot, that is the proof. Only where not does the linear program with all rules added up
over slots (``relaxation``) choose again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from scheduler.problem.problem import NO_TABLE, IntArray, Problem
from scheduler.selecting.bounds import Bound, Prices
from scheduler.selecting.network import Network
from scheduler.selecting.pauses import relaxation_of
from scheduler.selecting.relaxation import Optimum, maximise
from scheduler.selecting.rounding import completed
from scheduler.selecting.shapes import Order

# Flows after which a bound at some shortfall is good enough; it holds after any.
_MOST_FLOWS = 8

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
    end = time.monotonic() + time_limit
    found = way(problem, time_limit)
    if problem.any_table is None:
        return found
    wide = way(problem.widest, end - time.monotonic())
    if found is None or wide is None:
        return wide
    shortfall = problem.shortfall_of(found.units)
    value = wide.value
    if shortfall > problem.shortfall_of(wide.units):
        value = bound_by_flows(problem.widest, shortfall)
    return Selection(found.units, wide.shortfall, value)


def _select(problem: Problem, time_limit: float) -> Selection | None:
    return _by_flow(problem) or _by_program(problem, time_limit)


def _by_flow(problem: Problem) -> Selection | None:
    network = Network.of(problem)
    flow = network.best() if network.fits else None
    if flow is None:
        return None
    if network.doubled:
        return _by_halves(network, flow)
    units = network.held(flow)
    shortfall = problem.shortfall_of(units)
    prove = partial(_flow_bound, network, flow, shortfall)
    # Without gates the prices would say the same.
    value = prove() if network.gates else Bound(problem.value_of(units), lambda: prove().proof)
    return Selection(units, _least_shortfall(network, flow, shortfall), value)


def _by_halves(network: Network, flow: IntArray) -> Selection | None:
    """Return a selection where there are no two sides, from a ``flow`` of the doubled network."""
    problem = network.problem
    units = completed(problem, network.held(flow), network.halves(flow))
    if units is None:
        return None
    shortfall = problem.shortfall_of(units)
    value = _flow_bound(network, flow, shortfall)
    if shortfall:
        # Where only half of somebody's shortfall can be avoided, that half weighs too much.
        value = min(value, bound_by_flows(problem, shortfall), key=_limit_of)
    return Selection(units, _least_shortfall(network, flow, shortfall), value)


def _flow_bound(network: Network, flow: IntArray, shortfall: int, weight: int | None = None) -> Bound:
    """Return the bound on value that the prices around ``flow`` give for schedules of no more than ``shortfall``.

    ``weight`` is what the network counts for each shortfall avoided, if not as it is told.
    """
    if weight is None:
        weight = Order.of(network.problem).shortfall
    prices = Prices.around(network, flow, weight)
    if prices is None:
        return Bound(None)
    missing = int(network.problem.minimum.sum()) - shortfall
    return Bound(prices.limit(Order(0, 1), missing), prices.proof)


def _least_shortfall(network: Network, flow: IntArray, shortfall: int) -> Bound:
    """Return the bound on shortfall: ``flow`` avoids as much as any; ``shortfall`` is that of its selection."""
    if not shortfall:
        return Bound.natural()
    problem = network.problem
    prices = Prices.around(network.with_order(Order(1, 0)), flow, 0)
    if prices is None:
        return Bound.natural()
    least = int(problem.minimum.sum()) - prices.limit(Order(1, 0), 0)
    return Bound(least, prices.proof) if least > 0 else Bound.natural()


def _limit_of(bound: Bound) -> float:
    return float("inf") if bound.limit is None else bound.limit


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
    end = time.monotonic() + time_limit
    relaxation = relaxation_of(problem)
    all_minimums = int(problem.minimum.sum())
    flow = _by_flow(problem)
    if flow is not None:
        # Mostly as much shortfall can be avoided as by the flow, and one program does.
        kept = relaxation.with_shortfall(flow.shortfall_bound, all_minimums)
        best = maximise(kept, relaxation.worth, end - time.monotonic())
        if best is not None:
            return Selection(relaxation.units_of(best.solution), flow.shortfall, _bound_of(best))
    least = maximise(relaxation, relaxation.avoided, end - time.monotonic())
    if least is None:
        return None
    kept = relaxation.with_shortfall(all_minimums - least.value, all_minimums)
    best = maximise(kept, relaxation.worth, end - time.monotonic())
    assert best is not None, "the solution of least shortfall is a solution"
    shortfall = all_minimums - least.bound
    return Selection(
        relaxation.units_of(best.solution),
        Bound(shortfall, lambda: least.proof) if shortfall > 0 else Bound.natural(),
        _bound_of(best),
    )


def _bound_of(best: Optimum) -> Bound:
    if best.proof is None or best.searched < best.bound:
        return Bound.by_search(best.searched, "HiGHS")
    return Bound(best.bound, lambda: best.proof)


def value_bound(problem: Problem, shortfall: int, time_limit: float = float("inf")) -> Bound:
    """Return a proven upper bound on the value of every schedule with no more than this ``shortfall``.

    It holds whatever tables are chosen for those who stay seated. Cost: a few flows, and the program where it comes to
    an end within ``time_limit`` seconds.
    """
    by_flows = bound_by_flows(problem.widest, shortfall)
    relaxation = relaxation_of(problem.widest)
    kept = relaxation.with_shortfall(shortfall, int(problem.minimum.sum()))
    try:
        best = maximise(kept, relaxation.worth, time_limit)
    except TimeoutError:
        return by_flows
    return by_flows if best is None else min(by_flows, _bound_of(best), key=_limit_of)


def bound_by_flows(problem: Problem, shortfall: int, time_limit: float = float("inf")) -> Bound:
    """Return a bound on the value of schedules with no more than this ``shortfall``, by flows alone.

    For every weight of a shortfall avoided, the flow's worth less the weight of what must be avoided is such a bound;
    the least is where the lines of two flows meet (Kelley 1960). Cost: a few flows, ten at most; none is begun after
    ``time_limit`` seconds but the first two.
    """
    end = time.monotonic() + time_limit
    missing = int(problem.minimum.sum()) - shortfall
    network = Network.of(problem)
    loose = _Weighed.of(network, 0, shortfall)
    tight = _Weighed.of(network, Order.of(problem).shortfall, shortfall)
    if loose is None or tight is None:
        return Bound(None)
    best = min(loose.bound, tight.bound, key=_limit_of)
    for _ in range(_MOST_FLOWS):
        if (
            time.monotonic() > end
            or loose.avoided >= missing
            or tight.avoided <= missing
            or tight.avoided <= loose.avoided
        ):
            break
        weight = max(0, (loose.value - tight.value) // (tight.avoided - loose.avoided))
        between = _Weighed.of(network, weight, shortfall)
        if between is None or between.avoided in (loose.avoided, tight.avoided):
            break
        best = min(best, between.bound, key=_limit_of)
        loose, tight = (loose, between) if between.avoided >= missing else (between, tight)
    return best


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A flow in which a shortfall avoided has some weight: what it avoids and earns, and the bound that it proves."""

    avoided: int
    value: int
    bound: Bound

    @staticmethod
    def of(network: Network, weight: int, shortfall: int) -> _Weighed | None:
        network = network.with_order(Order(weight, 1))
        flow = network.best() if network.fits else None
        if flow is None:
            return None
        avoided = int(network.with_order(Order(1, 0)).points @ flow)
        value = int(network.points @ flow) - weight * avoided
        scale = 2 if network.doubled else 1
        return _Weighed(avoided // scale, value // scale, _flow_bound(network, flow, shortfall, weight))
