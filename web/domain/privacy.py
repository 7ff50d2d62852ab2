"""What a participant may ask for by law: all that is kept of them, and its erasure."""

from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, selectinload, undefer

from web.db import write
from web.domain.audit import Actor, record
from web.domain.departures import tell_organisers
from web.models import AuditEntry, Event, Organisation, OutboxMail, Registration, ScheduleVersion, Veto, Wish

_LEFT_OUT = frozenset(
    {"id", "event_id", "organisation_id", "token_hash", "version", "home_table_id", "position", "boost"}
)
ERASED = "—"


def export(session: Session, registration: Registration) -> dict[str, Any]:
    """Everything kept of a participant, as a JSON object: profile, choices, mails, log. Moments are ISO, UTC.

    Whom they wished for or would rather not meet is theirs; who wished for them is not.
    """
    mails = session.scalars(
        select(OutboxMail).where(OutboxMail.registration_id == registration.id).order_by(OutboxMail.id)
    )
    log = session.scalars(select(AuditEntry).where(AuditEntry.behalf_of_id == registration.id).order_by(AuditEntry.id))
    chosen = _names(session, Wish, registration)
    refused = _names(session, Veto, registration)
    profile = {
        column.key: getattr(registration, column.key)
        for column in Registration.__table__.columns
        if column.key not in _LEFT_OUT
    }
    return {
        "event": {"title": registration.event.title, "place": registration.event.place},
        "registration": {name: _plain(value) for name, value in profile.items()},
        "wishes": chosen,
        "rather_not": refused,
        "mails": [
            {"to": mail.recipient, "subject": mail.subject, "state": mail.state, "created_at": _plain(mail.created_at)}
            for mail in mails
        ],
        "log": [{"action": entry.action, "at": _plain(entry.created_at), "details": entry.details} for entry in log],
    }


def _names(session: Session, model: type[Wish] | type[Veto], registration: Registration) -> list[str]:
    order = Wish.rank if model is Wish else Veto.id
    rows = session.scalars(
        select(model)
        .where(model.registration_id == registration.id)
        .order_by(order)
        .options(selectinload(model.target))
    )
    return [row.target.name for row in rows]


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def erase(session: Session, registration: Registration, actor: Actor) -> None:
    """Remove a participant and all that was written about them, for good.

    The stored timetables keep a meeting with somebody unnamed, so that the agendas of the others stay right; their
    organiser computes anew. Locks the event's row. Cost: the stored versions of the event are written again.
    """
    with write(session):
        session.execute(select(Event.id).where(Event.id == registration.event_id).with_for_update())
        tell_organisers(session, registration, named=False)
        event_id, key, organisation_id = registration.event_id, registration.key, registration.organisation_id
        session.execute(delete(OutboxMail).where(OutboxMail.registration_id == registration.id))
        session.execute(
            update(AuditEntry)
            .where(AuditEntry.behalf_of_id == registration.id)
            .values(details={})
            .execution_options(synchronize_session=False)
        )
        session.execute(
            update(AuditEntry)
            .where(AuditEntry.behalf_of_id == registration.id, AuditEntry.user_id.is_(None))
            .values(actor=ERASED)
            .execution_options(synchronize_session=False)
        )
        _forget_in_versions(session, event_id, key)
        session.delete(registration)
        session.flush()
        if organisation_id is not None:
            _drop_if_unused(session, organisation_id)
        who = actor if actor.registration_id is None else Actor(name=ERASED)
        record(session, who, "registration.erase", event_id=event_id, key=key)


def _forget_in_versions(session: Session, event_id: int, key: str) -> None:
    versions = session.scalars(
        select(ScheduleVersion)
        .where(ScheduleVersion.event_id == event_id)
        .options(undefer(ScheduleVersion.event_document))
    )
    for version in versions:
        document = version.event_document
        participants = [
            _unnamed(one) if one["id"] == key else one | _without(one, key) for one in document["participants"]
        ]
        version.event_document = document | {"participants": participants}


def _without(one: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: [id for id in one.get(name, []) if id != key] for name in ("wishes", "vetoes")}


def _unnamed(one: dict[str, Any]) -> dict[str, Any]:
    """The participant as the timetable needs it: when and how, no longer who."""
    said = {"needs": [], "offers": [], "themes": [], "wishes": [], "vetoes": [], "zone": None}
    return one | said | {"name": ERASED}


def _drop_if_unused(session: Session, organisation_id: int) -> None:
    if session.scalar(select(Registration.id).where(Registration.organisation_id == organisation_id).limit(1)) is None:
        session.execute(delete(Organisation).where(Organisation.id == organisation_id))
