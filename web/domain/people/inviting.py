"""Inviting: a list is taken in, sent, withdrawn, corrected and sent again.

Each function is one transaction that locks the event's row: of two organisers who send at once one finds the mails
written.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from web.config import LOCALES
from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Fault, Faults, Missing, Refused
from web.domain.event.programme import Window, kinds_of, registration_ends, window
from web.domain.links import invitation_address
from web.domain.locking import lock_event
from web.domain.mail.addresses import take_turns
from web.domain.mail.notices import invited_notice
from web.domain.people import unasked
from web.domain.people.invited import invitation_token, issue_invitation_link
from web.domain.people.unasked import Histories
from web.domain.text import has_link
from web.models import Event, EventStatus, Invitation, MailState, Occasion, Registration, utcnow

# Somebody who presses twice, or two organisers who press, send one mail.
AGAIN_AFTER = timedelta(hours=20)
MOST_ROWS = 2_000
MOST_INVITATIONS = 5_000
_LIMITS = {"name": 120, "contact_name": 120, "phone": 40, "email": 254}


@dataclass(frozen=True, kw_only=True)
class Invited:
    """What is known of somebody to be invited. `language`: the event's where it is empty."""

    kind: str
    name: str
    email: str
    contact_name: str = ""
    phone: str = ""
    language: str = ""
    # Of the pool, where they are known from another event.
    organisation_id: int | None = None


class LeftOut(StrEnum):
    """Why a row was not taken in."""

    REGISTERED = "registered"
    INVITED = "invited"
    TWICE = "twice"


@dataclass
class Added:
    """What came of a list: the invitations made, and the rows that were left out, each with its reason."""

    invitations: list[Invitation] = field(default_factory=list)
    left_out: list[tuple[Invited, LeftOut]] = field(default_factory=list)


@retried
def invite_many(session: Session, event: Event, rows: Sequence[Invited], actor: Actor) -> Added:
    """Take a list in; nobody is mailed yet (see `send`). Who is registered or invited already is left out and told;
    an invitation that was withdrawn is taken up again.

    Raises `Faults` with every fault found, `path` being the number of the row counted from 1: nothing is then taken in.
    Raises `Refused` for an archived event and for more than an event may have. Cost: four queries, and the rows.
    """
    with write(session):
        event = _open(session, event)
        rows = [normal(row, event) for row in rows]
        _check(event, rows)
        registered = set(session.scalars(select(Registration.email).where(Registration.event_id == event.id)))
        known = {one.email: one for one in _invitations(session, event)}
        if len(known) + len(rows) > MOST_INVITATIONS:
            raise Refused(_("An event has at most %(most)d invitations.", most=MOST_INVITATIONS))
        added, seen = Added(), set()
        for row in rows:
            former = known.get(row.email)
            if row.email in seen:
                added.left_out.append((row, LeftOut.TWICE))
            elif row.email in registered:
                added.left_out.append((row, LeftOut.REGISTERED))
            elif former is not None and former.withdrawn_at is None:
                added.left_out.append((row, LeftOut.INVITED))
            else:
                one = former or Invitation(event=event, email=row.email)
                _fill(one, row)
                one.withdrawn_at = one.sent_at = None
                added.invitations.append(one)
            seen.add(row.email)
        session.add_all(added.invitations)
        session.flush()
        for one in added.invitations:
            issue_invitation_link(one)
        if added.invitations:
            record(session, actor, "invitation.add", event_id=event.id, invitations=len(added.invitations))
    return added


def normal(row: Invited, event: Event) -> Invited:
    """`row` with spaces and capitals as they are compared, in the event's language where it says none."""
    return replace(
        row,
        name=" ".join(row.name.split()),
        contact_name=" ".join(row.contact_name.split()),
        phone=" ".join(row.phone.split()),
        email=row.email.strip().lower(),
        language=row.language or event.locale,
    )


def faults_of(row: Invited, event: Event) -> dict[str, str]:
    """What is wrong with a row that is `normal`, by the name of the field."""
    found = {}
    if not row.name:
        found["name"] = _("Enter the name of the organisation.")
    if row.kind not in kinds_of(event):
        found["kind"] = _("This event does not bring this kind of organisation together.")
    if row.language not in LOCALES:
        found["language"] = _("Mails are written in French or in English.")
    for name in ("name", "contact_name"):
        if has_link(getattr(row, name)):
            found[name] = _("A name holds no web or e-mail address.")
    try:
        validate_email(row.email, check_deliverability=False)
    except EmailNotValidError:
        found["email"] = _("This is not an e-mail address: it looks like name@example.org.")
    for name, most in _LIMITS.items():
        if len(getattr(row, name)) > most:
            found[name] = _("This is too long: at most %(max)d characters.", max=most)
    return found


def _check(event: Event, rows: Sequence[Invited]) -> None:
    if len(rows) > MOST_ROWS:
        raise Refused(_("Add at most %(most)d rows at once.", most=MOST_ROWS))
    faults = [
        Fault(str(number), sentence)
        for number, row in enumerate(rows, 1)
        for sentence in faults_of(row, event).values()
    ]
    if faults:
        raise Faults(faults)


def _fill(one: Invitation, row: Invited) -> None:
    one.kind, one.name, one.contact_name, one.phone = row.kind, row.name, row.contact_name, row.phone
    one.language, one.organisation_id = row.language, row.organisation_id


class NotSent(StrEnum):
    """Why an invitation was not sent."""

    WITHDRAWN = "withdrawn"
    REGISTERED = "registered"
    JUST_WRITTEN = "just_written"
    ENOUGH = "enough"


@dataclass
class Sent:
    """How many invitations are on their way, and the names of those that are not, by the reason."""

    number: int = 0
    kept: dict[NotSent, list[str]] = field(default_factory=dict)


@retried
def send(session: Session, event: Event, ids: Collection[int], actor: Actor, now: datetime | None = None) -> Sent:
    """Mail these invitations, or mail them again: at most one within `AGAIN_AFTER`, unless that could not be delivered,
    and `unasked.MOST` an address. `now` is aware.

    Raises `Refused` where the event takes no registrations. Cost: the same number of queries for one and for all.
    """
    now = now or utcnow()
    with write(session):
        event = _open(session, event)
        if window(event, now) != Window.OPEN:
            raise Refused(_("Registration is not open: open it first, so that the invited can register."))
        chosen = [one for one in _invitations(session, event) if one.id in set(ids)]
        histories, last = Histories(session, event.id), unasked.last_mails(session, event.id)
        answered = answered_addresses(session, event)
        sent, written = Sent(), []
        for one in chosen:
            failed = one.id in last and last[one.id].state == MailState.FAILED
            history = histories.of(one.email)
            if one.withdrawn_at is not None:
                sent.kept.setdefault(NotSent.WITHDRAWN, []).append(one.name)
            elif one.registration_id is not None or one.email in answered:
                sent.kept.setdefault(NotSent.REGISTERED, []).append(one.name)
            elif one.sent_at is not None and history.last and history.last > now - AGAIN_AFTER and not failed:
                sent.kept.setdefault(NotSent.JUST_WRITTEN, []).append(one.name)
            elif history.is_full:
                sent.kept.setdefault(NotSent.ENOUGH, []).append(one.name)
            else:
                written.append(one)
        _mail(session, event, written, now)
        sent.number = len(written)
        if written:
            record(session, actor, "invitation.send", event_id=event.id, invitations=len(written))
    return sent


def _mail(session: Session, event: Event, invitations: Sequence[Invitation], now: datetime) -> None:
    ends = registration_ends(event)
    local_end = ends.astimezone(ZoneInfo(event.timezone)).replace(tzinfo=None) if ends is not None else None
    turns = take_turns(session, [one.email for one in invitations]) if invitations else []
    for one, due_at in zip(invitations, turns, strict=True):
        address = invitation_address(event.slug, invitation_token(one))
        mail = invited_notice(session, one, local_end, address, due_at)
        one.sent_at = now
        unasked.count(session, mail, Occasion.INVITATION, now, event_id=event.id, invitation_id=one.id)
    session.flush()


@retried
def withdraw(session: Session, event: Event, ids: Collection[int], actor: Actor) -> int:
    """Have these links stop working, and no reminder follow; how many. Who has registered stays registered."""
    with write(session):
        event = _open(session, event)
        chosen = [
            one
            for one in _invitations(session, event)
            if one.id in set(ids) and one.withdrawn_at is None and one.registration_id is None
        ]
        for one in chosen:
            one.withdrawn_at = utcnow()
        if chosen:
            record(session, actor, "invitation.withdraw", event_id=event.id, invitations=len(chosen))
    return len(chosen)


@retried
def correct(session: Session, event: Event, invitation_id: int, row: Invited, version: int, actor: Actor) -> bool:
    """Store what is known better now; whether the address is another. That one has a link of its own, which has not
    been sent yet, and the former link no longer works.

    Raises `Faults` by the names of fields, `StaleDataError` after a change since `version`, `Refused` for somebody who
    has registered: what they say of themselves counts. Raises `Missing`.
    """
    with write(session):
        event = _open(session, event)
        one = invitation(session, event, invitation_id)
        if one.version != version:
            raise StaleDataError("The invitation has changed since the form was opened.")
        if one.registration_id is not None:
            raise Refused(_("They have registered: change their registration instead."))
        row = normal(row, event)
        faults = [Fault(name, sentence) for name, sentence in faults_of(row, event).items()]
        other = row.email != one.email
        if other and not faults:
            same = select(Invitation.id).where(Invitation.event_id == event.id, Invitation.email == row.email)
            if session.scalar(same) is not None:
                faults.append(Fault("email", _("This address is invited already.")))
        if faults:
            raise Faults(faults)
        _fill(one, replace(row, organisation_id=one.organisation_id))
        if other:
            one.email, one.sent_at = row.email, None
            issue_invitation_link(one)
        session.flush()
        record(session, actor, "invitation.correct", event_id=event.id, address=other)
        if other:
            session.flush()
            unasked.drop_undelivered(session, one.id)
    return other


@retried
def forget(session: Session, event: Event, invitation_id: int, actor: Actor) -> None:
    """Delete an invitation with all that was written because of it, for good. Raises `Missing`."""
    with write(session):
        event = lock_event(session, event.id)
        one = invitation(session, event, invitation_id)
        record(session, actor, "invitation.forget", event_id=event.id)
        session.flush()
        unasked.forget_and_note(session, [one.id])
        session.expire_all()


def invitation(session: Session, event: Event, invitation_id: int) -> Invitation:
    """The invitation of `event` with this number. Raises `Missing`."""
    one = session.get(Invitation, invitation_id) if 0 < invitation_id < 2**31 else None
    if one is None or one.event_id != event.id:
        raise Missing(_("This invitation is no longer there: reload the page."))
    return one


def not_sent(session: Session, event: Event) -> list[int]:
    """The numbers of the invitations that wait to be sent. Two queries."""
    answered = answered_addresses(session, event)
    return [
        one.id
        for one in _invitations(session, event)
        if one.sent_at is None
        and one.withdrawn_at is None
        and one.registration_id is None
        and one.email not in answered
    ]


def answered_addresses(session: Session, event: Event) -> set[str]:
    """The addresses with which somebody has registered for `event`, by whichever way. One query."""
    rows = select(Registration.email).where(Registration.event_id == event.id, Registration.email.is_not(None))
    return {address for address in session.scalars(rows) if address}


def _open(session: Session, event: Event) -> Event:
    event = lock_event(session, event.id)
    if event.status == EventStatus.ARCHIVED:
        raise Refused(_("This event is archived: take it out of the archive before you change it."))
    return event


def _invitations(session: Session, event: Event) -> Iterable[Invitation]:
    return session.scalars(select(Invitation).where(Invitation.event_id == event.id).order_by(Invitation.id)).all()
