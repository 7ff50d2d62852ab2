"""A repair: what is said becomes true with the publication, only those concerned are told, and it can be undone."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.check.schedule import verify
from scheduler.format.schedule import Meeting
from tests.support.announced import World
from tests.support.by_hand import solved
from tests.web.conftest import on_both_databases
from web.db import write
from web.domain.audit import SYSTEM, Actor
from web.domain.errors import Faults, Refused
from web.domain.event.files import event_value, import_event
from web.domain.timetable import repair
from web.domain.timetable.drift import drift
from web.domain.timetable.repair import Outdated
from web.domain.timetable.said import Said
from web.domain.timetable.versions import event_of, schedule_of
from web.models import Event, Registration, ScheduleVersion, User


@pytest.fixture
def world(session: Session, organiser: User) -> World:
    return World(session, organiser)


def assert_right(world: World, version: ScheduleVersion) -> None:
    """Announced, legal for the event as it is, and with nothing left to mend."""
    world.session.expire_all()
    assert world.event.published_schedule_id == version.id
    assert event_of(version) == event_value(world.session, world.event)
    assert verify(event_of(version), schedule_of(version)).faults == []
    assert not drift(world.session, world.event).untrue


@on_both_databases
def test_somebody_who_does_not_come_is_taken_out_and_partners_alone_are_told(world: World) -> None:
    gone = world.busy()
    before = event_value(world.session, world.event)
    found = world.propose(Said(absent=(gone,)))
    assert event_value(world.session, world.event) == before
    assert found.disruptions == 0 and found.fewest
    assert world.mails() == set()
    repair.apply(world.session, found.version, SYSTEM)
    assert world.mails() == set(found.changes) - {gone}
    assert all(gone not in one.between for one in schedule_of(found.version).meetings)
    assert_right(world, found.version)


@pytest.mark.parametrize("what", ["late", "leaves"])
def test_hours_somebody_is_there_become_the_events(world: World, what: str) -> None:
    who, slots = world.busy(), [slot.id for slot in event_of(world.version).slots]
    said = Said(late={who: slots[4]}) if what == "late" else Said(leaves={who: slots[4]})
    found = world.propose(said)
    repair.apply(world.session, found.version, SYSTEM)
    away = set(slots[:4] if what == "late" else slots[4:])
    held = {one.slot for one in schedule_of(found.version).meetings if who in one.between}
    assert not held & away
    assert set(event_value(world.session, world.event).participant(who).unavailable) >= away
    assert_right(world, found.version)


def test_table_lost_round_cut_and_longer_break_are_repaired_at_once(world: World) -> None:
    value = event_of(world.version)
    table, last, middle = value.tables[-1].id, value.slots[-1].id, value.slots[3].id
    found = world.propose(Said(tables=(table,), cut=(last,), longer=(middle, 10)))
    repair.apply(world.session, found.version, SYSTEM)
    now = event_value(world.session, world.event)
    assert table not in now.table_index and last not in now.slot_index
    assert [slot.start for slot in now.slots][:3] == [slot.start for slot in value.slots][:3]
    assert (now.slots[3].start - value.slots[3].start).total_seconds() == 600
    assert world.mails() == set(found.changes)
    assert_right(world, found.version)


def test_what_is_over_is_kept_to_the_letter(world: World) -> None:
    gone, value = world.busy(), event_of(world.version)
    here = value.slots[4].id
    over = {slot.id for slot in value.slots[:4]}
    found = world.propose(Said(absent=(gone,), from_slot=here))
    repair.apply(world.session, found.version, SYSTEM)
    before = [one for one in schedule_of(world.version).meetings if one.slot in over]
    assert [one for one in schedule_of(found.version).meetings if one.slot in over] == before
    assert any(gone in one.between for one in before)
    assert all(gone not in one.between for one in schedule_of(found.version).meetings if one.slot not in over)
    world.session.expire_all()
    assert world.event.published_schedule_id == found.version.id


def test_repair_is_undone_with_what_was_said(world: World) -> None:
    before = event_value(world.session, world.event)
    value = event_of(world.version)
    gone = world.busy()
    said = Said(absent=(gone,), tables=(value.tables[0].id,), cut=(value.slots[-1].id,), longer=(value.slots[2].id, 5))
    found = world.propose(said)
    repair.apply(world.session, found.version, SYSTEM)
    world.mails()
    assert repair.can_undo(world.event, found.version)
    again = repair.undo(world.session, found.version, SYSTEM)
    assert event_value(world.session, world.event) == before
    assert schedule_of(again).meetings == schedule_of(world.version).meetings
    assert world.mails() == set(found.changes) | {gone}
    assert_right(world, again)
    with pytest.raises(Outdated):
        repair.undo(world.session, found.version, SYSTEM)


@on_both_databases
def test_proposal_that_rests_on_another_timetable_is_not_applied(world: World) -> None:
    one, other = world.propose(Said(absent=(world.busy(),))), world.propose(Said(absent=(world.busy("company"),)))
    repair.apply(world.session, one.version, SYSTEM)
    before = event_value(world.session, world.event)
    with pytest.raises(Outdated, match="entre-temps"):
        repair.apply(world.session, other.version, SYSTEM)
    assert event_value(world.session, world.event) == before
    assert repair.apply(world.session, one.version, SYSTEM).already


def test_proposal_for_an_event_that_changed_since_is_not_applied(world: World) -> None:
    found = world.propose(Said(absent=(world.busy(),)))
    with write(world.session):
        other = world.session.scalars(select(Registration).where(Registration.key == world.busy("company"))).one()
        other.status = "withdrawn"
    with pytest.raises(Outdated, match="a changé depuis"):
        repair.apply(world.session, found.version, SYSTEM)
    world.session.expire_all()
    assert world.event.published_schedule_id == world.version.id


def test_what_the_event_knows_already_needs_not_be_said(world: World) -> None:
    gone = world.busy()
    with write(world.session):
        row = world.session.scalars(select(Registration).where(Registration.key == gone)).one()
        row.status = "withdrawn"
    assert drift(world.session, world.event).untrue
    found = world.propose(Said())
    repair.apply(world.session, found.version, SYSTEM)
    assert_right(world, found.version)


def disturbing(world: World) -> tuple[Said, Meeting]:
    """What, if it is said, has an announced meeting moved or cancelled that could be held where it is."""
    value, schedule = event_of(world.version), schedule_of(world.version)
    late = [Said(late={one.id: slot.id}, allow=3) for one in value.participants for slot in value.slots[2:4]]
    for said in (*(Said(tables=(table.id,), allow=3) for table in value.tables), *late):
        found = world.propose(said)
        held = {(one.pair, one.slot) for one in found.schedule.meetings}
        for one in schedule.meetings:
            away = {slot for id in one.between for slot in found.event.participant(id).unavailable}
            if (one.pair, one.slot) not in held and one.slot not in away and one.table in found.event.table_index:
                return said, one
    raise AssertionError("nothing has a meeting give way that need not")


@pytest.mark.parametrize("how", ["kept", "alone"])
def test_meeting_that_is_to_stay_stays(world: World, how: str) -> None:
    said, meeting = disturbing(world)
    one, other = meeting.between
    said = replace(said, kept=((one, other),)) if how == "kept" else replace(said, alone=(one,))
    again = world.propose(said)
    assert (meeting.pair, meeting.slot) in {(one.pair, one.slot) for one in again.schedule.meetings}


def test_another_proposal_takes_the_place_of_the_first(world: World) -> None:
    found = world.propose(Said(absent=(world.busy(),)))
    said = replace(found.said, allow=2)
    made = repair.adjust(world.session, found.version, said, SYSTEM)
    world.session.expire_all()
    assert world.session.get(ScheduleVersion, found.version.id) is None
    again = repair.proposal_of(world.session, made)
    assert again is not None and again.said == said


@pytest.mark.parametrize(
    "said",
    [Said(absent=("nobody",)), Said(late={"nobody": "s1"}), Said(leaves={"a1": "s999"}), Said(longer=("s999", 5))],
)
def test_what_the_event_does_not_have_is_told(world: World, said: Said) -> None:
    with pytest.raises(Faults):
        world.propose(said)


def test_nothing_announced_is_nothing_to_repair(session: Session, organiser: User) -> None:
    event: Event = import_event(session, solved()[0], organiser.id, Actor.of_user(organiser))
    with pytest.raises(Refused):
        repair.propose_repair(session, event, Said(), SYSTEM)


def withdraw(world: World, key: str) -> None:
    with write(world.session):
        world.session.scalars(select(Registration).where(Registration.key == key)).one().status = "withdrawn"


def test_whoever_left_during_the_day_by_the_link_is_no_hindrance(world: World) -> None:
    gone, value = world.busy(), event_of(world.version)
    withdraw(world, gone)
    found = world.propose(Said(from_slot=value.slots[4].id))
    repair.apply(world.session, found.version, SYSTEM)
    assert world.mails() == set(found.changes) - {gone}
    over = {slot.id for slot in value.slots[:4]}
    assert any(gone in one.between for one in schedule_of(found.version).meetings if one.slot in over)
    again = repair.undo(world.session, found.version, SYSTEM)
    ahead = [one for one in schedule_of(again).meetings if one.slot not in over]
    assert all(gone not in one.between for one in ahead)


def test_undone_is_what_was_said_and_not_what_others_did(world: World) -> None:
    gone, late = world.busy(), world.busy("company")
    before = {(one.pair, one.slot) for one in schedule_of(world.version).meetings if gone not in one.between}
    withdraw(world, gone)
    found = world.propose(Said(late={late: event_of(world.version).slots[3].id}))
    repair.apply(world.session, found.version, SYSTEM)
    again = repair.undo(world.session, found.version, SYSTEM)
    assert {(one.pair, one.slot) for one in schedule_of(again).meetings} == before
    assert_right(world, again)


def test_undoing_speaks_for_nobody_who_has_said_something_since(world: World) -> None:
    who = world.busy()
    found = world.propose(Said(late={who: event_of(world.version).slots[2].id}))
    repair.apply(world.session, found.version, SYSTEM)
    withdraw(world, who)
    repair.undo(world.session, found.version, SYSTEM)
    world.session.expire_all()
    assert world.session.scalars(select(Registration).where(Registration.key == who)).one().status == "withdrawn"


@pytest.mark.parametrize("what", ["cut", "longer"])
def test_round_that_is_over_is_neither_cut_nor_put_off(world: World, what: str) -> None:
    slots = [slot.id for slot in event_of(world.version).slots]
    said = Said(cut=(slots[1],)) if what == "cut" else Said(longer=(slots[2], 9))
    with pytest.raises(Faults):
        world.propose(replace(said, from_slot=slots[4]))
