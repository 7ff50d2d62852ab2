"""Who is invited to an event, what was written to them to have an answer, and by which rules."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from web.models.base import Base, Identified, one_of, utcnow
from web.models.event import Event
from web.models.mail import OutboxMail
from web.models.registration import Registration


class Invitation(Identified, Base):
    """One address that is invited to an event, with what the registration form need not ask again.

    Of the token in its link only the SHA-256 is kept, as of a personal link. `registration_id` is what came of it.
    `sent_at`: when an invitation was last written to the address that it has now.
    """

    __tablename__ = "invitations"
    __table_args__ = (UniqueConstraint("event_id", "email"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id", ondelete="SET NULL"), index=True)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id", ondelete="SET NULL"), index=True)
    kind: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(Text)
    contact_name: Mapped[str] = mapped_column(String(120), default="")
    email: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str] = mapped_column(String(40), default="")
    language: Mapped[str] = mapped_column(String(8), default="fr")
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    token_issued_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    # They asked for no reminders; invitations by hand still reach them.
    no_reminders: Mapped[bool] = mapped_column(default=False, server_default=false())
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)
    version: Mapped[int] = mapped_column(default=1)

    event: Mapped[Event] = relationship()
    registration: Mapped[Registration | None] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (read by SQLAlchemy)


class Occasion(StrEnum):
    """Why somebody was written to without having asked: invitation and message by hand, the others by rule."""

    INVITATION = "invitation"
    NOT_REGISTERED = "not_registered"
    DRAFT = "draft"
    NO_WISHES = "no_wishes"
    FEW_WISHES = "few_wishes"
    UNCONFIRMED = "unconfirmed"
    MESSAGE = "message"


class Reminder(Identified, Base):
    """A mail that nobody asked for: what limits how many of them an address gets for an event.

    The address is known by a hash made with SECRET_KEY, so that it stays counted when the people are forgotten.
    """

    __tablename__ = "reminders"
    __table_args__ = (
        one_of("occasion", Occasion),
        Index("ix_reminders_event_id_address_hash", "event_id", "address_hash"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id", ondelete="SET NULL"), index=True)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id", ondelete="SET NULL"), index=True)
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("outbox_mails.id", ondelete="SET NULL"), index=True)
    occasion: Mapped[str] = mapped_column(String(20))
    address_hash: Mapped[str] = mapped_column(String(64))
    written_at: Mapped[datetime]

    mail: Mapped[OutboxMail | None] = relationship()


class ReminderPlan(Identified, Base):
    """By which rules an event reminds; an event without a row reminds nobody.

    `rules`: by the value of an `Occasion`, ``{"on": bool, "every": days, "most": number}``, of few wishes also
    ``"below"``.
    """

    __tablename__ = "reminder_plans"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), unique=True)
    weekends: Mapped[bool] = mapped_column(default=False, server_default=false())
    rules: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (read by SQLAlchemy)
