"""The log as organisers read it: every deed in words, whose it was, and nobody else's event."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

import web.domain
from tests.support.queries import count_queries
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM, Actor, record
from web.domain.people import participants, registration
from web.models import AuditEntry, Event, User
from web.views.organiser.journal import DEEDS

# What is no deed in an event: these entries belong to accounts and programs.
ELSEWHERE = ("account.", "token.")
VERBS = {"registration.accept", "registration.decline", "registration.wait", "registration.withdraw"}


@pytest.fixture
def event(make: Factory, organiser: User) -> Event:
    return make.event(organiser)


def at(event: Event, rest: str = "") -> str:
    return f"/events/{event.id}/log/{rest}"


def test_every_deed_has_words() -> None:
    """A deed is written down by `record`, three lines at most before its name."""
    found = set(VERBS)
    for path in Path(web.domain.__path__[0]).rglob("*.py"):
        text = path.read_text()
        for call in re.finditer(r"\brecord\(", text):
            name = re.search(r'"([a-z_]+\.[a-z_]+)"', text[call.end() : call.end() + 200])
            if name is not None:
                found.add(name[1])
    assert {name for name in found if not name.startswith(ELSEWHERE)} - set(DEEDS) == set()
    assert len(found) > 40


def test_log_tells_who_did_what_and_on_whose_behalf(
    organiser_client: FlaskClient, event: Event, make: Factory, session: Session, organiser: User
) -> None:
    one = make.registration(event, name="Les Jardins", status="pending")
    session.rollback()
    registration.accept(session, one, Actor.of_user(organiser))
    registration.withdraw(session, one, registration.participant_actor(one))
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", organiser_client.get(at(event)).text))
    withdrawn = "A annulé l’inscription Les Jardins en leur propre nom"
    assert re.search(rf"{withdrawn} .*A accepté l’inscription {organiser.name} Les Jardins", text)
    # Whom it was for is a way to their page.
    assert f"/participants/{one.id}/" in organiser_client.get(at(event)).text


def test_log_is_narrowed_by_who_and_about_whom(
    organiser_client: FlaskClient, event: Event, make: Factory, session: Session, organiser: User
) -> None:
    one, other = make.registration(event, name="Un"), make.registration(event, name="Autre")
    session.rollback()
    with write(session):
        record(session, Actor.of_user(organiser), "registration.accept", event_id=event.id, behalf_of=one.id)
        record(session, registration.participant_actor(other), "wish.add", event_id=event.id)
        record(session, SYSTEM, "retention.run", event_id=event.id)
    said = ("A accepté l’inscription", "A ajouté un souhait", "A effacé les données des personnes")

    def found(rest: str) -> list[bool]:
        text = organiser_client.get(at(event, rest)).text
        return [words in text for words in said]

    assert found("") == [True, True, True]
    assert found("?who=team") == [True, False, False]
    assert found("?who=participants") == [False, True, False]
    assert found("?who=program") == [False, False, True]
    assert found(f"?about={other.id}") == [False, True, False]
    assert found("?who=nonsense&page=-4") == [True, True, True]
    assert found("?about=999999") == [False, False, False]


def test_log_of_another_event_does_not_show_through(
    organiser_client: FlaskClient, event: Event, make: Factory, session: Session
) -> None:
    elsewhere = make.event()
    stranger = make.registration(elsewhere, name="Étrangère")
    session.rollback()
    with write(session):
        record(session, Actor("Étrangère"), "wish.add", event_id=elsewhere.id, behalf_of=stranger.id)
    assert "Étrangère" not in organiser_client.get(at(event, f"?about={stranger.id}")).text
    assert organiser_client.get(at(elsewhere)).status_code == 404


def test_log_has_pages_and_asks_as_often_for_ten_as_for_a_hundred(
    app: Flask, organiser_client: FlaskClient, event: Event, session: Session, make: Factory
) -> None:
    one = make.registration(event)
    session.rollback()

    address = at(event)
    session.rollback()
    with write(session):
        for _number in range(10):
            record(session, Actor("A"), "wish.add", event_id=event.id, behalf_of=one.id)
    few = count_queries(app, organiser_client, address)
    with write(session):
        for number in range(100):
            record(session, Actor("A"), "wish.add", event_id=event.id, behalf_of=one.id, number=number)
    assert count_queries(app, organiser_client, address) == few
    assert session.query(AuditEntry).filter_by(event_id=event.id).count() >= 110
    assert "Page 3 sur 3" in organiser_client.get(at(event, "?page=99")).text.replace("\u00a0", " ")


def test_erased_participant_is_not_named_by_the_log(
    organiser_client: FlaskClient, event: Event, make: Factory, session: Session, organiser: User
) -> None:
    one = make.registration(event, name="Zébulon et compagnie")
    session.rollback()
    with write(session):
        record(session, registration.participant_actor(one), "wish.add", event_id=event.id)
    assert "Zébulon" in organiser_client.get(at(event)).text
    participants.remove(session, one, one.version, Actor.of_user(organiser))
    assert "Zébulon" not in organiser_client.get(at(event)).text
