"""Who did what, on whose behalf, and when."""

from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from web.models.base import Base, Identified


class AuditEntry(Identified, Base):
    """`actor` is a name kept as text: an entry outlives the account. `behalf_of_id` is the participant acted for."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_event_id_created_at", "event_id", "created_at"),)

    event_id: Mapped[int | None] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    actor: Mapped[str] = mapped_column(Text)
    behalf_of_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id", ondelete="SET NULL"), index=True)
    action: Mapped[str] = mapped_column(String(80))
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
