"""What a participant is shown of the published version stands in a row, and is what the whole files would give."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from scheduler.format.event import checked_event
from scheduler.format.schedule import Schedule
from tests.support.published import World, meeting, world  # noqa: F401
from tests.web.conftest import on_both_databases
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.memory import forget_all
from web.domain.people import privacy
from web.domain.people.page_state import Told, page_state
from web.domain.timetable import agenda
from web.domain.timetable.agenda import _schedule, provisional_agenda, published_agenda
from web.domain.timetable.appointments import CANCELLED, Cancelled, cancelled_of
from web.domain.timetable.excerpts import excerpts
from web.domain.timetable.versions import event_of, schedule_of
from web.domain.tokens import hash_token
from web.exports.agenda_data import build_agendas
from web.exports.calendar import participant_calendar
from web.models import Agenda, ScheduleVersion


@pytest.fixture
def published(world: World) -> World:  # noqa: F811
    """`world` with two versions announced; between them A's meeting at s2 went to another partner."""
    world.make.wishes(world.a, [world.d, world.c])
    world.make.wishes(world.c, [world.b, world.a])
    world.make.rule(world.event, world.b, world.d)
    world.first = world.make.schedule(world.event, world.first.document["meetings"])
    world.publish(world.first)
    world.second = world.make.schedule(  # type: ignore[attr-defined]
        world.event, [meeting(world.a, world.c, "s1"), meeting(world.b, world.d, "s3", None)]
    )
    world.publish(world.second)  # type: ignore[attr-defined]
    return world


def rows(session: Session) -> dict[str, dict[str, Any]]:
    session.rollback()
    return {row.participant: row.content for row in session.scalars(select(Agenda))}


def calendar(whole: Any, schedule: Schedule, who: str, cancelled: Sequence[Cancelled], language: str) -> bytes:
    return participant_calendar(
        whole,
        schedule,
        who,
        event_uid="uid",
        sequence=3,
        stamp=datetime(2027, 3, 1, tzinfo=UTC),
        language=language,
        url="https://rencontres.example/p/x/",
        cancelled=cancelled,
        place="Salle des Fêtes",
    )


@pytest.mark.parametrize("language", ["fr", "en"])
def test_excerpt_gives_the_agenda_and_the_calendar_of_the_whole_event(published: World, language: str) -> None:
    first, second = published.first, published.second  # type: ignore[attr-defined]
    whole, schedule = event_of(second), schedule_of(second)
    earlier = [(first.event_document, first.document)]
    found = excerpts(second.event_document, second.document, earlier)
    assert list(found) == [one.id for one in whole.participants]
    for who, content in found.items():
        small, mine = checked_event(content["event"]), _schedule(content["meetings"])
        cancelled = cancelled_of(who, second.document, second.event_document, earlier)
        assert CANCELLED.validate_python(content["cancelled"]) == cancelled
        assert build_agendas(small, mine, language=language, participants=[who]) == build_agendas(
            whole, schedule, language=language, participants=[who]
        )
        assert calendar(small, mine, who, cancelled, language) == calendar(whole, schedule, who, cancelled, language)


def test_excerpt_tells_nobody_whom_another_wished_for(published: World) -> None:
    people = {one["id"]: one for one in rows(published.session)[published.a.key]["event"]["participants"]}
    # A's own wishes in order; of C's, who wished for B and A, that A is among them.
    assert people[published.a.key]["wishes"] == [published.d.key, published.c.key]
    assert people[published.c.key]["wishes"] == [published.a.key]
    assert published.b.key not in people


@on_both_databases
def test_publication_writes_one_row_a_participant_and_removes_those_before(published: World) -> None:
    session = published.session
    found = {(row.version_id, row.participant) for row in session.scalars(select(Agenda))}
    everybody = (published.a, published.b, published.c, published.d)
    assert found == {(published.second.id, one.key) for one in everybody}  # type: ignore[attr-defined]


def test_row_holds_what_changed_against_the_version_before(published: World) -> None:
    agenda = published_agenda(published.session, published.a)
    assert agenda is not None and agenda.change is not None
    assert [one.partner for one in agenda.change.cancelled] == ["Imprimerie Lys"]
    assert agenda.announced_before == published.first.published_at


def test_view_of_an_agenda_reads_no_stored_file(published: World, client: FlaskClient, statements: list[str]) -> None:
    token, other = (published.make.personal_link(one) for one in (published.a, published.b))
    # Whether what was announced still holds is looked up once for all, after a change.
    client.get(f"/p/{other}/")
    statements.clear()
    assert "Fournil Dubois" in client.get(f"/p/{token}/").text
    assert client.get(f"/p/{token}/agenda.ics").status_code == 200
    assert [one for one in statements if "document" in one] == []


@on_both_databases
def test_what_was_announced_is_read_once_until_it_says_something_else(published: World, statements: list[str]) -> None:
    session, a = published.session, published.a
    link = hash_token(published.make.personal_link(a))

    def told() -> Told | None:
        state = page_state(session.connection(), link)
        return None if state is None else state.told

    first = published_agenda(session, a, told())
    assert first == published_agenda(session, a)
    known = told()
    statements.clear()
    assert published_agenda(session, a, known) is first
    assert not any("agendas" in one for one in statements)
    # An erasure makes the row anew; what another process was told before it is not what it reads then.
    privacy.erase(session, published.c, SYSTEM)
    session.refresh(a)
    assert told() != known
    forget_all()
    for one in (known, told(), known):
        agenda = published_agenda(session, a, one)
        assert agenda is not None and "Fournil Dubois" not in str(agenda.event), one
        assert agenda.told == told()


@on_both_databases
def test_version_published_by_an_earlier_release_gets_its_rows_at_the_first_look(published: World) -> None:
    session = published.session
    before = rows(session)
    with write(session):
        session.execute(delete(Agenda))
    agenda = published_agenda(session, published.a)
    assert agenda is not None and [one.slot for one in agenda.schedule.meetings] == ["s1"]
    assert rows(session) == before


@on_both_databases
@pytest.mark.parametrize("provisional", [False, True])
def test_agenda_made_by_another_between_two_looks_is_there(
    published: World, monkeypatch: pytest.MonkeyPatch, provisional: bool
) -> None:
    """Of two who looked first at the same moment one was told that the organisers look for meetings."""
    session, event = published.session, published.event
    with write(session):
        session.execute(delete(Agenda))
        if provisional:
            event.provisional_schedule_id, event.published_schedule_id = event.published_schedule_id, None
    look, has = (provisional_agenda if provisional else published_agenda), agenda._has_agendas

    def made_meanwhile(session: Session, version_id: int) -> bool:
        monkeypatch.setattr(agenda, "_has_agendas", has)
        with Session(session.get_bind()) as other:
            agenda._make_missing(other, event.id)
        return has(session, version_id)

    monkeypatch.setattr(agenda, "_has_agendas", made_meanwhile)
    found = look(session, published.a)
    assert found is not None and [one.slot for one in found.schedule.meetings] == ["s1"]


@on_both_databases
def test_rows_of_an_earlier_release_are_made_anew_at_the_first_look(published: World) -> None:
    """They had the meetings of before without the event that these were of."""
    session = published.session
    before = rows(session)
    with write(session):
        for row in session.scalars(select(Agenda)):
            row.content = {name: value for name, value in row.content.items() if name != "cancelled"} | {"before": []}
    agenda = published_agenda(session, published.a)
    assert agenda is not None and [one.partner for one in agenda.cancelled] == ["Imprimerie Lys"]
    assert rows(session) == before


def test_participant_who_came_after_the_version_has_no_agenda(published: World) -> None:
    late = published.make.registration(published.event, name="Les Tardifs")
    assert published_agenda(published.session, late) is None
    assert published.session.scalar(select(func.count()).select_from(Agenda)) == 4


@on_both_databases
def test_erased_partner_is_in_no_row_any_more(published: World) -> None:
    session = published.session
    assert "Fournil Dubois" in str(rows(session)[published.a.key])
    privacy.erase(session, published.c, SYSTEM)
    assert "Fournil Dubois" not in str(rows(session))
    agenda = published_agenda(session, published.a)
    assert agenda is not None and len(agenda.schedule.meetings) == 1
    assert "Fournil Dubois" not in str(rows(session))


def test_deleted_event_takes_its_rows_with_it(published: World) -> None:
    session = published.session
    with write(session):
        session.delete(published.event)
    assert rows(session) == {}
    assert session.scalars(select(ScheduleVersion)).all() == []
