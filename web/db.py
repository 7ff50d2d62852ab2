"""The database: one engine an application, one session a request, explicit write transactions.

How to use it::

    session = get_session()             # in a view or a task: the session of the current application context
    with write(session):                # in a domain function: one transaction, committed at the end
        ...

Reading needs nothing: the first query opens a read transaction, which ends with the request. ``write`` ends that read
transaction first and begins anew, so that what is read inside it is read under the lock it writes with.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, current_app
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from web.config import Settings

_WRITING = "passerelle_writing"


def make_engine(settings: Settings) -> Engine:
    """The engine for `settings.database_url`, with the pragmas that SQLite needs to be safe under several writers.

    Errors do not say what was written or looked for: they end in logs.
    """
    if not settings.is_sqlite:
        return create_engine(settings.database_url, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(
        settings.database_url, connect_args={"timeout": 30, "check_same_thread": False}, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # None: the driver begins nothing by itself, so a SELECT and the UPDATE after it stand in one transaction.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=30000")
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
        app.teardown_appcontext(lambda _error: self.scoped.remove())


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
    session.info[_WRITING] = True
    try:
        session.connection(execution_options={"write": True})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop(_WRITING, None)
