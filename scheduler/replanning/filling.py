"""New meetings for open places: what stays is not touched.

Who meets is a flow over the open places, slots added up, whose value is a proven bound; when is a matching a slot.
Nearly always all that the flow chose finds its slot, and the result is proven. Otherwise the program of ``open_places``
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
from scheduler.slotting.construction import Construction
from scheduler.slotting.open import OpenPlaces

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


def fill(open_places: OpenPlaces, watch: Watch) -> Filling | None:
    """Return new meetings of greatest worth for ``open_places``; ``None`` where not all required ones find a seat.

    Cost: one flow over the units with an open place and one a slot; beyond that the program, exponential at worst.
    """
    nothing = np.zeros(0, dtype=np.int64)
    if open_places.hopeless:
        return None
    if not len(open_places.units):
        return Filling(nothing, nothing, 0, 0)
    quick = _by_flow(open_places)
    if quick is not None and _proven(open_places, quick):
        return quick
    if quick is None or (len(open_places.units) <= LARGEST_PROGRAM and not watch.over()):
        return by_program(open_places, open_places.program(), watch) or quick
    return quick


def by_program(
    open_places: OpenPlaces, program: Relaxation, watch: Watch, preferred: BoolArray | None = None
) -> Filling | None:
    """Return the places that ``program`` takes, least shortfall first, then most value, then most of ``preferred``.

    ``None`` where it has no solution, or none was found in time.
    """
    if open_places.hopeless:
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
    return Filling(open_places.units[chosen], open_places.slots[chosen], least.bound if least else 0, best.bound)


def limits(open_places: OpenPlaces) -> tuple[int, int] | None:
    """Return the shortfall avoided by the best selection of open places, slots added up, and its worth.

    No filling avoids more shortfall, none that avoids as much is worth more. ``None`` where the meetings do not join
    two sides, or the required ones contradict each other.
    """
    chosen = select(open_places)
    return None if chosen is None else gains(open_places, chosen)


def gains(open_places: OpenPlaces, units: IntArray) -> tuple[int, int]:
    """Return the shortfall avoided and the value added by holding ``units`` beside what stays."""
    problem, held = open_places.problem, open_places.held.units
    everything = np.concatenate([held, units])
    return (
        problem.shortfall_of(held) - problem.shortfall_of(everything),
        problem.value_of(everything) - problem.value_of(held),
    )


def _proven(open_places: OpenPlaces, filling: Filling) -> bool:
    return gains(open_places, filling.units) == (filling.avoided, filling.worth)


def _by_flow(open_places: OpenPlaces) -> Filling | None:
    """Return a filling by the flow; ``None`` where there is none, or a required meeting found no slot."""
    wanted = select(open_places)
    if wanted is None:
        return None
    avoided, worth = gains(open_places, wanted)
    construction = Construction(open_places)
    construction.match(wanted)
    construction.add_the_best()
    units, slots = construction.chosen()
    if not np.isin(open_places.required, units).all():
        return None
    same = gains(open_places, units)[0] == avoided
    # With more shortfall than the flow the value could be greater than the flow's.
    return Filling(units, slots, avoided, worth if same else None)


def select(open_places: OpenPlaces, scale: int = 1, bonus: IntArray | None = None) -> IntArray | None:
    """Return the units of a flow of greatest worth over the open places, slots added up.

    Maximises ``scale`` x (``open_places.heavy`` x shortfall avoided + value) plus the ``bonus`` [U] of each unit.
    ``None`` where the meetings do not join two sides, the numbers grow too large, or not all required ones are taken.
    """
    problem = open_places.problem
    if problem.sides is None:
        return None
    units = open_places.candidates
    preferred = np.zeros(problem.units, dtype=np.int64) if bonus is None else bonus
    every = np.ones(problem.units, dtype=np.bool_)
    gate = Gate.of(problem, problem.sides == 0, _tables_left(open_places), ("tables", None, None), every)
    network = Network.of(
        problem,
        Order(scale * open_places.heavy, scale),
        preferred=preferred,
        units=units,
        runs=Runs.listed(_open_runs(open_places)),
        gates=([gate], []),
    )
    flow = network.best() if network.fits else None
    return None if flow is None else network.held(flow)


def _open_runs(open_places: OpenPlaces) -> Iterator[tuple[int, int, int, int]]:
    """Yield the runs of further meetings: a participant takes at most as many as it has open slots."""
    left = open_places.openings.tolist()
    for p, length, avoided, earned in open_places.all_runs:
        yield p, min(length, left[p]), avoided, earned
        left[p] -= min(length, left[p])


def _tables_left(open_places: OpenPlaces) -> int:
    """Return how many new meetings the tables and facilitators of the open slots can take, where all need one."""
    used = open_places.resources.uses[open_places.candidates]
    open_slots = np.flatnonzero(np.bincount(open_places.slots, minlength=open_places.problem.slots))
    limits = [
        int(np.maximum(open_places.left[r][open_slots], 0).sum())
        for r in range(len(open_places.left))
        if used[:, r].all()
    ]
    return min(limits, default=len(open_places.units))
