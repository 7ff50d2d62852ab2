"""Three pages of a personal link answer 304 where nothing has changed, and only there."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, session
from flask.testing import FlaskClient
from flask_wtf.csrf import validate_csrf
from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session
from werkzeug.test import Client

from tests.support.published import World, meeting, world  # noqa: F401
from tests.support.unchanged import PAGES, change
from tests.web.conftest import on_both_databases
from web import domain
from web.db import database, write
from web.domain.audit import SYSTEM
from web.domain.event.events import touch
from web.domain.mail.addresses import with_proof
from web.domain.memory import forget_all
from web.domain.people import privacy, registration, wishes
from web.domain.people.page_state import page_state
from web.domain.team.access import issue_personal_link
from web.domain.timetable.agenda import published_agenda
from web.domain.tokens import hash_token
from web.models import Agenda, Event, Registration, Wish, utcnow
from web.views.kept import LastMade


class Reader:
    """One participant's browser, which keeps what it was sent."""

    def __init__(self, client: FlaskClient, world: World, who: Registration) -> None:  # noqa: F811
        self.client, self.token = client, world.make.personal_link(who)
        self.kept: dict[str, str] = {}

    def get(self, page: str = "") -> Any:
        headers = {"If-None-Match": self.kept[page]} if page in self.kept else {}
        answer = self.client.get(f"/p/{self.token}/{page}", headers=headers)
        if answer.status_code == 200:
            self.kept[page] = answer.headers.get("ETag", "")
        return answer


@pytest.fixture
def reader(client: FlaskClient, world: World) -> Reader:  # noqa: F811
    """A, who has looked at each page twice since the publication: with the next look it is answered without Flask."""
    world.publish(world.first)
    found = Reader(client, world, world.a)
    for page in PAGES:
        assert [found.get(page).status_code for _turn in range(2)] == [200, 304]
    return found


@on_both_databases
@pytest.mark.parametrize("page", PAGES)
def test_unchanged_page_is_not_sent_again(reader: Reader, page: str) -> None:
    answer = reader.get(page)
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == reader.kept[page]
    # No other page that shows people may be kept; these by their own reader, who asks each time.
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "Cookie" in answer.headers["Vary"] and "Content-Security-Policy" in answer.headers


@on_both_databases
@pytest.mark.parametrize("page", PAGES)
def test_page_that_is_made_reads_its_state_once(reader: Reader, world: World, app: Flask, page: str) -> None:  # noqa: F811
    change(world, world.a, project="Un autre projet")
    asked: list[str] = []
    engines = database(app).engine, app.extensions["passerelle.states"].lookups.connection().engine
    for engine in engines:
        event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    # No page is kept by this browser, so nothing is read in front of Flask.
    assert app.test_client().get(f"/p/{reader.token}/{page}").status_code == 200
    assert sum("turns" in statement for statement in asked) == 1


@on_both_databases
def test_new_publication_shows_at_once(reader: Reader, world: World) -> None:  # noqa: F811
    world.publish(world.make.schedule(world.event, [meeting(world.a, world.d, "s4")]))
    text = reader.get().text
    assert "14:24" in text and "Ce qui a changé" in text
    assert b"T142400" in reader.get("agenda.ics").data
    assert reader.get().status_code == 304


def test_withdrawal_shows_at_once(reader: Reader, world: World) -> None:  # noqa: F811
    registration.withdraw(world.session, world.a, SYSTEM)
    answer = reader.get()
    assert answer.status_code == 200
    assert "Votre inscription est annulée" in answer.text
    assert reader.get("directory").status_code == 200


def test_new_name_shows_at_once(reader: Reader, world: World) -> None:  # noqa: F811
    change(world, world.a, name="Les Jardins du Lac")
    assert "Les Jardins du Lac" in reader.get().text


def test_new_name_of_another_shows_in_the_directory_at_once(reader: Reader, world: World) -> None:  # noqa: F811
    assert "Fournil Dubois" in reader.client.get(f"/p/{reader.token}/directory").text
    change(world, world.c, name="Fournil Durand")
    assert "Fournil Durand" in reader.get("directory").text
    assert reader.get("directory").status_code == 304


def test_whoever_is_accepted_shows_in_the_directory_at_once(reader: Reader, world: World) -> None:  # noqa: F811
    world.make.registration(world.event, kind="company", name="Menuiserie Vive")
    assert "Menuiserie Vive" in reader.get("directory").text


def test_whoever_takes_the_number_of_one_erased_shows_at_once(reader: Reader, world: World) -> None:  # noqa: F811
    last = world.make.registration(world.event, kind="company", name="Menuiserie Vive")
    assert "Menuiserie Vive" in reader.get("directory").text
    values = {"id": last.id, "version": last.version, "updated_at": last.updated_at + timedelta(seconds=1)}
    privacy.erase(world.session, last, SYSTEM)
    world.make.registration(world.event, kind="company", name="Scierie Neuve", **values)
    assert "Scierie Neuve" in reader.get("directory").text


def test_wish_shows_in_the_directory_at_once(client: FlaskClient, world: World) -> None:  # noqa: F811
    reader = Reader(client, world, world.a)
    reader.get("directory")
    for target, words in ((world.c.id, "1 souhait"), (world.d.id, "2 souhaits")):
        wishes.add_wish(world.session, world.a, target, SYSTEM)
        assert words in reader.get("directory").text.replace("\u00a0", " ")
    # The same two in the other order.
    assert reader.get("directory").status_code == 304
    wishes.move_wish(world.session, world.a, world.d.id, -1, SYSTEM)
    assert reader.get("directory").status_code == 200
    # What others choose is not shown. Their rows are an hour old: a second's change would be seen.
    hour_ago = utcnow() - timedelta(hours=1)
    change(world, world.b, updated_at=hour_ago)
    reader.get("directory")
    wishes.add_veto(world.session, world.b, world.c.id, SYSTEM)
    assert reader.get("directory").status_code == 304
    world.session.refresh(world.b)
    assert world.b.updated_at == hour_ago


def test_new_place_or_other_slots_of_the_event_show_at_once(reader: Reader, world: World) -> None:  # noqa: F811
    change(world, world.event, place="Gymnase")
    assert "Gymnase" in reader.get().text
    assert b"Gymnase" in reader.get("agenda.ics").data
    with write(world.session):
        changed = world.session.get_one(Event, world.event.id)
        changed.slots[-1].ends_at += timedelta(hours=3)
        touch(changed)
    assert reader.get().status_code == 200


def test_erased_partner_disappears_at_once(reader: Reader, world: World) -> None:  # noqa: F811
    named = [reader.client.get(f"/p/{reader.token}/{page}").text for page in ("", "agenda.ics")]
    assert all("Fournil Dubois" in text for text in named) and "Imprimerie Lys" in named[0]
    privacy.erase(world.session, world.c, SYSTEM)
    assert "Fournil Dubois" not in reader.get().text
    assert b"Fournil Dubois" not in reader.get("agenda.ics").data
    # Rows thrown away again bring back no older page: neither from this process's memory nor from the browser.
    privacy.erase(world.session, world.d, SYSTEM)
    assert "Imprimerie Lys" not in reader.get().text


def test_revoked_link_opens_nothing_whatever_the_browser_keeps(reader: Reader, world: World) -> None:  # noqa: F811
    registration.revoke_link(world.session, world.a, SYSTEM)
    assert {reader.get(page).status_code for page in PAGES} == {404}


def test_page_of_one_browser_is_not_taken_for_that_of_another(reader: Reader, app: Flask) -> None:
    other = app.test_client()
    etag = {"If-None-Match": reader.kept[""]}
    # The page holds the token against forged requests of the browser that it was made for; the calendar holds none.
    assert other.get(f"/p/{reader.token}/", headers=etag).status_code == 200
    etag = {"If-None-Match": reader.kept["agenda.ics"]}
    assert other.get(f"/p/{reader.token}/agenda.ics", headers=etag).status_code == 304


@on_both_databases
def test_page_changed_after_its_reader_was_found_is_not_kept_as_the_new_one(
    app: Flask,
    reader: Reader,
    world: World,  # noqa: F811
) -> None:
    """Where rows of agendas are missing the state was read after the reader, and the former name stood under it."""

    def once() -> None:
        if hooks:
            hooks.pop()
            with Session(database(app).engine) as other:
                published_agenda(other, other.get_one(Registration, world.a.id))
                with write(other):
                    other.get_one(Registration, world.a.id).name = "Les Serres du Canal"

    with write(world.session):
        world.session.execute(delete(Agenda))
    hooks = [once]
    app.before_request_funcs["participant"].append(once)
    address = f"/p/{reader.token}/"
    reader.client.get(address)
    assert not hooks
    assert "Les Serres du Canal" in reader.client.get(address).text


@on_both_databases
@pytest.mark.parametrize("page", ["", "registration"])
def test_what_was_found_of_one_link_opens_no_other(app: Flask, reader: Reader, world: World, page: str) -> None:  # noqa: F811
    """Looked at in one context, as no server does: a link whose page has no state was shown the page of another."""
    stranger = world.make.registration(world.event, name="Radio des Collines")
    link, browser = world.make.personal_link(stranger), Client(app)
    assert world.a.name in browser.get(f"/p/{reader.token}/").text
    theirs = browser.get(f"/p/{link}/{page}").text
    assert stranger.name in theirs
    assert world.a.name not in theirs
    assert world.a.name in browser.get(f"/p/{reader.token}/").text
    assert browser.get(f"/p/{'x' * 43}/{page}").status_code == 404


def test_page_from_memory_holds_the_token_of_the_browser_that_asks(reader: Reader, app: Flask, world: World) -> None:  # noqa: F811
    tokens = []
    for browser in (reader.client, app.test_client()):
        text = browser.get(f"/p/{reader.token}/directory").text
        (found,) = set(re.findall(r'"X-CSRFToken": "([^"]+)"', text)) & set(re.findall(r'"([^"]{60,})"', text))
        with browser.session_transaction() as kept, app.test_request_context():
            session.update(kept)
            validate_csrf(found)
        tokens.append(found)
    assert tokens[0] != tokens[1]


def test_whoever_comes_by_a_mail_is_noted_also_where_the_page_lies_in_memory(
    app: Flask,
    client: FlaskClient,
    world: World,  # noqa: F811
) -> None:
    world.publish(world.first)
    link = with_proof(world.a, f"/p/{world.make.personal_link(world.a)}/")
    for browser in (client, app.test_client()):
        assert browser.get(link).status_code == 200
        with browser.session_transaction() as kept:
            assert link.endswith(kept["mail_proof"])


def test_calendar_program_is_given_no_session(app: Flask, reader: Reader) -> None:
    for _turn in range(2):
        assert "Set-Cookie" not in app.test_client().get(f"/p/{reader.token}/agenda.ics").headers


def test_other_language_is_another_page(reader: Reader, world: World) -> None:  # noqa: F811
    reader.client.set_cookie("lang", "en")
    assert "Your agenda" in reader.get().text
    reader.client.delete_cookie("lang")
    change(world, world.a, language="en")
    assert "Your agenda" in reader.get().text


def test_page_with_a_message_is_not_kept(reader: Reader) -> None:
    with reader.client.session_transaction() as browser:
        browser["_flashes"] = [("success", "C’est noté.")]
    answer = reader.get()
    assert "C’est noté." in answer.text and "ETag" not in answer.headers
    answer = reader.get()
    assert answer.status_code == 200 and "C’est noté." not in answer.text


def test_page_of_an_organiser_who_is_signed_in_is_not_kept(organiser_client: FlaskClient, world: World) -> None:  # noqa: F811
    world.publish(world.first)
    reader = Reader(organiser_client, world, world.a)
    answer = reader.get()
    assert answer.status_code == 200 and "ETag" not in answer.headers


def test_state_changes_when_a_meeting_begins_and_ends(reader: Reader, world: World, app: Flask) -> None:  # noqa: F811
    turns = world.session.scalars(select(Agenda.turns).where(Agenda.participant == world.a.key)).one()
    assert turns == [1_805_374_800, 1_805_375_160, 1_805_375_280, 1_805_375_640]
    world.session.rollback()
    with database(app).engine.connect() as connection:

        def at(second: int) -> Any:
            return page_state(connection, hash_token(reader.token), datetime.fromtimestamp(second, UTC))

        for turn in turns:
            assert at(turn - 1) != at(turn) == at(turn + 1)


def test_only_a_moment_that_no_page_shows_is_changed_past_the_counters() -> None:
    """A statement past the mapper counts no version up: a column that a page shows must not be changed so.

    A confirmed address and the counts of a calendar's changes are part of the state itself.
    """
    statement = re.compile(
        r"(?:update\((?:Registration|Colleague|Event)\)|rows\.update\(\))(?:\s*\.where\(.*\))*\s*\.values\((\w+)"
    )
    sources = (path.read_text() for path in Path(domain.__file__).parent.rglob("*.py"))
    assert {name for text in sources for name in statement.findall(text)} == {
        "wishes_saved_at",
        "confirmed_email",
        "calendar_changes",
        "status_changes",
    }


class Looks:
    """The texts of pages, each made anew: whole pages are not kept, their parts are."""

    def __init__(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        self.app = app
        monkeypatch.setattr("web.views.unchanged._MADE", LastMade(most=0))

    def at(self, path: str, language: str = "fr") -> str:
        client = self.app.test_client()
        client.set_cookie("lang", language)
        answer = client.get(path)
        assert answer.status_code == 200, path
        return re.sub(r'(csrf_token" value="|X-CSRFToken": ")[^"]*', r"\1", answer.text)


@pytest.fixture
def looks(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Looks:
    return Looks(app, monkeypatch)


def test_page_made_of_what_is_kept_for_all_is_the_page_made_of_nothing(looks: Looks, world: World) -> None:  # noqa: F811
    """What others have looked at before, in whichever language, changes no letter of a page."""
    world.publish(world.first)
    tokens = [world.make.personal_link(one) for one in (world.a, world.b, world.c, world.d)]
    wanted = [(f"/p/{token}/{page}", lang) for token in tokens for page in PAGES for lang in ("fr", "en")]
    kept = {one: looks.at(*one) for one in [*wanted, *reversed(wanted)]}
    for one in wanted:
        forget_all()
        assert looks.at(*one) == kept[one]


def _wish(world: World, one: Registration, target: Registration) -> None:  # noqa: F811
    with write(world.session):
        world.session.add(Wish(registration_id=one.id, target_id=target.id, rank=0))


def _announce_another(world: World) -> None:  # noqa: F811
    world.publish(world.make.schedule(world.event, [meeting(world.a, world.c, "s3"), meeting(world.b, world.d, "s1")]))


# What may happen to an event whose pages are looked at all the time, one after the other.
HAPPENINGS: dict[str, Callable[[World], Any]] = {
    "another title": lambda it: change(it, it.event, title="Rencontres & <b>suites</b>"),
    "another place": lambda it: change(it, it.event, place="Gymnase"),
    "a note": lambda it: change(it, it.event, texts={"agenda_note": "Venez tôt.", "online": "https://visio.fr"}),
    "another hour": lambda it: change(it, it.event, timezone="America/Montreal"),
    "a face": lambda it: change(it, it.event, face={"name": "La Halle", "colour": "#336699", "phone": "03 20"}),
    "own words": lambda it: change(
        it,
        it.event,
        taxonomies={"themes": [{"code": "culture", "fr": "Culture vive", "en": "Living culture"}, "sport"]},
    ),
    "other weights": lambda it: change(it, it.event, rules={"weights": {"need": 0, "theme": 9}}),
    "another project": lambda it: change(it, it.c, project="Du pain pour tous."),
    "other needs": lambda it: change(it, it.c, needs=["skills.communication"], themes=["sport", "culture"]),
    "own needs": lambda it: change(it, it.a, needs=["money.donation"], offers=["visibility.event"]),
    "another name": lambda it: change(it, it.d, name="Imprimerie <i>Lys</i>", zone="lille"),
    "another wish": lambda it: _wish(it, it.a, it.c),
    "wished for": lambda it: _wish(it, it.c, it.a),
    "wishes are shown": lambda it: change(it, it.event, wishes_shown_at=utcnow()),
    "a veto": lambda it: it.make.veto(it.b, it.d),
    "another announcement": _announce_another,
    "a newcomer": lambda it: it.make.registration(it.event, kind="company", name="Menuiserie Vive"),
    "somebody withdraws": lambda it: change(it, it.c, status="withdrawn"),
    "somebody is back": lambda it: change(it, it.c, status="accepted"),
    "somebody is erased": lambda it: privacy.erase(it.session, it.d, SYSTEM),
    "the directory is closed": lambda it: change(it, it.event, directory_published=False),
    "it is over": lambda it: change(it, it.event, status="archived"),
}


@on_both_databases
def test_page_after_whatever_happened_is_the_page_made_of_nothing(looks: Looks, world: World) -> None:  # noqa: F811
    """Parts that are kept (cards, agendas, what stands around them) are those of now, for each reader."""
    tokens = [world.make.personal_link(one) for one in (world.a, world.b, world.c)]
    paths = [f"/p/{token}/{page}" for token in tokens for page in PAGES]
    languages = {path: "en" if number % 2 else "fr" for number, path in enumerate(paths)}
    changed = []
    world.publish(world.first)
    before = looks_of(looks, languages)
    for what, happen in HAPPENINGS.items():
        happen(world)
        kept = looks_of(looks, languages)
        forget_all()
        assert kept == looks_of(looks, languages), what
        if kept != before:
            changed.append(what)
        before = kept
    # Each of them shows on one page or another: a test in which nothing changed would compare nothing.
    assert set(HAPPENINGS) - set(changed) == set()


def test_page_on_which_one_may_still_choose_is_the_page_made_of_nothing(looks: Looks, world: World) -> None:  # noqa: F811
    tokens = [world.make.personal_link(one) for one in (world.a, world.b, world.c)]
    languages = {f"/p/{token}/{page}": "fr" for token in tokens for page in ("", "directory")}
    assert all('value="wish"' in looks.at(path) for path in languages if path.endswith("directory"))
    for what, happen in HAPPENINGS.items():
        if happen is not _announce_another:
            happen(world)
            kept = looks_of(looks, languages)
            forget_all()
            assert kept == looks_of(looks, languages), what


def looks_of(looks: Looks, languages: dict[str, str]) -> dict[str, str]:
    return {path: looks.at(path, language) for path, language in languages.items()}


@on_both_databases
def test_new_link_of_a_reader_stands_in_all_of_the_page(looks: Looks, world: World) -> None:  # noqa: F811
    world.publish(world.first)
    former = world.make.personal_link(world.a)
    for page in ("", "directory"):
        assert looks.at(f"/p/{former}/{page}").count(former) > 5
    with write(world.session):
        new = issue_personal_link(world.a)
    for page in ("", "directory"):
        text = looks.at(f"/p/{new}/{page}")
        assert text.count(new) > 5 and former not in text
