"""New meetings for free seats: what stays is not touched.

Who meets is a flow over the open places, slots added up, whose value is a proven bound; when is a matching a slot.
Nearly always all that the flow chose finds its slot, and the result is proven. Otherwise the program of ``seats``
decides, exactly where it is small.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ortools.graph.python import min_cost_flow

from scheduler.problem.problem import BoolArray, IntArray
from scheduler.problem.watch import Watch
from scheduler.selecting.relaxation import Optimum, Relaxation, maximise
from scheduler.slotting.open import Seats
from scheduler.slotting.places import Placing

# Up to this many open places the exact program answers within a second or two.
LARGEST_PROGRAM = 20_000
# Beyond this the flow's costs would leave 64 bits.
_LARGEST_COST = 2**40


@dataclass(frozen=True, slots=True)
class Filling:
    """New meetings and their slots, and proven limits on what any others could add to those that stay.

    ``avoided`` limits the shortfall avoided, ``worth`` the value added while that shortfall is avoided; ``None``:
    not known.
    """

    units: IntArray
    slots: IntArray
    avoided: int | None
    worth: int | None


def fill(seats: Seats, watch: Watch) -> Filling | None:
    """Return new meetings of greatest worth for ``seats``; ``None`` where not all required ones find a seat.

    Cost: one flow over the units with an open place and one a slot; beyond that the program, exponential at worst.
    """
    nothing = np.zeros(0, dtype=np.int64)
    if seats.hopeless:
        return None
    if not len(seats.units):
        return Filling(nothing, nothing, 0, 0)
    quick = _by_flow(seats)
    if quick is not None and _proven(seats, quick):
        return quick
    if quick is None or (len(seats.units) <= LARGEST_PROGRAM and not watch.over()):
        return by_program(seats, seats.program(), watch) or quick
    return quick


def by_program(seats: Seats, program: Relaxation, watch: Watch, preferred: BoolArray | None = None) -> Filling | None:
    """Return the places that ``program`` takes, least shortfall first, then most value, then most of ``preferred``.

    ``None`` where it has no solution, or none was found in time.
    """
    if seats.hopeless:
        return None
    try:
        least: Optimum | None = None
        if program.avoided.any():
            least = maximise(program, program.avoided, watch.remaining())
            if least is None:
                return None
            program = program.with_row(-program.avoided, -least.value)
        best = maximise(program, program.worth, watch.remaining())
        if best is None:
            return None
        solution = best.solution
        if preferred is not None:
            program = program.with_row(-program.worth, -best.value)
            wanted = np.zeros(len(program.worth), dtype=np.int64)
            wanted[: program.count] = preferred
            dearest = maximise(program, wanted, watch.remaining())
            solution = solution if dearest is None else dearest.solution
    except TimeoutError:
        return None
    chosen = program.units_of(solution)
    return Filling(seats.units[chosen], seats.slots[chosen], least.bound if least else 0, best.bound)


def limits(seats: Seats) -> tuple[int, int] | None:
    """Return the shortfall avoided by the best selection of open places, slots added up, and its worth.

    No filling avoids more shortfall, none that avoids as much is worth more. ``None`` where the meetings do not join
    two sides, or the required ones contradict each other.
    """
    chosen = select(seats)
    return None if chosen is None else gains(seats, chosen)


def gains(seats: Seats, units: IntArray) -> tuple[int, int]:
    """Return the shortfall avoided and the value added by holding ``units`` beside what stays."""
    problem, held = seats.problem, seats.held.units
    everything = np.concatenate([held, units])
    return (
        problem.shortfall_of(held) - problem.shortfall_of(everything),
        problem.value_of(everything) - problem.value_of(held),
    )


def _proven(seats: Seats, filling: Filling) -> bool:
    return gains(seats, filling.units) == (filling.avoided, filling.worth)


def _by_flow(seats: Seats) -> Filling | None:
    """Return a filling by the flow; ``None`` where there is none, or a required meeting found no slot."""
    wanted = select(seats)
    if wanted is None:
        return None
    avoided, worth = gains(seats, wanted)
    placing = Placing(seats)
    placing.match(wanted)
    placing.add_the_best()
    units, slots = placing.chosen()
    if not np.isin(seats.required, units).all():
        return None
    same = gains(seats, units)[0] == avoided
    # With more shortfall than the flow the value could be greater than the flow's.
    return Filling(units, slots, avoided, worth if same else None)


def select(seats: Seats, scale: int = 1, bonus: IntArray | None = None) -> IntArray | None:
    """Return the units of a flow of greatest worth over the open places, slots added up.

    Maximises ``scale`` x (``seats.heavy`` x shortfall avoided + value) plus the ``bonus`` [U] of each unit. ``None``
    where the meetings do not join two sides, the numbers grow too large, or not all required ones are taken.
    """
    problem = seats.problem
    sides = problem.sides
    if sides is None:
        return None
    everyone, units, runs, weight = seats.concerned, seats.candidates, seats.all_runs, seats.heavy
    P, U = problem.participants, len(units)
    source, gate, sink = P, P + 1, P + 2
    worth = scale * problem.score[units] + (0 if bonus is None else bonus[units])
    must = problem.required[units]
    if must.any():
        # One required meeting outweighs all else that could be gained.
        most = sum(length * avoided for _, length, avoided, _ in runs) + 1
        worth = worth + must * (scale * weight * most + (0 if bonus is None else int(bonus[units].sum())))
    if max(4 * scale * weight, int(worth.max(initial=0))) >= _LARGEST_COST:
        return None
    left = np.where(sides[problem.a[units]] == 0, problem.a[units], problem.b[units])
    right = problem.a[units] + problem.b[units] - left
    tails, heads, caps, costs = [source], [gate], [min(U, _tables_left(seats))], [0]
    for p in everyone.tolist():
        # A participant takes at most as many new meetings as it has open slots.
        tails.append(P + 3 + p if sides[p] == 0 else p)
        heads.append(p if sides[p] == 0 else P + 3 + p)
        caps.append(int(seats.openings[p]))
        costs.append(0)
    for p, length, avoided, earned in runs:
        tails.append(gate if sides[p] == 0 else P + 3 + p)
        heads.append(P + 3 + p if sides[p] == 0 else sink)
        caps.append(length)
        costs.append(-scale * (avoided * weight + earned))
    flow = min_cost_flow.SimpleMinCostFlow()
    begin = len(tails)
    flow.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([np.array(tails), left]).astype(np.int32),
        np.concatenate([np.array(heads), right]).astype(np.int32),
        np.concatenate([np.array(caps), np.ones(U)]).astype(np.int64),
        np.concatenate([np.array(costs), -worth]).astype(np.int64),
    )
    flow.add_arc_with_capacity_and_unit_cost(source, sink, U, 0)
    flow.set_node_supply(source, U)
    flow.set_node_supply(sink, -U)
    if flow.solve() != flow.OPTIMAL:
        return None
    taken = flow.flows(np.arange(begin, begin + U)) > 0
    return None if (must & ~taken).any() else units[taken]


def _tables_left(seats: Seats) -> int:
    """Return how many new meetings the tables and facilitators of the open slots can take, where all need one."""
    used = seats.resources.uses[seats.candidates]
    open_slots = np.flatnonzero(np.bincount(seats.slots, minlength=seats.problem.slots))
    limits = [int(np.maximum(seats.left[r][open_slots], 0).sum()) for r in range(len(seats.left)) if used[:, r].all()]
    return min(limits, default=len(seats.units))
