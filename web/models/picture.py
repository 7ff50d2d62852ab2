"""Pictures that people have given: an organiser's logo and banner, a participant's logo. Each was drawn anew here."""

from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from web.models.base import Base, Identified, one_of


class Purpose(StrEnum):
    LOGO = "logo"
    BANNER = "banner"


class Picture(Identified, Base):
    """One picture of an event, or of one of its registrations, as `web.pictures` has made it; `digest` is its SHA-256.

    A row is never changed: another picture is another row, so what a browser keeps under the digest stays true.
    """

    __tablename__ = "pictures"
    __table_args__ = (one_of("purpose", Purpose),)

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(20))
    mime_type: Mapped[str] = mapped_column(String(100))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(String(64), index=True)
    width: Mapped[int]
    height: Mapped[int]
