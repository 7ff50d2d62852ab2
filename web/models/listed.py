"""A list of people that an organiser has sent, on its way into an event."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from web.models.base import Base, Identified, one_of, utcnow


class ListState(StrEnum):
    """How far a list has come. `DONE` can still be undone."""

    OPEN = "open"
    DONE = "done"
    UNDONE = "undone"


class ListImport(Identified, Base):
    """What stands in a list, what its columns mean, and what was made of it.

    It tells of people whom nobody may have asked yet: it is kept for a week at most, and goes with every erasure in its
    event. `version` keeps two tabs, and two presses of a button, apart.
    """

    __tablename__ = "list_imports"
    __table_args__ = (one_of("state", ListState),)

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    file_name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20), default=ListState.OPEN)
    # Each {"name", "rows": [[number, [text, …]], …], "unreadable": [[number, column], …]}; empty once it is done.
    sheets: Mapped[list[Any]] = mapped_column(deferred=True)
    # {"sheet", "head", "columns": {column: field}, "kind", "way"}: see `web.domain.people.lists.matching`.
    matching: Mapped[dict[str, Any]]
    # What words that the event does not have shall mean: {topic: {word: code, or "" to leave it out}}.
    meanings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # What was done and what undoing it needs: see `web.domain.people.lists.taking`.
    outcome: Mapped[dict[str, Any]] = mapped_column(default=dict)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (read by SQLAlchemy)
