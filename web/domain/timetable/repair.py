"""An announced timetable repaired: what has happened is said once, looked at as a proposal, and made true in one step.

Said is what the event does not know yet: somebody does not come, comes late or leaves early, a table or a facilitator
is lost, a round is cut, a break is longer. The proposal is the timetable of the event as it would be then, with the
fewest announced meetings disturbed (`scheduler.replan`, by way of the door). Applied, the event is made so and the
proposal announced in the same transaction; undone, both are put back, and announced again.

How the event would be is found by making it so in a transaction that is rolled back, so that what is proposed and what
is applied cannot differ.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from scheduler.format.event import Event as EventValue
from scheduler.format.event import Participant
from scheduler.format.schedule import Meeting, Schedule
from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Fault, Faults, Refused
from web.domain.event.absences import Rounds
from web.domain.event.files import event_value
from web.domain.event.programme import local_now
from web.domain.event.resources import FacilitatorRow, TableRow, save_facilitators, save_slots, save_tables
from web.domain.event.slots import SlotTime
from web.domain.locking import lock_event, lock_version
from web.domain.people.participants import accepted_by_key
from web.domain.timetable.difference import AgendaChange, agenda_changes
from web.domain.timetable.drift import measured
from web.domain.timetable.publishing import Published, publish
from web.domain.timetable.solving import propose, unproven, valid
from web.domain.timetable.versions import event_of, schedule_of, store_version
from web.models import Event, EventStatus, Registration, RegistrationStatus, ScheduleVersion


class Outdated(Refused):
    """The proposal rests on a timetable, or an event, that is not that any more."""


@dataclass(frozen=True)
class Said:
    """What has happened, in keys: `late` and `leaves` by participant, the slot from which they are there, or are not.

    `longer`: minutes by which everything from a slot on is put off. `from_slot`: what lies before is over. `allow`: how
    many announced meetings more may go. `kept`: pairs whose meeting stays where it is, `alone`: those with whose
    agenda nothing is done beyond what cannot be helped.
    """

    absent: tuple[str, ...] = ()
    late: dict[str, str] = field(default_factory=dict)
    leaves: dict[str, str] = field(default_factory=dict)
    tables: tuple[str, ...] = ()
    facilitators: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()
    longer: tuple[str, int] | None = None
    from_slot: str | None = None
    allow: int = 0
    kept: tuple[tuple[str, str], ...] = ()
    alone: tuple[str, ...] = ()

    @staticmethod
    def of(document: dict[str, Any]) -> "Said":
        """As `asdict` wrote it."""
        lists = ("absent", "tables", "facilitators", "cut", "alone")
        longer = document["longer"]
        return Said(
            **{name: tuple(document[name]) for name in lists},
            late=dict(document["late"]),
            leaves=dict(document["leaves"]),
            longer=(longer[0], longer[1]) if longer else None,
            from_slot=document["from_slot"],
            allow=document["allow"],
            kept=tuple((one, other) for one, other in document["kept"]),
        )


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
        before = _snapshot(event, said)
        _make_true(session, event, said, actor)
        session.flush()
        before["after"] = _people_of(event, said)
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
        _put_back(session, event, repaired["before"], actor)
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
            _make_true(session, lock_event(session, event.id), said, actor)
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


def _make_true(session: Session, event: Event, said: Said, actor: Actor) -> None:
    """Change the event as was said. In the caller's ``write`` block. Raises `Faults` for what it does not have."""
    order = [slot.key for slot in event.slots]
    place = {key: i for i, key in enumerate(order)}
    first = 0 if said.from_slot is None else _place_of(place, said.from_slot)
    changed = [*said.cut, *([said.longer[0]] if said.longer else [])]
    if any(_place_of(place, key) < first for key in changed):
        raise Faults([Fault("slot", _("A round that is over can be neither cut nor put off."))])
    people = _people(session, event, {*said.absent, *said.late, *said.leaves})
    rounds = Rounds.of(event)
    for key in said.absent:
        if said.from_slot is None:
            people[key].status = RegistrationStatus.WITHDRAWN
        else:
            _away(rounds, people[key], order[first:])
    for key, slot in said.late.items():
        _away(rounds, people[key], order[first : _place_of(place, slot)])
    for key, slot in said.leaves.items():
        _away(rounds, people[key], order[max(first, _place_of(place, slot)) :])
    if said.tables:
        rows = [TableRow(one.name, tuple(one.features), one.key) for one in event.tables if one.key not in said.tables]
        save_tables(session, event, rows, version=event.version, confirmed=True, actor=actor)
        session.flush()
    if said.facilitators:
        helpers = [
            FacilitatorRow(one.name, one.email, tuple(rounds.missed(one.absences)), one.key)
            for one in event.facilitators
            if one.key not in said.facilitators
        ]
        save_facilitators(session, event, helpers, version=event.version, confirmed=True, actor=actor)
        session.flush()
    if said.cut or said.longer:
        times = [SlotTime(one.starts_at, one.ends_at, one.session, one.key) for one in event.slots]
        if said.longer is not None:
            times = _put_off(times, _place_of(place, said.longer[0]), timedelta(minutes=said.longer[1]))
        times = [one for one in times if one.key not in said.cut]
        save_slots(session, event, times, version=event.version, confirmed=True, actor=actor)


def _place_of(place: dict[str, int], slot: str) -> int:
    if slot not in place:
        raise Faults([Fault("slot", _("This round does not exist any more: choose another one."))])
    return place[slot]


def _put_off(times: Sequence[SlotTime], first: int, by: timedelta) -> list[SlotTime]:
    day = times[first].start.date()
    return [
        replace(one, start=one.start + by, end=one.end + by) if i >= first and one.start.date() == day else one
        for i, one in enumerate(times)
    ]


def _away(rounds: Rounds, registration: Registration, slots: Sequence[str]) -> None:
    missed = [*rounds.missed(registration.absences), *slots]
    registration.absences = rounds.absences(missed, registration.absences)


def _people(session: Session, event: Event, keys: set[str]) -> dict[str, Registration]:
    found = accepted_by_key(session, event.id, keys)
    if keys - set(found):
        raise Faults(
            [Fault("participant", _("One of these participants does not take part any more: reload the page."))]
        )
    return found


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


# What undoing puts back


def _snapshot(event: Event, said: Said) -> dict[str, Any]:
    """What `_make_true` is about to change."""
    rounds = Rounds.of(event)
    found: dict[str, Any] = {"people": _people_of(event, said)}
    if said.tables:
        found["tables"] = [[one.name, list(one.features), one.key] for one in event.tables]
        homes = {one.id: one.key for one in event.tables}
        found["homes"] = {one.key: homes[one.home_table_id] for one in event.registrations if one.home_table_id}
    if said.facilitators:
        found["facilitators"] = [
            [one.name, one.email, rounds.missed(one.absences), one.key] for one in event.facilitators
        ]
    if said.cut or said.longer:
        found["slots"] = [
            [one.starts_at.isoformat(), one.ends_at.isoformat(), one.session, one.key] for one in event.slots
        ]
        found["fixed"] = {str(rule.id): rule.slot.key for rule in event.meeting_rules if rule.slot is not None}
    return found


def _people_of(event: Event, said: Said) -> dict[str, list[Any]]:
    """Of those of whom anything was said: whether they take part, and when they do not."""
    people = {*said.absent, *said.late, *said.leaves}
    return {one.key: [str(one.status), one.absences] for one in event.registrations if one.key in people}


def _put_back(session: Session, event: Event, before: dict[str, Any], actor: Actor) -> None:
    _keyed(session, event, before, "slots", _slots_back, actor)
    _keyed(session, event, before, "tables", _tables_back, actor)
    _keyed(session, event, before, "facilitators", _facilitators_back, actor)
    for one in event.registrations:
        # Whoever has said something else since is not spoken for.
        if one.key in before["people"] and [str(one.status), one.absences] == before["after"][one.key]:
            one.status, one.absences = before["people"][one.key]
    slots = {one.key: one for one in event.slots}
    for rule in event.meeting_rules:
        rule.slot = slots.get(before.get("fixed", {}).get(str(rule.id), ""), rule.slot)
    tables = {one.key: one.id for one in event.tables}
    for one in event.registrations:
        home = before.get("homes", {}).get(one.key)
        if home is not None:
            one.home_table_id = tables.get(home)


def _keyed(
    session: Session,
    event: Event,
    before: dict[str, Any],
    name: str,
    back: Callable[[Session, Event, list[list[Any]], Actor], None],
    actor: Actor,
) -> None:
    if name in before:
        back(session, event, before[name], actor)
        session.flush()


def _slots_back(session: Session, event: Event, rows: list[list[Any]], actor: Actor) -> None:
    known = {one.key for one in event.slots}
    times = [
        SlotTime(datetime.fromisoformat(start), datetime.fromisoformat(end), label, key if key in known else "")
        for start, end, label, key in rows
    ]
    save_slots(session, event, times, version=event.version, confirmed=True, actor=actor)
    _rename(event.slots, [row[3] for row in rows])


def _tables_back(session: Session, event: Event, rows: list[list[Any]], actor: Actor) -> None:
    known = {one.key for one in event.tables}
    tables = [TableRow(name, tuple(features), key if key in known else "") for name, features, key in rows]
    save_tables(session, event, tables, version=event.version, confirmed=True, actor=actor)
    _rename(event.tables, [row[2] for row in rows])


def _facilitators_back(session: Session, event: Event, rows: list[list[Any]], actor: Actor) -> None:
    known = {one.key for one in event.facilitators}
    people = [FacilitatorRow(name, email, tuple(away), key if key in known else "") for name, email, away, key in rows]
    save_facilitators(session, event, people, version=event.version, confirmed=True, actor=actor)
    _rename(event.facilitators, [row[3] for row in rows])


def _rename(rows: Sequence[Any], keys: Sequence[str]) -> None:
    """The rows made anew get the keys that they had: the announced timetable names them by those."""
    for row, key in zip(rows, keys, strict=True):
        if row.key != key:
            row.key = key
