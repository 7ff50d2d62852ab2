"""Whoever is not concerned by an announcement: page and calendar stay as they are."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete

from tests.support.calendars import Program
from tests.support.published import World, meeting, world  # noqa: F401
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.people.privacy import erase
from web.domain.timetable.lasting import runs
from web.models import Agenda, Event, Registration, ScheduleVersion

EVENT: dict[str, Any] = {
    "slots": [{"id": f"s{n}", "start": f"2027-03-18T14:0{n}:00", "end": f"2027-03-18T14:0{n}:30"} for n in (1, 2)],
    "tables": [{"id": "t1", "name": "Table 1"}, {"id": "t2", "name": "Table 2"}],
    "participants": [{"id": id, "kind": "association", "name": id.upper()} for id in ("a", "b", "c", "d")],
}


def held(*meetings: tuple[str, str, str]) -> dict[str, Any]:
    """Meetings as (two letters, slot, table)."""
    return {
        "meetings": [
            {"between": list(pair), "slot": slot, "table": table, "facilitator": None} for pair, slot, table in meetings
        ]
    }


def test_runs_count_the_announcements_that_said_the_same() -> None:
    first = held(("ab", "s1", "t1"), ("cd", "s1", "t2"))
    second = held(("ab", "s2", "t1"), ("cd", "s1", "t2"))
    told = [(EVENT, one, "Halle") for one in (second, second, first)]
    assert runs(told) == {"a": 1, "b": 1, "c": 2, "d": 2}
    assert runs(told[1:]) == {"a": 0, "b": 0, "c": 1, "d": 1}


@pytest.mark.parametrize(
    "changed",
    [
        {"tables": [{"id": "t1", "name": "Le Kiosque"}, {"id": "t2", "name": "Table 2"}]},
        {"slots": [EVENT["slots"][0] | {"start": "2027-03-18T14:05:00"}, EVENT["slots"][1]]},
        {"participants": [EVENT["participants"][0] | {"name": "Autre"}, *EVENT["participants"][1:]]},
    ],
    ids=["table", "hour", "partner's name"],
)
def test_runs_end_where_a_reader_sees_something_else(changed: dict[str, Any]) -> None:
    schedule = held(("ab", "s1", "t1"), ("cd", "s2", "t2"))
    found = runs([(EVENT | changed, schedule, "Halle"), (EVENT, schedule, "Halle")])
    assert found == {"a": 0, "b": 0, "c": 1, "d": 1}


def test_runs_end_with_another_place_where_both_are_known() -> None:
    schedule = held(("ab", "s1", "t1"))
    assert set(runs([(EVENT, schedule, "Gymnase"), (EVENT, schedule, "Halle")]).values()) == {0}
    assert set(runs([(EVENT, schedule, "Gymnase"), (EVENT, schedule, None)]).values()) == {1}


def test_those_who_are_gone_are_told_since_when() -> None:
    without = EVENT | {"participants": [one for one in EVENT["participants"] if one["id"] != "d"]}
    schedule = held(("ab", "s1", "t1"))
    assert runs([(without, schedule, "")] * 2 + [(EVENT, schedule, "")])["d"] == 1


def test_calendar_and_page_of_others_stay_as_they_are(world: World, client: FlaskClient) -> None:  # noqa: F811
    """Every publication gave the calendars of all another number, and took from all pages what had changed before."""
    token = world.make.personal_link(world.b)
    world.publish(world.first)
    moved = meeting(world.b, world.c, "s3", "t2")
    world.publish(world.make.schedule(world.event, [meeting(world.a, world.c, "s1"), moved]))
    page, file = (client.get(f"/p/{token}/{name}").text for name in ("", "agenda.ics"))
    news = page[page.index('<ul class="changes">') :].partition("</ul>")[0]
    last = world.make.schedule(world.event, [meeting(world.a, world.d, "s1"), moved])
    world.publish(last)
    assert client.get(f"/p/{token}/agenda.ics").text == file
    assert news in client.get(f"/p/{token}/").text
    # What is kept of it can be thrown away.
    with write(world.session):
        world.session.execute(delete(Agenda))
    assert client.get(f"/p/{token}/agenda.ics").text == file
    assert news in client.get(f"/p/{token}/").text


def test_calendar_grows_with_the_place_and_with_a_name_taken_away(
    world: World,  # noqa: F811
    client: FlaskClient,
) -> None:
    token, program = world.make.personal_link(world.a), Program()
    world.publish(world.first)
    numbers = [{one.sequence for one in program.take(client.get(f"/p/{token}/agenda.ics").data)}]
    for place in ("Gymnase", "Halle", "Gymnase"):
        with write(world.session):
            world.session.get_one(Event, world.event.id).place = place
        numbers.append({one.sequence for one in program.take(client.get(f"/p/{token}/agenda.ics").data)})
        assert {one.location.split(", ")[1] for one in program.shown} == {place}
    erase(world.session, world.session.get_one(Registration, world.d.id), SYSTEM)
    numbers.append({one.sequence for one in program.take(client.get(f"/p/{token}/agenda.ics").data)})
    assert all("Imprimerie Lys" not in one.summary for one in program.shown)
    assert [len(one) for one in numbers] == [1] * 5
    assert sorted(set().union(*numbers)) == [number for one in numbers for number in one]
    assert world.session.get_one(ScheduleVersion, world.first.id).published_at is not None


def test_calendar_is_another_by_going_and_coming_back_and_by_nothing_else_of_ones_own(
    world: World,  # noqa: F811
    client: FlaskClient,
) -> None:
    token, program = world.make.personal_link(world.a), Program()
    world.publish(world.first)
    file = client.get(f"/p/{token}/agenda.ics").text
    me = world.session.get_one(Registration, world.a.id)
    with write(world.session):
        me.project, me.phone = "Autre chose", "01 02 03 04 05"
    assert client.get(f"/p/{token}/agenda.ics").text == file
    program.take(file.encode())
    for status, shown in (("withdrawn", 0), ("accepted", 2), ("withdrawn", 0)):
        with write(world.session):
            world.session.get_one(Registration, world.a.id).status = status
        program.take(client.get(f"/p/{token}/agenda.ics").data)
        assert len(program.shown) == shown
