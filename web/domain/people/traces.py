"""What an erasure leaves beside the tables: mails written as files, prints, and deleted rows in SQLite's own file.

Files do not take part in a transaction. So the erasure notes in ``var/erasures`` what has to be looked at, before it is
committed, and `settle` does it afterwards, as often as need be: it reads in the tables what is true now. A note holds
Message-IDs and no person; it stays for as long as a worker may still be writing a mail that it had claimed before.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from web.config import Settings
from web.db import database
from web.domain.mail.sending import CLAIM_LASTS, compose
from web.domain.people.erased import remember, still_there
from web.files import written_aside
from web.mailer import FileMailer
from web.models import OutboxMail

log = logging.getLogger(__name__)

# Sheets for everybody that were kept; they are made again when somebody asks for them.
_PRINTS = ("agendas.pdf",)
# How long the clearing of the database file waits for others, in milliseconds; the next turn tries again.
_PATIENCE = 5_000


@dataclass(frozen=True)
class _Note:
    """Message-IDs to look at, until when, whether the database's file is cleared since; marks of who was erased."""

    mails: list[str]
    until: str
    cleared: bool
    erased: list[str] = field(default_factory=list)


def note_traces(message_ids: Iterable[str], erased: Iterable[str] = ()) -> None:
    """Note that mails were erased or changed, and rows with them; call it last in the transaction that does so.

    `erased` are the marks of those who asked for it (`web.domain.people.erased`).
    """
    note = _Note(sorted(message_ids), (datetime.now(UTC) + CLAIM_LASTS).isoformat(), cleared=False, erased=[*erased])
    _write(_folder() / f"{token_hex(8)}.json", note)


def settle(session: Session) -> None:
    """Bring mail files, prints and the database file in line with the tables. Nothing happens where nothing is noted.

    Safe to repeat and to run in several processes. Cost: the mails noted, and on SQLite the whole database once.
    """
    notes = [(path, _read(path)) for path in sorted(_folder().glob("*.json"))]
    if not notes:
        return
    session.rollback()
    for _path, note in notes:
        for message_id in note.mails:
            _settle_mail(session, message_id)
    _remember_erased(session, [note for _path, note in notes])
    session.rollback()
    cleared = all(note.cleared for _path, note in notes) or _clear()
    for path, note in notes:
        if cleared and datetime.fromisoformat(note.until) < datetime.now(UTC):
            path.unlink(missing_ok=True)
        elif cleared and not note.cleared:
            _write(path, replace(note, cleared=True, erased=[]))


def _remember_erased(session: Session, notes: list[_Note]) -> None:
    """Keep who was erased, once it is sure: the note was written before the commit."""
    marks = {mark for note in notes for mark in note.erased}
    if marks:
        remember(marks - still_there(session, marks))


def _folder() -> Path:
    return _settings().var / "erasures"


def _settings() -> Settings:
    settings: Settings = current_app.extensions["passerelle.settings"]
    return settings


def _write(path: Path, note: _Note) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with written_aside(path) as file:
        file.write(json.dumps(asdict(note)).encode())


def _read(path: Path) -> _Note:
    """The note; one that a power cut left damaged is as good as one that names no mail."""
    try:
        noted = json.loads(path.read_text())
        return _Note(noted["mails"], noted["until"], noted["cleared"], noted.get("erased", []))
    except (OSError, ValueError, KeyError, TypeError):
        return _Note([], datetime.now(UTC).isoformat(), cleared=False)


def _settle_mail(session: Session, message_id: str) -> None:
    """Delete the file of a mail that is no more; write that of one that says something else now."""
    files = FileMailer(_settings().mail_folder)
    draft, written = files.paths(message_id)
    mail = session.scalar(select(OutboxMail).where(OutboxMail.message_id == message_id))
    if mail is None:
        draft.unlink(missing_ok=True)
        written.unlink(missing_ok=True)
    elif written.exists():
        files.send(compose(mail))


def _clear() -> bool:
    """Remove prints and copies, and have SQLite write its file anew without what was deleted; whether all is done."""
    settings = _settings()
    for name in _PRINTS:
        (settings.var / name).unlink(missing_ok=True)
    engine = database().engine
    file = engine.url.database
    if engine.dialect.name != "sqlite" or not file:
        return True
    # Kept when the schema was changed, in case that went wrong: it has served since, and the copies hold everybody.
    for copy in Path(file).parent.glob(f"{Path(file).name}.before-*"):
        copy.unlink(missing_ok=True)
        log.info("The copy %s made before a change of the schema is removed: somebody was erased since.", copy.name)
    connection = engine.raw_connection()
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout={_PATIENCE}")
        cursor.execute("VACUUM")
        [busy, *_pages] = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError as error:
        log.warning("Erased rows are still in the database's file (%s); it is tried again.", error)
        return False
    finally:
        # Not returned to the pool with another patience than its connections have.
        cursor.close()
        connection.invalidate()
    return not busy
