"""Databases with the current schema and no row: made once for each test process, then copied or emptied.

To migrate anew for each test takes a quarter of a second on SQLite, and a whole one with PostgreSQL's new database.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from web.config import Settings
from web.db import make_engine
from web.domain.memory import forget_all
from web.migrations import upgrade

# The connections to a database, but for that which asks and that by which it is emptied.
OTHERS = "FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid() AND application_name <> 'emptying'"


def _migrate(folder: Path, url: str) -> None:
    engine = make_engine(Settings(var=folder, database_url=url, secret_key="never used", testing=True))
    upgrade(engine)
    # The last connection to a SQLite file brings what its log holds into the file, which alone is copied.
    engine.dispose()


@pytest.fixture(scope="session")
def _migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("schema") / "migrated.db"
    _migrate(path.parent, f"sqlite:///{path}")
    assert not path.with_name(f"{path.name}-wal").exists()
    return path


@pytest.fixture
def migrated_sqlite_url(_migrated_file: Path, tmp_path: Path) -> str:
    """`DATABASE_URL` of a SQLite file of this test's alone."""
    shutil.copyfile(_migrated_file, tmp_path / "test.db")
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture(scope="session")
def _migrated_postgres(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    url = postgres_url.rpartition("/")[0] + "/postgres"
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute('CREATE DATABASE "passerelle_migrated"')
    url = url.removesuffix("postgres") + "passerelle_migrated"
    _migrate(tmp_path_factory.mktemp("schema"), url)
    return url


@pytest.fixture(scope="session")
def _emptier(_migrated_postgres: str) -> Iterator[psycopg.Connection]:
    """A connection by which `SELECT empty()` empties every table and starts every number anew.

    In any order, and row by row: to truncate makes a file anew for each table and index. By a function, for what it
    does is planned once for all tests of the process.
    """
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
    url = _migrated_postgres.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True, application_name="emptying") as connection:
        emptied = [sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for (name,) in connection.execute(tables)]
        numbers = [
            sql.SQL("PERFORM setval({}, {}, false)").format(sql.Literal(name), sql.Literal(first))
            for name, first in connection.execute("SELECT sequencename, start_value FROM pg_sequences")
        ]
        connection.execute("SET session_replication_role = replica")
        body = sql.SQL("; ").join([*emptied, *numbers])
        connection.execute(
            sql.SQL("CREATE FUNCTION pg_temp.empty() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {}; END $$").format(body)
        )
        yield connection


@pytest.fixture
def migrated_postgres_url(_migrated_postgres: str, _emptier: psycopg.Connection) -> str:
    """`DATABASE_URL` of a PostgreSQL database in which no other test's row is left; its schema is not to be changed."""
    _emptier.execute(f"SELECT pg_terminate_backend(pid) {OTHERS}", [_emptier.info.dbname])
    _emptier.execute("SELECT pg_temp.empty()")
    # It lies where that of the test before lay, whose rows may have had the same numbers in the same second.
    forget_all()
    return _migrated_postgres
