"""The event file ``passerelle-event/1`` as typed, validated, immutable values."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError

from scheduler.format.clock import instant, on_the_wall, with_offset
from scheduler.format.errors import InvalidEvent
from scheduler.format.faults import (
    LARGEST,
    Count,
    Id,
    LocalTime,
    Pair,
    Tally,
    Text,
    TooManyFaults,
    Unreadable,
    Value,
    read_object,
)
from scheduler.format.references import ITEM_LISTS, View, reference_faults
from scheduler.format.shape import Listed, Shape, ShortlyListed

EVENT_FORMAT = "passerelle-event/1"
# A profile has hundreds of lines at most: what the formula makes of them stays near what a file may give as a score.
_LARGEST_WEIGHT = 10**6
# Lists end at ten times what the largest event of the benchmarks has: 10,000 participants, all pairs with a score.
_MANY = Field(max_length=100_000)
Group = Annotated[ShortlyListed[Id], Field(min_length=1)]
Weight = Annotated[int, Field(ge=0, le=_LARGEST_WEIGHT)]


class Slot(Value):
    """One round of meetings; ``start`` and ``end`` are local times, the date of ``start`` is the slot's day.

    Where clocks are set back and an hour comes twice, ``fold`` of the times says which; in the file their offset does.
    """

    id: Id
    start: LocalTime
    end: LocalTime
    session: Text | None = None


class Table(Value):
    """A place where one meeting at a time is held."""

    id: Id
    name: Text = ""
    features: ShortlyListed[Text] = ()

    @property
    def label(self) -> str:
        return self.name or self.id


class Facilitator(Value):
    """Somebody who attends the meetings of those who asked for help, one meeting a slot."""

    id: Id
    name: Text = ""
    unavailable: ShortlyListed[Id] = ()

    @property
    def label(self) -> str:
        return self.name or self.id


class Participant(Value):
    """An organisation that comes to meet others."""

    id: Id
    kind: Id
    name: Text = ""
    needs: ShortlyListed[Text] = ()
    offers: ShortlyListed[Text] = ()
    themes: ShortlyListed[Text] = ()
    wishes: ShortlyListed[Id] = ()
    vetoes: ShortlyListed[Id] = ()
    min_meetings: Count = 0
    max_meetings: Count | None = None
    delegates: Annotated[int, Field(ge=1, le=LARGEST)] = 1
    unavailable: ShortlyListed[Id] = ()
    remote: bool = False
    home_table: Id | None = None
    requires: ShortlyListed[Text] = ()
    needs_facilitator: bool = False
    zone: Text | None = None
    boost: Annotated[int, Field(ge=-_LARGEST_WEIGHT, le=_LARGEST_WEIGHT)] = 0

    @property
    def label(self) -> str:
        return self.name or self.id


class MeetingRule(Value):
    """What is asked of one pair; listed several times with ``required``, each entry is one meeting to be held."""

    between: Pair
    status: Literal["required", "forbidden", "allowed"]
    slot: Id | None = None
    session: Text | None = None
    after: ShortlyListed[Pair] = ()


class Affinity(Value):
    """What one pair is worth."""

    between: Pair
    score: Count


class Weights(Value):
    """The points of the published score formula."""

    need: Weight = 10
    category: Weight = 4
    reciprocity: Weight = 8
    theme: Weight = 3
    themes_counted: Count = 3
    zone: Weight = 4
    wish_first: Weight = 20
    wish_last: Weight = 5
    mutual: Weight = 10


class Rules(Value):
    """What holds for the whole event."""

    coverage: ShortlyListed[Count] = ()
    max_break_difference: Count | None = None
    seated: ShortlyListed[Id] = ()
    max_in_a_row: Annotated[int, Field(ge=1, le=LARGEST)] | None = None
    weights: Weights = Weights()


class Event(Value):
    """An event: who comes, when, where, and what is asked of the timetable. Built by ``parse_event``."""

    format: Literal["passerelle-event/1"]
    title: Text = ""
    timezone: Text = "Europe/Paris"
    slots: Annotated[Listed[Slot], Field(min_length=1, max_length=10_000)]
    tables: Annotated[Listed[Table], _MANY] = ()
    facilitators: Annotated[Listed[Facilitator], _MANY] = ()
    may_meet: ShortlyListed[Pair] = (("association", "company"),)
    participants: Annotated[Listed[Participant], _MANY]
    same_person: Annotated[Listed[Group], _MANY] = ()
    meetings: Annotated[Listed[MeetingRule], Field(max_length=1_000_000)] = ()
    affinities: Annotated[Listed[Affinity], Field(max_length=50_000_000)] | None = None
    rules: Rules = Rules()

    @cached_property
    def participant_index(self) -> Mapping[str, int]:
        """Position of each participant id in ``participants``."""
        return {participant.id: i for i, participant in enumerate(self.participants)}

    @cached_property
    def slot_index(self) -> Mapping[str, int]:
        """Position of each slot id in ``slots``."""
        return {slot.id: i for i, slot in enumerate(self.slots)}

    @cached_property
    def table_index(self) -> Mapping[str, int]:
        """Position of each table id in ``tables``."""
        return {table.id: i for i, table in enumerate(self.tables)}

    def participant(self, id: str) -> Participant:
        """Return the participant of that id; raises ``KeyError``."""
        return self.participants[self.participant_index[id]]


def parse_event(data: bytes | str | Mapping[str, Any]) -> Event:
    """Return the event in ``data``: the bytes or text of an event file, or its JSON object.

    Raises ``InvalidEvent`` with every fault of the file at once, those of shape and those of references alike; of more
    than a thousand, the first and how many there are. Cost: linear in the size of the file, faults included.
    """
    faults = Tally()
    try:
        raw = read_object(data)
        event = _event_of(raw, faults)
    except Unreadable as unreadable:
        raise InvalidEvent([unreadable.fault]) from None
    except TooManyFaults:
        event = None
    if event is None or faults:
        raise InvalidEvent(faults.told("file"))
    return _on_the_wall(event)


def _event_of(raw: Mapping[str, Any], faults: Tally) -> Event | None:
    """Return the event in ``raw``, times as in the file; ``None`` where it has none. Raises ``TooManyFaults``."""
    try:
        event = Event.model_validate(raw)
        view = View.of_event(event)
    except ValidationError:
        event = None
        _SHAPE.add_faults(raw, faults)
        view = View.of_sound_parts(
            raw, {name: list(_SHAPE.fields[name].sound_items(raw.get(name))) for name in ITEM_LISTS}
        )
    faults.extend(reference_faults(view))
    return event


def checked_event(raw: Mapping[str, Any]) -> Event:
    """Return the event in the JSON object ``raw``, which was written from one that ``parse_event`` gave.

    Only its shape is looked at, not what it refers to: a tenth of the cost, for what is read at each view of a page.
    Raises ``pydantic.ValidationError`` for a shape that this release does not write.
    """
    try:
        slots = _known_slots(raw["timezone"], tuple([tuple(slot.items()) for slot in raw["slots"]]))
    except (KeyError, TypeError, AttributeError, ValidationError):
        return _on_the_wall(Event.model_validate(raw))
    return Event.model_validate({**raw, "slots": slots})


# All participants of an event are shown the same rounds, and reading their times is half of what a small event costs.
@lru_cache(maxsize=64)
def _known_slots(timezone: str, slots: tuple[tuple[tuple[str, Any], ...], ...]) -> tuple[Slot, ...]:
    """Return the slots of an event of that time zone, given as the items of their objects, as clocks show them."""
    event = {"format": EVENT_FORMAT, "timezone": timezone, "slots": [dict(slot) for slot in slots], "participants": []}
    return _on_the_wall(Event.model_validate(event)).slots


def event_json(event: Event) -> str:
    """Return the event file of ``event``, defaults included, so that a reader sees all that was assumed."""
    event = event.model_copy(update={"slots": slots_with_offsets(event)})
    return event.model_dump_json(indent=1, exclude={"affinities"} if event.affinities is None else None)


def slots_with_offsets(event: Event) -> tuple[Slot, ...]:
    """Return the slots as they are written: times in the hour that comes twice carry their offset."""
    zone = ZoneInfo(event.timezone)
    return tuple(
        slot.model_copy(update={name: with_offset(getattr(slot, name), zone) for name in ("start", "end")})
        for slot in event.slots
    )


def _on_the_wall(event: Event) -> Event:
    """Return ``event`` with the times of its slots as clocks show them, offsets read into ``fold``."""
    zone = ZoneInfo(event.timezone)
    slots = []
    for slot in event.slots:
        start = instant(slot.start, zone)
        times = on_the_wall(start, zone), on_the_wall(instant(slot.end, zone, after=start), zone)
        if times == (slot.start, slot.end) and not any(moment.fold for moment in times):
            # Copying is most of the cost, and hardly any slot lies where clocks are changed.
            slots.append(slot)
        else:
            slots.append(slot.model_copy(update=dict(zip(("start", "end"), times, strict=True))))
    return event.model_copy(update={"slots": tuple(slots)})


def event_json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the event file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Event.model_json_schema()}


_SHAPE = Shape(Event)
