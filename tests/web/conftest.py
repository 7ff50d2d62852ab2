"""An application on a database of its own for each test, with the current schema."""

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from tests.support.compiled import share_statements
from tests.web.factories import Factory
from web import create_app
from web.config import Settings
from web.db import database, get_session
from web.domain.memory import forget_all
from web.domain.people import traces
from web.migrations import upgrade
from web.models import User, utcnow

PASSWORD = "une phrase de passe"


# A test (or, as ``pytestmark``, a file of tests) that runs on both databases.
on_both_databases = pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
# One about what only one of them has.
on_sqlite = pytest.mark.parametrize("backend", ["sqlite"])
on_postgresql = pytest.mark.parametrize("backend", ["postgresql"])


# The database of tests that name none: ``sqlite``, ``postgresql``, or ``both``, one after the other.
WANTED = os.environ.get("PASSERELLE_TEST_DATABASE", "sqlite")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Have a test that is about no database of its own run on both, where both are wanted."""
    if WANTED != "both" or "backend" not in metafunc.fixturenames:
        return
    if not any("backend" in str(mark.args[0]) for mark in metafunc.definition.iter_markers("parametrize")):
        metafunc.parametrize("backend", ["sqlite", "postgresql"])


@pytest.fixture
def backend() -> str:
    """The database of a test that names none."""
    return "postgresql" if WANTED == "postgresql" else "sqlite"


@pytest.fixture
def settings(tmp_path: Path, backend: str, request: pytest.FixtureRequest) -> Settings:
    """Settings for one test: French, no rate limits, queue run at once, a database without rows at the current schema.

    Change them with ``dataclasses.replace``.
    """
    return Settings(
        var=tmp_path,
        database_url=request.getfixturevalue(f"migrated_{'sqlite' if backend == 'sqlite' else 'postgres'}_url"),
        secret_key="a secret for tests only",
        testing=True,
        rate_limits=False,
    )


class Browser(FlaskClient):
    """Each request gets an application context of its own, as in life, though the test holds one open for `session`."""

    def open(self, *arguments: Any, **keywords: Any) -> Any:
        with self.application.app_context():
            return super().open(*arguments, **keywords)


def make_app(settings: Settings) -> Flask:
    """An application whose database has the current schema; its passwords are hashed in no time, and nothing is kept
    from a power cut. Rows that are asked for in no order come last first on SQLite: who relies on another order, as
    PostgreSQL gives it on most days, is found on each.
    """
    app = create_app(settings)
    app.test_client_class = Browser
    # As the program hashes them each sign-in takes a fifth of a second, which is the point of it, but not here.
    app.extensions["security"].pwd_context.update(argon2__time_cost=1, argon2__memory_cost=8, argon2__parallelism=1)
    share_statements(database(app).engine)
    if settings.is_sqlite:
        event.listen(database(app).engine, "connect", _careless_and_last_first)
    upgrade(database(app).engine)
    return app


def _careless_and_last_first(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA reverse_unordered_selects=ON")


@pytest.fixture(scope="session", autouse=True)
def short_patience() -> Iterator[None]:
    """Nobody waits for the database's file: a test holds it open itself, and each erasure waited for five seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(traces, "_PATIENCE", 50)
        yield


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    # On PostgreSQL the database of the next test has the name, and its rows the numbers, of those of the last.
    forget_all()
    app = make_app(settings)
    yield app
    database(app).engine.dispose()


@pytest.fixture
def woken(app: Flask) -> Iterator[list[str]]:
    """The lanes that are called, in order: the worker hears of them and does nothing."""
    calls: list[str] = []
    former, app.extensions["passerelle.call"] = (
        app.extensions["passerelle.call"],
        lambda name, _arguments: calls.append(name),
    )
    yield calls
    app.extensions["passerelle.call"] = former


@pytest.fixture
def limited_app(settings: Settings) -> Iterator[Flask]:
    """The same with rate limits."""
    app = make_app(replace(settings, rate_limits=True))
    yield app
    database(app).engine.dispose()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session outside of any request, for building and for looking. Call ``session.rollback()`` to see new rows."""
    with app.app_context():
        yield get_session()


@pytest.fixture
def statements(session: Session) -> Iterator[list[str]]:
    """What the database is asked from here on."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def standing_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time passes between wrong attempts, however slow the machine: their first pause is two seconds."""
    now = utcnow()
    monkeypatch.setattr("web.domain.team.attempts.utcnow", lambda: now)


@pytest.fixture
def make(session: Session) -> Factory:
    """Builders of rows: ``make.event()``, ``make.registration(event)``, … each commits."""
    return Factory(session)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without account. CSRF is off for it, as for all clients here but those of the CSRF tests."""
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


def sign_in(client: FlaskClient, user: User) -> FlaskClient:
    """Sign `user` in with the password that the factory gives everybody."""
    answer = client.post("/sign-in", data={"email": user.email, "password": PASSWORD})
    assert answer.status_code == 302, answer.text
    return client


@pytest.fixture
def organiser(make: Factory) -> User:
    return make.user(email="organiser@example.org", name="Odile Organise")


@pytest.fixture
def organiser_client(app: Flask, organiser: User) -> FlaskClient:
    """The browser of `organiser`; give that user an event with ``make.event(organiser=organiser)``."""
    app.config["WTF_CSRF_ENABLED"] = False
    return sign_in(app.test_client(), organiser)
