"""What a version answers: the event as it was read when the version was computed, told apart from other events.

Values of two timetables are equals only where both answer the same people under the same rules, in the same rounds and
room (`like`). A version is proven to be the best of its own event; of the event as it is now only where that is the
same one (`same`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from scheduler.format.event import Event as EventValue
from scheduler.format.event import checked_event
from web.domain.audit import tell
from web.domain.event.files import event_document
from web.domain.memory import Memory, state_of
from web.domain.timetable.drift import people_states
from web.domain.timetable.versions import event_of, with_files
from web.models import Event, ScheduleVersion

# What of an event all its participants share, and what it consists of: each a difference by its name.
_RULES = ("coverage", "max_break_difference", "seated", "max_in_a_row", "weights")
_PARTS = ("slots", "tables", "facilitators", "same_person", "meetings", "affinities", "timezone")
# Which part of the event file each of them is.
_WRITTEN: Mapping[str, Any] = {
    **{name: {"rules": {name}} for name in _RULES},
    **{name: {name} for name in ("may_meet", *_PARTS)},
    "tables": {"tables": {"__all__": {"id", "features"}}},
    "facilitators": {"facilitators": {"__all__": {"id", "unavailable"}}},
}
_COUNTS = ("min_meetings", "max_meetings")


@dataclass(frozen=True, slots=True)
class Person:
    """One participant: a mark of what counts for a timetable, the name aside, and the meetings asked for."""

    mark: bytes
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Answered:
    """An event in small. `marks` are equal where the parts of that name are, the names of things aside; `whole` is
    equal where everything is. No name of anybody is kept.
    """

    people: Mapping[str, Person]
    kinds: Mapping[str, int]
    slots: int
    start: datetime
    end: datetime
    tables: int
    facilitators: int
    marks: Mapping[str, bytes]
    whole: bytes

    @staticmethod
    def of(event: EventValue) -> "Answered":
        """Cost: the event is written twice."""
        return Answered(
            people={
                one.id: Person(
                    _mark(one.model_dump_json(exclude={"name", *_COUNTS})), one.min_meetings, one.max_meetings
                )
                for one in event.participants
            },
            kinds=Counter(one.kind for one in event.participants),
            slots=len(event.slots),
            start=event.slots[0].start,
            end=event.slots[-1].end,
            tables=len(event.tables),
            facilitators=len(event.facilitators),
            marks={name: _mark(event.model_dump_json(include=part)) for name, part in _WRITTEN.items()},
            whole=sha256(event.model_dump_json().encode()).digest(),
        )

    @property
    def fewest(self) -> int:
        """The smallest number of meetings that anybody is promised."""
        return min((one.least for one in self.people.values()), default=0)


def _mark(text: str) -> bytes:
    return sha256(text.encode()).digest()[:16]


@dataclass(frozen=True)
class Apart:
    """In what an event differs from a former one: how many have come, gone and say something else; which rules (names
    as in the event file, `min_meetings` and `max_meetings` for those who are in both) and which other parts."""

    come: int = 0
    gone: int = 0
    changed: int = 0
    rules: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.come or self.gone or self.changed or self.rules or self.parts)


def apart(former: Answered, now: Answered) -> Apart:
    """What differs so that the values of their timetables are no equals; false where they are. Cost: the people."""
    both = former.people.keys() & now.people.keys()
    rules = [name for name in (*_RULES, "may_meet") if former.marks[name] != now.marks[name]]
    counts = [(former.people[id], now.people[id]) for id in both]
    if any(before.least != after.least for before, after in counts):
        rules.append("min_meetings")
    if any(before.most != after.most for before, after in counts):
        rules.append("max_meetings")
    same_people = len(both) == len(former.people) == len(now.people)
    # What is given or said of pairs goes with those who go.
    parts = [
        name
        for name in _PARTS
        if former.marks[name] != now.marks[name] and (same_people or name not in ("affinities", "meetings"))
    ]
    return Apart(
        come=len(now.people.keys() - both),
        gone=len(former.people.keys() - both),
        changed=sum(before.mark != after.mark for before, after in counts),
        rules=tuple(rules),
        parts=tuple(parts),
    )


def answered(session: Session, versions: Sequence[ScheduleVersion]) -> dict[int, Answered]:
    """What each of `versions` answers, by id. One query for those not looked at yet, none for the others."""
    database = str(session.get_bind().engine.url)
    keys = {one.id: (database, one.id, one.event_id, one.created_at) for one in versions}
    found = {id: known for id, key in keys.items() if (known := _known.find(key)) is not None}
    unknown = [one.id for one in versions if one.id not in found]
    for version in with_files(session, unknown) if unknown else ():
        # The one of a page is asked for by its other parts too; of a long list each is let go before the next.
        value = event_of(version) if len(unknown) == 1 else checked_event(version.event_document)
        found[version.id] = _known.get(keys[version.id], partial(Answered.of, value))
    return found


def answered_now(session: Session, event: Event) -> Answered | None:
    """What a version computed at this moment would answer; ``None`` where the event cannot be one.

    Cost: one query while nothing has changed, else that of `event_document`.
    """
    key = (state_of(event), people_states(session, [event])[event.id])

    def read() -> Answered | None:
        try:
            return Answered.of(checked_event(event_document(session, event)))
        except ValidationError:
            return None

    return _now.get(key, read)


@dataclass(frozen=True)
class Group:
    """Versions that answer the same event, the latest first: these alone are compared by their values.

    `since`: in what the event of now differs from theirs. `current`: the ids of those that answer it to the letter, so
    that what is proven of them is proven of it.
    """

    answered: Answered
    versions: tuple[ScheduleVersion, ...]
    since: Apart
    current: frozenset[int]


def groups(session: Session, event: Event, versions: Sequence[ScheduleVersion]) -> list[Group]:
    """`versions` (the latest first) by what they answer; in each group, and among groups, the latest comes first."""
    now, found = answered_now(session, event), answered(session, versions)
    together: list[list[ScheduleVersion]] = []
    for version in versions:
        alike = next((one for one in together if _are_like(found[one[0].id], found[version.id])), None)
        if alike is None:
            together.append([version])
        else:
            alike.append(version)
    return [
        Group(
            found[some[0].id],
            tuple(some),
            Apart() if now is None else apart(found[some[0].id], now),
            frozenset(one.id for one in some if now is not None and _answers(one, found[one.id], event, now)),
        )
        for some in together
    ]


def _answers(version: ScheduleVersion, its: Answered, event: Event, now: Answered) -> bool:
    return its.whole == now.whole and version.place in (None, event.place)


def _are_like(one: Answered, other: Answered) -> bool:
    return one.whole == other.whole or not apart(one, other)


# Versions never change, but where somebody is erased.
_known: Memory[Answered] = Memory(most=128)
_now: Memory[Answered | None] = Memory(most=64)


def _forget_erased(action: str, _event_id: int) -> None:
    if action == "registration.erase":
        _known.clear()


tell(_forget_erased)
