"""How far a timetable is from the event as it is now: each kind of change by itself."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy.orm import Session

from tests.web.announced import BEFORE, CHANGES, Announced, plain
from tests.web.factories import Factory
from web.domain.timetable.distance import Code, Severity
from web.domain.timetable.drift import Drift, drift
from web.domain.timetable.drift_words import sentence


@pytest.fixture
def announced(session: Session, make: Factory) -> Announced:
    return Announced(session, make)


def test_drift_after_publishing_is_empty(announced: Announced) -> None:
    assert announced.drift() == Drift()


@pytest.mark.parametrize("name", CHANGES)
def test_drift_after_one_change_says_it(announced: Announced, app: Flask, name: str) -> None:
    change = CHANGES[name]
    announced.drift()
    change.do(announced)
    found = [item for item in announced.drift().items if item.code == change.code]
    assert [(len(item.meetings), len(item.concerned)) for item in found] == [(change.meetings, change.concerned)]
    assert found[0].severity == (Severity.RED if change.meetings else Severity.AMBER)
    with app.test_request_context(), force_locale("fr"):
        assert plain(sentence(found[0])) == change.french
    with app.test_request_context(), force_locale("en"):
        assert sentence(found[0]).endswith(".")


@pytest.mark.parametrize("name", CHANGES)
def test_drift_of_a_version_for_the_event_as_it_is_is_empty(announced: Announced, name: str) -> None:
    CHANGES[name].do(announced)
    announced.session.expire_all()
    again = announced.make.schedule(announced.event, [])
    announced.publish(again)
    assert announced.drift() == Drift()


@pytest.mark.parametrize("name", ["withdrawn", "come", "rules"])
def test_drift_says_one_thing_for_one_change(announced: Announced, name: str) -> None:
    CHANGES[name].do(announced)
    assert [item.code for item in announced.drift().items] == [CHANGES[name].code]


def test_drift_of_a_version_not_published_is_its_own(announced: Announced) -> None:
    later = announced.make.schedule(announced.event, announced.meetings[:1])
    announced.change(announced.d, status="withdrawn")
    (item,) = drift(announced.session, announced.event, later, BEFORE).items
    assert (item.code, item.severity, item.meetings) == (Code.GONE, Severity.AMBER, ())
    assert len(announced.drift().untrue) == 1


def test_drift_is_taken_back_with_the_change(announced: Announced) -> None:
    announced.change(announced.c, status="withdrawn")
    assert announced.drift()
    announced.change(announced.c, status="accepted")
    assert announced.drift() == Drift()


def test_drift_leaves_out_meetings_that_have_begun(announced: Announced) -> None:
    announced.change(announced.c, status="withdrawn")
    # 14:05 in Paris: the first round has begun.
    (item,) = announced.drift(datetime(2027, 3, 18, 13, 5, tzinfo=UTC)).items
    assert [meeting.slot for meeting in item.meetings] == ["s2"]
    assert announced.drift(datetime(2027, 3, 18, 13, 30, tzinfo=UTC)) == Drift()


def test_drift_asks_for_the_same_few_rows_while_nothing_changes(announced: Announced, statements: list[str]) -> None:
    announced.drift()
    statements.clear()
    announced.drift()
    assert len([one for one in statements if one.startswith("SELECT")]) <= 2


def test_a_confirmation_names_what_is_so_and_nothing_else(announced: Announced) -> None:
    announced.change(announced.c, status="withdrawn")
    found = announced.drift()
    assert found.unconfirmed([found.items[0].id]) == ()
    announced.change(announced.d, status="withdrawn")
    assert len(announced.drift().unconfirmed([found.items[0].id])) == 1
