"""What an organiser writes to people of an event, in their own words."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from web.models.account import User
from web.models.base import Base, Identified, utcnow


class Mailing(Identified, Base):
    """A draft until it is sent, then what was sent; each of its mails leads back to it. `version` keeps two tabs, and
    two presses of a button, apart.

    `other_subject` and `other_text`: for those who read the other language than the event's; empty = the same for all.
    """

    __tablename__ = "mailings"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    # Who has written it last, and who has sent it.
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    other_subject: Mapped[str] = mapped_column(Text, default="")
    other_text: Mapped[str] = mapped_column(Text, default="")
    # Codes, and hashes of those chosen by hand: see `web.domain.people.segments`.
    segment: Mapped[dict[str, Any]]
    # How many tests of it its writers have had.
    tests: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    # To how many it was sent: it is known after their mails are erased.
    number: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)
    version: Mapped[int] = mapped_column(default=1)

    user: Mapped[User | None] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (read by SQLAlchemy)
