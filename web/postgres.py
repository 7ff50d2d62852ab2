"""PostgreSQL that says nothing more: whoever answers a request waits for seconds, all others as long as it takes.

A server that was stopped, or whose disk hangs, keeps its connections open. Its system acknowledges for it what it is
sent, so no keepalive misses it, and its own limits for statements are as still as it is. So the silence is measured
here. Jobs, migrations and backups have statements that take long, and nobody who waits for a page.
"""

import select
import time
from collections.abc import Generator
from contextlib import suppress
from typing import Any, TypeVar

import psycopg
from flask import has_request_context
from sqlalchemy import Connection as Connection_
from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

Result = TypeVar("Result")

# Seconds within which a server is reached, and for which it may say nothing to a statement of a request.
REACHED_WITHIN, SILENCE = 5, 10.0
# For which it may say nothing once it has, until it has said something again: seconds, and how long that is remembered.
SILENCE_AGAIN, REMEMBERED = 2.0, 60.0
# A machine that is gone acknowledges nothing: it is given up after a minute, by whoever waits for it. Milliseconds for
# what was sent, seconds for a connection on which nothing is.
REACHED = {
    "connect_timeout": REACHED_WITHIN,
    "tcp_user_timeout": 60_000,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
# Seconds after which a connection that rests is asked before it is used.
RESTED = 30.0
_RESTS_SINCE = "passerelle_rests_since"
# That it is used without transactions until it is given back.
_WITHOUT = "passerelle_without_transactions"
# Seconds for a server that only is slow to be told that nobody waits for its statement any more.
_TOLD_WITHIN = 1.0


class Silent(psycopg.OperationalError):
    """The server has said nothing for too long; the connection is closed."""


class _Memory:
    """When a server was last found silent, by whatever thread; one that was heard since is forgiven."""

    def __init__(self) -> None:
        self.silent_at = -REMEMBERED

    def patience(self) -> float:
        return SILENCE_AGAIN if time.monotonic() < self.silent_at + REMEMBERED else SILENCE


_memory = _Memory()


class Connection(psycopg.Connection[Any]):
    """A connection on which a request does not wait for ever."""

    def wait(self, gen: Generator[Any, Any, Result], *arguments: Any, **keywords: Any) -> Result:
        """What the operation `gen` gives. Raises `Silent` in a request that has waited too long for it."""
        if not has_request_context():
            return super().wait(gen, *arguments, **keywords)
        patience = _memory.patience()
        try:
            result = super().wait(_unless_silent(gen, patience), *arguments, **keywords)
        except Silent:
            _memory.silent_at = time.monotonic()
            self._give_up()
            raise
        _memory.silent_at = -REMEMBERED
        return result

    def _give_up(self) -> None:
        # The older way to cancel waits, for the same silent server, without end.
        if psycopg.capabilities.has_cancel_safe():
            with suppress(psycopg.Error):
                self.cancel_safe(timeout=_TOLD_WITHIN)
        self.close()


def _unless_silent(operation: Generator[Any, Any, Result], seconds: float) -> Generator[Any, Any, Result]:
    """The operation on a connection, ended by `Silent` where the server says nothing for `seconds`.

    It yields what it waits for, and is sent what has happened: a false value, every tenth of a second, for nothing.
    """
    try:
        waits_for = next(operation)
        end = time.monotonic() + seconds
        while True:
            happened = yield waits_for
            if happened:
                end = time.monotonic() + seconds
            elif time.monotonic() > end:
                raise Silent(f"the server has said nothing for {seconds:g} seconds")
            waits_for = operation.send(happened)
    except StopIteration as done:
        return done.value


def wait_in_seconds(engine: Engine) -> None:
    """Have the connections of `engine` be such ones."""
    event.listen(engine, "do_connect", lambda _dialect, _record, words, named: Connection.connect(*words, **named))


def read_without_transactions(engine: Engine) -> None:
    """Have no transaction begun and ended around what a request reads outside of ``write`` blocks.

    Each statement of one sees what is committed when it begins, in a transaction (READ COMMITTED) or without: it only
    costs two more questions to the server, each of which a room that looks at its phones waits for.
    """

    def begin(connection: Connection_) -> None:
        if not has_request_context() or connection.get_execution_options().get("write", False):
            return
        driver = connection.connection.dbapi_connection
        assert isinstance(driver, psycopg.Connection)
        # Another may have asked for it itself.
        if not driver.autocommit:
            driver.autocommit = connection.connection.info[_WITHOUT] = True

    def end(driver: Any, record: ConnectionPoolEntry) -> None:
        if record.info.pop(_WITHOUT, False) and driver is not None and not driver.closed:
            driver.autocommit = False

    event.listen(engine, "begin", begin)
    event.listen(engine, "checkin", end)


def look_before_use(engine: Engine) -> None:
    """Have the pool of `engine` give out no connection that has ended while it rested.

    A server that ends one says so, and what it says lies there to be read: that is looked for in a microsecond, where
    SQLAlchemy's own `pool_pre_ping` asks the server before each transaction. It is asked where something lies there,
    and after a rest of `RESTED` seconds, in which something between may have dropped the connection without a word.
    """

    def note(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[_RESTS_SINCE] = time.monotonic()

    def look(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        since = record.info.get(_RESTS_SINCE)
        # One that is new.
        if since is None:
            return
        if time.monotonic() < since + RESTED and not _was_told(connection):
            return
        try:
            engine.dialect.do_ping(connection)
        except psycopg.Error as error:
            # The others of the pool too: the server they were connected to is gone.
            raise InvalidatePoolError from error

    event.listen(engine, "checkin", note)
    event.listen(engine, "checkout", look)


def _was_told(connection: psycopg.Connection[Any]) -> bool:
    """Whether the server has said something that nobody asked for."""
    if connection.closed:
        return True
    # Not `select`, which knows no number beyond a thousand: a server has two thousand connections.
    look = select.poll()
    look.register(connection.fileno(), select.POLLIN)
    return bool(look.poll(0))
