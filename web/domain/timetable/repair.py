"""An announced timetable repaired: what has happened is said once, looked at as a proposal, and made true in one step.

Said is what the event does not know yet: somebody does not come, comes late or leaves early, a table or a facilitator
is lost, a round is cut, a break is longer. The proposal is the timetable of the event as it would be then, with the
fewest announced meetings disturbed (`scheduler.replan`, by way of the door). Applied, the event is made so and the
proposal announced in the same transaction; undone, both are put back, and announced again.

How the event would be is found by making it so in a transaction that is rolled back, so that what is proposed and what
is applied cannot differ.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from scheduler.format.event import Event as EventValue
from scheduler.format.event import Participant
from scheduler.format.schedule import Meeting, Schedule
from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Refused
from web.domain.event.files import event_value
from web.domain.event.programme import local_now
from web.domain.locking import lock_event, lock_version
from web.domain.timetable.difference import AgendaChange, agenda_changes
from web.domain.timetable.drift import measured
from web.domain.timetable.publishing import Published, publish
from web.domain.timetable.said import Said, make_true, people_of, put_back, snapshot
from web.domain.timetable.solving import propose, unproven, valid
from web.domain.timetable.versions import event_of, schedule_of, store_version
from web.models import Event, EventStatus, ScheduleVersion


class Outdated(Refused):
    """The proposal rests on a timetable, or an event, that is not that any more."""


@dataclass(frozen=True)
class Proposal:
    """A version that repairs another one, and what it changes for whom."""

    version: ScheduleVersion
    said: Said
    announced: tuple[EventValue, Schedule]
    event: EventValue
    schedule: Schedule
    changes: dict[str, AgendaChange]

    @property
    def disruptions(self) -> int:
        return self.schedule.tier("disruptions").value

    @property
    def fewest(self) -> bool:
        """Whether fewer are proven to be impossible."""
        return self.schedule.tier("disruptions").proven

    @property
    def lost(self) -> int:
        """How many announced meetings are not held any more, at whatever time."""
        held = {meeting.pair for meeting in self.schedule.meetings}
        return sum(meeting.pair not in held for meeting in self.announced[1].meetings)


def now_slot(event: Event, now: datetime | None = None) -> str | None:
    """The first slot that has not begun, where others have; ``None`` before the first and after the last."""
    moment = local_now(event, now)
    ahead = [slot.key for slot in event.slots if slot.starts_at > moment]
    return ahead[0] if ahead and len(ahead) < len(event.slots) else None


def propose_repair(session: Session, event: Event, said: Said, actor: Actor) -> ScheduleVersion:
    """A version for the event as it would be, with the fewest announced meetings disturbed; nothing else is changed.

    Raises `Refused` where nothing is announced or nothing can be proposed, `Faults` for what the event does not have.
    """
    announced = _announced(session, event)
    value = _as_it_would_be(session, event, said, actor)
    before, schedule = event_of(announced), schedule_of(announced)
    value = _with_departed(value, before, schedule, said.from_slot)
    kept = [*said.kept, *(one.between for one in schedule.meetings if set(one.between) & set(said.alone))]
    known = {frozenset(pair) for pair in kept if set(pair) <= set(value.participant_index)}
    stays = [
        one.between
        for one in schedule.meetings
        if one.pair in known and _may_stay(value, one.between, one.slot) and one.slot in value.slot_index
    ]
    found = propose(value, schedule, from_slot=said.from_slot, allow_disruptions=said.allow, pinned=stays)
    return _store(session, announced.id, event.id, (value, found), said, actor)


@retried
def _store(
    session: Session, announced_id: int, event_id: int, found: tuple[EventValue, Schedule], said: Said, actor: Actor
) -> ScheduleVersion:
    with write(session):
        version = store_version(session, event_id, *found, parent_id=announced_id)
        version.repair = {"said": asdict(said)}
        version.note = _("Repair")
        record(session, actor, "schedule.repair", event_id=event_id, version=version.number)
    return version


def proposal_of(session: Session, version: ScheduleVersion) -> Proposal | None:
    """`version` as a proposal; ``None`` where it is none, or what it rests on was deleted."""
    if version.repair is None or "said" not in version.repair or version.parent is None:
        return None
    former, now = version.parent, event_of(version)
    before, schedule, found = event_of(former), schedule_of(former), schedule_of(version)
    changes = agenda_changes(before, schedule, now, found)
    return Proposal(version, Said.of(version.repair["said"]), (before, schedule), now, found, changes)


def adjust(session: Session, version: ScheduleVersion, said: Said, actor: Actor) -> ScheduleVersion:
    """Another proposal instead of `version`, which is forgotten unless it was announced."""
    made = propose_repair(session, session.get_one(Event, version.event_id), said, actor)
    _forget(session, version)
    return made


@retried
def _forget(session: Session, version: ScheduleVersion) -> None:
    with write(session):
        lock_version(session, version)
        if version.published_at is None:
            session.delete(version)


@retried
def apply(session: Session, version: ScheduleVersion, actor: Actor) -> Published:
    """Make true what was said, announce the proposal, and queue a mail for each whose agenda differs; all or nothing.

    Raises `Outdated` where another timetable was announced meanwhile, or the event has changed in another way.
    """
    with write(session):
        event = lock_version(session, version)
        if event.published_schedule_id == version.id:
            return Published(0, 0, already=True)
        if version.repair is None or event.published_schedule_id != version.parent_id:
            raise Outdated(_("Another timetable was announced meanwhile: this proposal rests on the former one."))
        said, announced = Said.of(version.repair["said"]), _announced(session, event)
        before = snapshot(event, said)
        make_true(session, event, said, actor)
        session.flush()
        before["after"] = people_of(event, said)
        value = event_value(session, event)
        if _with_departed(value, event_of(announced), schedule_of(announced), said.from_slot) != event_of(version):
            raise Outdated(_("The event has changed since this was proposed: make the proposal again."))
        version.repair = {**version.repair, "before": before}
        done = publish(session, version, actor, confirmed=_over(session, event, version, said))
        record(session, actor, "schedule.repair_applied", event_id=event.id, version=version.number, mails=done.mails)
    return done


@retried
def undo(session: Session, version: ScheduleVersion, actor: Actor) -> ScheduleVersion:
    """Put back what applying `version` changed, and announce the timetable of before again, as a version of its own:
    what of it can be held, where the event knows more than was said with the repair.

    Raises `Outdated` where it is not the announced one any more, or the event has changed since.
    """
    with write(session):
        event = lock_version(session, version)
        repaired = version.repair or {}
        former = version.parent
        if event.published_schedule_id != version.id or former is None or "before" not in repaired:
            raise Outdated(_("Another timetable was announced meanwhile: this repair cannot be undone any more."))
        put_back(session, event, repaired["before"], actor)
        session.flush()
        said, schedule = Said.of(repaired["said"]), schedule_of(former)
        value = _with_departed(event_value(session, event), event_of(former), schedule, said.from_slot)
        if not valid(value, schedule, said.from_slot):
            # What was not said here, such as a cancellation by the link, is not undone here.
            held = [one for one in schedule.meetings if _can_be_held(value, one, said.from_slot)]
            schedule = unproven(value, held)
        if not valid(value, schedule, said.from_slot):
            raise Outdated(_("The event has changed since: the timetable of before does not fit it any more."))
        again = store_version(session, event.id, value, schedule, parent_id=version.id)
        again.note = _("Version %(number)s undone", number=version.number)
        session.flush()
        publish(session, again, actor, confirmed=_over(session, event, again, said))
        record(session, actor, "schedule.repair_undone", event_id=event.id, version=version.number)
    return again


def _over(session: Session, event: Event, version: ScheduleVersion, said: Said) -> set[str]:
    """What is not as the timetable says only of meetings that are over: whoever has left since held them."""
    if said.from_slot is None:
        return set()
    slots = [slot.key for slot in event.slots]
    over = set(slots[: slots.index(said.from_slot)]) if said.from_slot in slots else set()
    untrue = measured(session, event, version.id).drift.untrue
    return {item.id for item in untrue if item.meetings and {one.slot for one in item.meetings} <= over}


def _can_be_held(value: EventValue, meeting: Meeting, from_slot: str | None) -> bool:
    """Whether what the event is now leaves the meeting where it is; what is over was held."""
    if meeting.slot not in value.slot_index:
        return False
    if value.slot_index[meeting.slot] < value.slot_index.get(from_slot or "", 0):
        return True
    return (
        (meeting.table is None or meeting.table in value.table_index)
        and set(meeting.between) <= set(value.participant_index)
        and _may_stay(value, meeting.between, meeting.slot)
        and (meeting.facilitator is None or meeting.facilitator in {one.id for one in value.facilitators})
    )


def can_undo(event: Event, version: ScheduleVersion) -> bool:
    return event.published_schedule_id == version.id and "before" in (version.repair or {})


# How the event would be


class _Tried(Exception):
    pass


@retried
def _as_it_would_be(session: Session, event: Event, said: Said, actor: Actor) -> EventValue:
    found: list[EventValue] = []
    try:
        with write(session):
            make_true(session, lock_event(session, event.id), said, actor)
            session.flush()
            found.append(event_value(session, event))
            raise _Tried
    except _Tried:
        return found[0]


def _announced(session: Session, event: Event) -> ScheduleVersion:
    if event.published_schedule_id is None:
        raise Refused(_("Nothing is announced yet: compute a timetable and publish it."))
    if event.status == EventStatus.ARCHIVED:
        raise Refused(_("This event is archived: take it out of the archive before you change it."))
    return session.get_one(ScheduleVersion, event.published_schedule_id)


def _with_departed(value: EventValue, before: EventValue, announced: Schedule, from_slot: str | None) -> EventValue:
    """`value` with those who have left it and whose meetings are over: what was held stays in the timetable."""
    if from_slot is None or from_slot not in before.slot_index:
        return value
    first = before.slot_index[from_slot]
    over = [one for one in announced.meetings if before.slot_index[one.slot] < first]
    gone = {id for one in over for id in one.between if id not in value.participant_index}
    departed = [_departed(one, [slot.id for slot in value.slots]) for one in before.participants if one.id in gone]
    if not departed:
        return value
    fields = {name: getattr(value, name) for name in EventValue.model_fields}
    return EventValue(**{**fields, "participants": (*value.participants, *departed)})


def _departed(one: Participant, slots: Sequence[str]) -> Participant:
    nothing = {"min_meetings": 0, "wishes": (), "vetoes": (), "home_table": None, "needs_facilitator": False}
    return one.model_copy(update={**nothing, "unavailable": tuple(slots)})


def _may_stay(value: EventValue, pair: Sequence[str], slot: str) -> bool:
    return not any(slot in value.participant(id).unavailable for id in pair)
