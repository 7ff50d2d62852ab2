"""From the first invitation to the last confirmation: 54 participants of an event, from an empty database.

Forty are invited by a list and thirty of them register by their own links, twenty-four by the public page; reminders go
by a clock that is passed in; places fill, and are given on; all choose; a provisional timetable is declined in five
places and planned anew around the rest; then it is announced. On a desk and on phones, in both languages; the mail
server has no time for some mails and refuses an address.

The organiser's presses of buttons and links are counted, and ticks with them.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.support.browser import PHONE, Visitor
from tests.support.crowd import typed
from tests.support.organiser import faults_of
from tests.support.registering import forward
from tests.support.site import Site, site_in
from tests.support.smtp import Mailbox, words_of
from tests.support.visitor import Visitor as Reader
from web.db import get_session, write
from web.domain.mail.sending import send_waiting
from web.domain.people.registration import participant_actor, withdraw
from web.domain.people.reminding import remind_all
from web.domain.people.wishes import add_wish
from web.domain.team.access import first_organiser, issue_sign_in_link
from web.domain.timetable import answers
from web.domain.timetable.versions import schedule_of
from web.models import Event, MailState, OutboxMail, Registration, RegistrationStatus, ScheduleVersion, utcnow

INVITED, BY_LINK, BY_PAGE = 40, 30, 24
PLACES = 26
ROUNDS = 10
WISHES = 3
REFUSALS = 5
MOST_PRESSES = 25
GONE = "structure07@example.org"
PARIS = ZoneInfo("Europe/Paris")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def site(tmp_path: Path, smtp_server: Mailbox) -> Iterator[Site]:
    with site_in(tmp_path, smtp_server.url) as site:
        yield site


class Organiser:
    """Somebody at a desk whose presses are counted; what is typed is not."""

    def __init__(self, page: Page) -> None:
        self.page, self.presses = page, 0

    def press(self, target: Locator) -> None:
        target.click()
        self.presses += 1

    def button(self, name: str | re.Pattern[str]) -> None:
        self.press(self.page.get_by_role("button", name=name, exact=isinstance(name, str)).first)

    def link(self, name: str | re.Pattern[str]) -> None:
        self.press(self.page.get_by_role("link", name=name, exact=isinstance(name, str)).first)


def kind_of(number: int) -> str:
    return ("association", "company")[number % 2]


def name_of(number: int) -> str:
    return f"Structure {number:02}"


def email_of(number: int) -> str:
    return f"structure{number:02}@example.org"


def language_of(number: int) -> str:
    return ("fr", "en")[number % 4 == 3]


def form_of(number: int, slots: list[str]) -> dict[str, str | list[str]]:
    """What they type: the two sides ask for what the other brings."""
    asks, brings = "skills.digital", "visibility.image"
    needs, offers = (asks, brings) if kind_of(number) == "association" else (brings, asks)
    return {
        **typed(email_of(number), slots),
        "kind": kind_of(number),
        "name": name_of(number),
        "needs": needs,
        "offers": offers,
        "language": language_of(number),
        "delegates": "1",
    }


def rounds(site: Site) -> list[str]:
    with site.app.test_request_context():
        keys = [slot.key for slot in the_event(get_session()).slots]
        get_session().rollback()
        return keys


def the_event(session: Session) -> Event:
    return session.scalars(select(Event)).one()


def all_mails_leave(site: Site) -> None:
    """The outbox is emptied, whatever its clock says: what is refused for now is tried again."""
    with site.app.test_request_context():
        session = get_session()
        for _try in range(4):
            with write(session):
                waiting = OutboxMail.state == MailState.QUEUED
                session.execute(update(OutboxMail).where(waiting).values(due_at=utcnow() - timedelta(seconds=1)))
            send_waiting(session, "clock")
        session.rollback()
        assert session.query(OutboxMail).filter(OutboxMail.state.in_(("queued", "claimed"))).count() == 0


def mailed(site: Site, mailbox: Mailbox, number: int, path: str) -> str:
    """The last address with a path of that form that somebody was mailed, on this site."""
    for message in reversed(mailbox.to(email_of(number))):
        found = re.search(rf"https?://[^/\s]+({path})", words_of(message))
        if found:
            return site.url + found[1]
    raise AssertionError(f"{email_of(number)} was mailed no {path}")


def remind(site: Site, moment: datetime) -> int:
    with site.app.test_request_context():
        return remind_all(get_session(), moment)


def weekday_at(hour: int, days: int) -> datetime:
    """At that hour in Paris, so many days from now or on the Monday after."""
    day = date.today() + timedelta(days=days)
    day += timedelta(days=(7 - day.weekday()) % 7 if day.weekday() > 4 else 0)
    return datetime.combine(day, time(hour), PARIS).astimezone(UTC)


def statuses(site: Site) -> dict[str, int]:
    with site.app.test_request_context():
        found = [one.status for one in get_session().scalars(select(Registration))]
        get_session().rollback()
    return {status: found.count(status) for status in set(found)}


def signs_in(page: Page, site: Site) -> None:
    with site.app.test_request_context():
        session = get_session()
        link = issue_sign_in_link(session, first_organiser(session))
    page.goto(f"{site.url}/sign-in/link/{link}?lang=fr")
    page.get_by_role("button", name="Me connecter maintenant").click()
    page.get_by_label("Votre nom").fill("Odile Organise")
    page.get_by_label("Adresse électronique").fill("odile@example.org")
    page.get_by_label("Nouveau mot de passe").fill("une longue phrase de passe")
    page.get_by_label("Le même encore une fois").fill("une longue phrase de passe")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#messages")).to_contain_text("Enregistré")


def list_of_the_invited() -> bytes:
    """The spreadsheet as an organiser has it: a title above the headings, their own words for them."""
    book = Workbook()
    sheet = book.active
    sheet.append(["Invités 2027"])
    sheet.append(["Nom de la structure", "Type de structure", "Contact", "Courriel", "Langue"])
    for number in range(INVITED):
        kind, language = ("Association", "Entreprise")[number % 2], ("français", "anglais")[number % 4 == 3]
        sheet.append([name_of(number), kind, "Camille Exemple", email_of(number), language])
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def creates(odile: Organiser, site: Site) -> str:
    """The event with its places, its list of invited and its rules; the address of its public page."""
    page = odile.page
    page.goto(f"{site.url}/events/")
    odile.link("Nouvel événement")
    page.get_by_label("Nom de l’événement").fill("Rencontres du canal")
    page.get_by_label("Lieu").fill("Salle des Fêtes")
    page.get_by_label("Jour", exact=True).fill((date.today() + timedelta(days=80)).isoformat())
    page.get_by_label("Première rencontre à").fill("14:00")
    page.get_by_label("Créneaux par jour").fill(str(ROUNDS))
    page.get_by_label("Tables").fill(f"1..{PLACES}")
    odile.button("Créer l’événement")
    odile.button("Ouvrir les inscriptions")
    public = page.locator("#public-link").inner_text()

    odile.link("Réglages")
    odile.link(re.compile("^Places"))
    for kind in ("Association", "Entreprise"):
        page.get_by_label(re.compile(rf"Places\s:\s{kind}")).fill(str(PLACES))
    odile.press(page.get_by_label(re.compile("Accepter aussitôt")))
    expect(page.get_by_label(re.compile("Donner une place"))).to_be_checked()
    odile.button("Enregistrer")
    assert faults_of(page) == []

    odile.link("Invitations")
    odile.link("Importer un tableur")
    page.locator("input[type=file]").set_input_files(
        {"name": "invités.xlsx", "mimeType": XLSX, "buffer": list_of_the_invited()}
    )
    odile.button("Examiner la liste")
    assert faults_of(page) == []
    odile.button("Continuer vers les lignes")
    expect(page.locator("main")).to_contain_text("Structure 39")
    assert faults_of(page) == []
    odile.button("Importer les lignes cochées")
    odile.button(f"Envoyer {INVITED} invitations")
    expect(page.locator("#messages")).to_contain_text(f"{INVITED} invitations")
    odile.link("Rappels")
    odile.button("Enregistrer les règles")
    return public


def registers_on_a_phone(phone: Page, link: str, number: int) -> None:
    """By the own link: who they are is known already."""
    english = language_of(number) == "en"
    phone.goto(link)
    expect(phone.locator("#name")).to_have_value(name_of(number))
    expect(phone.locator("#email")).to_have_value(email_of(number))
    assert faults_of(phone) == []
    forward(phone, 2)
    phone.locator("#project").fill("Deux jours de graphisme en mai pour annoncer la fête du quartier.")
    ask, give = ("#needs", "#offers") if kind_of(number) == "association" else ("#offers", "#needs")
    phone.locator(f"{ask} summary", has_text="Skills" if english else "Compétences").click()
    phone.locator(ask).get_by_label("Digital" if english else "Numérique", exact=True).check()
    phone.locator(f"{give} summary", has_text="Visibility" if english else "Visibilité").click()
    phone.locator(give).get_by_label("Image", exact=True).check()
    forward(phone, 3)
    assert faults_of(phone) == []
    forward(phone, 4)
    phone.get_by_label("I agree that" if english else "J’accepte que ce que j’écris").check()
    assert faults_of(phone) == []
    phone.get_by_role("button", name="Send my registration" if english else "Envoyer mon inscription").click()
    expect(phone.get_by_role("heading", name="Thank you" if english else "Merci")).to_be_visible()


def register_all(site: Site, mailbox: Mailbox, public: str, visitor: Visitor) -> None:
    slots = rounds(site)
    desk, phone = visitor(locale="fr-FR"), visitor(**PHONE, has_touch=True, is_mobile=True, locale="en-GB")
    invited = [number for number in range(INVITED) if email_of(number) != GONE][:BY_LINK]
    for number in invited:
        link = mailed(site, mailbox, number, r"/e/\S+/invited/\S+")
        if number in (0, 3):
            registers_on_a_phone(desk if number == 0 else phone, link, number)
            continue
        reader = Reader(site.url)
        hidden = reader.form(link.removeprefix(site.url))
        sent = reader.send(
            register_path(public), {**hidden, **invitation_in(reader, link, site)}, form_of(number, slots)
        )
        assert sent.status == 303, sent.text
    for number in range(INVITED, INVITED + BY_PAGE):
        reader = Reader(site.url)
        path = register_path(public)
        assert reader.send(path, reader.form(path), form_of(number, slots)).status == 303
    all_mails_leave(site)


def register_path(public: str) -> str:
    return f"/e/{public.rstrip('/').rpartition('/')[2]}/register"


def invitation_in(reader: Reader, link: str, site: Site) -> dict[str, str]:
    """What the form of an own link carries besides."""
    text = reader.read(link.removeprefix(site.url)).text
    return dict(re.findall(r'<input[^>]*name="(invitation)"[^>]*value="([^"]*)"', text))


def chooses_in_a_browser(page: Page, link: str, language: str) -> None:
    """Three of the directory, saved in place."""
    wish, done = {
        "fr": ("Je souhaite les rencontrer", "Ajouté à vos souhaits."),
        "en": ("I would like to meet them", "Added to your wishes."),
    }[language]
    page.goto(f"{link}directory?lang={language}")
    assert faults_of(page) == []
    for place in range(WISHES):
        card = page.locator("li.entry[id^=one-]").nth(place)
        card.get_by_role("button", name=re.compile(f"^{wish}")).click()
        expect(card).to_contain_text(done)
    assert faults_of(page) == []


def choose_all(site: Site) -> None:
    """Everybody else wishes for three of the other side."""
    with site.app.test_request_context():
        session = get_session()
        people = session.scalars(
            select(Registration).where(Registration.status == RegistrationStatus.ACCEPTED).order_by(Registration.id)
        ).all()
        for place, me in enumerate(people):
            others = [one for one in people if one.kind != me.kind]
            for step in range(0 if me.wishes else WISHES):
                target = others[(place + 7 * step) % len(others)].id
                add_wish(session, me, target, participant_actor(me))


def answer_all(site: Site, mailbox: Mailbox, visitor: Visitor) -> list[frozenset[str]]:
    """Five decline a meeting, two of them in a browser; the others agree. The pairs that were declined."""
    with site.app.test_request_context():
        session = get_session()
        event = the_event(session)
        assert event.provisional_schedule_id is not None
        version = session.get_one(ScheduleVersion, event.provisional_schedule_id)
        people = {one.key: one for one in session.scalars(select(Registration))}
        declined: list[tuple[Registration, Registration]] = []
        for meeting in schedule_of(version).meetings:
            one, other = (people[key] for key in meeting.between)
            if len(declined) < REFUSALS and not {one, other} & {who for pair in declined for who in pair}:
                declined.append((one, other))
        refusing = {one.id for one, _other in declined}
        version_id = version.id
        for me in people.values():
            if me.status == RegistrationStatus.ACCEPTED and me.id not in refusing:
                answers.agree(session, me, version_id, participant_actor(me))
        for me, partner in declined[2:]:
            answers.decline(session, me, version_id, partner.key, "known", "", participant_actor(me))
        in_a_browser = [(int(me.name[-2:]), partner.name) for me, partner in declined[:2]]
        pairs = [frozenset((me.key, partner.key)) for me, partner in declined]
        session.rollback()
    phone = visitor(**PHONE, has_touch=True, is_mobile=True)
    for number, partner in in_a_browser:
        link = mailed(site, mailbox, number, r"/p/[^/\s]+/")
        phone.goto(f"{link}?lang=fr")
        meeting = phone.locator(".agenda-meeting", has=phone.get_by_role("heading", name=partner, exact=True))
        meeting.locator("summary", has_text="Refuser ce rendez-vous…").click()
        meeting.get_by_role("radio").first.check()
        meeting.get_by_role("button", name=re.compile("^Refuser le rendez-vous")).click()
        expect(phone.get_by_role("heading", name=re.compile("Vous avez refusé 1"))).to_be_visible()
        assert faults_of(phone) == []
    return pairs


def computes_and_asks(odile: Organiser) -> None:
    page = odile.page
    odile.link("Planning")
    odile.link("Calculer un planning")
    page.get_by_label("Combien de secondes au plus").fill("6")
    odile.button("Calculer")
    expect(page.get_by_role("heading", name="Le planning est prêt")).to_be_visible(timeout=180_000)
    odile.link("Voir le planning")
    odile.link("Demander l’accord…")
    assert faults_of(page) == []
    odile.button("Demander maintenant")
    expect(page.locator("#messages")).to_contain_text(f"{2 * PLACES} courriels sont en route")


def plans_anew_and_announces(odile: Organiser, site: Site) -> None:
    page = odile.page
    # The page of the answers was left open.
    odile.presses += 1
    page.reload()
    expect(page.get_by_text("Nous nous connaissons déjà")).to_have_count(REFUSALS)
    odile.button("Replanifier sans les rendez-vous refusés")
    odile.link("Publier comme définitif…")
    assert faults_of(page) == []
    odile.button("Publier maintenant")
    expect(page.locator("#messages")).to_contain_text("en route")


def final_meetings(site: Site) -> set[frozenset[str]]:
    with site.app.test_request_context():
        session = get_session()
        event = the_event(session)
        assert event.published_schedule_id is not None
        found = {
            one.pair for one in schedule_of(session.get_one(ScheduleVersion, event.published_schedule_id)).meetings
        }
        session.rollback()
        return found


def test_an_event_of_54_goes_from_the_first_invitation_to_the_last_confirmation(
    site: Site, smtp_server: Mailbox, page: Page, visitor: Visitor
) -> None:
    smtp_server.refusals += ["451 no time now"] * 5
    smtp_server.delays += [0.0, 2.0] * 3
    smtp_server.refused_addresses[GONE] = "550 no such mailbox"
    signs_in(page, site)
    odile = Organiser(page)
    public = creates(odile, site)
    all_mails_leave(site)
    assert sum(len(smtp_server.to(email_of(number))) for number in range(INVITED)) == INVITED - 1

    register_all(site, smtp_server, public, visitor)
    assert statuses(site) == {"accepted": 2 * PLACES, "waiting": BY_LINK + BY_PAGE - 2 * PLACES}

    # By day only, and only those who have something outstanding: the nine who have not answered, the 52 without wishes.
    assert remind(site, weekday_at(23, 10)) == 0
    unanswered = INVITED - BY_LINK - 1
    assert remind(site, weekday_at(10, 10)) == unanswered + 2 * PLACES
    assert remind(site, weekday_at(10, 10)) == 0
    all_mails_leave(site)

    with site.app.test_request_context():
        session = get_session()
        leaver = session.scalars(select(Registration).where(Registration.email == email_of(2))).one()
        withdraw(session, leaver, participant_actor(leaver))
    waiting = BY_LINK + BY_PAGE - 2 * PLACES
    assert statuses(site) == {"accepted": 2 * PLACES, "waiting": waiting - 1, "withdrawn": 1}
    for number, page_of in ((4, visitor(**PHONE, has_touch=True, is_mobile=True)), (3, visitor(locale="en-GB"))):
        chooses_in_a_browser(page_of, mailed(site, smtp_server, number, r"/p/[^/\s]+/"), language_of(number))
    choose_all(site)

    computes_and_asks(odile)
    all_mails_leave(site)
    declined = answer_all(site, smtp_server, visitor)
    plans_anew_and_announces(odile, site)
    all_mails_leave(site)

    held = final_meetings(site)
    assert not held & set(declined)
    accepted = 2 * PLACES
    with site.app.test_request_context():
        session = get_session()
        mails = session.scalars(select(OutboxMail)).all()
        # One address does not exist; nothing else was lost, and nothing sent twice.
        assert {mail.recipient for mail in mails if mail.state != MailState.SENT} == {GONE}
        sent = [mail.message_id for mail in mails if mail.state == MailState.SENT]
        session.rollback()
    assert sorted(message["Message-ID"] for message in smtp_server.messages) == sorted(sent)
    agendas = [message for message in smtp_server.messages if "agenda" in str(message["Subject"]).lower()]
    assert len({str(message["To"]) for message in agendas}) == accepted
    assert odile.presses <= MOST_PRESSES, odile.presses
