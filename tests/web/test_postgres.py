"""Who waits for a PostgreSQL server, and for how long."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.support.processes import soon
from web import postgres
from web.config import Settings
from web.db import Database, database, driver_arguments, get_session, is_away, make_engine, write

ALIVE = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
ASLEEP = text("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep(%'")


def watching(engine: Engine) -> Connection:
    """A connection that sees who is there now: within a transaction PostgreSQL shows its first look again and again."""
    return engine.connect().execution_options(isolation_level="AUTOCOMMIT")


@pytest.fixture
def engine(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An engine whose server may be silent for half a second."""
    monkeypatch.setattr(postgres, "SILENCE", 0.5)
    monkeypatch.setattr(postgres, "_memory", postgres._Memory())
    found = make_engine(Settings(var=tmp_path, database_url=postgres_url, secret_key="tests"))
    yield found
    found.dispose()


def test_request_gives_a_statement_up_and_has_the_server_end_it(engine: Engine) -> None:
    with (
        Flask("tests").test_request_context(),
        engine.connect() as connection,
        pytest.raises(OperationalError, match=r"nothing for 0\.5 seconds") as refused,
    ):
        connection.execute(text("SELECT pg_sleep(100)"))
    assert is_away(refused.value) and refused.value.connection_invalidated
    with watching(engine) as connection:
        assert soon(lambda: connection.execute(ASLEEP).scalar() == 0)


def test_who_answers_no_request_waits_as_long_as_it_takes(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1 FROM pg_sleep(1.5)")).scalar() == 1


def test_server_that_was_silent_is_waited_for_more_briefly_until_it_is_heard(engine: Engine) -> None:
    with Flask("tests").test_request_context():
        with pytest.raises(OperationalError), engine.connect() as connection:
            connection.execute(text("SELECT pg_sleep(100)"))
        assert postgres._memory.patience() == postgres.SILENCE_AGAIN
        with engine.connect() as connection:
            assert connection.execute(text("SELECT 1")).scalar() == 1
        assert postgres._memory.patience() == 0.5


def test_answer_is_given_though_the_database_goes_away_once_it_is_made(postgres_url: str, tmp_path: Path) -> None:
    app = Flask("tests")
    settings = Settings(var=tmp_path, database_url=postgres_url, secret_key="tests")
    Database(settings).init_app(app)
    killer = make_engine(settings)

    @app.get("/")
    def read_and_lose() -> str:
        pid = get_session().execute(text("SELECT pg_backend_pid()")).scalar()
        with watching(killer) as connection:
            connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            assert soon(lambda: not connection.execute(ALIVE, {"pid": pid}).scalar())
        return "answered"

    for _time in range(3):
        answer = app.test_client().get("/")
        assert (answer.status_code, answer.text) == (200, "answered")
    killer.dispose()
    database(app).engine.dispose()


def test_address_of_the_database_says_how_long_a_server_is_waited_for(tmp_path: Path) -> None:
    said = "postgresql+psycopg://p@db/p?connect_timeout=20&tcp_user_timeout=5000"
    found = driver_arguments(Settings(var=tmp_path, database_url=said, secret_key="tests"))
    assert found == {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


def pid_of(engine: Engine) -> object:
    """The process that answers the connection which the pool gives out next."""
    with engine.connect() as connection:
        return connection.execute(text("SELECT pg_backend_pid()")).scalar()


def test_connection_that_the_server_ended_at_rest_is_not_given_out(engine: Engine, postgres_url: str) -> None:
    killer = make_engine(Settings(var=Path(), database_url=postgres_url, secret_key="tests"))
    with engine.connect(), engine.connect():
        pass
    others = "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
    with watching(killer) as connection:
        assert connection.execute(text(f"SELECT count(pg_terminate_backend(pid)) {others}")).scalar() == 2
        assert soon(lambda: not connection.execute(text(f"SELECT count(*) {others}")).scalar())
    with engine.connect() as one, engine.connect() as other:
        assert {one.execute(text("SELECT 1")).scalar(), other.execute(text("SELECT 1")).scalar()} == {1}
    killer.dispose()


def test_server_is_asked_before_a_transaction_only_after_a_long_rest(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    ping = engine.dialect.do_ping

    def noting(connection: Any) -> bool:
        asked.append(connection)
        return ping(connection)

    monkeypatch.setattr(engine.dialect, "do_ping", noting)
    first = pid_of(engine)
    assert pid_of(engine) == first and asked == []
    monkeypatch.setattr(postgres, "RESTED", 0.0)
    assert pid_of(engine) == first and len(asked) == 1


STATE = text("SELECT state FROM pg_stat_activity WHERE pid = :pid")


def test_what_a_request_reads_leaves_no_transaction_open_and_what_it_writes_is_one(
    engine: Engine, postgres_url: str
) -> None:
    with watching(make_engine(Settings(var=Path(), database_url=postgres_url, secret_key="tests"))) as watcher:

        def state_after_reading(**options: bool) -> object:
            with engine.connect().execution_options(**options) as connection:
                pid = connection.execute(text("SELECT pg_backend_pid()")).scalar()
                return watcher.execute(STATE, {"pid": pid}).scalar()

        assert state_after_reading() == "idle in transaction"
        with Flask("tests").test_request_context():
            assert state_after_reading() == "idle"
            assert state_after_reading(write=True) == "idle in transaction"
        # The connection that was used so before.
        assert state_after_reading() == "idle in transaction"
        watcher.engine.dispose()


def test_what_a_request_writes_is_undone_as_a_whole(engine: Engine) -> None:
    with Flask("tests").test_request_context(), Session(engine) as session:
        session.execute(text("SELECT 1"))
        with pytest.raises(ZeroDivisionError), write(session):
            session.execute(text("CREATE TABLE half_done (id integer)"))
            raise ZeroDivisionError
        assert session.execute(text("SELECT to_regclass('half_done')")).scalar() is None
