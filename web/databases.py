"""Whole databases as files: a copy of SQLite with what its log still holds, whoever writes meanwhile."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from web.files import UNFINISHED, sync_folder

# What SQLite keeps beside a database.
COMPANIONS = ("-wal", "-shm", "-journal")


def sqlite_file(database_url: str) -> Path | None:
    """The file of a SQLite address; none for a database in memory and for other databases."""
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database or url.database.startswith((":memory:", "file:")):
        return None
    return Path(url.database)


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy `source`, its write-ahead log included, to `target`: whole or not at all, on the disk, mode 0600.

    Others may read and write meanwhile; the copy is what stood at one moment. Raises `sqlite3.Error` and `OSError`.
    """
    draft = target.with_name(f".{target.name}{UNFINISHED}")
    draft.unlink(missing_ok=True)
    # Made first: SQLite would make it readable by all.
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with closing(_open(source)) as taken, closing(_open(draft)) as kept:
            taken.backup(kept)
            # The copy is one file: it says of itself that it has a log otherwise.
            kept.execute("PRAGMA journal_mode=DELETE")
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=30, isolation_level=None)
