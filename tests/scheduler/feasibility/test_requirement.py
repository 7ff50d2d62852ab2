"""What is asked of a timetable, one thing at a time."""

from scheduler.feasibility.requirement import requirements_of
from scheduler.format.requirement import Requirement
from tests.scheduler.builders import event, people, rule, tables, worth


def asked(**fields: object) -> set[Requirement]:
    return set(requirements_of(event(affinities=worth({"a0 c0": 1, "a0 c1": 1}), **fields)))


def test_order_is_asked_of_an_allowed_meeting_and_once_of_a_required_one():
    before = ("a0", "c0")
    allowed = asked(meetings=[rule("a0 c1", status="allowed", after=[before])])
    required = asked(meetings=[rule("a0 c0"), rule("a0 c1", after=[before])])

    assert allowed == {Requirement("after", 0, before)}
    assert required == {Requirement("meeting", 0), Requirement("meeting", 1), Requirement("after", 1, before)}


def test_seats_are_asked_where_somebody_stays_on_site():
    seated = {"rules": {"seated": ["company"]}, "tables": tables(2)}
    online = people("a0", "a1", "c0", "c1", c0={"remote": True}, c1={"remote": True})

    assert Requirement("seated") in asked(**seated)
    assert Requirement("seated") not in asked(**seated, participants=online)
    assert Requirement("seated") not in asked(tables=tables(2))
