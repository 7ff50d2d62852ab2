"""The day before: who is asked when, who has said that they come, and what the timetable says of those who have not."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.published import World
from tests.support.published import world as world
from tests.web.announced import plain
from tests.web.conftest import on_both_databases
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.errors import Refused
from web.domain.event.events import touch
from web.domain.mail.addresses import MAILS_A_DAY, take_turns
from web.domain.people.merging import merge
from web.domain.people.presence import ask_presence, confirm_presence, has_confirmed, is_asked, unconfirmed
from web.domain.people.registration import withdraw
from web.domain.timetable.distance import Code, Severity
from web.domain.timetable.drift import Drift, drift
from web.domain.timetable.drift_words import sentence
from web.models import RegistrationStatus

# The event begins on 18 March 2027 at 14:00 in Paris, an hour ahead of UTC.
MIDNIGHT = datetime(2027, 3, 16, 23, 0, tzinfo=UTC)
MORNING = datetime(2027, 3, 17, 7, 0, tzinfo=UTC)
EVENING = datetime(2027, 3, 17, 17, 0, tzinfo=UTC)
BEGIN = datetime(2027, 3, 18, 13, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def told(world: World) -> World:
    world.publish(world.first)
    world.mails()
    return world


def apart(world: World, now: datetime) -> Drift:
    world.session.rollback()
    return drift(world.session, world.event, now=now)


@on_both_databases
def test_everybody_is_asked_once_the_day_before(told: World) -> None:
    assert ask_presence(told.session, MORNING - MINUTE) == 0
    assert ask_presence(told.session, MORNING) == 3
    mails = told.mails()
    assert mails.keys() == {told.a.email, told.b.email, told.c.email}
    text = plain(mails[str(told.a.email)].body_text)
    assert "Venez-vous" in mails[str(told.a.email)].subject and "/p/" in text and "jeudi 18 mars 2027" in text
    assert "Are you coming?" in mails[str(told.b.email)].subject
    assert ask_presence(told.session, MORNING + timedelta(hours=1)) == 0
    assert told.mails() == {}


@on_both_databases
@pytest.mark.parametrize(("now", "asked"), [(MORNING, 3), (EVENING, 2)])
def test_address_that_had_its_mails_of_a_day_is_asked_where_that_is_before_the_event(
    told: World, now: datetime, asked: int
) -> None:
    """A day later is in time in the morning of the day before, and too late in its evening."""
    with write(told.session):
        take_turns(told.session, [str(told.a.email)] * MAILS_A_DAY)
    assert ask_presence(told.session, now) == asked
    mails = told.mails()
    assert (told.a.email in mails) == (asked == 3)
    if told.a.email in mails:
        assert mails[str(told.a.email)].due_at - mails[str(told.b.email)].due_at > timedelta(hours=23)
    # It was asked all it could be: nobody is asked again for this day.
    assert ask_presence(told.session, now + timedelta(hours=1)) == 0


@pytest.mark.parametrize(
    ("now", "mails"),
    [
        (MIDNIGHT, 0),
        (MORNING - timedelta(days=1), 0),
        (datetime(2027, 3, 17, 18, 59, tzinfo=UTC), 3),
        (datetime(2027, 3, 17, 19, 0, tzinfo=UTC), 0),
        (datetime(2027, 3, 18, 6, 59, tzinfo=UTC), 0),
        (datetime(2027, 3, 18, 7, 0, tzinfo=UTC), 3),
        (BEGIN, 0),
    ],
)
def test_mails_leave_by_day_and_before_the_first_round_alone(told: World, now: datetime, mails: int) -> None:
    assert ask_presence(told.session, now) == mails


def test_nobody_is_asked_of_what_is_not_announced_or_archived(world: World) -> None:
    assert ask_presence(world.session, MORNING) == 0
    world.publish(world.first)
    with write(world.session):
        world.event.status = "archived"
    assert ask_presence(world.session, MORNING) == 0
    assert not is_asked(world.event, MORNING)


@on_both_databases
def test_presence_is_confirmed_once_and_by_those_who_take_part(told: World) -> None:
    assert confirm_presence(told.session, told.a, SYSTEM, MIDNIGHT)
    assert not confirm_presence(told.session, told.a, SYSTEM, MORNING)
    told.session.rollback()
    assert told.a.attendance_confirmed_at == MIDNIGHT
    assert [one.id for one in unconfirmed(told.session, told.event)] == [told.b.id, told.c.id, told.d.id]
    ask_presence(told.session, MORNING)
    assert told.a.email not in told.mails()
    withdraw(told.session, told.b, SYSTEM)
    with pytest.raises(Refused):
        confirm_presence(told.session, told.b, SYSTEM, MORNING)


@pytest.mark.parametrize("now", [MIDNIGHT - MINUTE, BEGIN])
def test_presence_is_confirmed_the_day_before_and_until_the_first_round_alone(told: World, now: datetime) -> None:
    with pytest.raises(Refused):
        confirm_presence(told.session, told.a, SYSTEM, now)
    assert told.a.attendance_confirmed_at is None


def test_whoever_has_not_confirmed_is_told_amber_from_the_evening_before_until_the_first_round(told: World) -> None:
    confirm_presence(told.session, told.a, SYSTEM, MORNING)
    ask_presence(told.session, MORNING)
    assert not apart(told, EVENING - MINUTE)
    (item,) = apart(told, EVENING).items
    assert (item.code, item.severity, item.concerned) == (
        Code.UNCONFIRMED,
        Severity.AMBER,
        (told.b.key, told.c.key, told.d.key),
    )
    assert "3 participants have not confirmed" in sentence(item) or "3 participants n’ont pas confirmé" in sentence(
        item
    )
    assert apart(told, EVENING).exact
    confirm_presence(told.session, told.b, SYSTEM, EVENING)
    assert apart(told, EVENING).items[0].concerned == (told.c.key, told.d.key)
    assert apart(told, BEGIN - MINUTE).items
    assert not apart(told, BEGIN)


def test_nobody_is_told_as_unconfirmed_who_was_not_asked(told: World) -> None:
    assert not apart(told, EVENING)
    # What was kept for the state before must not outlive the asking.
    ask_presence(told.session, EVENING)
    assert apart(told, EVENING).items


def test_event_that_is_put_off_is_asked_about_anew(told: World) -> None:
    ask_presence(told.session, MORNING)
    confirm_presence(told.session, told.a, SYSTEM, MORNING)
    with write(told.session):
        for slot in told.event.slots:
            slot.starts_at += timedelta(days=7)
            slot.ends_at += timedelta(days=7)
        touch(told.event)
    told.session.rollback()
    assert not has_confirmed(told.a)
    told.mails()
    assert ask_presence(told.session, MORNING + timedelta(days=7)) == 3


def test_whoever_withdraws_and_comes_back_says_so_again(told: World) -> None:
    confirm_presence(told.session, told.a, SYSTEM, MORNING)
    withdraw(told.session, told.a, SYSTEM)
    with write(told.session):
        told.a.status = RegistrationStatus.ACCEPTED
    assert not has_confirmed(told.a)


def test_merged_registrations_keep_the_confirmation_of_either(told: World) -> None:
    double = told.make.registration(told.event, name="Jardins du Canal")
    with write(told.session):
        double.attendance_confirmed_at = MORNING
    versions = {one.id: one.version for one in (told.a, double)}
    kept = merge(told.session, told.event, told.a, double, versions=versions, from_double=(), actor=SYSTEM)
    assert has_confirmed(kept)
