"""Two who change the same thing at the same moment: each gets a sensible answer, never an error of ours.

Each race has a control: the same race as it was before rows were locked in one order and transactions repeated. It has
to go wrong, or the race would prove nothing.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, time
from itertools import count
from time import monotonic

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from tests.support.processes import soon
from tests.support.racing import Prepared, at_once, one
from tests.support.tally import Told
from tests.support.torture import RACED
from tests.web.conftest import on_both_databases, on_postgresql
from tests.web.factories import Factory
from web import db
from web.db import get_session, write
from web.domain.audit import SYSTEM, Actor
from web.domain.errors import Refused
from web.domain.event import events
from web.domain.event.events import Basics, EventRules
from web.domain.event.slots import Plan
from web.domain.people import merging, privacy, registration, wishes
from web.domain.team import access, accounts, team
from web.domain.team.attempts import TooSoon, attempt
from web.domain.timetable import publishing, versions
from web.domain.timetable import solving as scheduling
from web.models import Event, EventStatus, JobState, Registration, Role, ScheduleVersion, User

# How often a control is tried until it goes wrong.
CONTROL_ROUNDS = 300
PLAN = Plan((date(2027, 3, 18),), time(14, 0), meeting=6, changeover=2, rounds=2)

Race = Callable[[Flask, Factory], list[Prepared]]

_numbers = count(1)


def erase_against_accept(app: Flask, make: Factory) -> list[Prepared]:
    who = make.registration(make.event(), status="pending").id
    return [one(Registration, who, privacy.erase, SYSTEM), one(Registration, who, registration.accept, SYSTEM)]


def erase_against_withdraw(app: Flask, make: Factory) -> list[Prepared]:
    who = make.registration(make.event()).id
    return [
        one(Registration, who, privacy.erase, SYSTEM),
        one(Registration, who, registration.withdraw, SYSTEM),
    ]


def same_title_ten_times(app: Flask, make: Factory) -> list[Prepared]:
    user = make.user().id
    basics = Basics(title=f"Rencontre du même nom {next(_numbers)}")

    def create(session: Session, user: User) -> Event:
        return events.create_event(session, basics, EventRules(), PLAN, ["Table 1"], user, Actor.of_user(user))

    return [one(User, user, create)] * 10


def new_address_invited_to_eight_events(app: Flask, make: Factory) -> list[Prepared]:
    email = f"nouvelle{next(_numbers)}@example.org"

    def invite(session: Session, event: Event) -> User:
        return team.invite(session, event, email=email, role=Role.DESK, actor=SYSTEM)

    return [one(Event, make.event(slots=1, tables=1).id, invite) for _number in range(8)]


def publish_against_delete(app: Flask, make: Factory) -> list[Prepared]:
    event = make.event()
    make.registration(event)
    version = make.schedule(event).id
    return [
        one(ScheduleVersion, version, publishing.publish, SYSTEM),
        one(ScheduleVersion, version, versions.delete_version, SYSTEM),
    ]


def wish_against_erasure_of_the_wished(app: Flask, make: Factory) -> list[Prepared]:
    event = make.event()
    who, target = make.registration(event).id, make.registration(event, kind="company").id
    return [
        one(Registration, who, wishes.add_wish, target, SYSTEM),
        one(Registration, target, privacy.erase, SYSTEM),
    ]


def _merge(make: Factory, against: Callable[..., object]) -> list[Prepared]:
    """One organisation registered twice is merged by two organisers at once, while something befalls the double."""
    event = make.event()
    kept, double = make.registration(event).id, make.registration(event, status="pending").id
    versions = {id: make.session.get_one(Registration, id).version for id in (kept, double)}

    def merge(session: Session, one: Registration) -> None:
        other = session.get_one(Registration, double)
        with suppress(StaleDataError):
            merging.merge(session, one.event, one, other, versions=versions, from_double=(), actor=SYSTEM)

    return [one(Registration, kept, merge)] * 2 + [one(Registration, double, against, SYSTEM)]


def merge_against_accept(app: Flask, make: Factory) -> list[Prepared]:
    return _merge(make, registration.accept)


def merge_against_withdraw(app: Flask, make: Factory) -> list[Prepared]:
    return _merge(make, registration.withdraw)


def merge_against_erase(app: Flask, make: Factory) -> list[Prepared]:
    return _merge(make, privacy.erase)


def two_people_take_one_address(app: Flask, make: Factory) -> list[Prepared]:
    email = f"partagee{next(_numbers)}@example.org"

    def take(session: Session, user: User) -> None:
        try:
            accounts.update_account(session, user, name="Camille", email=email)
        except accounts.AddressTaken:
            return

    # Without passwords, whose check would take most of the time.
    people = [make._add(User(email=f"personne{next(_numbers)}@example.org")).id for _number in range(3)]
    return [one(User, who, take) for who in people]


def result_stored_against_computed_again(app: Flask, make: Factory) -> list[Prepared]:
    event = make.event()
    make.registration(event)
    make.registration(event, kind="company")
    version = make.schedule(event)
    done = scheduling.Ended(event.id, versions.event_of(version), versions.schedule_of(version), None, [])
    attempt = make.job(event, state=JobState.RUNNING, worker="w", attempts=1).id, "w", 1

    def store(session: Session, _event: Event) -> None:
        scheduling.store(session, attempt, done)

    return [
        one(Event, event.id, store),
        one(Event, event.id, scheduling.start_job, SYSTEM),
        *(one(Event, event.id, events.set_status, EventStatus.CLOSED, SYSTEM) for _number in range(3)),
    ]


RACES: list[Race] = [
    erase_against_accept,
    erase_against_withdraw,
    same_title_ten_times,
    new_address_invited_to_eight_events,
    publish_against_delete,
    wish_against_erasure_of_the_wished,
    merge_against_accept,
    merge_against_withdraw,
    merge_against_erase,
    two_people_take_one_address,
    result_stored_against_computed_again,
]


# SQLite has one writer at a time: only where a row was found before it was deleted did these go wrong there too.
CONTROLS = [
    # Whoever accepts or withdraws what is merged meanwhile only writes its row, and is told that it has changed: that
    # went wrong once in sixty rounds or never, where the same merge against an erasure went wrong in each.
    *((race, "postgresql") for race in RACES if race not in (merge_against_accept, merge_against_withdraw)),
    (erase_against_accept, "sqlite"),
    (erase_against_withdraw, "sqlite"),
]


@on_both_databases
@pytest.mark.parametrize("race", RACES, ids=[race.__name__ for race in RACES])
def test_race_is_answered_sensibly(app: Flask, make: Factory, race: Race, backend: str, tally: Told) -> None:
    rounds, worst = [], 0.0
    for _round in range(RACED):
        prepared = race(app, make)
        started = monotonic()
        rounds.append(at_once(app, prepared))
        worst = max(worst, monotonic() - started)
    errors = sum(code >= 500 for answers in rounds for code in answers)
    tally(f"race, {race.__name__.replace('_', ' ')}, {backend}", RACED, errors=errors, worst=worst)
    assert errors == 0, rounds


def as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row locked by whoever comes to it, in no order, and no transaction repeated."""

    def row(session: Session, row: Registration) -> None:
        session.refresh(row, with_for_update=True)

    def event_first(session: Session, row: Registration) -> None:
        session.execute(select(Event.id).where(Event.id == row.event_id).with_for_update())

    def row_alone(session: Session, event_id: int) -> None:
        session.execute(select(Event.id).where(Event.id == event_id).with_for_update(key_share=True))

    def event_of(session: Session, version: ScheduleVersion) -> Event:
        # Its files were read before anything was locked.
        _files = version.document, version.event_document
        return session.scalars(select(Event).where(Event.id == version.event_id).with_for_update()).one()

    monkeypatch.setattr(db, "TRIES", 1)
    monkeypatch.setattr(registration, "lock_registration", row)
    monkeypatch.setattr(wishes, "lock_registration", row)
    monkeypatch.setattr(privacy, "lock_registration", event_first)
    monkeypatch.setattr(merging, "locked", lambda _session, _event: None)
    monkeypatch.setattr(merging, "lock_registration", row)
    monkeypatch.setattr(scheduling, "lock_event", row_alone)
    monkeypatch.setattr(publishing, "lock_version", event_of)
    monkeypatch.setattr(versions, "lock_version", event_of)


@pytest.mark.parametrize(("race", "backend"), CONTROLS, ids=[f"{race.__name__}-{where}" for race, where in CONTROLS])
def test_race_goes_wrong_as_it_was(app: Flask, make: Factory, race: Race, monkeypatch: pytest.MonkeyPatch) -> None:
    as_it_was(monkeypatch)
    assert any(max(at_once(app, race(app, make))) >= 500 for _round in range(CONTROL_ROUNDS))


@on_postgresql
def test_who_registers_waits_for_no_other_address(app: Flask, session: Session, make: Factory) -> None:
    """On SQLite there is one writer at a time. With the event locked for one form, the other would wait for ever."""
    event = make.event()

    def register(session: Session, event: Event, email: str) -> registration.Registered:
        profile = registration.Profile(kind="association", name="Les Jardins", contact_name="Ada", email=email)
        return registration.register(session, event, profile, consent_text="J’accepte.", submission=email)

    with ThreadPoolExecutor(1) as pool, write(session):
        assert register(session, event, "a@example.org").is_new
        other = pool.submit(at_once, app, [one(Event, event.id, register, "b@example.org")])
        assert other.result(timeout=60) == [200]
    assert session.query(Registration).count() == 2


@on_both_databases
def test_event_is_closed_while_a_crowd_registers(app: Flask, session: Session, make: Factory) -> None:
    """Each of the crowd shares the event's lock: whoever wants it alone must have a turn all the same."""
    event = make.event()
    event_id, over, registered = event.id, threading.Event(), [0] * 6
    session.rollback()

    def register_until_refused(who: int) -> int:
        for number in count():
            with app.test_request_context("/"):
                email = f"p{who}-{number}@example.org"
                profile = registration.Profile(kind="association", name="Les Jardins", contact_name="Ada", email=email)
                found = get_session().get_one(Event, event_id)
                try:
                    registration.register(get_session(), found, profile, consent_text="x", submission=email)
                except Refused:
                    return number
                registered[who] += 1
            if over.is_set():
                return -1
        raise AssertionError

    with ThreadPoolExecutor(6) as crowd:
        done = [crowd.submit(register_until_refused, who) for who in range(6)]
        try:
            assert soon(lambda: all(registered), 60)
            begun = monotonic()
            assert events.set_status(session, event, EventStatus.CLOSED, SYSTEM)
            waited = monotonic() - begun
        finally:
            over.wait(0.5)
            over.set()
        assert min(one.result(timeout=30) for one in done) > 0
    # Without a turn of its own it waits until the crowd has gone, or for as long as the database lets anybody wait.
    assert waited < db.BUSY


def test_transaction_is_repeated_a_few_times_and_no_more(session: Session, make: Factory) -> None:
    event_id = make.event(slug="taken").id
    calls = []

    @db.retried
    def clash(session: Session) -> None:
        calls.append(1)
        with write(session):
            session.add(Event(slug="taken", title="x"))

    with pytest.raises(IntegrityError):
        clash(session)
    assert len(calls) == db.TRIES
    assert session.get_one(Event, event_id).slug == "taken"


def test_transaction_within_another_is_left_to_the_outer_one(session: Session, make: Factory) -> None:
    make.event(slug="taken")
    calls = []

    @db.retried
    def clash(session: Session) -> None:
        calls.append(1)
        session.add(Event(slug="taken", title="x"))
        session.flush()

    with pytest.raises(IntegrityError), write(session):
        clash(session)
    assert len(calls) == 1


@on_both_databases
def test_code_that_is_typed_four_times_at_once_signs_in_once(
    app: Flask, make: Factory, backend: str, tally: Told
) -> None:
    with app.test_request_context("/"):
        secret = accounts.new_totp_secret()
    accepted = []
    for number in range(RACED):
        with app.test_request_context("/"):
            code = app.extensions["security"].totp_factory.generate_totp_password(secret)
        email = f"code{next(_numbers)}@example.org"
        user = make._add(User(email=email, tf_primary_method="authenticator", tf_totp_secret=secret)).id
        right: list[bool] = []

        def check(session: Session, user: User, right: list[bool] = right, code: str = code) -> None:
            right.append(accounts.check_second_factor(session, user, code))

        answers = at_once(app, [one(User, user, check)] * 4)
        assert max(answers) < 500, f"round {number}: {answers}"
        accepted.append(right.count(True))
    tally(f"race, one code four times, {backend}", RACED, errors=0)
    assert accepted == [1] * RACED


@on_both_databases
def test_first_organiser_is_one_whoever_starts_at_once(app: Flask, session: Session) -> None:
    start = threading.Barrier(4)

    def begin(_number: int) -> int:
        with app.app_context():
            get_session().connection()
            start.wait(30)
            return access.first_organiser(get_session()).id

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(begin, range(4)))
    session.rollback()
    assert len(found) == 1 == session.query(User).count()


@on_both_databases
def test_right_password_that_is_sent_again_and_again_is_no_error(app: Flask, make: Factory) -> None:
    # Each that is right deletes the row by which another is just being counted.
    user = make._add(User(email=f"vite{next(_numbers)}@example.org")).id

    def sign_in(session: Session, user: User) -> None:
        for _turn in range(20):
            with suppress(TooSoon):
                assert attempt(session, f"password:{user.email}", lambda: True)

    assert at_once(app, [one(User, user, sign_in)] * 4) == [200] * 4
