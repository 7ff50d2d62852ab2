"""What a version answers: which versions are equals, and of which event they are proven to be the best."""

import pytest
from sqlalchemy.orm import Session

from tests.web.announced import CHANGES, Announced
from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.domain.audit import SYSTEM
from web.domain.people.privacy import erase
from web.domain.timetable.answered import answered, answered_now, apart, groups
from web.domain.timetable.drift import drift
from web.domain.timetable.versions import versions_of


@pytest.fixture
def announced(session: Session, make: Factory) -> Announced:
    return Announced(session, make)


@pytest.mark.parametrize("name", CHANGES)
def test_a_version_is_of_the_event_as_it_is_where_nothing_has_changed_and_only_there(
    announced: Announced, name: str
) -> None:
    """What is told in the list of versions agrees with the drift that each version's own page tells."""
    session, event = announced.session, announced.event

    def current() -> frozenset[int]:
        session.expire_all()
        found = groups(session, event, versions_of(session, event.id))
        return frozenset().union(*(one.current for one in found))

    (version,) = versions_of(session, event.id)
    assert current() == {version.id}
    CHANGES[name].do(announced)
    assert current() == frozenset()
    assert drift(session, event, version)
    again = announced.make.schedule(event, [])
    assert current() == {again.id}
    assert not drift(session, event, again)


@pytest.mark.parametrize("name", ["withdrawn", "come", "absent", "round cut", "table lost", "must not meet", "rules"])
def test_versions_before_and_after_a_change_are_no_equals(announced: Announced, name: str) -> None:
    CHANGES[name].do(announced)
    announced.session.expire_all()
    announced.make.schedule(announced.event, [])
    found = groups(announced.session, announced.event, versions_of(announced.session, announced.event.id))
    assert [len(one.versions) for one in found] == [1, 1]
    assert not found[0].since and found[1].since


@pytest.mark.parametrize("name", ["table renamed", "renamed", "place"])
def test_versions_are_equals_whatever_things_are_called(announced: Announced, name: str) -> None:
    CHANGES[name].do(announced)
    announced.session.expire_all()
    again = announced.make.schedule(announced.event, [])
    (one,) = groups(announced.session, announced.event, versions_of(announced.session, announced.event.id))
    assert len(one.versions) == 2 and one.current == {again.id}


@on_both_databases
def test_apart_counts_who_has_come_gone_and_changed(announced: Announced) -> None:
    session, event, make = announced.session, announced.event, announced.make
    before = answered_now(session, event)
    announced.change(announced.d, status="withdrawn")
    announced.change(announced.a, themes=["youth"], min_meetings=2)
    make.registration(event)
    now = answered_now(session, event)
    assert before is not None and now is not None
    found = apart(before, now)
    assert (found.come, found.gone, found.changed, found.rules, found.parts) == (1, 1, 1, ("min_meetings",), ())


def test_what_versions_answer_is_read_once_and_anew_after_an_erasure(
    announced: Announced, statements: list[str]
) -> None:
    session, event = announced.session, announced.event

    def both() -> list[int]:
        session.rollback()
        versions = versions_of(session, event.id)
        statements.clear()
        found = groups(session, event, versions)
        return [len(one.versions) for one in found]

    announced.make.schedule(event, [])
    assert both() == [2]
    both()
    assert not any("event_document" in statement for statement in statements)
    erase(session, announced.c, SYSTEM)
    announced.session.rollback()
    assert len(answered(session, versions_of(session, event.id))) == 2
    assert both() == [2]
