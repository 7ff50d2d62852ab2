"""One person for several, tables to stay at, pauses in a row: held against exhaustive search on tiny events."""

from collections.abc import Iterator
from functools import cache
from random import Random

import numpy as np
import pytest

from scheduler.check.schedule import verify
from scheduler.exact.model import ExactModel
from scheduler.format.errors import Infeasible
from scheduler.format.event import Event
from scheduler.problem.problem import Problem, build_problem
from scheduler.problem.watch import SolveOptions, Watch
from scheduler.selecting.pauses import relaxation_of
from scheduler.selecting.relaxation import Relaxation, maximise
from scheduler.selecting.seated import select_with_tables
from scheduler.solve import solve
from tests.properties.brute_force import Exhaustive
from tests.properties.tiny import tiny_event
from tests.scheduler.broken_rules import broken_rules

PARTS = 4
MOST_PLANS = 20_000
OPTIONS = SolveOptions(workers=1)


@cache
def examined(part: int) -> tuple[tuple[int, Event, Exhaustive], ...]:
    """The ``part``-th of the tiny events that are small enough to know all of their schedules."""
    return tuple(_drawn(part))


def _drawn(part: int) -> Iterator[tuple[int, Event, Exhaustive]]:
    for seed in range(part, 400, PARTS):
        case = tiny_event(Random(seed), rules=True)
        exhaustive = Exhaustive(case)
        if exhaustive.size <= MOST_PLANS:
            yield seed, case, exhaustive


def exact_worth(problem: Problem) -> tuple[int, int] | None:
    """The least shortfall and the most value by the exact model, as a pair to minimise; ``None``: infeasible."""
    watch = Watch(OPTIONS, lambda _: None, lambda: False)
    model = ExactModel(problem, np.arange(problem.units), all_held=False)
    worth = model.add_worth()
    answer = model.minimise(worth.shortfall, watch)
    if answer.placement is None:
        assert answer.infeasible
        return None
    shortfall = problem.shortfall_of(answer.placement.units)
    model.model.add(worth.shortfall <= shortfall)
    answer = model.minimise(-worth.value, watch)
    assert answer.placement is not None
    assert not broken_rules(problem, answer.placement)
    return shortfall, -problem.value_of(answer.placement.units)


@pytest.mark.parametrize("part", range(PARTS))
def test_exact_model_agrees_with_exhaustive_search(part: int):
    chosen = 0
    for seed, case, exhaustive in examined(part):
        problem = build_problem(case)
        truth = min(((worth[0], -worth[1]) for worth in exhaustive.plans), default=None)
        if problem.impossible:
            assert truth is None, seed
            continue
        assert exact_worth(problem.widest) == truth, seed
        # With tables chosen for the seated something may be lost, and nothing gained.
        chosen += problem.any_table is not None
        narrow = exact_worth(problem)
        assert narrow is None or (truth is not None and truth <= narrow), seed
    assert chosen >= 3


@pytest.mark.parametrize("part", range(PARTS))
def test_solve_agrees_with_exhaustive_search(part: int):
    chosen = proven = 0
    for seed, case, exhaustive in examined(part):
        try:
            schedule = solve(case, OPTIONS)
        except Infeasible as infeasible:
            assert not exhaustive.plans, seed
            assert infeasible.requirements
            continue
        assert not verify(case, schedule).faults
        shortfall, value, breaks, idle, moves = (tier.value for tier in schedule.tiers)
        bounds = [tier.bound for tier in schedule.tiers]
        worths = set(exhaustive.plans)
        assert (shortfall, -value) == min((worth[0], -worth[1]) for worth in worths), seed
        assert bounds[:2] == [shortfall, value], seed
        worths = {worth for worth in worths if worth[:2] == (shortfall, value)}
        assert bounds[2] is None or bounds[2] <= min(worth[2] for worth in worths), seed
        worths = {worth for worth in worths if worth[2] == breaks}
        assert bounds[3] is None or bounds[3] <= min(worth[3] for worth in worths), seed
        fewest = exhaustive.fewest_moves((shortfall, value, breaks, idle))
        assert bounds[4] is None or bounds[4] <= fewest <= moves, seed
        chosen += build_problem(case).any_table is not None
        proven += schedule.status == "optimal"
    assert min(chosen, proven) >= 3


@pytest.mark.parametrize("part", range(PARTS))
def test_limits_of_the_room_are_never_beyond_the_truth(part: int):
    told = narrower = 0
    for seed, case, exhaustive in examined(part):
        problem = build_problem(case)
        if problem.impossible or not exhaustive.plans:
            continue
        shortfall, value = min((worth[0], -worth[1]) for worth in exhaustive.plans)
        minimums = int(problem.minimum.sum())
        for in_turns in (False, True):
            found = select_with_tables(problem, shortfall, 10.0, in_turns=in_turns)
            if found is not None and found.value is not None:
                assert found.value >= -value, seed
                told += 1
        paused = relaxation_of(problem.widest).with_shortfall(shortfall, minimums)
        best = maximise(paused, paused.worth)
        assert best is not None and min(best.bound, best.searched) >= -value, seed
        narrower += len(paused.limits) > len(Relaxation.of(problem.widest).limits) + 1
    assert told >= 2 and narrower >= 1
