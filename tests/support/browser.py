"""A real browser: Debian's Chromium, driven by Playwright. No browser is ever downloaded."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support.programs import program

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}

PATIENCE_MS = 15_000
# What is expected of a page waits as long as what is done on it: the machine may have other work.
expect.set_options(timeout=PATIENCE_MS)

Visitor = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of this process; each visitor gets a context (cookies, storage) of its own."""
    executable = program("chromium", "chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    """A factory of visitors: `visitor(width=360, locale="en")` is a page with cookies of its own.

    Keywords other than `width` and `height` go to Playwright's `new_context`. At its end the test fails for any
    uncaught error of a script, and for anything that the Content-Security-Policy refused.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def arrive(*, width: int = DESKTOP["width"], height: int = DESKTOP["height"], **options: object) -> Page:
        settings = {"locale": "fr-FR", "timezone_id": "Europe/Paris", "accept_downloads": True, **options}
        context = browser.new_context(viewport={"width": width, "height": height}, **settings)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda message: _hear(message.text, page.url, complaints))
        return page

    yield arrive
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(visitor: Visitor) -> Page:
    """A visitor at a desk: 1280 × 900, French."""
    return visitor()


@pytest.fixture
def phone(visitor: Visitor) -> Page:
    """A visitor with a phone: 360 × 740, touch, French."""
    return visitor(**PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)


def _hear(text: str, url: str, complaints: list[str]) -> None:
    if "Content Security Policy" in text or "Content-Security-Policy" in text:
        complaints.append(f"{url}: {text}")
