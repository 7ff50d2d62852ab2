"""Looking something up in the database, and nothing else: a connection for each thread, kept open, no transaction.

For what is asked all the time and answered by one or two statements: taking a connection from a pool and beginning and
ending a transaction on it costs more than they do.
"""

import threading
import time
from itertools import count
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from web.config import Settings
from web.db import driver_arguments

# A database that could not be reached is left alone for so many seconds: whoever asks goes on to find that out anyhow.
QUIET = 5.0


class Away(Exception):
    """The database could not be reached a moment ago."""


class Lookups:
    """The connections, one for each thread that asks."""

    def __init__(self, settings: Settings) -> None:
        self._engine = _engine(settings)
        self._is_sqlite = settings.is_sqlite
        self._thread = threading.local()
        self._open: set[Connection] = set()
        self._quiet_until = 0.0
        self._numbers = count()

    def connection(self) -> Connection:
        """This thread's. Each statement sees what was committed when it began; one that writes is refused.

        Raises `Away`, and what the database raises.
        """
        connection: Connection | None = getattr(self._thread, "connection", None)
        if connection is None:
            connection = self._thread.connection = self._connected()
            self._thread.number = next(self._numbers)
        return connection

    def _connected(self) -> Connection:
        if time.monotonic() < self._quiet_until:
            raise Away
        try:
            connection = self._engine.connect()
        except SQLAlchemyError:
            self._quiet_until = time.monotonic() + QUIET
            raise
        self._open.add(connection)
        return connection

    def tide(self) -> Any:
        """A number that is another one once anybody has committed anything; ``None`` where there is none (PostgreSQL).

        Asked before something is read, and again later: if it is the same, what was read still stands. A microsecond.
        """
        if not self._is_sqlite:
            return None
        driver: Any = self.connection().connection.dbapi_connection
        return (self._thread.number, driver.execute("PRAGMA data_version").fetchone()[0])

    def forget(self) -> None:
        """Have this thread take a new connection next time: this one has failed."""
        connection: Connection | None = self._thread.__dict__.pop("connection", None)
        if connection is not None:
            self._open.discard(connection)
            connection.invalidate()
            connection.close()

    def close(self) -> None:
        """Close the connections of all threads; no thread may be looking. Whoever asks again is given a new one."""
        self._thread = threading.local()
        while self._open:
            self._open.pop().close()


def _engine(settings: Settings) -> Engine:
    engine = create_engine(
        settings.database_url,
        connect_args=driver_arguments(settings),
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
        hide_parameters=True,
    )
    if not settings.is_sqlite:
        from web import postgres

        postgres.wait_in_seconds(engine)
    only_reading = "PRAGMA query_only=ON" if settings.is_sqlite else "SET default_transaction_read_only = on"

    def prepare(connection: Any, _record: Any) -> None:
        connection.cursor().execute(only_reading)
        connection.commit()

    event.listen(engine, "connect", prepare)
    return engine
