"""From an empty database to agendas in six hands: in a real browser, with a real worker and a real mail server."""

import re
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.support.browser import PHONE, Visitor
from tests.support.registering import address_of, mailed_link, register
from tests.support.server import USUAL_PAGES, Server, StartServer
from tests.support.smtp import Mailbox

ASSOCIATIONS = ("Les Jardins du Canal", "Mémoire de Quartier", "Un Toit pour Tous")
COMPANIES = ("Atelier Bleu", "Brasserie du Nord", "Cartonnerie Élan")
ROUNDS = 4


@pytest.fixture
def server(start_server: StartServer, smtp_server: Mailbox) -> Server:
    return start_server(SMTP_URL=smtp_server.url, **USUAL_PAGES)


def sign_in(page: Page, server: Server) -> None:
    """With the link that the first start printed."""
    printed = re.search(r"/sign-in/link/\S+", server.output())
    assert printed is not None, server.output()
    page.goto(server.url + printed[0])
    page.get_by_role("button", name="Me connecter maintenant").click()
    page.wait_for_url(re.compile("/account"))


def create_event(page: Page, day: date) -> str:
    """The address of the event's public page."""
    page.goto(page.url.partition("/account")[0] + "/events/")
    page.get_by_role("link", name="Nouvel événement").first.click()
    page.get_by_label("Nom de l’événement").fill("Rencontres du canal")
    page.get_by_label("Lieu").fill("Salle des Fêtes")
    page.get_by_label("Jour", exact=True).fill(day.isoformat())
    page.get_by_label("Première rencontre à").fill("14:00")
    page.get_by_label("Créneaux par jour").fill(str(ROUNDS))
    page.get_by_label("Pause café après le créneau").fill("2")
    page.get_by_label("Minutes de la pause café").fill("15")
    page.get_by_label("Tables").fill("1..3")
    # The grid of rounds follows what is typed, before anything is saved.
    expect(page.locator("#grid")).to_contain_text("4 créneaux · à 3 tables")
    page.get_by_role("button", name="Créer l’événement").click()
    expect(page.get_by_role("heading", name="Rencontres du canal", level=1)).to_be_visible()
    page.get_by_role("button", name="Ouvrir les inscriptions").click()
    expect(page.get_by_text("inscriptions ouvertes", exact=True)).to_be_visible()
    return page.locator("#public-link").inner_text()


def accept_all(page: Page) -> None:
    page.get_by_role("link", name="Participants", exact=True).click()
    page.get_by_label("Tout cocher sur cette page").check()
    page.get_by_role("button", name="Accepter", exact=True).click()
    expect(page.locator("tbody .badge", has_text="accepté")).to_have_count(6)


def choose(phone: Page, link: str, names: tuple[str, ...]) -> None:
    """Wish for `names`, in that order."""
    for rank, name in enumerate(names, 1):
        phone.goto(f"{link}directory")
        phone.get_by_role("button", name=re.compile(f"Je souhaite les rencontrer.*{name}")).last.click()
        expect(phone.locator(".wish-count")).to_contain_text(f"{rank} souhait")
    phone.get_by_role("link", name="Classer mes souhaits").click()
    expect(phone.locator(".wish h2")).to_have_text(list(names))


def compute(page: Page) -> None:
    """The numbers and the end show by themselves, without a reload."""
    page.get_by_role("link", name="Planning", exact=True).first.click()
    page.get_by_role("link", name="Calculer un planning").first.click()
    page.get_by_label("Combien de secondes au plus").fill("10")
    page.get_by_role("button", name="Calculer", exact=True).click()
    expect(page.get_by_role("heading", name="Calcul en cours")).to_be_visible()
    expect(page.get_by_role("heading", name="Le planning est prêt")).to_be_visible(timeout=180_000)
    page.get_by_role("link", name="Voir le planning").click()
    # Three rounds hold all nine meetings of three associations with three companies.
    expect(page.locator(".timetable tbody tr")).to_have_count(6)
    expect(page.get_by_role("link", name="Publier…")).to_be_visible()


def publish(page: Page) -> None:
    page.get_by_role("link", name="Publier…").click()
    expect(page.get_by_text("6 courriels partiront.")).to_be_visible()
    page.get_by_role("button", name="Publier maintenant").click()
    expect(page.get_by_text("publiée", exact=True).first).to_be_visible()


def check_agenda(phone: Page, link: str, name: str, partners: tuple[str, ...], day: date) -> None:
    """The page, the sheet and the calendar tell the same three meetings."""
    phone.goto(link)
    expect(phone.get_by_role("heading", name="Votre agenda")).to_be_visible()
    entries = phone.locator(".agenda-meeting")
    expect(entries).to_have_count(3)
    for partner in partners:
        expect(entries.filter(has_text=partner)).to_have_count(1)

    with phone.expect_download() as download:
        phone.get_by_role("link", name="Agenda à imprimer (PDF)").click()
    pages = PdfReader(download.value.path()).pages
    text = pages[0].extract_text()
    assert len(pages) == 1
    assert all(one in text for one in (name, *partners))

    with phone.expect_download() as download:
        phone.get_by_role("link", name="Ajouter à mon calendrier (ICS)").click()
    events = Calendar.from_ical(Path(download.value.path()).read_bytes()).walk("VEVENT")
    starts = [one.decoded("DTSTART") for one in events]
    assert len(starts) == 3
    assert {start.date() for start in starts} == {day}
    first_meetings_start = min(starts).astimezone(ZoneInfo("Europe/Paris"))
    assert first_meetings_start.hour == 14


def test_an_event_goes_from_an_empty_database_to_six_agendas(
    server: Server, smtp_server: Mailbox, page: Page, visitor: Visitor
) -> None:
    day = date(date.today().year + 1, 5, 12)
    sign_in(page, server)
    public = create_event(page, day)

    phone = visitor(**PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)
    sides = {"association": ASSOCIATIONS, "entreprise": COMPANIES}
    for side, names in sides.items():
        for name in names:
            register(phone, public, name, side)
    links = {name: mailed_link(smtp_server, name, name) for names in sides.values() for name in names}
    assert len(set(links.values())) == 6

    accept_all(page)
    for others, names in ((COMPANIES, ASSOCIATIONS), (ASSOCIATIONS, COMPANIES)):
        for number, name in enumerate(names):
            wished = (others[number], others[number - 1])
            choose(phone, mailed_link(smtp_server, name, "Bonne nouvelle"), wished)

    compute(page)
    phone.goto(links[ASSOCIATIONS[0]])
    expect(phone.get_by_role("heading", name=ASSOCIATIONS[0])).to_be_visible()
    expect(phone.locator(".agenda-meeting")).to_have_count(0)
    publish(page)
    for others, names in ((COMPANIES, ASSOCIATIONS), (ASSOCIATIONS, COMPANIES)):
        for name in names:
            check_agenda(phone, mailed_link(smtp_server, name, "Voici votre agenda"), name, others, day)
    # Registered, accepted, published: three mails to each, none of them twice.
    assert [len(smtp_server.to(address_of(name))) for name in links] == [3] * 6
