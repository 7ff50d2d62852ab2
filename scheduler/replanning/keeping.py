"""Which announced meetings stay where not all of them can: as many as possible, then the ones worth most.

Nearly always all can stay, and counting shows it. Where they cannot (a table lost, a requirement added), each
announced meeting in its announced slot is one column of the program of ``seats``, and so are all the places at which
a required meeting could be held.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scheduler.placement import Placement
from scheduler.problem import BoolArray
from scheduler.relaxation import maximise
from scheduler.replanning.filling import Filling, by_program
from scheduler.replanning.situation import Situation
from scheduler.seats import Seats
from scheduler.watch import Watch

# Up to this many places the choice of whom to disturb sees all that could be held instead.
_LARGEST_PROGRAM = 15_000


@dataclass(frozen=True, slots=True)
class Keeping:
    """The announced meetings that stay, and what is proven: no timetable disturbs fewer than ``least``.

    ``filling`` holds everything else where it was chosen along with them.
    """

    kept: Placement
    least: int
    filling: Filling | None = None


def keep_all(situation: Situation) -> Keeping:
    """Return all announced meetings that can stay by themselves."""
    return Keeping(situation.keepable, situation.lost)


def choose_kept(situation: Situation, seats: Seats, allowed: int, watch: Watch) -> Keeping | None:
    """Return which announced meetings stay, at most ``allowed`` disturbed or as few as must be.

    ``seats`` are those beside the settled meetings alone. ``None`` where the requirements leave no timetable, or no
    time was left to find one. Cost: a program over the announced places; over all places on events where that is
    small.
    """
    keepable = np.zeros(seats.problem.units, dtype=np.int64) - 1
    keepable[situation.keepable.units] = situation.keepable.slots
    announced = keepable[seats.units] == seats.slots
    needed = announced | seats.problem.required[seats.units]
    core = seats.only(needed)
    most = _most_kept(core, announced[needed], watch)
    if most is None:
        return None
    kept, bound = most
    count = len(situation.keepable.units)
    least = situation.lost + count - bound
    wanted = min(kept, count - max(0, allowed - situation.lost))
    small = len(seats.units) <= _LARGEST_PROGRAM
    chosen, keep = (seats, announced) if small else (core, announced[needed])
    # What may go stays all the same where its going earns nothing.
    filling = by_program(chosen, chosen.program(keep, wanted), watch, keep if wanted < kept else None)
    if filling is None:
        return None
    stays = keepable[filling.units] == filling.slots
    placement = Placement(filling.units[stays], filling.slots[stays])
    return Keeping(placement, least, filling if small else None)


def _most_kept(core: Seats, announced: BoolArray, watch: Watch) -> tuple[int, int] | None:
    """Return how many announced meetings can stay, and a proven limit on that."""
    program = core.program()
    objective = np.zeros(program.matrix.shape[1], dtype=np.int64)
    objective[: program.count][announced] = 1
    try:
        best = maximise(program, objective, watch.remaining())
    except TimeoutError:
        return None
    return None if best is None else (best.value, best.bound)
