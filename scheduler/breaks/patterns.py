"""A bound on breaks by busy patterns: forget who meets whom, keep when each participant can be busy."""

from __future__ import annotations

from scheduler.breaks.walks import MeetingProgram, PatternBound, Program, solved
from scheduler.problem.problem import Problem
from scheduler.selecting.face import Face

# Meetings times slots up to which each of them is a column too: a second's work.
_LARGEST_FOR_MEETINGS = 5_000


def busy_pattern_bound(
    problem: Problem, face: Face, value: int | None, time_limit: float = float("inf")
) -> PatternBound | None:
    """Return a bound on breaks over all selections of ``face``; ``None`` where the program is too large or too slow.

    ``value`` is what every selection of the face is worth, ``None`` where that is not to be used.
    Cost: one linear program of about 5 x S x D variables for each group of like participants with up to D meetings.
    """
    if problem.day.max() == 0:
        # Mostly nobody need wait, and a small program without breaks says so.
        without = solved(Program(problem, face, value, windows=True), time_limit)
        if without is not None:
            return PatternBound(0, without.leaning)
    program = Program(problem, face, value, windows=False)
    found = solved(program, time_limit)
    small = len(face.always) * problem.slots <= _LARGEST_FOR_MEETINGS and not len(face.sometimes)
    if found is not None and found.breaks and small:
        # Where somebody must wait it pays to look at who meets whom as well.
        sharper = solved(MeetingProgram(problem, face, value, windows=False), time_limit)
        return max(found, sharper, key=lambda bound: bound.breaks) if sharper is not None else found
    return found


def idle_bound(
    problem: Problem, face: Face, value: int | None, breaks: int, time_limit: float = float("inf")
) -> int | None:
    """Return a bound on the idle slots of schedules on ``face`` with at most ``breaks``; cost and ``None`` as above."""
    program = Program(problem, face, value, windows=False)
    if not program.coupled:
        return None
    program.at_most(breaks)
    found = solved(program, time_limit)
    return None if found is None else found.breaks
