"""Disturbance after disturbance: each answer is legal, and the next one starts from it."""

import pytest

from scheduler.sample import sample_event
from scheduler.solve import solve
from scheduler.watch import SolveOptions
from tests.benchmarks.replan_chain import chain

OPTIONS = SolveOptions(time_limit=2.0, workers=1)


@pytest.mark.parametrize("seed", range(4))
def test_chain_of_disturbances_stays_legal(seed: int):
    event = sample_event(10, 8, 8, 7, seed)
    for step in chain(event, solve(event, OPTIONS), 12, seed):
        assert not step.faults, step.what
        assert step.schedule.tier("disruptions").proven, step.what
