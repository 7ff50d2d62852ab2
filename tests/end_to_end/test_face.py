"""An organiser shows who invites, in a browser; then people come, on a phone and at a desk, in both languages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import Visitor
from tests.support.drawn import picture
from tests.support.organiser import axe_faults
from tests.support.site import Site, entered, site_in
from tests.web.factories import Factory
from web.db import get_session, write
from web.models import Event, utcnow

# Two hundred letters in one word, of which a phone shows some on each line.
TITLE = "Anticonstitutionnellement" * 8
NAMES = ("La Fabrique des Liens", "جمعية الأمل للتعليم", "Fête 🎉 du Canal")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with site_in(tmp_path) as site:
        yield site


@pytest.fixture
def event(site: Site) -> Event:
    with site.app.test_request_context():
        make = Factory(get_session())
        event: Event = make.event(make.user(email="odile@example.org"), title=TITLE)
        with write(make.session):
            for slot in event.slots:
                slot.starts_at, slot.ends_at = (
                    moment.replace(year=utcnow().year + 1) for moment in (slot.starts_at, slot.ends_at)
                )
        for name in NAMES:
            make.registration(event, name=name, publish_name=True)
        make.session.refresh(event)
        make.session.expunge(event)
    return event


def shown(page: Page, name: str) -> None:
    """The form of the organiser, filled in with `name`, a colour and a logo."""
    page.fill("#name", name)
    page.fill("#address", "12 rue du Canal\n59000 Lille")
    page.fill("#colour", "#ffd500")
    page.set_input_files("#logo", {"name": "logo.png", "mimeType": "image/png", "buffer": picture()})


def test_organiser_shows_who_invites_and_people_see_it(site: Site, event: Event, visitor: Visitor) -> None:
    page = entered(visitor(), site, "odile@example.org")
    page.goto(f"{site.url}/events/{event.id}/setup/organiser")
    shown(page, NAMES[1])
    page.get_by_role("button", name="Voir avant d’enregistrer").click()
    expect(page.locator("#preview .band")).to_contain_text(NAMES[1])
    expect(page.locator("#preview .band")).to_have_css("background-color", "rgb(255, 213, 0)")
    shown(page, NAMES[0])
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("la plus proche qui se lise")
    page.goto(f"{site.url}/events/{event.id}/setup/public-page")
    page.fill("#programme_fr", "13:30 Accueil café")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("Enregistré")
    assert axe_faults(page) == []

    for width, scheme in ((320, "dark"), (1280, "light")):
        guest = visitor(width=width, color_scheme=scheme)
        for language in ("fr", "en"):
            guest.goto(f"{site.url}/e/{event.slug}/?lang={language}")
            guest.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
            expect(guest.locator(".band")).to_have_css("background-color", "rgb(255, 213, 0)")
            expect(guest.locator("main")).to_contain_text("Accueil café")
            assert guest.evaluate("document.documentElement.scrollWidth") == width
            seen = "[...document.images].every((one) => one.complete && one.naturalWidth > 0)"
            guest.wait_for_function(seen)
            assert axe_faults(guest) == []


def test_public_page_is_gone_through_by_keyboard(site: Site, event: Event, visitor: Visitor) -> None:
    guest = visitor(width=360)
    guest.goto(f"{site.url}/e/{event.slug}/?lang=fr")
    question = guest.locator(".questions summary").first
    question.focus()
    guest.keyboard.press("Enter")
    expect(guest.get_by_text("c’est votre compte, sans mot de passe")).to_be_visible()
    guest.locator(".pass-on summary").focus()
    guest.keyboard.press("Space")
    expect(guest.locator("#embed")).to_be_visible()
    guest.get_by_role("link", name="Affiche à imprimer").press("Enter")
    expect(guest.locator(".poster .qr")).to_be_visible()
