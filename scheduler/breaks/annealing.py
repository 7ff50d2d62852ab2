"""Annealing one selection: the compiled Kempe chains (``chains``) fed, watched and stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from scheduler.breaks.chains import warming
from scheduler.problem.capacities import resources_of
from scheduler.problem.parameters import ROUNDS
from scheduler.problem.placement import Placement
from scheduler.problem.problem import IntArray, Problem
from scheduler.problem.watch import Watch
from scheduler.problem.worth import breaks_alike, breaks_and_idle
from scheduler.tables.staying import stands, with_tables_for


@dataclass(frozen=True, slots=True)
class _Manner:
    """How a round anneals: what an idle slot costs (a break costs 10), and the temperatures."""

    idle_cost: int
    hot: float
    cold: float


# Breaks are got rid of by making them shorter first, so idle slots weigh much; where some must be, not in every round.
# Measured with 60 million proposals for 16,000 units: 5 and 9 breaks, where (5, 8.0, 2.0) leaves 17.
_WITHOUT_BREAKS = (_Manner(8, 10.0, 2.0), _Manner(10, 12.0, 2.0))
_WITH_SOME = (_Manner(5, 8.0, 2.0), _Manner(1, 6.0, 0.7))
# A start that is near its goal is lost in such heat while a round has few proposals for each unit (``ROUNDS``).
_NEAR = _Manner(1, 1.0, 0.3)
_NEVER = (float("inf"), float("inf"))
# The slots of a participant are the bits of one signed 64-bit integer.
_MOST_SLOTS = 62


class Annealing:
    """The units of one placement, and the best slots found for them so far. ``fewest`` is (breaks, idle slots).

    Rounds take turns in how they anneal, ``turn`` being the first; two of different turns make a portfolio.
    """

    def __init__(self, problem: Problem, placement: Placement, seed: int, turn: int = 0) -> None:
        # The compiler behind it takes a second to load: only those who anneal pay for it.
        from scheduler.breaks.chains import general as kempe
        from scheduler.breaks.chains import paths as kempe_paths
        from scheduler.breaks.chains.bits import random_state

        standing = with_tables_for(problem, placement)
        self.problem = problem = standing or problem
        self.best = placement
        # One that breaks the rule of breaks may be mended: anything legal is better.
        self.fewest: tuple[float, float] = _count(problem, placement) if breaks_alike(problem, placement) else _NEVER
        units = placement.units
        resources = resources_of(problem, units)
        assert resources is not None, "ask suits() first"
        single = bool((problem.delegates[np.concatenate([problem.a[units], problem.b[units]])] == 1).all())
        self._kernel = kempe_paths.anneal if single else kempe.anneal
        self._state = random_state(seed)
        most = max(int(problem.degrees(units).max()), 1)
        days = [sum(1 << int(s) for s in np.flatnonzero(problem.day == day)) for day in np.unique(problem.day)]
        self._fixed = (
            np.stack([problem.a[units], problem.b[units]], axis=1),
            # Where tables change from day to day nothing can be moved without choosing them again.
            problem.allowed[units] & (standing is not None),
            resources.uses,
            resources.capacity,
            np.minimum(problem.delegates, most),
            np.array(days, dtype=np.int64),
            # Somebody may have no break at all; to hold all to the difference above that is safe, if not always needed.
            problem.slots if problem.break_difference is None else problem.break_difference,
            *_order(problem, units),
            _rings(problem),
            np.int64(problem.joins),
            problem.most_in_window,
        )
        self._moves = max(ROUNDS.first, ROUNDS.first_a_unit * len(units))
        self._turn = turn
        self._speed = 0.0

    def run(
        self,
        over: Callable[[], bool],
        better: Callable[[Placement], object] = lambda _: None,
        *,
        goal: int = 0,
        patience: int | None = 2,
        rounds: int | None = None,
        latest: Callable[[], Placement | None] = lambda: None,
        seconds: Callable[[], float] | None = None,
    ) -> None:
        """Anneal in rounds, each longer, until ``over()``, the ``goal`` of breaks, or ``patience`` is lost.

        ``patience`` counts rounds without a break less (``None``: never lost), ``rounds`` all of them. ``better`` hears
        of each improvement; a round starts from what ``latest`` returns where that is better. ``seconds`` returns the
        time left, which the last round is made to fit; without it the result depends on the seed alone.
        """
        vain = done = 0
        while (patience is None or vain < patience) and (rounds is None or done < rounds):
            self._adopt(latest())
            if over() or self.fewest[0] <= goal:
                break
            vain = 0 if self._round(over, better, goal, seconds) else vain + 1
            done += 1

    def _manner(self, goal: int) -> _Manner:
        near = goal < self.fewest[0] <= ROUNDS.near_goal * goal
        if near and self._moves < ROUNDS.few_a_unit * len(self.best.units):
            return _NEAR
        return (_WITH_SOME if goal else _WITHOUT_BREAKS)[self._turn % 2]

    def _adopt(self, other: Placement | None) -> None:
        if other is not None and np.array_equal(other.units, self.best.units) and stands(self.problem, other):
            fewest = _count(self.problem, other)
            if fewest < self.fewest:
                self.best, self.fewest = other, fewest

    def _round(
        self,
        over: Callable[[], bool],
        better: Callable[[Placement], object],
        goal: int,
        seconds: Callable[[], float] | None,
    ) -> bool:
        before, began = self.fewest, time.monotonic()
        manner = self._manner(goal)
        moves, growth = self._moves, ROUNDS.growth
        if seconds is not None:
            growth = ROUNDS.growth_to_fit
            possible = self._speed * seconds()
            if 0 < possible < (1 + growth) * moves:
                # There would be no time for a whole round after this one.
                moves = max(ROUNDS.chunk, int(possible))
        slots = self.best.slots.copy()
        chunks = max(1, moves // ROUNDS.chunk)
        for chunk in range(chunks):
            start, end = (manner.hot * (manner.cold / manner.hot) ** (part / chunks) for part in (chunk, chunk + 1))
            found, breaks, idle = self._kernel(
                slots, *self._fixed, manner.idle_cost, self._state, ROUNDS.chunk, start, end
            )
            if (breaks, idle) < self.fewest:
                self.fewest = (int(breaks), int(idle))
                self.best = Placement(self.best.units, found)
                better(self.best)
            if over() or self.fewest[0] <= goal:
                break
        self._speed = (chunk + 1) * ROUNDS.chunk / max(time.monotonic() - began, 1e-3)
        self._moves = min(growth * self._moves, ROUNDS.longest)
        self._turn += 1
        return self.fewest[0] < before[0]


class Background:
    """An annealing in a thread of its own; the compiled code lets go of Python's lock, so that it uses another core."""

    def __init__(self, annealing: Annealing, over: Callable[[], bool], **how: Any) -> None:
        self.annealing = annealing
        self._stopped = threading.Event()
        self._thread = threading.Thread(
            target=annealing.run,
            args=(lambda: self._stopped.is_set() or over(),),
            kwargs={**how, "patience": None},
            daemon=True,
        )

    def __enter__(self) -> Background:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()


def suits(problem: Problem, units: IntArray) -> bool:
    """Return whether a chain that respects delegates, resources and order respects every rule.

    Twins need a single delegate on one side, who then keeps them in different slots.
    """
    apart = all(problem.delegates[[problem.a[group[0]], problem.b[group[0]]]].min() == 1 for group in problem.twins)
    few = problem.slots <= _MOST_SLOTS and len(units) > 0
    return apart and few and resources_of(problem, units) is not None


def at_hand(problem: Problem, units: IntArray, watch: Watch) -> bool:
    """Return whether ``units`` can be annealed now: chains suit them, and are compiled.

    Where they are not compiled yet that begins in the background. Only who asks for the same answer on any machine,
    with one worker and no limit of its own, waits for it.
    """
    if not suits(problem, units):
        return False
    options = watch.options
    unhurried = options.time_limit is None or options.patience is not None
    if warming.is_ready() or (options.workers == 1 and unhurried):
        return True
    warming.warm_up_in_background()
    return False


def _count(problem: Problem, placement: Placement) -> tuple[int, int]:
    breaks, idle = breaks_and_idle(problem, placement)
    return int(breaks.sum()), int(idle.sum())


def _order(problem: Problem, units: IntArray) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return, as rows of positions, the held units that must be before, and after, each of ``units``."""
    position = {int(u): k for k, u in enumerate(units)}
    before: list[list[int]] = [[] for _ in units]
    beyond: list[list[int]] = [[] for _ in units]
    for later, earlier in problem.after:
        if later in position and earlier in position:
            before[position[later]].append(position[earlier])
            beyond[position[earlier]].append(position[later])
    return *_rows(before), *_rows(beyond)


def _rings(problem: Problem) -> IntArray:
    """Return for each participant the next one who is the same person, the last leading to the first: int [P]."""
    ring = np.arange(problem.participants, dtype=np.int64)
    for members in problem.groups:
        ring[list(members)] = np.roll(members, -1)
    return ring


def _rows(lists: list[list[int]]) -> tuple[IntArray, IntArray]:
    starts = np.concatenate([[0], np.cumsum([len(row) for row in lists])]).astype(np.int64)
    return starts, np.array([entry for row in lists for entry in row], dtype=np.int64)
