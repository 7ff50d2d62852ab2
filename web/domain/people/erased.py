"""Who was erased, beside what a backup holds: a restore brings them back, and they are erased again.

``var/.erased`` has a line for each erasure: when it was, and a SHA-256 that recognises the row, if somebody has it, and
from which nobody is found. Neither a backup nor a restore touches what is hidden in ``var``.
"""

import hashlib
import json
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from web.files import written_aside
from web.locks import locked
from web.models import Colleague, Registration, utcnow

NAME = ".erased"


def mark_of(event_id: int, key: str, created_at: datetime) -> str:
    """What recognises a registration: its number alone would be taken by somebody else one day."""
    return hashlib.sha256(f"{event_id}\n{key}\n{created_at.isoformat()}".encode()).hexdigest()


def remember(marks: Collection[str]) -> None:
    """Note that the registrations with these marks were erased; those already noted stay as they are."""
    path = _path()
    with locked(path.with_name(f"{NAME}.lock")):
        noted = _noted(path)
        noted |= {mark: utcnow().isoformat() for mark in marks if mark not in noted}
        with written_aside(path) as file:
            file.write("".join(json.dumps([when, mark]) + "\n" for mark, when in noted.items()).encode())


def come_back(session: Session) -> list[int]:
    """The numbers of the registrations that are there and were erased once. Cost: one query, where any was erased."""
    noted = _noted(_path())
    if not noted:
        return []
    columns = Registration.id, Registration.event_id, Registration.key, Registration.created_at
    rows = session.execute(select(*columns).order_by(Registration.id)).all()
    return [row_id for row_id, event_id, key, created_at in rows if mark_of(event_id, key, created_at) in noted]


def colleagues_come_back(session: Session) -> list[int]:
    """The numbers of the colleagues who are there and had themselves erased once. Cost: as `come_back`."""
    noted = _noted(_path())
    return [row_id for row_id, mark in _marks_of_colleagues(session) if mark in noted] if noted else []


def mark_of_colleague(event_id: int, colleague_id: int, created_at: datetime) -> str:
    """What recognises a colleague."""
    return mark_of(event_id, f"colleague\n{colleague_id}", created_at)


def _marks_of_colleagues(session: Session) -> list[tuple[int, str]]:
    columns = Registration.event_id, Colleague.id, Colleague.created_at
    rows = session.execute(select(*columns).join(Registration).order_by(Colleague.id)).all()
    return [(row_id, mark_of_colleague(event_id, row_id, created_at)) for event_id, row_id, created_at in rows]


def still_there(session: Session, marks: Collection[str]) -> set[str]:
    """Those of `marks` whose registration or colleague is there: their erasure was not committed."""
    columns = Registration.event_id, Registration.key, Registration.created_at
    rows = session.execute(select(*columns)).all()
    there = {mark_of(event_id, key, created_at) for event_id, key, created_at in rows}
    return set(marks) & there.union(mark for _row_id, mark in _marks_of_colleagues(session))


def _path() -> Path:
    var: Path = current_app.extensions["passerelle.settings"].var
    return var / NAME


def _noted(path: Path) -> dict[str, str]:
    """Mark to moment; a line that a power cut left damaged is passed over."""
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return {}
    found = {}
    for line in lines:
        try:
            when, mark = json.loads(line)
        except ValueError:
            continue
        found[str(mark)] = str(when)
    return found
