"""The log of an event as its organisers read it: who did what, on whose behalf, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from web.models import AuditEntry, Event, Registration, User

PAGE = 50
# Who acts where nobody has signed in.
PROGRAM = "program"
PARTICIPANTS = "participants"
TEAM = "team"


@dataclass(frozen=True)
class Entry:
    """One deed. `about`: the participant whom it concerns, where they are still there; `theirs`: whether they did it
    themselves, rather than the team on their behalf. `whom`: the member of the team that it was done to."""

    row: AuditEntry
    about: Registration | None
    whom: str

    @property
    def theirs(self) -> bool:
        return self.row.user_id is None and self.row.behalf_of_id is not None

    @property
    def details(self) -> dict[str, Any]:
        return self.row.details or {}


@dataclass(frozen=True)
class Journal:
    """One page of entries, the latest first."""

    entries: Sequence[Entry]
    page: int
    pages: int


def journal(session: Session, event: Event, *, who: str = "", about: int | None = None, page: int = 1) -> Journal:
    """The entries of `event`: all, those of the team, of participants or of the program itself (`who`), and those
    `about` one registration. Four queries at most."""
    wanted: list[ColumnElement[bool]] = [AuditEntry.event_id == event.id]
    if about is not None:
        wanted.append(AuditEntry.behalf_of_id == about)
    by = {
        TEAM: AuditEntry.user_id.is_not(None),
        PARTICIPANTS: AuditEntry.user_id.is_(None) & AuditEntry.behalf_of_id.is_not(None),
        PROGRAM: AuditEntry.user_id.is_(None) & AuditEntry.behalf_of_id.is_(None),
    }
    if who in by:
        wanted.append(by[who])
    total = session.scalar(select(func.count()).select_from(AuditEntry).where(*wanted)) or 0
    pages = max(1, -(-total // PAGE))
    page = min(max(page, 1), pages)
    rows = session.scalars(
        select(AuditEntry).where(*wanted).order_by(AuditEntry.id.desc()).limit(PAGE).offset((page - 1) * PAGE)
    ).all()
    people = _people(session, event, rows)
    users = _users(session, rows)
    entries = [
        Entry(row, people.get(row.behalf_of_id or 0), users.get((row.details or {}).get("user", 0), "")) for row in rows
    ]
    return Journal(entries, page, pages)


def _people(session: Session, event: Event, rows: Sequence[AuditEntry]) -> dict[int, Registration]:
    ids = {row.behalf_of_id for row in rows} - {None}
    found = select(Registration).where(Registration.id.in_(ids), Registration.event_id == event.id)
    return {one.id: one for one in session.scalars(found)} if ids else {}


def _users(session: Session, rows: Sequence[AuditEntry]) -> dict[int, str]:
    ids = {user for row in rows if isinstance(user := (row.details or {}).get("user"), int)}
    if not ids:
        return {}
    return {one.id: one.label for one in session.scalars(select(User).where(User.id.in_(ids)))}
