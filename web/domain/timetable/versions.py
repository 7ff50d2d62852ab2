"""The stored schedules of an event: kept as they were computed, together with the event they answer."""

import json
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from scheduler.format.event import Event as EventValue
from scheduler.format.event import checked_event, event_json
from scheduler.format.schedule import Schedule, checked_schedule, schedule_json
from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Fault, Faults, Refused
from web.domain.locking import lock_event, lock_version
from web.domain.people.redaction import without_erased
from web.models import ScheduleVersion

NOTE_LIMIT = 300


def store_version(
    session: Session, event_id: int, event: EventValue, schedule: Schedule, *, parent_id: int | None = None
) -> ScheduleVersion:
    """Add a version with the next number, in the caller's ``write`` block. Locks the event's row.

    Whoever was erased while it was computed has no name in it.
    """
    lock_event(session, event_id)
    last = session.scalar(select(func.max(ScheduleVersion.number)).where(ScheduleVersion.event_id == event_id))
    document: dict[str, Any] = json.loads(schedule_json(schedule))
    version = ScheduleVersion(
        event_id=event_id,
        number=(last or 0) + 1,
        document=document,
        event_document=without_erased(session, event_id, json.loads(event_json(event)))[0],
        status=schedule.status,
        # In lists of versions the limits matter; why they hold stands in the file alone.
        tiers=[{key: tier[key] for key in ("name", "value", "bound")} for tier in document["tiers"]],
        seconds=schedule.seconds,
        parent_id=parent_id,
    )
    session.add(version)
    session.flush()
    return version


def versions_of(session: Session, event_id: int) -> list[ScheduleVersion]:
    """The versions of an event, the latest first, without their files."""
    return list(
        session.scalars(
            select(ScheduleVersion).where(ScheduleVersion.event_id == event_id).order_by(ScheduleVersion.number.desc())
        )
    )


def with_files(session: Session, version_ids: list[int]) -> list[ScheduleVersion]:
    """Those versions, in the order asked for, their files loaded by the same query."""
    found = session.scalars(
        select(ScheduleVersion)
        .where(ScheduleVersion.id.in_(version_ids))
        .options(undefer(ScheduleVersion.document), undefer(ScheduleVersion.event_document))
        .execution_options(populate_existing=True)
    ).all()
    return sorted(found, key=lambda version: version_ids.index(version.id))


def schedule_of(version: ScheduleVersion) -> Schedule:
    """The schedule as a typed value. Cost: as `event_of`."""
    return _read(_schedules, version, version.document, checked_schedule)


def event_of(version: ScheduleVersion) -> EventValue:
    """The event as it was when the version was computed. Cost: its shape is looked at, and nothing else, as this
    program wrote it; to read it as a stranger's file was most of what the pages of a version cost. Asked again of the
    same row, a comparison: a page has many parts, and each asks by itself."""
    return _read(_events, version, version.event_document, checked_event)


Value = TypeVar("Value")
Kept = WeakKeyDictionary[ScheduleVersion, tuple[dict[str, Any], Value]]


def _read(
    known: Kept[Value], version: ScheduleVersion, document: dict[str, Any], read: Callable[[dict[str, Any]], Value]
) -> Value:
    """What `read` makes of `document`, kept as long as the row of `version` is in use and says the same."""
    former = known.get(version)
    # Loaded anew it is mostly the same; where somebody was erased meanwhile it is not.
    if former is not None and former[0] == document:
        return former[1]
    value = read(document)
    known[version] = document, value
    return value


_events: Kept[EventValue] = WeakKeyDictionary()
_schedules: Kept[Schedule] = WeakKeyDictionary()


def is_proposal(version: ScheduleVersion) -> bool:
    """Whether `version` repairs the timetable for what was said, and the event does not know that yet."""
    repair = version.repair or {}
    return "said" in repair and "before" not in repair


def note_of(version: ScheduleVersion) -> str:
    """What organisers call the version; else how it came about, in the reader's language; empty for one computed."""
    origin = version.repair or {}
    if version.note:
        return version.note
    if "undoes" in origin:
        return _("Version %(number)s undone", number=origin["undoes"])
    if "by_hand" in origin:
        return _("Version %(number)s, changed by hand", number=origin["by_hand"])
    if "around" in origin:
        return _("Version %(number)s without the declined meetings", number=origin["around"])
    return _("Repair") if "said" in origin else ""


@retried
def annotate(session: Session, version: ScheduleVersion, note: str, actor: Actor) -> None:
    """Give the version a name or a note; an empty one takes it away. Raises `Faults` for one that is too long."""
    note = " ".join(note.split())
    if len(note) > NOTE_LIMIT:
        raise Faults([Fault("note", _("At most %(limit)s characters, please.", limit=NOTE_LIMIT))])
    with write(session):
        version.note = note
        record(session, actor, "schedule.note", event_id=version.event_id, version=version.number, note=note)


@retried
def delete_version(session: Session, version: ScheduleVersion, actor: Actor) -> None:
    """Remove the version. Raises `Refused` for one that participants were shown: mails and calendars refer to it."""
    with write(session):
        lock_version(session, version)
        if version.published_at is not None:
            raise Refused(_("This version was announced to participants: it is kept, so that changes can be told."))
        if version.shown_at is not None:
            raise Refused(_("Participants were asked to agree to this version: it is kept with their answers."))
        record(session, actor, "schedule.delete", event_id=version.event_id, version=version.number)
        session.delete(version)


def announced_versions(session: Session, version: ScheduleVersion) -> list[ScheduleVersion]:
    """The versions other than `version` that were ever announced, with their files, the latest first."""
    announced = session.scalars(
        select(ScheduleVersion)
        .where(
            ScheduleVersion.event_id == version.event_id,
            ScheduleVersion.id != version.id,
            ScheduleVersion.published_at.is_not(None),
        )
        .options(undefer(ScheduleVersion.document), undefer(ScheduleVersion.event_document))
    ).all()
    return sorted(announced, key=lambda one: (one.published_at, one.number), reverse=True)
