"""Differences that are left as they are: kept with who and when, told again once they are others."""

import json
import os
import subprocess
import sys

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.web.announced import Announced
from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.domain.audit import SYSTEM, Actor
from web.domain.errors import Refused
from web.domain.event.files import event_document
from web.domain.timetable.distance import Code
from web.domain.timetable.drift import Drift, drifts
from web.domain.timetable.seen import leave, tell_again
from web.models import AuditEntry, ScheduleVersion

ADA = Actor("Ada Exemple")


@pytest.fixture
def announced(session: Session, make: Factory) -> Announced:
    return Announced(session, make)


def left(announced: Announced) -> Drift:
    """The drift of one who comes late to the event, after that was left so."""
    announced.make.registration(announced.event, name="Le Fournil")
    (item,) = announced.drift().items
    leave(announced.session, announced.event, item.id, ADA)
    return announced.drift()


@on_both_databases
def test_a_difference_is_left_with_who_and_when(announced: Announced) -> None:
    found = left(announced)
    assert not found and not found.exact
    (one,) = found.seen
    assert (one.item.code, one.who) == (Code.COME, "Ada Exemple")
    assert one.when.tzinfo is not None
    assert drifts(announced.session, [announced.event])[announced.event.id] == found
    entry = announced.session.scalars(select(AuditEntry).where(AuditEntry.action == "drift.leave")).one()
    assert (entry.actor, entry.details["code"]) == ("Ada Exemple", "come")


@on_both_databases
def test_a_difference_that_was_left_is_told_again_when_asked(announced: Announced) -> None:
    (one,) = left(announced).seen
    tell_again(announced.session, announced.event, one.item.id, ADA)
    found = announced.drift()
    assert found.items == (one.item,) and not found.seen


def test_a_difference_that_was_left_comes_back_once_it_is_another(announced: Announced) -> None:
    left(announced)
    announced.make.registration(announced.event, name="La Petite Roue")
    found = announced.drift()
    assert [item.code for item in found.items] == [Code.COME] and not found.seen


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"themes": ["youth"]}, {"themes": ["youth", "health"]}),
        ({"min_meetings": 1}, {"min_meetings": 2}),
        ({"boost": 5}, {"boost": 6}),
    ],
)
def test_a_difference_comes_back_though_its_sentence_is_the_same(
    announced: Announced, first: dict[str, object], then: dict[str, object]
) -> None:
    announced.change(announced.a, **first)
    found = announced.drift()
    assert found
    for item in found.items:
        leave(announced.session, announced.event, item.id, ADA)
    assert not announced.drift()
    announced.change(announced.a, **then)
    assert announced.drift()


def test_a_difference_left_for_one_version_is_told_of_the_next(announced: Announced) -> None:
    left(announced)
    again = announced.make.schedule(announced.event, announced.meetings)
    again.event_document = {
        **again.event_document,
        "participants": [one for one in again.event_document["participants"] if one["name"] != "Le Fournil"],
    }
    announced.session.commit()
    announced.publish(again)
    assert [item.code for item in announced.drift().items] == [Code.COME]


def test_what_breaks_meetings_cannot_be_left(announced: Announced) -> None:
    announced.change(announced.c, status="withdrawn")
    (item,) = announced.drift().items
    with pytest.raises(Refused, match="attendrait pour rien"):
        leave(announced.session, announced.event, item.id, SYSTEM)
    announced.session.rollback()
    assert announced.drift().items == (item,)


def test_what_is_not_so_cannot_be_left(announced: Announced) -> None:
    with pytest.raises(Refused):
        leave(announced.session, announced.event, "0123456789ab", SYSTEM)


_IDS = """
import json, sys
from datetime import datetime
from scheduler.format.event import checked_event
from scheduler.format.schedule import parse_schedule
from web.domain.timetable.distance import Announced, Now, distance
then, now, schedule = json.loads(sys.stdin.read())
announced = Announced(checked_event(then), parse_schedule(schedule))
print([item.id for item in distance(announced, Now(checked_event(now), datetime(2027, 3, 1)))])
"""


def test_an_item_has_the_same_id_in_each_process(announced: Announced) -> None:
    """What was left is known by it after a restart: the order of no set may be in it."""
    version = announced.session.get_one(ScheduleVersion, announced.event.published_schedule_id)
    scores = [[announced.a.key, announced.c.key, 5], [announced.b.key, announced.d.key, 7]]
    announced.change(announced.event, affinities=scores, rules={**announced.event.rules, "coverage": [5]})
    announced.change(announced.a, themes=["youth", "health"], absences=[])
    sides = [version.event_document, event_document(announced.session, announced.event), version.document]
    told = {
        subprocess.run(
            [sys.executable, "-c", _IDS],
            input=json.dumps(sides),
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1 and len(told.pop()) > 40
