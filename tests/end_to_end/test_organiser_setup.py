"""An organiser in a real browser: an event from nothing to open registration, and every page held to axe."""

import re
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from tests.support.browser import Visitor
from tests.web.conftest import PASSWORD, make_app
from tests.web.factories import Factory
from web.config import Settings
from web.db import database, get_session, write
from web.domain.mail.sending import enqueue_mail

ADDRESS = "odile@example.org"


class Site:
    """The application on a port of its own, with one organiser; `event_id` and the like name what lies in it."""

    def __init__(self, url: str, pages: dict[str, str], event_id: int) -> None:
        self.url, self.pages, self.event_id = url, pages, event_id


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    app = make_app(
        Settings(
            var=tmp_path,
            database_url=f"sqlite:///{tmp_path / 'test.db'}",
            secret_key="a secret for tests only",
            testing=True,
            rate_limits=False,
        )
    )
    with app.app_context():
        session = get_session()
        make = Factory(session)
        user = make.user(email=ADDRESS, name="Odile Organise")
        event = make.event(user, title="Rencontres de mars", facilitators=1)
        one = make.registration(event, name="Les Jardins du Canal", status="pending")
        other = make.registration(event, kind="company", name="Nord Numérique")
        third = make.registration(event, name="Atelier Solidaire")
        twin = make.registration(event, name="Jardins du Canal", contact_name="Bo Lang", status="pending")
        make.wishes(third, [other])
        make.rule(event, third, other)
        make.personal_link(third)
        with write(session):
            mail = enqueue_mail(session, recipient="a@example.org", subject="Bonjour", text="Texte", event_id=event.id)
            mail.state, mail.error = "failed", "550 no such mailbox"
        base = f"/events/{event.id}"
        pages = {
            "list": "/events/",
            "new": "/events/new",
            "import": "/events/import",
            "overview": f"{base}/",
            "copy": f"{base}/duplicate",
            "description": f"{base}/setup/",
            "rules": f"{base}/setup/rules",
            "rounds": f"{base}/setup/slots",
            "grid": f"{base}/setup/slots/generate",
            "tables": f"{base}/setup/tables",
            "facilitators": f"{base}/setup/facilitators",
            "pairs": f"{base}/setup/requirements",
            "participants": f"{base}/participants/",
            "participant": f"{base}/participants/{third.id}/",
            "pending": f"{base}/participants/{one.id}/",
            "edit": f"{base}/participants/{third.id}/edit",
            "add": f"{base}/participants/new",
            "doubles": f"{base}/participants/doubles",
            "merge": f"{base}/participants/{one.id}/merge/{twin.id}",
            "mails": f"{base}/mails/",
            "mail": f"{base}/mails/{mail.id}/",
            "team": f"{base}/team/",
        }
        event_id = event.id
    server = make_server("127.0.0.1", 0, app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield Site(f"http://127.0.0.1:{server.port}", pages, event_id)
    server.shutdown()
    database(app).engine.dispose()


def enter(page: Page, site: Site, language: str = "fr") -> None:
    page.goto(f"{site.url}/sign-in?lang={language}")
    page.fill("#email", ADDRESS)
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/events/")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_is_clean_and_fits(site: Site, visitor: Visitor, language: str, width: int) -> None:
    page = visitor(width=width)
    enter(page, site, language)
    faults = []
    for name, address in site.pages.items():
        answer = page.goto(site.url + address)
        assert answer is not None
        assert answer.status == 200, name
        violations = Axe().run(page).response["violations"]
        faults += [f"{name}: {found['id']}: {found['nodes'][0]['html'][:120]}" for found in violations]
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            faults.append(f"{name}: {wide} pixels wide")
    assert faults == []


def test_event_is_made_while_the_grid_shows_and_registration_opened(site: Site, page: Page) -> None:
    enter(page, site)
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


def test_grid_is_shown_without_scripts(site: Site, visitor: Visitor) -> None:
    page = visitor(java_script_enabled=False)
    enter(page, site)
    page.goto(f"{site.url}/events/new")
    page.get_by_label("Nom de l’événement").fill("Sans script")
    page.get_by_label("Créneaux par jour").fill("5")
    page.get_by_role("button", name="Afficher les créneaux").click()
    expect(page.locator("#grid")).to_contain_text("5 créneaux")
    expect(page.get_by_label("Nom de l’événement")).to_have_value("Sans script")


def test_participants_are_decided_on_by_keyboard(site: Site, page: Page) -> None:
    enter(page, site)
    page.goto(site.url + site.pages["participants"])
    page.get_by_label("Cocher Les Jardins du Canal").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Accepter").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("1 participant accepté")


def test_double_is_merged_and_shared_person_settled_by_keyboard(site: Site, page: Page) -> None:
    enter(page, site)
    page.goto(site.url + site.pages["participants"])
    page.get_by_role("link", name="Voir et décider").press("Enter")
    page.get_by_role("button", name="Ne jamais les placer en même temps").press("Enter")
    expect(page.locator("#messages")).to_contain_text("jamais de rendez-vous en même temps")
    page.get_by_role("link", name="Comparer et réunir").press("Enter")
    page.locator("input[name=contact_name][value=double]").press("Space")
    page.get_by_text("Réunir les deux inscriptions").press("Enter")
    page.get_by_role("button", name="Oui, les réunir").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Les Jardins du Canal")
    expect(page.locator("main")).to_contain_text("Bo Lang")
    page.goto(site.url + site.pages["doubles"])
    expect(page.locator("main")).to_contain_text("Rien")


def test_two_organisers_on_one_page_see_a_conflict(site: Site, visitor: Visitor) -> None:
    first, second = visitor(), visitor()
    for page in (first, second):
        enter(page, site)
        page.goto(site.url + site.pages["description"])
    first.get_by_label("Lieu").fill("À la mairie")
    first.get_by_role("button", name="Enregistrer").click()
    expect(first.locator("#messages")).to_contain_text("Enregistré")
    second.get_by_label("Lieu").fill("Au théâtre")
    second.get_by_role("button", name="Enregistrer").click()
    expect(second.get_by_role("alert")).to_contain_text("Quelqu’un d’autre a enregistré")
    expect(second.get_by_label("Lieu")).to_have_value("Au théâtre")
    first.reload()
    expect(first.get_by_label("Lieu")).to_have_value("À la mairie")
