"""Looking something up in the database, and nothing else: a connection for each thread, kept open, no transaction.

For what is asked all the time and answered by one or two statements: taking a connection from a pool and beginning and
ending a transaction on it costs more than they do.
"""

import threading
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from web.config import Settings


class Lookups:
    """The connections, one for each thread that asks."""

    def __init__(self, settings: Settings) -> None:
        self._engine = _engine(settings)
        self._is_sqlite = settings.is_sqlite
        self._thread = threading.local()

    def connection(self) -> Connection:
        """This thread's. Each statement sees what was committed when it began; one that writes is refused on SQLite."""
        connection: Connection | None = getattr(self._thread, "connection", None)
        if connection is None:
            connection = self._thread.connection = self._engine.connect()
        return connection

    def tide(self) -> Any:
        """A number that is another one once anybody has committed anything; ``None`` where there is none (PostgreSQL).

        Asked before something is read, and again later: if it is the same, what was read still stands. A microsecond.
        """
        if not self._is_sqlite:
            return None
        driver: Any = self.connection().connection.dbapi_connection
        return (id(driver), driver.execute("PRAGMA data_version").fetchone()[0])

    def forget(self) -> None:
        """Have this thread take a new connection next time: this one has failed."""
        connection: Connection | None = self._thread.__dict__.pop("connection", None)
        if connection is not None:
            connection.invalidate()
            connection.close()


def _engine(settings: Settings) -> Engine:
    known: dict[str, Any] = {"isolation_level": "AUTOCOMMIT", "poolclass": NullPool, "hide_parameters": True}
    if not settings.is_sqlite:
        return create_engine(settings.database_url, **known)
    engine = create_engine(settings.database_url, connect_args={"timeout": 30, "check_same_thread": False}, **known)
    event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA query_only=ON"))
    return engine
