"""A participant with a telephone: registers, keeps the link, chooses, finds the agenda. Every page accessible."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from time import monotonic, sleep

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.browser import PHONE, Visitor
from tests.support.organiser import faults_of
from tests.support.registering import forward
from tests.support.server import Server
from tests.support.smtp import words_of
from tests.web.factories import Factory
from web import create_app
from web.config import load_settings
from web.db import database, get_session, write
from web.domain.audit import SYSTEM
from web.domain.people import registration as domain
from web.models import Event, Registration, utcnow


@pytest.fixture
def organiser(live_server: Server) -> Iterator[Flask]:
    """The same application on the same files, to do in the test what the organiser does in other pages."""
    app = create_app(load_settings({"PASSERELLE_VAR": str(live_server.folder / "var")}))
    yield app
    database(app).engine.dispose()


@contextmanager
def acting(app: Flask) -> Iterator[Session]:
    with app.app_context():
        yield get_session()


def announce(session: Session) -> str:
    """An open event with three companies; gives its public address."""
    make = Factory(session)
    event = make.event(
        title="Rencontres du canal", slots=6, place="Salle des Fêtes", slug="rencontres", wish_limit=3, tables=3
    )
    with write(session):
        event.tables[0].features = ["accessible"]
        # The home page lists what is to come, whenever this is run.
        for slot in event.slots:
            year = utcnow().year + 1
            slot.starts_at, slot.ends_at = slot.starts_at.replace(year=year), slot.ends_at.replace(year=year)
    for name in ("Atelier Bleu", "Brasserie du Nord", "Cartonnerie Élan"):
        make.registration(event, kind="company", name=name, publish_name=True, themes=["environment", "culture"])
    return f"/e/{event.slug}/"


def check(page: Page, scheme: str = "light") -> None:
    """No fault that axe finds; nothing wider than the screen."""
    # Without the transitions, in the middle of which axe would measure colours that nobody reads.
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    assert faults_of(page) == [], scheme


def check_in_both_languages(page: Page) -> None:
    """By day in English, by night in French: each language and each set of colours once."""
    address = page.url.partition("#")[0]
    glue = "&" if "?" in address else "?"
    for language, scheme in (("en", "light"), ("fr", "dark")):
        page.goto(f"{address}{glue}lang={language}")
        assert page.locator("html").get_attribute("lang") == language
        check(page, scheme)


def mails(server: Server) -> list[str]:
    folder = Path(server.folder / "var" / "mail")
    return [
        words_of(message_from_bytes(path.read_bytes(), policy=default))  # type: ignore[arg-type]
        for path in sorted(folder.glob("*.eml"))
    ]


def mail_with(server: Server, text: str, seconds: float = 20) -> str:
    """The body of the first mail that holds `text`, once the worker has sent it."""
    end = monotonic() + seconds
    while monotonic() < end:
        for body in mails(server):
            if text in body:
                return body
        sleep(0.2)
    raise AssertionError(f"no mail holds {text!r}")


def fill_in(page: Page, *, steps: bool = True) -> None:
    """As far as the step on what one looks for; without scripts all `steps` stand on one page."""
    page.get_by_label("Nom de l’organisation").fill("Les Jardins du Canal")
    page.get_by_label("Vos prénom et nom").fill("Ada Exemple")
    page.get_by_label("Adresse électronique").fill("ada@example.org")
    if steps:
        forward(page, 2)
    page.locator("#project").fill("Un jardin partagé cherche deux jours de graphisme en mai.")
    page.locator("#needs summary", has_text="Compétences").click()
    page.locator("#needs").get_by_label("Numérique", exact=True).check()
    page.locator("#offers summary", has_text="Visibilité").click()
    page.locator("#offers").get_by_label("Image", exact=True).check()
    page.get_by_label("Environnement").last.check()


def publish(session: Session, event: Event, me: Registration) -> None:
    partners = session.scalars(
        select(Registration).where(Registration.event_id == event.id, Registration.kind == "company")
    ).all()
    meetings = [
        {"between": [me.key, one.key], "slot": slot, "table": table, "facilitator": None, "score": 10}
        for one, slot, table in zip(partners, ("s1", "s2", "s4"), ("t1", "t1", "t2"), strict=True)
    ]
    version = Factory(session).schedule(event, meetings, number=1, published_at=utcnow())
    with write(session):
        event.published_schedule_id = version.id


def test_participant_goes_from_the_public_page_to_the_agenda(
    live_server: Server, organiser: Flask, phone: Page
) -> None:
    with acting(organiser) as session:
        address = announce(session)

    phone.goto(live_server.url)
    check_in_both_languages(phone)
    phone.get_by_role("link", name="Rencontres du canal").click()
    expect(phone.get_by_text("Brasserie du Nord")).to_be_visible()
    check_in_both_languages(phone)

    phone.get_by_role("link", name="Inscrire une association").click()
    check_in_both_languages(phone)
    # Reloaded by mistake: what was typed is still there.
    fill_in(phone)
    phone.reload()
    expect(phone.locator("#needs").get_by_label("Numérique", exact=True)).to_be_checked()
    expect(phone.locator("#email")).to_have_value("ada@example.org")
    # Sent half empty: the faults are named, focused, and what was typed is kept.
    forward(phone, 3)
    forward(phone, 4)
    phone.locator("#contact_name").evaluate("(one) => { one.value = ''; }")
    phone.get_by_role("button", name="Envoyer mon inscription").click()
    summary = phone.locator(".notice.error")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link", name="Vos prénom et nom")).to_be_visible()
    expect(phone.get_by_label("Nom de l’organisation")).to_have_value("Les Jardins du Canal")
    expect(phone.locator("#needs").get_by_label("Numérique", exact=True)).to_be_checked()
    expect(phone.locator(".counter")).to_contain_text("343")
    check(phone)

    phone.get_by_label("Vos prénom et nom").fill("Ada Exemple")
    for step in (2, 3, 4):
        forward(phone, step)
    phone.get_by_label("J’accepte que ce que j’écris").check()
    phone.get_by_role("button", name="Envoyer mon inscription").click()
    expect(phone.get_by_role("heading", name="Merci, votre inscription est bien arrivée")).to_be_visible()
    link = phone.locator(".link-box code").inner_text()
    check_in_both_languages(phone)
    assert link in mail_with(live_server, "Les Jardins du Canal")
    phone.goto(link)
    expect(phone.get_by_text("En attente de validation")).to_be_visible()
    check_in_both_languages(phone)

    with acting(organiser) as session:
        me = session.scalars(select(Registration).where(Registration.name == "Les Jardins du Canal")).one()
        domain.accept(session, me, SYSTEM)
    assert link in mail_with(live_server, "Bonne nouvelle")

    choose_by_keyboard(phone, link)
    for page in ("directory", "directory?text=zzz", "choices", "registration", "withdraw", "data"):
        phone.goto(link + page)
        check_in_both_languages(phone)

    with acting(organiser) as session:
        me = session.scalars(select(Registration).where(Registration.name == "Les Jardins du Canal")).one()
        assert [wish.target.name for wish in me.wishes] == ["Cartonnerie Élan", "Atelier Bleu"]
        assert [veto.target.name for veto in me.vetoes] == ["Brasserie du Nord"]
        publish(session, me.event, me)

    phone.goto(link)
    expect(phone.get_by_role("heading", name="Votre agenda")).to_be_visible()
    expect(phone.locator(".agenda-meeting")).to_have_count(3)
    check_in_both_languages(phone)
    for name, start in (("Agenda à imprimer (PDF)", b"%PDF"), ("Ajouter à mon calendrier (ICS)", b"BEGIN:VCALENDAR")):
        with phone.expect_download() as download:
            phone.get_by_role("link", name=name).click()
        assert Path(download.value.path()).read_bytes().startswith(start)

    phone.goto(live_server.url + address + "lost-link")
    check_in_both_languages(phone)


def choose_by_keyboard(page: Page, link: str) -> None:
    """Wishes and a veto with nothing but the keyboard; each press comes back to the same place."""
    page.goto(link + "directory")
    for name in ("Atelier Bleu", "Cartonnerie Élan"):
        button = page.get_by_role("button", name=re.compile(f"Je souhaite les rencontrer.*{name}")).last
        button.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("Ajouté à vos souhaits.")).to_be_visible()
        page.goto(link + "directory")
    page.get_by_role("button", name=re.compile("Plutôt pas.*Brasserie du Nord")).last.press("Enter")
    expect(page.get_by_text("C’est noté.")).to_be_visible()
    # The address ends in the card that was acted on: once the page is complete, the browser takes the focus there.
    page.wait_for_load_state()
    page.get_by_role("link", name="Classer mes souhaits").press("Enter")
    page.get_by_role("button", name=re.compile("Monter.*Cartonnerie Élan")).press("Enter")
    expect(page.locator(".wish h2").first).to_have_text("Cartonnerie Élan")


def test_whole_way_without_scripts(live_server: Server, organiser: Flask, visitor: Visitor) -> None:
    with acting(organiser) as session:
        address = announce(session)
    page = visitor(**PHONE, java_script_enabled=False)
    page.goto(live_server.url + address + "register?kind=association")
    fill_in(page, steps=False)
    page.get_by_label("J’accepte que ce que j’écris").check()
    page.get_by_role("button", name="Envoyer mon inscription").click()
    link = page.locator(".link-box code").inner_text()
    with acting(organiser) as session:
        me = session.scalars(select(Registration).where(Registration.name == "Les Jardins du Canal")).one()
        domain.accept(session, me, SYSTEM)
    choose_by_keyboard(page, link)
    page.goto(link + "data")
    page.get_by_label("Oui, tout effacer").check()
    page.get_by_role("button", name="Tout effacer").click()
    expect(page.get_by_text("Tout ce que nous conservions de vous est effacé.")).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("heading", name="Ce lien ne fonctionne pas")).to_be_visible()
