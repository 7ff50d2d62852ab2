"""The night in which clocks are changed: hours that do not exist, and the hour that comes twice."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from scheduler.format.errors import InvalidEvent
from scheduler.format.event import Event, event_json, parse_event
from scheduler.format.interchange import read_workbook, write_workbook
from tests.scheduler.builders import raw_event

# In 2027 clocks in Paris go from 02:00 to 03:00 on 28 March, and from 03:00 back to 02:00 on 31 October.
SPRING, AUTUMN = "2027-03-28", "2027-10-31"


def night(*times: tuple[str, str], timezone: str = "Europe/Paris") -> Event:
    spans = [{"id": f"s{i}", "start": start, "end": end} for i, (start, end) in enumerate(times)]
    return parse_event(raw_event(slots=spans, timezone=timezone))


def faults(*times: tuple[str, str], timezone: str = "Europe/Paris") -> list[str]:
    with pytest.raises(InvalidEvent) as refused:
        night(*times, timezone=timezone)
    return [str(fault) for fault in refused.value.faults]


def instants(event: Event) -> list[str]:
    zone = ZoneInfo(event.timezone)
    return [
        f"{moment.replace(tzinfo=zone).astimezone(UTC):%H:%M}"
        for slot in event.slots
        for moment in (slot.start, slot.end)
    ]


def test_a_slot_in_an_hour_that_clocks_skip_is_a_fault():
    (fault,) = faults((f"{SPRING}T02:30", f"{SPRING}T03:10"))
    assert fault == (
        "slots[0].start: expected a time that clocks in Europe/Paris show, "
        f"found {SPRING}T02:30, in an hour that they skip"
    )
    assert faults((f"{SPRING}T01:50", f"{SPRING}T02:10"))[0].startswith("slots[0].end: ")


def test_slots_before_and_after_the_skipped_hour_are_none():
    event = night((f"{SPRING}T01:50", f"{SPRING}T03:00"), (f"{SPRING}T03:00", f"{SPRING}T03:10"))
    assert instants(event) == ["00:50", "01:00", "01:00", "01:10"]


def test_the_same_hour_elsewhere_is_no_fault():
    assert len(night((f"{SPRING}T02:30", f"{SPRING}T03:10"), timezone="Africa/Abidjan").slots) == 1


def test_the_hour_that_comes_twice_is_the_first_without_an_offset():
    assert instants(night((f"{AUTUMN}T02:10", f"{AUTUMN}T02:20"))) == ["00:10", "00:20"]


def test_the_offset_tells_which_hour_is_meant():
    event = night(
        (f"{AUTUMN}T02:50+02:00", f"{AUTUMN}T02:58+02:00"), (f"{AUTUMN}T02:10+01:00", f"{AUTUMN}T02:20+01:00")
    )
    assert instants(event) == ["00:50", "00:58", "01:10", "01:20"]
    assert [slot.start for slot in event.slots] == [datetime(2027, 10, 31, 2, 50), datetime(2027, 10, 31, 2, 10)]


def test_a_slot_across_the_change_ends_after_it_begins():
    assert instants(night((f"{AUTUMN}T02:55", f"{AUTUMN}T02:05"))) == ["00:55", "01:05"]


def test_the_second_hour_before_the_first_is_out_of_order():
    found = faults(
        (f"{AUTUMN}T02:10+01:00", f"{AUTUMN}T02:20+01:00"), (f"{AUTUMN}T02:30+02:00", f"{AUTUMN}T02:40+02:00")
    )
    assert [fault.partition(":")[0] for fault in found] == ["slots[1].start"]


@pytest.mark.parametrize("time", ["2027-03-18T14:00+01:00", "2027-03-18T14:00+02:00", f"{AUTUMN}T02:30+05:00"])
def test_an_offset_that_says_nothing_is_a_fault(time: str):
    assert [fault.partition(":")[0] for fault in faults((time, "2027-12-01T10:00"))] == ["slots[0].start"]


def test_what_is_written_says_which_hour_is_meant():
    event = night((f"{AUTUMN}T01:50", f"{AUTUMN}T02:00"), (f"{AUTUMN}T02:10+01:00", f"{AUTUMN}T03:00"))
    written = json.loads(event_json(event))["slots"]

    assert [(slot["start"][11:], slot["end"][11:]) for slot in written] == [
        ("01:50", "02:00+02:00"),
        ("02:10+01:00", "03:00"),
    ]
    assert instants(parse_event(event_json(event))) == instants(event)
    assert instants(read_workbook(write_workbook(event))) == instants(event)


@pytest.mark.parametrize("time", ["0001-01-01T00:00", "9999-12-31T23:00"])
def test_the_ends_of_the_calendar_are_no_trouble(time: str):
    assert night((time, time[:14] + "30"), timezone="Asia/Tokyo").slots[0].start == datetime.fromisoformat(time)
