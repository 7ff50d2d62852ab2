"""The best timetable known, read and bettered by every part of a search, from any thread."""

from __future__ import annotations

import threading
from collections.abc import Callable

from scheduler.problem.placement import Placement
from scheduler.problem.problem import Problem
from scheduler.problem.worth import rank

Rank = tuple[int, int, int, int]


class Incumbent:
    """The best placement offered so far. ``told`` hears of each improvement, one at a time."""

    def __init__(self, problem: Problem, told: Callable[[], None] = lambda: None) -> None:
        self.problem = problem
        self._told = told
        self._lock = threading.RLock()
        self._state: tuple[Rank, Placement] | None = None

    def offer(self, placement: Placement | None) -> bool:
        """Keep ``placement`` if it is better than the best; return whether it was. Cost: O(P S)."""
        if placement is None:
            return False
        key = rank(self.problem, placement)
        with self._lock:
            if self._state is not None and key >= self._state[0]:
                return False
            self._state = key, placement
            self._told()
            return True

    @property
    def best(self) -> Placement | None:
        state = self._state
        return None if state is None else state[1]

    @property
    def rank(self) -> Rank | None:
        """Shortfall, value with its sign turned, breaks and idle slots of the best; ``None`` where there is none."""
        state = self._state
        return None if state is None else state[0]

    def reaches(self, shortfall: int, value: int | None) -> bool:
        """Return whether the best has this shortfall and value."""
        key = self.rank
        return key is not None and value is not None and key[:2] == (shortfall, -value)
