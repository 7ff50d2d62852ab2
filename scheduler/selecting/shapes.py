"""What the meetings of a participant are worth beyond scores, and how much outweighs all of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from scheduler.problem.problem import IntArray, Problem


def shapes(problem: Problem, p: int) -> list[tuple[int, int, int]]:
    """Return the worth of the meetings of ``p`` beyond scores, as runs ``(length, shortfall avoided, coverage)``.

    The worth decreases from run to run, so whoever maximises fills them in order.
    """
    runs: list[tuple[int, int, int]] = []
    coverage = problem.coverage.tolist()
    most, minimum = int(problem.maximum[p]), int(problem.minimum[p])
    cuts = sorted({k for k in (*range(len(coverage) + 1), minimum, most) if k <= most} | {0, most})
    for start, end in pairwise(cuts):
        runs.append((end - start, int(start < minimum), coverage[start] if start < len(coverage) else 0))
    return runs


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of many participants, each int [R]; those of one participant follow each other, dearest first."""

    participant: IntArray
    length: IntArray
    avoided: IntArray
    earned: IntArray

    @staticmethod
    def of(problem: Problem) -> Runs:
        """Return the runs of all participants from their first meeting on."""
        return Runs.listed((p, *run) for p in range(problem.participants) for run in shapes(problem, p))

    @staticmethod
    def listed(runs: Iterable[tuple[int, int, int, int]]) -> Runs:
        """Return runs ``(participant, length, avoided, earned)`` as arrays."""
        return Runs(*np.array(list(runs), dtype=np.int64).reshape(-1, 4).T)


@dataclass(frozen=True, slots=True)
class Order:
    """Tiers 1 and 2 and a preference in one integer, the first before the second before the third.

    ``shortfall`` is what one meeting of shortfall avoided counts, ``value`` what one point of value does.
    """

    shortfall: int
    value: int

    @staticmethod
    def of(problem: Problem, preferred: int = 0) -> Order:
        """Return the order for selections of ``problem`` with preferences of ``preferred`` points in all."""
        return Order.over(all_that_can_be_earned(problem), preferred)

    @staticmethod
    def over(earned: int, preferred: int = 0) -> Order:
        """Return the order where no more than ``earned`` points of value can be had at once."""
        value = preferred + 1
        return Order((earned + 1) * value, value)


def all_that_can_be_earned(problem: Problem) -> int:
    """Return a value that no selection is beyond: every score and all coverage."""
    return int(problem.score.sum()) + problem.coverage_of(problem.maximum)
