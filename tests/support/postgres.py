"""A private PostgreSQL server, one for each test process, and an empty database for whoever asks."""

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.support.processes import children_of, started, stop
from tests.support.programs import free_port, program

DEBIAN = Path("/usr/lib/postgresql")
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "unix_socket_directories=")

_numbers = itertools.count(1)


@dataclass
class Cluster:
    """The files of a PostgreSQL server whose superuser `postgres` needs no password, and the server while it runs.

    `settings` are those of the server, such as ``fsync=off``.
    """

    home: Path
    port: int
    server: str
    user: str | None
    settings: Sequence[str]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Have the server run, on the port that it always has; raises `AssertionError` where it does not."""
        options = [part for setting in self.settings for part in ("-c", setting)]
        command = [self.server, "-D", str(self.home / "data"), "-h", "127.0.0.1", "-p", str(self.port), *options]
        self.process = started(
            command, ready=lambda: _answers(self.port), log=self.home / "log", folder=self.home, user=self.user
        )

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """End the server and every connection to it: in good order (SIGINT), or as in a power cut (SIGQUIT)."""
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(30)

    def fall_silent(self) -> None:
        """Have the server and whoever serves a connection do nothing, and close nothing, until it wakes."""
        self._send_to_all(signal.SIGSTOP)

    def wake(self) -> None:
        """Have a silent server go on where it was."""
        self._send_to_all(signal.SIGCONT)

    def _send_to_all(self, number: signal.Signals) -> None:
        assert self.process is not None
        # The server first: then it starts nobody any more.
        self.process.send_signal(number)
        for one in children_of(self.process.pid):
            with suppress(ProcessLookupError):
                os.kill(one, number)


@contextmanager
def postgres_cluster(settings: Sequence[str] = FAST) -> Iterator[Cluster]:
    """A new server, running; whatever happened to it, it is ended with the block."""
    binaries = max(DEBIAN.glob("*/bin"), key=lambda folder: int(folder.parent.name), default=None)
    initdb = program("initdb", "postgresql", binaries)
    server = program("postgres", "postgresql", binaries)
    # PostgreSQL refuses to run as root, and its user cannot enter pytest's own temporary folders.
    user = "postgres" if os.geteuid() == 0 else None
    home = Path(tempfile.mkdtemp(prefix="passerelle-postgres-"))
    cluster = Cluster(home, free_port(), server, user, settings)
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
        cluster.start()
        yield cluster
    finally:
        if cluster.process is not None:
            # One that is stopped would not hear that it is to end.
            cluster.wake()
            stop(cluster.process)
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def postgres_server() -> Iterator[int]:
    """The loopback port of a new PostgreSQL server, which runs as long as the block."""
    with postgres_cluster() as cluster:
        yield cluster.port


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
