"""`passerelle demo` as a process in an empty folder, for whoever looks at the sample event in a browser."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from tests.support.processes import running
from tests.support.programs import free_port
from tests.support.server import Server, clean_environment, healthy, passerelle


@contextmanager
def demonstration(folder: Path, seconds: float = 180) -> Iterator[Server]:
    """The sample event loaded, computed, printed and served from `folder`, while the block lasts."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    log = folder / "demo.log"
    environment = clean_environment()
    command = [*passerelle(), "demo", "--host", "127.0.0.1", "--port", str(port)]
    with running(
        command, ready=lambda: healthy(url), log=log, folder=folder, env=environment, seconds=seconds
    ) as process:
        yield Server(url, folder, log, process, environment)


def sign_in(page: Page, server: Server) -> None:
    """As the organiser, with the link that `demo` printed; ends on the list of events."""
    printed = re.search(r"/sign-in/link/\S+", server.output())
    assert printed is not None, server.output()
    page.goto(server.url + printed[0])
    page.locator("main button[type=submit]").click()
    page.wait_for_url(re.compile("/account"))
    page.goto(f"{server.url}/events/")
