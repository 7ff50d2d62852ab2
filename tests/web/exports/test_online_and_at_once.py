"""Meetings online say how one comes to them, meetings at once that they are: in mail, calendar, sheet and page."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.support.calendars import Entry, read
from tests.support.prints import pages_of
from tests.support.published import World, meeting
from tests.web.factories import Factory
from web.db import write
from web.domain.timetable.agenda import published_agenda
from web.exports.agenda import agendas_pdf
from web.exports.versions import own_agenda
from web.models import Event, Registration

HOW = "https://visio.example/rencontres – salle « Canal »"
AT_ONCE = "une personne à chacun"


@pytest.fixture
def world(session: Session, make: Factory) -> World:
    """The bakery sends two people, of whom each has a meeting in the first round; the printers come online."""
    world = World(session, make)
    with write(session):
        session.get_one(Registration, world.c.id).delegates = 2
        session.get_one(Registration, world.d.id).remote = True
    world.publish(
        make.schedule(
            world.event,
            [
                meeting(world.a, world.c, "s1"),
                meeting(world.b, world.c, "s1", "t2"),
                meeting(world.a, world.d, "s2", None),
            ],
        )
    )
    return world


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def say(world: World, how: str) -> None:
    with write(world.session):
        event = world.session.get_one(Event, world.event.id)
        event.texts = {**event.texts, "online": how}


def calendar(world: World, client: FlaskClient, one: Registration) -> list[Entry]:
    token = world.make.personal_link(one)
    return read(client.get(f"/p/{token}/agenda.ics", query_string={"lang": "fr"}).data)


def sheet(world: World, one: Registration) -> str:
    me = world.session.get_one(Registration, one.id)
    published = published_agenda(world.session, me)
    assert published is not None
    (page,) = pages_of(agendas_pdf([own_agenda(published, me, "fr", None, own_screen=False)], processes=1))
    return " ".join(plain(page).split())


def test_meetings_at_once_are_marked_in_calendar_page_and_sheet(world: World, client: FlaskClient) -> None:
    assert [AT_ONCE in one.description for one in calendar(world, client, world.c)] == [True, True]
    assert [AT_ONCE in one.description for one in calendar(world, client, world.a)] == [False, False]
    page = client.get(f"/p/{world.make.personal_link(world.c)}/").text
    assert page.count("en parallèle, une personne à chacun") == 2
    assert "en parallèle" not in client.get(f"/p/{world.make.personal_link(world.a)}/").text
    assert "en parallèle" in sheet(world, world.c) and "en parallèle" not in sheet(world, world.a)


def test_meetings_online_say_how_one_comes_to_them(world: World, client: FlaskClient) -> None:
    say(world, HOW)
    there, online = calendar(world, client, world.a)
    assert f"Rendez-vous en ligne : {HOW}" in plain(online.description) and online.location == "En ligne"
    assert "ligne" not in there.description
    page = client.get(f"/p/{world.make.personal_link(world.a)}/").text
    assert '<a href="https://visio.example/rencontres"' in page
    assert "visio.example" in sheet(world, world.a) and "visio.example" not in sheet(world, world.b)
    assert "visio.example" not in client.get(f"/p/{world.make.personal_link(world.b)}/").text


def test_meetings_online_say_that_the_way_is_told_later(world: World, client: FlaskClient) -> None:
    later = "vous envoie le lien avant l’événement"
    assert later in plain(calendar(world, client, world.a)[1].description)
    assert later in sheet(world, world.a)
    assert later in plain(client.get(f"/p/{world.make.personal_link(world.a)}/").text)


def test_calendar_with_another_way_to_a_meeting_online_has_another_number(world: World, client: FlaskClient) -> None:
    before = calendar(world, client, world.a)[1]
    world.session.rollback()
    say(world, HOW)
    after = calendar(world, client, world.a)[1]
    assert after.sequence > before.sequence and after.description != before.description
    say(world, HOW)
    with write(world.session):
        event = world.session.get_one(Event, world.event.id)
        event.texts = {**event.texts, "intro": "Bienvenue"}
    # The personal link was made anew, which is a change of the row.
    assert calendar(world, client, world.a)[1].sequence - after.sequence == after.sequence - before.sequence - 1
