"""Bounds held against what exhaustive search finds."""

from functools import cache, cached_property
from itertools import count
from random import Random

import numpy as np

from scheduler.format.event import Event
from scheduler.problem.problem import IntArray, Problem, build_problem
from scheduler.problem.watch import SolveOptions
from tests.properties.brute_force import Exhaustive, Plan, Worth
from tests.properties.tiny import tiny_event

FEWEST_PLANS, MOST_PLANS = 24, 12_000

EXAMINED = 500


PARTS = 4


# No limit of time: what is found and proven depends on nothing but the event.
OPTIONS = SolveOptions(workers=1)


class Truth:
    """All that is true of one event: its schedules, and the best of them."""

    def __init__(self, event: Event) -> None:
        self.event = event
        self.exhaustive = Exhaustive(event)

    @property
    def small(self) -> bool:
        return FEWEST_PLANS <= self.exhaustive.size <= MOST_PLANS

    @cached_property
    def worths(self) -> set[Worth]:
        return set(self.exhaustive.plans)

    @cached_property
    def problem(self) -> Problem:
        return build_problem(self.event)

    @cached_property
    def best(self) -> tuple[int, int]:
        """Shortfall and value of the best schedules."""
        shortfall, value = min((worth[0], -worth[1]) for worth in self.worths)
        return shortfall, -value

    @cached_property
    def best_worths(self) -> list[Worth]:
        return [worth for worth in self.worths if worth[:2] == self.best]

    @cached_property
    def selections(self) -> list[IntArray]:
        """The distinct sets of units that the best schedules hold, ascending."""
        found = {self.units(plan) for worth in self.best_worths for plan in self.exhaustive.plans[worth]}
        return [np.array(units, dtype=np.int64) for units in sorted(found)]

    def units(self, plan: Plan) -> tuple[int, ...]:
        return tuple(
            sorted(
                position for position, s in zip(self._positions, plan, strict=True) if s is not None and position >= 0
            )
        )

    @cached_property
    def _positions(self) -> list[int]:
        """Where in ``problem`` each unit of the exhaustive search is; -1: no slot or table can take it."""
        ids = [participant.id for participant in self.event.participants]
        problem = self.problem
        where = {
            (frozenset((ids[problem.a[u]], ids[problem.b[u]])), int(problem.rule[u])): u for u in range(problem.units)
        }
        taken: set[int] = set()
        positions = []
        for unit in self.exhaustive.units:
            rule = -1
            if unit.rule is not None:
                # Entries of a pair that is required twice are equal.
                rule = next(r for r, one in enumerate(self.event.meetings) if one == unit.rule and r not in taken)
                taken.add(rule)
            positions.append(where.get((unit.pair, rule), -1))
        return positions


@cache
def examined(part: int) -> tuple[Truth, ...]:
    """The ``part``-th of the tiny events that have a schedule and few enough to know them all."""
    found: list[Truth] = []
    for number in count(part, PARTS):
        if len(found) == EXAMINED // PARTS:
            break
        truth = Truth(tiny_event(Random(number)))
        if truth.small and truth.worths:
            found.append(truth)
    return tuple(found)
