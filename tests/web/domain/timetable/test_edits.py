"""A version changed by hand: what is done, undone, done again and kept; two who change it at once."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from scheduler.check.schedule import verify
from scheduler.format.schedule import Meeting, Schedule
from scheduler.problem.watch import SolveOptions
from scheduler.solve import solve
from tests.support.announced import World
from tests.support.by_hand import movable, solved
from web.db import write
from web.domain.audit import SYSTEM, Actor
from web.domain.errors import Missing, Refused
from web.domain.event.files import event_value, import_event
from web.domain.people.privacy import erase
from web.domain.timetable import edits, repair
from web.domain.timetable.edits import Step
from web.domain.timetable.publishing import Unapplied, publish
from web.domain.timetable.said import Said
from web.domain.timetable.versions import event_of, schedule_of, store_version
from web.models import Event, Job, Registration, ScheduleDraft, ScheduleVersion, User


@pytest.fixture
def event(session: Session, organiser: User) -> Event:
    return import_event(session, solved()[0], organiser.id, Actor.of_user(organiser))


@pytest.fixture
def version(session: Session, event: Event) -> ScheduleVersion:
    with write(session):
        return store_version(session, event.id, *solved())


def held(schedule: Schedule) -> set[tuple[frozenset[str], str]]:
    return {(meeting.pair, meeting.slot) for meeting in schedule.meetings}


def test_step_changes_the_draft_and_not_the_version(session: Session, version: ScheduleVersion) -> None:
    before = schedule_of(version)
    step, _change = movable(session, version)
    edits.do_step(session, version, step, 0, SYSTEM)
    draft = edits.draft_of(session, version)
    pair = frozenset((step.one, step.other))
    assert held(draft.schedule) == held(before) - {(pair, step.slot)} | {(pair, step.to)}
    assert verify(draft.event, draft.schedule).faults == []
    assert held(schedule_of(version)) == held(before)
    assert (draft.done, draft.undone, draft.turn) == (1, 0, 1)


def test_steps_are_undone_and_done_again_in_order(session: Session, version: ScheduleVersion) -> None:
    seen = [held(schedule_of(version))]
    for turn in range(3):
        edits.do_step(session, version, movable(session, version)[0], turn, SYSTEM)
        seen.append(held(edits.draft_of(session, version).schedule))
    for turn in range(3, 6):
        assert edits.undo(session, version, turn, SYSTEM)
        assert held(edits.draft_of(session, version).schedule) == seen[5 - turn]
    assert not edits.undo(session, version, 6, SYSTEM)
    for turn in range(6, 9):
        assert edits.redo(session, version, turn, SYSTEM)
        assert held(edits.draft_of(session, version).schedule) == seen[turn - 5]
    assert not edits.redo(session, version, 9, SYSTEM)


def test_new_step_forgets_what_was_undone(session: Session, version: ScheduleVersion) -> None:
    edits.do_step(session, version, movable(session, version)[0], 0, SYSTEM)
    edits.undo(session, version, 1, SYSTEM)
    step = next(
        Step("remove", *meeting.between, meeting.slot)
        for meeting in schedule_of(version).meetings
        if edits.draft_of(session, version).editor().removal(meeting).why is None
    )
    edits.do_step(session, version, step, 2, SYSTEM)
    draft = edits.draft_of(session, version)
    assert (draft.done, draft.undone) == (1, 0)
    assert draft.effect(schedule_of(version)).effect["value"] < 0


def test_second_of_two_who_change_it_is_told(session: Session, version: ScheduleVersion) -> None:
    step, _change = movable(session, version)
    edits.do_step(session, version, step, 0, SYSTEM)
    with pytest.raises(StaleDataError):
        edits.do_step(session, version, step, 0, SYSTEM)
    assert edits.draft_of(session, version).done == 1


def test_step_that_may_not_be_is_refused_with_the_reason(session: Session, version: ScheduleVersion) -> None:
    draft = edits.draft_of(session, version)
    editor = draft.editor()
    meeting, change = next(
        (meeting, change)
        for meeting in draft.schedule.meetings
        for change in editor.moves(meeting)
        if change.why is not None and change.why.kind == "busy"
    )
    assert change.why is not None
    partner = draft.event.participant(str(change.why.partner)).label
    with pytest.raises(Refused, match=partner):
        edits.do_step(session, version, Step("move", *meeting.between, meeting.slot, change.added[0].slot), 0, SYSTEM)
    assert session.scalars(select(ScheduleDraft)).all() == []


@pytest.mark.parametrize(
    "step",
    [
        Step("move", "nobody", "c1", "s1", "s2"),
        Step("move", "a1", "c1", "s999", "s2"),
        Step("add", "a1", "nobody", "s1"),
        Step("add", "a1", "c1", "s999"),
        Step("fly", "a1", "c1", "s1"),
    ],
)
def test_step_about_what_is_not_there_is_missing(session: Session, version: ScheduleVersion, step: Step) -> None:
    with pytest.raises(Missing):
        edits.do_step(session, version, step, 0, SYSTEM)


def test_kept_draft_is_a_version_of_its_own(session: Session, version: ScheduleVersion) -> None:
    with pytest.raises(Refused):
        edits.keep(session, version, 0, SYSTEM)
    edits.do_step(session, version, movable(session, version)[0], 0, SYSTEM)
    schedule = edits.draft_of(session, version).schedule
    kept = edits.keep(session, version, 1, SYSTEM)
    assert kept.parent_id == version.id
    assert held(schedule_of(kept)) == held(schedule)
    assert verify(event_of(kept), schedule_of(kept)).faults == []
    after = edits.draft_of(session, version)
    assert (after.done, after.undone, after.turn) == (0, 0, 2)


def test_forgotten_draft_is_the_version_again(session: Session, version: ScheduleVersion) -> None:
    edits.do_step(session, version, movable(session, version)[0], 0, SYSTEM)
    edits.discard(session, version, 1, SYSTEM)
    draft = edits.draft_of(session, version)
    assert (draft.done, draft.undone, draft.turn) == (0, 0, 2)
    # A page of the draft that was forgotten does not pass for one of the next.
    with pytest.raises(StaleDataError):
        edits.do_step(session, version, movable(session, version)[0], 1, SYSTEM)
    assert held(draft.schedule) == held(schedule_of(version))


def test_pinned_meeting_stays_where_it_is(session: Session, event: Event, version: ScheduleVersion) -> None:
    step, _change = movable(session, version)
    edits.pin(session, version, step, SYSTEM)
    assert (frozenset((step.one, step.other)), step.slot) in edits.pins(session, event.id)
    rule = next(one for one in event_value(session, event).meetings if set(one.between) == {step.one, step.other})
    assert (rule.status, rule.slot) == ("required", step.slot)
    with pytest.raises(Refused):
        edits.do_step(session, version, step, 0, SYSTEM)
    with pytest.raises(Refused):
        edits.pin(session, version, step, SYSTEM)
    edits.unpin(session, version, step, SYSTEM)
    assert (frozenset((step.one, step.other)), step.slot) not in edits.pins(session, event.id)
    edits.do_step(session, version, step, 0, SYSTEM)


def test_pinned_meeting_is_held_there_by_whatever_is_computed(
    session: Session, event: Event, version: ScheduleVersion
) -> None:
    step, _change = movable(session, version)
    edits.do_step(session, version, step, 0, SYSTEM)
    there = Step("pin", step.one, step.other, step.to)
    edits.pin(session, version, there, SYSTEM)
    anew = solve(event_value(session, event), SolveOptions(time_limit=10, seed=2))
    assert (frozenset((step.one, step.other)), step.to) in held(anew)


def test_erased_participant_leaves_the_draft_readable(session: Session, event: Event, version: ScheduleVersion) -> None:
    step, _change = movable(session, version)
    edits.do_step(session, version, step, 0, SYSTEM)
    registration = session.scalars(
        select(Registration).where(Registration.event_id == event.id, Registration.key == step.one)
    ).one()
    name = registration.name
    erase(session, registration, SYSTEM)
    session.expire_all()
    draft = edits.draft_of(session, version)
    assert draft.done == 1
    assert name not in draft.event.participant(step.one).label
    assert all(isinstance(meeting, Meeting) for meeting in draft.schedule.meetings)


def test_meeting_that_is_imposed_is_in_what_is_computed(
    session: Session, event: Event, version: ScheduleVersion
) -> None:
    value = event_of(version)
    met = {meeting.pair for meeting in schedule_of(version).meetings}
    ruled = {frozenset(rule.between) for rule in value.meetings}
    one, other = next(
        (a.id, c.id)
        for a in value.participants
        for c in value.participants
        if a.kind < c.kind
        and frozenset((a.id, c.id)) not in met | ruled
        and c.id not in a.vetoes
        and a.id not in c.vetoes
        and not (a.needs_facilitator or c.needs_facilitator or a.remote or c.remote)
    )
    job = edits.impose(session, version, one, other, SYSTEM)
    assert job.event_id == event.id
    anew = solve(event_value(session, event), SolveOptions(time_limit=10, seed=2))
    assert frozenset((one, other)) in {meeting.pair for meeting in anew.meetings}
    with pytest.raises(Refused):
        edits.impose(session, version, one, other, SYSTEM)


def test_two_whom_the_version_has_not_got_are_not_imposed(session: Session, version: ScheduleVersion) -> None:
    someone = event_of(version).participants[0].id
    for other in (someone, "nobody"):
        with pytest.raises(Missing):
            edits.impose(session, version, someone, other, SYSTEM)
    assert session.query(Job).count() == 0


def test_draft_of_a_proposal_is_kept_as_a_proposal_that_says_the_same(session: Session, organiser: User) -> None:
    """It could be published: everybody was told meetings without what was said, and no page said so."""
    world = World(session, organiser)
    found = world.propose(Said(absent=(world.busy(),)))
    edits.do_step(session, found.version, movable(session, found.version)[0], 0, SYSTEM)
    kept = edits.keep(session, found.version, 1, SYSTEM)
    with pytest.raises(Unapplied):
        publish(session, kept, SYSTEM)
    made = repair.proposal_of(session, kept)
    assert made is not None
    assert (made.said, made.by_hand, made.disruptions, made.fewest) == (found.said, found.version.number, 1, False)
    repair.apply(session, kept, SYSTEM)
    assert event_value(session, world.event) == event_of(kept)
    again = repair.undo(session, kept, SYSTEM)
    assert schedule_of(again).meetings == schedule_of(world.version).meetings


def test_draft_of_a_proposal_kept_by_an_older_program_is_not_published(session: Session, organiser: User) -> None:
    world = World(session, organiser)
    found = world.propose(Said(absent=(world.busy(),)))
    with write(session):
        kept = store_version(session, world.event.id, found.event, found.schedule, parent_id=found.version.id)
    with pytest.raises(Refused, match=str(found.version.number)):
        publish(session, kept, SYSTEM)


def at(version: ScheduleVersion, slot: str) -> datetime:
    """A moment in which that slot has begun."""
    start = next(one.start for one in event_of(version).slots if one.id == slot)
    return start.replace(tzinfo=ZoneInfo(version.event.timezone)) + timedelta(seconds=30)


def test_round_that_has_begun_is_not_changed_by_hand(session: Session, version: ScheduleVersion) -> None:
    """Whatever had been held could be moved, added to and taken out, and announced so."""
    step, _change = movable(session, version)
    order = event_of(version).slot_index
    earlier = min(step.slot, step.to, key=order.__getitem__)
    with pytest.raises(Refused, match=r"has begun|commencé"):
        edits.do_step(session, version, step, 0, SYSTEM, at(version, earlier))
    before = at(version, earlier) - timedelta(minutes=1)
    edits.do_step(session, version, step, 0, SYSTEM, before)
    with pytest.raises(Refused):
        edits.keep(session, version, 1, SYSTEM, at(version, earlier))
    assert edits.undo(session, version, 1, SYSTEM)
    with pytest.raises(Refused):
        edits.redo(session, version, 2, SYSTEM, at(version, earlier))
    assert edits.redo(session, version, 2, SYSTEM, before)
    assert edits.keep(session, version, 3, SYSTEM, before).parent_id == version.id
