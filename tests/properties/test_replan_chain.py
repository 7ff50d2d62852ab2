"""Disturbance after disturbance: each answer is legal, and the next one starts from it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.format.errors import Infeasible
from scheduler.problem.watch import SolveOptions
from scheduler.samples.sample import sample_event
from scheduler.solve import solve
from tests.benchmarks.replan_chain import SHARE, STEPS, chain, sample_chain

OPTIONS = SolveOptions(time_limit=0.5, workers=1)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    sizes=st.tuples(st.integers(4, 9), st.integers(3, 7), st.integers(4, 8), st.integers(4, 7)),
    seed=st.integers(0, 999),
    allowed=st.sampled_from([0, 0, 1, 3]),
)
def test_chain_of_disturbances_stays_legal(sizes: tuple[int, int, int, int], seed: int, allowed: int):
    event = sample_event(*sizes, seed)
    try:
        announced = solve(event, OPTIONS)
        for step in chain(event, announced, 8, seed, allowed):
            disruptions = step.schedule.tier("disruptions")
            assert not step.faults, step.what
            assert disruptions.bound is not None
            assert disruptions.value <= max(disruptions.bound, allowed), step.what
    except Infeasible:
        return


def test_chain_of_the_sample_event_stays_near_a_full_re_solve():
    steps = list(sample_chain(seed=1))

    assert len(steps) == STEPS
    for step in steps:
        assert not step.faults, step.what
        assert step.schedule.tier("disruptions").proven, step.what
        # No timetable that disturbs as few is worth more, and one that disturbs as many as it likes hardly more.
        assert step.schedule.tier("value").proven, step.what
        assert step.resolved.tier("value").proven, step.what
        assert step.share >= SHARE, step.what


@pytest.mark.parametrize("seed", range(3))
def test_planning_the_rest_anew_is_a_full_solve(seed: int):
    event = sample_event(10, 8, 8, 7, seed)
    announced = solve(event, OPTIONS)
    step = next(iter(chain(event, announced, 1, seed)))

    names = [slot.id for slot in event.slots]
    away = dict.fromkeys(step.absent, names) | {id: names[: names.index(slot)] for id, slot in step.late.items()}
    people = tuple(
        p.model_copy(update={"unavailable": tuple({*p.unavailable, *away.get(p.id, ())})})
        for p in step.event.participants
    )
    solved = solve(step.event.model_copy(update={"participants": people}), OPTIONS)
    assert [tier.value for tier in step.resolved.tiers[1:3]] == [tier.value for tier in solved.tiers[:2]]
