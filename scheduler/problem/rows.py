"""Rows of meetings: slots that follow one another without a pause, and how many of them may be busy."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from scheduler.format.event import Event

# A gap this long between two slots is a pause by itself.
_PAUSE = timedelta(minutes=10)


def slots_that_go_on(event: Event) -> npt.NDArray[np.bool_]:
    """Return bool [S]: whether the slot follows the one before it on the same day with no pause between them."""
    follows = [
        before.start.date() == slot.start.date() and slot.start - before.end < _PAUSE
        for before, slot in pairwise(event.slots)
    ]
    return np.array([False, *follows], dtype=np.bool_)


def windows_of(event: Event) -> tuple[tuple[int, ...], ...]:
    """Return every set of ``max_in_a_row`` + 1 slots in a row: in none of them may anybody meet in all slots."""
    most = event.rules.max_in_a_row
    if most is None or most >= len(event.slots):
        return ()
    goes_on = slots_that_go_on(event)
    return tuple(
        tuple(range(start, start + most + 1))
        for start in range(len(event.slots) - most)
        if goes_on[start + 1 : start + most + 1].all()
    )


def most_busy(available: npt.NDArray[np.bool_], windows: tuple[tuple[int, ...], ...]) -> npt.NDArray[np.int64]:
    """Return in how many of its ``available`` [P, S] slots each participant can meet, no window being full: int [P].

    To leave a slot free only where going on would fill a window loses the fewest. Cost: O(P S).
    """
    busy = available.copy()
    for window in windows:
        # In order of time, so that what is free by now is taken into account.
        busy[busy[:, list(window)].all(axis=1), window[-1]] = False
    return np.asarray(busy.sum(axis=1), dtype=np.int64)


def too_long(busy: int, joins: int, most: int) -> bool:
    """Return whether ``busy`` has more than ``most`` bits in a row; those of ``joins`` follow the one before."""
    row = busy
    for _ in range(most):
        row = busy & (row << 1) & joins
        if not row:
            return False
    return True


def fills_row(busy: int, s: int, joins: int, most: int) -> bool:
    """Return whether ``s`` is one of more than ``most`` slots in a row, once it is busy like those of ``busy``."""
    if not joins >> max(s - most + 1, 0):
        return False
    near = (1 << 2 * most + 1) - 1
    window = near << s - most if s >= most else near >> most - s
    return too_long((busy | 1 << s) & window, joins, most)
