"""A private PostgreSQL server, one for each test process, and an empty database for whoever asks."""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.support.processes import running
from tests.support.programs import free_port, program

DEBIAN = Path("/usr/lib/postgresql")
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "unix_socket_directories=")

_numbers = itertools.count(1)


@contextmanager
def postgres_server() -> Iterator[int]:
    """The loopback port of a new PostgreSQL server whose superuser `postgres` needs no password."""
    binaries = max(DEBIAN.glob("*/bin"), key=lambda folder: int(folder.parent.name), default=None)
    initdb = program("initdb", "postgresql", binaries)
    server = program("postgres", "postgresql", binaries)
    # PostgreSQL refuses to run as root, and its user cannot enter pytest's own temporary folders.
    user = "postgres" if os.geteuid() == 0 else None
    home = Path(tempfile.mkdtemp(prefix="passerelle-postgres-"))
    try:
        if user:
            shutil.chown(home, user, user)
        subprocess.run(
            [initdb, "-D", home / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
            check=True,
            capture_output=True,
            cwd=home,
            user=user,
            group=user,
            extra_groups=[] if user else None,
        )
        port = free_port()
        options = [part for setting in FAST for part in ("-c", setting)]
        command = [server, "-D", str(home / "data"), "-h", "127.0.0.1", "-p", str(port), *options]
        with running(command, ready=lambda: _answers(port), log=home / "log", folder=home, user=user):
            yield port
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_port() -> Iterator[int]:
    """The port of a server that all tests of this process share."""
    with postgres_server() as port:
        yield port


@pytest.fixture(scope="session")
def postgres_url(postgres_port: int) -> str:
    """`DATABASE_URL` of a database shared by all tests of this process; see `empty_postgres_url`."""
    return new_database(postgres_port, "passerelle")


@pytest.fixture
def empty_postgres_url(postgres_port: int) -> Iterator[str]:
    """`DATABASE_URL` of an empty database that is this test's alone."""
    name = f"passerelle_{next(_numbers)}"
    yield new_database(postgres_port, name)
    with _administrator(postgres_port) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def new_database(port: int, name: str) -> str:
    with _administrator(port) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"postgresql+psycopg://postgres@127.0.0.1:{port}/{name}"


def _administrator(port: int) -> psycopg.Connection:
    return psycopg.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres", autocommit=True)


def _answers(port: int) -> bool:
    try:
        _administrator(port).close()
    except psycopg.OperationalError:
        return False
    return True
