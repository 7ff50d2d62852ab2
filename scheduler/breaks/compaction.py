"""Breaks and idle slots made few, with a bound: annealing, another selection of the same value, the exact model.

Annealing is quick and nearly always at or near the best for its selection. The bound by busy patterns says how far
that is from the best over all selections of the same value, and which of them to try. The exact model settles small
events, and gets the last break out where chains are stuck.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from scheduler.breaks.annealing import Annealing, Background, at_hand, suits
from scheduler.breaks.patterns import PatternBound, busy_pattern_bound, idle_bound
from scheduler.breaks.planning import planned_slots
from scheduler.problem.capacities import resources_of
from scheduler.problem.incumbent import Incumbent
from scheduler.problem.parameters import PARTS, ROUNDS, SHARES, SIZES
from scheduler.problem.placement import Placement
from scheduler.problem.problem import IntArray, Problem
from scheduler.problem.watch import Watch
from scheduler.problem.worth import rank, worth
from scheduler.selecting.face import Face, optimal_face
from scheduler.slotting import matching as slotting

if TYPE_CHECKING:
    from scheduler.breaks.ladder import Ladder

# Seconds between two looks whether the chains are compiled.
_WAIT = 0.1


def _nothing(_: int) -> None:
    pass


class Compaction:
    """The search for few breaks, and a number of breaks that no schedule of the same shortfall and value goes below.

    ``units`` are the selection; where ``incumbent`` has no placement of it to start from, one is looked for among those
    of few breaks. ``proven_value`` says that no schedule of this shortfall has more value, so that the optimal face can
    be used. ``impossible`` says that no schedule of this shortfall and value exists.
    """

    def __init__(
        self,
        problem: Problem,
        units: IntArray,
        watch: Watch,
        incumbent: Incumbent,
        *,
        proven_value: bool,
    ) -> None:
        self.problem = problem
        self.units = units
        self.shortfall, self.value = problem.shortfall_of(units), problem.value_of(units)
        self.incumbent = incumbent
        self.impossible = False
        self.watch = watch
        self.proven_value = proven_value
        self.bound = 0
        # How many idle slots there are at least where breaks are no more than now; each break has one.
        self.idle_bound = 0
        self.face: Face | None = None
        self.pattern: PatternBound | None = None
        self.resources = resources_of(problem, np.arange(problem.units))
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
        self._bound_what_is_left()
        self._shorten_breaks()

    def _steps(self) -> Iterator[Callable[[], None]]:
        large = len(self.units) >= SIZES.many
        if self.best is not None and self.problem.sides is not None and not large:
            # A little annealing mostly ends it before anything need be proven.
            yield partial(self._anneal, rounds=1)
        if not self._asked_at_once:
            yield self._bound_by_patterns
            if large:
                yield self._slot_by_plan
            if self.bound or not large:
                yield self._try_another_selection
        yield self._from_both_sides
        yield self._anneal_to_the_end
        yield self._parts_to_the_end

    @property
    def _asked_at_once(self) -> bool:
        """Whether the exact model is asked while the bound is still being proven: nothing is left to choose."""
        every = bool(self.problem.required.all()) and int(self.problem.allowed.sum()) <= SIZES.asked_breaks
        return every and self.proven_value and self.watch.options.workers > 1

    @property
    def settled(self) -> bool:
        return self.breaks <= self.bound or self.impossible or self.watch.over()

    @property
    def best(self) -> Placement | None:
        return self.incumbent.best

    @property
    def breaks(self) -> float:
        """The breaks of the best placement, infinite where there is none."""
        rank = self.incumbent.rank
        return float("inf") if rank is None else rank[2]

    def _anneal(
        self, rounds: int | None, patience: int | None = 2, start: Placement | None = None, reserve: float = 0.0
    ) -> None:
        """Anneal the best so far, or ``start``, for some rounds on as many cores as there are, two at most.

        ``reserve`` is how many seconds are to be left over.
        """
        start = start or self.best
        if start is None or not self._can_anneal(start.units):
            return
        one, other = self._annealings_from(start)
        # The last round is made to fit the time left; but what one worker finds must not depend on the clock.
        fits = one is not other and rounds is None and self.watch.remaining() < float("inf")
        seconds = (lambda: self.watch.remaining() - reserve) if fits else None
        with ExitStack() as stack:
            if one is not other:
                # Each starts its rounds from the best of both, and stops when the other has reached the goal.
                stack.callback(lambda: self.incumbent.offer(other.best))
                stack.enter_context(
                    Background(
                        other,
                        lambda: self.settled or self.watch.remaining() <= reserve,
                        goal=self.bound,
                        latest=lambda: self.best,
                        seconds=seconds,
                    )
                )
            one.run(
                lambda: self.settled or self.watch.remaining() <= reserve or other.fewest[0] <= self.bound,
                self.incumbent.offer,
                goal=self.bound,
                patience=patience,
                rounds=rounds,
                latest=lambda: min((other.best, start), key=partial(rank, self.problem)),
                seconds=seconds,
            )

    def _annealings_from(self, start: Placement) -> tuple[Annealing, Annealing]:
        """Return the two that go on with the selection of ``start``; one and the same where there is one core."""
        if not self._annealings or not np.array_equal(self._annealings[0].best.units, start.units):
            cores = range(min(2, max(1, self.watch.options.workers)))
            self._annealings = [Annealing(self.problem, start, self.watch.options.seed + k, turn=k) for k in cores]
        return self._annealings[0], self._annealings[-1]

    @contextmanager
    def _annealing_meanwhile(self) -> Iterator[None]:
        """Anneal the best on a second core, where there is one, as long as something else is done."""
        best = self.best
        if best is None or self.watch.options.workers == 1 or self.settled or not self._can_anneal(best.units):
            yield
            return
        _, other = self._annealings_from(best)
        with Background(other, lambda: self.settled, goal=self.bound, latest=lambda: self.best):
            yield
        self.incumbent.offer(other.best)

    def _can_anneal(self, units: IntArray) -> bool:
        return at_hand(self.problem, units, self.watch)

    def _anneal_to_the_end(self) -> None:
        best = self.best
        while best is not None and suits(self.problem, best.units) and not self._can_anneal(best.units):
            # There is nothing else left to do than to wait until they are compiled.
            if self.settled:
                return
            time.sleep(_WAIT)
        limit = self.watch.options.asked_limit
        if limit is None:
            self._anneal(rounds=None)
        else:
            self._anneal(rounds=None, patience=None, reserve=SHARES.parts * limit)

    def _parts_to_the_end(self) -> None:
        """Solve parts around those who still wait, where few do."""
        if self._ladder is None:
            self.watch.tell("fewer breaks")
            self._improve_parts(len(PARTS.patience_for_breaks) - 1, None)

    def _bound_by_patterns(self) -> None:
        """Prove a bound over all selections of this value, annealing meanwhile where there is a second core."""
        if not self.proven_value:
            return
        self.watch.tell("bound on breaks")
        limit = self.watch.remaining() / 2
        with self._annealing_meanwhile():
            face = optimal_face(self.problem, self.units)
            self.pattern = self.watch.unless_over(
                lambda: busy_pattern_bound(self.problem, face, self.value, limit, self.shortfall)
            )
        self.face = face
        if self.pattern is not None:
            self.bound = max(self.bound, self.pattern.breaks)

    def _slot_by_plan(self) -> None:
        """Follow a plan of who is busy when, where some must wait anyway: annealing takes long to come as near."""
        if self.bound and self.breaks > self.bound:
            self.watch.tell("plan")
            limit = self.watch.remaining() / 3
            self.incumbent.offer(self.watch.unless_over(lambda: planned_slots(self.problem, self.units, limit)))

    def _try_another_selection(self) -> None:
        """Anneal the selection towards which the bound leans."""
        if self.pattern is None or not slotting.suits(self.problem):
            return
        units = self.pattern.units
        worth_as_much = (self.shortfall, self.value) == (self.problem.shortfall_of(units), self.problem.value_of(units))
        if not worth_as_much or np.array_equal(units, self.units):
            return
        slots = slotting.slot_units(self.problem, units)
        if (slots != slotting.UNPLACED).all():
            self.watch.tell("another selection")
            self._anneal(rounds=2, start=Placement(units, slots))

    def _from_both_sides(self) -> None:
        """Raise the bound and get below the best, a thread for each if can be; what one finds the others go on from.

        From below the exact model is asked where it is not too large. From above come annealing, large neighbourhoods
        and the exact model in turn, each time longer.
        """
        if self._asked_at_once:
            self.face = optimal_face(self.problem, self.units)
        self._ladder = ladder = self._model_of_breaks()
        if ladder is None and len(self.units) > SIZES.in_parts:
            return
        self.watch.tell("fewer breaks")
        workers = self.watch.options.workers
        if workers == 1:
            self._from_above(0, ladder.climb if ladder is not None else _nothing)
        else:
            with ThreadPoolExecutor(workers) as pool:
                above = [pool.submit(self._from_above, number) for number in range(1, workers)]
                if ladder is not None:
                    if self._asked_at_once:
                        self._bound_by_patterns()
                        ladder.bound = max(ladder.bound, self.bound)
                    for turn in ladder.turns:
                        ladder.climb(turn)
                else:
                    self._from_above(0)
                for done in above:
                    done.result()
        if ladder is not None and self._every:
            self.bound, self.impossible = max(self.bound, ladder.bound), ladder.impossible

    @property
    def _searched(self) -> bool:
        """Whether the search from above is over: nothing to gain, or nothing to find."""
        return self.settled or (self._ladder is not None and self._ladder.settled)

    def _from_above(self, number: int, first: Callable[[int], None] = _nothing) -> None:
        """Anneal, solve parts and search downwards in turn, each time longer; before each turn call ``first``."""
        annealing, ladder = None, self._ladder
        for turn in range(len(PARTS.patience_for_breaks)):
            # Where there is no placement at all, a "no" to so many breaks would say nothing of breaks.
            if ladder is not None:
                ladder.place()
            first(turn)
            if self._searched:
                break
            best = self.best
            if annealing is None and best is not None and self._can_anneal(best.units):
                annealing = Annealing(self.problem, best, self.watch.options.seed + number)
            if annealing is not None:
                annealing.run(
                    lambda: self._searched,
                    self.incumbent.offer,
                    goal=self._goal,
                    rounds=turn + 1,
                    latest=lambda: self.best,
                )
            if ladder is not None and self._asked_at_once:
                ladder.descend(turn, number)
            self._improve_parts(turn, number)
            if ladder is not None and not self._asked_at_once:
                limit = self.watch.options.asked_limit
                ladder.descend(turn, number, float("inf") if limit is None else SHARES.down * limit)

    @property
    def _goal(self) -> int:
        return self.bound if self._ladder is None or not self._every else max(self.bound, self._ladder.bound)

    def _improve_parts(self, turn: int, number: int | None) -> None:
        """Free those who wait, and some others around them, and solve such parts exactly."""
        if self.best is None or self.resources is None or self._searched:
            return
        from scheduler.improving.aims import FewerBreaks
        from scheduler.improving.search import Improving

        open_ones = np.zeros(self.problem.units, dtype=np.bool_)
        open_ones[self.best.units] = True
        if self.face is not None:
            open_ones[self.face.sometimes] = True
        aim = FewerBreaks(self.problem, self._goal, open_ones)
        search = Improving(
            self.problem,
            self.resources,
            self.incumbent,
            aim,
            self.watch,
            PARTS.patience_for_breaks[turn],
            moot=lambda: self._searched,
        )
        search.run(number)

    def _model_of_breaks(self) -> Ladder | None:
        """Return questions over every selection of this value where they are few, else over the units held."""
        problem, held = self.problem.widest, self.units if self.best is None else self.best.units
        units, always, self._every = held, held, len(held) == problem.units
        if self.face is not None:
            units, always, self._every = np.union1d(self.face.always, self.face.sometimes), self.face.always, True
        elif problem.allowed.sum() <= SIZES.free_breaks:
            units, always, self._every = np.arange(problem.units), np.flatnonzero(problem.required), True
        if problem.allowed[units].sum() > SIZES.asked_breaks:
            units, always, self._every = held, held, False
        if problem.allowed[units].sum() > SIZES.asked_breaks:
            return None
        # Loading the solver behind it takes half a second, which most events never need.
        from scheduler.breaks.ladder import Ladder
        from scheduler.exact.model import ExactModel

        model = ExactModel(problem, units, all_held=len(always) == len(units), always=always.tolist())
        if len(always) < len(units):
            model.keep_worth(self.shortfall, self.value)
        return Ladder(model, self.watch, self.incumbent, self.bound if self._every else 0)

    def _shorten_breaks(self) -> None:
        """Look for fewer idle slots in as many breaks: no fewer breaks are possible, or looked for any more."""
        if self._ladder is None or self.best is None or self.watch.over():
            return
        if self._can_anneal(self.best.units) and max(self.breaks, self.idle_bound) < worth(self.problem, self.best)[3]:
            annealing = Annealing(self.problem, self.best, self.watch.options.seed)
            annealing.run(self.watch.over, self.incumbent.offer, goal=-1, rounds=ROUNDS.for_idle)

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
