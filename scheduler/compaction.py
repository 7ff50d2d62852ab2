"""Breaks and idle slots made few, with a bound: annealing, another selection of the same value, the exact model.

Annealing is quick and nearly always at or near the best for its selection. The bound by busy patterns says how far
that is from the best over all selections of the same value, and which of them to try. The exact model settles small
events, and gets the last break out where chains are stuck.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from scheduler import slotting
from scheduler.annealing import Annealing, Background, suits
from scheduler.face import Face, optimal_face
from scheduler.patterns import PatternBound, busy_pattern_bound, idle_bound
from scheduler.placement import Placement
from scheduler.problem import Problem
from scheduler.selection import is_network, select_again
from scheduler.tiers import rank, worth
from scheduler.watch import Watch

if TYPE_CHECKING:
    from scheduler.ladder import Ladder

# Unit-slot pairs up to which the exact model is asked, and up to which it may choose among all units.
_LARGEST_ASKED = 12_000
_LARGEST_FREE = 4_000
# Units from which the bound takes long enough for a second core to anneal meanwhile.
_MANY_UNITS = 2_000
# Turns of questions and annealing; each takes several times as long as the one before.
_TURNS = 4
_LEVELS = 100


class Compaction:
    """The best placement so far, and a number of breaks that none of the same shortfall and value goes below.

    ``proven_value`` says that no schedule of this shortfall has more value, so that the optimal face can be used.
    """

    def __init__(
        self,
        problem: Problem,
        placement: Placement,
        watch: Watch,
        better: Callable[[Placement], None],
        *,
        proven_value: bool,
    ) -> None:
        self.problem = problem
        self.best = placement
        self.watch = watch
        self.better = better
        self.proven_value = proven_value
        self.bound = 0
        # How many idle slots there are at least where breaks are no more than now; each break has one.
        self.idle_bound = 0
        self.face: Face | None = None
        self.pattern: PatternBound | None = None
        self.chains = suits(problem, placement.units)
        self._annealings: list[Annealing] = []
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
        self._shorten_breaks()
        self._bound_what_is_left()

    def _steps(self) -> Iterator[Callable[[], None]]:
        if self.problem.sides is not None:
            # A little annealing mostly ends it before anything need be proven.
            yield partial(self._anneal, rounds=1)
        yield self._bound_by_patterns
        yield self._try_another_selection
        for turn in range(_TURNS):
            # Questions and annealing in turn, each time longer: what one finds the other goes on from.
            yield partial(self._ask, turn)
            if self._ladder is not None:
                yield partial(self._anneal, rounds=3)
        yield self._anneal_to_the_end

    @property
    def settled(self) -> bool:
        return self.breaks <= self.bound or self.watch.over()

    @property
    def breaks(self) -> int:
        return worth(self.problem, self.best)[2]

    def offer(self, placement: Placement | None) -> None:
        """Keep ``placement`` if it is better than the best so far."""
        if placement is not None and rank(self.problem, placement) < rank(self.problem, self.best):
            self.best = placement
            self.better(placement)

    def _anneal(self, rounds: int | None, patience: int | None = 2, start: Placement | None = None) -> None:
        """Anneal the best so far, or ``start``, for some rounds on as many cores as there are, two at most."""
        if not self.chains:
            return
        start = start or self.best
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
        shortfall, value, _, _ = worth(self.problem, self.best)
        if not self.proven_value:
            return
        self.watch.tell("bound on breaks")
        limit, kept = self.watch.remaining() / 2, value if shortfall == 0 else None
        with ExitStack() as stack:
            if self.chains and self.watch.options.workers > 1 and len(self.best.units) >= _MANY_UNITS:
                other = Annealing(self.problem, self.best, self.watch.options.seed + 1)
                stack.callback(lambda: self.offer(other.best))
                stack.enter_context(Background(other, self.watch.over))
            face = optimal_face(self.problem, self.best.units)
            self.pattern = self.watch.unless_over(lambda: busy_pattern_bound(self.problem, face, kept, limit))
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
        if units is None or np.array_equal(units, self.best.units):
            return
        slots = slotting.slot_units(self.problem, units)
        if (slots != slotting.UNPLACED).all():
            self.watch.tell("another selection")
            self._anneal(rounds=2, start=Placement(units, slots))

    def _ask(self, turn: int) -> None:
        """Ask the exact model, where it is not too large."""
        if self._ladder is None:
            self._ladder = self._model_of_breaks()
        if self._ladder is not None:
            self.watch.tell("exact model")
            self._ladder.learn(self.best, self.bound if self._every else 0)
            self._ladder.climb(turn)
            if self._every:
                self.bound = max(self.bound, self._ladder.bound)

    def _model_of_breaks(self) -> Ladder | None:
        """Return questions over every selection of this value where they are few, else over the units held."""
        problem, held = self.problem, self.best.units
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
        from scheduler.exact import ExactModel
        from scheduler.ladder import Ladder

        model = ExactModel(problem, units, all_held=len(always) == len(units), always=always.tolist())
        if len(always) < len(units):
            shortfall, value = worth(problem, self.best)[:2]
            model.model.add(model.shortfall <= shortfall)
            model.model.add(model.value >= value)
        return Ladder(model, self.watch, self.best, self.bound if self._every else 0, self.offer)

    def _shorten_breaks(self) -> None:
        """Look for fewer idle slots in as many breaks, once no fewer breaks are possible."""
        ladder = self._ladder
        if ladder is None or self.watch.over() or not 0 < self.breaks <= ladder.bound:
            return
        model = ladder.model
        model.model.add(model.breaks <= self.breaks)
        answer = model.minimise(model.idle, self.watch, hint=self.best, effort=2.0, at_least=self.breaks)
        self.offer(answer.placement)

    def _bound_what_is_left(self) -> None:
        """Prove a bound on idle slots, and know which units are always held, for the bound on table moves."""
        breaks = self.breaks
        if self.face is None and self.proven_value and not self.watch.over():
            self.face = optimal_face(self.problem, self.best.units)
        if self.face is not None and 0 < breaks == self.bound and not self.watch.over():
            shortfall, value = worth(self.problem, self.best)[:2]
            kept, face, limit = value if shortfall == 0 else None, self.face, self.watch.remaining() / 2
            found = self.watch.unless_over(lambda: idle_bound(self.problem, face, kept, breaks, limit))
            self.idle_bound = max(self.idle_bound, found or 0)
