"""Reminders go by rule and by the clock: by day, to whom it still concerns, once, however many workers there are."""

from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.db import get_session, write
from web.domain.audit import SYSTEM
from web.domain.event.events import duplicate_event
from web.domain.mail.addresses import confirm_participant
from web.domain.people import inviting, stopping, unasked
from web.domain.people.drafts import keep_draft
from web.domain.people.inviting import Invited, invite_many
from web.domain.people.reminder_plan import Rule, plan_of, save_plan
from web.domain.people.reminding import due, remind, remind_all, take_back
from web.models import Event, Invitation, MeetingAnswer, Occasion, OutboxMail, Registration, Reminder, utcnow

PARIS = ZoneInfo("Europe/Paris")
# A Monday, ten in the morning at the event.
MONDAY = datetime(2027, 2, 1, 10, tzinfo=PARIS).astimezone(UTC)
DAY = timedelta(days=1)


def plan(session: Session, event: Event, *, weekends: bool = False, **rules: Rule) -> None:
    found = {Occasion(name): rule for name, rule in rules.items()}
    save_plan(session, event, found, weekends, plan_of(session, event.id).version, SYSTEM)


def invited(session: Session, event: Event, number: int = 1) -> list[Invitation]:
    rows = [Invited(kind="company", name=f"N{n}", email=f"n{n}@example.org") for n in range(number)]
    made = invite_many(session, event, rows, SYSTEM).invitations
    inviting.send(session, event, [one.id for one in made], SYSTEM, MONDAY)
    return made


def reminders(session: Session) -> list[Reminder]:
    session.rollback()
    return list(session.scalars(select(Reminder).where(Reminder.occasion != "invitation").order_by(Reminder.id)))


def days_of_reminders(session: Session, event: Event, days: int) -> list[int]:
    """On which of the next days somebody is reminded, a worker looking every six hours."""
    looks = range(0, days * 24, 6)
    return [hour // 24 for hour in looks if remind(session, event.id, MONDAY + timedelta(hours=hour))]


def test_event_without_saved_rules_reminds_nobody(session: Session, make: Factory) -> None:
    event = make.event()
    invited(session, event)
    assert days_of_reminders(session, event, 30) == []


def test_invited_is_reminded_every_so_many_days_and_so_often(session: Session, make: Factory) -> None:
    event = make.event()
    invited(session, event)
    plan(session, event, weekends=True, not_registered=Rule(every=3, most=2))
    assert days_of_reminders(session, event, 20) == [3, 6]
    mail = session.get_one(OutboxMail, reminders(session)[-1].mail_id)
    assert f"/e/{event.slug}/invited/" in mail.body_text
    assert mail.unsubscribe is not None
    assert mail.unsubscribe in mail.body_text


def test_nobody_is_reminded_at_weekends_unless_allowed(session: Session, make: Factory) -> None:
    event = make.event()
    invited(session, event)
    # Due on Saturday.
    plan(session, event, not_registered=Rule(every=5, most=1))
    assert days_of_reminders(session, event, 12) == [7]


@pytest.mark.parametrize("hour, goes", [(7, False), (8, True), (19, True), (20, False), (23, False)])
def test_reminders_go_between_eight_and_twenty_by_the_clock_of_the_event(
    session: Session, make: Factory, hour: int, goes: bool
) -> None:
    event = make.event(timezone="America/Martinique")
    invited(session, event)
    plan(session, event, not_registered=Rule(every=1))
    now = datetime(2027, 2, 3, hour, 59 if hour == 7 else 0, tzinfo=ZoneInfo("America/Martinique"))
    assert bool(remind(session, event.id, now.astimezone(UTC))) is goes


def test_deadline_ends_reminders(session: Session, make: Factory) -> None:
    event = make.event(registration_closes_at=MONDAY + 2 * DAY)
    invited(session, event)
    plan(session, event, not_registered=Rule(every=1, most=5))
    assert days_of_reminders(session, event, 4) == [1]


def test_whoever_has_registered_is_not_reminded_by_whichever_way_they_came(session: Session, make: Factory) -> None:
    event = make.event()
    invited(session, event, 3)
    make.registration(event, kind="company", email="n0@example.org", status="pending")
    inviting.withdraw(session, event, [session.scalars(select(Invitation.id).order_by(Invitation.id)).all()[1]], SYSTEM)
    plan(session, event, not_registered=Rule(every=1))
    assert remind(session, event.id, MONDAY + DAY) == 1
    mail = session.get_one(OutboxMail, reminders(session)[0].mail_id)
    assert mail.recipient == "n2@example.org"


def test_whoever_stopped_reminders_or_cannot_be_reached_gets_none(session: Session, make: Factory) -> None:
    event = make.event()
    one, other = invited(session, event, 2)
    stopping.stop(session, event, stopping.stop_address(event, one).rpartition("/")[2])
    with write(session):
        mail = unasked.last_mails(session, event.id)[other.id]
        mail.state, mail.error = "failed", "550"
    plan(session, event, not_registered=Rule(every=1))
    assert remind(session, event.id, MONDAY + DAY) == 0


def people(session: Session, make: Factory, event: Event) -> tuple[Registration, Registration, Registration]:
    """An accepted association and two companies, who did something on Monday."""
    me = make.registration(event)
    one, other = (make.registration(event, kind="company") for _number in range(2))
    with write(session):
        for who in (me, one, other):
            who.updated_at = MONDAY
    return me, one, other


def addresses(session: Session, event: Event, now: datetime) -> list[str]:
    return [one.outstanding.email for one in due(session, event, plan_of(session, event.id), now)]


def test_accepted_without_wishes_are_reminded_until_they_choose(session: Session, make: Factory) -> None:
    event = make.event()
    me, one, other = people(session, make, event)
    make.registration(event, status="pending")
    plan(session, event, no_wishes=Rule(every=2, most=3))
    assert addresses(session, event, MONDAY + DAY) == []
    assert addresses(session, event, MONDAY + 2 * DAY) == [me.email, one.email, other.email]
    make.wishes(me, [one])
    assert remind(session, event.id, MONDAY + 2 * DAY) == 2
    mail = session.get_one(OutboxMail, reminders(session)[0].mail_id)
    assert mail.registration_id == one.id
    assert "/p/" in mail.body_text
    with write(session):
        event.wishes_close_at = MONDAY + 3 * DAY
    assert addresses(session, event, MONDAY + 4 * DAY) == []


def test_few_wishes_are_counted_against_what_there_is_to_wish_for(session: Session, make: Factory) -> None:
    event = make.event(wish_limit=8)
    me, one, other = people(session, make, event)
    make.wishes(me, [one])
    make.wishes(one, [me])
    plan(session, event, few_wishes=Rule(every=1, most=1, below=5))
    # The companies have one association to wish for, and wished for it.
    assert addresses(session, event, MONDAY + 2 * DAY) == [me.email]
    make.wishes(me, [other])
    assert addresses(session, event, MONDAY + 2 * DAY) == []


def test_unpublished_directory_or_announced_timetable_asks_for_no_wishes(session: Session, make: Factory) -> None:
    hidden = make.event(directory_published=False)
    people(session, make, hidden)
    plan(session, hidden, no_wishes=Rule(every=1))
    assert addresses(session, hidden, MONDAY + 5 * DAY) == []


def test_same_address_is_reminded_once_a_day_of_several_things(session: Session, make: Factory) -> None:
    event = make.event()
    for _number in range(2):
        one = make.registration(event, email="same@example.org")
        with write(session):
            one.updated_at = MONDAY
    make.registration(event, kind="company", email=None)
    plan(session, event, no_wishes=Rule(every=1, most=5))
    assert remind(session, event.id, MONDAY + DAY) == 1
    assert remind(session, event.id, MONDAY + DAY + timedelta(hours=5)) == 0


def test_address_gets_no_more_mails_than_the_limit_whatever_the_rules(session: Session, make: Factory) -> None:
    event = make.event()
    [one] = invited(session, event)
    for day in range(1, unasked.MOST):
        inviting.send(session, event, [one.id], SYSTEM, MONDAY + day * DAY)
    plan(session, event, not_registered=Rule(every=1, most=5))
    assert remind(session, event.id, MONDAY + 20 * DAY) == 0


def test_unconfirmed_address_is_not_written_to_a_fourth_time_on_one_day(session: Session, make: Factory) -> None:
    events = [make.event() for _number in range(5)]
    for event in events:
        make.registration(event, kind="company")
        one = make.registration(event, email="same@example.org")
        with write(session):
            one.updated_at = MONDAY
        plan(session, event, no_wishes=Rule(every=1))
    now = MONDAY + DAY
    remind_all(session, now)
    to_same = [mail for mail in session.scalars(select(OutboxMail)) if mail.recipient == "same@example.org"]
    assert len(to_same) == 3
    with write(session):
        confirm_participant(session, one)
    assert remind_all(session, now) == 2


@on_both_databases
def test_two_workers_at_once_write_each_reminder_once(app: Flask, session: Session, make: Factory) -> None:
    event = make.event()
    invited(session, event, 20)
    plan(session, event, not_registered=Rule(every=1))
    start, numbers, event_id = Barrier(4), [], event.id
    session.rollback()

    def work() -> None:
        with app.app_context():
            start.wait()
            numbers.append(remind(get_session(), event_id, MONDAY + DAY))

    threads = [Thread(target=work) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(numbers) == 20
    assert len(reminders(session)) == 20
    assert remind(session, event_id, MONDAY + DAY) == 0


@on_both_databases
def test_reminder_that_has_not_left_is_taken_back_when_it_is_pointless_or_late(
    session: Session, make: Factory, woken: list[str]
) -> None:
    # The worker that sends mails is away.
    event = make.event()
    invited(session, event, 3)
    plan(session, event, not_registered=Rule(every=1))
    noon = datetime.combine(utcnow().date() + DAY, datetime.min.time(), PARIS) + timedelta(hours=12)
    while noon.weekday() > 4:
        noon += DAY
    with write(session):
        for one in session.scalars(select(Invitation)):
            one.sent_at = noon - 3 * DAY
        for mail in session.scalars(select(OutboxMail)):
            mail.state = "sent"
        for row in session.scalars(select(Reminder)):
            row.written_at = noon - 3 * DAY
    assert remind(session, event.id, noon) == 3
    assert take_back(session, noon) == 0
    make.registration(event, kind="company", email="n0@example.org")
    assert take_back(session, noon) == 1
    assert len(reminders(session)) == 2
    # The evening has come before the mail server took them: tomorrow they are written anew.
    assert take_back(session, noon + timedelta(hours=9)) == 2
    assert reminders(session) == []
    tomorrow = noon + (DAY if noon.weekday() < 4 else 3 * DAY)
    assert remind(session, event.id, tomorrow) == 2


def test_rules_saved_by_another_meanwhile_are_not_replaced(session: Session, make: Factory) -> None:
    event = make.event()
    plan(session, event, not_registered=Rule())
    with pytest.raises(StaleDataError):
        save_plan(session, event, {}, False, 0, SYSTEM)
    assert plan_of(session, event.id).rules[Occasion.NOT_REGISTERED].on
    assert not plan_of(session, event.id).rules[Occasion.NO_WISHES].on


def test_whoever_has_begun_the_form_is_led_back_to_what_they_typed(session: Session, make: Factory) -> None:
    event = make.event()
    keep_draft(session, event, email="begun@example.org", fields={"contact_name": ["Ada"]}, language="en", now=MONDAY)
    plan(session, event, not_registered=Rule(every=1), draft=Rule(every=2, most=5))
    assert days_of_reminders(session, event, 3) == [2]
    mail = session.get_one(OutboxMail, reminders(session)[0].mail_id)
    assert mail.recipient == "begun@example.org"
    assert "Hello Ada," in mail.body_text
    assert "/register/draft/" in mail.body_text
    # Stopped for the one who typed, and for the participant whom they become.
    assert mail.unsubscribe is not None
    assert stopping.stop(session, event, mail.unsubscribe.rpartition("/")[2])
    keep_draft(session, event, email="begun@example.org", fields={}, language="en", now=MONDAY)
    assert remind(session, event.id, MONDAY + 9 * DAY) == 0


def test_provisional_agenda_is_asked_about_until_it_is_answered(session: Session, make: Factory) -> None:
    event = make.event()
    me, one, other = people(session, make, event)
    between = [me.key, one.key]
    meetings = [{"between": between, "slot": "s1", "table": "t1", "facilitator": None, "score": 10}]
    version = make.schedule(event, meetings, shown_at=MONDAY)
    with write(session):
        event.provisional_schedule_id, event.answers_until = version.id, MONDAY + 3 * DAY
    plan(session, event, unconfirmed=Rule(every=1, most=5), no_wishes=Rule(every=1))
    # Nobody is asked for wishes any more; the third meets nobody.
    assert addresses(session, event, MONDAY + DAY) == [me.email, one.email]
    with write(session):
        session.add(MeetingAnswer(event_id=event.id, version_id=version.id, registration_id=me.id, answer="confirmed"))
    assert addresses(session, event, MONDAY + DAY) == [one.email]
    assert addresses(session, event, MONDAY + 4 * DAY) == []
    assert other.email not in addresses(session, event, MONDAY + 2 * DAY)


def test_copy_of_an_event_reminds_by_the_same_rules(session: Session, make: Factory) -> None:
    event = make.event()
    plan(session, event, weekends=True, not_registered=Rule(every=7, most=1))
    user = make.user()
    copy = duplicate_event(
        session, event, title="Copie", day=date(2028, 3, 16), with_pool=False, user=user, actor=SYSTEM
    )
    copied = plan_of(session, copy.id)
    assert (copied.weekends, copied.rules[Occasion.NOT_REGISTERED]) == (True, Rule(every=7, most=1))
