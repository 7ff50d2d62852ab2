"""The main ways of an organiser and a participant with nothing but the keyboard, the focus in sight at every stop."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from scheduler.format.event import event_json
from scheduler.samples.sample import sample_event
from tests.support.browser import PHONE, Visitor
from tests.support.keyboard import press, reach, type_into
from tests.support.lists import csv_of
from tests.support.organiser import faults_of
from tests.support.site import Site, entered, site_in
from tests.web.factories import Factory
from web.db import get_session
from web.domain.audit import SYSTEM, Actor
from web.domain.event.files import import_event, read_event_file
from web.domain.people import registration
from web.models import Event, OutboxMail, Registration

ADDRESS = "odile@example.org"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with site_in(tmp_path) as site:
        yield site


def test_organiser_computes_publishes_repairs_and_moves_a_meeting(site: Site, page: Page) -> None:
    with site.app.test_request_context():
        odile = Factory(get_session()).user(email=ADDRESS)
        value = read_event_file(event_json(sample_event(8, 6, 8, 6)))
        event = import_event(get_session(), value, odile.id, Actor.of_user(odile)).id
    entered(page, site, ADDRESS).goto(f"{site.url}/events/{event}/")
    main = page.locator("main")

    press(page, page.get_by_role("link", name="Planning", exact=True))
    press(page, main.get_by_role("link", name="Calculer un planning").first)
    type_into(page, page.get_by_label("Combien de secondes au plus"), "2")
    press(page, page.get_by_role("button", name="Calculer", exact=True))
    press(page, page.get_by_role("link", name="Voir le planning"))
    press(page, page.get_by_role("link", name="Publier…"))
    press(page, page.get_by_role("button", name="Publier maintenant"))
    expect(page.get_by_text("publiée", exact=True).first).to_be_visible()

    press(page, main.get_by_role("link", name="Réparer…"))
    press(page, page.locator("[name=people-0-who]"), "ArrowDown")
    press(page, page.get_by_role("button", name="Voir la proposition"))
    page.wait_for_url(re.compile(r"/repair/\d+/"))
    press(page, page.get_by_role("button", name=re.compile("^Appliquer")))
    expect(main).to_contain_text("appliquée")

    press(page, page.get_by_role("link", name="Planning", exact=True).first)
    press(page, main.get_by_role("link", name=re.compile(r"^Version \d+$")).first)
    press(page, main.get_by_role("link", name="Modifier à la main"))
    press(page, page.locator("#bench .meeting.place").first)
    expect(page.locator("#panel")).to_be_focused()
    press(page, page.locator("#panel form button").first)
    expect(page.locator("#messages")).to_contain_text(re.compile("C’est fait|Épinglé"))


def test_participant_registers_wishes_and_cancels(site: Site, page: Page) -> None:
    with site.app.test_request_context():
        make = Factory(get_session())
        event = make.event(title="Rencontres du canal", slug="rencontres", slots=4)
        make.registration(event, kind="company", name="Atelier Bleu")
    page.goto(f"{site.url}/e/rencontres/")
    press(page, page.get_by_role("link", name="Inscrire une association"))
    type_into(page, page.get_by_label("Nom de l’organisation"), "Les Jardins du Canal")
    type_into(page, page.get_by_label("Vos prénom et nom"), "Ada Exemple")
    type_into(page, page.get_by_label("Adresse électronique"), "ada@example.org")
    goes_on_to_the_end_of_the_form(page, "fr")

    with site.app.test_request_context():
        session = get_session()
        me = session.scalars(select(Registration).where(Registration.name == "Les Jardins du Canal")).one()
        registration.accept(session, me, SYSTEM)
    page.reload()
    press(page, page.locator("main").get_by_role("link", name="Voir qui vient"))
    wish = page.get_by_role("button", name=re.compile("Je souhaite les rencontrer.*Atelier Bleu")).first
    press(page, wish)
    expect(page.get_by_text("Ajouté à vos souhaits.").first).to_be_visible()
    press(page, page.get_by_role("link", name="Ma page"))
    reach(page, page.get_by_role("link", name=re.compile("annuler mon inscription")))
    page.keyboard.press("Enter")
    press(page, page.get_by_role("button", name="Oui, annuler mon inscription"))
    expect(page.get_by_role("heading", name="Votre inscription est annulée")).to_be_visible()


def test_event_goes_from_its_creation_to_the_day_before_in_english(site: Site, page: Page, visitor: Visitor) -> None:
    with site.app.test_request_context():
        Factory(get_session()).user(email=ADDRESS)
    entered(page, site, ADDRESS, "en")
    creates_and_invites(page)
    phone = visitor(**PHONE, has_touch=True, is_mobile=True, locale="en-GB")
    registers_by_the_own_link(phone, site)
    with site.app.test_request_context():
        session = get_session()
        make, event = Factory(session), session.scalars(select(Event)).one()
        for kind in ("association", "company", "company"):
            make.registration(event, kind=kind)
        me = session.scalars(select(Registration).where(Registration.email == "jardins@example.org")).one()
        registration.accept(session, me, SYSTEM)
        link = f"{site.url}/p/{make.personal_link(me)}/"

    press(page, page.get_by_role("link", name="Timetable", exact=True))
    press(page, page.locator("main").get_by_role("link", name="Compute a timetable").first)
    type_into(page, page.get_by_label("At most how many seconds?"), "2")
    press(page, page.get_by_role("button", name="Compute", exact=True))
    press(page, page.get_by_role("link", name="See the timetable"))
    press(page, page.get_by_role("link", name="Publish…"))
    press(page, page.get_by_role("button", name="Publish now"))
    expect(page.get_by_text("published", exact=True).first).to_be_visible()

    phone.goto(f"{link}?lang=en")
    assert faults_of(phone) == []
    press(phone, phone.get_by_role("button", name="Yes, I am coming"))
    expect(phone.get_by_text("You have said that you come.")).to_be_visible()


def creates_and_invites(page: Page) -> None:
    """An event of tomorrow with places for three of each kind, and a list of two who are invited."""
    press(page, page.get_by_role("link", name="New event").first)
    type_into(page, page.get_by_label("Name of the event"), "Meetings on the canal")
    reach(page, page.get_by_label("Day", exact=True))
    # In the order of the browser, which is American whatever the page speaks.
    page.keyboard.type((date.today() + timedelta(days=1)).strftime("%m%d%Y"))
    type_into(page, page.get_by_label("Rounds a day"), "6")
    type_into(page, page.locator("#tables"), "1..4")
    press(page, page.get_by_role("button", name="Create the event"))
    press(page, page.get_by_role("button", name="Open registration"))

    press(page, page.get_by_role("link", name="Set-up", exact=True))
    press(page, page.get_by_role("link", name=re.compile("^Places")))
    type_into(page, page.get_by_label("Places: Association"), "3")
    press(page, page.get_by_role("button", name="Save", exact=True))

    press(page, page.get_by_role("link", name="Invitations", exact=True))
    press(page, page.get_by_role("link", name="Import a spreadsheet"))
    jardins = ("Les Jardins du Canal", "Association", "Ada Exemple", "jardins@example.org")
    rows = [("Name", "Kind", "Contact", "E-mail"), jardins]
    with page.expect_file_chooser() as chooser:
        press(page, page.locator("input[type=file]"))
    chooser.value.set_files({"name": "list.csv", "mimeType": "text/csv", "buffer": csv_of(rows)})
    press(page, page.get_by_role("button", name="Look at the list"))
    press(page, page.get_by_role("button", name="On to the rows"))
    press(page, page.get_by_role("button", name="Import the ticked rows"))
    press(page, page.get_by_role("button", name="Send 1 invitation"))
    expect(page.locator("#messages")).to_contain_text("1 invitation")


def registers_by_the_own_link(phone: Page, site: Site) -> None:
    with site.app.test_request_context():
        mail = get_session().scalars(select(OutboxMail).where(OutboxMail.recipient == "jardins@example.org")).one()
        found = re.search(r"/e/\S+/invited/\S+", mail.body_text)
        get_session().rollback()
    assert found is not None
    phone.goto(f"{site.url}{found[0]}?lang=en")
    goes_on_to_the_end_of_the_form(phone, "en")


@dataclass(frozen=True)
class Form:
    """What is typed into the registration form, and what stands on it."""

    onward: str
    project: str
    need: tuple[str, str]
    offer: tuple[str, str]
    consent: str
    send: str
    thanks: str


FORMS = {
    "fr": Form(
        "Continuer",
        "Un jardin partagé cherche deux jours de graphisme en mai.",
        ("Compétences", "Numérique"),
        ("Visibilité", "Image"),
        "J’accepte que ce que j’écris",
        "Envoyer mon inscription",
        "Merci, votre inscription est bien arrivée",
    ),
    "en": Form(
        "Continue",
        "A shared garden looks for two days of graphic design in May.",
        ("Skills", "Digital"),
        ("Visibility", "Image"),
        "I agree that",
        "Send my registration",
        "Thank you",
    ),
}


def goes_on_to_the_end_of_the_form(page: Page, language: str) -> None:
    """From its first step, which is filled in, until it has arrived."""
    form = FORMS[language]
    onward = page.get_by_role("button", name=form.onward)
    press(page, onward)
    type_into(page, page.locator("#project"), form.project)
    for ask, (category, name) in (("#needs", form.need), ("#offers", form.offer)):
        press(page, page.locator(f"{ask} summary", has_text=category))
        press(page, page.locator(ask).get_by_label(name, exact=True), "Space")
    for step in (2, 3):
        expect(page.locator(f"#step-{step}")).to_be_visible()
        press(page, onward)
    expect(page.locator("#step-4 > legend")).to_be_focused()
    # It stands there when the step does: nothing comes in later and pushes away what one is about to press.
    assert form.project in page.locator("[data-read]").inner_text()
    press(page, page.get_by_label(form.consent), "Space")
    press(page, page.get_by_role("button", name=form.send))
    expect(page.get_by_role("heading", name=form.thanks)).to_be_visible()
