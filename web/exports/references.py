"""Whether a schedule is one of an event at all: the only check an export needs before it shows anything."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from scheduler.format.errors import EventFault, InvalidSchedule
from scheduler.format.event import Event
from scheduler.format.schedule import Schedule
from scheduler.format.sentence import expected


def require_references(event: Event, schedule: Schedule) -> None:
    """Raise ``InvalidSchedule`` with each id in ``schedule`` that ``event`` does not have. Cost: the meetings."""
    faults = list(_faults(event, schedule))
    if faults:
        raise InvalidSchedule(faults)


def _faults(event: Event, schedule: Schedule) -> Iterator[EventFault]:
    facilitators = {facilitator.id for facilitator in event.facilitators}
    for i, meeting in enumerate(schedule.meetings):
        checks: list[tuple[str, str | None, Collection[str], str]] = [
            ("between[0]", meeting.between[0], event.participant_index, "participant_of_event"),
            ("between[1]", meeting.between[1], event.participant_index, "participant_of_event"),
            ("slot", meeting.slot, event.slot_index, "slot_of_event"),
            ("table", meeting.table, event.table_index, "table_of_event"),
            ("facilitator", meeting.facilitator, facilitators, "facilitator_of_event"),
        ]
        for field, found, known, what in checks:
            if found is not None and found not in known:
                yield EventFault(f"meetings[{i}].{field}", expected(what, "found", found=f'"{found}"'))
