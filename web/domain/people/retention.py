"""How long people are kept: some months after an event, all that it holds of them goes by itself.

The event stays with its rounds, tables and rules, to be looked at and duplicated; so do the accounts of its team. What
goes is counted before (for the page that announces it) and after (for the log), by the same statements.
"""

import logging
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, delete, func, select, true
from sqlalchemy.orm import Session

from web.db import write
from web.domain.audit import SYSTEM, record
from web.domain.errors import Missing
from web.domain.locking import lock_event
from web.domain.people.privacy import drop_unused
from web.domain.people.traces import note_traces
from web.models import (
    ACTIVE_JOBS,
    AuditEntry,
    Base,
    Event,
    EventStatus,
    Facilitator,
    Invitation,
    Job,
    ListImport,
    Mailing,
    OutboxMail,
    Registration,
    RegistrationDraft,
    ScheduleVersion,
    SignInLink,
    Slot,
    Veto,
    Wish,
    utcnow,
)

log = logging.getLogger(__name__)

DAILY = "retention.run"
# A worker that looks every hour runs it once a day, at about the same hour.
_A_DAY = timedelta(hours=23, minutes=30)
# Deleted in this order; what refers to them goes with them.
_GOES: Mapping[str, type[Base]] = {
    "mails": OutboxMail,
    "messages": Mailing,
    "participants": Registration,
    "drafts": RegistrationDraft,
    "invitations": Invitation,
    "timetables": ScheduleVersion,
    "computations": Job,
    "lists": ListImport,
    "facilitators": Facilitator,
    "log": AuditEntry,
}


@dataclass(frozen=True)
class Preview:
    """What will go of an event, by kind, and on which day; `ended` is the day of its last round, if it has any."""

    ended: date | None
    due: date
    counts: Mapping[str, int]

    @property
    def is_due(self) -> bool:
        """Whether that day has come."""
        return self.due <= utcnow().date()


def preview(session: Session, event: Event, months: int) -> Preview:
    """What goes of `event`, and when. A query for each kind of row."""
    ended = session.scalar(select(func.max(Slot.ends_at)).where(Slot.event_id == event.id))
    last = (ended or event.updated_at).date()
    return Preview(
        None if ended is None else last, later(last, months) + timedelta(days=1), _holdings(session, event.id)
    )


def later(day: date, months: int) -> date:
    """The day so many months after `day`, or the last one of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def run_daily(session: Session, months: int, now: datetime | None = None) -> Mapping[str, int] | None:
    """Once a day let go what is older than `months`: how much went, by kind; ``None`` where today's run is done.

    `now` is aware. Each event is a transaction of its own, so that one in trouble keeps nobody else; two workers at
    once find nothing twice. Files follow by `web.domain.people.traces.settle`.
    """
    now = now or utcnow()
    recent = select(AuditEntry.id).where(AuditEntry.action == DAILY, AuditEntry.created_at > now - _A_DAY).limit(1)
    if session.scalar(recent) is not None:
        session.rollback()
        return None
    total = dict.fromkeys(("events", *_GOES), 0)
    for event_id in _overdue(session, months, now):
        for name, number in _let_go(session, event_id).items():
            total[name] += number
        total["events"] += 1
    for name, number in _let_go_elsewhere(session, months, now).items():
        total[name] += number
    log.info("Retention: %s", ", ".join(f"{name} {number}" for name, number in total.items()))
    return total


def _overdue(session: Session, months: int, now: datetime) -> list[int]:
    """The events that ended so long ago and still hold something of somebody, and at which nobody computes.

    A log alone is none of these: what is done with an event afterwards concerns nobody who took part.
    """
    ends = session.execute(select(Slot.event_id, func.max(Slot.ends_at)).group_by(Slot.event_id))
    last = dict(ends.all())
    busy = set(session.scalars(select(Job.event_id).where(Job.state.in_(ACTIVE_JOBS))))
    over = [
        event_id
        for event_id, updated_at in session.execute(select(Event.id, Event.updated_at).order_by(Event.id))
        if later((last.get(event_id) or updated_at).date(), months) < now.date() and event_id not in busy
    ]
    return [event_id for event_id in over if sum((_holdings(session, event_id) | {"log": 0}).values())]


def _holdings(session: Session, event_id: int) -> dict[str, int]:
    counts = {name: session.scalar(_counted(model).where(_of(model, event_id))) or 0 for name, model in _GOES.items()}
    mine = select(Registration.id).where(Registration.event_id == event_id)
    counts["choices"] = sum(
        session.scalar(_counted(model).where(model.registration_id.in_(mine))) or 0 for model in (Wish, Veto)
    )
    return counts


def _counted(model: type[Base]) -> Select[Any]:
    return select(func.count()).select_from(model)


def _of(model: type[Base], event_id: int) -> ColumnElement[bool]:
    """The rows of `model` in the event; that something went stays in the log."""
    table: Table = model.__table__  # type: ignore[assignment]
    kept = AuditEntry.action != DAILY if model is AuditEntry else true()
    return (table.c.event_id == event_id) & kept


def _let_go(session: Session, event_id: int) -> dict[str, int]:
    """Delete what the event holds of people; how much, by kind. Locks the event's row."""
    with write(session):
        try:
            event = lock_event(session, event_id)
        except Missing:
            return {}
        counts = _holdings(session, event_id)
        message_ids = list(session.scalars(select(OutboxMail.message_id).where(OutboxMail.event_id == event_id)))
        organisations = set(
            session.scalars(
                select(Registration.organisation_id).where(
                    Registration.event_id == event_id, Registration.organisation_id.is_not(None)
                )
            )
        )
        event.published_schedule_id = event.provisional_schedule_id = event.answers_until = None
        event.status = EventStatus.ARCHIVED
        # Pairs of participants who are no more.
        event.affinities = None
        event.rules = {name: value for name, value in event.rules.items() if name != "same_person"}
        session.flush()
        for model in _GOES.values():
            session.execute(delete(model).where(_of(model, event_id)).execution_options(synchronize_session=False))
        drop_unused(session, [one for one in organisations if one is not None])
        record(session, SYSTEM, DAILY, event_id=event_id, **counts)
        note_traces(message_ids)
    del counts["choices"]
    return counts


def _let_go_elsewhere(session: Session, months: int, now: datetime) -> dict[str, int]:
    """Delete what is as old and belongs to no event, and note in the log that today's run is done; how much went."""
    before = datetime.combine(later(now.date(), -months), time(), UTC)
    with write(session):
        mails = OutboxMail.event_id.is_(None) & (OutboxMail.created_at < before)
        message_ids = list(session.scalars(select(OutboxMail.message_id).where(mails)))
        entries = AuditEntry.event_id.is_(None) & (AuditEntry.created_at < before)
        counts = {"mails": len(message_ids), "log": session.scalar(_counted(AuditEntry).where(entries)) or 0}
        for statement in (
            delete(OutboxMail).where(mails),
            delete(AuditEntry).where(entries),
            delete(SignInLink).where(SignInLink.expires_at < before),
        ):
            session.execute(statement.execution_options(synchronize_session=False))
        record(session, SYSTEM, DAILY, **counts)
        if message_ids or counts["log"]:
            note_traces(message_ids)
    return counts
