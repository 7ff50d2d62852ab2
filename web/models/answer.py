"""What participants say of the provisional timetable: all of it will do, or a meeting will not."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from web.models.base import Base, Identified, one_of, utcnow

NOTE_OF_ANSWER_LIMIT = 300


class Answer(StrEnum):
    """A confirmation is of the whole agenda and names no partner; a meeting is declined with its partner."""

    CONFIRMED = "confirmed"
    DECLINED = "declined"


class Reason(StrEnum):
    """Why a meeting is declined; ``other`` is told in words."""

    KNOWN = "known"
    UNSUITED = "unsuited"
    RIVALS = "rivals"
    OTHER = "other"


class MeetingAnswer(Identified, Base):
    """One answer of one participant to the version that they were shown. Of those that decline nobody but the team is
    told; they forbid the meeting as long as they stand (see `web.domain.event.files`)."""

    __tablename__ = "meeting_answers"
    __table_args__ = (
        one_of("answer", Answer),
        one_of("reason", Reason),
        CheckConstraint("partner_id IS NULL OR registration_id <> partner_id", name="not_self"),
        Index("ix_meeting_answers_version_id_registration_id", "version_id", "registration_id"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("schedule_versions.id", ondelete="CASCADE"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    answer: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(20))
    # In the participant's own words; read by the team alone, never by the partner.
    note: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime] = mapped_column(default=utcnow)
