"""Which announced meetings stay where not all of them can: as many as possible, then the ones worth most.

Nearly always all can stay, and counting shows it. Where they cannot for want of tables or facilitators, counting slot
by slot shows how many must go (``excess``), and a flow what the rest can be worth (``trading``). What that does not
prove, the program of the open places decides where it is small: each announced meeting in its announced slot is one of
its columns, and so are all the places at which a required meeting could be held.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from scheduler.problem.placement import Placement
from scheduler.problem.problem import BoolArray
from scheduler.problem.watch import Watch
from scheduler.replanning.excess import Thinned, thin_out
from scheduler.replanning.filling import Filling, by_program, fill, gains, limits
from scheduler.replanning.situation import Situation
from scheduler.replanning.trading import Trade, trade
from scheduler.selecting.relaxation import maximise
from scheduler.slotting.open import OpenPlaces

# Up to this many places the choice of whom to disturb sees all that could be held instead; where more may go than
# must, that takes far longer and gains hardly anything.
_LARGEST_PROGRAM = 15_000
_LARGEST_FREE_PROGRAM = 600


@dataclass(frozen=True, slots=True)
class Keeping:
    """All meetings that are not settled, and what is proven: no timetable disturbs fewer than ``least``.

    Attributes
    ----------
    filling : the meetings, with limits on what any others could add to those that are settled.
    stays : bool, which of them are announced ones in their slots.
    gone : the announced meetings that could have stayed by themselves, and do not.
    certain : announced meetings that stay in every timetable that disturbs ``least``.
    """

    filling: Filling
    stays: BoolArray
    gone: int
    least: int
    certain: Placement


def choose_kept(situation: Situation, apart: OpenPlaces, allowed: int, watch: Watch) -> Keeping | None:
    """Return which announced meetings stay, at most ``allowed`` disturbed or as few as must be.

    ``apart`` are the places open beside the settled meetings alone. ``None`` where the requirements leave no timetable,
    or no time was left to find one. Cost: a flow a crowded slot and a few over all units; where these do not prove the
    result, a program over the announced places, over all places on events where that is small.
    """
    announced = situation.keepable
    thinned = thin_out(apart, announced)
    most_gone = max(thinned.excess, allowed - situation.lost)
    traded = trade(apart, announced.units, len(announced.units) - most_gone)
    counted = _by_counting(situation, apart, thinned, traded, most_gone, watch)
    largest = _LARGEST_PROGRAM if most_gone == thinned.excess else _LARGEST_FREE_PROGRAM
    if counted is not None and (
        (traded is not None and _proven(apart, counted, thinned, traded)) or len(apart.units) > largest or watch.over()
    ):
        return counted
    exact = _by_program(situation, apart, thinned, allowed, watch)
    if exact is None:
        return counted
    # The flow's limit is one on timetables in which so many stay.
    return _limited(apart, exact, traded) if traded is not None and exact.gone <= most_gone else exact


def _limited(apart: OpenPlaces, keeping: Keeping, traded: Trade) -> Keeping:
    """Return ``keeping`` with the tighter of its own limit on the value and that of the flow."""
    filling = keeping.filling
    if filling.worth is None or gains(apart, filling.units)[0] != filling.avoided:
        return keeping
    worth = min(filling.worth, traded.limit - traded.weight * filling.avoided)
    return replace(keeping, filling=replace(filling, worth=worth))


def _by_counting(
    situation: Situation, apart: OpenPlaces, thinned: Thinned, traded: Trade | None, most_gone: int, watch: Watch
) -> Keeping | None:
    """Return what counting comes to; ``None`` where there is more to decide than tables and facilitators."""
    options = [thinned.kept]
    spare = most_gone - thinned.excess
    if traded is not None and spare > 0:
        # Whatever else may go is what the flow would let go.
        let_go = np.isin(thinned.kept.units, traded.gone)
        options.append(thinned.kept.only(~(let_go & (np.cumsum(let_go) <= spare))))
    found = [filling for kept in options if (filling := _filled(apart, kept, watch)) is not None]
    if not found:
        return None
    best = max(found, key=lambda filling: (*gains(apart, filling.units), -int((~_stays(situation, filling)).sum())))
    avoided = worth = None
    if traded is not None:
        avoided = traded.limit // traded.weight
        same = gains(apart, best.units)[0] == avoided
        worth = traded.limit - traded.weight * avoided if same else None
    return _keeping(situation, thinned, replace(best, avoided=avoided, worth=worth), situation.lost + thinned.excess)


def _filled(apart: OpenPlaces, kept: Placement, watch: Watch) -> Filling | None:
    """Return ``kept`` and the best beside it; ``None`` where that is not legal together or misses a requirement."""
    open_places = apart.with_held(kept)
    filling = fill(open_places, watch) if open_places.fits else None
    if filling is None:
        return None
    units, slots = np.concatenate([kept.units, filling.units]), np.concatenate([kept.slots, filling.slots])
    return replace(filling, units=units, slots=slots)


def _proven(apart: OpenPlaces, keeping: Keeping, thinned: Thinned, traded: Trade) -> bool:
    """Return whether ``keeping`` has the best worth, and the fewest gone among those worth as much."""
    reached = gains(apart, keeping.filling.units) == (keeping.filling.avoided, keeping.filling.worth)
    return reached and keeping.gone <= max(thinned.excess, traded.fewest)


def _keeping(situation: Situation, thinned: Thinned, filling: Filling, least: int) -> Keeping:
    stays = _stays(situation, filling)
    announced = situation.keepable
    gone = len(announced.units) - int(stays.sum())
    # With no more gone than the excess of each slot, those in slots without any must all have stayed.
    sure = thinned.whole[announced.slots] & (gone == thinned.excess)
    return Keeping(filling, stays, gone, least, announced.only(sure))


def _stays(situation: Situation, filling: Filling) -> BoolArray:
    """Return which meetings of ``filling`` are announced ones in their slots."""
    announced = np.full(situation.problem.units, -1, dtype=np.int64)
    announced[situation.keepable.units] = situation.keepable.slots
    stays: BoolArray = announced[filling.units] == filling.slots
    return stays


def _by_program(
    situation: Situation, apart: OpenPlaces, thinned: Thinned, allowed: int, watch: Watch
) -> Keeping | None:
    """Return the same by the program of ``apart``: exact where all places are among its columns."""
    announced = _stays(situation, Filling(apart.units, apart.slots, None, None))
    needed = announced | apart.problem.required[apart.units]
    core = apart.only(needed)
    most = _most_kept(core, announced[needed], watch)
    if most is None:
        return None
    kept, bound = most
    count = len(situation.keepable.units)
    wanted = min(kept, count - max(0, allowed - situation.lost))
    small = len(apart.units) <= _LARGEST_PROGRAM
    chosen, keep = (apart, announced) if small else (core, announced[needed])
    # What may go stays all the same where its going earns nothing.
    filling = by_program(chosen, chosen.program(keep, wanted), watch, keep if wanted < kept else None)
    if filling is not None and not small:
        stays = _stays(situation, filling)
        filling = _filled(apart, Placement(filling.units, filling.slots).only(stays), watch)
        reach = limits(apart) or (None, None)
        filling = None if filling is None else replace(filling, avoided=reach[0], worth=reach[1])
    return None if filling is None else _keeping(situation, thinned, filling, situation.lost + count - bound)


def _most_kept(core: OpenPlaces, announced: BoolArray, watch: Watch) -> tuple[int, int] | None:
    """Return how many announced meetings can stay, and a proven limit on that."""
    if core.hopeless:
        return None
    program = core.program()
    objective = np.zeros(program.matrix.shape[1], dtype=np.int64)
    objective[: program.count][announced] = 1
    try:
        best = maximise(program, objective, watch.remaining())
    except TimeoutError:
        return None
    return None if best is None else (best.value, best.bound)
