"""What a better timetable cannot hold: no unit is ever ruled out that some better timetable holds."""

from collections.abc import Callable

import numpy as np
import pytest

from scheduler.improving import slotwise as slotwise_module
from scheduler.improving.regret import Regret, regret_by_flow
from scheduler.improving.slotwise import Slotwise, slotwise
from scheduler.problem.parameters import Sizes
from scheduler.problem.placement import Placement
from scheduler.problem.problem import Problem, build_problem
from tests.properties.placements import tiny_problems
from tests.scheduler.broken_rules import broken_rules
from tests.scheduler.builders import event, people, slots
from tests.scheduler.builders import worth as affinities


def by_slots(problem: Problem) -> Slotwise | None:
    return slotwise(problem, 10.0)


def regret_by_slots(problem: Problem) -> Regret | None:
    found = by_slots(problem)
    return None if found is None else found.regret


def ranked(problem: Problem, placements: list[Placement]) -> dict[tuple[int, int], list[Placement]]:
    """The placements by shortfall and value, best first."""
    found: dict[tuple[int, int], list[Placement]] = {}
    for placement in placements:
        key = problem.shortfall_of(placement.units), -problem.value_of(placement.units)
        found.setdefault(key, []).append(placement)
    return dict(sorted(found.items()))


@pytest.mark.parametrize("rules", [False, True])
@pytest.mark.parametrize("regrets", [regret_by_flow, regret_by_slots])
def test_possible_leaves_out_no_unit_that_a_timetable_as_good_holds(
    regrets: Callable[[Problem], Regret | None], rules: bool
):
    told = left_out = 0
    for problem, placements in tiny_problems(100, rules=rules):
        regret = regrets(problem)
        if regret is None:
            continue
        told += 1
        as_good = np.zeros(problem.units, dtype=np.bool_)
        for group in ranked(problem, placements).values():
            for placement in group:
                as_good[placement.units] = True
            possible = regret.possible(problem, group[0].units)
            assert not (as_good & ~possible).any()
            left_out += int((~possible).sum())
    assert told >= 50
    assert left_out >= 10


@pytest.mark.parametrize("rules", [False, True])
def test_slotwise_bounds_hold_and_are_often_reached(rules: bool):
    reached = examined = 0
    for problem, placements in tiny_problems(100, rules=rules):
        found = by_slots(problem)
        if found is None:
            continue
        least = min(problem.shortfall_of(placement.units) for placement in placements)
        assert found.shortfall <= least
        values = [problem.value_of(p.units) for p in placements if problem.shortfall_of(p.units) <= found.shortfall]
        assert max(values, default=0) <= found.value
        examined += 1
        reached += found.shortfall == least and max(values, default=-1) == found.value
    assert examined >= 60
    assert reached >= 0.8 * examined


@pytest.mark.parametrize("rules", [False, True])
def test_slotwise_whole_meetings_break_no_rule_together(rules: bool):
    some = 0
    for problem, _ in tiny_problems(80, rules=rules):
        found = by_slots(problem)
        if found is None or problem.break_difference is not None:
            continue
        broken = [line for line in broken_rules(problem.widest, found.whole) if "required" not in line]
        assert broken == []
        some += len(found.whole.units) > 0
        assert found.weight.max(initial=0) <= 1 + 1e-6
        assert np.isin(found.whole.units, found.wanted).all()
    assert some >= 40


def test_regret_leaves_out_what_costs_more_than_it_is_worth():
    scores = affinities({"a0 c0": 9, "a1 c0": 9, "a2 c0": 1})
    problem = build_problem(event(affinities=scores, slots=slots(1), participants=people("a0", "a1", "a2", "c0")))
    regret = regret_by_flow(problem)
    assert regret is not None

    dear, cheap = np.flatnonzero(problem.score == 9), np.flatnonzero(problem.score == 1)
    assert regret.possible(problem, dear[:1]).tolist() == [True, True, False]
    assert regret.possible(problem, cheap).all()


def test_slotwise_is_not_asked_where_it_would_be_too_large(monkeypatch: pytest.MonkeyPatch):
    problem = build_problem(event(affinities=affinities({"a0 c0": 9})))
    assert by_slots(problem) is not None
    monkeypatch.setattr(slotwise_module, "SIZES", Sizes(slotwise=2))
    assert by_slots(problem) is None
