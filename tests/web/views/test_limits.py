"""Limits count persons, not buildings: a venue's single network address is no obstacle, one mail address is limited."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.support.typed import typed
from tests.web.factories import Factory
from web.db import get_session
from web.models import Event


class Room:
    """A browser behind the one address of a venue, and an event to register for."""

    def __init__(self, app: Flask, session: Session) -> None:
        app.config["WTF_CSRF_ENABLED"] = False
        self.client: FlaskClient = app.test_client()
        self.make = Factory(session)
        self.event = self.make.event()

    def register(self, email: str, name: str = "Les Jardins du Canal", event: Event | None = None, **more: str) -> int:
        return self.answer(email, name, event, **more).status_code

    def answer(self, email: str, name: str, event: Event | None = None, **more: str) -> TestResponse:
        to = event or self.event
        form = typed(to, email=email, name=name, submission=f"form of {name} and {email}", **more)
        return self.client.post(f"/e/{to.slug}/register", data=form)


@pytest.fixture
def room(limited_app: Flask) -> Iterator[Room]:
    with limited_app.app_context():
        yield Room(limited_app, get_session())


def test_a_full_room_registers_from_one_network_address(room: Room) -> None:
    """The 61st was refused for ten minutes."""
    assert {room.register(f"p{number}@example.org") for number in range(80)} == {303}


def test_one_mail_address_registers_five_times_in_an_event(room: Room) -> None:
    answers = [room.register("ada@example.org", f"Association {number}") for number in range(7)]
    assert answers == [303] * 5 + [429] * 2
    # However it is written; and nobody else is held up, nor she in another event.
    assert room.register(" ADA@example.org ", "Encore une") == 429
    assert room.register("bea@example.org") == 303
    assert room.register("ada@example.org", "Association 9", room.make.event()) == 303


def test_who_is_refused_is_told_for_how_long_and_nobody_else_is(room: Room) -> None:
    answers = [room.answer("ada@example.org", f"Association {number}") for number in range(6)]
    told = [answer.headers.get("Retry-After") for answer in answers]
    assert told[:5] == [None] * 5
    assert 1 <= int(told[5] or 0) <= 600


def test_forms_that_are_sent_back_are_not_counted(room: Room) -> None:
    assert {room.register("ada@example.org", consent="") for _turn in range(8)} == {422}
    assert room.register("ada@example.org") == 303


def test_a_full_room_asks_for_lost_links_and_one_mail_address_five_times(room: Room) -> None:
    def ask(email: str) -> int:
        return room.client.post(f"/e/{room.event.slug}/lost-link", data={"email": email}).status_code

    assert {ask(f"p{number}@example.org") for number in range(40)} == {303}
    assert [ask("ada@example.org") for _turn in range(6)] == [303] * 5 + [429]
