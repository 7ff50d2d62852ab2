"""The published timetable as one participant sees it: the version announced, those before it, what has changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from scheduler.format.event import Event as EventValue
from scheduler.format.schedule import Schedule
from web.domain.agenda_changes import AgendaChange, agenda_changes
from web.domain.versions import event_of, schedule_of
from web.models import Event, Registration, ScheduleVersion

# Seconds from here fit the 32 bits of a SEQUENCE for 68 years.
_SEQUENCES_START = 1_700_000_000


@dataclass(frozen=True)
class PublishedAgenda:
    """What the link of one participant shows once the organiser has published. `number` counts versions from 1.

    `before`: the schedules announced earlier, the latest first. `change`: how the agenda differs from the latest of
    them, which was announced at `announced_before`; both ``None`` where it does not.
    """

    number: int
    published_at: datetime
    event: EventValue
    schedule: Schedule
    participant_id: str
    before: tuple[Schedule, ...] = ()
    change: AgendaChange | None = None
    announced_before: datetime | None = None


def event_uid(event: Event) -> str:
    """What the calendar entries of an event are named after, for ever: not its title nor its address, which change."""
    return f"passerelle-event-{event.id}-{event.created_at:%Y%m%d%H%M%S}"


def calendar_sequence(published_at: datetime) -> int:
    """What calendars compare to know the later of two: grows with each publication, of an earlier version too."""
    return max(0, int(published_at.timestamp()) - _SEQUENCES_START)


def published_agenda(session: Session, registration: Registration) -> PublishedAgenda | None:
    """The timetable that is published and that `registration` is in; ``None`` where there is none.

    Cost: one query, and the parsing of the versions that were ever announced.
    """
    event = registration.event
    if event.published_schedule_id is None:
        return None
    announced = session.scalars(
        select(ScheduleVersion)
        .where(
            ScheduleVersion.event_id == event.id,
            ScheduleVersion.published_at.is_not(None) | (ScheduleVersion.id == event.published_schedule_id),
        )
        .options(undefer(ScheduleVersion.document), undefer(ScheduleVersion.event_document))
    ).all()
    current = next((one for one in announced if one.id == event.published_schedule_id), None)
    if current is None:
        return None
    value, schedule = event_of(current), schedule_of(current)
    if registration.key not in value.participant_index:
        return None
    former = [one for one in announced if one.id != current.id]
    former.sort(key=lambda one: (one.published_at or one.created_at, one.number), reverse=True)
    change = None
    if former:
        last = former[0]
        change = agenda_changes(event_of(last), schedule_of(last), value, schedule).get(registration.key)
    return PublishedAgenda(
        number=current.number,
        published_at=current.published_at or current.created_at,
        event=value,
        schedule=schedule,
        participant_id=registration.key,
        before=tuple(schedule_of(one) for one in former),
        change=change if change is not None and not change.newcomer else None,
        announced_before=former[0].published_at if former else None,
    )
