"""What organisers have said of two registrations that look like one: that they are two, or that they were one."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from web.models.base import Base, Identified, one_of


class Alike(StrEnum):
    """As what two registrations may be one."""

    ORGANISATION = "organisation"
    PERSON = "person"


class DistinctPair(Identified, Base):
    """An organiser's word that these two are two, however alike they look. `a_id` is the smaller number."""

    __tablename__ = "distinct_pairs"
    __table_args__ = (
        UniqueConstraint("a_id", "b_id", "alike"),
        CheckConstraint("a_id <> b_id", name="not_self"),
        one_of("alike", Alike),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    a_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    b_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    alike: Mapped[str] = mapped_column(String(20))


class MergedRegistration(Identified, Base):
    """A registration that is no more, its organisation having registered twice: what still leads to the one kept.

    By its link (`token_hash`) people come, by `key` stored timetables name it, by `registered_at` (its ``created_at``)
    a backup that holds it is recognised. Whatever goes with the one kept goes with these.
    """

    __tablename__ = "merged_registrations"
    __table_args__ = (UniqueConstraint("event_id", "key"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(200))
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    registered_at: Mapped[datetime]
