"""What large neighbourhoods are for: value up to its bound, or breaks down to theirs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from scheduler.improving.part import PartModel
from scheduler.improving.regret import Regret
from scheduler.problem.placement import Placement
from scheduler.problem.problem import BoolArray, IntArray, Problem
from scheduler.problem.worth import breaks_and_idle, busy_slots
from scheduler.selecting.shapes import Order

# What a break costs where an idle slot costs one: breaks become shorter before they vanish.
_BREAK = 8


@dataclass(frozen=True, slots=True)
class Trouble:
    """Where something is to be gained: ``people`` and ``slots``, positions; either may be empty."""

    people: IntArray
    slots: IntArray


class Aim(Protocol):
    """What a search is for. ``unlikely`` int [U]: the smaller, the rather a better timetable holds the unit.

    ``most_freed`` is how many meetings a part may free and still be solved in tenths of a second.
    """

    most_freed: int

    @property
    def unlikely(self) -> IntArray: ...

    def lacks(self, placement: Placement) -> int:
        """Return how far ``placement`` is from the aim; 0 or less: it is reached."""
        ...

    def trouble(self, placement: Placement, random: np.random.Generator) -> Trouble:
        """Return where ``placement`` falls short of the aim."""
        ...

    def possible(self, placement: Placement) -> BoolArray:
        """Return bool [U]: what a timetable no worse than ``placement`` could hold."""
        ...

    def put(self, model: PartModel) -> None:
        """State the aim in the model of a part."""
        ...


@dataclass
class MoreValue:
    """Less shortfall than now, then more value, down to ``shortfall`` and up to ``value`` (``None``: no limit known).

    ``wanted`` are the units of a selection of that worth; ``regret`` says what no better timetable holds.
    """

    problem: Problem
    shortfall: int
    value: int | None
    wanted: IntArray
    regret: Regret | None
    most_freed: int = 60

    def __post_init__(self) -> None:
        self._order = Order.of(self.problem)
        self._is_wanted = np.zeros(self.problem.units, dtype=np.bool_)
        self._is_wanted[self.wanted] = True
        self._everything = np.ones(self.problem.units, dtype=np.bool_)

    @cached_property
    def unlikely(self) -> IntArray:
        order = -self.problem.score if self.regret is None else self.regret.lost
        return np.asarray(np.where(self._is_wanted, order.min(initial=0) - 1, order), dtype=np.int64)

    def lacks(self, placement: Placement) -> int:
        short = self.problem.shortfall_of(placement.units) - self.shortfall
        most = self._order.shortfall if self.value is None else self.value
        return self._order.shortfall * short + self._order.value * (most - self.problem.value_of(placement.units))

    def trouble(self, placement: Placement, random: np.random.Generator) -> Trouble:
        """Return the ends and slots of a unit of the selection that is not held, or somebody below the minimum."""
        problem = self.problem
        missing = self._is_wanted.copy()
        missing[placement.units] = False
        short = np.flatnonzero(problem.degrees(placement.units) < problem.minimum)
        units = np.flatnonzero(missing)
        if len(short) and (not len(units) or random.random() < 0.5):
            p = int(random.choice(short))
            return Trouble(np.array([p]), np.flatnonzero(problem.available[p]))
        if not len(units):
            return Trouble(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
        u = int(random.choice(units))
        return Trouble(np.array([problem.a[u], problem.b[u]]), np.flatnonzero(problem.allowed[u]))

    def possible(self, placement: Placement) -> BoolArray:
        return self._everything if self.regret is None else self.regret.possible(self.problem, placement.units)

    def put(self, model: PartModel) -> None:
        model.model.maximize(model.worth())


@dataclass
class FewerBreaks:
    """Fewer breaks than now, down to ``fewest``, then fewer idle slots; shortfall and value as they are.

    ``open`` bool [U] are the units that a timetable of this shortfall and value may hold.
    """

    problem: Problem
    fewest: int
    open: BoolArray
    most_freed: int = 60

    @cached_property
    def unlikely(self) -> IntArray:
        return -self.problem.score

    def lacks(self, placement: Placement) -> int:
        breaks, idle = (int(part.sum()) for part in breaks_and_idle(self.problem, placement))
        return _BREAK * breaks + idle if breaks > self.fewest else 0

    def trouble(self, placement: Placement, random: np.random.Generator) -> Trouble:
        """Return somebody with a break, and the slots of its breaks and right beside them."""
        problem = self.problem
        waiting = np.flatnonzero(breaks_and_idle(problem, placement)[0])
        if not len(waiting):
            return Trouble(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
        p = int(random.choice(waiting))
        busy = busy_slots(problem, placement)[p]
        found: list[int] = []
        for day in range(int(problem.day.max()) + 1):
            own = np.flatnonzero(busy & (problem.day == day))
            for before, after in zip(own[:-1].tolist(), own[1:].tolist(), strict=True):
                if after > before + 1:
                    found += range(before, after + 1)
        return Trouble(np.array([p]), np.array(sorted(set(found)), dtype=np.int64))

    def possible(self, placement: Placement) -> BoolArray:
        return self.open

    def put(self, model: PartModel) -> None:
        model.model.add(model.worth() >= model.worth_now)
        model.model.minimize(model.gaps.cost(_BREAK))
