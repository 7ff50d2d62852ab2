"""All data exchanged for other data, wholly or not at all, also when the machine stops in the middle.

What comes in is written aside: files into ``var/.restoring/files``, a SQLite database beside the one it replaces, a
PostgreSQL dump into ``var/.restoring``. Then one file is renamed: ``var/.restoring/agreed``. Before that moment the old
data stands and whatever lies aside is thrown away; after it the new data stands, and whoever comes next, if need be
after a restart, moves the rest into place before anything is opened. Each move can be repeated.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from web.databases import COMPANIONS, PostgresFailed, PostgresRefused, load_postgres, sqlite_file
from web.files import reason, sync, written_aside
from web.locks import Occupied, locked

_ASIDE = ".restoring"
_IN_USE = ".in_use"


class Interrupted(Exception):
    """An exchange that was left in the middle cannot be completed; the message is a sentence."""


class Exchange:
    """The data of one installation, held alone: ``put`` what comes in, then ``agree``."""

    def __init__(self, var: Path, database_url: str) -> None:
        self.var = var
        self.database_url = database_url
        self.aside = var / _ASIDE
        self.files = self.aside / "files"
        self.dump = self.aside / "database.sql"
        self.agreed = self.aside / "agreed"
        self.database = sqlite_file(database_url)

    @property
    def new_database(self) -> Path:
        """Where the database that comes in lies until it is agreed."""
        return self.dump if self.database is None else self.database.with_name(f".{self.database.name}.restoring")

    def begin(self) -> None:
        self.clear()
        self.files.mkdir(mode=0o700, parents=True)

    def reserved(self) -> set[str]:
        """The names in ``var`` that are the database's."""
        return set() if self.database is None else {self.database.name + end for end in ("", *COMPANIONS)}

    def present(self) -> list[str]:
        """The names in ``var`` that an exchange replaces: all but the database, its kept copies, and what is hidden."""
        kept = "." if self.database is None else f"{self.database.name}.before-"
        names = {path.name for path in self.var.iterdir()} - self.reserved()
        return sorted(name for name in names if not name.startswith((".", kept)))

    def agree(self) -> None:
        """From here on the new data is the data. Raises `OSError` and, where the old database is in use, `Occupied`."""
        if self.database is not None:
            _set_down(self.database)
        for path in [self.new_database, *self.aside.rglob("*"), self.aside]:
            sync(path)
        with written_aside(self.agreed) as file:
            file.write(json.dumps(sorted(path.name for path in self.files.iterdir())).encode())

    def complete(self) -> None:
        """Move what is agreed into place; throw away what is not. Does nothing where nothing was begun.

        Raises `OSError` and `PostgresFailed`: it is tried again by whoever comes next, except for `PostgresRefused`,
        after which the old data stands.
        """
        if self.agreed.exists():
            try:
                self._replace_database()
            except PostgresRefused:
                self.agreed.unlink()
                self.clear()
                raise
            self._replace_files(set(json.loads(self.agreed.read_bytes())))
        self.clear()

    def clear(self) -> None:
        """Throw away what lies aside: all of it is in place, or none of it was agreed."""
        if self.aside.exists():
            self.new_database.unlink(missing_ok=True)
            shutil.rmtree(self.aside)
            sync(self.var)

    def _replace_database(self) -> None:
        if not self.new_database.exists():
            return
        if self.database is None:
            load_postgres(self.database_url, self.dump.read_text("utf-8"))
            self.dump.unlink()
            return
        # What a database that stood here before left beside it would be taken for the new one's.
        for end in COMPANIONS:
            self.database.with_name(self.database.name + end).unlink(missing_ok=True)
        self.new_database.replace(self.database)
        sync(self.database.parent)

    def _replace_files(self, names: set[str]) -> None:
        old = self.aside / "old"
        old.mkdir(mode=0o700, exist_ok=True)
        for name in self.present():
            # A name that has come in and no longer lies aside is already the new one.
            if name not in names or (self.files / name).exists():
                (self.var / name).replace(old / name)
        for name in names:
            if (self.files / name).exists():
                (self.files / name).replace(self.var / name)
        sync(self.var)


def _set_down(path: Path) -> None:
    """Bring what the log of a SQLite database holds into its file, so that the file alone is all of it."""
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(path, timeout=2, isolation_level=None)) as connection:
            # Only the last one who has it open may do so.
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        raise Occupied(f"{path}: {error}") from error
    except sqlite3.DatabaseError:
        return  # no database: nothing to keep of it


def complete(var: Path, database_url: str) -> None:
    """Complete an exchange that somebody left in the middle; waits for one that is going on. Cost if none: one look.

    Raises `Interrupted`: nothing may be opened then.
    """
    if (var / _ASIDE).exists():
        try:
            with locked(var / _IN_USE):
                Exchange(var, database_url).complete()
        except PostgresRefused as error:
            raise Interrupted(
                f"a restore was interrupted, and PostgreSQL does not take what was to come in ({error}); the data is "
                "as it was before."
            ) from error
        except (OSError, PostgresFailed) as error:
            raise Interrupted(
                f"a restore was interrupted and cannot be completed now ({reason(error)}); start again once it can."
            ) from error


@contextmanager
def in_use(var: Path, database_url: str) -> Iterator[None]:
    """Keep others from exchanging the data while this process works with it. Raises `Interrupted`."""
    while True:
        complete(var, database_url)
        with locked(var / _IN_USE, shared=True):
            if not (var / _ASIDE).exists():
                yield
                return


@contextmanager
def alone(var: Path, database_url: str) -> Iterator[Exchange]:
    """An exchange of the data, which no other process uses. Raises `Occupied` where one does.

    An exchange that was left in the middle is completed first; one that fails before it is agreed leaves nothing.
    """
    with locked(var / _IN_USE, wait=False):
        exchange = Exchange(var, database_url)
        exchange.complete()
        try:
            yield exchange
        finally:
            if not exchange.agreed.exists():
                exchange.clear()
