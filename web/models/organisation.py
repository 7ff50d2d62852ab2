"""An organisation: what stays the same from one event to the next."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from web.models.base import Base, Identified, utcnow


class Organisation(Identified, Base):
    """An association, a company or a public body of the territory."""

    __tablename__ = "organisations"

    kind: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(Text)
    siren: Mapped[str | None] = mapped_column(String(9), index=True)
    website: Mapped[str] = mapped_column(String(300), default="")
    size: Mapped[str | None] = mapped_column(String(20))
    zone: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)
