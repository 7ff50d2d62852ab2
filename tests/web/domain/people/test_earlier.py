"""Who met before, as the directory tells it: at announced events that are over, of the same organisers."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.queries import count_queries
from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.people import privacy
from web.domain.people.directory import Filter, directory_of
from web.domain.people.earlier import Met
from web.domain.people.page_state import announced_elsewhere, directory_state, over_at
from web.models import Event, Registration, Role, User, utcnow

DAY = date(2026, 3, 12)


class World:
    """Somebody and two companies; one of them was met in March 2026."""

    def __init__(self, make: Factory, organiser: User) -> None:
        self.make, self.session, self.organiser = make, make.session, organiser
        self.event: Event = make.event(organiser)
        self.me = make.registration(self.event, name="Les Jardins du Canal", siren="123456789")
        self.met = make.registration(self.event, kind="company", name="Nord Menuiserie")
        self.new = make.registration(self.event, kind="company", name="Atelier Bleu")
        self.base = f"/p/{make.personal_link(self.me)}/"

    def told(self, of: Registration | None = None) -> dict[str, Met]:
        self.session.rollback()
        found = directory_of(self.session, of or self.me)
        return {one.registration.name: one.met for one in found.entries(found.people) if one.met}


@pytest.fixture
def world(make: Factory, organiser: User) -> World:
    return World(make, organiser)


@on_both_databases
def test_those_who_met_before_are_told_so_on_both_sides(world: World) -> None:
    assert world.told() == {}
    world.make.met_before(world.organiser, world.me, world.met, title="Rencontres d’hiver")
    assert world.told() == {"Nord Menuiserie": Met(DAY, "Rencontres d’hiver")}
    assert world.told(world.met) == {"Les Jardins du Canal": Met(DAY, "Rencontres d’hiver")}
    assert world.told(world.new) == {}


def test_organisations_are_known_again_as_in_the_pool(world: World) -> None:
    earlier = world.make.met_before(world.organiser, world.me, world.met)
    of_the_earlier = select(Registration).where(Registration.event_id == earlier.id).order_by(Registration.id)
    rows = world.session.scalars(of_the_earlier).all()
    with write(world.session):
        # Another name with the same number; the same name, written otherwise.
        rows[0].name, rows[1].name = "Jardins du canal, association", "NORD MENUISERIE"
    assert set(world.told()) == {"Nord Menuiserie"}
    with write(world.session):
        rows[0].siren = "987654321"
        rows[0].event.version += 0
        rows[0].event.place = "Ailleurs"
    assert world.told() == {}


@on_both_databases
@pytest.mark.parametrize("why", ["other team", "desk", "not announced", "not over", "withdrawn", "erased"])
def test_what_is_no_past_meeting_of_these_organisers_is_not_told(world: World, why: str) -> None:
    make = world.make
    earlier = make.met_before(make.user() if why in ("other team", "desk") else world.organiser, world.me, world.met)
    if why == "desk":
        make.member(earlier, world.organiser, Role.DESK)
    theirs = world.session.scalars(
        select(Registration).where(Registration.event_id == earlier.id, Registration.kind == "company")
    ).one()
    if why == "erased":
        # Known already, and forgotten at once.
        assert world.told()
        privacy.erase(world.session, theirs, SYSTEM)
    with write(world.session):
        if why == "not announced":
            earlier.published_schedule_id = None
        if why == "not over":
            for slot in earlier.slots:
                slot.starts_at, slot.ends_at = (one.replace(year=2090) for one in (slot.starts_at, slot.ends_at))
        if why == "withdrawn":
            theirs.status = "withdrawn"
    assert world.told() == {}


def test_meeting_is_told_once_its_event_is_over(world: World) -> None:
    world.make.met_before(world.organiser, world.me, world.met)
    elsewhere = announced_elsewhere(world.session.connection(), world.event.id)
    end = datetime(2026, 3, 12, 13, 14, tzinfo=UTC)
    assert over_at(elsewhere, end - timedelta(minutes=1)) == ()
    assert len(over_at(elsewhere, end)) == 1
    assert directory_state(world.session.connection(), world.event.id, world.me.id, end).earlier


def test_the_last_of_several_meetings_is_told(world: World) -> None:
    world.make.met_before(world.organiser, world.me, world.met, title="La dernière")
    first = world.make.met_before(world.organiser, world.me, world.met, title="La première")
    with write(world.session):
        for slot in first.slots:
            slot.starts_at, slot.ends_at = (one.replace(year=2024) for one in (slot.starts_at, slot.ends_at))
    assert world.told()["Nord Menuiserie"].title == "La dernière"


def test_whom_one_met_is_not_suggested_unless_they_say_that_they_wish_to(world: World) -> None:
    def suggested() -> list[str]:
        world.session.rollback()
        return [one.registration.name for one in directory_of(world.session, world.me).suggested()]

    assert suggested() == ["Nord Menuiserie", "Atelier Bleu"]
    world.make.met_before(world.organiser, world.me, world.met)
    assert suggested() == ["Atelier Bleu"]
    # Where wishes are secret, what they wish changes nothing.
    world.make.wishes(world.met, [world.me])
    assert suggested() == ["Atelier Bleu"]
    with write(world.session):
        world.event.wishes_shown_at = utcnow()
    assert suggested() == ["Nord Menuiserie", "Atelier Bleu"]


def test_pages_tell_when_and_where_and_leave_them_out_when_asked(client: FlaskClient, world: World) -> None:
    etag = client.get(world.base + "directory").headers["ETag"]
    assert "Jamais rencontrés" not in client.get(world.base + "directory").text
    world.make.met_before(world.organiser, world.me, world.met, title="Rencontres d’hiver")
    answer = client.get(world.base + "directory", headers={"If-None-Match": etag})
    assert answer.status_code == 200
    assert "Déjà rencontrés le jeudi 12 mars 2026 – Rencontres d’hiver" in answer.text
    page = client.get(world.base + "directory?met=never").text
    assert "Atelier Bleu</h3>" in page and "Nord Menuiserie</h3>" not in page
    found = directory_of(world.session, world.me)
    assert [one.name for one in found.matching(Filter(met="never"))] == ["Atelier Bleu"]
    client.post(world.base + "choices", data={"do": "wish", "target": world.met.id})
    assert "Déjà rencontrés le jeudi 12 mars 2026" in client.get(world.base + "choices").text


def test_directory_asks_as_many_queries_for_many_earlier_events(
    app: Flask, client: FlaskClient, session: Session, world: World
) -> None:
    client.get(world.base + "directory")
    world.make.met_before(world.organiser, world.me, world.met)
    session.rollback()
    few = count_queries(app, client, world.base + "directory")
    for number in range(4):
        world.make.met_before(world.organiser, world.me, world.met, title=f"Encore {number}")
    session.rollback()
    assert count_queries(app, client, world.base + "directory") == few
