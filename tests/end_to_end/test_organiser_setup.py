"""An organiser in a real browser: an event from nothing to open registration; two organisers on one page."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.browser import Visitor
from tests.support.site import Site, entered, site_in
from tests.web.factories import Factory
from web.db import get_session

ADDRESS = "odile@example.org"
EVENT = "/events/1"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with site_in(tmp_path) as site:
        with site.app.test_request_context():
            make = Factory(get_session())
            event = make.event(make.user(email=ADDRESS), title="Rencontres de mars")
            make.registration(event, name="Les Jardins du Canal", status="pending")
            make.registration(event, kind="company", name="Nord Numérique")
            make.registration(event, name="Atelier Solidaire")
            make.registration(event, name="Jardins du Canal", contact_name="Bo Lang", status="pending")
        yield site


def test_event_is_made_while_the_grid_shows_and_registration_opened(site: Site, page: Page) -> None:
    entered(page, site, ADDRESS)
    page.get_by_role("link", name="Nouvel événement").click()
    page.get_by_label("Nom de l’événement").fill("Speed-dating du printemps")
    page.get_by_label("Créneaux par jour").fill("17")
    expect(page.locator("#grid")).to_contain_text("17 créneaux")
    page.get_by_label("Pause café après le créneau").fill("8")
    page.get_by_label("Minutes de la pause café").fill("20")
    expect(page.locator("#grid")).to_contain_text("Pause de 20 minutes")
    page.get_by_label(re.compile("^Tables")).fill("1..22")
    expect(page.locator("#grid")).to_contain_text("374 rencontres possibles")
    page.get_by_role("button", name="Créer l’événement").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Speed-dating du printemps")
    expect(page.locator("[aria-current=step]")).to_contain_text("Ouvrir les inscriptions")
    page.locator("[aria-current=step]").get_by_role("button").click()
    expect(page.locator("#messages")).to_contain_text("Les inscriptions sont ouvertes")
    expect(page.locator("[aria-current=step]")).to_contain_text("Accepter les participants")


def test_grid_shows_what_was_typed_before_the_scripts_came(site: Site, page: Page) -> None:
    entered(page, site, ADDRESS)
    held: list[Route] = []
    page.route("**/htmx.min.js*", lambda route: held.append(route))
    page.goto(f"{site.url}/events/new", wait_until="commit")
    page.get_by_label("Créneaux par jour").fill("17")
    expect(page.locator("#grid")).to_contain_text("12 créneaux")
    held.pop().continue_()
    expect(page.locator("#grid")).to_contain_text("17 créneaux")


def test_grid_is_shown_without_scripts(site: Site, visitor: Visitor) -> None:
    page = visitor(java_script_enabled=False)
    entered(page, site, ADDRESS)
    page.goto(f"{site.url}/events/new")
    page.get_by_label("Nom de l’événement").fill("Sans script")
    page.get_by_label("Créneaux par jour").fill("5")
    page.get_by_role("button", name="Afficher les créneaux").click()
    expect(page.locator("#grid")).to_contain_text("5 créneaux")
    expect(page.get_by_label("Nom de l’événement")).to_have_value("Sans script")


def test_participants_are_decided_on_by_keyboard(site: Site, page: Page) -> None:
    entered(page, site, ADDRESS)
    page.goto(f"{site.url}{EVENT}/participants/")
    page.get_by_label("Cocher Les Jardins du Canal").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Accepter").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("1 participant accepté")


def test_double_is_merged_and_shared_person_settled_by_keyboard(site: Site, page: Page) -> None:
    entered(page, site, ADDRESS)
    page.goto(f"{site.url}{EVENT}/participants/")
    page.get_by_role("link", name="Voir et décider").press("Enter")
    page.get_by_role("button", name="Ne jamais les placer en même temps").press("Enter")
    expect(page.locator("#messages")).to_contain_text("jamais de rendez-vous en même temps")
    page.get_by_role("link", name="Comparer et réunir").press("Enter")
    page.locator("input[name=contact_name][value=double]").press("Space")
    page.get_by_text("Réunir les deux inscriptions").press("Enter")
    page.get_by_role("button", name="Oui, les réunir").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Les Jardins du Canal")
    expect(page.locator("main")).to_contain_text("Bo Lang")
    page.goto(f"{site.url}{EVENT}/participants/doubles")
    expect(page.locator("main")).to_contain_text("Rien")


def test_two_organisers_on_one_page_see_a_conflict(site: Site, visitor: Visitor) -> None:
    first, second = visitor(), visitor()
    for page in (first, second):
        entered(page, site, ADDRESS)
        page.goto(f"{site.url}{EVENT}/setup/")
    first.get_by_label("Lieu").fill("À la mairie")
    first.get_by_role("button", name="Enregistrer").click()
    expect(first.locator("#messages")).to_contain_text("Enregistré")
    second.get_by_label("Lieu").fill("Au théâtre")
    second.get_by_role("button", name="Enregistrer").click()
    expect(second.get_by_role("alert")).to_contain_text("Quelqu’un d’autre a enregistré")
    expect(second.get_by_label("Lieu")).to_have_value("Au théâtre")
    first.reload()
    expect(first.get_by_label("Lieu")).to_have_value("À la mairie")
