"""Migrations run up, down and up again with data, on both databases; models and schema agree."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web import create_app
from web.config import Settings
from web.db import database
from web.migrations import downgrade, drift, is_current, upgrade
from web.models import Base, Event, Registration

pytestmark = on_both_databases


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    app = create_app(settings)
    with app.app_context():
        yield database(app).engine
    database(app).engine.dispose()


def fill(engine: Engine) -> None:
    with Session(engine) as session:
        make = Factory(session)
        event = make.event(make.user(), facilitators=1)
        a, c = make.registration(event), make.registration(event, kind="company")
        make.wishes(a, [c])
        make.rule(event, a, c)
        schedule = make.schedule(event)
        make.job(event, schedule_id=schedule.id)
        event.published_schedule_id = schedule.id
        session.commit()


def test_schema_agrees_with_the_models(engine: Engine) -> None:
    upgrade(engine)
    assert drift(engine) == []


def test_migrations_go_up_down_and_up_with_data(engine: Engine) -> None:
    for _round in range(2):
        assert not is_current(engine)
        upgrade(engine)
        assert is_current(engine)
        fill(engine)
        downgrade(engine, "base")
    upgrade(engine)
    fill(engine)
    upgrade(engine)
    with Session(engine) as session:
        assert session.scalars(select(Event)).one().published_schedule_id is not None


def test_deleting_an_event_leaves_nothing_of_it(engine: Engine) -> None:
    upgrade(engine)
    fill(engine)
    with Session(engine) as session:
        session.delete(session.scalars(select(Event)).one())
        session.commit()
        left = {name for name, table in Base.metadata.tables.items() if session.execute(select(table)).first()}
    assert left == {"users", "alembic_version"} & left
    assert "users" in left


def test_row_of_an_unknown_event_is_refused(engine: Engine) -> None:
    from sqlalchemy.exc import IntegrityError

    upgrade(engine)
    with Session(engine) as session, pytest.raises(IntegrityError):
        session.add(Registration(event_id=99, key="a", kind="association"))
        session.commit()
