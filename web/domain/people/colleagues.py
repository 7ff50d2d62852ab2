"""Colleagues of one organisation: each has a link of their own to its one registration, its wishes and its agenda.

A colleague does what the first contact does: reads everything, chooses, answers, says that they come, changes what the
organisation says of itself. What ends or moves somebody's way in is left to the first contact (and to organisers): to
withdraw or erase the registration, to add and remove colleagues, to change the contact's own name, address, telephone.
Each deed stands in the log under the name of who did it.

Anybody can type anybody's address: only a first contact whose own address is confirmed adds colleagues, a few a day;
and whoever had themselves removed is not added again.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from web.db import once_committed, retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Missing, Refused
from web.domain.locking import lock_registration
from web.domain.mail.addresses import check_turn, has_confirmed, hashed
from web.domain.people.erased import mark_of_colleague
from web.domain.people.redaction import Redaction, erased_name, redact_event, words_of_colleague
from web.domain.people.registration import LINKS_AN_HOUR, check_editable, recent_mails, send_link
from web.domain.people.traces import note_traces
from web.models import AuditEntry, Colleague, MailState, OutboxMail, Registration, utcnow
from web.queue import enqueue

# Of one registration.
MOST = 10
# By its own people, removed or not.
ADDED_A_DAY = 20


def colleagues_of(session: Session, registration: Registration) -> Sequence[Colleague]:
    """In the order in which they were added. One query."""
    theirs = Colleague.registration_id == registration.id
    return session.scalars(select(Colleague).where(theirs).order_by(Colleague.id)).all()


def unreached(session: Session, registration: Registration) -> dict[int, OutboxMail]:
    """The last mail to each colleague, by their number, where it could not be delivered. One query."""
    last = (
        select(func.max(OutboxMail.id))
        .where(OutboxMail.registration_id == registration.id, OutboxMail.colleague_id.is_not(None))
        .group_by(OutboxMail.colleague_id)
    )
    failed = select(OutboxMail).where(OutboxMail.id.in_(last), OutboxMail.state == MailState.FAILED)
    return {mail.colleague_id: mail for mail in session.scalars(failed) if mail.colleague_id is not None}


@retried
def add(
    session: Session, registration: Registration, *, name: str, email: str, language: str, actor: Actor
) -> Colleague | None:
    """Give a colleague a link of their own, and mail it to them; ``None`` where one with that address has one already.

    Raises `Refused` where the registration cannot be changed, has `MOST` colleagues, or the address gets no mail today;
    and to its own people, before their own address is confirmed, beyond `ADDED_A_DAY`, and for somebody who had
    themselves removed. Locks the event's row and the registration's.
    """
    email = email.strip().lower()
    with write(session):
        lock_registration(session, registration)
        check_editable(registration)
        known = colleagues_of(session, registration)
        if any(one.email == email for one in known):
            return None
        if len(known) >= MOST:
            raise Refused(_("At most %(most)d colleagues can have a link: remove one first.", most=MOST))
        if actor.user_id is None:
            _check_adding(session, registration, email)
        check_turn(session, email)
        one = Colleague(
            registration=registration,
            name=" ".join(name.split()),
            email=email,
            language=language,
            by_organisers=actor.user_id is not None,
        )
        session.add(one)
        session.flush()
        record(session, actor, "colleague.add", event_id=registration.event_id, behalf_of=registration.id)
        send_link(session, one, limited=False)
    return one


def _check_adding(session: Session, registration: Registration, email: str) -> None:
    if not has_confirmed(registration):
        raise Refused(
            _(
                "Confirm your own address first: open your page by the link in a mail that we sent to you, "
                "then try again."
            )
        )
    theirs = AuditEntry.behalf_of_id == registration.id
    since = AuditEntry.created_at > utcnow() - timedelta(days=1)
    own = AuditEntry.user_id.is_(None)
    added = select(func.count()).where(theirs, since, own, AuditEntry.action == "colleague.add")
    if (session.scalar(added) or 0) >= ADDED_A_DAY:
        raise Refused(_("So many colleagues were added today that no more can be: go on tomorrow."))
    left = session.scalars(select(AuditEntry.details).where(theirs, AuditEntry.action == "colleague.leave"))
    if any(details.get("address") == hashed(email) for details in left):
        raise Refused(_("Whoever reads this address had themselves removed: only the organisers can add them again."))


@retried
def resend(session: Session, registration: Registration, colleague_id: int, actor: Actor) -> Colleague:
    """Mail a colleague their link again, a new one where it was revoked. Raises `Missing`, and `Refused` where no more
    mails leave for the address for now."""
    with write(session):
        one = _locked(session, registration, colleague_id)
        check_turn(session, one.email)
        if actor.user_id is None and recent_mails(session, one) >= LINKS_AN_HOUR:
            raise Refused(_("This link was mailed several times within the hour: try again later."))
        record(session, actor, "colleague.send_link", event_id=registration.event_id, behalf_of=registration.id)
        send_link(session, one, limited=False)
    return one


@retried
def revoke(session: Session, registration: Registration, colleague_id: int, actor: Actor) -> Colleague:
    """Make a colleague's link stop working, until another is sent. Raises `Missing`."""
    with write(session):
        one = _locked(session, registration, colleague_id)
        if one.token_revoked_at is None:
            one.token_revoked_at = utcnow()
            record(session, actor, "colleague.revoke_link", event_id=registration.event_id, behalf_of=registration.id)
    return one


@retried
def remove(session: Session, registration: Registration, colleague_id: int, actor: Actor) -> str:
    """Take a colleague off the page, with all mails to them; their name. Their link opens nothing any more, and nothing
    that it has begun is done. What they did stays in the log under their name. Raises `Missing`."""
    with write(session):
        one = _locked(session, registration, colleague_id)
        name = one.name
        record(session, actor, "colleague.remove", event_id=registration.event_id, behalf_of=registration.id)
        note_traces(_forget(session, one))
    return name


@retried
def leave(session: Session, colleague: Colleague) -> None:
    """Erase a colleague who asks for it: row, mails, and their name wherever it was written down in the event.

    That it was done stays in the log, and the address as a hash, so that they are not added again against their will.
    Raises `Missing`. Cost: the mails and the log of the event are read.
    """
    registration = colleague.registration
    with write(session):
        one = _locked(session, registration, colleague.id)
        instead = erased_name(registration.event)
        redaction = Redaction(words_of_colleague(session, one), instead)
        record(
            session,
            Actor(instead, registration_id=registration.id),
            "colleague.leave",
            event_id=registration.event_id,
            address=hashed(one.email),
        )
        mark = mark_of_colleague(registration.event_id, one.id, one.created_at)
        message_ids = _forget(session, one)
        changed = redact_event(session, registration.event_id, redaction).get(OutboxMail.__tablename__, ())
        changed_mails = session.scalars(select(OutboxMail.message_id).where(OutboxMail.id.in_(changed)))
        note_traces({*message_ids, *changed_mails}, erased=[mark])
        once_committed(session, enqueue, "privacy.settle")


@retried
def choose(session: Session, colleague: Colleague, *, wants_mails: bool, language: str, actor: Actor) -> None:
    """What a colleague says of their own mails: whether they come, and in which language. Raises `Missing`."""
    registration = colleague.registration
    with write(session):
        one = _locked(session, registration, colleague.id)
        if (one.wants_mails, one.language) != (wants_mails, language):
            one.wants_mails, one.language = wants_mails, language
            record(session, actor, "colleague.mails", event_id=registration.event_id, behalf_of=registration.id)


def _locked(session: Session, registration: Registration, colleague_id: int) -> Colleague:
    """The colleague, their row locked after the event's and the registration's. Raises `Missing`."""
    lock_registration(session, registration)
    rows = select(Colleague).where(Colleague.id == colleague_id, Colleague.registration_id == registration.id)
    one = session.scalars(rows.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if one is None:
        raise Missing(_("This colleague is no longer there: reload the page."))
    return one


def _forget(session: Session, one: Colleague) -> list[str]:
    """Delete a colleague and every mail to them, in the caller's ``write`` block; the Message-IDs."""
    theirs = OutboxMail.colleague_id == one.id
    message_ids = list(session.scalars(select(OutboxMail.message_id).where(theirs)))
    session.execute(delete(OutboxMail).where(theirs).execution_options(synchronize_session=False))
    session.delete(one)
    session.flush()
    return message_ids


def hand_over(session: Session, kept: Registration, double: Registration) -> None:
    """Have the colleagues of `double`, which is merged into `kept`, be those of `kept`; of two with one address the
    one at `kept` stays, with the mails of both. In the caller's ``write`` block."""
    past_the_mapper = {"synchronize_session": False}
    known = {one.email: one for one in colleagues_of(session, kept)}
    for one in colleagues_of(session, double):
        same = known.get(one.email)
        if same is None:
            one.registration_id = kept.id
            continue
        if same.confirmed_email != same.email:
            same.confirmed_email = one.confirmed_email
        theirs = update(OutboxMail).where(OutboxMail.colleague_id == one.id).values(colleague_id=same.id)
        session.execute(theirs.execution_options(**past_the_mapper))
        session.delete(one)
    session.flush()


def export(session: Session, colleague: Colleague) -> dict[str, Any]:
    """Everything kept of a colleague, as a JSON object; of the organisation only its name. Moments are ISO, UTC."""
    registration = colleague.registration
    mails = select(OutboxMail).where(OutboxMail.colleague_id == colleague.id).order_by(OutboxMail.id)
    log = select(AuditEntry).where(
        AuditEntry.behalf_of_id == registration.id, AuditEntry.actor.startswith(f"{colleague.name} (", autoescape=True)
    )
    return {
        "event": {"title": registration.event.title, "place": registration.event.place},
        "organisation": registration.name,
        "colleague": said_of(colleague),
        "mails": [
            {"subject": one.subject, "state": one.state, "created_at": one.created_at.isoformat()}
            for one in session.scalars(mails)
        ],
        "log": [
            {"action": one.action, "at": one.created_at.isoformat()}
            for one in session.scalars(log.order_by(AuditEntry.id))
        ],
    }


def said_of(colleague: Colleague) -> dict[str, Any]:
    """What is kept of a colleague in their row, for an export."""
    names = ("name", "email", "confirmed_email", "language", "wants_mails", "by_organisers")
    return {name: getattr(colleague, name) for name in names} | {"added_at": colleague.created_at.isoformat()}
