"""Export and erasure: all of it, nothing of others, nothing left."""

import json

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.personal import World
from tests.support.typed import send
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.people.registration import accept
from web.models import Base, Organisation, Registration


@pytest.fixture
def world(make: Factory) -> World:
    return World(make)


def test_export_holds_everything_of_oneself_and_nothing_of_others(
    client: FlaskClient, world: World, make: Factory
) -> None:
    with write(make.session):
        world.me.phone = "03 20 11 22 33"
    make.wishes(world.me, [world.two, world.one])
    make.veto(world.one, world.me)
    answer = client.get(f"{world.base}/data.json")
    assert answer.mimetype == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "attachment" in answer.headers["Content-Disposition"]
    data = json.loads(answer.data)
    assert data["registration"]["phone"] == "03 20 11 22 33"
    assert data["registration"]["email"] == world.me.email
    assert data["wishes"] == ["Brasserie Nord", "Atelier Bleu"]
    assert data["rather_not"] == []
    assert "token_hash" not in answer.text
    assert (world.one.email or "") not in answer.text


def test_erasing_asks_to_be_sure(client: FlaskClient, world: World) -> None:
    answer = client.post(f"{world.base}/erase")
    assert answer.status_code == 422
    assert "Cochez la case pour confirmer." in answer.text
    assert client.get(f"{world.base}/").status_code == 200


def test_erasing_leaves_no_trace(client: FlaskClient, make: Factory, session: Session) -> None:
    event = make.event()
    other = make.registration(event, kind="company")
    location = send(
        client, event, name="Association Zinzolin", email="zinzolin@example.org", project="Zinzolin."
    ).location
    session.rollback()
    me = session.scalars(select(Registration).where(Registration.name == "Association Zinzolin")).one()
    with write(session):
        me.organisation = Organisation(kind="association", name="Association Zinzolin")
    accept(session, me, SYSTEM)
    make.wishes(other, [me])
    make.veto(me, other)
    version = make.schedule(
        event,
        [{"between": [me.key, other.key], "slot": "s1", "table": "t1", "facilitator": None, "score": 10}],
        published_at=None,
    )
    base = location.split("/?")[0]
    answer = client.post(f"{base}/erase", data={"sure": "y"}, follow_redirects=True)
    assert "Tout ce que nous conservions de vous est effacé." in answer.text
    assert client.get(f"{base}/").status_code == 404
    session.expire_all()
    session.rollback()
    left = [
        (name, row)
        for name, table in Base.metadata.tables.items()
        for row in session.execute(select(table)).all()
        if "zinzolin" in repr(row).lower()
    ]
    assert left == []
    assert len(version.document["meetings"]) == 1


def test_agenda_of_the_other_has_a_neutral_word_for_a_name(client: FlaskClient, world: World, make: Factory) -> None:
    theirs = f"/p/{make.personal_link(world.one)}"
    assert "Les Jardins du Canal" in client.get(f"{theirs}/").text
    client.post(f"{world.base}/erase", data={"sure": "y"})
    page = client.get(f"{theirs}/").text
    assert "Les Jardins du Canal" not in page
    assert "participant effacé" in page
    assert "14:00" in page
    assert client.get(f"{theirs}/agenda.pdf").status_code == 200


def test_stranger_can_neither_export_nor_erase(client: FlaskClient, world: World) -> None:
    assert client.get("/p/nobody/data.json").status_code == 404
    assert client.post("/p/nobody/erase", data={"sure": "y"}).status_code == 404
    assert client.get(f"{world.base}/").status_code == 200
