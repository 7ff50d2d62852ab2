"""Schema migrations: `upgrade` brings a database to the current schema, `downgrade` takes it back.

SQLite cannot alter a table: Alembic makes a new one, copies the rows and drops the old one, and where foreign keys are
enforced dropping a table deletes what refers to it. So they are not enforced meanwhile; that all of them hold is
checked after each step instead, before anything is committed.
"""

import filecmp
import logging
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from web.databases import UnusableSchema, copy_sqlite, sqlite_file
from web.models import Base

log = logging.getLogger(__name__)
# It says at each look which database it is, as if something were going on; what is going on is said here.
logging.getLogger("alembic.runtime.migration").setLevel(logging.WARNING)

FOLDER = Path(__file__).parent
BASE = "base"
# Any number that nothing else in the database locks by: two programs that start together migrate one after the other.
_ADVISORY_LOCK = 7_252_771


class NewerDatabase(UnusableSchema):
    """The database was last used by a newer program; nothing was changed."""


class FailedMigration(UnusableSchema):
    """A migration did not get to its end; the database is as it was before all of them."""


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema up to `revision`, in one transaction; nothing happens where it is already there.

    A SQLite file that holds something is copied first; the copy stays beside it and is named in the log. Raises
    `NewerDatabase` and `FailedMigration`: all is then as it was.
    """
    if not _is_at(engine, revision):
        _move(engine, command.upgrade, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the schema back to `revision` (``"base"``: nothing is left); as careful as `upgrade`."""
    if not _is_at(engine, revision):
        _move(engine, command.downgrade, revision)


def is_current(engine: Engine) -> bool:
    """Whether the database has the schema this program was written for; raises `NewerDatabase`."""
    return _is_at(engine, "head")


def drift(engine: Engine) -> list[object]:
    """What the models have and the migrated database has not, or the other way round; empty when they agree."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": False})
        return list(compare_metadata(context, Base.metadata))


def check_revision(revision: str | None) -> None:
    """Raise `NewerDatabase` where `revision` is none that this program knows; None is a database without a schema."""
    if revision is not None and revision not in {one.revision for one in _scripts().walk_revisions()}:
        raise NewerDatabase(
            f"this database was written by a newer Passerelle (its schema is {revision}, the newest one known here "
            f"{_scripts().get_current_head()}); nothing was changed. Start the newer program, or restore a backup."
        )


def _scripts() -> ScriptDirectory:
    return _read_once(FOLDER)


@cache
def _read_once(folder: Path) -> ScriptDirectory:
    """The steps in `folder`; to read them takes a tenth of a second, and every start asks several times."""
    return ScriptDirectory(str(folder))


def _config(connection: Connection, after_step: Callable[..., None]) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes.update(connection=connection, after_step=after_step)
    return config


def _revision(connection: Connection) -> str | None:
    """The revision that the database says it has. The line of revisions has no branches: there is one at most."""
    revision = next(iter(MigrationContext.configure(connection).get_current_heads()), None)
    check_revision(revision)
    return revision


def _target(revision: str) -> str | None:
    return None if revision == BASE else _scripts().get_revisions(revision)[0].revision


def _is_at(engine: Engine, revision: str) -> bool:
    with engine.connect() as connection:
        return _revision(connection) == _target(revision)


def _move(engine: Engine, move: Callable[[Config, str], None], revision: str) -> None:
    with _exclusively(engine) as connection:
        found, wanted = _revision(connection), _target(revision)
        if found == wanted:
            return  # by another process, while this one waited for its turn
        try:
            copy = _keep_copy(engine, connection, wanted or BASE)
        except (OSError, sqlite3.Error) as error:
            raise FailedMigration(
                f"the database could not be copied before its schema is changed: {error}. Nothing was changed."
            ) from error
        if copy is not None:
            log.warning("The schema goes from %s to %s; the database as it was is kept in %s.", found, wanted, copy)
        broken = _broken_references(connection)

        def after_step(*, step: Any, **_: Any) -> None:
            more = _broken_references(connection) - broken
            if more:
                raise ValueError(f"{step.up_revision_id} leaves rows without what they refer to: {_listed(more)}")

        try:
            move(_config(connection, after_step), revision)
        except Exception as error:
            kept = "" if copy is None else f"; a copy of it is {copy}"
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            raise FailedMigration(
                f"the schema could not be taken from {found or BASE} to {wanted or BASE}: {reason}. "
                f"The database is as it was{kept}."
            ) from error


@contextmanager
def _exclusively(engine: Engine) -> Iterator[Connection]:
    """One write transaction in which no foreign key is enforced by SQLite and nobody else migrates."""
    with engine.connect() as connection:
        connection = connection.execution_options(write=True)
        if connection.dialect.name != "sqlite":
            with connection.begin():
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
                yield connection
            return
        # Ignored inside of a transaction, so said to the driver before SQLAlchemy begins one.
        driver = connection.connection.cursor()
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
        finally:
            driver.execute("PRAGMA foreign_keys=ON")
            driver.close()


def _broken_references(connection: Connection) -> Counter[tuple[str, str]]:
    """How many rows of which table refer to rows of which other that are not there; others enforce this themselves."""
    if connection.dialect.name != "sqlite":
        return Counter()
    rows = connection.exec_driver_sql("PRAGMA foreign_key_check")
    return Counter((table, parent) for table, _row, parent, _key in rows)


def _listed(broken: Counter[tuple[str, str]]) -> str:
    return ", ".join(f"{table} to {parent} ({rows})" for (table, parent), rows in sorted(broken.items()))


def _keep_copy(engine: Engine, connection: Connection, wanted: str) -> Path | None:
    """A copy of the database beside it, as it is before a schema of `wanted`; none where there is nothing to copy.

    Nothing can change while it is taken: `connection` holds the write lock. A start that fails again and again keeps
    one copy, not a hundred.
    """
    source = sqlite_file(engine.url.render_as_string(hide_password=False))
    if source is None or set(inspect(connection).get_table_names()) <= {"alembic_version"}:
        return None
    stem = f"{source.name}.before-{wanted}"
    kept = sorted(source.parent.glob(f"{stem}.*"))
    copy = next(path for number in count(1) if not (path := source.with_name(f"{stem}.{number}")).exists())
    copy_sqlite(source, copy)
    for earlier in kept:
        if filecmp.cmp(earlier, copy, shallow=False):
            copy.unlink()
            return earlier
    return copy
