"""First come, first served, as the booking tools of the market do it.

The organiser's required meetings are entered first. Then participants come to the tool in random order; each books
its best partners who still have room, the best first, in the slot nearest to its other meetings that suits both.
"""

from __future__ import annotations

from random import Random

from scheduler.problem.problem import Problem
from tests.benchmarks.alternatives.answers import Answer
from tests.benchmarks.alternatives.booking import Sheet, ascending


def answer(problem: Problem, seconds: float) -> Answer:
    """Return what is booked once everybody came. Cost: O(U S) with saturated tables."""
    random = Random("greedy")
    sheet = Sheet(problem)
    sheet.book_required()
    everyone = list(range(problem.participants))
    random.shuffle(everyone)
    score = problem.score.tolist()
    for p in everyone:
        for u in sorted(problem.units_of[p].tolist(), key=lambda u: -score[u]):
            own = list(ascending(sheet.taken[p]))
            slots = ascending(sheet.open_slots(u))
            for slot in sorted(slots, key=lambda s: (min((abs(s - t) for t in own), default=0), s)):
                if sheet.book(u, slot):
                    break
    return sheet.answer()
