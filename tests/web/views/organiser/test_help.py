"""Help stands where it is needed: whatever an organiser types or ticks is explained, or named here as needing nothing.

Links to the guide lead to a step of it that is there.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from scheduler.format.event import event_json, parse_event
from scheduler.problem.watch import SolveOptions
from scheduler.samples.sample import sample_event
from scheduler.solve import solve
from tests.support.every_page import ORGANISER, Tour
from tests.web.conftest import sign_in

# Without an end tag, so never around anything.
VOID = {"input", "br", "img", "link", "meta", "hr", "col", "source", "wbr"}

# What nobody hesitates about, by its name, and why.
PLAIN = {
    # Who somebody is, as on any form.
    **dict.fromkeys(
        ("name", "contact_name", "kind", "size", "language", "phone", "title", "subject"), "says it by its label"
    ),
    # A search of the page, whose list shows at once what it finds.
    **dict.fromkeys(("q", "sort", "zone", "theme", "event", "partner"), "finds, and changes nothing"),
    # What is ticked is named beside it, and the button says what is done with it.
    **dict.fromkeys(("", "ids", "v", "vetoes", "cut", "tables", "confirmed"), "ticks what stands beside it"),
    **dict.fromkeys(("remove", "unavailable", "features", "among", "ticked"), "ticks what stands beside it"),
    # A day or an hour under a label that says which.
    **dict.fromkeys(("day", "start", "meeting"), "is a day, an hour or a number of minutes"),
    "as": "is whose mail is looked at, by its label",
    "a": "is one of two participants under a heading that says what for",
    "b": "is the other one",
    "wishes": "is numbered, under a sentence on their order",
    "role": "is the only role there is, but for whoever has another",
    "what": "is said of a facilitator who is named",
    "hour": "is asked beside it",
}


class Page(HTMLParser):
    """What a page asks (each control's name and whether anything around it explains it), its help and its ids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.asked: dict[str, bool] = {}
        self.ids: set[str] = set()
        self.steps: set[str] = set()
        self._around: list[tuple[str, str]] = []
        self._controls: list[tuple[str, list[str]]] = []
        self.feed(text)
        for name, descriptions in self._controls:
            explained = any(set(ids.split()) & self.ids for ids in descriptions)
            self.asked[name] = self.asked.get(name, True) and explained

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.ids.add(said.get("id", ""))
        if said.get("href", "").startswith("/guide/#"):
            self.steps.add(said["href"].partition("#")[2])
        described = said.get("aria-describedby", "")
        if tag not in VOID:
            self._around.append((tag, described))
        if tag in {"select", "textarea"} or (tag == "input" and said.get("type") not in {"hidden", "submit"}):
            self._controls.append((said.get("name", ""), [described, *(ids for _tag, ids in self._around)]))

    def handle_endtag(self, tag: str) -> None:
        while any(one == tag for one, _ids in self._around):
            if self._around.pop()[0] == tag:
                return


@pytest.fixture
def pages(app: Flask, client: FlaskClient, session: Session) -> Iterator[dict[str, Page]]:
    """The organiser's pages of events in all stages, by the names of their places."""
    value = parse_event(event_json(sample_event(8, 6, 8, 6)))
    tour = Tour(app, session, (value, solve(value, SolveOptions(time_limit=2, seed=1))))
    sign_in(client, tour.odile)
    places = [
        one
        for one in tour.places
        if one.who == ORGANISER and one.deed is None and one.status == 200 and not one.name.startswith("nothing yet")
    ]
    yield {one.name: Page(client.get(one.address).text) for one in places} | {"guide": Page(client.get("/guide/").text)}


# The tour fills a database, then a hundred pages are made.
@pytest.mark.timeout(300)
def test_whatever_is_asked_is_explained_and_help_leads_to_the_guide(pages: dict[str, Page]) -> None:
    needless, hesitated = set(PLAIN), set()
    for place, page in pages.items():
        for name, explained in page.asked.items():
            short = re.split(r"-\d+-?|\.", name)[-1] or re.split(r"-\d+", name)[0]
            needless.discard(short)
            if not explained and short not in PLAIN:
                hesitated.add(f"{place}: {name}")
    assert sorted(hesitated) == []
    # What is on no page any more goes from the list.
    assert needless == set()
    steps = set().union(*(page.steps for page in pages.values()))
    assert steps - pages["guide"].ids == set()
    assert len(steps) > 5


def test_field_without_a_word_on_it_is_found() -> None:
    page = Page(
        '<form><p id="why">Because.</p><input name="bare"><br><fieldset aria-describedby="why"><select name="told">'
        '</select></fieldset><input name="lost" aria-describedby="nowhere"><textarea name="own" aria-describedby="why">'
        "</textarea></form>"
    )
    assert page.asked == {"bare": False, "told": True, "lost": False, "own": True}
