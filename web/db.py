"""The database: one engine an application, one session a request, explicit write transactions.

How to use it::

    session = get_session()             # in a view or a task: the session of the current application context
    with write(session):                # in a domain function: one transaction, committed at the end
        ...

Reading needs nothing: the first query opens a read transaction, which ends with the request. ``write`` ends that read
transaction first and begins anew, so that what is read inside it is read under the lock it writes with. A domain
function that is one such transaction is ``@retried``: it is called again where another transaction got in its way.
"""

import functools
import json
import logging
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from threading import Lock
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from flask import Flask, current_app
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError, NoResultFound, OperationalError
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from web.config import Settings
from web.locks import Occupied, locked

log = logging.getLogger(__name__)

_WRITING = "passerelle_writing"
_AFTERWARDS = "passerelle_afterwards"
_MAY_HAVE_SAVED = "passerelle_may_have_saved"
# How often a transaction is tried, and the longest pause before the first repetition, doubled for each further one.
TRIES, PAUSE = 6, 0.02
# Seconds that a writer waits for another on SQLite.
BUSY = 30
# Seconds until one process looks again whether another has written.
NEXT_LOOK = 0.003
# SQLSTATE: serialization failure, deadlock detected.
_TRY_AGAIN = frozenset({"40001", "40P01"})

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Row = TypeVar("Row")


def make_engine(settings: Settings) -> Engine:
    """The engine for `settings.database_url`, with the pragmas that SQLite needs to be safe under several writers.

    Errors do not say what was written or looked for: they end in logs.
    """
    if not settings.is_sqlite:
        # Loaded where it is the database: most installations have SQLite.
        from web import postgres

        engine = _engine(settings)
        postgres.wait_in_seconds(engine)
        postgres.look_before_use(engine)
        postgres.read_without_transactions(engine)
        return engine
    engine = _engine(settings)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    _turns[engine] = Turns(settings.var / ".write.lock")
    return engine


def _engine(settings: Settings) -> Engine:
    return create_engine(
        settings.database_url,
        connect_args=driver_arguments(settings),
        hide_parameters=True,
        json_deserializer=_read_json,
    )


def _read_json(text: str) -> Any:
    # A participant has a dozen such columns, an event two dozen, and most of them are empty.
    return [] if text == "[]" else {} if text == "{}" else json.loads(text)


def driver_arguments(settings: Settings) -> dict[str, Any]:
    """What the driver is told with each connection: how long it waits, for a server or for another's lock.

    The address of the database may say otherwise.
    """
    if settings.is_sqlite:
        return {"timeout": BUSY, "check_same_thread": False}
    from web import postgres

    said = make_url(settings.database_url).query
    return {name: value for name, value in postgres.REACHED.items() if name not in said}


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # None: the driver begins nothing by itself, so a SELECT and the UPDATE after it stand in one transaction.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY * 1000}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later cannot be upgraded once another has written: take the lock now.
    writes = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class Database:
    """What an application keeps under ``app.extensions["passerelle.db"]``."""

    def __init__(self, settings: Settings) -> None:
        self.engine = make_engine(settings)
        self.sessionmaker = sessionmaker(self.engine)
        self.scoped: scoped_session[Session] = scoped_session(self.sessionmaker, scopefunc=_context_identity)

    def init_app(self, app: Flask) -> None:
        app.extensions["passerelle.db"] = self
        app.teardown_appcontext(lambda _error: self._end())

    def _end(self) -> None:
        """Give the session of the context back. A connection that was lost since the answer was made takes nothing of
        that answer with it: what was read is rolled back by nobody being there."""
        try:
            self.scoped.remove()
        except DBAPIError as error:
            # The next context may get the same number, and not this session.
            self.scoped.registry.clear()
            if not is_away(error):
                raise
            log.warning("The database went away after an answer was made (%s).", type(error.orig).__name__)


def _context_identity() -> int:
    from flask.globals import app_ctx

    return id(app_ctx._get_current_object())  # type: ignore[attr-defined]


def database(app: Flask | None = None) -> Database:
    """The database of `app` (default: the current application)."""
    return (app or current_app).extensions["passerelle.db"]


def get_session() -> Session:
    """The session of the current application context; closed when the context ends."""
    return database().scoped()


@contextmanager
def write(session: Session) -> Iterator[Session]:
    """One write transaction: committed at the end, rolled back when an exception leaves it.

    On SQLite it holds the write lock from its first statement. Objects loaded earlier are read again inside it. Used
    within another ``write`` of the same session it joins that one: the outermost commits.
    """
    if session.info.get(_WRITING):
        yield session
        return
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("Changes made outside of `with write(session)` would be lost: make them inside.")
    session.rollback()
    turns = _turns.get(session.get_bind().engine)
    with turns.turn() if turns is not None else nullcontext():
        session.info[_WRITING] = True
        try:
            session.connection(execution_options={"write": True})
            yield session
            _commit(session)
        except BaseException:
            session.info.pop(_AFTERWARDS, None)
            session.rollback()
            raise
        finally:
            session.info.pop(_WRITING, None)
    for call, arguments in session.info.pop(_AFTERWARDS, {}):
        call(*arguments)


def is_writing(session: Session) -> bool:
    """Whether this is within a ``write`` block: what is read may be undone yet."""
    return bool(session.info.get(_WRITING))


def once_committed(session: Session, call: Callable[..., object], *arguments: object) -> None:
    """Have ``call(*arguments)`` done once the caller's ``write`` block is committed, and never where it is not.

    Asked for several times within a block it is done once. What it raises leaves the block: let it raise nothing.
    """
    if not session.info.get(_WRITING):
        raise RuntimeError("Nothing is about to be committed: call this inside `with write(session)`.")
    session.info.setdefault(_AFTERWARDS, {})[call, arguments] = None


class Turns:
    """The turns of those who write, where the database has one writer at a time.

    SQLite lets those who wait look again after pauses that grow to a tenth of a second, whether or not it is free. So
    the threads of a process wait for each other here, and the first of them for other processes by the lock of `file`.
    Whoever does not come to a turn, or cannot lock, goes on to the database, which decides.
    """

    def __init__(self, file: Path) -> None:
        self.file, self.lock = file, Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        with ExitStack() as held:
            end = time.monotonic() + BUSY
            if self.lock.acquire(timeout=BUSY):
                held.callback(self.lock.release)
                self._before_others(held, end)
            yield

    def _before_others(self, held: ExitStack, end: float) -> None:
        while time.monotonic() < end:
            try:
                held.enter_context(locked(self.file, wait=False))
                return
            except Occupied:
                time.sleep(NEXT_LOOK)
            except OSError as error:
                log.warning("%s cannot be locked (%s): writers wait in the database.", self.file, error.strerror)
                return


_turns: WeakKeyDictionary[Engine, Turns] = WeakKeyDictionary()


def _commit(session: Session) -> None:
    session.flush()
    try:
        session.commit()
    except DBAPIError as error:
        # A connection that is lost while it commits does not tell whether it has.
        if error.connection_invalidated:
            session.info[_MAY_HAVE_SAVED] = True
        raise
    session.info[_MAY_HAVE_SAVED] = True


def is_away(error: BaseException) -> bool:
    """Whether the database is away, full or occupied, rather than asked for what it does not have."""
    if not isinstance(error, DBAPIError):
        return False
    # SQLite says of a table that is not there, too, that it is a matter of operation.
    asked_wrongly = getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
    return error.connection_invalidated or (isinstance(error, OperationalError) and not asked_wrongly)


def may_have_saved(session: Session) -> bool:
    """Whether anything was committed in this session, or may have been: “nothing was saved” is not to be said then."""
    return bool(session.info.get(_MAY_HAVE_SAVED))


def retried(
    function: Callable[Concatenate[Session, Arguments], Result],
) -> Callable[Concatenate[Session, Arguments], Result]:
    """Have a function that is one ``write`` transaction called again, a few times, where another one got in its way.

    That is: the database ended it to end a deadlock, or a name that was free or a row that was there when it looked is
    so no more when it writes. Called anew it sees what the other has left, and says so in its own words. Within a
    ``write`` of the caller it is called once: only the whole transaction can be repeated.
    """

    @functools.wraps(function)
    def run(session: Session, /, *arguments: Arguments.args, **keywords: Arguments.kwargs) -> Result:
        tries = 1 if session.info.get(_WRITING) else TRIES
        for further in range(tries - 1, -1, -1):
            try:
                return function(session, *arguments, **keywords)
            except DBAPIError as error:
                if not further or not _got_in_the_way(error):
                    raise
                log.info("%s is tried again: %s", function.__name__, type(error.orig).__name__)
                session.rollback()
                time.sleep(random.uniform(0, PAUSE * 2 ** (tries - 1 - further)))
        raise AssertionError("the last try returns or raises")

    return run


def _got_in_the_way(error: DBAPIError) -> bool:
    return isinstance(error, IntegrityError) or getattr(error.orig, "sqlstate", None) in _TRY_AGAIN


def locked_row(session: Session, model: type[Row], key: object, **first: object) -> Row:
    """The row of `model` with this primary key, locked; made with `first` where there is none, by one of any number at
    once. In a ``write`` block."""
    (column,) = model.__table__.primary_key.columns  # type: ignore[attr-defined]
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    made = insert(model).values({column.name: key, **first}).on_conflict_do_nothing()
    for _turn in range(TRIES):
        session.execute(made)
        row = session.get(model, key, with_for_update=True, populate_existing=True)
        # Another may have deleted it after it stood in the way of being made.
        if row is not None:
            return row
    raise NoResultFound(f"no row of {model.__name__} stays")
