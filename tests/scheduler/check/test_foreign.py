"""A timetable made elsewhere: what its meetings say need not be said again, and nothing that it says is mended."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scheduler.check.foreign import parse_timetable
from scheduler.check.schedule import verify
from scheduler.format.errors import InvalidSchedule
from scheduler.format.event import parse_event
from scheduler.format.schedule import schedule_json
from scheduler.problem.watch import SolveOptions
from scheduler.samples.sample import sample_event
from scheduler.solve import solve
from tests.scheduler.builders import raw_event, worth

EVENT = parse_event(raw_event(affinities=worth({"a0 c0": 5, "a1 c1": 2})))
MEETINGS = [{"between": ["a0", "c0"], "slot": "s0"}, {"between": ["a1", "c1"], "slot": "s2", "table": None}]


def timetable(**fields: Any) -> dict[str, Any]:
    return {"format": "passerelle-schedule/1", "meetings": MEETINGS, **fields}


def test_scores_tiers_seconds_and_status_may_be_missing():
    schedule = parse_timetable(timetable(), EVENT)

    assert verify(EVENT, schedule).faults == []
    assert [meeting.score for meeting in schedule.meetings] == [5, 2]
    assert [(tier.name, tier.value, tier.bound) for tier in schedule.tiers][:2] == [
        ("shortfall", 0, None),
        ("value", 7, None),
    ]
    assert (schedule.status, schedule.seconds) == ("feasible", 0)


def test_what_is_said_is_kept_though_it_is_wrong():
    wrong = [{**MEETINGS[0], "score": 6}, MEETINGS[1]]
    schedule = parse_timetable(timetable(meetings=wrong, status="optimal"), EVENT)

    assert verify(EVENT, schedule).faults == [
        "score: a0 – c0 in s0 is worth 5, the schedule says 6",
        "status: optimal, but bound and value differ in shortfall, value, breaks",
    ]


def test_the_status_is_derived_from_the_bounds_that_are_said():
    full = json.loads(schedule_json(solve(EVENT, SolveOptions(workers=1))))
    del full["status"], full["seconds"]
    assert parse_timetable(full, EVENT).status == "optimal"


def test_a_schedule_of_the_solver_is_read_the_same_without_what_can_be_derived():
    case = sample_event(8, 8, 6, 5, 2)
    schedule = solve(case, SolveOptions(workers=1))
    bare = [
        {"between": m.between, "slot": m.slot, "table": m.table, "facilitator": m.facilitator}
        for m in schedule.meetings
    ]
    derived = parse_timetable(json.dumps({"format": "passerelle-schedule/1", "meetings": bare}), case)

    assert derived.meetings == schedule.meetings
    assert [(tier.name, tier.value) for tier in derived.tiers] == [(tier.name, tier.value) for tier in schedule.tiers]


def test_meetings_of_strangers_are_for_the_check_to_tell():
    meetings = [{"between": ["a0", "nobody"], "slot": "s0"}, {"between": ["a0", "c0"], "slot": "never"}]
    schedule = parse_timetable(timetable(meetings=meetings), EVENT)
    assert verify(EVENT, schedule).faults == [
        "meeting a0 – nobody in s0: no participant has the id nobody",
        "meeting a0 – c0 in never: no slot has the id never",
    ]


@pytest.mark.parametrize("data", [b"{}", b"[]", b"{", {"meetings": 3}, timetable(meetings=[3]), timetable(seconds=-1)])
def test_what_cannot_be_derived_is_a_fault(data: Any):
    with pytest.raises(InvalidSchedule):
        parse_timetable(data, EVENT)


def test_a_fault_that_repeats_is_one_with_a_count():
    twice = [{"between": ["a0", "c0"], "slot": "s0"}] * 3
    schedule = parse_timetable(timetable(meetings=twice), parse_event(raw_event(affinities=[])))
    assert (
        "rule 1: a0 – c0 in s0, although the pair is not eligible (3 times)"
        in verify(parse_event(raw_event(affinities=[])), schedule).faults
    )
