"""Breaks and idle slots made few, with a bound: annealing, another selection of the same value, the exact model.

Annealing is quick and nearly always at or near the best for its selection. The bound by busy patterns says how far
that is from the best over all selections of the same value, and which of them to try. The exact model settles small
events, and gets the last break out where chains are stuck.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import numpy as np

from scheduler import slotting
from scheduler.annealing import Annealing, Background, suits
from scheduler.face import Face, optimal_face
from scheduler.patterns import PatternBound, busy_pattern_bound
from scheduler.placement import Placement
from scheduler.problem import Problem
from scheduler.selection import is_network, select_again
from scheduler.tiers import rank, worth
from scheduler.watch import Watch

# Unit-slot pairs up to which the exact model is asked: over the placement's own units, and over all selections.
_LARGEST_OWN = 12_000
_LARGEST_FREE = 4_000
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
        self.face: Face | None = None
        self.pattern: PatternBound | None = None

    def run(self) -> None:
        """Compact until proven, out of patience, or the watch is over.

        Without a time limit the work is bounded, and with one worker the result depends on the seed alone.
        """
        chains = suits(self.problem, self.best.units)
        if chains and not self.settled:
            self._anneal(patience=1, rounds=2)
        if not self.settled:
            self._bound_by_patterns(chains)
        if chains and not self.settled:
            self._try_another_selection()
        if not self.settled:
            self._exactly(chains)
        if chains and not self.settled:
            self._anneal(patience=2 if self.watch.remaining() == float("inf") else None)

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

    def _anneal(self, patience: int | None, start: Placement | None = None, rounds: int | None = None) -> None:
        """Anneal from ``start`` (the best so far), on a second core too where there is one."""
        start = start or self.best
        annealing = Annealing(self.problem, start, self.watch.options.seed)
        if self.watch.options.workers < 2 or patience is not None:
            annealing.run(self.watch.over, self.offer, goal=self.bound, patience=patience, rounds=rounds)
            return
        other = Annealing(self.problem, start, self.watch.options.seed + 1)
        with Background(other, self.watch.over, goal=self.bound):
            while not self.watch.over() and min(annealing.fewest, other.fewest)[0] > self.bound:
                annealing.run(self.watch.over, self.offer, goal=self.bound, patience=1)
                self.offer(other.best)
        self.offer(other.best)

    def _bound_by_patterns(self, chains: bool) -> None:
        """Prove a bound over all selections of this value, annealing meanwhile."""
        self.watch.tell("bound on breaks")
        shortfall, value, _, _ = worth(self.problem, self.best)
        if not self.proven_value:
            return
        face = optimal_face(self.problem, self.best.units)
        if len(face.sometimes) and not is_network(self.problem):
            # Nearly everything may vary then, and the bound would be 0 after a long time.
            return
        limit, kept = self.watch.remaining() / 2, value if shortfall == 0 else None
        with self._annealing_meanwhile(chains):
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
            self._anneal(patience=2, start=Placement(units, slots))

    def _exactly(self, chains: bool) -> None:
        """Ask the exact model: over every selection where the event is small, else over the placement's units."""
        free = int(self.problem.allowed.sum()) <= _LARGEST_FREE
        if not free and self.problem.allowed[self.best.units].sum() > _LARGEST_OWN:
            return
        # Loading the solver behind it takes a second, which most events never need.
        from scheduler.exact import ExactModel

        self.watch.tell("exact model")
        units = np.arange(self.problem.units) if free else self.best.units
        model = ExactModel(self.problem, units, all_held=not free)
        shortfall, value = worth(self.problem, self.best)[:2]
        if free:
            model.model.add(model.shortfall <= shortfall)
            model.model.add(model.value >= value)
        with self._annealing_meanwhile(chains):
            answer = model.fewest_breaks(self.watch, at_least=self.bound, hint=self.best, fewest=self.breaks)
            if answer.placement is None and answer.bound is not None and answer.bound < self.breaks:
                answer = model.minimise(model.breaks, self.watch, hint=self.best, effort=20.0, at_least=answer.bound)
        self.offer(answer.placement)
        if (free or len(units) == self.problem.units) and answer.bound is not None:
            self.bound = max(self.bound, answer.bound)
        if 0 < self.breaks == answer.bound and not self.watch.over():
            model.model.add(model.breaks <= self.breaks)
            self.offer(
                model.minimise(model.idle, self.watch, hint=self.best, effort=5.0, at_least=self.breaks).placement
            )

    def _annealing_meanwhile(self, chains: bool) -> ExitStack:
        """Return a context in which a second core, where there is one, anneals the best so far."""
        stack = ExitStack()
        if chains and self.watch.options.workers >= 2:
            other = Annealing(self.problem, self.best, self.watch.options.seed + 1)
            stack.callback(lambda: self.offer(other.best))
            stack.enter_context(Background(other, self.watch.over, goal=self.bound))
        return stack
