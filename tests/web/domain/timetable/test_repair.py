"""A repair: what is said becomes true with the publication, only those concerned are told, and it can be undone."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

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
from web.domain.event.events import touch
from web.domain.event.files import event_value, import_event
from web.domain.event.resources import TableRow, save_tables
from web.domain.timetable import anew, repair
from web.domain.timetable.concerned import concerned_by
from web.domain.timetable.distance import Code
from web.domain.timetable.drift import drift
from web.domain.timetable.origin import origin_of
from web.domain.timetable.repair import Outdated
from web.domain.timetable.said import Said
from web.domain.timetable.solving import valid
from web.domain.timetable.versions import event_of, schedule_of
from web.exports.references import require_references
from web.models import Event, OutboxMail, Registration, ScheduleVersion, User


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
def test_somebody_who_does_not_come_is_taken_out_and_told_with_the_partners_alone(world: World) -> None:
    """Whoever the organiser had declared absent was told nothing."""
    gone = world.busy()
    before = event_value(world.session, world.event)
    found = world.propose(Said(absent=(gone,)))
    assert event_value(world.session, world.event) == before
    assert found.disruptions == 0 and found.fewest
    assert world.mails() == set()
    told = repair.people_to_tell(world.session, world.event, found)
    done = repair.apply(world.session, found.version, SYSTEM)
    assert world.mails() == set(found.changes) | {gone}
    assert (done.mails, 0) == told == (len(set(found.changes) | {gone}), 0)
    mail = world.session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc())).first()
    assert mail is not None and mail.recipient.startswith(gone)
    assert "en répondant à ce courriel" in mail.body_text and "/p/" in mail.body_text
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


def hour(world: World, number: int) -> str:
    """When the round of that number begins."""
    return event_of(world.version).slots[number].start.isoformat(timespec="minutes")


def assert_nothing_is_left(world: World, version: ScheduleVersion, at: str) -> None:
    """What lies ahead of the slot `at` is as the event is, at the moment before."""
    world.session.expire_all()
    (start,) = (slot.starts_at for slot in world.event.slots if slot.key == at)
    moment = start.replace(tzinfo=ZoneInfo(world.event.timezone)) - timedelta(minutes=1)
    assert not drift(world.session, world.event, now=moment).untrue
    assert valid(event_of(version), schedule_of(version), at)


@pytest.mark.parametrize("what", ["late", "leaves"])
def test_hours_are_kept_as_they_were_said(world: World, what: str) -> None:
    who, value = world.busy(), event_of(world.version)
    # A minute into a round: that one is missed too, whether somebody comes or goes.
    moment = (value.slots[3].start + timedelta(minutes=1)).isoformat(timespec="minutes")
    found = world.propose(Said(**{what: {who: moment}}))
    repair.apply(world.session, found.version, SYSTEM)
    row = world.session.scalars(select(Registration).where(Registration.key == who)).one()
    assert any(moment in absence.split("/") for absence in row.absences)
    missed = {slot.id for slot in (value.slots[:4] if what == "late" else value.slots[3:])}
    assert set(event_value(world.session, world.event).participant(who).unavailable) >= missed
    assert_right(world, found.version)


def test_facilitator_leaves_at_an_hour(world: World) -> None:
    value = event_of(world.version)
    assisted = [one for one in schedule_of(world.version).meetings if one.facilitator]
    helper, later = assisted[0].facilitator or "", value.slots[4]
    found = world.propose(Said(helpers={helper: hour(world, 4)}))
    repair.apply(world.session, found.version, SYSTEM)
    ahead = {slot.id for slot in value.slots[4:]}
    assert not [one for one in schedule_of(found.version).meetings if one.facilitator == helper and one.slot in ahead]
    (now,) = (one for one in event_value(world.session, world.event).facilitators if one.id == helper)
    assert later.id in now.unavailable and value.slots[0].id not in now.unavailable
    assert_right(world, found.version)
    repair.undo(world.session, found.version, SYSTEM)
    assert event_value(world.session, world.event) == value


def test_round_is_added_and_taken_back(world: World) -> None:
    value = event_of(world.version)
    start = value.slots[-1].end + timedelta(minutes=2)
    found = world.propose(Said(added=(start.isoformat(),), cut=(value.slots[1].id,)))
    repair.apply(world.session, found.version, SYSTEM)
    now = event_value(world.session, world.event)
    assert now.slots[-1].start == start and value.slots[1].id not in now.slot_index
    assert now.slots[-1].end - start == value.slots[-1].end - value.slots[-1].start
    assert_right(world, found.version)
    again = repair.undo(world.session, found.version, SYSTEM)
    assert event_value(world.session, world.event) == value
    assert_right(world, again)


def waiting(world: World, key: str) -> None:
    with write(world.session):
        row = world.session.scalars(select(Registration).where(Registration.key == key)).one()
        row.status = "waiting"


def test_whoever_came_unannounced_gets_an_agenda_and_one_mail(world: World) -> None:
    who = world.busy()
    waiting(world, who)
    first = world.propose(Said())
    repair.apply(world.session, first.version, SYSTEM)
    world.mails()
    before = {row.id for row in world.session.scalars(select(OutboxMail))}
    found = world.propose(Said(come=(who,)))
    repair.apply(world.session, found.version, SYSTEM)
    assert any(who in one.between for one in schedule_of(found.version).meetings)
    written = [row.recipient for row in world.session.scalars(select(OutboxMail)) if row.id not in before]
    assert sorted(written) == sorted(f"{key}@example.org" for key in found.changes)
    assert_right(world, found.version)
    world.mails()
    repair.undo(world.session, found.version, SYSTEM)
    world.session.expire_all()
    assert world.session.scalars(select(Registration).where(Registration.key == who)).one().status == "waiting"
    # They were the only ones who learned nothing of it.
    assert found.loses_agenda() == [event_of(found.version).participant(who).label]
    assert world.mails() == set(found.changes)
    to_them = select(OutboxMail).where(OutboxMail.recipient == f"{who}@example.org").order_by(OutboxMail.id)
    mail = world.session.scalars(to_them).all()[-1]
    assert mail.subject.startswith("Vous n’avez plus d’agenda") and "/p/" in mail.body_text


def test_whoever_takes_part_cannot_come_unannounced(world: World) -> None:
    with pytest.raises(Faults, match="sans prévenir"):
        world.propose(Said(come=(world.busy(),)))


def test_last_table_is_not_lost(world: World) -> None:
    with pytest.raises(Faults, match="au moins une table"):
        world.propose(Said(tables=tuple(table.id for table in event_of(world.version).tables)))


def test_round_that_is_about_to_begin_is_cut(world: World) -> None:
    slots = [slot.id for slot in event_of(world.version).slots]
    found = world.propose(Said(cut=(slots[3],), from_slot=slots[3]))
    repair.apply(world.session, found.version, SYSTEM)
    assert slots[3] not in event_value(world.session, world.event).slot_index
    assert_nothing_is_left(world, found.version, slots[4])


def test_table_lost_during_the_day_stands_on_the_sheets_of_what_is_over(world: World) -> None:
    value, schedule = event_of(world.version), schedule_of(world.version)
    over = {slot.id for slot in value.slots[:4]}
    table = next(one.table for one in schedule.meetings if one.slot in over and one.table)
    helper = next(one.facilitator for one in schedule.meetings if one.facilitator)
    found = world.propose(Said(tables=(table,), facilitators=(helper,), from_slot=value.slots[4].id))
    repair.apply(world.session, found.version, SYSTEM)
    require_references(event_of(found.version), schedule_of(found.version))
    ahead = [one for one in schedule_of(found.version).meetings if one.slot not in over]
    assert not [one for one in ahead if one.table == table or one.facilitator == helper]
    assert_nothing_is_left(world, found.version, value.slots[4].id)


def test_evening_goes_on_after_midnight_when_it_is_put_off(world: World) -> None:
    with write(world.session):
        first = world.event.slots[0].starts_at
        by = first.replace(hour=23, minute=40) - first
        for slot in world.event.slots:
            slot.starts_at, slot.ends_at = slot.starts_at + by, slot.ends_at + by
        touch(world.event)
    assert world.event.slots[-1].starts_at.date() != world.event.slots[0].starts_at.date()
    found = world.propose(Said(longer=(world.event.slots[1].key, 30)))
    before = [slot.starts_at for slot in world.event.slots]
    moved = [now.start - then for now, then in zip(found.event.slots, before, strict=True)]
    assert moved == [timedelta(0), *[timedelta(minutes=30)] * (len(before) - 1)]


def test_undoing_keeps_what_others_changed_since(world: World) -> None:
    value = event_of(world.version)
    found = world.propose(Said(tables=(value.tables[0].id,)))
    repair.apply(world.session, found.version, SYSTEM)
    with write(world.session):
        rows = [TableRow(one.name, tuple(one.features), one.key) for one in world.event.tables]
        save_tables(
            world.session,
            world.event,
            [*rows, TableRow("Le Kiosque")],
            version=world.event.version,
            confirmed=True,
            actor=SYSTEM,
        )
    repair.undo(world.session, found.version, SYSTEM)
    world.session.expire_all()
    names = [table.name for table in world.event.tables]
    assert "Le Kiosque" in names and value.tables[0].name in names


def test_rounds_changed_since_are_not_put_back(world: World) -> None:
    found = world.propose(Said(cut=(event_of(world.version).slots[-1].id,)))
    repair.apply(world.session, found.version, SYSTEM)
    with write(world.session):
        for slot in world.event.slots:
            slot.starts_at, slot.ends_at = slot.starts_at + timedelta(hours=1), slot.ends_at + timedelta(hours=1)
        touch(world.event)
    with pytest.raises(Outdated, match="changés depuis"):
        repair.undo(world.session, found.version, SYSTEM)


def during(world: World, number: int) -> datetime:
    """A minute after the round of that number has begun."""
    start = event_of(world.version).slots[number].start
    return start.replace(tzinfo=ZoneInfo(world.event.timezone)) + timedelta(minutes=1)


def test_round_that_has_begun_since_the_proposal_is_not_changed(world: World) -> None:
    gone = world.busy()
    found = world.propose(Said(absent=(gone,)))
    first = min(event_of(world.version).slot_index[one.slot] for one in world.agenda(gone))
    with pytest.raises(Outdated, match="a commencé depuis"):
        repair.apply(world.session, found.version, SYSTEM, during(world, first))


def test_undone_during_the_day_is_only_what_is_not_over(world: World) -> None:
    gone, value = world.busy(), event_of(world.version)
    found = world.propose(Said(late={gone: hour(world, 5)}))
    repair.apply(world.session, found.version, SYSTEM)
    again = repair.undo(world.session, found.version, SYSTEM, during(world, 2))
    over = {slot.id for slot in value.slots[:3]}
    held = {(one.pair, one.slot) for one in schedule_of(found.version).meetings if one.slot in over}
    assert {(one.pair, one.slot) for one in schedule_of(again).meetings if one.slot in over} == held
    met = [one.pair for one in schedule_of(again).meetings]
    assert len(met) == len(set(met))
    back = {one.slot for one in schedule_of(again).meetings if gone in one.between}
    assert back - over and not back & over


def test_version_says_what_it_repairs_and_whom_it_concerns(world: World) -> None:
    gone, late = world.busy(), world.busy("company")
    with write(world.session):
        world.session.scalars(select(Registration).where(Registration.key == gone)).one().status = "withdrawn"
    found = world.propose(Said(late={late: hour(world, 3)}, alone=(late,)))
    repair.apply(world.session, found.version, SYSTEM)
    told = world.mails()
    origin = origin_of(world.session, found.version)
    assert origin is not None and origin.repairs == world.version.number
    assert {Code.GONE, Code.ABSENT} <= {item.code for item in origin.items}
    assert origin.concerned is not None and set(origin.concerned.keys) == told
    assert origin.alone == (event_of(world.version).participant(late).label,)
    names = found.undone_for()
    again = repair.undo(world.session, found.version, SYSTEM)
    undone = origin_of(world.session, again)
    assert undone is not None and undone.undoes == found.version.number
    assert undone.concerned is not None and undone.concerned.former == found.version.number
    assert set(undone.concerned.keys) == world.mails() and set(undone.concerned.names) <= set(names)


def test_first_announcement_concerns_nobody_in_particular(world: World) -> None:
    assert concerned_by(world.session, world.version) is None
    assert origin_of(world.session, world.version) is None


def test_everything_anew_is_counted_on_a_timetable(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    found = world.propose(Said(absent=(world.busy(),)))
    assert anew.beside(found).anew is None
    monkeypatch.setattr(anew, "SECONDS", 1.0)
    anew.compute_anew(world.session, found.version)
    world.session.expire_all()
    again = repair.proposal_of(world.session, found.version)
    assert again is not None
    beside = anew.beside(again)
    assert beside.anew is not None and beside.repair.agendas == len(found.changes)
    assert beside.anew.agendas <= beside.people and beside.anew.stay <= beside.repair.stay <= beside.announced


def test_nothing_is_computed_anew_while_the_day_goes_on(world: World) -> None:
    found = world.propose(Said(absent=(world.busy(),), from_slot=event_of(world.version).slots[2].id))
    anew.compute_anew(world.session, found.version)
    assert "anew" not in (found.version.repair or {})


def test_undone_during_the_day_is_nothing_at_a_table_that_others_took_away(world: World) -> None:
    value, schedule = event_of(world.version), schedule_of(world.version)
    over = {slot.id for slot in value.slots[:4]}
    # Of what is over some was held there, and of what is ahead some was to be.
    used = [{one.table for one in schedule.meetings if (one.slot in over) == is_over} for is_over in (True, False)]
    table = next(iter(sorted(used[0] & used[1] - {None})))  # type: ignore[type-var]
    rows = [TableRow(one.name, tuple(one.features), one.key) for one in world.event.tables if one.key != table]
    save_tables(world.session, world.event, rows, version=world.event.version, confirmed=True, actor=SYSTEM)
    found = world.propose(Said(late={world.busy(): hour(world, 5)}, from_slot=value.slots[4].id))
    repair.apply(world.session, found.version, SYSTEM)
    again = repair.undo(world.session, found.version, SYSTEM)
    at_it = [one.slot for one in schedule_of(again).meetings if one.table == table]
    assert at_it and set(at_it) <= over
    assert_nothing_is_left(world, again, value.slots[4].id)
