"""A random round robin: one side stays, the other moves on by one seat each slot, whoever meets whom.

The organiser's required meetings are entered first; pairs who may not meet, or who are not there, pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import numpy as np

from scheduler.problem.problem import Problem
from tests.benchmarks.alternatives.answers import Answer
from tests.benchmarks.alternatives.booking import Sheet


def answer(problem: Problem, seconds: float) -> Answer:
    """Return what the rotation brings. Cost: O(P S)."""
    random = Random("round robin")
    sheet = Sheet(problem)
    sheet.book_required()
    units: dict[tuple[int, int], list[int]] = {}
    for u, pair in enumerate(zip(problem.a.tolist(), problem.b.tolist(), strict=True)):
        units.setdefault(pair, []).append(u)
    for slot, p, q in _rotation(problem, random):
        for u in units.get((min(p, q), max(p, q)), ()):
            if sheet.open_slots(u) >> slot & 1 and sheet.book(u, slot):
                break
    return sheet.answer()


def _rotation(problem: Problem, random: Random) -> Iterator[tuple[int, int, int]]:
    """Yield slot, one participant and the other; where there are no two sides, by the circle method."""
    sides = problem.sides
    if sides is None:
        circle: list[int | None] = list(range(problem.participants))
        random.shuffle(circle)
        circle += [None] * (len(circle) % 2)
        for slot in range(problem.slots):
            for p, q in zip(circle[: len(circle) // 2], reversed(circle), strict=False):
                if p is not None and q is not None:
                    yield slot, p, q
            circle = [circle[0], circle[-1], *circle[1:-1]]
        return
    seated, moving = (np.flatnonzero(sides == side).tolist() for side in (0, 1))
    random.shuffle(seated)
    random.shuffle(moving)
    places = max(len(seated), len(moving))
    for slot in range(problem.slots):
        for i, p in enumerate(seated):
            at = (i + slot) % places
            if at < len(moving):
                yield slot, p, moving[at]
