"""What the whole could be worth at most while so many announced meetings stay, and which ones would go for it.

The announced meetings and all others are one flow over the open places, slots added up, in which each announced one
earns a bonus. Lagrangian duality: for every bonus the flow's worth, less the bonuses of those that must stay, limits
what any timetable is worth; the least of these limits is found where two flows meet as lines over the bonus.
Source: Held and Karp (1970); the descent over the lines is that of Kelley (1960).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scheduler.problem.problem import IntArray
from scheduler.replanning.filling import gains, select
from scheduler.slotting.open import OpenPlaces

# The limit is good enough after a few flows, and valid after any.
_MOST_FLOWS = 10


@dataclass(frozen=True, slots=True)
class Trade:
    """A proven limit and the selection behind it.

    limit : no timetable in which so many announced meetings stay has more ``heavy`` x shortfall avoided + value.
    weight : that ``heavy``, of the open places.
    fewest : no timetable worth the limit has fewer announced meetings gone.
    gone : the announced units that the best selection found lets go; never more than allowed.
    """

    limit: int
    weight: int
    fewest: int
    gone: IntArray


@dataclass(frozen=True, slots=True)
class _Line:
    """A selection as a line over the bonus: its worth without it, and how many announced meetings it holds."""

    worth: int
    kept: int
    chosen: IntArray

    def at(self, bonus: int) -> int:
        return self.worth + bonus * self.kept


def trade(apart: OpenPlaces, announced: IntArray, stay: int) -> Trade | None:
    """Return what can be had while ``stay`` of the units ``announced`` are held; ``None`` where flow does not apply.

    ``apart`` are the places open without any of them. Cost: at most ten flows over the units with an open place.
    """
    weight, scale = apart.heavy, len(announced) + 1
    is_announced = np.zeros(apart.problem.units, dtype=np.int64)
    is_announced[announced] = 1

    def line(bonus: int) -> _Line | None:
        # With one point more for each announced meeting, those stay whose going earns nothing.
        chosen = select(apart, scale, is_announced * (bonus + 1))
        if chosen is None:
            return None
        avoided, value = gains(apart, chosen)
        kept = int(is_announced[chosen].sum())
        return _Line(scale * (weight * avoided + value) + kept, kept, chosen)

    loose = line(0)
    if loose is None:
        return None
    limit = loose.worth
    if loose.kept < stay:
        most = 4 * scale * weight
        tight = line(most)
        if tight is None:
            return None
        limit = tight.at(most) - most * stay
        for _ in range(_MOST_FLOWS):
            if tight.kept <= loose.kept:
                break
            bonus = max(0, (loose.worth - tight.worth) // (tight.kept - loose.kept))
            between = line(bonus)
            if between is None:
                break
            limit = min(limit, between.at(bonus) - bonus * stay)
            if between.at(bonus) == max(tight.at(bonus), loose.at(bonus)):
                break
            if between.kept >= stay:
                tight = between
            else:
                loose = between
        loose = tight
    gone = np.setdiff1d(announced, loose.chosen)
    if loose.kept < stay:
        gone = gone[:0]
    return Trade(limit // scale, weight, len(announced) - limit % scale, gone)
