"""An announced timetable repaired: what has happened is said once, looked at as a proposal, and made true in one step.

Said is what the event does not know yet: somebody does not come, comes late or leaves early, a table or a facilitator
is lost, a round is cut, a break is longer. The proposal is the timetable of the event as it would be then, with the
fewest announced meetings disturbed (`scheduler.replan`, by way of the door). Applied, the event is made so and the
proposal announced in the same transaction; undone, both are put back, and announced again.

How the event would be is found by making it so in a transaction that is rolled back, so that what is proposed and what
is applied cannot differ.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from scheduler.format.event import Event as EventValue
from scheduler.format.event import Participant
from scheduler.format.schedule import Meeting, Schedule
from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Faults, Refused
from web.domain.event.files import event_value
from web.domain.event.programme import local_now
from web.domain.locking import lock_event, lock_version
from web.domain.people.participants import by_key
from web.domain.people.readers import readers_of, tell, without_reader
from web.domain.timetable import publishing
from web.domain.timetable.difference import AgendaChange, agenda_changes, with_place
from web.domain.timetable.drift import measured
from web.domain.timetable.over import held_in
from web.domain.timetable.publishing import Published, publish, tell_of_no_agenda
from web.domain.timetable.said import NOT_YET, Changed, Said, after, make_true, put_back, snapshot
from web.domain.timetable.solving import propose, unproven, valid
from web.domain.timetable.versions import event_of, schedule_of, store_version
from web.models import Event, EventStatus, Registration, ScheduleVersion


class Outdated(Refused):
    """The proposal rests on a timetable, or an event, that is not that any more."""


@dataclass(frozen=True)
class Proposal:
    """A version that repairs `former`, and what it changes for whom."""

    version: ScheduleVersion
    # Held here, it is read once for all parts of a page that ask for it.
    former: ScheduleVersion
    said: Said
    announced: tuple[EventValue, Schedule]
    event: EventValue
    schedule: Schedule
    changes: dict[str, AgendaChange]

    @property
    def disruptions(self) -> int:
        """How many announced meetings between two who are both there then are not where they were.

        As the solver counted them; counted here where the proposal was changed by hand since.
        """
        tier = next((one for one in self.schedule.tiers if one.name == "disruptions"), None)
        if tier is not None:
            return tier.value
        held = {(one.pair, one.slot) for one in self.schedule.meetings}
        known = self.event.participant_index
        return sum(
            set(one.between) <= known.keys()
            and _may_stay(self.event, one.between, one.slot)
            and (one.pair, one.slot) not in held
            for one in self.announced[1].meetings
        )

    @property
    def fewest(self) -> bool:
        """Whether fewer are proven to be impossible."""
        return any(one.name == "disruptions" and one.proven for one in self.schedule.tiers)

    @property
    def by_hand(self) -> int | None:
        """The number of the proposal of which this one was made by hand."""
        return (self.version.repair or {}).get("by_hand")

    def undone_for(self) -> list[str]:
        """Whom undoing it would concern, by name: those whose agenda it gives back. Cost: the meetings of both."""
        former, schedule = self.announced
        changes = agenda_changes(self.event, self.schedule, former, schedule)
        return sorted((former.participant(id).label for id in changes), key=str.casefold)

    def loses_agenda(self) -> list[str]:
        """Who came unannounced, by name, and would have no agenda any more if it was undone."""
        return sorted((self.event.participant(id).label for id in self.said.come), key=str.casefold)

    @property
    def lost(self) -> int:
        """How many announced meetings are not held any more, at whatever time."""
        held = {meeting.pair for meeting in self.schedule.meetings}
        return sum(meeting.pair not in held for meeting in self.announced[1].meetings)


def is_repair(version: ScheduleVersion) -> bool:
    """Whether `version` was proposed as a repair; one that undoes another is none."""
    return "said" in (version.repair or {})


def now_slot(event: Event, now: datetime | None = None) -> str | None:
    """The first slot that has not begun, where others have; ``None`` before the first and after the last."""
    moment = local_now(event, now)
    ahead = [slot.key for slot in event.slots if slot.starts_at > moment]
    return ahead[0] if ahead and len(ahead) < len(event.slots) else None


def later(event: Event, from_slot: str | None, now: datetime | None = None) -> str | None:
    """The first slot that may still change: `from_slot` as it was said, or the one that time has come to since."""
    here = now_slot(event, now)
    order = [slot.key for slot in event.slots]
    if here is None or from_slot not in order:
        return here or from_slot
    return max(here, from_slot, key=order.index)


def propose_repair(session: Session, event: Event, said: Said, actor: Actor) -> ScheduleVersion:
    """A version for the event as it would be, with the fewest announced meetings disturbed; nothing else is changed.

    Raises `Refused` where nothing is announced or nothing can be proposed, `Faults` for what the event does not have.
    """
    announced = _announced(session, event)
    said = replace(said, from_slot=later(event, said.from_slot))
    now, at = _as_it_would_be(session, event, said, actor)
    before, schedule = event_of(announced), schedule_of(announced)
    value = with_departed(now, before, schedule, at, places=False)
    kept = [*said.kept, *(one.between for one in schedule.meetings if set(one.between) & set(said.alone))]
    known = {frozenset(pair) for pair in kept if set(pair) <= set(value.participant_index)}
    stays = [
        one.between
        for one in schedule.meetings
        if one.pair in known and _may_stay(value, one.between, one.slot) and one.slot in value.slot_index
    ]
    found = propose(value, schedule, from_slot=at, allow_disruptions=said.allow, pinned=stays)
    whole = with_departed(now, before, schedule, at)
    return _store(session, announced.id, event.id, (whole, found), said, actor)


@retried
def _store(
    session: Session, announced_id: int, event_id: int, found: tuple[EventValue, Schedule], said: Said, actor: Actor
) -> ScheduleVersion:
    with write(session):
        version = store_version(session, event_id, *found, parent_id=announced_id)
        version.repair = {"said": asdict(said)}
        record(session, actor, "schedule.repair", event_id=event_id, version=version.number)
    return version


def proposal_of(session: Session, version: ScheduleVersion) -> Proposal | None:
    """`version` as a proposal; ``None`` where it is none, or what it rests on was deleted."""
    if not is_repair(version) or version.parent is None or version.repair is None:
        return None
    former, now = version.parent, event_of(version)
    before, schedule, found = event_of(former), schedule_of(former), schedule_of(version)
    place = version.place if version.published_at else version.event.place
    changes = with_place(agenda_changes(before, schedule, now, found), now, former.place, place)
    return Proposal(version, former, Said.of(version.repair["said"]), (before, schedule), now, found, changes)


def adjust(session: Session, version: ScheduleVersion, said: Said, actor: Actor) -> ScheduleVersion:
    """Another proposal instead of `version`, which is forgotten unless it was announced, or changed by hand."""
    made = propose_repair(session, session.get_one(Event, version.event_id), said, actor)
    _forget(session, version)
    return made


@retried
def _forget(session: Session, version: ScheduleVersion) -> None:
    with write(session):
        lock_version(session, version)
        if version.published_at is None and "by_hand" not in (version.repair or {}):
            session.delete(version)


@retried
def apply(
    session: Session,
    version: ScheduleVersion,
    actor: Actor,
    now: datetime | None = None,
    *,
    attach: bool | None = None,
) -> Published:
    """Make true what was said, announce the proposal, and queue a mail for each whose agenda differs; all or nothing.

    `attach` as in `publish`. Raises `Outdated` where another timetable was announced meanwhile, the event has changed
    in another way, or a round has begun by `now` (aware; default: this moment) that would be changed.
    """
    with write(session):
        event = lock_version(session, version)
        if event.published_schedule_id == version.id:
            return Published(0, 0, already=True)
        if not is_repair(version) or event.published_schedule_id != version.parent_id:
            raise Outdated(_("Another timetable was announced meanwhile: this proposal rests on the former one."))
        repaired = version.repair or {}
        said, announced = Said.of(repaired["said"]), _announced(session, event)
        begun = _begun_since(event, version.created_at, now)
        if held_in(schedule_of(announced), begun) != held_in(schedule_of(version), begun):
            raise Outdated(_("A round that this would change has begun since: make the proposal again."))
        before, begin = snapshot(event, said), _begin(event, said.from_slot)
        make_true(session, event, said, actor)
        session.flush()
        before |= after(event, said)
        value = event_value(session, event)
        at = _first_from(value, begin)
        if with_departed(value, event_of(announced), schedule_of(announced), at) != event_of(version):
            raise Outdated(_("The event has changed since this was proposed: make the proposal again."))
        version.repair = {**repaired, "before": before}
        done = publish(session, version, actor, confirmed=_over(session, event, version, at), attach=attach, now=now)
        done = replace(done, mails=done.mails + _tell_absent(session, event, said))
        record(session, actor, "schedule.repair_applied", event_id=event.id, version=version.number, mails=done.mails)
    return done


def people_to_tell(session: Session, event: Event, found: Proposal) -> tuple[int, int]:
    """How many applying the proposal would tell by mail, and how many more have no address; changes nothing."""
    absent = _declared_absent(session, event, found.said)
    told, without = publishing.people_to_tell(session, event, found.version, [one.key for one in absent])
    readers = readers_of(session, absent)
    return told + len(readers), without + without_reader(absent, readers)


def _declared_absent(session: Session, event: Event, said: Said) -> list[Registration]:
    """Who is in no agenda any more because the organiser says so; whoever leaves on the day still has one."""
    return [] if said.from_slot is not None else list(by_key(session, event.id, said.absent).values())


def _tell_absent(session: Session, event: Event, said: Said) -> int:
    """Tell all who read for those whom the organiser has declared absent, and may know better; how many mails."""
    return len(tell(session, _declared_absent(session, event, said), "absent"))


@retried
def undo(session: Session, version: ScheduleVersion, actor: Actor, now: datetime | None = None) -> ScheduleVersion:
    """Put back what applying `version` changed, and announce the timetable of before again, as a version of its own:
    what of it can be held, where the event knows more than was said with the repair, or some of it is over.

    Raises `Outdated` where it is not the announced one any more, or the event has changed since.
    """
    with write(session):
        event = lock_version(session, version)
        repaired = version.repair or {}
        former = version.parent
        if event.published_schedule_id != version.id or former is None or "before" not in repaired:
            raise Outdated(_("Another timetable was announced meanwhile: this repair cannot be undone any more."))
        said = Said.of(repaired["said"])
        over = _begun_since(event, None, now) if _begun_since(event, version.published_at, now) else set()
        _take_back(session, event, said, repaired["before"], over, actor)
        at = now_slot(event, now) if over else said.from_slot
        if over and at is None:
            raise Outdated(_("The day is over: nothing is left to undo."))
        value, schedule = _former_again(event_value(session, event), version, former, over, at)
        again = store_version(session, event.id, value, schedule, parent_id=version.id)
        again.repair = {"undoes": version.number}
        session.flush()
        publish(session, again, actor, confirmed=_over(session, event, again, at), now=now)
        came = by_key(session, event.id, said.come).values()
        tell_of_no_agenda(session, [one for one in came if one.status in NOT_YET])
        record(session, actor, "schedule.repair_undone", event_id=event.id, version=version.number)
    return again


def _take_back(
    session: Session, event: Event, said: Said, before: dict[str, Any], over: Collection[str], actor: Actor
) -> None:
    """Put back what was said. Raises `Outdated` where rounds that are `over`, or changed since, would be others."""
    hours = {slot.key: (slot.starts_at, slot.ends_at) for slot in event.slots if slot.key in over}
    try:
        put_back(session, event, said, before, actor)
    except Changed:
        told = _("The rounds have been changed since: move them back, or repair again for what is so now.")
        raise Outdated(told) from None
    session.flush()
    if not hours.items() <= {slot.key: (slot.starts_at, slot.ends_at) for slot in event.slots}.items():
        raise Outdated(_("Rounds that this repair moved have been held since: repair again for what is so now."))


def _former_again(
    now: EventValue, version: ScheduleVersion, former: ScheduleVersion, over: Collection[str], at: str | None
) -> tuple[EventValue, Schedule]:
    """The timetable of `former` for the event as it is `now`, as far as it can be held; what is `over` was held as
    `version` says."""
    schedule, announced = schedule_of(former), (event_of(former), schedule_of(former))
    if over:
        announced = event_of(version), schedule_of(version)
        schedule = _rest_of(schedule, announced[1], over)
    whole = with_departed(now, *announced, at)
    # What is there no more was of use, and is of none.
    value = with_departed(now, *announced, at, places=False)
    if over or whole != event_of(former):
        schedule = unproven(value, [one for one in schedule.meetings if _is_known(value, one)])
    if not valid(value, schedule, at):
        # What was not said here, such as a cancellation by the link, is not undone here.
        schedule = unproven(value, [one for one in schedule.meetings if _can_be_held(value, one, at)])
    if not valid(value, schedule, at):
        schedule = _nearest(value, schedule, at)
    return whole, schedule


def _nearest(value: EventValue, schedule: Schedule, at: str | None) -> Schedule:
    """What disturbs `schedule` least, where it cannot be had itself: a required meeting would be missing, say.

    Where what is required cannot be had by any timetable, `schedule` without it, as it was before.
    """
    try:
        return propose(value, schedule, from_slot=at)
    except (Refused, Faults):
        rules = tuple(
            one.model_copy(update={"status": "allowed"}) if one.status == "required" else one for one in value.meetings
        )
        if valid(value.model_copy(update={"meetings": rules}), schedule, at):
            return schedule
        told = _("The event has changed since: the timetable of before does not fit it any more.")
        raise Outdated(told) from None


def _begun_since(event: Event, since: datetime | None, now: datetime | None) -> set[str]:
    """The slots that have begun by `now`, and had not at `since` (aware)."""
    moment = local_now(event, now)
    first = datetime.min if since is None else local_now(event, since)
    return {slot.key for slot in event.slots if first < slot.starts_at <= moment}


def _rest_of(former: Schedule, repaired: Schedule, over: Collection[str]) -> Schedule:
    """What was held as `repaired`, and then what `former` has still to come between those who have not met since."""
    held = [one for one in repaired.meetings if one.slot in over]
    met = {one.pair for one in held}
    rest = [one for one in former.meetings if one.slot not in over and one.pair not in met]
    return former.model_copy(update={"meetings": (*held, *rest)})


def _over(session: Session, event: Event, version: ScheduleVersion, at: str | None) -> set[str]:
    """What is not as the timetable says only of meetings that are over: whoever has left since held them."""
    slots = [slot.key for slot in event.slots]
    over = set(slots[: slots.index(at)]) if at in slots else set()
    untrue = measured(session, event, version.id).drift.untrue if over else ()
    return {item.id for item in untrue if item.meetings and {one.slot for one in item.meetings} <= over}


def _is_known(value: EventValue, meeting: Meeting) -> bool:
    return meeting.slot in value.slot_index and set(meeting.between) <= value.participant_index.keys()


def _can_be_held(value: EventValue, meeting: Meeting, from_slot: str | None) -> bool:
    """Whether what the event is now leaves the meeting where it is; what is over was held."""
    if not _is_known(value, meeting):
        return False
    if value.slot_index[meeting.slot] < value.slot_index.get(from_slot or "", 0):
        return True
    return (
        (meeting.table is None or meeting.table in value.table_index)
        and _may_stay(value, meeting.between, meeting.slot)
        and (meeting.facilitator is None or meeting.facilitator in {one.id for one in value.facilitators})
    )


def is_outdated(event: Event, version: ScheduleVersion) -> bool:
    """Whether the proposal `version` rests on a timetable that is not the announced one any more."""
    return event.published_schedule_id not in (version.id, version.parent_id)


def can_undo(event: Event, version: ScheduleVersion) -> bool:
    return event.published_schedule_id == version.id and "before" in (version.repair or {})


# How the event would be


class _Tried(Exception):
    pass


@retried
def _as_it_would_be(session: Session, event: Event, said: Said, actor: Actor) -> tuple[EventValue, str | None]:
    """The event, and its first slot that may still change."""
    found: list[EventValue] = []
    try:
        with write(session):
            event = lock_event(session, event.id)
            begin = _begin(event, said.from_slot)
            make_true(session, event, said, actor)
            session.flush()
            found.append(event_value(session, event))
            raise _Tried
    except _Tried:
        return found[0], _first_from(found[0], begin)


def _begin(event: Event, from_slot: str | None) -> datetime | None:
    return next((slot.starts_at for slot in event.slots if slot.key == from_slot), None)


def _first_from(value: EventValue, begin: datetime | None) -> str | None:
    """The first slot from `begin` on: the one that was said may be cut, or another one be added before it.

    Raises `Refused` where none is left.
    """
    if begin is None:
        return None
    for slot in value.slots:
        if slot.start.replace(tzinfo=None) >= begin:
            return slot.id
    raise Refused(_("No round would be left: there is nothing to propose."))


def _announced(session: Session, event: Event) -> ScheduleVersion:
    if event.published_schedule_id is None:
        raise Refused(_("Nothing is announced yet: compute a timetable and publish it."))
    if event.status == EventStatus.ARCHIVED:
        raise Refused(_("This event is archived: take it out of the archive before you change it."))
    return session.get_one(ScheduleVersion, event.published_schedule_id)


def with_departed(
    value: EventValue, before: EventValue, announced: Schedule, from_slot: str | None, *, places: bool = True
) -> EventValue:
    """`value` with those who have left it and whose meetings are over: what was held stays in the timetable.

    With `places` also the tables and facilitators of such meetings: they are printed. Whoever computes needs to know
    who has met, and must not use what is not there any more.
    """
    first = value.slot_index.get(from_slot or "", 0)
    over = [one for one in announced.meetings if value.slot_index.get(one.slot, first) < first]
    slots = [slot.id for slot in value.slots]
    people = {id for one in over for id in one.between} - value.participant_index.keys()
    tables = {one.table for one in over} - value.table_index.keys() if value.tables else set()
    helpers = {one.facilitator for one in over} - {one.id for one in value.facilitators}
    departed: dict[str, list[Any]] = {
        "participants": [_departed(one, slots) for one in before.participants if one.id in people],
        "tables": [one for one in before.tables if one.id in tables],
        "facilitators": [
            one.model_copy(update={"unavailable": tuple(slots)}) for one in before.facilitators if one.id in helpers
        ],
    }
    if not places:
        departed = {"participants": departed["participants"]}
    if not any(departed.values()):
        return value
    fields = {name: getattr(value, name) for name in EventValue.model_fields}
    return EventValue(**{**fields, **{name: (*fields[name], *more) for name, more in departed.items()}})


def _departed(one: Participant, slots: Sequence[str]) -> Participant:
    nothing = {"min_meetings": 0, "wishes": (), "vetoes": (), "home_table": None, "needs_facilitator": False}
    return one.model_copy(update={**nothing, "unavailable": tuple(slots)})


def _may_stay(value: EventValue, pair: Sequence[str], slot: str) -> bool:
    return not any(slot in value.participant(id).unavailable for id in pair)
