"""The schedule file: read strictly, written so that two of them can be compared by eye."""

import json

import pytest

from scheduler.format.errors import InvalidSchedule
from scheduler.format.schedule import Change, parse_schedule, schedule_json, schedule_json_schema
from tests.scheduler.builders import event, held, schedule_of, worth

CASE = event(affinities=worth({"a0 c0": 5, "a1 c1": 2}))
SCHEDULE = schedule_of(CASE, [held("a0 c0", "s0", score=5), held("a1 c1", "s1", score=2)])


def faults(data: object) -> list[str]:
    """The places of the faults of a schedule file."""
    with pytest.raises(InvalidSchedule) as refused:
        parse_schedule(data)  # type: ignore[arg-type]
    # No words of the validating library: it says "input".
    assert all(fault.message.startswith("expected ") and "nput" not in str(fault) for fault in refused.value.faults)
    return [fault.path for fault in refused.value.faults]


def raw() -> dict:
    return json.loads(schedule_json(SCHEDULE))


def test_schedule_written_and_read_again_is_the_same():
    assert parse_schedule(schedule_json(SCHEDULE)) == SCHEDULE
    assert parse_schedule(schedule_json(SCHEDULE).encode()) == SCHEDULE


def test_schedule_without_meetings_written_and_read_again():
    empty = schedule_of(CASE, [])

    assert parse_schedule(schedule_json(empty)) == empty


@pytest.mark.parametrize(
    "changes", [(), (Change(participant="a0", moved=(held("a0 c0", "s0"),)), Change(participant="c0"))]
)
def test_schedule_with_changes_written_and_read_again(changes):
    changed = SCHEDULE.model_copy(update={"changes": changes})

    assert parse_schedule(schedule_json(changed)) == changed


def test_schedule_file_has_a_line_for_each_meeting():
    text = schedule_json(SCHEDULE)

    assert [line for line in text.splitlines() if '"between"' in line] == [
        '  {"between":["a0","c0"],"slot":"s0","table":null,"facilitator":null,"score":5},',
        '  {"between":["a1","c1"],"slot":"s1","table":null,"facilitator":null,"score":2}',
    ]
    assert "changes" not in json.loads(text)


def test_schedule_tier_by_name():
    assert SCHEDULE.tier("value").value == 7
    with pytest.raises(KeyError):
        SCHEDULE.tier("luck")


def test_tier_is_proven_when_bound_and_value_are_equal():
    tier = SCHEDULE.tier("value")

    assert not tier.proven
    assert not tier.model_copy(update={"bound": 8}).proven
    assert tier.model_copy(update={"bound": 7}).proven


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", "passerelle-event/1"),
        ("status", "best"),
        ("seconds", "1"),
        ("seconds", True),
        ("seconds", -1.0),
        ("meetings", None),
    ],
)
def test_schedule_field_of_another_type(field, value):
    assert faults({**raw(), field: value}) == [field]


def test_schedule_seconds_may_be_whole():
    assert parse_schedule({**raw(), "seconds": 2}).seconds == 2.0


@pytest.mark.parametrize("field", ["status", "meetings", "tiers", "seconds"])
def test_schedule_field_missing(field):
    broken = raw()
    del broken[field]

    assert faults(broken) == [field]


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("between", ["a0"], "between[1]"),
        ("slot", None, "slot"),
        ("score", 1.5, "score"),
        ("score", -1, "score"),
        ("room", 1, "room"),
        ("table", 4, "table"),
    ],
)
def test_meeting_field_of_another_type(field, value, path):
    broken = raw()
    broken["meetings"][1][field] = value

    assert faults(broken) == [f"meetings[1].{path}"]


def test_tier_unknown():
    broken = raw()
    broken["tiers"][0]["name"] = "luck"

    assert faults(broken) == ["tiers[0].name"]


@pytest.mark.parametrize("data", [b"", b"[]", b'{"seconds": NaN}', b"\xff"])
def test_schedule_that_is_no_object(data):
    assert faults(data) == ["file"]


def test_schema_is_of_schedules():
    assert {"status", "meetings", "tiers", "seconds"} <= set(schedule_json_schema()["required"])
