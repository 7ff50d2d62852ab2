"""How far a timetable is from the event as it is now, kept for each state of both.

Whatever shows a timetable asks here first: what was announced and what is now are two values (see `distance`).
"""

from bisect import bisect_right
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from scheduler.format.event import Event as EventValue
from scheduler.format.event import checked_event
from scheduler.format.schedule import Meeting, Schedule
from web.db import is_writing
from web.domain.event.files import event_document
from web.domain.event.programme import local_now
from web.domain.memory import Memory, state_of
from web.domain.people.page_state import ROWS_IN_NUMBERS
from web.domain.people.presence import has_confirmed, was_asked
from web.domain.timetable.distance import Announced, Code, Item, Now, Severity, distance, turns
from web.domain.timetable.versions import event_of, schedule_of, with_files
from web.models import Event, EventStatus, Registration, RegistrationStatus, ScheduleVersion, Veto, Wish


@dataclass(frozen=True)
class Seen:
    """An item that somebody has looked at and leaves as it is: `who`, and when."""

    item: Item
    who: str
    when: datetime


@dataclass(frozen=True)
class Drift:
    """What is not, or no longer, as the timetable says; false where there is nothing to do about it. Red items come
    first. `seen`: what differs as well, and is left so (see `web.domain.timetable.seen`)."""

    items: tuple[Item, ...] = ()
    seen: tuple[Seen, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.items)

    @property
    def exact(self) -> bool:
        """Whether the timetable answers the event as it is now, so that what is proven of one holds for the other."""
        differs = (*self.items, *(one.item for one in self.seen))
        return all(item.code == Code.UNCONFIRMED for item in differs)

    @property
    def severity(self) -> Severity | None:
        """The worst of them, ``None`` where there is none."""
        return self.items[0].severity if self.items else None

    @cached_property
    def untrue(self) -> tuple[Item, ...]:
        """What must not be mailed as it stands: somebody would wait for nobody, or at a wrong hour or place."""
        return tuple(item for item in self.items if item.severity == Severity.RED)

    def of(self, participant: str) -> tuple[Item, ...]:
        """The untrue items that break a meeting of `participant`."""
        return tuple(item for item in self.untrue if any(participant in m.between for m in item.meetings))

    def of_meetings(self, participant: str) -> Mapping[Meeting, Item]:
        """The first untrue item of each meeting of `participant` that cannot be held as announced."""
        found: dict[Meeting, Item] = {}
        for item in self.of(participant):
            for meeting in item.meetings:
                if participant in meeting.between:
                    found.setdefault(meeting, item)
        return found

    def unconfirmed(self, confirmed: Collection[str]) -> tuple[Item, ...]:
        """The untrue items whose ids are not among `confirmed`."""
        return tuple(item for item in self.untrue if item.id not in confirmed)


NONE = Drift()


def drift(
    session: Session,
    event: Event,
    version: ScheduleVersion | None = None,
    now: datetime | None = None,
    people: Hashable | None = None,
) -> Drift:
    """How far `version` (default: the published one) is from `event` at `now` (aware; default: this moment).

    No drift where nothing is published, where the event is archived and once its last round has begun. `people`: what
    the caller knows already of those registered, equal for equal ones. Cost: one query while nothing has changed (none
    with `people`; three before a publication, when wishes still do; one more where anything differs), milliseconds
    when something has.
    """
    people = people_states(session, [event])[event.id] if people is None else people
    found = _known_drift(session, event, version, people, now)
    if version is None or version.id == event.published_schedule_id:
        return _but_seen(session, {event: found})[event]
    return found


def drifts(session: Session, events: Collection[Event], now: datetime | None = None) -> dict[int, Drift]:
    """The drift of the published timetable of each of `events`, by the event's id.

    Two queries while nothing changes, one where no timetable differs.
    """
    people = people_states(session, events)
    found = {event: _known_drift(session, event, None, people[event.id], now) for event in events}
    return {event.id: one for event, one in _but_seen(session, found).items()}


@dataclass(frozen=True)
class Measured:
    """A drift looked up anew and not kept, and the moments at which it becomes another one by the clock alone."""

    drift: Drift
    turns: tuple[datetime, ...]
    moment: datetime


def measured(session: Session, event: Event, version_id: int, now: datetime | None = None) -> Measured:
    """The same, looked up anew: what a transaction relies on that may yet be rolled back.

    Cost: that of `event_document` and linear in both files; 60 and 60 participants take some 30 ms.
    """
    sides = _sides(session, event, version_id, now)
    return Measured(_distance(sides), _moments(sides), local_now(event, now))


def keep(session: Session, event: Event, found: Measured) -> None:
    """Keep what was found, now committed, for those who look at the version that `event` has published since."""
    if event.published_schedule_id is not None:
        key = _key(event, event.published_schedule_id, None, people_states(session, [event])[event.id])
        moments = _turns.get(key, lambda: found.turns)
        _known.get((key, bisect_right(moments, found.moment)), lambda: found.drift)


def _but_seen(session: Session, found: Mapping[Event, Drift]) -> dict[Event, Drift]:
    """The drifts of the published versions, what was seen told apart. One query, none where nothing differs."""
    versions = [event.published_schedule_id for event, one in found.items() if one]
    if not versions:
        return dict(found)
    rows = session.execute(
        select(ScheduleVersion.id, ScheduleVersion.seen).where(
            ScheduleVersion.id.in_(versions), ScheduleVersion.seen.is_not(None)
        )
    )
    seen = {row.id: row.seen for row in rows}
    return {event: _parted(one, seen.get(event.published_schedule_id)) for event, one in found.items()}


def _parted(found: Drift, seen: Mapping[str, Any] | None) -> Drift:
    """`found` with its items parted by `seen`, as the version's row has it: by id, who and when."""
    if not seen:
        return found
    left = [(item, seen[item.id]) for item in found.items if can_be_left(item) and item.id in seen]
    marks = tuple(Seen(item, mark["who"], datetime.fromisoformat(mark["when"])) for item, mark in left)
    known = {one.item.id for one in marks}
    return Drift(tuple(item for item in found.items if item.id not in known), marks)


def can_be_left(item: Item) -> bool:
    """Whether an organiser may say that `item` was seen and stays: nobody waits in vain, and all of it is known."""
    return item.severity == Severity.AMBER and item.code != Code.INVALID


def _key(event: Event, version_id: int, version: ScheduleVersion | None, people: Hashable) -> Hashable:
    made = None if version is None else (version.number, version.created_at)
    return (state_of(event), event.presence_asked_at, version_id, made, people)


def _known_drift(
    session: Session, event: Event, version: ScheduleVersion | None, people: Hashable, now: datetime | None
) -> Drift:
    version_id = event.published_schedule_id if version is None else version.id
    if version_id is None or event.status == EventStatus.ARCHIVED:
        return NONE
    key = _key(event, version_id, version, people)
    read: list[Sides | None] = []

    def sides() -> "Sides | None":
        if not read:
            read.append(_sides(session, event, version_id, now))
        return read[0]

    moments = _turns.get(key, lambda: _moments(sides()))
    return _known.get((key, bisect_right(moments, local_now(event, now))), lambda: _distance(sides()))


Sides = tuple[Announced, Now]


def _sides(session: Session, event: Event, version_id: int, now: datetime | None) -> Sides | None:
    """Both files as values; ``None`` where the event cannot be one at this moment."""
    try:
        value = checked_event(event_document(session, event))
    except ValidationError:
        return None
    rows = session.execute(
        select(Registration.key, Registration.status).where(
            Registration.event_id == event.id, Registration.status != RegistrationStatus.ACCEPTED
        )
    )
    statuses = {row.key: row.status for row in rows}
    announced = _announced(session, event, version_id)
    silent = _unconfirmed(session, event) if version_id == event.published_schedule_id else ()
    return announced, Now(value, local_now(event, now), event.place, statuses, silent)


def _announced(session: Session, event: Event, version_id: int) -> Announced:
    """The version as it was announced: read once, for an event changes more often than what was announced of it.

    Nothing changes the files of a version but an erasure, which the event counts. Cost: one query, once they are known.
    """

    def read() -> Files:
        (version,) = with_files(session, [version_id])
        return event_of(version), schedule_of(version)

    facts = select(ScheduleVersion.number, ScheduleVersion.created_at, ScheduleVersion.place)
    number, created_at, place = session.execute(facts.where(ScheduleVersion.id == version_id)).one()
    key = (str(session.get_bind().engine.url), version_id, number, created_at, event.calendar_changes)
    # What may be undone yet leaves its numbers to others.
    files = read() if is_writing(session) else _files.get(key, read)
    return Announced(*files, place)


Files = tuple[EventValue, Schedule]
# Those of the events looked at last: a few megabytes each.
_files: Memory[Files] = Memory(most=4)


def _unconfirmed(session: Session, event: Event) -> Collection[str]:
    """Who takes part and has not said so since they were asked; nobody where nobody was asked."""
    if not was_asked(event):
        return ()
    rows = session.scalars(
        select(Registration).where(
            Registration.event_id == event.id, Registration.status == RegistrationStatus.ACCEPTED
        )
    )
    return {one.key for one in rows if not has_confirmed(one)}


def _moments(sides: Sides | None) -> tuple[datetime, ...]:
    return () if sides is None else turns(sides[0].event, sides[1].event)


def _distance(sides: Sides | None) -> Drift:
    # What the format refuses is told in full when the timetable is computed.
    return Drift((Item(Code.INVALID, Severity.AMBER),) if sides is None else distance(*sides))


# A few numbers each; the registrations of a hundred events have as many states.
_turns: Memory[tuple[datetime, ...]] = Memory(most=256)
_known: Memory[Drift] = Memory(most=256)


def people_states(session: Session, events: Collection[Event]) -> dict[int, Hashable]:
    """What those registered for each of `events` are and wish, as a few numbers: equal ones, equal drift."""
    ids = [event.id for event in events]
    found: dict[int, list[Any]] = {id: [] for id in ids}
    asked = [(_REGISTRATIONS, ids)]
    open_ids = [event.id for event in events if event.published_schedule_id is None]
    if open_ids:
        # Choosing ends with the first publication.
        asked += [(_WISHES, open_ids), (_VETOES, open_ids)]
    connection = session.connection()
    for query, wanted in asked:
        for event_id, *numbers in connection.execute(query, {"event_ids": wanted}):
            found[event_id].append(tuple(numbers))
    return {id: tuple(numbers) for id, numbers in found.items()}


# Tables, not classes, and written once: each look at an agenda asks this.
_registrations, _wishes, _vetoes = Registration.__table__, Wish.__table__, Veto.__table__
_of_these = _registrations.c.event_id.in_(bindparam("event_ids", expanding=True))
_REGISTRATIONS: Select[*tuple[Any, ...]] = (
    select(_registrations.c.event_id, *ROWS_IN_NUMBERS).where(_of_these).group_by(_registrations.c.event_id)
)
_WISHES: Select[*tuple[Any, ...]] = (
    select(
        _registrations.c.event_id,
        func.count(),
        func.max(_wishes.c.id),
        func.sum(_wishes.c.target_id * (_wishes.c.rank + 1)),
        func.sum(_wishes.c.registration_id * (_wishes.c.rank + 1)),
        func.max(_registrations.c.wishes_saved_at),
    )
    .join(_registrations, _registrations.c.id == _wishes.c.registration_id)
    .where(_of_these)
    .group_by(_registrations.c.event_id)
)
_VETOES: Select[*tuple[Any, ...]] = (
    select(
        _registrations.c.event_id,
        func.count(),
        func.max(_vetoes.c.id),
        func.sum(_vetoes.c.target_id * _vetoes.c.registration_id),
    )
    .join(_registrations, _registrations.c.id == _vetoes.c.registration_id)
    .where(_of_these)
    .group_by(_registrations.c.event_id)
)
