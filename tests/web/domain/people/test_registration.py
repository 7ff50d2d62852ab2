"""Registering, the link, and the organiser's decisions, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event as Signal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.db import get_session, write
from web.domain.audit import SYSTEM, Actor
from web.domain.errors import Refused
from web.domain.event.programme import registration_ends
from web.domain.links import page_address, personal_address
from web.domain.locking import lock_event, lock_registration, lock_version
from web.domain.mail.addresses import MAILS_A_DAY, confirm_participant
from web.domain.people import participants
from web.domain.people import registration as domain
from web.domain.people.registration import Profile, Window
from web.domain.team.access import known_personal_token, reader_by_token
from web.domain.timetable.publishing import publish
from web.models import AuditEntry, Event, EventStatus, OutboxMail, Registration, utcnow

pytestmark = on_both_databases

PROFILE = Profile(kind="association", name="Les Jardins du Canal", contact_name="Ada", email="Ada@Example.org ")


def register(session: Session, event: Event, profile: Profile = PROFILE, submission: str = "one") -> domain.Registered:
    return domain.register(session, event, profile, consent_text="J’accepte.", submission=submission)


def mails(session: Session) -> list[OutboxMail]:
    session.rollback()
    return list(session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def test_registering_gives_a_link_that_is_mailed_and_kept_as_a_hash(session: Session, make: Factory) -> None:
    done = register(session, make.event())
    assert done.is_new
    assert done.token is not None
    assert reader_by_token(session, done.token) == done.registration
    assert done.token not in repr(vars(done.registration))
    [mail] = mails(session)
    assert mail.recipient == "ada@example.org"
    assert personal_address(done.token) in mail.body_text
    assert "Les Jardins du Canal" in mail.body_text
    assert done.registration.consent_text == "J’accepte."
    assert done.registration.consented_at is not None


def test_same_form_twice_is_one_registration_with_one_link(session: Session, make: Factory) -> None:
    event = make.event()
    first, second = register(session, event), register(session, event)
    assert (second.is_new, second.token) == (False, first.token)
    assert session.scalar(select(func.count(Registration.id))) == 1
    assert len(mails(session)) == 1


def test_same_form_from_many_browsers_at_once_is_one_registration(app: Flask, session: Session, make: Factory) -> None:
    event_id = make.event().id

    def submit(number: int) -> str | None:
        with app.app_context():
            own = get_session()
            return register(own, own.get_one(Event, event_id), submission="one" if number % 2 else "two").token

    session.rollback()
    with ThreadPoolExecutor(6) as pool:
        tokens = set(pool.map(submit, range(6)))
    assert session.scalar(select(func.count(Registration.id))) == 1
    assert len(tokens - {None}) == 1


def test_forms_of_one_organisation_at_once_are_one_registration(app: Flask, session: Session, make: Factory) -> None:
    event_id = make.event().id
    session.rollback()

    def submit(number: int) -> bool:
        with app.app_context():
            own = get_session()
            return register(own, own.get_one(Event, event_id), submission=f"form {number}").is_new

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(submit, range(6))) == 1
    assert session.scalar(select(func.count(Registration.id))) == 1
    assert len(mails(session)) == MAILS_A_DAY


def test_nobody_registers_while_the_event_is_being_closed(
    app: Flask, session: Session, make: Factory, backend: str
) -> None:
    event = make.event()
    event_id = event.id
    begun = Signal()

    def another() -> None:
        with app.app_context():
            own = get_session()
            found = own.get_one(Event, event_id)
            begun.set()
            register(own, found)

    with ThreadPoolExecutor(1) as pool:
        with write(session):
            lock_event(session, event_id).status = EventStatus.CLOSED
            session.flush()
            waiting = pool.submit(another)
            begun.wait(20)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.3)
        with pytest.raises(Refused):
            waiting.result(timeout=20)


def test_one_after_the_other_stand_in_the_order_of_their_coming(session: Session, make: Factory) -> None:
    event, other = make.event(), make.event()
    register(session, other)
    for number in range(3):
        register(session, event, replace(PROFILE, email=f"n{number}@example.org"), submission=f"form {number}")
    found = session.execute(
        select(Registration.position, Registration.email).where(Registration.event_id == event.id)
    ).all()
    assert sorted(map(tuple, found)) == [(number, f"n{number}@example.org") for number in range(3)]


def test_locks_read_each_row_once(session: Session, make: Factory, statements: list[str]) -> None:
    event = make.event()
    one, version = make.registration(event), make.schedule(event)
    statements.clear()
    with write(session):
        lock_registration(session, one)
        lock_version(session, version)
    # Which event; the event; the row itself: for each of the two.
    assert len([line for line in statements if "FROM" in line]) == 6


def test_who_registers_for_the_first_time_is_asked_about_once(
    session: Session, make: Factory, statements: list[str]
) -> None:
    event = make.event()
    # The foot of mails is kept from the first one on.
    first = register(session, event).registration
    statements.clear()
    second = register(session, event, replace(PROFILE, email="bea@example.org"), "two")
    assert second.is_new and second.registration.id == first.id + 1
    # On PostgreSQL the locks. The event; what is known of the address; its mails of the day, the row, the team, the
    # line of the log and the mail.
    asked = [line for line in statements if not line.startswith(("BEGIN", "SELECT pg_advisory"))]
    written = next(place for place, line in enumerate(asked) if line.startswith("INSERT INTO outbox_mails"))
    assert written == 6, asked


def test_same_organisation_from_another_form_gets_its_link_by_mail_only(session: Session, make: Factory) -> None:
    event = make.event()
    first = register(session, event)
    again = register(session, event, replace(PROFILE, name="LES JARDINS  du canal"), submission="two")
    assert (again.is_new, again.token, again.registration) == (False, None, first.registration)
    assert [first.token in mail.body_text for mail in mails(session) if first.token] == [True, True]


def test_same_address_may_register_another_organisation(session: Session, make: Factory) -> None:
    event = make.event()
    register(session, event)
    assert register(session, event, replace(PROFILE, name="Autre"), submission="two").is_new


def test_registration_ends_with_the_last_round_at_the_latest(make: Factory) -> None:
    # The last of four rounds ends at 14:30 in Paris, which is 13:30 UTC in March.
    event = make.event()
    last = datetime(2027, 3, 18, 13, 30, tzinfo=UTC)
    assert domain.window(event, last - timedelta(seconds=1)) == Window.OPEN
    assert domain.window(event, last) == Window.LATE
    assert registration_ends(event) == last
    event = make.event(registration_closes_at=last - timedelta(days=1))
    assert registration_ends(event) == last - timedelta(days=1)
    assert registration_ends(make.event(slots=0)) is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, Window.OPEN),
        ({"status": "closed"}, Window.CLOSED),
        ({"status": "archived"}, Window.ARCHIVED),
        ({"registration_opens_at": utcnow() + timedelta(hours=1)}, Window.EARLY),
        ({"registration_closes_at": utcnow() - timedelta(hours=1)}, Window.LATE),
    ],
)
def test_registering_is_possible_only_while_the_window_is_open(
    session: Session, make: Factory, values: dict[str, object], expected: Window
) -> None:
    event = make.event(**values)
    assert domain.window(event) == expected
    if expected == Window.OPEN:
        assert register(session, event).is_new
    else:
        with pytest.raises(Refused):
            register(session, event)


def put_on_waiting_list(session: Session, one: Registration, actor: Actor) -> None:
    participants.decide_many(session, one.event, [one.id], "wait", actor)


def test_organiser_decides_and_each_decision_is_mailed_once(session: Session, make: Factory) -> None:
    event = make.event()
    done = register(session, event)
    for decide, status in (
        (put_on_waiting_list, "waiting"),
        (domain.accept, "accepted"),
        (domain.accept, "accepted"),
        (domain.decline, "declined"),
    ):
        decide(session, done.registration, SYSTEM)
        assert done.registration.status == status
    assert len(mails(session)) == 4
    assert all(personal_address(done.token or "") in mail.body_text for mail in mails(session))
    actions = list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert actions == [f"registration.{verb}" for verb in ("register", "wait", "accept", "decline")]


def test_withdrawn_registration_is_not_decided_but_may_come_back(session: Session, make: Factory) -> None:
    done = register(session, make.event())
    actor = domain.participant_actor(done.registration)
    domain.withdraw(session, done.registration, actor)
    with pytest.raises(Refused):
        domain.accept(session, done.registration, SYSTEM)
    domain.rejoin(session, done.registration, actor)
    assert done.registration.status == "pending"


def test_former_name_and_address_are_remembered_though_nobody_has_read_them_before(
    session: Session, make: Factory
) -> None:
    one = make.registration(make.event(), name="Les Colibris", email="avant@example.org")
    session.expire(one)
    with write(session):
        one.name, one.email = "Les Jardins du Canal", "apres@example.org"
    assert one.known_as == ["Les Colibris", "avant@example.org"]


def test_update_from_an_old_form_is_refused(session: Session, make: Factory) -> None:
    done = register(session, make.event())
    version, actor = done.registration.version, domain.participant_actor(done.registration)

    def change(name: str, version: int) -> bool:
        profile = replace(PROFILE, name=name)
        return domain.update(session, done.registration, profile, version=version, actor=actor)

    assert change("Le Canal", version)
    assert not change("Le Canal", done.registration.version)
    with pytest.raises(StaleDataError):
        change("Trop tard", version)
    assert done.registration.name == "Le Canal"


def test_a_form_saved_as_it_stands_changes_nothing_though_it_lists_needs_in_its_own_order(
    session: Session, make: Factory
) -> None:
    one = make.registration(make.event(), needs=["visibility.image", "business.purchase"])
    said = {
        **{name: getattr(one, name) for name in vars(PROFILE) if name != "unavailable"},
        "needs": tuple(reversed(one.needs)),
    }
    actor = domain.participant_actor(one)
    assert not domain.update(session, one, Profile(**said), version=one.version, actor=actor)
    assert one.needs == ["visibility.image", "business.purchase"]
    more = Profile(**{**said, "needs": ("business.purchase", "skills.law", "visibility.image")})
    assert domain.update(session, one, more, version=one.version, actor=actor)
    assert one.needs == ["business.purchase", "skills.law", "visibility.image"]


def test_revoked_link_opens_nothing_until_a_new_one_is_sent(session: Session, make: Factory) -> None:
    done = register(session, make.event())
    domain.revoke_link(session, done.registration, SYSTEM)
    assert reader_by_token(session, done.token or "") is None
    assert domain.resend_link(session, done.registration, SYSTEM)
    new = known_personal_token(done.registration)
    assert new != done.token
    assert reader_by_token(session, new or "") == done.registration


def test_lost_link_is_mailed_a_few_times_an_hour_at_most(session: Session, make: Factory) -> None:
    event = make.event()
    confirm_participant(session, register(session, event).registration)
    for _turn in range(10):
        domain.send_lost_links(session, event, "ADA@example.org")
    domain.send_lost_links(session, event, "nobody@example.org")
    assert len(mails(session)) == domain.LINKS_AN_HOUR


def test_link_made_with_another_secret_key_still_opens(session: Session, make: Factory, app: Flask) -> None:
    done = register(session, make.event())
    settings = app.extensions["passerelle.settings"]
    app.extensions["passerelle.settings"] = replace(settings, secret_key="quite another secret")
    assert reader_by_token(session, done.token or "") == done.registration
    assert known_personal_token(done.registration) is None


def test_organisers_are_told_of_announced_meetings_that_somebody_will_miss(session: Session, make: Factory) -> None:
    """They learnt of it when they looked: only a withdrawal was mailed."""
    event = make.event(make.user(email="odile@example.org"), slots=3)
    done = register(session, event)
    domain.accept(session, done.registration, SYSTEM)
    other = make.registration(event, kind="company", name="Fournil Dubois")
    held = {"between": [done.registration.key, other.key], "slot": "s1", "table": "t1", "facilitator": None, "score": 1}
    publish(session, make.schedule(event, [held]), SYSTEM)

    def told(unavailable: tuple[str, ...]) -> list[OutboxMail]:
        before = len(mails(session))
        me = session.get_one(Registration, done.registration.id)
        profile = replace(PROFILE, email="ada@example.org", unavailable=unavailable)
        assert domain.update(session, me, profile, version=me.version, actor=SYSTEM)
        return mails(session)[before:]

    # Nothing was to be held in the second round.
    assert told(("s2",)) == []
    [mail] = told(("s1", "s2"))
    assert mail.recipient == "odile@example.org"
    assert "Les Jardins du Canal manquera des rendez-vous annoncés" in mail.subject
    assert "1 de ses rendez-vous annoncés ne peut pas avoir lieu" in mail.body_text
    assert page_address("events.show", event_id=event.id) in mail.body_text
    # Missed already, and there again.
    assert told(("s1", "s2", "s3")) == []
    assert told(()) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [({}, {"remote": True}), ({"delegates": 2}, {"delegates": 1}), ({}, {"needs_facilitator": True})],
)
def test_organisers_are_told_of_needs_that_announced_meetings_may_not_have(
    session: Session, make: Factory, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """The overview said so in red, to whoever looked; nobody was mailed."""
    event = make.event(make.user(email="odile@example.org"), slots=3, facilitators=1)
    done = register(session, event)
    domain.accept(session, done.registration, SYSTEM)
    other = make.registration(event, kind="company", name="Fournil Dubois")

    def told(values: dict[str, Any]) -> list[OutboxMail]:
        seen = len(mails(session))
        me = session.get_one(Registration, done.registration.id)
        profile = replace(PROFILE, email="ada@example.org", **values)
        assert domain.update(session, me, profile, version=me.version, actor=SYSTEM)
        return mails(session)[seen:]

    told({"phone": "1", **before})
    held = {"between": [done.registration.key, other.key], "slot": "s1", "table": "t1", "facilitator": None, "score": 1}
    publish(session, make.schedule(event, [held]), SYSTEM)
    assert told({"phone": "2", **before}) == []
    [mail] = told({"phone": "2", **before, **after})
    assert mail.recipient == "odile@example.org"
    assert "Les Jardins du Canal participe autrement" in mail.subject
    assert page_address("events.show", event_id=event.id) in mail.body_text
    # Less is asked for again: nothing breaks by that.
    assert told({"phone": "3", **before, **after}) == []
