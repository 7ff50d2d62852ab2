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
from web.domain.memory import Memory
from web.domain.people.page_state import Told
from web.domain.people.redaction import forget_agendas
from web.domain.timetable.appointments import CANCELLED, Cancelled
from web.domain.timetable.difference import AgendaChange, agenda_changes, with_place
from web.domain.timetable.excerpts import excerpts
from web.domain.timetable.lasting import runs
from web.domain.timetable.versions import announced_versions, event_of, schedule_of
from web.models import Agenda, Event, Registration, ScheduleVersion

# Seconds from here fit the 32 bits of a SEQUENCE for 68 years.
_SEQUENCES_START = 1_700_000_000

# Written once: putting it together costs as much as asking it.
_ROW = (
    select(
        Agenda.content, Agenda.digest, ScheduleVersion.number, ScheduleVersion.published_at, ScheduleVersion.created_at
    )
    .join(ScheduleVersion, ScheduleVersion.id == Agenda.version_id)
    .where(Agenda.version_id == bindparam("version_id"), Agenda.participant == bindparam("participant"))
)

_CHANGE = TypeAdapter(AgendaChange)
_MEETINGS = TypeAdapter(tuple[Meeting, ...])
_MOMENT = TypeAdapter(datetime)


@dataclass(frozen=True)
class PublishedAgenda:
    """What the link of one participant shows once the organiser has published. `number` counts versions from 1.

    `event` and `schedule` are cut down to what concerns the participant. `cancelled`: the meetings announced earlier
    that are not held any more, in order of time. `since`: the announcement since which the agenda is as it is, which
    was the one numbered `announcements` (``None`` where a row of an earlier release does not say). `change`: how it
    differed from the version announced before that, at `announced_before`; both ``None`` where there was none. `gone`:
    whether the participant is not in this version, but was in one announced earlier; then `event` is the event of that
    one, and there are no meetings. `told`: equal where all of this is.
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
    since: datetime | None = None
    announcements: int = 0
    told: Told | None = None

    @property
    def told_at(self) -> datetime:
        return self.since or self.published_at


# What was read of rows: they say the same for ever. A room's worth, of which each takes some tens of kilobytes.
_known: Memory[PublishedAgenda] = Memory(most=600)


def event_uid(event: Event) -> str:
    """What the calendar entries of an event are named after, for ever: not its title nor its address, which change."""
    return f"passerelle-event-{event.id}-{event.created_at:%Y%m%d%H%M%S}"


def calendar_sequence(agenda: PublishedAgenda, event: Event, registration: Registration) -> int:
    """What calendars compare to know the later of two: grows with each announcement that changes this agenda.

    And with what is seen without an announcement: another place, the name of somebody erased, one's own withdrawal. It
    does not grow by what others are told.
    """
    told = sequence_of(agenda.told_at) + agenda.announcements
    return told + event.calendar_changes + registration.status_changes


def sequence_of(published_at: datetime) -> int:
    """The same of a version that was never announced, or of somebody of whom nothing else is known."""
    return max(0, int(published_at.timestamp()) - _SEQUENCES_START)


def published_agenda(session: Session, registration: Registration, told: Told | None = None) -> PublishedAgenda | None:
    """The timetable that is published and that `registration` is in; ``None`` where there is none.

    `told`: what the caller knows already of what is announced to `registration`; it is read once by each process then.

    Cost: one query and the meetings of one participant. The first look at a version whose rows are missing (published
    by an earlier release, or a participant of it was erased) makes them for everybody, in a transaction of its own.
    """
    found = announced_agenda(session, registration, told)
    return None if found is None or found.gone else found


def announced_agenda(session: Session, registration: Registration, told: Told | None = None) -> PublishedAgenda | None:
    """The same, also for a participant whom only a version announced earlier had: there is something to cancel."""
    if told is None:
        return _announced(session, registration)
    key = (told, registration.key)
    found = _known.find(key) or _announced(session, registration)
    # Announced anew, or thrown away, since the caller looked: that one is not what was told.
    return found if found is None or found.told != told else _known.get(key, lambda: found)


def _announced(session: Session, registration: Registration) -> PublishedAgenda | None:
    version_id = registration.event.published_schedule_id
    if version_id is None:
        return None
    found = _row(session, version_id, registration.key)
    if found is None or "cancelled" not in found[0]:
        if not _has_agendas(session, version_id):
            _make_missing(session, registration.event_id)
        # Also where they are there: another may have made them since this one was looked for.
        found = _row(session, registration.event.published_schedule_id, registration.key)
    return None if found is None else _read(*found, registration.key)


def provisional_agenda(session: Session, registration: Registration, *, locked: bool = False) -> PublishedAgenda | None:
    """The agenda that `registration` is asked to agree to before anything is announced; ``None`` where there is none.

    `locked`: whether the caller's ``write`` block has the event's row. Cost: as `published_agenda`.
    """
    event = registration.event
    version_id = event.provisional_schedule_id
    if version_id is None or event.published_schedule_id is not None:
        return None
    found = _row(session, version_id, registration.key)
    if found is None:
        if not _has_agendas(session, version_id):
            if locked:
                _make(session, event)
            else:
                _make_missing(session, event.id)
        found = _row(session, version_id, registration.key)
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
    announced = [version, *announced_versions(session, version)]
    forget_agendas(session, version.event_id)
    turns = _turns_of(event or event_of(version))
    earlier = [(one.event_document, one.document) for one in announced[1:]]
    found = excerpts(version.event_document, version.document, earlier)
    same = runs([(one.event_document, one.document, one.place) for one in announced])
    changes_of = {0: changes} if changes is not None else {}
    rows = []
    for participant, content in found.items():
        run = same[participant]
        content["since"] = _told_at(announced[run]).isoformat()
        content["announcements"] = len(announced) - run
        if run + 1 < len(announced):
            if run not in changes_of:
                changes_of[run] = _changes_at(announced[run + 1], announced[run])
            change = changes_of[run].get(participant)
            if change is not None and not change.newcomer:
                content["change"] = _CHANGE.dump_python(change, mode="json")
            content["announced_before"] = _told_at(announced[run + 1]).isoformat()
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


def _told_at(version: ScheduleVersion) -> datetime:
    return version.published_at or version.created_at


def _changes_at(former: ScheduleVersion, version: ScheduleVersion) -> dict[str, AgendaChange]:
    """How agendas changed with `version`, announced after `former`."""
    event = event_of(version)
    changes = agenda_changes(event_of(former), schedule_of(former), event, schedule_of(version))
    return with_place(changes, event, former.place, version.place)


def _row(session: Session, version_id: int | None, participant: str) -> tuple[dict[str, Any], Told] | None:
    row = session.execute(_ROW, {"version_id": version_id, "participant": participant}).one_or_none()
    return None if row is None else (row.content, Told(row.digest, row.number, row.published_at or row.created_at))


def _read(content: dict[str, Any], told: Told, participant: str) -> PublishedAgenda:
    change, announced_before, since = (content.get(name) for name in ("change", "announced_before", "since"))
    return PublishedAgenda(
        number=told.number,
        published_at=told.published_at,
        told=told,
        event=checked_event(content["event"]),
        schedule=_schedule(content["meetings"]),
        participant_id=participant,
        cancelled=CANCELLED.validate_python(content["cancelled"]),
        change=None if change is None else _CHANGE.validate_python(change),
        announced_before=None if announced_before is None else _MOMENT.validate_python(announced_before),
        gone=content.get("gone", False),
        since=None if since is None else _MOMENT.validate_python(since),
        announcements=content.get("announcements", 0),
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
    return Schedule(status="feasible", meetings=_MEETINGS.validate_python(meetings), tiers=(), seconds=0)


def _has_agendas(session: Session, version_id: int) -> bool:
    """Whether the rows are there, and not those of an earlier release, which do not say what is cancelled."""
    content = session.scalar(select(Agenda.content).where(Agenda.version_id == version_id).limit(1))
    return content is not None and "cancelled" in content


def _make_missing(session: Session, event_id: int) -> None:
    """Make the rows of the version shown, once: of several that look at once the first does it, the others wait."""
    with write(session):
        _make(session, lock_event(session, event_id))


def _make(session: Session, event: Event) -> None:
    """The rows of the version announced, or else of the provisional one, unless they are there."""
    version_id = event.published_schedule_id or event.provisional_schedule_id
    if version_id is None or _has_agendas(session, version_id):
        return
    version = session.get_one(
        ScheduleVersion,
        version_id,
        options=(undefer(ScheduleVersion.document), undefer(ScheduleVersion.event_document)),
    )
    store_agendas(session, version)
