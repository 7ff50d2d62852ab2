"""The outbox: a mail is a row written with the deed it tells of; a worker claims the row, sends, and marks it.

A crash before the sending leaves the row claimed: after some minutes it is claimed again. A crash between the sending
and the mark repeats the delivery with the same Message-ID, by which mailboxes recognise it. A mark that the database
does not take, full or away, is kept by the process and made before anything else is sent.
"""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address, ContentTypeHeader
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr

from flask import current_app
from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session, joinedload

from web.config import Settings
from web.db import write
from web.domain.mail import attaching as files
from web.domain.mail.addresses import forget_old_turns, take_turn
from web.domain.mail.attaching import Attachment
from web.domain.mail.dressing import LOGO, Dress, dressed
from web.domain.mail.headers import Letters, carried
from web.domain.mail.letter import Part
from web.domain.mail.organisers import organiser_of
from web.domain.mail.return_path import return_path
from web.mailer import Mailer, Refusal, Undelivered, mailer
from web.models import Attaching, Event, EventMember, MailState, OutboxAttachment, OutboxMail, User, utcnow

CLAIM_LASTS = timedelta(minutes=10)
RETRIES = (60, 300, 1800, 7200, 21600, 43200, 86400)
# Seconds that all mails wait where the server takes none at all; no try of theirs is counted then.
PAUSES = {Refusal.AWAY: 60, Refusal.NEVER: 300}
# One query for all that a mail takes from its event.
_TEAM = joinedload(Event.members).joinedload(EventMember.user)
_POLICY = Letters()


def enqueue_mail(
    session: Session,
    *,
    recipient: str,
    subject: str,
    text: str,
    parts: Sequence[Part] | None = None,
    language: str | None = None,
    attachments: tuple[Attachment, ...] = (),
    event_id: int | None = None,
    registration_id: int | None = None,
    colleague_id: int | None = None,
    due_at: datetime | None = None,
    attaching: Attaching | None = None,
    unsubscribe: str | None = None,
) -> OutboxMail:
    """Add a mail to the outbox, in the caller's ``write`` block: it goes out if, and only if, that is committed.

    To an address that nobody has confirmed three leave a day; more wait for their turn (`due_at`: that of this mail,
    where the caller has taken it). The worker looks every few seconds. `parts`: what the same says in HTML, in which
    `language`; it leaves as text alone without. `attaching`: whether the mail waits for files
    that are made for it (see `web.domain.mail.attaching`). `unsubscribe`: where its reader stops mails of its kind.
    """
    mail = OutboxMail(
        recipient=recipient,
        subject=_in_a_line(subject),
        body_text=text,
        parts=None if parts is None else list(parts),
        language=language,
        message_id=make_msgid(domain=_own_domain()),
        event_id=event_id,
        registration_id=registration_id,
        colleague_id=colleague_id,
        due_at=due_at or take_turn(session, recipient),
        attaching=attaching,
        unsubscribe=unsubscribe,
        attachments=[
            OutboxAttachment(filename=one.filename, mime_type=one.mime_type, content=one.content) for one in attachments
        ],
    )
    session.add(mail)
    return mail


@dataclass(frozen=True)
class Round:
    """How many mails were tried and went out, and what kept the others from it, if something did."""

    tried: int
    sent: int
    held: Undelivered | None = None


def send_waiting(session: Session, worker: str, limit: int = 200) -> int:
    """Send up to `limit` waiting mails, each claimed and marked by itself; how many went out."""
    return send_round(session, worker, limit).sent


@dataclass(frozen=True)
class _Outcome:
    """What became of a claimed mail, and when: what kept it, with which files it left, whether into a folder."""

    mail_id: int
    message_id: str
    worker: str
    moment: datetime
    failure: Undelivered | None
    attached: str | None
    filed: bool
    # Whether there may be files to forget now.
    files: bool


def send_round(session: Session, worker: str, limit: int = 200) -> Round:
    """The same, told with what holds the mails up: the round ends where the server takes none at all.

    Cost: two transactions a mail, of which one writes: what became of a mail is noted when the next one is claimed.
    """
    way_out = mailer()
    _record(session)
    forget_old_turns(session)
    tried = sent = 0
    held = None
    mail_id = _claim(session, worker) if _any_due(session) else None
    while mail_id is not None:
        tried += 1
        failure = _deliver(session, mail_id, worker, way_out)
        if failure is None:
            sent += 1
        elif failure.refusal.holds_all:
            held = failure
        mail_id = _claim(session, worker) if held is None and tried < limit else None
    _record(session)
    return Round(tried, sent, held)


def some_wait(session: Session) -> bool:
    """Whether any mail is still to be sent, now or later."""
    waiting = session.scalar(select(OutboxMail.id).where(OutboxMail.state == MailState.QUEUED).limit(1)) is not None
    session.rollback()
    return waiting


def _due(now: datetime) -> ColumnElement[bool]:
    """Of a mail: whether it is to be sent, or was claimed by somebody who does not seem to come back."""
    return or_(
        (OutboxMail.state == MailState.QUEUED) & (OutboxMail.due_at <= now) & files.may_leave(),
        (OutboxMail.state == MailState.CLAIMED) & (OutboxMail.claimed_at < now - CLAIM_LASTS),
    )


def _any_due(session: Session) -> bool:
    """Whether there is anything to claim: who only looks takes no turn from those who write."""
    found = session.scalar(select(OutboxMail.id).where(_due(utcnow())).limit(1)) is not None
    session.rollback()
    return found


def _claim(session: Session, worker: str) -> int | None:
    """Note what became of the mails before, and take the oldest one that is due; its number.

    The row is locked on PostgreSQL; SQLite has one writer at a time anyway.
    """
    now = utcnow()
    oldest = select(OutboxMail.id).where(_due(now)).order_by(OutboxMail.id).limit(1).with_for_update(skip_locked=True)
    claimed = (
        update(OutboxMail)
        .where(OutboxMail.id == oldest.scalar_subquery())
        .values(state=MailState.CLAIMED, claimed_at=now, claimed_by=worker, attempts=OutboxMail.attempts + 1)
        .returning(OutboxMail.id)
        .execution_options(synchronize_session=False)
    )
    with _recording(session):
        return session.scalar(claimed)


def _deliver(session: Session, mail_id: int, worker: str, way_out: Mailer) -> Undelivered | None:
    """Send the claimed mail; what kept it, if anything did. What came of it is to be noted by the next `_recording`."""
    mail = session.get_one(OutboxMail, mail_id)
    message_id = mail.message_id
    failure: Undelivered | None = None
    # As it leaves: it is no matter for this mail what becomes of its files meanwhile.
    attached = Attaching.LEFT_OUT if mail.attaching == Attaching.WANTED else mail.attaching
    has_files = mail.attaching is not None or bool(mail.attachments)
    try:
        event = session.get(Event, mail.event_id, options=[_TEAM]) if mail.event_id is not None else None
        message = compose(mail, None if event is None else organiser_of(event), dressed(session, mail, event))
        session.rollback()
        way_out.send(message)
    except Undelivered as refused:
        failure = refused
    except ValueError as error:
        # The message itself cannot be written, whatever the server says (an address with a line break, say).
        failure = Undelivered(Refusal.ADDRESS, str(error))
    filed = not way_out.leaves
    _outcomes().append(_Outcome(mail_id, message_id, worker, utcnow(), failure, attached, filed, has_files))
    return failure


def _outcomes() -> deque[_Outcome]:
    """What this process knows of mails and has not noted in their rows yet."""
    outcomes: deque[_Outcome] = current_app.extensions.setdefault("passerelle.mail_outcomes", deque())
    return outcomes


def _record(session: Session) -> None:
    """Note what became of the mails that were tried."""
    if _outcomes():
        with _recording(session):
            pass


@contextmanager
def _recording(session: Session) -> Iterator[None]:
    """A ``write`` block that notes what became of the mails that were tried, too. Where the database takes nothing it
    is kept for the next time."""
    outcomes, taken = _outcomes(), list[_Outcome]()
    try:
        with write(session):
            # Another thread may be quicker.
            with suppress(IndexError):
                while True:
                    taken.append(outcomes.popleft())
            for outcome in taken:
                _record_one(session, outcome)
            yield
    except BaseException:
        outcomes.extendleft(reversed(taken))
        raise


def _record_one(session: Session, outcome: _Outcome) -> None:
    if outcome.failure is None:
        _record_sent(session, outcome)
        return
    mail = session.get(OutboxMail, outcome.mail_id, with_for_update=True)
    # Gone: whom it was for had themselves erased while it was on its way. Its number may be another's by now.
    if mail is None or mail.message_id != outcome.message_id:
        return
    # Noted so late that another has taken it up: nothing to note.
    if mail.state == MailState.CLAIMED and mail.claimed_by == outcome.worker:
        _note_failure(session, mail, outcome, outcome.failure)


def _record_sent(session: Session, outcome: _Outcome) -> None:
    # Whoever has taken it up by now: that it left is news. Gone, and its number another's, where nothing is found.
    found = session.execute(
        update(OutboxMail)
        .where(OutboxMail.id == outcome.mail_id, OutboxMail.message_id == outcome.message_id)
        .values(
            state=MailState.SENT,
            sent_at=outcome.moment,
            error=None,
            filed=outcome.filed,
            attaching=outcome.attached,
        )
        .execution_options(synchronize_session=False)
    )
    if outcome.files and found.rowcount:  # type: ignore[attr-defined]
        files.forget(session, outcome.mail_id)


def _note_failure(session: Session, mail: OutboxMail, outcome: _Outcome, failure: Undelivered) -> None:
    now = outcome.moment
    mail.error = str(failure)
    if failure.refusal == Refusal.SIZE and outcome.attached in (Attaching.MADE, Attaching.NO_SHEET):
        # Without its files it is small; that is no further try of the same mail.
        mail.state, mail.attempts, mail.due_at = MailState.QUEUED, mail.attempts - 1, now
        mail.attaching = Attaching.LEFT_OUT
        files.forget(session, mail.id)
    elif failure.refusal.holds_all:
        # No fault of this mail: the try is not counted, and the others need not find out by themselves.
        mail.state, mail.attempts = MailState.QUEUED, mail.attempts - 1
        mail.due_at = now + timedelta(seconds=PAUSES[failure.refusal])
        session.execute(
            update(OutboxMail)
            .where(OutboxMail.state == MailState.QUEUED, OutboxMail.due_at <= now, OutboxMail.id != mail.id)
            .values(due_at=mail.due_at, error=mail.error)
            .execution_options(synchronize_session=False)
        )
    elif failure.refusal in (Refusal.ADDRESS, Refusal.SIZE) or mail.attempts > len(RETRIES):
        mail.state = MailState.FAILED
        files.forget(session, mail.id)
    else:
        mail.state, mail.due_at = MailState.QUEUED, now + timedelta(seconds=RETRIES[mail.attempts - 1])


def _in_a_line(text: str) -> str:
    """`text` without breaks of lines and repeated spaces; those that keep words together stay."""
    return re.sub(r"[^\S\u00a0\u202f]+", " ", text).strip()


def compose(mail: OutboxMail, organiser: User | None = None, dress: Dress | None = None) -> EmailMessage:
    """The message as it leaves: text, the same in HTML with its picture, attachments.

    `organiser`: to whom answers go; `dress`: the HTML. Raises ``ValueError`` for an address that no server can carry.
    """
    message = EmailMessage(_POLICY)
    message["Message-ID"] = mail.message_id
    message["Date"] = format_datetime(mail.created_at)
    name, address = parseaddr(_settings().mail_from)
    message["From"] = Address(name, addr_spec=carried(address))
    message["To"] = carried(mail.recipient)
    # For the server alone: where the mail comes back to.
    if (comes_back := return_path(mail)) is not None:
        message["Return-Path"] = f"<{comes_back}>"
    if organiser is not None and organiser.email and organiser.email != mail.recipient:
        message["Reply-To"] = Address(organiser.name or "", addr_spec=carried(organiser.email))
    message["Subject"] = mail.subject
    message["Auto-Submitted"] = "auto-generated"
    if mail.unsubscribe:
        # RFC 8058: a mail program's own button, which sends one POST.
        message["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.body_text)
    if dress is not None:
        message.add_alternative(dress.html, subtype="html")
        if dress.logo is not None:
            maintype, _slash, subtype = dress.logo.mime_type.partition("/")
            html = message.get_body(("html",))
            assert html is not None
            html.add_related(dress.logo.content, maintype, subtype, cid=f"<{LOGO}>", disposition="inline")
    for one in mail.attachments:
        kind: ContentTypeHeader = _POLICY.header_factory("Content-Type", one.mime_type)
        message.add_attachment(
            one.content,
            maintype=kind.maintype,
            subtype=kind.subtype,
            filename=one.filename,
            params=dict(kind.params),
        )
    return message


def _settings() -> Settings:
    settings: Settings = current_app.extensions["passerelle.settings"]
    return settings


def _own_domain() -> str:
    return parseaddr(_settings().mail_from)[1].rpartition("@")[2] or "localhost"
