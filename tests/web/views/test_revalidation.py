"""What is answered in front of Flask is what Flask would answer, header by header, and only where it would say 304."""

import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from tests.support.programs import free_port
from tests.support.published import World, meeting
from tests.support.schema import OTHERS
from tests.support.unchanged import PAGES, change
from tests.web.conftest import make_app, on_both_databases, on_postgresql, on_sqlite, sign_in
from tests.web.factories import Factory
from web.config import Settings
from web.db import database, get_session, write
from web.domain.audit import SYSTEM
from web.domain.people import page_state as page_states
from web.domain.people import registration
from web.lookups import Away, Lookups
from web.models import Registration, User, Veto


class Room:
    """A participant's browser, an application, and what Flask was asked of it."""

    def __init__(self, app: Flask, **environ: str) -> None:
        self.app, self.environ = app, environ
        app.config["WTF_CSRF_ENABLED"] = False
        self.layer = app.extensions["passerelle.revalidation"]
        self.flask, self.asked = self.layer.further, 0
        self.layer.further = self._counted
        self.client = app.test_client()
        self.context = app.app_context()
        self.context.push()
        session = get_session()
        self.world = World(session, Factory(session))
        self.world.publish(self.world.first)
        self.token = self.world.make.personal_link(self.world.a)

    def _counted(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        self.asked += 1
        return self.flask(environ, start_response)

    def get(self, page: str = "", etag: str | None = None, method: str = "GET", **keywords: Any) -> Any:
        headers = {"If-None-Match": etag} if etag else {}
        return self.client.open(
            f"/p/{self.token}/{page}", method=method, headers=headers, environ_overrides=self.environ, **keywords
        )

    def warm(self, page: str = "", **keywords: Any) -> str:
        """Have the headers of this kind be known; the page's ``ETag``."""
        etag = self.get(page, **keywords).headers["ETag"]
        assert self.get(page, etag, **keywords).status_code == 304
        return str(etag)

    def without_flask(self, page: str, etag: str, **keywords: Any) -> Any:
        """The answer, which Flask was not asked for."""
        before = self.asked
        answer = self.get(page, etag, **keywords)
        assert self.asked == before
        return answer

    def by_flask(self, page: str = "", etag: str | None = None, **keywords: Any) -> Any:
        """The answer, which is Flask's."""
        before = self.asked
        answer = self.get(page, etag, **keywords)
        assert self.asked == before + 1
        return answer


@pytest.fixture
def room(app: Flask) -> Iterable[Room]:
    found = Room(app)
    yield found
    found.context.pop()


def put_aside(world: World, one: Registration, other: Registration) -> None:
    """A choice that changes no counter, as it is before the timetable is published."""
    with write(world.session):
        world.session.add(Veto(registration_id=one.id, target_id=other.id))


def same(one: Any, other: Any) -> bool:
    return (one.status, sorted(one.headers), one.data) == (other.status, sorted(other.headers), other.data)


@on_both_databases
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("page", PAGES)
def test_answer_in_front_of_flask_is_that_of_flask_header_by_header(room: Room, page: str, method: str) -> None:
    etag = room.warm(page)
    room.layer.headers.clear()
    theirs = room.by_flask(page, etag, method=method)
    ours = room.without_flask(page, etag, method=method)
    assert theirs.status_code == 304
    assert same(ours, theirs), (ours.headers, theirs.headers)


@pytest.mark.parametrize("page", PAGES)
def test_answer_behind_a_proxy_with_https_is_that_of_flask(settings: Settings, page: str) -> None:
    base = "https://rencontres.example.org"
    forwarded = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_HOST": "rencontres.example.org"}
    room = Room(make_app(replace(settings, base_url=base, trusted_proxies=1)), **forwarded)
    # Where the proxy says https, the cookie of the page is sent back.
    etag = room.warm(page, base_url=base)
    room.layer.headers.clear()
    theirs = room.by_flask(page, etag, base_url=base)
    ours = room.without_flask(page, etag, base_url=base)
    assert theirs.status_code == 304 and "Strict-Transport-Security" in theirs.headers
    assert same(ours, theirs), (ours.headers, theirs.headers)
    # What came without https is led to it, whatever the browser keeps.
    room.environ = {**forwarded, "HTTP_X_FORWARDED_PROTO": "http"}
    assert room.by_flask(page, etag, base_url=base).status_code == 302
    # And what names another server is refused.
    room.environ = {**forwarded, "HTTP_X_FORWARDED_HOST": "evil.example"}
    assert room.by_flask(page, etag, base_url=base).status_code == 400
    room.context.pop()


def test_unknown_host_is_refused_whatever_the_browser_keeps(room: Room) -> None:
    etag = room.warm("agenda.ics")
    assert room.by_flask("agenda.ics", etag, base_url="http://evil.example").status_code == 400


def test_page_kept_in_another_language_goes_to_flask(room: Room) -> None:
    etag = room.warm()
    room.client.set_cookie("lang", "en")
    english = room.by_flask("", etag)
    assert english.status_code == 200 and "Your agenda" in english.text
    assert room.without_flask("", english.headers["ETag"]).status_code == 304
    # A language that there is not decides nothing.
    room.client.set_cookie("lang", "xx")
    assert room.without_flask("", etag).status_code == 304
    change(room.world, room.world.a, language="en")
    assert "Your agenda" in room.by_flask("", etag).text


def test_whatever_is_asked_besides_goes_to_flask(room: Room) -> None:
    etag = room.warm()
    assert room.by_flask("?welcome", etag).status_code == 200
    assert room.by_flask("choices", etag).status_code == 200
    assert room.by_flask("", etag, method="POST").status_code == 405
    assert room.by_flask().status_code == 200
    assert room.by_flask("", '"another"').status_code == 200
    # Said as browsers and programs say it.
    for said in (f'"another", {etag}', f"W/{etag}", "*"):
        assert room.without_flask("", said).status_code == 304
    assert room.by_flask("?lang=en", etag).status_code == 200


def test_browser_with_a_message_to_be_told_goes_to_flask(room: Room) -> None:
    etag = room.warm()
    with room.client.session_transaction() as kept:
        kept["_flashes"] = [("success", "C’est noté.")]
    assert "C’est noté." in room.by_flask("", etag).text


def test_forged_or_foreign_session_goes_to_flask(room: Room) -> None:
    etag = room.warm()
    cookie = room.client.get_cookie("session")
    assert cookie is not None
    for value in ("", "x" * 3000, cookie.value[:-1], cookie.value.swapcase()):
        room.client.set_cookie("session", value)
        assert room.by_flask("", etag).status_code == 200


def test_whoever_is_signed_in_goes_to_flask(room: Room) -> None:
    etag, calendar = room.warm(), room.warm("agenda.ics")
    session = get_session()
    user: User = Factory(session).user(email="odile@example.org")
    sign_in(room.client, user)
    assert room.by_flask("", etag).status_code == 200
    room.by_flask("agenda.ics", calendar)
    room.client.set_cookie("remember_token", "1|abc")
    room.by_flask("agenda.ics", calendar)


def test_revoked_and_replaced_links_open_nothing(room: Room) -> None:
    etags = {page: room.warm(page) for page in PAGES}
    registration.revoke_link(room.world.session, room.world.a, SYSTEM)
    assert {room.by_flask(page, etag).status_code for page, etag in etags.items()} == {404}


@on_both_databases
def test_each_change_is_seen_by_the_next_look(room: Room) -> None:
    world, etags = room.world, {page: room.warm(page) for page in PAGES}
    for page in PAGES:
        room.without_flask(page, etags[page])
    world.make.registration(world.event, kind="company", name="Menuiserie Vive")
    assert "Menuiserie Vive" in room.by_flask("directory", etags["directory"]).text
    world.publish(world.make.schedule(world.event, [meeting(world.a, world.d, "s4")]))
    for page in ("", "agenda.ics"):
        assert room.by_flask(page, etags[page]).status_code == 200
    registration.withdraw(world.session, world.a, SYSTEM)
    assert room.by_flask("", etags[""]).status_code == 200


@on_sqlite
def test_look_while_nobody_writes_reads_nothing_and_each_commit_has_it_read_again(room: Room) -> None:
    """SQLite alone tells a reader that somebody has committed; the participants' own choices are read anew as well."""
    etags = {page: room.warm(page) for page in PAGES}
    for page in PAGES:
        room.without_flask(page, etags[page])
    asked: list[str] = []
    listener = (
        room.layer.states.lookups.connection().engine,
        "before_cursor_execute",
        lambda *args: asked.append(args[2]),
    )
    event.listen(*listener)
    for page in PAGES:
        room.without_flask(page, etags[page])
    assert asked == []
    # Another's choice concerns no page of theirs, yet whatever is committed has everything looked at again.
    put_aside(room.world, room.world.b, room.world.c)
    room.without_flask("directory", etags["directory"])
    assert len(asked) == 4
    put_aside(room.world, room.world.a, room.world.d)
    assert room.by_flask("directory", etags["directory"]).status_code == 200


@on_both_databases
def test_each_participant_is_answered_by_their_own_state_and_choices(room: Room) -> None:
    """One thread answers many, one after the other: what it keeps of one is not taken for another's."""
    world, kept = room.world, {}
    # A link is a change of its owner, which those who meet them are told of: all of them first.
    for token in [world.make.personal_link(who) for who in (world.a, world.b)]:
        room.token = token
        kept[token] = {page: room.warm(page) for page in PAGES}
    first, second = kept
    for token in (first, second, first):
        room.token = token
        for page in PAGES:
            assert room.without_flask(page, kept[token][page]).status_code == 304
    put_aside(world, world.a, world.c)
    room.token = second
    assert room.without_flask("directory", kept[second]["directory"]).status_code == 304
    room.token = first
    assert room.by_flask("directory", kept[first]["directory"]).status_code == 200


@on_sqlite
def test_clock_is_looked_at_where_nobody_writes_anything(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A meeting begins: the page is another, though no row is."""
    etag = room.warm()
    room.without_flask("", etag)
    monkeypatch.setattr(page_states, "utcnow", lambda: datetime.fromtimestamp(1_805_374_800, UTC))
    assert room.by_flask("", etag).status_code == 200


@on_postgresql
def test_lookups_survive_that_the_database_ends_their_connections(room: Room, settings: Settings) -> None:
    etag = room.warm()
    room.without_flask("", etag)
    room.world.session.rollback()
    url = make_url(settings.database_url)
    with psycopg.connect(host=url.host, port=url.port, user=url.username, dbname="postgres") as administrator:
        administrator.execute(f"SELECT pg_terminate_backend(pid) {OTHERS}", [url.database])
    assert room.by_flask("", etag).status_code == 304
    assert room.without_flask("", etag).status_code == 304


@on_postgresql
def test_lookups_end_with_the_connections_of_the_application(room: Room, settings: Settings) -> None:
    room.warm()
    room.world.session.close()
    database(room.app).engine.dispose()
    with psycopg.connect(settings.database_url.replace("+psycopg", ""), autocommit=True) as connection:
        until = time.monotonic() + 10
        while connection.execute(f"SELECT count(*) {OTHERS}", [connection.info.dbname]).fetchone() != (0,):
            assert time.monotonic() < until
            time.sleep(0.1)
    assert room.get().status_code == 200


def test_database_that_cannot_be_reached_is_left_alone_for_a_moment(settings: Settings) -> None:
    lookups = Lookups(replace(settings, database_url=f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none"))
    with pytest.raises(OperationalError):
        lookups.connection()
    lookups.forget()
    with pytest.raises(Away):
        lookups.connection()


def test_lookups_write_nothing(room: Room) -> None:
    with pytest.raises(DBAPIError, match=r"readonly|read-only"):
        room.layer.states.lookups.connection().execute(text("DELETE FROM registrations"))


def test_every_conditional_page_is_known_in_front_of_flask(app: Flask, client: FlaskClient) -> None:
    kinds = app.extensions["passerelle.revalidation"]._kinds
    assert kinds == {"": "page", "agenda.ics": "file", "directory": "directory"}
