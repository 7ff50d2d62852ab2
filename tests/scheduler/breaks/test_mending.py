"""Breaks evened out: the same meetings in other slots, every rule kept."""

import numpy as np
import pytest

from scheduler.breaks.chains import warming
from scheduler.breaks.mending import mended
from scheduler.problem.placement import Placement
from scheduler.problem.problem import Problem, build_problem
from scheduler.problem.watch import SolveOptions, Watch
from scheduler.problem.worth import breaks_alike
from tests.scheduler.broken_rules import broken_rules
from tests.scheduler.builders import event, slots, worth


def uneven(difference: int = 0, count: int = 4) -> tuple[Problem, Placement]:
    """One association that meets two companies in the first and the last slot, and so waits as nobody else does."""
    scores = worth({"a0 c0": 1, "a0 c1": 1, "a1 c0": 1, "a1 c1": 1})
    problem = build_problem(event(affinities=scores, slots=slots(count), rules={"max_break_difference": difference}))
    return problem, Placement(np.array([0, 1]), np.array([0, count - 1]))


def test_mended_holds_the_same_meetings_with_breaks_alike():
    problem, placement = uneven()
    assert not breaks_alike(problem, placement)
    found = mended(problem, placement, Watch(SolveOptions(workers=1)))

    assert found is not None
    assert broken_rules(problem, found) == []
    assert found.units.tolist() == placement.units.tolist()


def test_mended_finds_nothing_where_breaks_cannot_be_alike():
    scores = worth({"a0 c0": 1, "a0 c1": 1})
    raw = [{"between": pair.split(), "status": "required", "slot": s} for pair, s in (("a0 c0", "s0"), ("a0 c1", "s2"))]
    problem = build_problem(event(affinities=scores, meetings=raw, rules={"max_break_difference": 0}))
    placement = Placement(np.array([0, 1]), np.array([0, 2]))

    assert mended(problem, placement, Watch(SolveOptions(workers=1))) is None


def test_mended_does_not_begin_where_chains_do_not_suit():
    problem, placement = uneven(count=63)
    assert mended(problem, placement, Watch(SolveOptions(workers=1))) is None


def test_mended_does_not_wait_for_the_compiler_where_time_counts(monkeypatch: pytest.MonkeyPatch):
    problem, placement = uneven()
    begun: list[bool] = []
    monkeypatch.setattr(warming, "is_ready", lambda: False)
    monkeypatch.setattr(warming, "warm_up_in_background", lambda: begun.append(True))

    assert mended(problem, placement, Watch(SolveOptions(workers=1, time_limit=60.0))) is None
    assert mended(problem, placement, Watch(SolveOptions(workers=2))) is None
    assert begun == [True, True]
