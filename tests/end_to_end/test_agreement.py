"""A provisional round of twenty participants: five refuse a meeting, the rest is planned around it, then all is final.

By keyboard alone, in both languages, on a phone and on a desk; nothing that axe finds wrong on any page of the way.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from scheduler.format.event import event_json
from scheduler.samples.sample import sample_event
from tests.support.browser import Visitor
from tests.support.keyboard import press, reach, type_into
from tests.support.organiser import faults_of
from tests.support.site import Site, entered, site_in
from tests.web.announced import plain
from tests.web.factories import Factory
from web.db import get_session, write
from web.domain.audit import Actor
from web.domain.event.files import event_value, import_event, read_event_file
from web.domain.people.registration import participant_actor
from web.domain.timetable import answers
from web.domain.timetable.solving import solved_within
from web.domain.timetable.versions import schedule_of, store_version
from web.models import Event, OutboxMail, Registration, ScheduleVersion

ADDRESS = "odile@example.org"
REFUSALS = 5
LANGUAGES = ("fr", "en")
WORDS = {
    "fr": ("Votre agenda provisoire", "Refuser ce rendez-vous…", "Refuser le rendez-vous", "Vous avez refusé 1"),
    "en": ("Your provisional agenda", "Decline this meeting…", "Decline the meeting", "You have declined 1"),
}
ALL = {"fr": ("Tout me convient", "tout vous convient"), "en": ("All of it suits me", "all of it suits you")}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with site_in(tmp_path) as site:
        yield site


class World:
    """A computed event of twenty participants, each with a personal link, half of whom read English."""

    def __init__(self, site: Site) -> None:
        self.site = site
        with site.app.test_request_context():
            session = get_session()
            make = Factory(session)
            odile = make.user(email=ADDRESS)
            value = read_event_file(event_json(sample_event(11, 9, 8, 9)))
            event = import_event(session, value, odile.id, Actor.of_user(odile))
            with write(session):
                people = session.scalars(select(Registration).order_by(Registration.id)).all()
                for number, one in enumerate(people):
                    one.email, one.language = f"{one.key}@example.org", LANGUAGES[number % 2]
                final = event_value(session, event)
                version = store_version(session, event.id, final, solved_within(final, 3))
            self.event, self.version = event.id, version.id
            self.links = {one.key: f"{site.url}/p/{make.personal_link(one)}/" for one in people}
            self.language = {one.key: one.language for one in people}
            self.names = {one.key: one.name for one in people}
            self.meetings = [one.between for one in schedule_of(version).meetings]
            session.rollback()

    def refused(self) -> list[tuple[str, str]]:
        """Five pairs of ten different participants, each with a meeting that the first of the two will decline."""
        found: list[tuple[str, str]] = []
        for one, other in self.meetings:
            if not {one, other} & {key for pair in found for key in pair} and len(found) < REFUSALS:
                found.append((one, other))
        return found

    def confirm(self, keys: list[str]) -> None:
        with self.site.app.test_request_context():
            session = get_session()
            for key in keys:
                one = session.scalars(select(Registration).where(Registration.key == key)).one()
                answers.agree(session, one, self.version, participant_actor(one))

    def final(self) -> tuple[set[frozenset[str]], dict[str, str]]:
        """Who meets whom in what is announced, and the last mail to each, by key."""
        with self.site.app.test_request_context():
            session = get_session()
            event = session.get_one(Event, self.event)
            assert event.published_schedule_id is not None
            version = session.get_one(ScheduleVersion, event.published_schedule_id)
            mails = session.scalars(select(OutboxMail).order_by(OutboxMail.id))
            told = {mail.recipient.partition("@")[0]: plain(mail.body_text) for mail in mails}
            return {one.pair for one in schedule_of(version).meetings}, told


def test_five_of_twenty_refuse_a_meeting_and_the_rest_stays(site: Site, page: Page, visitor: Visitor) -> None:
    world = World(site)
    entered(page, site, ADDRESS).goto(f"{site.url}/events/{world.event}/schedule/{world.version}/")
    press(page, page.get_by_role("link", name="Demander l’accord…"))
    page.wait_for_url("**/ask")
    expect(page.get_by_text("20 courriels partiront")).to_be_visible()
    assert faults_of(page) == []
    press(page, page.get_by_role("button", name="Demander maintenant"))
    expect(page.locator("#messages")).to_contain_text("20 courriels sont en route")

    phone = visitor(width=360, height=740)
    refused = world.refused()
    for who, whom in refused:
        declines(phone, world, who, whom)
    silent = [key for key in world.links if key not in {who for who, _whom in refused}]
    for who in silent[:2]:
        confirms(phone, world, who)
    world.confirm(silent[2:])

    page.goto(f"{site.url}/events/{world.event}/")
    expect(page.locator("main")).to_contain_text("Provisoire : 20 réponses sur 20, 5 rendez-vous refusés.")
    assert faults_of(page) == []
    press(page, page.get_by_role("link", name="Voir les réponses"))
    expect(page.get_by_text("Nous nous connaissons déjà")).to_have_count(REFUSALS)
    assert faults_of(page) == []
    press(page, page.get_by_role("button", name="Replanifier sans les rendez-vous refusés"))
    expect(page.get_by_role("heading", name=re.compile("agendas? provisoires? chang"))).to_be_visible()
    assert faults_of(page) == []
    press(page, page.get_by_role("link", name="Publier comme définitif…"))
    page.wait_for_url("**/publish")
    assert faults_of(page) == []
    press(page, page.get_by_role("button", name="Publier maintenant"))
    expect(page.locator("#messages")).to_contain_text("20 courriels sont en route")

    held, told = world.final()
    declined = {frozenset(pair) for pair in refused}
    kept = {frozenset(pair) for pair in world.meetings} - declined
    assert not held & declined and kept <= held
    for who, _whom in refused:
        assert ("depuis l’agenda provisoire", "It has changed since")[world.language[who] == "en"] in told[who]
    unchanged = [text for text in told.values() if "Rien n’y a changé" in text or "Nothing in it has changed" in text]
    assert len(unchanged) >= 20 - 2 * (len(held) - len(kept)) - 2 * REFUSALS
    phone.goto(world.links[refused[0][0]])
    expect(phone.locator("main")).not_to_contain_text(WORDS[world.language[refused[0][0]]][0])
    expect(phone.locator("main a[href$='agenda.ics']")).to_be_visible()


def declines(phone: Page, world: World, who: str, whom: str) -> None:
    title, open_it, send, done = WORDS[world.language[who]]
    phone.goto(f"{world.links[who]}?lang={world.language[who]}")
    expect(phone.get_by_role("heading", name=title)).to_be_visible()
    meeting = phone.locator(".agenda-meeting", has=phone.get_by_role("heading", name=world.names[whom], exact=True))
    press(phone, meeting.locator("summary", has_text=open_it))
    reach(phone, meeting.get_by_role("radio").first)
    phone.keyboard.press("Space")
    assert faults_of(phone) == []
    press(phone, meeting.get_by_role("button", name=re.compile(f"^{send}")))
    expect(phone.get_by_role("heading", name=re.compile(done))).to_be_visible()
    assert faults_of(phone) == []


def confirms(phone: Page, world: World, who: str) -> None:
    press_it, done = ALL[world.language[who]]
    phone.goto(f"{world.links[who]}?lang={world.language[who]}")
    press(phone, phone.get_by_role("button", name=press_it))
    expect(phone.get_by_role("heading", name=re.compile(done))).to_be_visible()
    assert faults_of(phone) == []


def test_refusal_without_a_reason_keeps_what_was_typed(site: Site, page: Page) -> None:
    """Whoever's browser lets the form pass all the same gets the sentence beside the field."""
    world = World(site)
    entered(page, site, ADDRESS).goto(f"{site.url}/events/{world.event}/agreement/{world.version}/ask")
    press(page, page.get_by_role("button", name="Demander maintenant"))
    page.wait_for_url("**/agreement/")
    who, _whom = world.refused()[0]
    page.goto(f"{world.links[who]}?lang=fr")
    page.evaluate("document.querySelectorAll('form').forEach((form) => form.noValidate = true)")
    press(page, page.locator("summary", has_text="Refuser ce rendez-vous…").first)
    type_into(page, page.get_by_label("En quelques mots").first, "Trop loin de notre sujet")
    press(page, page.get_by_role("button", name=re.compile("^Refuser le rendez-vous")).first)
    expect(page.get_by_text("Choisissez une raison")).to_be_visible()
    assert page.get_by_label("En quelques mots").first.input_value() == "Trop loin de notre sujet"
    assert faults_of(page) == []
