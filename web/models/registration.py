"""A registration: one organisation's part in one event, that is, a participant of the event file."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, event, false, inspect
from sqlalchemy.orm import Mapped, mapped_column, relationship

from web.models.base import Base, Identified, one_of, utcnow
from web.models.event import Event, Table
from web.models.organisation import Organisation
from web.models.wish import Veto, Wish

PROJECT_LIMIT = 400
# A line beside a need or an offer.
LINE_LIMIT = 120


class RegistrationStatus(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    WAITING = "waiting"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Registration(Identified, Base):
    """`key` is the participant's id in the event file and never changes; only accepted ones are in that file.

    The personal link is the account: only the SHA-256 of its token is kept. `version` guards against two people editing
    at once, as in `Event`.
    """

    __tablename__ = "registrations"
    __table_args__ = (
        UniqueConstraint("event_id", "key"),
        one_of("status", RegistrationStatus),
        Index("ix_registrations_event_id_status", "event_id", "status"),
        # Who has changed since something: few of many.
        Index("ix_registrations_event_id_updated_at", "event_id", "updated_at"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id", ondelete="SET NULL"), index=True)
    key: Mapped[str] = mapped_column(String(200))
    position: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = mapped_column(String(20), default=RegistrationStatus.PENDING)
    # Since when on the waiting list: its order.
    waiting_since: Mapped[datetime | None]

    kind: Mapped[str] = mapped_column(String(200))
    # With its history, as all by which somebody is known: the former value is kept where nobody has read it before.
    name: Mapped[str] = mapped_column(Text, default="", active_history=True)
    # Under which names, addresses and numbers it was known before, the latest last: what an erasure looks for.
    known_as: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    contact_name: Mapped[str] = mapped_column(String(120), default="", active_history=True)
    email: Mapped[str | None] = mapped_column(String(254), index=True, active_history=True)
    # The address that somebody has shown to read, by acting with a link that was mailed to it.
    confirmed_email: Mapped[str | None] = mapped_column(String(254), index=True, active_history=True)
    phone: Mapped[str] = mapped_column(String(40), default="", active_history=True)
    website: Mapped[str] = mapped_column(String(300), default="", active_history=True)
    siren: Mapped[str | None] = mapped_column(String(9), active_history=True)
    size: Mapped[str | None] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(8), default="fr")

    project: Mapped[str] = mapped_column(Text, default="")
    needs: Mapped[list[str]] = mapped_column(default=list)
    offers: Mapped[list[str]] = mapped_column(default=list)
    themes: Mapped[list[str]] = mapped_column(default=list)
    zone: Mapped[str | None] = mapped_column(Text)
    # What people wrote beside a ticked need or offer: {"needs": {code: line}, "offers": {code: line}}.
    notes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # What was answered to the event's own questions, by their ids: see `web.domain.event.questions`.
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")

    # Their logo or picture, as a list needs it: {"digest", "width", "height", "light"}, or nothing; see `Picture`.
    logo: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")

    # When they are not there, as intervals of the event's clock: see `web.domain.event.absences`.
    absences: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    delegates: Mapped[int] = mapped_column(default=1)
    remote: Mapped[bool] = mapped_column(default=False)
    requires: Mapped[list[str]] = mapped_column(default=list)
    accessibility: Mapped[str] = mapped_column(Text, default="")
    needs_facilitator: Mapped[bool] = mapped_column(default=False)
    home_table_id: Mapped[int | None] = mapped_column(ForeignKey("event_tables.id", ondelete="SET NULL"))
    min_meetings: Mapped[int] = mapped_column(default=0)
    max_meetings: Mapped[int | None]
    boost: Mapped[int] = mapped_column(default=0)

    # May the event's public page name the organisation.
    publish_name: Mapped[bool] = mapped_column(default=False, server_default=false())
    # May the directory show the contact's name; the address and the telephone are never shown there.
    publish_contact: Mapped[bool] = mapped_column(default=False)
    # They asked for no reminders; all other mails go on.
    no_reminders: Mapped[bool] = mapped_column(default=False, server_default=false())
    consent_text: Mapped[str] = mapped_column(Text, default="")
    consented_at: Mapped[datetime | None]

    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    token_issued_at: Mapped[datetime | None]
    token_revoked_at: Mapped[datetime | None]
    wishes_saved_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)
    # When they said, the day before, that they come.
    attendance_confirmed_at: Mapped[datetime | None]
    # How often they, or somebody whom they were announced to meet, have come, gone and come back: what their calendar
    # shows without an announcement.
    status_changes: Mapped[int] = mapped_column(default=0, server_default="0")
    version: Mapped[int] = mapped_column(default=1)

    event: Mapped[Event] = relationship(back_populates="registrations")
    organisation: Mapped[Organisation | None] = relationship()
    home_table: Mapped[Table | None] = relationship()
    wishes: Mapped[list[Wish]] = relationship(
        foreign_keys=[Wish.registration_id],
        order_by=Wish.rank,
        cascade="all, delete-orphan",
        passive_deletes=True,
        back_populates="registration",
    )
    vetoes: Mapped[list[Veto]] = relationship(
        foreign_keys=[Veto.registration_id],
        order_by=Veto.id,
        cascade="all, delete-orphan",
        passive_deletes=True,
        back_populates="registration",
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (read by SQLAlchemy)


# By these a participant is known to others, in mails and notes.
IDENTIFYING = ("name", "contact_name", "email", "confirmed_email", "phone", "website", "siren")


@event.listens_for(Registration, "before_update")
def _remember_former(_mapper: object, _connection: object, one: Registration) -> None:
    """Keep what an identifying column held before: mails and notes written until now may still say it."""
    state = inspect(one)
    former = [value for name in IDENTIFYING for value in state.attrs[name].history.deleted or () if value]
    if former:
        one.known_as = list(dict.fromkeys([*(one.known_as or []), *former]))


@event.listens_for(Registration, "before_update")
def _count_statuses(_mapper: object, _connection: object, one: Registration) -> None:
    if inspect(one).attrs["status"].history.has_changes():
        one.status_changes += 1


@event.listens_for(Registration, "before_insert")
@event.listens_for(Registration, "before_update")
def _begin_to_wait(_mapper: object, _connection: object, one: Registration) -> None:
    """Whoever waits has a place on the list, the last one where nobody has said which."""
    if one.status == RegistrationStatus.WAITING and one.waiting_since is None:
        one.waiting_since = utcnow()
