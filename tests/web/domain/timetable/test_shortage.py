"""Who gets nothing, or less than promised, and why: from the event alone."""

import pytest

from tests.web.exports.events import AFTERNOON, GARDENS, PRINTER, STUDIO, event_of, schedule_of
from web.domain.timetable.quality import quality
from web.domain.timetable.shortage import shortages, waiting

HELD = schedule_of(("a1", "c1", "18-14:00", "t1"))


def short_of(**fields: object) -> list[tuple[str, int, str]]:
    event = event_of([GARDENS, PRINTER, {**STUDIO, **fields}], AFTERNOON)
    found = shortages(event, quality(event, HELD))
    return [(one.served.participant.id, one.served.meetings, one.cause) for one in found]


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({}, "rivals"),
        ({"needs_facilitator": True}, "facilitator"),
        ({"unavailable": [slot["id"] for slot in AFTERNOON]}, "absent"),
    ],
)
def test_participant_without_a_meeting_is_named_with_the_cause(fields: dict[str, object], cause: str) -> None:
    assert short_of(**fields) == [("c2", 0, cause)]


def test_those_without_any_meeting_come_before_those_with_too_few() -> None:
    event = event_of([{**GARDENS, "min_meetings": 3}, PRINTER, STUDIO], AFTERNOON)
    found = shortages(event, quality(event, HELD))
    assert [(one.served.participant.id, one.served.missing) for one in found] == [("c2", 0), ("a1", 2)]


def test_nobody_waits_with_one_meeting_each() -> None:
    event = event_of([GARDENS, PRINTER], AFTERNOON)
    assert waiting(quality(event, HELD)) == 0
