"""The outbox: each mail is a row, written in the transaction that makes it true."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from web.models.base import Base, Identified, one_of, utcnow


class MailState(StrEnum):
    QUEUED = "queued"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"


class Attaching(StrEnum):
    """What became of the agenda that a mail was to carry as a sheet and as a calendar file."""

    WANTED = "wanted"
    MADE = "made"
    # The calendar file alone: the sheet could not be printed.
    NO_SHEET = "no_sheet"
    # Nothing: it was not made in time, or is larger than the mail server takes.
    LEFT_OUT = "left_out"
    # Nothing: another timetable was announced before the mail left.
    OUTDATED = "outdated"


class OutboxMail(Identified, Base):
    """`message_id` is made once and kept through every attempt, so that a repeated delivery can be recognised."""

    __tablename__ = "outbox_mails"
    __table_args__ = (one_of("state", MailState), Index("ix_outbox_mails_state_due_at", "state", "due_at"))

    event_id: Mapped[int | None] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id", ondelete="SET NULL"), index=True)
    # The colleague of that participant to whom it is, rather than to the first contact.
    colleague_id: Mapped[int | None] = mapped_column(ForeignKey("colleagues.id", ondelete="SET NULL"), index=True)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(Text)
    body_text: Mapped[str] = mapped_column(Text)
    # What is made HTML of when it leaves, and its language: see `web.domain.mail.letter`. Without, it is text alone.
    parts: Mapped[list[Any] | None]
    language: Mapped[str | None] = mapped_column(String(10))
    message_id: Mapped[str] = mapped_column(String(254), unique=True)
    state: Mapped[str] = mapped_column(String(20), default=MailState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(default=utcnow)
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(80))
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
    # Of one that is sent: whether it was written to a file, for want of a mail server.
    filed: Mapped[bool] = mapped_column(default=False, server_default=false())
    # One of `Attaching`; none where nothing was to be attached.
    attaching: Mapped[str | None] = mapped_column(String(20))
    # Where its reader stops mails of its kind; only of reminders.
    unsubscribe: Mapped[str | None] = mapped_column(Text)
    # What an organiser wrote, of which this is one reader's.
    mailing_id: Mapped[int | None] = mapped_column(ForeignKey("mailings.id", ondelete="SET NULL"), index=True)

    @property
    def waits(self) -> bool:
        """Whether it was never tried, because it is not its turn yet."""
        return self.state == MailState.QUEUED and not self.attempts and self.due_at > utcnow()

    attachments: Mapped[list["OutboxAttachment"]] = relationship(
        cascade="all, delete-orphan", order_by="OutboxAttachment.id", passive_deletes=True
    )


class OutboxAttachment(Base):
    """A file of a mail that has not left yet: deleted once it has (see `web.domain.mail.attaching`)."""

    __tablename__ = "outbox_attachments"

    id: Mapped[int] = mapped_column(primary_key=True)
    mail_id: Mapped[int] = mapped_column(ForeignKey("outbox_mails.id", ondelete="CASCADE"), index=True)
    filename: Mapped[str] = mapped_column(String(200))
    mime_type: Mapped[str] = mapped_column(String(100))
    content: Mapped[bytes] = mapped_column(LargeBinary)


class MailTurns(Base):
    """When the latest mails to an address that nobody has confirmed leave, as Unix times.

    See `web.domain.mail.addresses`.
    """

    __tablename__ = "mail_turns"

    address_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    moments: Mapped[list[Any]] = mapped_column(default=list)
    last_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)
