"""The last place is given once, and is given, whoever comes, accepts or goes at the same moment.

Each race has a control without the lock that it is about: it has to go wrong, or the race would prove nothing.
"""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support.racing import Deed, Prepared, at_once, one
from tests.support.tally import Told
from tests.support.torture import ROUNDS
from tests.web.conftest import on_both_databases, on_postgresql
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.people import places, privacy, registration
from web.domain.people.places import Settings
from web.models import Event, OutboxMail, Registration, RegistrationStatus, utcnow

CLIENTS = 50
# A crowd takes seconds: a few times where other races are run ten times, and as often where it may take long.
CROWDS = ROUNDS if ROUNDS > 10 else min(ROUNDS, 3)
# How often a control is tried until it goes wrong.
CONTROL_ROUNDS = 200


def with_one_place_left(make: Factory) -> Event:
    event = make.event(quotas={"company": 2}, accepts_at_once=True, promotes=True)
    make.registration(event, kind="company")
    return event


def registering(event_id: int, who: str) -> Prepared:
    """Somebody who sends the form."""
    # Of each race their own: an address that nobody has confirmed gets three mails a day.
    email = f"{who}.{event_id}@example.org"
    profile = registration.Profile(kind="company", name=f"Entreprise {who}", contact_name="Ada", email=email)

    def register(session: Session, event: Event) -> None:
        registration.register(session, event, profile, consent_text="J’accepte.", submission=who * 20)

    return released(one(Event, event_id, register))


def released(prepared: Prepared) -> Prepared:
    """The same without a connection of its own until it acts: there are not as many as clients."""

    def prepare(session: Session) -> Deed:
        deed = prepared(session)
        session.rollback()
        return deed

    return prepare


def statuses(session: Session, event: Event) -> Counter[str]:
    session.rollback()
    return Counter(session.scalars(select(Registration.status).where(Registration.event_id == event.id)))


def crowd(event: Event) -> list[Prepared]:
    return [registering(event.id, f"p{number}") for number in range(CLIENTS)]


@on_both_databases
def test_last_place_is_given_once(app: Flask, session: Session, make: Factory, backend: str, tally: Told) -> None:
    worst = 0.0
    for _round in range(CROWDS):
        event = with_one_place_left(make)
        started = monotonic()
        assert at_once(app, crowd(event)) == [200] * CLIENTS
        worst = max(worst, monotonic() - started)
        assert statuses(session, event) == {"accepted": 2, "waiting": CLIENTS - 1}
        line = places.lines(event, event.registrations)
        assert sorted(line.values()) == list(range(1, CLIENTS))
        told = select(OutboxMail.subject, func.count()).where(OutboxMail.event_id == event.id).group_by("subject")
        assert sorted(count for _subject, count in session.execute(told)) == [1, CLIENTS - 1]
        session.rollback()
    tally(f"race, {CLIENTS} for the last place, {backend}", CROWDS, errors=0, worst=worst)


@on_postgresql
def test_last_place_is_given_twice_without_the_lock(
    app: Flask, session: Session, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite there is one writer at a time."""
    monkeypatch.setattr(places, "lock_text", lambda _session, _text: None)

    def goes_wrong() -> bool:
        event = with_one_place_left(make)
        at_once(app, crowd(event))
        return statuses(session, event)["accepted"] > 2

    assert any(goes_wrong() for _round in range(CONTROL_ROUNDS))


@on_both_databases
def test_last_place_is_given_twice_by_who_counts_too_early(
    app: Flask, session: Session, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a page would, that looks whether there is a place and registers then."""
    seen = threading.local()
    event = with_one_place_left(make)

    def looked_before(prepared: Prepared) -> Prepared:
        def prepare(session: Session) -> Deed:
            full = "company" in places.full_kinds(session, session.get_one(Event, event_id))
            seen.status = RegistrationStatus.WAITING if full else RegistrationStatus.ACCEPTED
            return prepared(session)

        return prepare

    event_id = event.id
    monkeypatch.setattr(places, "newcomer_status", lambda *_arguments: seen.status)
    at_once(app, [looked_before(one) for one in crowd(event)])
    assert statuses(session, event)["accepted"] == 1 + CLIENTS


# Two at once, one of whom is an organiser or goes


def two_accepted(make: Factory, event: Event) -> list[Prepared]:
    """Two organisers accept the last two."""
    last = [make.registration(event, kind="company", status="pending").id for _number in range(2)]
    return [one(Registration, who, registration.accept, SYSTEM) for who in last]


def accepted_while_one_registers(make: Factory, event: Event) -> list[Prepared]:
    last = make.registration(event, kind="company", status="pending").id
    return [one(Registration, last, registration.accept, SYSTEM), registering(event.id, "a")]


def gone_while_one_registers(make: Factory, event: Event) -> list[Prepared]:
    held = make.registration(event, kind="company").id
    return [one(Registration, held, registration.withdraw, SYSTEM), registering(event.id, "a")]


def erased_while_two_register(make: Factory, event: Event) -> list[Prepared]:
    held = make.registration(event, kind="company").id
    both = [registering(event.id, who) for who in ("a", "b")]
    return [one(Registration, held, privacy.erase, SYSTEM), *both]


def two_gone_while_two_wait(make: Factory, event: Event) -> list[Prepared]:
    held = [make.registration(event, kind="company").id]
    held += ids_of(make, event, "accepted")[:1]
    for minutes in (5, 9):
        since: datetime = utcnow() - timedelta(minutes=minutes)
        make.registration(event, kind="company", status="waiting", waiting_since=since)
    return [one(Registration, who, registration.withdraw, SYSTEM) for who in held]


def more_places_while_one_registers(make: Factory, event: Event) -> list[Prepared]:
    make.registration(event, kind="company")
    make.registration(event, kind="company", status="waiting")
    wanted = Settings(quotas={"company": 3}, accepts_at_once=True, promotes=True)
    version = event.version

    def save(session: Session, event: Event) -> None:
        places.save_places(session, event, wanted, version=version, confirmed=True, actor=SYSTEM)

    return [one(Event, event.id, save), registering(event.id, "a")]


def ids_of(make: Factory, event: Event, status: str) -> list[int]:
    mine = select(Registration.id).where(Registration.event_id == event.id, Registration.status == status)
    return list(make.session.scalars(mine.order_by(Registration.id)))


# What is left of each race: how many take part, and how many wait or are to be decided.
RACES: dict[Any, tuple[int, int]] = {
    two_accepted: (2, 1),
    accepted_while_one_registers: (2, 1),
    gone_while_one_registers: (2, 0),
    erased_while_two_register: (2, 1),
    two_gone_while_two_wait: (2, 0),
    more_places_while_one_registers: (3, 1),
}
by_name = pytest.mark.parametrize("race", RACES, ids=[race.__name__ for race in RACES])


def outcome(app: Flask, session: Session, make: Factory, race: Any) -> tuple[int, int]:
    event = with_one_place_left(make)
    prepared = race(make, event)
    # What this has read must not keep the database from whoever tidies it up.
    session.rollback()
    answers = at_once(app, prepared)
    assert max(answers) < 500, answers
    found = statuses(session, event)
    return found["accepted"], found["waiting"] + found["pending"]


@on_both_databases
@by_name
def test_place_is_given_once_and_to_somebody(
    app: Flask, session: Session, make: Factory, race: Any, backend: str, tally: Told
) -> None:
    found = [outcome(app, session, make, race) for _round in range(ROUNDS)]
    tally(f"race, {race.__name__.replace('_', ' ')}, {backend}", ROUNDS, errors=0)
    assert found == [RACES[race]] * ROUNDS


@on_postgresql
@pytest.mark.parametrize("race", [two_accepted, gone_while_one_registers], ids=lambda race: race.__name__)
def test_place_is_given_twice_or_to_nobody_without_the_lock(
    app: Flask, session: Session, make: Factory, race: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite there is one writer at a time."""

    def row_alone(session: Session, row: Registration) -> None:
        session.refresh(row, with_for_update={"key_share": True})

    monkeypatch.setattr(registration, "lock_registration", row_alone)
    assert any(outcome(app, session, make, race) != RACES[race] for _round in range(CONTROL_ROUNDS))


@on_postgresql
def test_who_registers_where_there_is_no_number_waits_for_nobody(app: Flask, session: Session, make: Factory) -> None:
    """With the places of a kind counted by one of them, those of another kind go on, and so do all without a number."""
    event = make.event(quotas={"company": 9}, accepts_at_once=True)

    def register(session: Session, event: Event, kind: str) -> registration.Registered:
        profile = registration.Profile(kind=kind, name=f"Une {kind}", contact_name="Ada", email=f"{kind}@example.org")
        return registration.register(session, event, profile, consent_text="J’accepte.", submission=kind * 5)

    with ThreadPoolExecutor(1) as pool, write(session):
        assert register(session, event, "company").is_new
        other = pool.submit(at_once, app, [one(Event, event.id, register, "association")])
        assert other.result(timeout=60) == [200]
    assert statuses(session, event) == {"accepted": 2}
