"""Whom a participant wants to meet, in order, and whom rather not (confidential)."""

from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from web.models.base import Base, Identified

if TYPE_CHECKING:
    from web.models.registration import Registration


class Wish(Identified, Base):
    """`rank` 0 is the most wanted."""

    __tablename__ = "wishes"
    __table_args__ = (
        UniqueConstraint("registration_id", "target_id"),
        CheckConstraint("registration_id <> target_id", name="not_self"),
    )

    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    target_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    rank: Mapped[int]

    registration: Mapped["Registration"] = relationship(foreign_keys=[registration_id], back_populates="wishes")
    target: Mapped["Registration"] = relationship(foreign_keys=[target_id])


class Veto(Identified, Base):
    """Never shown to the other side."""

    __tablename__ = "vetoes"
    __table_args__ = (
        UniqueConstraint("registration_id", "target_id"),
        CheckConstraint("registration_id <> target_id", name="not_self"),
    )

    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    target_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)

    registration: Mapped["Registration"] = relationship(foreign_keys=[registration_id], back_populates="vetoes")
    target: Mapped["Registration"] = relationship(foreign_keys=[target_id])
