"""Mails that came back: what a mail server reports days after it took one (RFC 3464), noted at the mail it is about.

A report is found by the Message-ID of what it returns, or by the address that it came back to. It is somebody else's
text: nothing in it is believed but which of our mails it names, and what is said of it is shown as what a server said.
"""

import email
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.db import retried, write
from web.domain.audit import SYSTEM, record
from web.domain.mail import attaching as files
from web.domain.mail.return_path import mail_returned_to
from web.models import MailState, OutboxMail

# A report holds a part of the mail at most; what is longer is read no further.
MOST_BYTES = 2 * 1024 * 1024
_MOST_SAID = 500
_MESSAGE_ID = re.compile(r"<[^<>\s@]{1,200}@[^<>\s@]{1,200}>")
_RETURNED = {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global"}
# Where a mail that comes back says to whom it did.
_CAME_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "To")


class Outcome(StrEnum):
    """What came of reading a mail that came back."""

    NOTED = "noted"
    # Known of this mail already.
    KNOWN = "known"
    # It says that it is late, or arrived: nothing to note.
    NO_FAILURE = "no_failure"
    # It is no report, or of a mail that is not ours or is erased.
    NOT_OURS = "not_ours"


@dataclass(frozen=True)
class Report:
    """What a report says: which mails it may be about, to whom they came back, what the server said of the failure."""

    message_ids: tuple[str, ...]
    came_to: tuple[str, ...]
    failed: bool
    said: str


def read_report(content: bytes) -> Report | None:
    """The report in a mail; ``None`` where it is none."""
    message = email.message_from_bytes(content[:MOST_BYTES], policy=default)
    parts = [part for part in message.walk() if isinstance(part, EmailMessage)]
    statuses = [part for part in parts if part.get_content_type() == "message/delivery-status"]
    if not statuses:
        return None
    # Each block of fields is read as a message of its own: first what concerns all, then each address.
    blocks = [block for status in statuses for block in _blocks(status)]
    failures = [block for block in blocks if _field(block, "Action").lower() == "failed"]
    returned = [text for part in parts if part.get_content_type() in _RETURNED for text in _ids_in(part)]
    answered = [id for name in ("In-Reply-To", "References") for id in _MESSAGE_ID.findall(_field(message, name))]
    came_to = tuple(_field(message, name) for name in _CAME_TO)
    return Report(tuple(dict.fromkeys([*returned, *answered])), came_to, bool(failures), _said(failures))


def _blocks(status: EmailMessage) -> Iterable[EmailMessage]:
    payload = status.get_payload()
    return [block for block in payload if isinstance(block, EmailMessage)] if isinstance(payload, list) else []


def _ids_in(part: EmailMessage) -> list[str]:
    """The Message-IDs that stand in the head of a returned mail."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return [id for inner in payload for id in _MESSAGE_ID.findall(_field(inner, "Message-ID"))]
    try:
        text = str(part.get_content())
    except (KeyError, LookupError, ValueError):
        text = str(payload)
    head = email.message_from_string(text, policy=default)
    return _MESSAGE_ID.findall(_field(head, "Message-ID"))


def _field(message: object, name: str) -> str:
    """A field of the head, however it is broken; empty where there is none."""
    try:
        value = message.get(name)  # type: ignore[attr-defined]
    except (AttributeError, ValueError, IndexError, LookupError):
        return ""
    return "" if value is None else " ".join(str(value).split())


def _said(failures: Iterable[EmailMessage]) -> str:
    """What the server said, without the name of the protocol before it: ``550 5.1.1 no such user``."""
    sentences = []
    for block in failures:
        status, diagnostic = _field(block, "Status"), _field(block, "Diagnostic-Code")
        words = diagnostic.partition(";")[2].strip() or diagnostic
        sentences.append(words if not status or status in words else f"{status} {words}".strip())
    printable = "".join(one for one in "; ".join(filter(None, sentences)) if one.isprintable())
    return printable[:_MOST_SAID] or "The mail came back."


@retried
def note_bounce(session: Session, content: bytes) -> Outcome:
    """Mark the mail that came back as failed, with the reason. One that waits, is on its way or has left again since is
    left alone. Noting it again changes nothing."""
    report = read_report(content)
    if report is None:
        return Outcome.NOT_OURS
    if not report.failed:
        return Outcome.NO_FAILURE
    with write(session):
        mail = _mail_of(session, report)
        if mail is None:
            return Outcome.NOT_OURS
        if mail.state != MailState.SENT:
            return Outcome.KNOWN
        mail.state, mail.error = MailState.FAILED, report.said
        files.forget(session, mail.id)
        record(session, SYSTEM, "mail.bounce", event_id=mail.event_id, mail=mail.id)
    return Outcome.NOTED


def _mail_of(session: Session, report: Report) -> OutboxMail | None:
    """The mail that the report is about, locked."""
    ours = select(OutboxMail).with_for_update().execution_options(populate_existing=True)
    if report.message_ids:
        found = session.scalars(ours.where(OutboxMail.message_id.in_(report.message_ids)).limit(1)).one_or_none()
        if found is not None:
            return found
    for address in report.came_to:
        mail_id = mail_returned_to(address)
        if mail_id is not None:
            return session.scalars(ours.where(OutboxMail.id == mail_id)).one_or_none()
    return None
