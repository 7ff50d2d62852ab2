"""Who wishes to meet somebody: told where the event says so, leaking nowhere where it does not."""

import re
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.support.queries import count_queries
from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.event.events import duplicate_event, touch
from web.domain.people.directory import Filter, directory_of
from web.models import Event, Registration, User, utcnow

PAGES = ("", "directory", "choices", "directory?wishing=me", "data", "data.json", "preparation")
TOLD = "Souhaite vous rencontrer"


class World:
    """Somebody who is wished for by one of two companies, and vetoed by the other."""

    def __init__(self, make: Factory, organiser: User, **values: Any) -> None:
        self.make, self.session = make, make.session
        self.event: Event = make.event(organiser, **values)
        self.me = make.registration(self.event, name="Les Jardins du Canal")
        self.wisher = make.registration(self.event, kind="company", name="Atelier Bleu")
        self.other = make.registration(self.event, kind="company", name="Brasserie Nord")
        self.base = f"/p/{make.personal_link(self.me)}/"

    def wish(self) -> None:
        self.make.wishes(self.wisher, [self.me])
        self.make.veto(self.other, self.me)

    def since(self) -> datetime | None:
        self.session.rollback()
        return self.session.get_one(Event, self.event.id, populate_existing=True).wishes_shown_at

    def looks(self, client: FlaskClient) -> list[tuple[int, str, str | None]]:
        """Everything that the pages say, but for the token against forgery and what a 200 is dated with."""
        answers = [client.get(self.base + page) for page in PAGES]
        once = r'(X-CSRFToken": "|name="csrf_token" value="|"exported_at": ")[^"]*'
        told = [re.sub(once, r"\1", answer.text) for answer in answers]
        return [(one.status_code, text, one.headers.get("ETag")) for one, text in zip(answers, told, strict=True)]


@pytest.fixture
def world(make: Factory, organiser: User) -> World:
    return World(make, organiser)


@on_both_databases
def test_wish_leaks_nowhere_where_wishes_are_not_shown(client: FlaskClient, world: World) -> None:
    world.looks(client)
    before = world.looks(client)
    assert before[1][2] is not None
    world.wish()
    assert world.looks(client) == before
    world.session.rollback()
    found = directory_of(world.session, world.me)
    assert found.wished_by == frozenset() and found.matching(Filter(wishing="me")) == []


@on_both_databases
def test_wish_is_shown_where_the_event_says_so(client: FlaskClient, make: Factory, organiser: User) -> None:
    world = World(make, organiser, wishes_shown_at=utcnow())
    etag = client.get(world.base + "directory").headers["ETag"]
    assert TOLD not in client.get(world.base + "directory").text
    world.wish()
    answer = client.get(world.base + "directory", headers={"If-None-Match": etag})
    assert answer.status_code == 200
    # Once among the suggestions, once among all; the veto of the other nowhere.
    assert answer.text.count(TOLD) == 2
    page = client.get(world.base + "directory?wishing=me").text
    assert "Atelier Bleu</h3>" in page and "Brasserie Nord</h3>" not in page
    page = client.get(world.base + "choices").text
    assert "1 participant souhaite vous rencontrer" in page and TOLD in page
    client.post(world.base + "choices", data={"do": "wish", "target": world.wisher.id})
    page = client.get(world.base + "choices").text
    assert TOLD in page[page.index("wish-list") : page.index("</ol>")]


def test_points_and_order_do_not_count_wishes_that_are_shown(make: Factory, organiser: User) -> None:
    world = World(make, organiser, wishes_shown_at=utcnow())

    def seen() -> list[tuple[int, int]]:
        world.session.rollback()
        found = directory_of(world.session, world.me)
        return [(one.registration.id, one.points) for one in (*found.entries(found.people), *found.suggested())]

    before = seen()
    make.wishes(world.other, [world.me])
    assert seen() == before


def test_whoever_wishes_and_is_accepted_no_more_is_not_shown(make: Factory, organiser: User) -> None:
    world = World(make, organiser, wishes_shown_at=utcnow())
    world.wish()
    with write(world.session):
        world.wisher.status = "withdrawn"
    assert directory_of(world.session, world.me).wished_by == frozenset()


def settings(client: FlaskClient, event: Event, **values: str) -> dict[str, str]:
    """The form of the event's description as it stands, with other values."""
    page = client.get(f"/events/{event.id}/setup/").text
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version is not None
    kept = {"title": event.title, "timezone": "Europe/Paris", "locale": "fr", "wish_limit": "8"}
    return kept | {"directory_published": "y", "version": version[1]} | values


@on_both_databases
def test_showing_wishes_made_in_secret_is_asked_first(
    organiser_client: FlaskClient, client: FlaskClient, world: World
) -> None:
    world.wish()
    address = f"/events/{world.event.id}/setup/"
    fields = settings(organiser_client, world.event, wishes_shown="y", title="Un autre titre")
    answer = organiser_client.post(address, data=fields)
    assert answer.status_code == 409
    text = answer.text.replace("\u00a0", " ")
    assert "1 souhait a été fait par 1 participant" in text and "Enregistrer quand même" in text
    # What was typed stays, and nothing is done.
    assert "Un autre titre" in text and TOLD not in client.get(world.base + "directory").text
    assert organiser_client.post(address, data=fields | {"confirmed": "yes"}).status_code == 302
    assert TOLD in client.get(world.base + "directory").text
    since = world.since()
    assert since is not None
    # Saved again it stays as it is, and is not asked again; not shown any more, nobody is asked either.
    fields = settings(organiser_client, world.event, wishes_shown="y")
    assert organiser_client.post(address, data=fields).status_code == 302
    assert world.since() == since
    assert organiser_client.post(address, data=settings(organiser_client, world.event)).status_code == 302
    assert TOLD not in client.get(world.base + "directory").text


def test_nobody_is_asked_where_nobody_has_wished(organiser_client: FlaskClient, world: World) -> None:
    fields = settings(organiser_client, world.event, wishes_shown="y")
    assert organiser_client.post(f"/events/{world.event.id}/setup/", data=fields).status_code == 302


def test_page_of_wishes_says_which_rule_holds_and_that_it_is_new(client: FlaskClient, world: World) -> None:
    secret, shown, new = "Seule l’équipe d’organisation voit", "voient que vous le souhaitez", "C’est nouveau depuis"
    client.post(world.base + "choices", data={"do": "wish", "target": world.other.id})
    page = client.get(world.base + "choices").text
    assert secret in page and shown not in page and new not in page
    with write(world.session):
        me = world.session.get_one(Registration, world.me.id)
        me.event.wishes_shown_at = me.wishes_saved_at = utcnow()
        me.wishes_saved_at -= utcnow() - utcnow().replace(year=2020)
        touch(me.event)
    page = client.get(world.base + "choices").text
    assert secret not in page and shown in page and new in page
    # Whoever has been at the list since knows.
    client.post(world.base + "choices", data={"do": "unwish", "target": world.other.id})
    client.post(world.base + "choices", data={"do": "wish", "target": world.other.id})
    assert new not in client.get(world.base + "choices").text


def test_copy_of_an_event_shows_wishes_as_it_did(session: Session, make: Factory, organiser: User) -> None:
    world = World(make, organiser, wishes_shown_at=utcnow())
    day = world.event.slots[0].starts_at.date()
    copy = duplicate_event(session, world.event, title="Encore", day=day, with_pool=False, user=organiser, actor=SYSTEM)
    assert copy.wishes_shown_at is not None


def test_pages_ask_as_many_queries_for_many_who_wish(
    app: Flask, client: FlaskClient, make: Factory, organiser: User
) -> None:
    world = World(make, organiser, wishes_shown_at=utcnow())
    world.wish()
    world.session.rollback()

    def queries() -> list[int]:
        # Somebody has come: nothing is answered from memory.
        make.registration(world.event, kind="company")
        world.session.rollback()
        return [count_queries(app, client, world.base + page) for page in ("directory", "choices", "preparation")]

    make.wishes(world.me, [world.other])
    client.get(world.base + "directory")
    few = queries()
    companies = [make.registration(world.event, kind="company") for _number in range(8)]
    for one in companies:
        make.wishes(one, [world.me])
    make.wishes(world.me, companies[:6])
    assert queries() == few
