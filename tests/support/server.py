"""`passerelle serve` as a real process in an empty folder: web, worker and queue as a user starts them."""

import http.client
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.processes import running
from tests.support.programs import free_port

SETTINGS = ("DATABASE_URL", "REDIS_URL", "SMTP_URL", "SECRET_KEY", "PASSERELLE_LOCALE", "PAGE_PROCESSES")
# With as many processes for pages as a user would have. Each takes six seconds of a processor to start: a test that is
# not about them does without.
USUAL_PAGES = {"PAGE_PROCESSES": ""}


@dataclass(frozen=True)
class Server:
    """A running `passerelle serve`: its address, its folder (with `var/`), and what it wrote."""

    url: str
    folder: Path
    log: Path
    process: subprocess.Popen[bytes]
    environment: Mapping[str, str]

    def output(self) -> str:
        """Standard output and error so far."""
        return self.log.read_text(errors="replace")

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `passerelle ARGUMENTS` in the server's folder with the server's settings."""
        return subprocess.run(
            [*passerelle(), *arguments], cwd=self.folder, env=self.environment, capture_output=True, text=True
        )


StartServer = Callable[..., Server]


def passerelle() -> list[str]:
    """The command `passerelle` of the Python that runs the tests."""
    return [str(Path(sys.executable).with_name("passerelle"))]


def clean_environment(**settings: str) -> dict[str, str]:
    """This process's environment without Passerelle's settings, then `settings`."""
    kept = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    return {**kept, "PYTHONUNBUFFERED": "1", **settings}


def healthy(url: str) -> bool:
    """Whether `url`/healthz answers 200."""
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, http.client.HTTPException):
        # Nobody is there, or somebody else: a port that is still free may even be given to this end of the connection.
        return False


@contextmanager
def serving(
    folder: Path,
    *,
    command: Sequence[str] | None = None,
    log: Path | None = None,
    seconds: float = 180,
    **settings: str,
) -> Iterator[Server]:
    """`passerelle serve` in `folder`, healthy, while the block lasts; `settings` are variables of its environment.

    One process answers all requests unless `settings` have `USUAL_PAGES`.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = clean_environment(**{"PAGE_PROCESSES": "0", **settings})
    log = log or folder / f"server-{port}.log"
    words = [*(command or passerelle()), "serve", "--host", "127.0.0.1", "--port", str(port)]
    with running(
        words, ready=lambda: healthy(url), log=log, folder=folder, env=environment, seconds=seconds
    ) as process:
        yield Server(url, folder, log, process, environment)


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """A factory: `start_server(DATABASE_URL=…)` starts `passerelle serve` and gives a `Server` once healthy."""
    with ExitStack() as stack:

        def start(
            *, command: Sequence[str] | None = None, folder: Path = tmp_path, seconds: float = 180, **settings: str
        ) -> Server:
            return stack.enter_context(serving(folder, command=command, seconds=seconds, **settings))

        yield start


@pytest.fixture
def live_server(start_server: StartServer) -> Server:
    """`passerelle serve` with default settings in an empty folder, this test's alone."""
    return start_server()
