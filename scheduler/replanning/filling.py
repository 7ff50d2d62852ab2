"""New meetings for free seats: what stays is not touched.

Who meets is a flow over the open places, slots added up, whose value is a proven bound; when is a matching a slot.
Nearly always all that the flow chose finds its slot, and the result is proven. Otherwise the program of ``seats``
decides, exactly where it is small.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scheduler.problem.problem import BoolArray, IntArray
from scheduler.problem.watch import Watch
from scheduler.selecting.gates import Gate
from scheduler.selecting.network import Network
from scheduler.selecting.relaxation import Optimum, Relaxation, maximise
from scheduler.selecting.shapes import Order, Runs
from scheduler.slotting.open import Seats
from scheduler.slotting.places import Placing

# Up to this many open places the exact program answers within a second or two.
LARGEST_PROGRAM = 20_000


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
    if problem.sides is None:
        return None
    units = seats.candidates
    preferred = np.zeros(problem.units, dtype=np.int64) if bonus is None else bonus
    every = np.ones(problem.units, dtype=np.bool_)
    gate = Gate.of(problem, problem.sides == 0, _tables_left(seats), ("tables", None, None), every)
    network = Network.of(
        problem,
        Order(scale * seats.heavy, scale),
        preferred=preferred,
        units=units,
        runs=Runs.listed(_open_runs(seats)),
        gates=([gate], []),
    )
    flow = network.best() if network.fits else None
    return None if flow is None else network.held(flow)


def _open_runs(seats: Seats) -> Iterator[tuple[int, int, int, int]]:
    """Yield the runs of further meetings: a participant takes at most as many as it has open slots."""
    left = seats.openings.tolist()
    for p, length, avoided, earned in seats.all_runs:
        yield p, min(length, left[p]), avoided, earned
        left[p] -= min(length, left[p])


def _tables_left(seats: Seats) -> int:
    """Return how many new meetings the tables and facilitators of the open slots can take, where all need one."""
    used = seats.resources.uses[seats.candidates]
    open_slots = np.flatnonzero(np.bincount(seats.slots, minlength=seats.problem.slots))
    limits = [int(np.maximum(seats.left[r][open_slots], 0).sum()) for r in range(len(seats.left)) if used[:, r].all()]
    return min(limits, default=len(seats.units))
