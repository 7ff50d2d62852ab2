"""Agendas attached to mails: which mails wait for theirs, what was made for them, and when it is forgotten.

A mail that is to carry an agenda says so (`Attaching.WANTED`) and waits. The files are made beside the mails' own lane
(`web.exports.attached`), kept with the mail until it has left, and deleted then. They may name anybody in that agenda:
an erasure deletes them too and has them made anew, another publication deletes them for good. A mail leaves without
them rather than not at all: where they cannot be made, or not within `PATIENCE`, or are more than the server takes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from web.db import once_committed, write
from web.domain.audit import SYSTEM, record
from web.domain.errors import Missing
from web.domain.locking import lock_event
from web.models import Attaching, MailState, OutboxAttachment, OutboxMail, utcnow
from web.queue import enqueue

# How long a mail that is due waits for its files.
PATIENCE = timedelta(minutes=30)
# Bytes of all files of one mail: a sheet has 100 kB, and many servers refuse more than ten million.
LARGEST = 5_000_000

_UNSENT = (MailState.QUEUED, MailState.CLAIMED)


@dataclass(frozen=True)
class Attachment:
    """A file of a mail. `mime_type` may have parameters: ``text/calendar; method=PUBLISH``."""

    filename: str
    mime_type: str
    content: bytes


def want(session: Session) -> None:
    """Have the worker look for mails that wait for their files, once the caller's ``write`` block is committed."""
    once_committed(session, enqueue, "mail.attach")


def may_leave() -> ColumnElement[bool]:
    """Of a mail that is due: whether it waits for no files, or has waited long enough."""
    return or_(
        OutboxMail.attaching.is_(None),
        OutboxMail.attaching != Attaching.WANTED,
        OutboxMail.due_at < utcnow() - PATIENCE,
    )


def waiting(session: Session, limit: int) -> Sequence[int]:
    """The mails that are due and wait for their files, the oldest first; at most `limit`."""
    found = session.scalars(
        select(OutboxMail.id)
        .where(
            OutboxMail.state == MailState.QUEUED,
            OutboxMail.attaching == Attaching.WANTED,
            OutboxMail.due_at <= utcnow(),
        )
        .order_by(OutboxMail.id)
        .limit(limit)
    ).all()
    session.rollback()
    return found


def attach(
    session: Session,
    mail_id: int,
    outcome: Attaching,
    files: Sequence[Attachment],
    is_true: Callable[[OutboxMail], bool],
) -> bool:
    """Keep the files made for a mail, and what came of it; whether the mail still waited for them.

    `is_true` is asked while the event's row is locked, as those lock it who erase or publish: where it says no, the
    files tell what was so a moment ago, nothing is kept, and the mail goes on waiting.
    """
    with write(session):
        mail = session.get(OutboxMail, mail_id)
        if mail is None or mail.event_id is None:
            return False
        try:
            lock_event(session, mail.event_id)
        except Missing:
            return False
        mail = session.get(OutboxMail, mail_id, with_for_update=True, populate_existing=True)
        if mail is None or (mail.state, mail.attaching) != (MailState.QUEUED, Attaching.WANTED):
            return False
        if not is_true(mail):
            return False
        if sum(len(one.content) for one in files) > LARGEST:
            outcome, files = Attaching.LEFT_OUT, ()
        mail.attaching = outcome
        forget(session, mail.id)
        session.add_all(
            OutboxAttachment(mail_id=mail.id, filename=one.filename, mime_type=one.mime_type, content=one.content)
            for one in files
        )
        once_committed(session, enqueue, "mail.send")
    return True


def note_without_sheet(session: Session, mails: Mapping[int, int]) -> None:
    """Note in the log of each event how many of its mails leave without the sheet that they were to carry."""
    with write(session):
        for event_id, number in mails.items():
            record(session, SYSTEM, "mail.without_sheet", event_id=event_id, mails=number)


def forget(session: Session, mail_id: int) -> None:
    """Delete the files of a mail that has left or never will, in the caller's ``write`` block."""
    session.execute(
        delete(OutboxAttachment)
        .where(OutboxAttachment.mail_id == mail_id)
        .execution_options(synchronize_session="fetch")
    )


def make_again(session: Session, mail: OutboxMail) -> None:
    """Have the files of a mail that is tried again made anew, where it was to have any."""
    forget(session, mail.id)
    if mail.attaching not in (None, Attaching.OUTDATED):
        mail.attaching = Attaching.WANTED
        want(session)


def outdate(session: Session, event_id: int) -> None:
    """Delete the files of all mails of the event that have not left: what they tell is not announced any more."""
    _forget_all(session, event_id)
    _unsent(session, event_id, Attaching.OUTDATED)


def make_anew(session: Session, event_id: int) -> None:
    """Delete the files of all mails of the event, and have them made anew for those that have not left: somebody who
    may be named in them was erased. In the caller's ``write`` block, which has locked the event's row."""
    _forget_all(session, event_id)
    _unsent(session, event_id, Attaching.WANTED, OutboxMail.attaching != Attaching.OUTDATED)


def left_with_files(session: Session, event_id: int) -> Sequence[str]:
    """The Message-IDs of the event's mails that may lie as files with their attachments."""
    return session.scalars(
        select(OutboxMail.message_id).where(
            OutboxMail.event_id == event_id,
            OutboxMail.attaching.in_((Attaching.MADE, Attaching.NO_SHEET)),
            # A claimed one may be written at this moment.
            OutboxMail.state.in_((MailState.SENT, MailState.CLAIMED)),
        )
    ).all()


def _forget_all(session: Session, event_id: int) -> None:
    mails = select(OutboxMail.id).where(OutboxMail.event_id == event_id)
    session.execute(
        delete(OutboxAttachment)
        .where(OutboxAttachment.mail_id.in_(mails))
        .execution_options(synchronize_session="fetch")
    )


def _unsent(session: Session, event_id: int, outcome: Attaching, *also: ColumnElement[bool]) -> None:
    session.execute(
        update(OutboxMail)
        .where(
            OutboxMail.event_id == event_id,
            OutboxMail.state.in_(_UNSENT),
            OutboxMail.attaching.is_not(None),
            *also,
        )
        .values(attaching=outcome)
        .execution_options(synchronize_session="fetch")
    )
