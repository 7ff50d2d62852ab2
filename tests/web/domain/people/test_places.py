"""Places of each kind: who is accepted, who waits, who is given a place that becomes free; on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.errors import Faults, Refused
from web.domain.event.events import duplicate_event
from web.domain.event.resources import NeedsConfirmation
from web.domain.people import merging, participants, places, privacy, registration, targets
from web.domain.people.places import NoPlace, Settings
from web.domain.people.registration import Profile
from web.domain.timetable.publishing import publish
from web.models import AuditEntry, Event, OutboxMail, Registration, utcnow

PROFILE = Profile(kind="company", name="Nord Numérique", contact_name="Ada", email="ada@example.org")


def limited(make: Factory, number: int = 2, **values: Any) -> Event:
    """An event with so many places for companies, which gives them by itself."""
    return make.event(**{"quotas": {"company": number}, "accepts_at_once": True, "promotes": True} | values)


def register(session: Session, event: Event, name: str = "a", kind: str = "company") -> Registration:
    profile = replace(PROFILE, kind=kind, name=f"Entreprise {name}", email=f"{name}@example.org")
    return registration.register(session, event, profile, consent_text="J’accepte.", submission=name * 20).registration


def waiting(make: Factory, event: Event, minutes: int, **values: Any) -> Registration:
    """Somebody who has waited for so many minutes."""
    since = utcnow() - timedelta(minutes=minutes)
    return make.registration(event, **{"kind": "company", "status": "waiting", "waiting_since": since} | values)


def statuses(session: Session, *registrations: Registration) -> list[str]:
    session.rollback()
    return [str(one.status) for one in registrations]


def mails(session: Session, one: Registration) -> list[OutboxMail]:
    session.rollback()
    mine = select(OutboxMail).where(OutboxMail.registration_id == one.id).order_by(OutboxMail.id)
    return list(session.scalars(mine))


# Registering


@on_both_databases
def test_registering_takes_the_places_in_order_and_then_waits(session: Session, make: Factory) -> None:
    event = limited(make)
    found = [register(session, event, name) for name in "abcd"]
    assert statuses(session, *found) == ["accepted", "accepted", "waiting", "waiting"]
    assert [places.place_in_line(session, one) for one in found] == [None, None, 1, 2]
    assert found[0].waiting_since is None
    [told] = mails(session, found[0])
    assert told.subject.startswith("Votre inscription est acceptée")
    assert "participe à" in told.body_text
    assert "/p/" in told.body_text
    [told] = mails(session, found[3])
    assert told.subject.startswith("Vous êtes sur liste d’attente")
    assert "2e sur la liste d’attente" in told.body_text
    assert "/p/" in told.body_text


def test_registering_where_the_organiser_decides_is_to_decide_until_it_is_full(session: Session, make: Factory) -> None:
    event = limited(make, 1, accepts_at_once=False)
    first = register(session, event, "a")
    registration.accept(session, first, SYSTEM)
    second = register(session, event, "b")
    assert statuses(session, first, second) == ["accepted", "waiting"]
    assert [one.subject.split(" – ")[0] for one in mails(session, first)] == [
        "Nous avons bien reçu votre inscription",
        "Votre inscription est acceptée",
    ]


def test_kind_without_a_number_has_no_limit(session: Session, make: Factory) -> None:
    event = limited(make, 0)
    found = [register(session, event, name, "association") for name in "abc"]
    assert statuses(session, *found) == ["accepted"] * 3
    assert statuses(session, register(session, event, "d")) == ["waiting"]


def test_nobody_overtakes_whoever_waits(session: Session, make: Factory) -> None:
    event = limited(make, 1, promotes=False)
    first, second = register(session, event, "a"), register(session, event, "b")
    registration.withdraw(session, first, SYSTEM)
    third = register(session, event, "c")
    assert statuses(session, second, third) == ["waiting", "waiting"]


def test_form_sent_twice_takes_one_place(session: Session, make: Factory) -> None:
    event = limited(make)
    assert register(session, event, "a").id == register(session, event, "a").id
    assert statuses(session, register(session, event, "b")) == ["accepted"]


@pytest.mark.parametrize("why", ["published", "begun"])
def test_nothing_is_given_by_itself_any_more(session: Session, make: Factory, why: str) -> None:
    event = limited(make, 3)
    gone, first = make.registration(event, kind="company"), waiting(make, event, 5)
    if why == "published":
        publish(session, make.schedule(event), SYSTEM)
        assert statuses(session, register(session, event, "a")) == ["pending"]
        registration.withdraw(session, gone, SYSTEM)
        assert statuses(session, first) == ["waiting"]
        [companies] = places.counted_places(session, event)
        assert (companies.free, companies.possible) == (3, 1)
    before = event.slots[0].starts_at.replace(tzinfo=UTC) - timedelta(days=1)
    after = event.slots[0].starts_at.replace(tzinfo=UTC) + timedelta(days=1)
    assert places.acts_by_itself(event, before) is (why == "begun")
    assert not places.acts_by_itself(event, after)


# Deciding


@on_both_databases
def test_accepting_beyond_the_number_is_refused(session: Session, make: Factory) -> None:
    event = limited(make, 1)
    taken = make.registration(event, kind="company")
    late = make.registration(event, kind="company", status="pending")
    with pytest.raises(NoPlace, match="place"):
        registration.accept(session, late, SYSTEM)
    assert statuses(session, taken, late) == ["accepted", "pending"]
    assert mails(session, late) == []


def test_accepting_many_stops_at_the_number_and_says_why(session: Session, make: Factory) -> None:
    event = limited(make)
    found = [make.registration(event, kind="company", status="pending") for _number in range(3)]
    gone = make.registration(event, status="withdrawn")
    done, refused = participants.decide_many(session, event, [one.id for one in [*found, gone]], "accept", SYSTEM)
    assert done == 2
    assert sorted(refused.values()) == sorted([[found[2].name], [gone.name]])
    assert statuses(session, *found) == ["accepted", "accepted", "pending"]


def test_declining_everybody_promotes_nobody_of_them(session: Session, make: Factory) -> None:
    event = limited(make, 1)
    held, first, second = make.registration(event, kind="company"), waiting(make, event, 9), waiting(make, event, 5)
    participants.decide_many(session, event, [held.id, first.id], "decline", SYSTEM)
    assert statuses(session, held, first, second) == ["declined", "declined", "accepted"]
    assert len(mails(session, first)) == 1


def test_put_on_the_waiting_list_gives_the_place_to_another(session: Session, make: Factory) -> None:
    event = limited(make, 1)
    held, first = make.registration(event, kind="company"), waiting(make, event, 9)
    participants.decide_many(session, event, [held.id], "wait", SYSTEM)
    assert statuses(session, held, first) == ["waiting", "accepted"]
    assert "en tête de la liste" in mails(session, held)[0].body_text
    participants.decide_many(session, event, [first.id], "wait", SYSTEM)
    assert statuses(session, held, first) == ["accepted", "waiting"]
    alone = make.registration(limited(make, 1), kind="company")
    participants.decide_many(session, alone.event, [alone.id], "wait", SYSTEM)
    assert statuses(session, alone) == ["waiting"]


def test_organiser_adds_nobody_beyond_the_number(session: Session, make: Factory) -> None:
    event = limited(make, 1)
    make.registration(event, kind="company")
    with pytest.raises(Faults) as refused:
        participants.add(session, event, {"kind": "company", "name": "Une de trop", "needs": [], "offers": []}, SYSTEM)
    assert [fault.path for fault in refused.value.faults] == ["kind"]


# Places that become free


@on_both_databases
@pytest.mark.parametrize("deed", ["withdraw", "decline", "erase", "remove", "other kind"])
def test_place_that_becomes_free_goes_to_the_longest_waiting(session: Session, make: Factory, deed: str) -> None:
    event = limited(make, 1)
    held = make.registration(event, kind="company")
    late, early = waiting(make, event, 5), waiting(make, event, 9)
    other = waiting(make, event, 20, kind="association")
    deeds: dict[str, Any] = {
        "withdraw": lambda: registration.withdraw(session, held, SYSTEM),
        "decline": lambda: registration.decline(session, held, SYSTEM),
        "erase": lambda: privacy.erase(session, held, SYSTEM),
        "remove": lambda: participants.remove(session, held, held.version, SYSTEM),
        "other kind": lambda: participants.change(session, held, {"kind": "association"}, held.version, SYSTEM),
    }
    deeds[deed]()
    assert statuses(session, early, late, other) == ["accepted", "waiting", "waiting"]
    assert early.waiting_since is None
    [told] = mails(session, early)
    assert told.subject.startswith("Une place s’est libérée")
    assert mails(session, late) == []
    [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "registration.promote"))
    assert (entry.actor, entry.behalf_of_id) == ("Passerelle", early.id)


def test_place_that_becomes_free_stays_so_where_the_organiser_decides(session: Session, make: Factory) -> None:
    event = limited(make, 1, promotes=False)
    held, first = make.registration(event, kind="company"), waiting(make, event, 9)
    registration.withdraw(session, held, SYSTEM)
    assert statuses(session, first) == ["waiting"]


def test_departure_of_who_only_waits_promotes_nobody(session: Session, make: Factory) -> None:
    event = limited(make, 1)
    make.registration(event, kind="company")
    first, second = waiting(make, event, 9), waiting(make, event, 5)
    registration.withdraw(session, first, SYSTEM)
    assert statuses(session, second) == ["waiting"]
    assert places.place_in_line(session, second) == 1


def test_waiting_where_there_is_no_number_is_left_to_the_organiser(session: Session, make: Factory) -> None:
    event = make.event(promotes=True)
    held, first = make.registration(event, kind="company"), waiting(make, event, 9)
    registration.withdraw(session, held, SYSTEM)
    assert statuses(session, first) == ["waiting"]
    assert places.place_in_line(session, first) is None


def test_merging_two_that_were_accepted_frees_a_place(session: Session, make: Factory) -> None:
    event = limited(make)
    kept, double = (make.registration(event, kind="company") for _number in range(2))
    first = waiting(make, event, 9)
    versions = {one.id: one.version for one in (kept, double)}
    merging.merge(session, event, kept, double, versions=versions, from_double=(), actor=SYSTEM)
    assert statuses(session, first) == ["accepted"]


def test_merging_two_that_wait_keeps_the_better_place(session: Session, make: Factory) -> None:
    event = limited(make, 0)
    kept, between, double = (waiting(make, event, minutes) for minutes in (1, 5, 9))
    versions = {one.id: one.version for one in (kept, double)}
    merging.merge(session, event, kept, double, versions=versions, from_double=(), actor=SYSTEM)
    assert places.place_in_line(session, kept) == 1
    assert places.place_in_line(session, between) == 2


def test_merging_takes_no_kind_whose_places_are_taken(session: Session, make: Factory) -> None:
    event = limited(make, 0)
    kept, double = make.registration(event), waiting(make, event, 9)
    versions = {one.id: one.version for one in (kept, double)}
    with pytest.raises(NoPlace):
        merging.merge(session, event, kept, double, versions=versions, from_double=["kind"], actor=SYSTEM)
    assert statuses(session, kept, double) == ["accepted", "waiting"]


# The number cannot be gone around


def edited(session: Session, one: Registration, kind: str) -> None:
    profile = replace(PROFILE, kind=kind, name=one.name, email=one.email or "")
    registration.update(session, one, profile, version=one.version, actor=SYSTEM)


def test_kind_of_who_is_accepted_is_not_changed_by_the_form(session: Session, make: Factory) -> None:
    one = make.registration(limited(make, 0))
    edited(session, one, "company")
    assert one.kind == "association"


def test_who_waits_and_changes_the_kind_stands_at_the_end(session: Session, make: Factory) -> None:
    event = limited(make, 0, quotas={"company": 0, "association": 0})
    mover, other = waiting(make, event, 60, kind="association"), waiting(make, event, 5)
    edited(session, mover, "company")
    assert statuses(session, mover) == ["waiting"]
    assert [places.place_in_line(session, one) for one in (other, mover)] == [1, 2]


def test_who_waits_and_changes_to_a_kind_with_room_is_as_who_registers(session: Session, make: Factory) -> None:
    event = limited(make, 0)
    mover = waiting(make, event, 60)
    edited(session, mover, "association")
    assert statuses(session, mover) == ["accepted"]
    assert len(mails(session, mover)) == 1


def test_organiser_gives_no_kind_whose_places_are_taken(session: Session, make: Factory) -> None:
    event = limited(make, 0)
    one = make.registration(event)
    with pytest.raises(Faults) as refused:
        participants.change(session, one, {"kind": "company"}, one.version, SYSTEM)
    assert [fault.path for fault in refused.value.faults] == ["kind"]
    assert (one.kind, *statuses(session, one)) == ("association", "accepted")


def test_registration_taken_up_again_has_no_place_of_before(session: Session, make: Factory) -> None:
    event = limited(make, 1)
    first, second = register(session, event, "a"), register(session, event, "b")
    registration.withdraw(session, first, SYSTEM)
    registration.rejoin(session, first, SYSTEM)
    assert statuses(session, first, second) == ["waiting", "accepted"]
    registration.withdraw(session, second, SYSTEM)
    registration.rejoin(session, second, SYSTEM)
    assert statuses(session, first, second) == ["accepted", "waiting"]


def test_who_was_declined_does_not_come_in_by_withdrawing(session: Session, make: Factory) -> None:
    one = make.registration(limited(make), kind="company", status="declined")
    with pytest.raises(Refused):
        registration.withdraw(session, one, SYSTEM)
    assert statuses(session, one) == ["declined"]


# What the organiser says


def said(event: Event, number: int | None, **values: Any) -> Settings:
    quotas = {} if number is None else {"company": number}
    same = {"accepts_at_once": event.accepts_at_once, "promotes": event.promotes}
    return Settings(**{"quotas": quotas} | same | values)


def save(session: Session, event: Event, wanted: Settings, *, confirmed: bool = False) -> list[str]:
    return places.save_places(
        session, event, wanted, version=event.version, confirmed=confirmed, actor=SYSTEM, now=None
    )


@on_both_databases
@pytest.mark.parametrize(("number", "come"), [(1, 0), (2, 1), (3, 2), (None, 3)])
def test_more_places_go_to_those_who_wait_once_confirmed(
    session: Session, make: Factory, number: int | None, come: int
) -> None:
    event = limited(make, 1)
    make.registration(event, kind="company")
    line = [waiting(make, event, minutes) for minutes in (9, 7, 5)]
    if come:
        with pytest.raises(NeedsConfirmation, match=str(come)):
            save(session, event, said(event, number))
        session.rollback()
        assert event.quotas == {"company": 1}
        assert statuses(session, *line) == ["waiting"] * 3
    assert save(session, event, said(event, number), confirmed=True) == [one.name for one in line[:come]]
    assert statuses(session, *line) == ["accepted"] * come + ["waiting"] * (3 - come)


def test_fewer_places_take_none_away(session: Session, make: Factory) -> None:
    event = limited(make, 2)
    held = [make.registration(event, kind="company") for _number in range(2)]
    save(session, event, said(event, 1))
    assert statuses(session, *held) == ["accepted"] * 2
    [companies] = places.counted_places(session, event)
    assert (companies.free, companies.over, companies.is_full) == (0, 1, True)
    registration.withdraw(session, held[0], SYSTEM)
    assert places.counted_places(session, event)[0].is_full


def test_places_of_an_older_page_are_not_saved(session: Session, make: Factory) -> None:
    event = limited(make)
    with pytest.raises(StaleDataError):
        places.save_places(session, event, said(event, 9), version=event.version - 1, confirmed=True, actor=SYSTEM)
    session.rollback()
    assert event.quotas == {"company": 2}


def test_copy_of_an_event_has_its_places_and_nobody_in_them(session: Session, make: Factory) -> None:
    event = limited(make, 1, targets=[{"share": 33, "kind": "company", "among": ["size:tpe"]}])
    make.registration(event, kind="company")
    waiting(make, event, 5)
    day = datetime(2028, 3, 18).date()
    copy = duplicate_event(session, event, title="Copie", day=day, with_pool=True, user=make.user(), actor=SYSTEM)
    assert (copy.quotas, copy.targets) == (event.quotas, event.targets)
    assert (copy.accepts_at_once, copy.promotes) == (True, True)
    assert {str(one.status) for one in copy.registrations} == {"pending"}
    assert places.counted_places(session, copy)[0].taken == 0


def test_targets_count_those_accepted(session: Session, make: Factory) -> None:
    among = ["size:tpe", "size:pme"]
    event = make.event(
        targets=[{"share": 50, "kind": "company", "among": among}, {"share": 1, "kind": "", "among": ["zone:lille"]}]
    )
    for size in ("tpe", "large", None):
        make.registration(event, kind="company", size=size)
    make.registration(event, zone="lille", size="tpe")
    make.registration(event, kind="company", size="pme", status="waiting")
    sizes, zone = targets.progress(session, event)
    assert (sizes.reached, sizes.people, sizes.unknown, sizes.now, sizes.is_met) == (1, 3, 1, 33, False)
    assert (zone.reached, zone.people, zone.unknown, zone.now, zone.is_met) == (1, 4, 3, 25, True)


def test_export_of_ones_data_says_since_when_one_waits(session: Session, make: Factory) -> None:
    one = waiting(make, limited(make), 5)
    assert privacy.export(session, one)["registration"]["waiting_since"] is not None


@on_both_databases
def test_place_on_the_list_is_told_alike_everywhere(session: Session, make: Factory) -> None:
    event = limited(make, 0)
    line = [waiting(make, event, 5) for _number in range(3)] + [waiting(make, event, 9)]
    told = places.lines(event, line)
    assert told == {one.id: places.place_in_line(session, one) for one in line}
    assert sorted(told.values()) == [1, 2, 3, 4]
    with write(session):
        line[3].status = "declined"
    assert places.place_in_line(session, line[0]) == 1
