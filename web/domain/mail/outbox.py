"""An event's mails as its organiser sees them: their state, their text, another try."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, defer

from web.db import once_committed, retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Missing
from web.domain.mail.addresses import take_turn
from web.domain.mail.attaching import make_again
from web.domain.mail.dressing import dressed, on_a_page
from web.domain.text import Search
from web.models import Attaching, Event, Invitation, MailState, OutboxMail, Registration, Reminder, utcnow
from web.queue import enqueue

PAGE = 50
# What the state of a mail is called that did not leave this computer, beside those of `MailState`.
FILED = "filed"


@dataclass(frozen=True)
class Mails:
    """One page of mails, the latest first; `counts` is by state, of all of the event, whatever is looked for.

    `without_sheet`: how many of all left without the sheet that they were to carry.
    """

    rows: Sequence[OutboxMail]
    page: int
    pages: int
    counts: Counter[str]
    without_sheet: int = 0


def mails(session: Session, event: Event, state: str = "", page: int = 1, text: str = "") -> Mails:
    """The mails of `event`: all or those in one `state`, and where `text` looks for some, those. Four queries at most.

    Cost of a search: the subjects and recipients of the event's mails.
    """
    shown_state = case((OutboxMail.filed.is_(True), FILED), else_=OutboxMail.state)
    rows = session.execute(
        select(shown_state, func.count()).where(OutboxMail.event_id == event.id).group_by(shown_state)
    )
    counts = Counter(dict(map(tuple, rows)))
    fit = select(OutboxMail.id, OutboxMail.recipient, OutboxMail.subject).where(OutboxMail.event_id == event.id)
    if state:
        fit = fit.where(shown_state == state)
    fit = fit.order_by(OutboxMail.id.desc())
    search = Search.of(text)
    if search.words:
        ids = [id for id, recipient, subject in session.execute(fit) if search.finds(recipient, subject)]
        total = len(ids)
    else:
        total = counts[state] if state else counts.total()
    pages = max(1, -(-total // PAGE))
    page = min(max(page, 1), pages)
    first = (page - 1) * PAGE
    shown = ids[first : first + PAGE] if search.words else session.scalars(fit.limit(PAGE).offset(first)).all()
    found = session.scalars(
        select(OutboxMail)
        .where(OutboxMail.id.in_(shown))
        .order_by(OutboxMail.id.desc())
        .options(defer(OutboxMail.body_text), defer(OutboxMail.parts))
    ).all()
    without = select(func.count()).where(
        OutboxMail.event_id == event.id,
        OutboxMail.state == MailState.SENT,
        OutboxMail.attaching.in_((Attaching.NO_SHEET, Attaching.LEFT_OUT)),
    )
    return Mails(found, page, pages, counts, session.scalar(without) or 0)


def mail(session: Session, event: Event, mail_id: int) -> OutboxMail:
    """One mail of `event`. Raises `Missing`."""
    found = session.get(OutboxMail, mail_id) if 0 < mail_id < 2**31 else None
    if found is None or found.event_id != event.id:
        raise Missing
    return found


def html_of(session: Session, event: Event, mail_id: int) -> str:
    """The HTML of one mail of `event`, made as when it leaves, to be looked at.

    Raises `Missing`, also where the mail is text alone.
    """
    dress = dressed(session, mail(session, event, mail_id), event)
    if dress is None:
        raise Missing
    return on_a_page(dress)


def written_to(session: Session, registration: Registration) -> Sequence[OutboxMail]:
    """Every mail written to this participant, the latest first; what invited them is among them. One query."""
    invited = (
        select(Reminder.mail_id)
        .join(Invitation, Invitation.id == Reminder.invitation_id)
        .where(Invitation.registration_id == registration.id, Reminder.mail_id.is_not(None))
    )
    return session.scalars(
        select(OutboxMail)
        .where((OutboxMail.registration_id == registration.id) | OutboxMail.id.in_(invited))
        .order_by(OutboxMail.id.desc())
        .options(defer(OutboxMail.body_text), defer(OutboxMail.parts))
    ).all()


def _due(session: Session, mail: OutboxMail) -> datetime:
    """When a mail that failed is tried again: at once, or when it is the turn of the address that its participant has
    by now, to which it then goes."""
    # A colleague has one address for good.
    to_contact = mail.registration_id is not None and mail.colleague_id is None
    registration = session.get(Registration, mail.registration_id) if to_contact else None
    address = registration.email if registration is not None else None
    if registration is None or not address or address == mail.recipient or mail.recipient not in registration.known_as:
        return utcnow()
    mail.recipient = address
    return take_turn(session, address)


@retried
def retry(session: Session, event: Event, mail_id: int, actor: Actor) -> bool:
    """Have a mail that failed or waits tried at once; whether there was anything to try. Raises `Missing`.

    One that is on its way or sent is left alone: nothing is sent twice.
    """
    with write(session):
        found = mail(session, event, mail_id)
        session.refresh(found, with_for_update=True)
        # One that was never tried leaves by itself, now or when it is its turn: see `web.domain.mail.addresses`.
        never_tried = found.state == MailState.QUEUED and found.attempts == 0
        if never_tried or found.state not in (MailState.FAILED, MailState.QUEUED):
            return False
        found.state, found.due_at, found.attempts = MailState.QUEUED, _due(session, found), 0
        make_again(session, found)
        record(session, actor, "mail.retry", event_id=event.id, mail=found.id)
        once_committed(session, enqueue, "mail.send")
    return True


@retried
def retry_failed(session: Session, event: Event, actor: Actor) -> int:
    """Have every failed mail of the event tried again; how many there were."""
    with write(session):
        failed = session.scalars(
            select(OutboxMail)
            .where(OutboxMail.event_id == event.id, OutboxMail.state == MailState.FAILED)
            .with_for_update()
        ).all()
        for one in failed:
            one.state, one.due_at, one.attempts = MailState.QUEUED, _due(session, one), 0
            make_again(session, one)
        if failed:
            record(session, actor, "mail.retry", event_id=event.id, mails=len(failed))
            once_committed(session, enqueue, "mail.send")
    return len(failed)
