"""An event file goes into tables and comes back with the same meaning."""

import json
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scheduler.format.event import parse_event
from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.db import database
from web.domain.audit import SYSTEM
from web.domain.errors import Faults
from web.domain.event.files import event_document, event_value, import_event, read_event_file
from web.models import Event, Registration

pytestmark = on_both_databases


def full_document() -> dict[str, Any]:
    return {
        "format": "passerelle-event/1",
        "title": "Speed-dating « d’été »",
        "timezone": "Europe/Brussels",
        "slots": [
            {"id": "s1", "start": "2027-03-18T14:00", "end": "2027-03-18T14:06", "session": "am"},
            {"id": "s2", "start": "2027-03-18T14:08:30", "end": "2027-03-18T14:14", "session": None},
        ],
        "tables": [{"id": "t1", "name": "Table 1", "features": ["accessible"]}, {"id": "t2"}],
        "facilitators": [{"id": "f1", "name": "Médiatrice", "unavailable": ["s2"]}],
        "may_meet": [["association", "company"], ["company", "company"]],
        "participants": [
            {
                "id": "a1",
                "kind": "association",
                "name": "Les Jardins du Canal",
                "needs": ["skills.communication"],
                "offers": ["visibility"],
                "themes": ["environment"],
                "wishes": ["c2", "c1"],
                "vetoes": ["a2"],
                "min_meetings": 1,
                "max_meetings": 10,
                "delegates": 2,
                "unavailable": ["s2"],
                "home_table": "t1",
                "requires": ["accessible"],
                "needs_facilitator": True,
                "zone": "roubaix",
                "boost": -3,
            },
            {"id": "a2", "kind": "association"},
            {"id": "c1", "kind": "company", "remote": True},
            {"id": "c2", "kind": "company"},
        ],
        "meetings": [
            {"between": ["a1", "c1"], "status": "required", "slot": "s1", "after": []},
            {"between": ["a2", "c1"], "status": "forbidden"},
            {"between": ["a2", "c2"], "status": "allowed", "session": "am", "after": [["a1", "c2"]]},
        ],
        "affinities": [{"between": ["a1", "c1"], "score": 37}],
        "same_person": [["c2", "a2"]],
        "rules": {
            "coverage": [40, 25],
            "max_break_difference": 2,
            "seated": ["association"],
            "max_in_a_row": 3,
            "weights": {"need": 12},
        },
    }


def test_import_event_gives_back_the_same_meaning(session: Session, make: Factory) -> None:
    value = parse_event(full_document())
    stored = import_event(session, value, make.user().id, SYSTEM)
    assert event_value(session, stored) == value


def test_import_event_without_affinities_keeps_the_formula(session: Session, make: Factory) -> None:
    document = full_document()
    del document["affinities"]
    stored = import_event(session, parse_event(document), make.user().id, SYSTEM)
    assert event_value(session, stored).affinities is None


def test_import_event_twice_makes_two_addresses(session: Session, make: Factory) -> None:
    owner = make.user().id
    slugs = [import_event(session, parse_event(full_document()), owner, SYSTEM).slug for _ in range(2)]
    assert slugs[0] == "speed-dating-dete"
    assert slugs[1].startswith("speed-dating-dete-")


def test_read_event_file_names_every_fault(session: Session) -> None:
    document = full_document()
    document["participants"][0]["wishes"] = ["nobody"]
    document["slots"][0]["start"] = "soon"
    with pytest.raises(Faults) as caught:
        read_event_file(json.dumps(document))
    assert {fault.path for fault in caught.value.faults} >= {"participants[0].wishes[0]", "slots[0].start"}
    assert session.scalar(select(func.count()).select_from(Event)) == 0


def test_event_document_leaves_out_who_is_not_accepted(session: Session, make: Factory) -> None:
    event = make.event()
    a = make.registration(event, key="a1")
    pending = make.registration(event, kind="company", key="c1", status="pending")
    make.wishes(a, [pending])
    make.rule(event, a, pending)
    document = event_document(session, event)
    assert [one["id"] for one in document["participants"]] == ["a1"]
    assert document["participants"][0]["wishes"] == []
    assert document["meetings"] == []


def test_event_document_needs_as_many_queries_for_many_as_for_few(session: Session, make: Factory) -> None:
    counts = []
    for size in (2, 12):
        event = make.event()
        rows: list[Registration] = [
            make.registration(event, kind=("association", "company")[i % 2]) for i in range(size)
        ]
        make.wishes(rows[0], rows[1:2])
        make.rule(event, rows[0], rows[1])
        event_id = event.id
        session.expunge_all()
        session.rollback()
        statements: list[str] = []
        engine = database().engine

        def count(*arguments: Any, seen: list[str] = statements) -> None:
            seen.append(arguments[2])

        sqlalchemy_event.listen(engine, "before_cursor_execute", count)
        event_document(session, session.get_one(Event, event_id))
        sqlalchemy_event.remove(engine, "before_cursor_execute", count)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_one_person_is_left_out_with_those_who_do_not_take_part(session: Session, make: Factory) -> None:
    stored = import_event(session, parse_event(full_document()), make.user().id, SYSTEM)
    withdrawn = session.scalars(select(Registration).where(Registration.key == "c2")).one()
    withdrawn.status = "withdrawn"
    session.commit()

    assert event_value(session, stored).same_person == ()


def test_one_person_is_one_delegate_whatever_each_organisation_says(session: Session, make: Factory) -> None:
    stored = import_event(session, parse_event(full_document()), make.user().id, SYSTEM)
    two = session.scalars(select(Registration).where(Registration.key == "a2")).one()
    two.delegates = 2
    session.commit()

    assert event_value(session, stored).participant("a2").delegates == 1
