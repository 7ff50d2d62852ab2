"""The rows of a page's reader and of the event, kept while the state of the page says that they are the same."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import inspect, update
from sqlalchemy.orm import Session

from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.people import colleagues, page_rows, wishes
from web.domain.people.page_rows import reader_of_page
from web.domain.people.page_state import ROW_OF_READER, PageRow, page_row
from web.domain.team.access import issue_personal_link, personal_token, reader_by_token
from web.domain.tokens import hash_token
from web.models import Colleague, Event, Registration

pytestmark = on_both_databases


class World:
    """An event with two participants, and requests that look at their pages."""

    def __init__(self, make: Factory) -> None:
        self.make, self.session = make, make.session
        self.event = make.event(title="Rencontres")
        self.a = make.registration(self.event, name="Les Jardins du Canal")
        self.b = make.registration(self.event, kind="company", name="Atelier Bleu")
        self.ids = self.a.id, self.b.id
        self.tokens = {one.id: make.personal_link(one) for one in (self.a, self.b)}
        self.session.rollback()

    def change(self, row: Any, **values: Any) -> None:
        with write(self.session):
            for name, value in values.items():
                setattr(row, name, value)
        self.session.rollback()

    def request(self) -> Session:
        return Session(self.session.get_bind())

    def state(self, session: Session, id: int) -> PageRow:
        found = page_row(session.connection(), hash_token(self.tokens[id]))
        assert found is not None
        return found

    def read(self, session: Session, id: int) -> Registration:
        reader = reader_of_page(session, self.state(session, id), self.tokens[id])
        assert isinstance(reader, Registration)
        return reader

    def look(self) -> None:
        for id in self.ids:
            with self.request() as session:
                self.read(session, id)


@pytest.fixture
def world(make: Factory) -> World:
    return World(make)


def values(row: Registration | Event) -> dict[str, Any]:
    columns = inspect(type(row)).column_attrs.keys()
    return {name: getattr(row, name) for name in columns if name != "updated_at"}


def test_rows_that_have_not_changed_are_not_read(world: World, statements: list[str]) -> None:
    world.look()
    for id in world.ids:
        with world.request() as session:
            state = world.state(session, id)
            statements.clear()
            reader = reader_of_page(session, state, world.tokens[id])
            assert isinstance(reader, Registration) and reader.id == id and reader.event.title == "Rencontres"
            assert statements == []


HAPPENINGS: tuple[Callable[[World], Any], ...] = (
    lambda it: None,
    lambda it: it.change(it.event, title="Autres rencontres"),
    lambda it: it.change(it.a, needs=["money.donation"], project="Un autre"),
    lambda it: wishes.add_wish(it.session, it.a, it.b.id, SYSTEM),
    lambda it: wishes.remove_wish(it.session, it.a, it.b.id, SYSTEM),
    lambda it: it.change(it.event, place="Gymnase"),
    lambda it: it.change(it.a, status="withdrawn"),
    lambda it: it.change(it.a, confirmed_email=it.a.email),
    lambda it: it.change(it.b, name="Atelier Vert"),
)


def test_rows_are_those_of_the_database_whatever_happens(world: World) -> None:
    for happen in HAPPENINGS:
        happen(world)
        for id in (*world.ids, *world.ids):
            with world.request() as session, world.request() as other:
                kept, fresh = world.read(session, id), reader_by_token(other, world.tokens[id])
                assert isinstance(fresh, Registration)
                assert values(kept) == values(fresh) and values(kept.event) == values(fresh.event)
                assert [slot.key for slot in kept.event.slots] == [slot.key for slot in fresh.event.slots]


def test_event_that_changes_is_read_once_for_all(world: World, statements: list[str]) -> None:
    world.look()
    world.change(world.event, title="Autres rencontres")
    statements.clear()
    for id in world.ids:
        with world.request() as session:
            assert world.read(session, id).event.title == "Autres rencontres"
    assert len([line for line in statements if "events.title" in line]) == 1
    assert not any("registrations.project" in line for line in statements)


def test_row_that_changed_since_its_state_was_read_is_not_kept_under_it(world: World) -> None:
    with world.request() as session:
        state = world.state(session, world.ids[0])
    world.change(world.a, name="Les Jardins du Lac")
    world.change(world.event, title="Autres rencontres")
    for _twice in range(2):
        with world.request() as session:
            reader = reader_of_page(session, state, world.tokens[world.ids[0]])
            assert isinstance(reader, Registration)
            assert (reader.name, reader.event.title) == ("Les Jardins du Lac", "Autres rencontres")
            facts = page_rows._facts(state, world.ids[0], ROW_OF_READER)
            assert page_rows._readers.find((str(session.get_bind().engine.url), facts)) is None


def test_what_a_request_does_to_a_row_stays_its_own(world: World) -> None:
    for _again in range(3):
        with world.request() as session:
            reader = world.read(session, world.ids[0])
            assert (reader.name, reader.event.title) == ("Les Jardins du Canal", "Rencontres")
            reader.name = reader.event.title = "Nobody saved this"
    with world.request() as session:
        reader = world.read(session, world.ids[0])
        with write(session):
            reader.project = "Saved"
    with world.request() as session:
        assert world.read(session, world.ids[0]).project == "Saved"


def test_link_of_a_colleague_is_theirs_and_a_revoked_one_nobodys(world: World) -> None:
    world.look()
    world.change(world.a, confirmed_email=world.a.email)
    named = {"name": "Ana Exemple", "email": "ana@example.org", "language": "fr"}
    assert colleagues.add(world.session, world.a, **named, actor=SYSTEM) is not None
    (one,) = colleagues.colleagues_of(world.session, world.a)
    with write(world.session):
        token = personal_token(one)
    with world.request() as session:
        state = page_row(session.connection(), hash_token(token))
        assert state is not None
        assert isinstance(reader_of_page(session, state, token), Colleague)
    with write(world.session):
        issue_personal_link(world.a)
    with world.request() as session:
        assert page_row(session.connection(), hash_token(world.tokens[world.ids[0]])) is None


def test_whoever_has_the_number_of_somebody_removed_in_the_same_second_is_themselves(world: World) -> None:
    """SQLite gives the last number again; counters begin where the other's began, and moments are full seconds."""
    b = world.b.id
    world.look()
    facts = {name: getattr(world.b, name) for name in ROW_OF_READER.values()}
    with write(world.session):
        world.session.delete(world.b)
    other = world.make.registration(world.event, kind="company", name="Menuiserie Vive")
    token = world.make.personal_link(other)
    with write(world.session):
        world.session.execute(update(Registration).where(Registration.id == other.id).values(id=b, **facts))
    with world.request() as session:
        state = page_row(session.connection(), hash_token(token))
        assert state is not None
        reader = reader_of_page(session, state, token)
        assert isinstance(reader, Registration)
        assert (reader.id, reader.name) == (b, "Menuiserie Vive")
