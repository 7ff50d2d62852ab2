"""The published timetable as one participant sees it: the version announced, those before it, what has changed.

It is read from a row of `Agenda`, written with the publication: a look at it costs what one agenda costs, whatever the
size of the event. The rows are made of the stored files and of nothing else, so they can be thrown away at any time.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter
from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session, undefer

from scheduler.format.event import Event as EventValue
from scheduler.format.event import checked_event
from scheduler.format.schedule import Meeting, Schedule
from web.db import write
from web.domain.locking import lock_event
from web.domain.people.redaction import forget_agendas
from web.domain.timetable.appointments import CANCELLED, Cancelled
from web.domain.timetable.difference import AgendaChange, agenda_changes, with_place
from web.domain.timetable.excerpts import excerpts
from web.domain.timetable.versions import announced_versions, event_of, schedule_of
from web.models import Agenda, Event, Registration, ScheduleVersion

# Seconds from here fit the 32 bits of a SEQUENCE for 68 years.
_SEQUENCES_START = 1_700_000_000

# Written once: putting it together costs as much as asking it.
_ROW = (
    select(Agenda.content, ScheduleVersion.number, ScheduleVersion.published_at, ScheduleVersion.created_at)
    .join(ScheduleVersion, ScheduleVersion.id == Agenda.version_id)
    .where(Agenda.version_id == bindparam("version_id"), Agenda.participant == bindparam("participant"))
)

_CHANGE = TypeAdapter(AgendaChange)
_MOMENT = TypeAdapter(datetime)


@dataclass(frozen=True)
class PublishedAgenda:
    """What the link of one participant shows once the organiser has published. `number` counts versions from 1.

    `event` and `schedule` are cut down to what concerns the participant. `cancelled`: the meetings announced earlier
    that are not held any more, in order of time. `change`: how the agenda differs from the version announced before, at
    `announced_before`; both ``None`` where it does not. `gone`: whether the participant is not in this version, but was
    in one announced earlier; then `event` is the event of that one, and there are no meetings.
    """

    number: int
    published_at: datetime
    event: EventValue
    schedule: Schedule
    participant_id: str
    cancelled: tuple[Cancelled, ...] = ()
    change: AgendaChange | None = None
    announced_before: datetime | None = None
    gone: bool = False


def event_uid(event: Event) -> str:
    """What the calendar entries of an event are named after, for ever: not its title nor its address, which change."""
    return f"passerelle-event-{event.id}-{event.created_at:%Y%m%d%H%M%S}"


def calendar_sequence(published_at: datetime, *changed: Event | Registration) -> int:
    """What calendars compare to know the later of two: grows with each publication, of an earlier version too.

    And with each change of the rows `changed`: the event’s place or the participant’s withdrawal are seen as well.
    """
    return max(0, int(published_at.timestamp()) - _SEQUENCES_START) + sum(row.version for row in changed)


def published_agenda(session: Session, registration: Registration) -> PublishedAgenda | None:
    """The timetable that is published and that `registration` is in; ``None`` where there is none.

    Cost: one query and the meetings of one participant. The first look at a version whose rows are missing (published
    by an earlier release, or a participant of it was erased) makes them for everybody, in a transaction of its own.
    """
    found = announced_agenda(session, registration)
    return None if found is None or found.gone else found


def announced_agenda(session: Session, registration: Registration) -> PublishedAgenda | None:
    """The same, also for a participant whom only a version announced earlier had: there is something to cancel."""
    version_id = registration.event.published_schedule_id
    if version_id is None:
        return None
    found = _row(session, version_id, registration.key)
    if (found is None or "cancelled" not in found[0]) and not _has_agendas(session, version_id):
        _make_missing(session, registration.event_id)
        found = _row(session, registration.event.published_schedule_id, registration.key)
    return None if found is None else _read(*found, registration.key)


def store_agendas(
    session: Session,
    version: ScheduleVersion,
    changes: dict[str, AgendaChange] | None = None,
    event: EventValue | None = None,
) -> None:
    """Write the rows of `version`, just published, and remove those of the event's other versions.

    In the caller's ``write`` block, which has locked the event's row. `changes`: how agendas differ from those of the
    version announced before, and `event`: what its own file says, where the caller knows them. Cost: linear in the
    files of the versions ever announced.
    """
    former = announced_versions(session, version)
    if former and changes is None:
        event = event or event_of(version)
        changes = agenda_changes(event_of(former[0]), schedule_of(former[0]), event, schedule_of(version))
        changes = with_place(changes, event, former[0].place, version.place)
    forget_agendas(session, version.event_id)
    turns = _turns_of(event or event_of(version))
    earlier = [(one.event_document, one.document) for one in former]
    found = excerpts(version.event_document, version.document, earlier)
    rows = []
    for participant, content in found.items():
        change = (changes or {}).get(participant) if former else None
        if change is not None and not change.newcomer:
            content["change"] = _CHANGE.dump_python(change, mode="json")
        if former and former[0].published_at is not None:
            content["announced_before"] = former[0].published_at.isoformat()
        rows.append(
            {
                "version_id": version.id,
                "participant": participant,
                "content": content,
                "digest": sha256(json.dumps(content, sort_keys=True).encode()).hexdigest(),
                "turns": turns(content["meetings"]),
            }
        )
    if rows:
        session.execute(insert(Agenda), rows)


def _row(session: Session, version_id: int | None, participant: str) -> tuple[dict[str, Any], int, datetime] | None:
    row = session.execute(_ROW, {"version_id": version_id, "participant": participant}).one_or_none()
    return None if row is None else (row.content, row.number, row.published_at or row.created_at)


def _read(content: dict[str, Any], number: int, published_at: datetime, participant: str) -> PublishedAgenda:
    change, announced_before = content.get("change"), content.get("announced_before")
    return PublishedAgenda(
        number=number,
        published_at=published_at,
        event=checked_event(content["event"]),
        schedule=_schedule(content["meetings"]),
        participant_id=participant,
        cancelled=CANCELLED.validate_python(content["cancelled"]),
        change=None if change is None else _CHANGE.validate_python(change),
        announced_before=None if announced_before is None else _MOMENT.validate_python(announced_before),
        gone=content.get("gone", False),
    )


def _turns_of(event: EventValue) -> Callable[[list[dict[str, Any]]], list[int]]:
    """What gives the moments at which meetings begin or end, in seconds since 1970, in order."""
    zone = ZoneInfo(event.timezone)
    times = {
        slot.id: [int(moment.replace(tzinfo=zone).timestamp()) for moment in (slot.start, slot.end)]
        for slot in event.slots
    }
    return lambda meetings: sorted({moment for meeting in meetings for moment in times[meeting["slot"]]})


def _schedule(meetings: list[dict[str, Any]]) -> Schedule:
    """The meetings of one participant as a schedule. What the timetable as a whole is worth is not theirs to judge."""
    return Schedule(
        status="feasible", meetings=tuple(Meeting.model_validate(one) for one in meetings), tiers=(), seconds=0
    )


def _has_agendas(session: Session, version_id: int) -> bool:
    """Whether the rows are there, and not those of an earlier release, which do not say what is cancelled."""
    content = session.scalar(select(Agenda.content).where(Agenda.version_id == version_id).limit(1))
    return content is not None and "cancelled" in content


def _make_missing(session: Session, event_id: int) -> None:
    """Make the rows of the version announced, once: of several that look at once the first does it, the others wait."""
    with write(session):
        version_id = lock_event(session, event_id).published_schedule_id
        if version_id is None or _has_agendas(session, version_id):
            return
        version = session.get_one(
            ScheduleVersion,
            version_id,
            options=(undefer(ScheduleVersion.document), undefer(ScheduleVersion.event_document)),
        )
        store_agendas(session, version)
