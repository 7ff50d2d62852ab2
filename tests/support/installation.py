"""An installation with rows in every table and files in ``var``: to be kept, changed, and looked at as a whole."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.support.rows import Contents, contents, fill_every_table
from web.backup import restore
from web.config import Settings
from web.db import make_engine
from web.migrations import upgrade

State = tuple[Contents, dict[str, bytes]]


def filled(settings: Settings) -> Settings:
    """`settings` with rows in every table of the database, and files in ``var``."""
    engine = make_engine(settings)
    upgrade(engine)
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        fill_every_table(connection)
    engine.dispose()
    for name, content in {
        "secret_key": settings.secret_key.encode(),
        "mail/1@passerelle.example.eml": "Subject: été\n\nBonjour".encode(),
        "uploads/2027/logo.png": bytes(range(256)) * 300,
    }.items():
        path = settings.var / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return settings


def execute(settings: Settings, *statements: str) -> None:
    engine = make_engine(settings)
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def files(var: Path) -> dict[str, bytes]:
    """What lies in `var` beside the database, locks and kept copies left out."""
    return {
        name: path.read_bytes()
        for path in sorted(var.rglob("*"))
        if path.is_file() and not (name := path.relative_to(var).as_posix()).startswith((".", "passerelle.db"))
    }


def state(settings: Settings) -> State:
    engine: Engine = make_engine(settings)
    try:
        with engine.connect() as connection:
            return contents(connection), files(settings.var)
    finally:
        engine.dispose()


def quick_state(settings: Settings) -> object:
    """The same for a test that asks fifty times: rows as SQLite writes them."""
    if not settings.is_sqlite:
        return state(settings)
    with closing(sqlite3.connect(settings.var / "passerelle.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return list(connection.iterdump()), files(settings.var)


def changed(settings: Settings) -> None:
    """Make `settings` hold something else: rows, the key, a mail more, uploads gone."""
    execute(settings, "UPDATE events SET title = 'Autre'", "DELETE FROM registrations")
    (settings.var / "secret_key").write_bytes(b"another key of 27 characters")
    (settings.var / "mail" / "2@passerelle.example.eml").write_bytes(b"later")
    shutil.rmtree(settings.var / "uploads")


def taken_back(settings: Settings, archive: Path, *, force: bool = True) -> None:
    restore(settings.var, settings.database_url, archive, force=force)


@pytest.fixture
def installation(tmp_path: Path, backend: str, request: pytest.FixtureRequest) -> Settings:
    var = tmp_path / "var"
    var.mkdir()
    sqlite = f"sqlite:///{var / 'passerelle.db'}"
    url = sqlite if backend == "sqlite" else request.getfixturevalue("empty_postgres_url")
    return Settings(var=var, database_url=url, secret_key="the key of these tests", testing=True)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "kept"
    folder.mkdir()
    return folder / "all.tar.gz"
