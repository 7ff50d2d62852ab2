"""Every page in every state, at three widths and in both languages: nothing reaches out of its box, axe finds nothing,
no sentence is of the other language. A new page without a place in the tour fails here.

``PASSERELLE_PICTURES=FOLDER`` stores a picture of each.
"""

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Page

from scheduler.format.event import Event as EventValue
from scheduler.format.event import event_json, parse_event
from scheduler.format.schedule import Schedule
from scheduler.problem.watch import SolveOptions
from scheduler.samples.sample import sample_event
from scheduler.solve import solve
from tests.support.browser import Visitor
from tests.support.every_page import DESK, FILES, GUARDED, ORGANISER, PARTS, PROGRAMS, Place, Tour
from tests.support.organiser import axe_faults
from tests.support.site import Site, entered, site_in
from web.catalogues import translations
from web.db import get_session

# The narrowest is a phone held upright, or a desk at 400 %: what WCAG 2.2 asks for.
WIDTHS = (1280, 640, 320)
# Where axe looks: on a phone in both languages, by day and by night, and on a desk.
SCHEMES = {("fr", 320): "dark", ("en", 320): "light", ("en", 1280): "light"}
PICTURES = os.environ.get("PASSERELLE_PICTURES")
SUPPORT = Path(__file__).parents[1] / "support"
TEXTS, BOXES = ((SUPPORT / name).read_text(encoding="utf-8") for name in ("texts.js", "boxes.js"))


def announced() -> tuple[EventValue, Schedule]:
    value = parse_event(event_json(sample_event(8, 6, 8, 6)))
    return value, solve(value, SolveOptions(time_limit=2, seed=1))


@pytest.fixture
def toured(tmp_path: Path) -> Iterator[tuple[Site, Tour]]:
    with site_in(tmp_path) as site, site.app.test_request_context():
        yield site, Tour(site.app, get_session(), announced())


def test_every_page_has_a_place_in_the_tour(toured: tuple[Site, Tour]) -> None:
    site, tour = toured
    adapter = site.app.url_map.bind("localhost")
    visited = {adapter.match(place.address.partition("?")[0])[0] for place in tour.places if place.name != "nowhere"}
    pages = {rule.endpoint for rule in site.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert visited == pages - FILES - PROGRAMS - PARTS
    assert pages > FILES | PROGRAMS | PARTS


# Two hundred looks in each language: a machine that has other work takes minutes.
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_is_readable_at_every_width(toured: tuple[Site, Tour], visitor: Visitor, language: str) -> None:
    site, tour = toured
    pages = {who: entered(visitor(reduced_motion="reduce"), site, who) for who in (ORGANISER, DESK, GUARDED)}
    pages[None] = visitor(reduced_motion="reduce")
    tour.guard(site.app)
    faults = []
    for place in tour.places:
        found = faults_at(pages[place.who], site.url, place, language)
        faults += [f"{place.name}: {fault}" for fault in found]
    assert faults == [], "\n".join(faults)


def faults_at(page: Page, url: str, place: Place, language: str) -> Iterator[str]:
    """What is wrong with one page: how it answers, its language, its boxes at each width, what axe finds."""
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    answer = page.goto(f"{url}{place.address}{'&' if '?' in place.address else '?'}lang={language}")
    assert answer is not None
    if answer.status != place.status:
        yield f"answers {answer.status}"
    if place.deed is not None:
        place.deed(page)
    if page.locator("html").get_attribute("lang") != language:
        yield "says that it is of another language"
    tabs = page.locator(".event-bar .tabs")
    if tabs.count() and (marked := tabs.locator("[aria-current]").count()) != 1:
        yield f"marks {marked} tabs as the one it is under"
    yield from (f"is not {language}: {text}" for text in page.evaluate(TEXTS) if text in other_language(language))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if PICTURES:
            name = re.sub(r"\W+", "-", f"{place.name} {language} {width}")
            page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)
        yield from (f"{width}: {fault}" for fault in page.evaluate(BOXES, width))
        if (language, width) in SCHEMES:
            page.emulate_media(color_scheme=SCHEMES[language, width])  # type: ignore[arg-type]
            yield from (f"{width}: {fault}" for fault in axe_faults(page))
    page.emulate_media(color_scheme="light")


@cache
def other_language(language: str) -> frozenset[str]:
    """Sentences without values that stand on no page in `language`: they are of the other one."""
    catalogue = translations("fr")._catalog  # type: ignore[attr-defined]
    both = {"en": {id for id in catalogue if isinstance(id, str)}, "fr": set(catalogue.values())}
    other = both["en" if language == "fr" else "fr"] - both[language]
    return frozenset(" ".join(one.split()) for one in other if "%(" not in one and len(one.strip()) > 2)
