"""The solver against the independent check on any event, and against exhaustive search on tiny ones."""

import time
from random import Random

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from scheduler.check.schedule import verify
from scheduler.format.errors import Infeasible, NoScheduleFound
from scheduler.format.event import Event, event_json, parse_event
from scheduler.format.schedule import Schedule, parse_schedule, schedule_json
from scheduler.problem.watch import SolveOptions
from scheduler.solve import solve
from scheduler.wording.requirements import reasons
from tests.benchmarks.families.random_rules import random_event
from tests.properties.brute_force import Exhaustive
from tests.properties.strategies import events
from tests.properties.tiny import tiny_event

OPTIONS = SolveOptions(time_limit=20.0, workers=1, seed=1)
SMALL = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
FEW = settings(SMALL, max_examples=15)
MOST_PLANS = 60_000
# Seconds that other work on the machine may cost.
_BUSY = 10.0


def solved(case: Event) -> Schedule | None:
    """The schedule of ``case``; ``None`` where the solver says that there is none."""
    try:
        return solve(case, OPTIONS)
    except Infeasible as infeasible:
        assert reasons(infeasible, "fr")
        assert reasons(infeasible, "en")
        return None


def reordered(case: Event, random: Random) -> Event:
    """``case`` with the participants, tables, facilitators and rules of its file in another order."""
    return parse_event(
        event_json(
            case.model_copy(
                update={
                    name: tuple(random.sample(getattr(case, name), len(getattr(case, name))))
                    for name in ("participants", "tables", "facilitators", "meetings")
                }
            )
        )
    )


@SMALL
@given(events(room=True))
def test_solve_passes_the_check(case: Event):
    schedule = solved(case)
    event("infeasible" if schedule is None else schedule.status)

    if schedule is not None:
        assert not verify(case, schedule).faults
        assert parse_schedule(schedule_json(schedule)) == schedule


@FEW
@given(events(room=True))
def test_solve_gives_the_same_for_the_same_seed(case: Event):
    options = SolveOptions(time_limit=None, workers=1, seed=3)
    results = []
    for _ in range(2):
        try:
            results.append(solve(case, options).model_copy(update={"seconds": 0.0}))
        except Infeasible as infeasible:
            results.append(reasons(infeasible, "en"))

    assert results[0] == results[1]


@FEW
@given(events(room=True))
def test_solve_stopped_at_once_is_legal_or_says_so(case: Event):
    try:
        schedule = solve(case, OPTIONS, stop=lambda: True)
    except (Infeasible, NoScheduleFound):
        return
    assert not verify(case, schedule).faults


@FEW
@given(events(room=True), st.randoms(use_true_random=False))
def test_solve_is_worth_the_same_in_any_order_of_the_file(case: Event, random: Random):
    one, other = solved(case), solved(reordered(case, random))

    assert (one is None) == (other is None)
    if one is not None and other is not None:
        proven = 3 if one.status == other.status == "optimal" else 2
        assert [tier.value for tier in one.tiers[:proven]] == [tier.value for tier in other.tiers[:proven]]


@pytest.mark.parametrize("sides", [True, False])
def test_solve_is_worth_the_same_in_any_order_where_people_come_and_go(sides: bool):
    proven = waiting = 0
    for seed in range(40):
        case = tiny_event(Random(seed), people=(5, 8), slots=(4, 6), sides=sides)
        one, other = solved(case), solved(reordered(case, Random(seed)))
        assert (one is None) == (other is None)
        if one is None or other is None:
            continue
        tiers = 3 if one.status == other.status == "optimal" else 2
        assert [tier.value for tier in one.tiers[:tiers]] == [tier.value for tier in other.tiers[:tiers]]
        absent = any(participant.unavailable for participant in case.participants)
        proven += tiers == 3 and absent
        waiting += one.tier("breaks").value > 0
    assert proven >= 8
    assert waiting >= 2


def test_solve_by_two_workers_passes_the_check_and_proves_nothing_wrong():
    examined = waiting = 0
    for seed in range(400):
        case = tiny_event(Random(seed), people=(5, 8), slots=(4, 6))
        try:
            two = solve(case, SolveOptions(time_limit=20.0, workers=2, seed=seed))
        except Infeasible:
            assert solved(case) is None
            continue
        assert not verify(case, two).faults
        one = solve(case, SolveOptions(time_limit=20.0, workers=1, seed=seed))
        for mine, others in ((one, two), (two, one)):
            # A bound holds for every schedule whose tiers before are the same.
            for k, tier in enumerate(mine.tiers):
                better = -1 if tier.name == "value" else 1
                assert tier.bound is None or better * tier.bound <= better * others.tiers[k].value
                if tier.value != others.tiers[k].value:
                    break
        examined += 1
        waiting += two.tier("breaks").value > 0
        if examined == 60:
            break
    assert examined == 60
    assert waiting >= 5


@SMALL
@given(events(people=5, slots=3, room=True) | events(people=4, slots=4, room=True))
def test_solve_agrees_with_exhaustive_search(case: Event):
    exhaustive = Exhaustive(case)
    assume(exhaustive.size <= MOST_PLANS)
    schedule = solved(case)

    event("infeasible" if schedule is None else schedule.status)
    if schedule is None:
        assert not exhaustive.plans
        return
    worths = set(exhaustive.plans)
    shortfall, value, breaks, idle, moves = (tier.value for tier in schedule.tiers)
    assert (shortfall, value, breaks, idle) in worths
    assert (shortfall, -value) == min((worth[0], -worth[1]) for worth in worths)
    bounds = [tier.bound for tier in schedule.tiers]
    assert bounds[0] is None or bounds[0] <= min(worth[0] for worth in worths)
    same = [worth for worth in worths if worth[0] == shortfall]
    assert bounds[1] is None or bounds[1] >= max(worth[1] for worth in same)
    same = [worth for worth in same if worth[1] == value]
    assert bounds[2] is None or bounds[2] <= min(worth[2] for worth in same)
    same = [worth for worth in same if worth[2] == breaks]
    assert bounds[3] is None or bounds[3] <= min(worth[3] for worth in same)
    assert bounds[4] is None or bounds[4] <= exhaustive.fewest_moves((shortfall, value, breaks, idle)) <= moves


def test_solve_where_nobody_can_meet_anybody():
    people = [{"id": id, "kind": kind, "max_meetings": 0} for id, kind in (("a", "association"), ("c", "company"))]
    slots = [{"id": "s1", "start": "2027-03-18T14:00", "end": "2027-03-18T14:06"}]

    schedule = solved(parse_event({"format": "passerelle-event/1", "slots": slots, "participants": people}))

    assert schedule is not None
    assert (schedule.status, schedule.meetings) == ("optimal", ())


def test_solve_compares_breaks_with_those_who_meet_nobody():
    slots = [{"id": f"s{i}", "start": f"2027-03-18T14:{i}0", "end": f"2027-03-18T14:{i}6"} for i in range(3)]
    people = [{"id": id, "kind": "company"} for id in ("p", "q", "r", "idle")]
    required = [
        {"between": ["p", "q"], "status": "required", "slot": "s0"},
        {"between": ["p", "r"], "status": "required", "slot": "s2"},
    ]
    raw = {"format": "passerelle-event/1", "slots": slots, "participants": people, "meetings": required}

    assert solved(parse_event({**raw, "rules": {"max_break_difference": 0}})) is None
    assert solved(parse_event({**raw, "rules": {"max_break_difference": 1}})) is not None


@pytest.mark.parametrize("limit", [0.2, 0.5, 1.0, 3.0])
@pytest.mark.parametrize(("associations", "companies", "seed"), [(12, 14, 3), (16, 13, 2), (20, 18, 7), (25, 22, 5)])
def test_solve_is_legal_and_in_time_at_any_limit(associations: int, companies: int, seed: int, limit: float):
    case = random_event(associations, companies, seed)
    began = time.monotonic()
    schedule = solve(case, SolveOptions(time_limit=limit, workers=2, seed=seed))
    took = time.monotonic() - began

    assert not verify(case, schedule).faults
    # A second beyond the limit, and what a busy machine adds to it.
    assert took < limit + 1 + _BUSY
