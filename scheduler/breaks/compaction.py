"""Breaks and idle slots made few, with a bound: annealing, another selection of the same value, the exact model.

Annealing is quick and nearly always at or near the best for its selection. The bound by busy patterns says how far
that is from the best over all selections of the same value, and which of them to try. The exact model settles small
events, and gets the last break out where chains are stuck.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from scheduler.breaks.annealing import Annealing, Background, suits
from scheduler.breaks.patterns import PatternBound, busy_pattern_bound, idle_bound
from scheduler.problem.placement import Placement
from scheduler.problem.problem import IntArray, Problem
from scheduler.problem.watch import Watch
from scheduler.problem.worth import rank, worth
from scheduler.selecting.face import Face, optimal_face
from scheduler.selecting.select import is_network, select_again
from scheduler.slotting import matching as slotting

if TYPE_CHECKING:
    from scheduler.breaks.ladder import Ladder

# Unit-slot pairs up to which the exact model is asked, and up to which it may choose among all units.
_LARGEST_ASKED = 12_000
_LARGEST_FREE = 4_000
# Rounds of annealing for fewer idle slots, once there is nothing more to do about breaks.
_ROUNDS_FOR_IDLE = 2
# Units from which the bound takes long enough for a second core to anneal meanwhile.
_MANY_UNITS = 2_000
_LEVELS = 100


class Compaction:
    """The best placement so far, and a number of breaks that none of the same shortfall and value goes below.

    ``units`` are the selection; without a ``placement`` of it to start from, one is looked for among those of few
    breaks. ``proven_value`` says that no schedule of this shortfall has more value, so that the optimal face can be
    used. ``impossible`` says that no schedule of this shortfall and value exists.
    """

    def __init__(
        self,
        problem: Problem,
        units: IntArray,
        watch: Watch,
        better: Callable[[Placement], None],
        *,
        placement: Placement | None,
        proven_value: bool,
    ) -> None:
        self.problem = problem
        self.units = units
        self.shortfall, self.value = problem.shortfall_of(units), problem.value_of(units)
        self.best = placement
        self.impossible = False
        self.watch = watch
        self.better = better
        self.proven_value = proven_value
        self.bound = 0
        # How many idle slots there are at least where breaks are no more than now; each break has one.
        self.idle_bound = 0
        self.face: Face | None = None
        self.pattern: PatternBound | None = None
        self.chains = suits(problem, units)
        self._annealings: list[Annealing] = []
        self._lock = threading.RLock()
        self._ladder: Ladder | None = None
        # Whether the units of the ladder's model are all that a schedule of this value can hold.
        self._every = False

    def run(self) -> None:
        """Compact until proven, out of patience, or the watch is over.

        Without a time limit the work is bounded, and with one worker the result depends on the seed alone.
        """
        for step in self._steps():
            if self.settled:
                break
            step()
        self._bound_what_is_left()
        self._shorten_breaks()

    def _steps(self) -> Iterator[Callable[[], None]]:
        if self.best is not None and self.problem.sides is not None:
            # A little annealing mostly ends it before anything need be proven.
            yield partial(self._anneal, rounds=1)
        yield self._bound_by_patterns
        yield self._try_another_selection
        yield self._from_both_sides
        yield self._anneal_to_the_end

    @property
    def settled(self) -> bool:
        return self.breaks <= self.bound or self.impossible or self.watch.over()

    @property
    def breaks(self) -> float:
        """The breaks of the best placement, infinite where there is none."""
        return float("inf") if self.best is None else worth(self.problem, self.best)[2]

    def offer(self, placement: Placement | None) -> None:
        """Keep ``placement`` if it is better than the best so far."""
        if placement is None:
            return
        with self._lock:
            if self.best is None or rank(self.problem, placement) < rank(self.problem, self.best):
                self.best = placement
                self.better(placement)
        if self._ladder is not None:
            self._ladder.learn(placement)

    def _anneal(self, rounds: int | None, patience: int | None = 2, start: Placement | None = None) -> None:
        """Anneal the best so far, or ``start``, for some rounds on as many cores as there are, two at most."""
        start = start or self.best
        if not self.chains or start is None:
            return
        if not self._annealings or not np.array_equal(self._annealings[0].best.units, start.units):
            cores = range(min(2, max(1, self.watch.options.workers)))
            self._annealings = [Annealing(self.problem, start, self.watch.options.seed + k, turn=k) for k in cores]
        one, other = self._annealings[0], self._annealings[-1]
        # The last round is made to fit the time left; but what one worker finds must not depend on the clock.
        fits = one is not other and rounds is None and self.watch.remaining() < float("inf")
        seconds = self.watch.remaining if fits else None
        with ExitStack() as stack:
            if one is not other:
                # Each starts its rounds from the best of both, and stops when the other has reached the goal.
                stack.callback(lambda: self.offer(other.best))
                stack.enter_context(
                    Background(other, lambda: self.settled, goal=self.bound, latest=lambda: self.best, seconds=seconds)
                )
            one.run(
                lambda: self.watch.over() or other.fewest[0] <= self.bound,
                self.offer,
                goal=self.bound,
                patience=patience,
                rounds=rounds,
                latest=lambda: min((other.best, start), key=partial(rank, self.problem)),
                seconds=seconds,
            )

    def _anneal_to_the_end(self) -> None:
        self._anneal(rounds=None, patience=2 if self.watch.remaining() == float("inf") else None)

    def _bound_by_patterns(self) -> None:
        """Prove a bound over all selections of this value, annealing meanwhile where there is a second core."""
        if not self.proven_value:
            return
        self.watch.tell("bound on breaks")
        limit = self.watch.remaining() / 2
        with ExitStack() as stack:
            if (
                self.best is not None
                and self.chains
                and self.watch.options.workers > 1
                and len(self.units) >= _MANY_UNITS
            ):
                other = Annealing(self.problem, self.best, self.watch.options.seed + 1)
                stack.callback(lambda: self.offer(other.best))
                stack.enter_context(Background(other, self.watch.over))
            face = optimal_face(self.problem, self.units)
            self.pattern = self.watch.unless_over(
                lambda: busy_pattern_bound(self.problem, face, self.value, limit, self.shortfall)
            )
        self.face = face
        if self.pattern is not None:
            self.bound = max(self.bound, self.pattern.breaks)

    def _try_another_selection(self) -> None:
        """Anneal the selection towards which the bound leans."""
        if self.face is None or self.pattern is None or not len(self.face.sometimes) or not is_network(self.problem):
            return
        preferred = np.zeros(self.problem.units, dtype=np.int64)
        preferred[self.face.sometimes] = np.rint(self.pattern.leaning * _LEVELS).astype(np.int64)
        units = select_again(self.problem, preferred)
        if units is None or np.array_equal(units, self.units):
            return
        slots = slotting.slot_units(self.problem, units)
        if (slots != slotting.UNPLACED).all():
            self.watch.tell("another selection")
            self._anneal(rounds=2, start=Placement(units, slots))

    def _from_both_sides(self) -> None:
        """Raise the bound and get below the best, where the exact model is not too large; a thread for each if can be.

        From above, annealing comes first each time: what one finds the other goes on from.
        """
        self._ladder = ladder = self._model_of_breaks()
        if ladder is None:
            return
        self.watch.tell("exact model")
        others = self.watch.options.workers - 1
        if not others:
            self._from_above(ladder, 0, ladder.climb)
        else:
            with ThreadPoolExecutor(others) as pool:
                above = [pool.submit(self._from_above, ladder, number) for number in range(1, others + 1)]
                for turn in ladder.turns:
                    ladder.climb(turn)
            for done in above:
                done.result()
        if self._every:
            self.bound, self.impossible = max(self.bound, ladder.bound), ladder.impossible

    def _from_above(self, ladder: Ladder, number: int, first: Callable[[int], None] = lambda _: None) -> None:
        """Anneal and search downwards in turn, each time longer, and before each do what is to be done ``first``."""
        annealing = None
        for turn in ladder.turns:
            # Of what has no placement at all any number of breaks would be refused.
            ladder.place()
            first(turn)
            if ladder.settled:
                break
            best = self.best
            if annealing is None and best is not None and suits(self.problem, best.units):
                annealing = Annealing(self.problem, best, self.watch.options.seed + number)
            if annealing is not None:
                annealing.run(
                    lambda: ladder.settled, self.offer, goal=ladder.bound, rounds=turn + 1, latest=lambda: self.best
                )
            ladder.descend(turn, number)

    def _model_of_breaks(self) -> Ladder | None:
        """Return questions over every selection of this value where they are few, else over the units held."""
        problem, held = self.problem.widest, self.units if self.best is None else self.best.units
        units, always, self._every = held, held, len(held) == problem.units
        if self.face is not None:
            units, always, self._every = np.union1d(self.face.always, self.face.sometimes), self.face.always, True
        elif problem.allowed.sum() <= _LARGEST_FREE:
            units, always, self._every = np.arange(problem.units), np.flatnonzero(problem.required), True
        if problem.allowed[units].sum() > _LARGEST_ASKED:
            units, always, self._every = held, held, False
        if problem.allowed[units].sum() > _LARGEST_ASKED:
            return None
        # Loading the solver behind it takes half a second, which most events never need.
        from scheduler.breaks.ladder import Ladder
        from scheduler.exact.model import ExactModel

        model = ExactModel(problem, units, all_held=len(always) == len(units), always=always.tolist())
        if len(always) < len(units):
            model.of_worth(self.shortfall, self.value)
        return Ladder(model, self.watch, self.best, self.bound if self._every else 0, self.offer)

    def _shorten_breaks(self) -> None:
        """Look for fewer idle slots in as many breaks: no fewer breaks are possible, or looked for any more."""
        if self._ladder is None or self.best is None or self.watch.over():
            return
        if (
            suits(self.problem, self.best.units)
            and max(self.breaks, self.idle_bound) < worth(self.problem, self.best)[3]
        ):
            annealing = Annealing(self.problem, self.best, self.watch.options.seed)
            annealing.run(self.watch.over, self.offer, goal=-1, rounds=_ROUNDS_FOR_IDLE)

    def _bound_what_is_left(self) -> None:
        """Prove a bound on idle slots, and know which units are always held, for the bound on table moves."""
        if self.face is None and self.proven_value and not self.watch.over():
            self.face = optimal_face(self.problem, self.units)
        if self.face is not None and self.best is not None and 0 < self.breaks == self.bound and not self.watch.over():
            face, breaks, limit = self.face, self.bound, self.watch.remaining() / 2
            found = self.watch.unless_over(
                lambda: idle_bound(self.problem, face, self.value, breaks, limit, self.shortfall)
            )
            self.idle_bound = max(self.idle_bound, found or 0)
