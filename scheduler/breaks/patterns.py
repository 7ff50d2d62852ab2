"""A bound on breaks by busy patterns: forget who meets whom, keep when each participant can be busy.

The bound is what prices of meetings prove (``prices``): those that patterns generated for groups of like participants
lead to, and in small events of one selection those of a program that knows who meets whom.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import numpy as np

from scheduler.breaks.degrees import with_meetings_priced
from scheduler.breaks.duties import duties_of
from scheduler.breaks.generation import Generation
from scheduler.breaks.master import Plan
from scheduler.breaks.prices import FloatArray, Kept, Prices, no_prices
from scheduler.breaks.proving import patterns_proof
from scheduler.breaks.walks import prices_by_walks
from scheduler.format.proof import Proof, ZeroProof
from scheduler.problem.problem import IntArray, Problem
from scheduler.selecting.face import Face

# Meetings times slots up to which each of them is a column too: a second's work.
_LARGEST_FOR_MEETINGS = 5_000
# Participants whose meetings vary up to which all are put into one program, and selections tried where they are more.
_MANY_VARYING = 400
_MOST_SELECTIONS = 3


@dataclass(frozen=True, slots=True)
class PatternBound:
    """``breaks``: no schedule on the face has fewer; ``leaning`` [units that may vary]: how far each is used for it.

    ``plan`` says who might be busy when, with few breaks. Where idle slots are asked about ``breaks`` counts these.
    """

    breaks: int
    leaning: FloatArray
    plan: Plan
    prices: Prices = field(repr=False)
    problem: Problem = field(repr=False)
    face: Face = field(repr=False)

    @property
    def units(self) -> IntArray:
        """The selection towards which it leans, mostly one of the face: ascending units."""
        return np.union1d(self.face.always, self.face.sometimes[self.leaning > 0.5])

    @property
    def proof(self) -> Proof | None:
        """The prices as a file carries them; ``None`` where nothing says why the face is all there is."""
        return patterns_proof(self.problem, self.face, self.prices) if self.breaks else ZeroProof()


def busy_pattern_bound(
    problem: Problem,
    face: Face,
    value: int | None,
    time_limit: float = float("inf"),
    shortfall: int | None = None,
) -> PatternBound | None:
    """Return a bound on breaks over all selections of ``face``; ``None`` where there was no time for any.

    ``value`` is what every selection of the face is worth and ``shortfall`` what it falls short by, ``None`` where that
    is not to be used. Cost: some tens of rounds of ``Generation``: a second for 500 participants, five for 2,000.
    """
    end = time.monotonic() + time_limit
    kept = Kept(value=value, shortfall=shortfall)
    found = _generated(problem, face, kept, time_limit)
    small = len(face.always) * problem.slots <= _LARGEST_FOR_MEETINGS and not len(face.sometimes)
    if found is None or not found.breaks or not small or time.monotonic() > end:
        return found
    # Where somebody must wait it pays to look at who meets whom as well.
    prices = prices_by_walks(found.problem, face.always, end - time.monotonic())
    bound = None if prices is None else prices.bound(found.problem, face, kept)
    if prices is None or bound is None or bound <= found.breaks:
        return found
    return replace(found, breaks=bound, prices=prices)


def idle_bound(
    problem: Problem,
    face: Face,
    value: int | None,
    breaks: int,
    time_limit: float = float("inf"),
    shortfall: int | None = None,
) -> int | None:
    """Return a bound on the idle slots of schedules on ``face`` with at most ``breaks``; cost and ``None`` as above."""
    found = idle_slots_bound(problem, face, Kept(value, shortfall, breaks), time_limit)
    return None if found is None else found.breaks


def idle_slots_bound(problem: Problem, face: Face, kept: Kept, time_limit: float) -> PatternBound | None:
    """Return ``idle_bound`` with its proof; ``kept`` names breaks."""
    return _generated(problem, face, kept, time_limit)


def _generated(problem: Problem, face: Face, kept: Kept, time_limit: float) -> PatternBound | None:
    if not len(face.always) + len(face.sometimes):
        return None
    # Whatever tables are chosen for those who stay seated.
    problem = problem.widest
    if (problem.degrees(face.sometimes) > 0).sum() > _MANY_VARYING:
        return bound_by_selections(problem, face, kept, time_limit)
    found = Generation(problem, face, kept).run(time_limit)
    return None if found is None else PatternBound(found.breaks, found.leaning, found.plan, found.prices, problem, face)


def bound_by_selections(problem: Problem, face: Face, kept: Kept, time_limit: float) -> PatternBound | None:
    """Return the bound over a large face: patterns for one selection of it at a time, then the best selection for them.

    Where the prices made for one selection are as good over the whole face, that is its bound. ``problem`` has the
    tables of the seated left open. Cost: that of ``Generation`` with as many groups as there are kinds of participants.
    """
    end = time.monotonic() + time_limit
    duties = duties_of(problem, face)
    best: PatternBound | None = None
    chosen = with_meetings_priced(problem, face, kept, duties, no_prices(problem, kept), time_limit)
    for _ in range(_MOST_SELECTIONS):
        if chosen is None:
            break
        leaning = chosen[1]
        units = np.union1d(face.always, face.sometimes[leaning > 0.5])
        alone = Kept(breaks=kept.breaks)
        found = Generation(problem, Face(units, units[:0]), alone).run(end - time.monotonic())
        if found is None:
            break
        chosen = with_meetings_priced(problem, face, kept, duties, found.prices, end - time.monotonic())
        bound = None if chosen is None else chosen[0].bound_with(problem, face, kept, duties)
        if chosen is None or bound is None:
            break
        if best is None or bound > best.breaks:
            best = PatternBound(max(bound, 0), leaning, found.plan, chosen[0], problem, face)
        if best.breaks >= found.breaks or time.monotonic() > end:
            break
    return best
