"""A registration form that somebody began and keeps for another moment or another device."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from web.models.base import Base, Identified, utcnow


class RegistrationDraft(Identified, Base):
    """`fields`: what was typed, by name of the field, each a list of texts. Nobody has agreed to anything yet.

    Only the SHA-256 of the token that its link holds is kept; the token is made of `token_issued_at` and SECRET_KEY.
    """

    __tablename__ = "registration_drafts"
    __table_args__ = (Index("ix_registration_drafts_event_id_email", "event_id", "email"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(8))
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    token_issued_at: Mapped[datetime]
    # They asked for no reminders.
    no_reminders: Mapped[bool] = mapped_column(default=False, server_default=false())
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)
