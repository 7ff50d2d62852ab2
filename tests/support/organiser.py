"""An organiser in a browser: signed in, in front of a computed event, with a page that is held to accessibility."""

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from scheduler.format.event import Event, event_json
from tests.support.api import Api
from tests.support.server import Server


def sign_in(server: Server, page: Page) -> Page:
    """`page`, signed in by a one-time link of `server`."""
    address = server.command("organiser-link").stdout.strip().splitlines()[-1]
    page.goto(server.url + address[address.index("/sign-in/") :])
    page.locator("main button[type=submit]").click()
    page.wait_for_url(re.compile("/account"))
    return page


def computed(api: Api, case: Event, seconds: int = 10) -> tuple[int, int]:
    """The ids of a new event and of its version, computed in `seconds` at most."""
    answer = api.call("POST", "/events", event_json(case).encode())
    assert answer.status == 201, answer.data
    event = answer.json["id"]
    report = api.finished(api.call("POST", f"/events/{event}/schedules", {"time_limit": seconds}).json["job"])
    assert report["state"] == "done", report
    return event, report["schedule"]


def faults_of(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it is, and whether it is wider than the window."""
    # What was pressed may still be on its way: in between, a document has no root that could be measured.
    page.wait_for_load_state()
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    faults = [f"{page.url} {fault}" for fault in axe_faults(page)]
    return [*faults, f"{page.url} is too wide"] if wider > 0 else faults


def axe_faults(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it is: the rule, and an element that breaks it."""
    # What is right is not told node by node: that takes as long again as looking for what is wrong.
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]
