"""An event: its description, rules and texts; its slots, tables and facilitators in order; rules on single pairs."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import DateTime, ForeignKey, Index, String, Text, UniqueConstraint, event, false, inspect, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from web.models.base import Base, Identified, one_of, utcnow

if TYPE_CHECKING:
    from web.models.account import EventMember
    from web.models.registration import Registration


class EventStatus(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    ARCHIVED = "archived"


class RuleStatus(StrEnum):
    REQUIRED = "required"
    FORBIDDEN = "forbidden"
    ALLOWED = "allowed"


class Event(Identified, Base):
    """`version` is a counter: saving a form that was filled in from an older version raises ``StaleDataError``."""

    __tablename__ = "events"
    __table_args__ = (one_of("status", EventStatus),)

    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, default="")
    place: Mapped[str] = mapped_column(String(200), default="")
    timezone: Mapped[str] = mapped_column(String(64), default="Europe/Paris")
    locale: Mapped[str] = mapped_column(String(8), default="fr")
    status: Mapped[str] = mapped_column(String(20), default=EventStatus.DRAFT)
    registration_opens_at: Mapped[datetime | None]
    registration_closes_at: Mapped[datetime | None]
    wishes_close_at: Mapped[datetime | None]
    directory_published: Mapped[bool] = mapped_column(default=True)
    wish_limit: Mapped[int] = mapped_column(default=8)
    # Since when participants see who wishes to meet them; none where wishes are for the organisers alone.
    wishes_shown_at: Mapped[datetime | None]
    # Whether participants may say that they take part by video.
    online_offered: Mapped[bool] = mapped_column(default=True, server_default=true())
    # Keys: intro, consent, confirmation, agenda_note, online (plain text, in the event's language); missing = the
    # default.
    texts: Mapped[dict[str, Any]] = mapped_column(default=dict, active_history=True)
    # Keys: categories, themes, zones (see web.domain.event.taxonomy); missing = the defaults. Where the list of zones
    # is empty, nobody is asked where they are.
    taxonomies: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # What organisers ask in the form besides: see `web.domain.event.questions`.
    questions: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    # Keys: coverage, weights, max_break_difference, seated, max_in_a_row, may_meet, same_person (by participants' keys)
    # as in the event file; missing = that format's defaults.
    rules: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # How many of each kind can be accepted, by kind; a kind that is missing has no limit (`web.domain.people.places`).
    quotas: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    # Shares of the accepted that the team wishes for, which only show: [{"share": 33, "kind": "", "among": [codes]}].
    targets: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    # Whether whoever registers is accepted at once while there is room, and whether a place that becomes free goes to
    # the longest waiting of its kind.
    accepts_at_once: Mapped[bool] = mapped_column(default=False, server_default=false())
    promotes: Mapped[bool] = mapped_column(default=False, server_default=false())
    # What the organisers show of themselves and say on the public page: see `web.domain.event.face` and
    # `web.domain.event.page`. Missing keys = nothing, or the default.
    face: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    # Whether mails that tell agendas carry them as a sheet and as a calendar file: as chosen with the last publication.
    attach_agendas: Mapped[bool] = mapped_column(default=False, server_default=false())
    # As in the event file, between participants' keys; None = the score is computed by the formula.
    affinities: Mapped[list[Any] | None]
    # The schedule that participants see; none before the first publication.
    published_schedule_id: Mapped[int | None] = mapped_column(
        ForeignKey("schedule_versions.id", ondelete="SET NULL", use_alter=True)
    )
    # The version that participants are asked to agree to before anything is announced, and until when they may answer;
    # none where nobody is asked (see web.domain.timetable.agreeing).
    provisional_schedule_id: Mapped[int | None] = mapped_column(
        ForeignKey("schedule_versions.id", ondelete="SET NULL", use_alter=True)
    )
    answers_until: Mapped[datetime | None]
    # When everybody was asked, the day before, whether they come (see web.domain.timetable.presence).
    presence_asked_at: Mapped[datetime | None]
    # How often what calendars show has become another without an announcement: the place, the way to meetings online,
    # a name taken away.
    calendar_changes: Mapped[int] = mapped_column(default=0, server_default="0")
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)
    version: Mapped[int] = mapped_column(default=1)

    slots: Mapped[list["Slot"]] = relationship(
        back_populates="event", order_by="Slot.position", cascade="all, delete-orphan", passive_deletes=True
    )
    tables: Mapped[list["Table"]] = relationship(
        back_populates="event", order_by="Table.position", cascade="all, delete-orphan", passive_deletes=True
    )
    facilitators: Mapped[list["Facilitator"]] = relationship(
        back_populates="event", order_by="Facilitator.position", cascade="all, delete-orphan", passive_deletes=True
    )
    meeting_rules: Mapped[list["MeetingRule"]] = relationship(
        back_populates="event", order_by="MeetingRule.position", cascade="all, delete-orphan", passive_deletes=True
    )
    registrations: Mapped[list["Registration"]] = relationship(
        back_populates="event", order_by="Registration.position", cascade="all, delete-orphan", passive_deletes=True
    )
    members: Mapped[list["EventMember"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (read by SQLAlchemy)


@event.listens_for(Event, "before_update")
def _count_for_calendars(_mapper: object, _connection: object, one: Event) -> None:
    """Calendars show where an event is, and how one comes to a meeting online."""
    former = inspect(one).attrs["texts"].history.deleted
    online = [(texts or {}).get("online") or "" for texts in (*former, one.texts)]
    if inspect(one).attrs["place"].history.has_changes() or len(set(online)) > 1:
        one.calendar_changes += 1


class Slot(Identified, Base):
    """One round. `starts_at` and `ends_at` are wall-clock times in the event's time zone, as in the event file."""

    __tablename__ = "slots"
    __table_args__ = (UniqueConstraint("event_id", "key"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(200))
    position: Mapped[int]
    starts_at: Mapped[datetime] = mapped_column(DateTime)
    ends_at: Mapped[datetime] = mapped_column(DateTime)
    # Where clocks are set back and an hour comes twice: whether the second is meant.
    second_hour: Mapped[bool] = mapped_column(default=False, server_default=false())
    session: Mapped[str | None] = mapped_column(Text)

    event: Mapped[Event] = relationship(back_populates="slots")


class Table(Identified, Base):
    """One place to sit, with its features."""

    __tablename__ = "event_tables"
    __table_args__ = (UniqueConstraint("event_id", "key"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(200))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(Text, default="")
    features: Mapped[list[str]] = mapped_column(default=list)

    event: Mapped[Event] = relationship(back_populates="tables")


class Facilitator(Identified, Base):
    """A mediator who attends the meetings of those who asked. `absences` are those of a registration."""

    __tablename__ = "facilitators"
    __table_args__ = (UniqueConstraint("event_id", "key"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(200))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(Text, default="")
    email: Mapped[str | None] = mapped_column(String(254))
    absences: Mapped[list[str]] = mapped_column(default=list, server_default="[]")

    event: Mapped[Event] = relationship(back_populates="facilitators")


class MeetingRule(Identified, Base):
    """What the organiser says of one pair. `after` lists pairs of participants' keys, as in the event file."""

    __tablename__ = "meeting_rules"
    __table_args__ = (one_of("status", RuleStatus), Index("ix_meeting_rules_event_id_position", "event_id", "position"))

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    position: Mapped[int]
    a_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    b_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    status: Mapped[str] = mapped_column(String(20))
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("slots.id", ondelete="SET NULL"))
    session: Mapped[str | None] = mapped_column(Text)
    after: Mapped[list[Any]] = mapped_column(default=list)

    event: Mapped[Event] = relationship(back_populates="meeting_rules")
    a: Mapped["Registration"] = relationship(foreign_keys=[a_id])
    b: Mapped["Registration"] = relationship(foreign_keys=[b_id])
    slot: Mapped[Slot | None] = relationship()
