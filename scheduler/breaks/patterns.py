"""A bound on breaks by busy patterns: forget who meets whom, keep when each participant can be busy.

The bound is what prices of meetings prove (``prices``): those that patterns generated for groups of like participants
lead to, and in small events of one selection those of a program that knows who meets whom.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from scheduler.breaks.generation import Generated, Generation, Plan
from scheduler.breaks.prices import FloatArray, Kept, Prices
from scheduler.breaks.walks import prices_by_walks
from scheduler.problem.problem import Problem
from scheduler.selecting.face import Face

# Meetings times slots up to which each of them is a column too: a second's work.
_LARGEST_FOR_MEETINGS = 5_000


@dataclass(frozen=True, slots=True)
class PatternBound:
    """``breaks``: no schedule on the face has fewer; ``leaning`` [units that may vary]: how far each is used for it.

    ``prices`` prove it, for schedules with what is ``kept``. ``plan`` says who might be busy when, with few breaks.
    """

    breaks: int
    leaning: FloatArray
    prices: Prices
    kept: Kept
    plan: Plan


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
    if found is None:
        return None
    breaks, prices = found.breaks, found.prices
    small = len(face.always) * problem.slots <= _LARGEST_FOR_MEETINGS and not len(face.sometimes)
    if breaks and small and time.monotonic() < end:
        # Where somebody must wait it pays to look at who meets whom as well.
        sharper = prices_by_walks(problem.widest, face.always, end - time.monotonic())
        bound = None if sharper is None else sharper.bound(problem.widest, face, kept)
        if sharper is not None and bound is not None and bound > breaks:
            breaks, prices = bound, sharper
    return PatternBound(breaks, found.leaning, prices, kept, found.plan)


def idle_bound(
    problem: Problem,
    face: Face,
    value: int | None,
    breaks: int,
    time_limit: float = float("inf"),
    shortfall: int | None = None,
) -> int | None:
    """Return a bound on the idle slots of schedules on ``face`` with at most ``breaks``; cost and ``None`` as above."""
    found = idle_bound_by_patterns(problem, face, Kept(value, shortfall, breaks), time_limit)
    return None if found is None else found.breaks


def idle_bound_by_patterns(problem: Problem, face: Face, kept: Kept, time_limit: float) -> Generated | None:
    """Return ``idle_bound`` with the prices that prove it."""
    return _generated(problem, face, kept, time_limit)


def _generated(problem: Problem, face: Face, kept: Kept, time_limit: float) -> Generated | None:
    if not len(face.always) + len(face.sometimes):
        return None
    return Generation(problem.widest, face, kept).run(time_limit)
