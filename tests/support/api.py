"""The HTTP interface as another program calls it: over the network, with a token."""

import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.postgres import new_database
from tests.support.server import Server, StartServer, clean_environment, passerelle, serving


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    data: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.data)


@dataclass(frozen=True)
class Api:
    """Calls of a running server. `call` gives errors as answers too."""

    server: Server
    token: str

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        """`body`: bytes as they are, anything else as JSON. `path`: below ``/api/v1``."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.server.url}/api/v1{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read())

    def finished(self, job: int, seconds: float = 60) -> Any:
        """The report of `job` once it has ended; fails when it has not after `seconds`."""
        end = time.monotonic() + seconds
        while (report := self.call("GET", f"/jobs/{job}").json)["state"] in ("queued", "running"):
            assert time.monotonic() < end, report
            time.sleep(0.2)
        return report


def served(start_server: StartServer, folder: Path, database_url: str | None = None) -> Api:
    """The interface of a new server in the empty `folder`, on SQLite or on the empty database at `database_url`."""
    return _called(start_server(folder=folder, **_migrated(folder, database_url)))


def _migrated(folder: Path, database_url: str | None) -> dict[str, str]:
    """The settings by which a server finds that database, its schema made; without one it makes its own."""
    settings = {} if database_url is None else {"DATABASE_URL": database_url}
    if settings:
        subprocess.run([*passerelle(), "migrate"], cwd=folder, env=clean_environment(**settings), check=True)
    return settings


def _called(server: Server) -> Api:
    return Api(server, server.command("token", "create", "tests").stdout.strip())


@pytest.fixture(scope="session")
def shared_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The interface of a server that tests of this process share: each makes events of its own."""
    with serving(tmp_path_factory.mktemp("shared")) as server:
        yield _called(server)


@pytest.fixture(scope="session")
def shared_postgres_api(tmp_path_factory: pytest.TempPathFactory, postgres_port: int) -> Iterator[Api]:
    """The same on PostgreSQL."""
    folder = tmp_path_factory.mktemp("shared")
    with serving(folder, **_migrated(folder, new_database(postgres_port, "passerelle_shared"))) as server:
        yield _called(server)
