"""The application served from this process, on a port of its own: quick to start, and filled in as the test likes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from flask import Flask
from playwright.sync_api import Page
from werkzeug.serving import make_server

from tests.web.conftest import PASSWORD, make_app
from web.config import Settings
from web.db import database


@dataclass(frozen=True)
class Site:
    """An application without limits, whose queue does everything at once, and its address."""

    app: Flask
    url: str


@contextmanager
def site_in(folder: Path, smtp_url: str | None = None) -> Iterator[Site]:
    """A site in `folder` while the block lasts, to be filled in within ``site.app.test_request_context()``.

    Its mails leave by the server at `smtp_url`, where there is one.
    """
    address = f"sqlite:///{folder / 'test.db'}"
    app = make_app(
        Settings(
            var=folder,
            database_url=address,
            secret_key="a secret for tests only",
            testing=True,
            rate_limits=False,
            smtp_url=smtp_url,
        )
    )
    server = make_server("127.0.0.1", 0, app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield Site(app, f"http://127.0.0.1:{server.port}")
    server.shutdown()
    database(app).engine.dispose()


def entered(page: Page, site: Site, address: str, language: str = "fr") -> Page:
    """`page`, signed in as the user that the factory made with `address`; in front of the list of events."""
    page.goto(f"{site.url}/sign-in?lang={language}")
    page.fill("#email", address)
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/events/")
    return page
