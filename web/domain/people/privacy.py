"""What a participant may ask for by law: all that is kept of them, and its erasure."""

from base64 import b64encode
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, undefer

from web.db import once_committed, retried, write
from web.domain.audit import SYSTEM, Actor, record
from web.domain.locking import lock_registration
from web.domain.mail.attaching import left_with_files, make_anew
from web.domain.people import places
from web.domain.people.colleagues import colleagues_of, leave, said_of
from web.domain.people.drafts import forget_drafts
from web.domain.people.erased import colleagues_come_back, come_back, mark_of
from web.domain.people.logos import pictures_of
from web.domain.people.redaction import Redaction, erased_name, forget_agendas, known_words, nameless, redact_event
from web.domain.people.traces import note_traces, settle
from web.domain.people.unasked import forget_invitations_of, reminders_of
from web.domain.team.team import tell_departure
from web.models import (
    AuditEntry,
    Colleague,
    Event,
    Invitation,
    ListImport,
    MeetingAnswer,
    MergedRegistration,
    Organisation,
    OutboxMail,
    Picture,
    Registration,
    RegistrationStatus,
    ScheduleVersion,
    User,
    Veto,
    Wish,
)
from web.queue import enqueue

_LEFT_OUT = frozenset(
    {
        "id",
        "event_id",
        "organisation_id",
        "token_hash",
        "version",
        "status_changes",
        "home_table_id",
        "position",
        "boost",
    }
)


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
        "pictures": [_picture(one) for one in pictures_of(session, registration)],
        "colleagues": [said_of(one) for one in colleagues_of(session, registration)],
        "invitations": [_invitation(one) for one in _invitations(session, registration)],
        "reminders": [_plain(one.written_at) for one in reminders_of(session, registration)],
        "wishes": chosen,
        "rather_not": refused,
        "answers": _answers(session, registration),
        "mails": [
            {"to": mail.recipient, "subject": mail.subject, "state": mail.state, "created_at": _plain(mail.created_at)}
            for mail in mails
        ],
        "log": [{"action": entry.action, "at": _plain(entry.created_at), "details": entry.details} for entry in log],
    }


def _invitations(session: Session, registration: Registration) -> Sequence[Invitation]:
    theirs = Invitation.registration_id == registration.id
    return session.scalars(select(Invitation).where(theirs).order_by(Invitation.id)).all()


def _invitation(one: Invitation) -> dict[str, Any]:
    names = ("name", "contact_name", "email", "phone", "language", "created_at", "sent_at", "no_reminders")
    return {name: _plain(getattr(one, name)) for name in names}


def _picture(one: Picture) -> dict[str, Any]:
    """The picture with all that it is: as an address, it can be opened by any browser."""
    content = f"data:{one.mime_type};base64,{b64encode(one.content).decode()}"
    return {"purpose": one.purpose, "width": one.width, "height": one.height, "content": content}


def _names(session: Session, model: type[Wish] | type[Veto], registration: Registration) -> list[str]:
    order = Wish.rank if model is Wish else Veto.id
    target = Registration.name
    chosen = select(target).join(model, model.target_id == Registration.id)
    return list(session.scalars(chosen.where(model.registration_id == registration.id).order_by(order)))


def _answers(session: Session, registration: Registration) -> list[dict[str, Any]]:
    """What they have answered to provisional timetables; what others have of them is the others'."""
    rows = session.execute(
        select(MeetingAnswer, Registration.name)
        .outerjoin(Registration, Registration.id == MeetingAnswer.partner_id)
        .where(MeetingAnswer.registration_id == registration.id)
        .order_by(MeetingAnswer.id)
    )
    return [
        {
            "answer": row.answer,
            "meeting_with": name,
            "reason": row.reason,
            "note": row.note,
            "at": _plain(row.answered_at),
        }
        for row, name in rows
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


@retried
def erase(session: Session, registration: Registration, actor: Actor) -> None:
    """Remove a participant and all that was written about them, for good.

    The stored timetables keep a meeting with somebody unnamed, so that the agendas of the others stay right; their
    organiser computes anew. A place that becomes free goes to who waits for it. What was written to others, notes,
    reasons and the log lose the name; that something happened stays. Files follow by
    `web.domain.people.traces.settle`, for which the worker is woken. Locks the event's row. Cost: the stored versions,
    mails and log of the event are read, and written where they change.
    """
    with write(session):
        lock_registration(session, registration)
        event = registration.event
        tell_departure(session, registration, named=False)
        key, organisation_id = registration.key, registration.organisation_id
        freed = [registration.kind] if registration.status == RegistrationStatus.ACCEPTED else []
        merged = session.execute(
            select(MergedRegistration.key, MergedRegistration.registered_at).where(
                MergedRegistration.registration_id == registration.id
            )
        ).all()
        # Stored timetables and older backups know them under each key that they have had.
        known = [(key, registration.created_at), *merged]
        marks = [mark_of(event.id, one, when) for one, when in known]
        instead = erased_name(event)
        former = _forget_in_versions(session, event.id, [one for one, _when in known], instead)
        forget_agendas(session, event.id)
        _count_for_calendars(session, event)
        carried = left_with_files(session, event.id)
        make_anew(session, event.id)
        redaction = Redaction(known_words(session, registration, former), instead)
        forget_drafts(session, event.id, _addresses(registration))
        traces = [*forget_invitations_of(session, registration), *_delete_mails(session, registration)]
        # They may name whoever was erased under any spelling; what they have brought in stays.
        session.execute(delete(ListImport).where(ListImport.event_id == event.id))
        _forget_in_log(session, registration, instead)
        session.delete(registration)
        session.flush()
        changed = redact_event(session, event.id, redaction)
        if organisation_id is not None:
            drop_unused(session, (organisation_id,))
        who = actor if actor.registration_id is None else Actor(name=instead)
        record(session, who, "registration.erase", event_id=event.id)
        session.flush()
        places.promote(session, event, freed)
        changed_mails = _message_ids(session, changed.get(OutboxMail.__tablename__, ()))
        note_traces({*traces, *changed_mails, *carried}, erased=marks)
        once_committed(session, enqueue, "privacy.settle")


def erase_again(session: Session) -> int:
    """Erase whom a restored backup has brought back; how many. Each in a transaction of its own."""
    found = come_back(session)
    for registration_id in found:
        erase(session, session.get_one(Registration, registration_id), SYSTEM)
    also = colleagues_come_back(session)
    for colleague_id in also:
        leave(session, session.get_one(Colleague, colleague_id))
    if found or also:
        settle(session)
    return len(found) + len(also)


def _count_for_calendars(session: Session, event: Event) -> None:
    """The calendars of the others name somebody unnamed now. No edit: a form that stands open somewhere stays valid."""
    session.execute(
        update(Event)
        .where(Event.id == event.id)
        .values(calendar_changes=Event.calendar_changes + 1, updated_at=Event.updated_at)
        .execution_options(synchronize_session=False)
    )
    session.expire(event, ["calendar_changes"])


def _delete_mails(session: Session, registration: Registration) -> list[str]:
    """Delete every mail to the participant, whichever address it went to; their Message-IDs."""
    theirs = OutboxMail.registration_id == registration.id
    if registration.email:
        theirs |= (
            OutboxMail.registration_id.is_(None)
            & (OutboxMail.event_id == registration.event_id)
            & OutboxMail.recipient.in_(_addresses(registration))
            # An organiser who takes part keeps what was written to the organiser.
            & OutboxMail.recipient.not_in(select(User.email).where(User.email.is_not(None)))
        )
    message_ids = list(session.scalars(select(OutboxMail.message_id).where(theirs)))
    session.execute(delete(OutboxMail).where(theirs).execution_options(synchronize_session=False))
    return message_ids


def _addresses(registration: Registration) -> list[str]:
    """Every e-mail address that the participant has or had."""
    known = (registration.email, registration.confirmed_email, *(registration.known_as or ()))
    return [one for one in known if one and "@" in one]


def _message_ids(session: Session, mail_ids: Sequence[int]) -> list[str]:
    return list(session.scalars(select(OutboxMail.message_id).where(OutboxMail.id.in_(mail_ids))))


def _forget_in_log(session: Session, registration: Registration, instead: str) -> None:
    """Keep of what the participant did, or others for them, that it was done, and by which organiser."""
    past_the_mapper = {"synchronize_session": False}
    theirs = AuditEntry.behalf_of_id == registration.id
    session.execute(update(AuditEntry).where(theirs).values(details={}).execution_options(**past_the_mapper))
    session.execute(
        update(AuditEntry)
        .where(theirs, AuditEntry.user_id.is_(None))
        .values(actor=instead)
        .execution_options(**past_the_mapper)
    )


def _forget_in_versions(session: Session, event_id: int, keys: Collection[str], instead: str) -> set[str]:
    """Make the participant with these keys nameless in every stored event file; the names that stood there."""
    names = set()
    versions = session.scalars(
        select(ScheduleVersion)
        .where(ScheduleVersion.event_id == event_id)
        .options(undefer(ScheduleVersion.event_document))
    )
    for version in versions:
        document = version.event_document
        names |= {one["name"] for one in document["participants"] if one["id"] in keys and one.get("name")}
        version.event_document = nameless(document, keys, instead)
    return names - {instead}


def drop_unused(session: Session, organisation_ids: Collection[int]) -> None:
    """Delete those of the organisations that have no registration left, in the caller's transaction."""
    used = select(Registration.organisation_id).where(Registration.organisation_id.in_(organisation_ids))
    session.execute(
        delete(Organisation)
        .where(Organisation.id.in_(organisation_ids), Organisation.id.not_in(used))
        .execution_options(synchronize_session=False)
    )
