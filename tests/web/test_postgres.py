"""Who waits for a PostgreSQL server, and for how long."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from tests.support.processes import soon
from web import postgres
from web.config import Settings
from web.db import driver_arguments, is_away, make_engine

ASLEEP = text("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep(%'")


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
    with engine.connect() as connection:
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


def test_address_of_the_database_says_how_long_a_server_is_waited_for(tmp_path: Path) -> None:
    said = "postgresql+psycopg://p@db/p?connect_timeout=20&tcp_user_timeout=5000"
    found = driver_arguments(Settings(var=tmp_path, database_url=said, secret_key="tests"))
    assert found == {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
