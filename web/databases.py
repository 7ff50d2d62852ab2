"""Whole databases as files, whoever writes meanwhile: copies of SQLite with what its log holds, dumps of PostgreSQL."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url

from web.files import UNFINISHED, sync

if TYPE_CHECKING:
    import psycopg

# What SQLite keeps beside a database.
COMPANIONS = ("-wal", "-shm", "-journal")


class UnusableSchema(Exception):
    """The schema cannot be made this program's; the message is a sentence that says why, and what now stands."""


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
        sync(draft)
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync(target.parent)


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=30, isolation_level=None)


def sqlite_revision(path: Path) -> str | None:
    """The revision of the schema in a SQLite file; none where it has none.

    Raises `sqlite3.DatabaseError` where the file is no database or is damaged. Cost: the file is read once.
    """
    with closing(_open(path)) as connection:
        told = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if told != "ok":
            raise sqlite3.DatabaseError(told)
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])


class PostgresFailed(Exception):
    """A PostgreSQL database could not be read or written whole; the message is the reason."""


class PostgresRefused(PostgresFailed):
    """PostgreSQL has read what it was given and does not take it: all is as it was, and will be at the next try."""


def dump_postgres(database_url: str, target: Path) -> None:
    """Write a PostgreSQL database as it stands at one moment to `target`, as SQL.

    Raises `PostgresFailed` and `OSError`.
    """
    program = shutil.which("pg_dump")
    if program is None:
        raise PostgresFailed(
            "pg_dump is missing, which copies a PostgreSQL database while others write: install PostgreSQL's client "
            "programs (on Debian postgresql-client)."
        )
    url = make_url(database_url)
    # The password goes another way than in the arguments, which everybody on the machine may read.
    environment = dict(os.environ) | ({"PGPASSWORD": str(url.password)} if url.password else {})
    address = url.set(drivername="postgresql", password=None).render_as_string()
    # Insertions and no copies: any connection can read them back, in one transaction.
    words = [program, "--inserts", "--rows-per-insert=200", "--no-owner", "--no-privileges", "--encoding=UTF8"]
    with target.open("xb") as file:
        done = subprocess.run([*words, "--dbname", address], stdout=file, stderr=subprocess.PIPE, env=environment)
        os.fsync(file.fileno())
    if done.returncode != 0:
        told = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise PostgresFailed(f"pg_dump could not copy the database: {told[-1]}")


def postgres_tables(database_url: str) -> list[str]:
    """The names of the tables in a PostgreSQL database. Raises `PostgresFailed`."""
    with _connect_postgres(database_url) as connection:
        return _tables(connection)


def postgres_revision(database_url: str) -> str | None:
    """The revision of the schema in a PostgreSQL database; none where it has none. Raises `PostgresFailed`."""
    with _connect_postgres(database_url) as connection:
        if "alembic_version" not in _tables(connection):
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])


def load_postgres(database_url: str, dump: str) -> None:
    """Have what `dump_postgres` wrote instead of all tables, in one transaction. Raises `PostgresFailed`."""
    from psycopg import sql

    with _connect_postgres(database_url) as connection:
        for table in _tables(connection):
            connection.execute(sql.SQL("DROP TABLE {} CASCADE").format(sql.Identifier(table)))
        connection.execute(_without_commands(dump).encode())


@contextmanager
def _connect_postgres(database_url: str) -> Iterator[psycopg.Connection]:
    import psycopg

    address = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with psycopg.connect(address) as connection:
            yield connection
    except psycopg.Error as error:
        failure = PostgresFailed if isinstance(error, psycopg.OperationalError) else PostgresRefused
        raise failure(str(error).strip().splitlines()[0]) from error


def _tables(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1")
    return [row[0] for row in rows]


def _without_commands(dump: str) -> str:
    r"""`dump` without the ``\restrict WORD`` and ``\unrestrict WORD`` that pg_dump writes for another program.

    WORD is drawn anew for each dump, so no row of the data is taken for one of them.
    """
    found = re.match(r"(?:--.*\n|\n)*\\restrict (\w+)\n", dump)
    return dump if found is None else re.sub(rf"(?m)^\\(?:un)?restrict {found[1]}$", "", dump)
