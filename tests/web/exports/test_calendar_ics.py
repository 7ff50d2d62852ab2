"""Calendars, read back as a calendar program reads them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from scheduler.format.errors import InvalidSchedule
from scheduler.format.event import Event, event_json
from scheduler.format.schedule import Schedule, schedule_json
from tests.web.exports.events import (
    AFTERNOON,
    GARDENS,
    PRINTER,
    event_of,
    participant,
    schedule_of,
    slots,
    small_event,
    small_schedule,
)
from web.domain.timetable.appointments import cancelled_of
from web.exports.calendar import participant_calendar

STAMP = datetime(2027, 3, 1, 12, tzinfo=UTC)


def calendar_of(
    event: Event,
    schedule: Schedule,
    id: str = "a1",
    *,
    sequence: int = 0,
    language: str = "fr",
    previous: Sequence[tuple[Event, Schedule]] = (),
    **more: Any,
) -> Calendar:
    earlier = [(json.loads(event_json(one)), json.loads(schedule_json(its))) for one, its in previous]
    documents = json.loads(schedule_json(schedule)), json.loads(event_json(event))
    data = participant_calendar(
        event,
        schedule,
        id,
        event_uid="e-1",
        sequence=sequence,
        stamp=STAMP + timedelta(hours=sequence),
        language=language,
        url="https://rencontres.example/a/x",
        cancelled=cancelled_of(id, *documents, earlier) if earlier else (),
        **more,
    )
    calendar = Calendar.from_ical(data)
    assert isinstance(calendar, Calendar)
    assert calendar.errors == []
    return calendar


def entries(calendar: Calendar) -> list[Any]:
    return calendar.walk("VEVENT")


def test_calendar_has_one_entry_a_meeting_in_time_order() -> None:
    calendar = calendar_of(small_event(), small_schedule())
    assert (calendar["method"], calendar["version"]) == ("PUBLISH", "2.0")
    assert calendar["x-wr-calname"] == ("Rencontres du canal\u00a0: associations et entreprises – Les Jardins du Canal")
    assert [str(entry["summary"]).split(" – ")[0] for entry in entries(calendar)] == [
        "Imprimerie Vasseur",
        "Studio Pixel",
        "Boulangerie Coopérative",
    ]
    first = entries(calendar)[0]
    assert (first["location"], first["status"], first["sequence"]) == ("Table 7", "CONFIRMED", 0)
    assert first.decoded("dtstamp") == STAMP
    assert first["url"] == "https://rencontres.example/a/x"
    assert str(first["description"]).split("\n") == [
        "souhait réciproque",
        "Vous cherchez\u00a0: communication",
        "Vous apportez\u00a0: image",
        "En commun\u00a0: environnement, Roubaix",
        "Agenda à jour\u00a0: https://rencontres.example/a/x",
    ]


def test_calendar_tells_no_wish_that_is_not_mutual() -> None:
    event = event_of([{**GARDENS, "wishes": ["c1"]}, {**PRINTER, "wishes": []}], slots("2027-03-18", "14:00"))
    schedule = schedule_of(("a1", "c1", "18-14:00", "t1"))
    for who in ("a1", "c1"):
        (entry,) = entries(calendar_of(event, schedule, who))
        assert "souhait" not in str(entry["description"])


def test_calendar_in_english_is_english() -> None:
    entry = entries(calendar_of(small_event(), small_schedule(), language="en"))[0]
    assert "You look for: communication" in str(entry["description"])


def test_calendar_times_are_those_of_the_event_on_both_sides_of_the_change_of_hour() -> None:
    days = [*slots("2027-03-27", "14:00"), *slots("2027-03-28", "14:00"), *slots("2027-10-31", "14:00")]
    event = event_of(
        [GARDENS, PRINTER, participant("c5", "company", "Cinq"), participant("c6", "company", "Six")], days
    )
    schedule = schedule_of(
        ("a1", "c1", "27-14:00", "t1"), ("a1", "c5", "28-14:00", "t1"), ("a1", "c6", "31-14:00", "t1")
    )
    calendar = calendar_of(event, schedule)
    starts = [entry.decoded("dtstart") for entry in entries(calendar)]
    assert [start.astimezone(UTC).hour for start in starts] == [13, 12, 13]
    assert [entry["dtstart"].params["TZID"] for entry in entries(calendar)] == ["Europe/Paris"] * 3


def test_calendar_defines_its_time_zone() -> None:
    calendar = calendar_of(small_event(), small_schedule())
    (zone,) = calendar.walk("VTIMEZONE")
    assert zone["tzid"] == "Europe/Paris"
    periods = [
        (period.name, period.decoded("dtstart"), period.decoded("tzoffsetfrom"), period.decoded("tzoffsetto"))
        for period in zone.subcomponents
    ]
    one, two = timedelta(hours=1), timedelta(hours=2)
    assert periods[1:] == [
        ("DAYLIGHT", datetime(2026, 3, 29, 2), one, two),
        ("STANDARD", datetime(2026, 10, 25, 3), two, one),
        ("DAYLIGHT", datetime(2027, 3, 28, 2), one, two),
        ("STANDARD", datetime(2027, 10, 31, 3), two, one),
    ]


def test_calendar_zone_without_changes_has_one_period() -> None:
    calendar = calendar_of(small_event(timezone="Africa/Tunis"), small_schedule())
    (zone,) = calendar.walk("VTIMEZONE")
    assert [period.name for period in zone.subcomponents] == ["STANDARD"]


def test_calendar_moved_meeting_keeps_its_entry() -> None:
    event, before = small_event(), small_schedule()
    after = schedule_of(("a1", "c1", "18-14:49", "t2"), ("a1", "c2", "18-14:14", "t3"), ("a1", "c3", "18-14:42", "t12"))
    old, new = calendar_of(event, before), calendar_of(event, after, sequence=1, previous=[(event, before)])
    by_uid = {str(entry["uid"]): entry for entry in entries(new)}
    assert {str(entry["uid"]) for entry in entries(old)} == set(by_uid)
    moved = by_uid[str(entries(old)[0]["uid"])]
    assert (moved.decoded("dtstart").strftime("%H:%M"), moved["location"]) == ("14:49", "Table 2")
    assert (moved["sequence"], moved.decoded("dtstamp")) == (1, STAMP + timedelta(hours=1))


def test_calendar_cancelled_meeting_is_told_as_cancelled() -> None:
    event, before = small_event(), small_schedule()
    after = schedule_of(("a1", "c1", "18-14:00", "t7"))
    old, new = calendar_of(event, before), calendar_of(event, after, sequence=3, previous=[(event, before)])
    assert [(entry["status"], entry["sequence"]) for entry in entries(new)] == [
        ("CONFIRMED", 3),
        ("CANCELLED", 3),
        ("CANCELLED", 3),
    ]
    assert [entry["uid"] for entry in entries(new)] == [entry["uid"] for entry in entries(old)]


def test_calendar_cancelled_two_versions_ago_is_still_told() -> None:
    event = small_event()
    history = [schedule_of(("a1", "c1", "18-14:00", "t7")), small_schedule()]
    new = calendar_of(
        event, schedule_of(("a1", "c1", "18-14:07", "t7")), sequence=2, previous=[(event, one) for one in history]
    )
    assert sorted(str(entry["status"]) for entry in entries(new)) == ["CANCELLED", "CANCELLED", "CONFIRMED"]


def test_calendar_cancelled_meeting_has_the_names_and_hours_of_the_event_in_which_it_was_announced() -> None:
    """Its round and its partner may have left the event: then it was not cancelled at all, or by an internal key."""
    before = event_of([GARDENS, PRINTER], AFTERNOON, title="Ancien titre")
    after = event_of([GARDENS, participant("c9", "company", "Neuf")], slots("2027-03-18", "16:00"))
    (entry,) = entries(
        calendar_of(after, schedule_of(), sequence=2, previous=[(before, schedule_of(("a1", "c1", "18-14:00", "t1")))])
    )
    assert str(entry["summary"]) == "Imprimerie Vasseur – Ancien titre"
    assert (entry["status"], f"{entry.decoded('dtstart'):%H:%M}") == ("CANCELLED", "14:00")


def test_calendar_cancelled_meeting_is_told_as_announced_last() -> None:
    event = small_event()
    early, late = schedule_of(("a1", "c1", "18-14:00", "t7")), schedule_of(("a1", "c1", "18-14:49", "t7"))
    (entry,) = entries(calendar_of(event, schedule_of(), previous=[(event, late), (event, early)]))
    assert f"{entry.decoded('dtstart'):%H:%M}" == "14:49"


def test_calendar_cancelled_meeting_of_another_zone_keeps_its_moment() -> None:
    before = small_event(timezone="America/Martinique")
    held = schedule_of(("a1", "c1", "18-14:00", "t7"))
    (entry,) = entries(calendar_of(small_event(), schedule_of(), previous=[(before, held)]))
    assert entry.decoded("dtstart").astimezone(UTC) == datetime(2027, 3, 18, 18, tzinfo=UTC)
    assert entry["dtstart"].params["TZID"] == "Europe/Paris"


def test_calendar_of_somebody_who_withdrew_holds_nothing() -> None:
    found = entries(calendar_of(small_event(), small_schedule(), withdrawn=True))
    assert [str(entry["status"]) for entry in found] == ["CANCELLED"] * 3
    assert [str(entry["transp"]) for entry in found] == ["TRANSPARENT"] * 3
    assert [entry["uid"] for entry in found] == [
        entry["uid"] for entry in entries(calendar_of(small_event(), small_schedule()))
    ]


def test_calendar_pair_that_meets_twice_has_two_entries() -> None:
    event = small_event()
    schedule = schedule_of(("a1", "c1", "18-14:00", "t7"), ("c1", "a1", "18-14:14", "t7"))
    uids = [entry["uid"] for entry in entries(calendar_of(event, schedule))]
    assert len(set(uids)) == 2
    other_side = [entry["uid"] for entry in entries(calendar_of(event, schedule, "c1"))]
    assert other_side == uids


def test_calendar_remote_meeting_is_online() -> None:
    event = event_of([GARDENS, {**PRINTER, "remote": True}], AFTERNOON)
    (entry,) = entries(calendar_of(event, schedule_of(("a1", "c1", "18-14:00", None)), place="Salle Rouge"))
    assert entry["location"] == "En ligne"


def test_calendar_place_follows_the_table() -> None:
    entry = entries(calendar_of(small_event(), small_schedule(), place="Salle Rouge"))[0]
    assert entry["location"] == "Table 7, Salle Rouge"


def test_calendar_without_meetings_is_a_calendar() -> None:
    assert entries(calendar_of(small_event(), schedule_of())) == []


def test_calendar_names_cannot_add_lines() -> None:
    hostile = {**PRINTER, "name": "Vasseur\r\nSTATUS:CANCELLED\r\nX-EVIL;A=B:1, 2; 3\\n"}
    (entry,) = entries(
        calendar_of(event_of([GARDENS, hostile], AFTERNOON), schedule_of(("a1", "c1", "18-14:00", "t1")))
    )
    assert entry["status"] == "CONFIRMED"
    assert "x-evil" not in entry
    assert str(entry["summary"]).startswith("Vasseur STATUS:CANCELLED X-EVIL;A=B:1, 2; 3\\n")


def test_calendar_bad_input_is_refused() -> None:
    event, schedule = small_event(), small_schedule()
    with pytest.raises(KeyError):
        calendar_of(event, schedule, "nobody")
    with pytest.raises(InvalidSchedule):
        calendar_of(event, schedule_of(("a1", "c1", "s99", "t1")))
    with pytest.raises(ValueError, match="sequence"):
        calendar_of(event, schedule, sequence=-1)
    with pytest.raises(ValueError, match="time zone"):
        participant_calendar(
            event, schedule, "a1", event_uid="e", sequence=0, stamp=datetime(2027, 1, 1), language="fr", url=None
        )
