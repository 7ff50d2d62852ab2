"""The event file ``passerelle-event/1`` as typed, validated, immutable values."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from scheduler.format.clock import instant, on_the_wall, with_offset
from scheduler.format.errors import InvalidEvent
from scheduler.format.faults import (
    LARGEST,
    Count,
    Id,
    ListOf,
    LocalTime,
    Pair,
    Text,
    Unreadable,
    Value,
    fault_of,
    read_object,
)
from scheduler.format.references import View, reference_faults

EVENT_FORMAT = "passerelle-event/1"
# A profile has hundreds of lines at most: what the formula makes of them stays near what a file may give as a score.
_LARGEST_WEIGHT = 10**6
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
    features: ListOf[Text] = ()

    @property
    def label(self) -> str:
        return self.name or self.id


class Facilitator(Value):
    """Somebody who attends the meetings of those who asked for help, one meeting a slot."""

    id: Id
    name: Text = ""
    unavailable: ListOf[Id] = ()

    @property
    def label(self) -> str:
        return self.name or self.id


class Participant(Value):
    """An organisation that comes to meet others."""

    id: Id
    kind: Id
    name: Text = ""
    needs: ListOf[Text] = ()
    offers: ListOf[Text] = ()
    themes: ListOf[Text] = ()
    wishes: ListOf[Id] = ()
    vetoes: ListOf[Id] = ()
    min_meetings: Count = 0
    max_meetings: Count | None = None
    delegates: Annotated[int, Field(ge=1, le=LARGEST)] = 1
    unavailable: ListOf[Id] = ()
    remote: bool = False
    home_table: Id | None = None
    requires: ListOf[Text] = ()
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
    after: ListOf[Pair] = ()


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

    coverage: ListOf[Count] = ()
    max_break_difference: Count | None = None
    seated: ListOf[Id] = ()
    max_in_a_row: Annotated[int, Field(ge=1, le=LARGEST)] | None = None
    weights: Weights = Weights()


class Event(Value):
    """An event: who comes, when, where, and what is asked of the timetable. Built by ``parse_event``."""

    format: Literal["passerelle-event/1"]
    title: Text = ""
    timezone: Text = "Europe/Paris"
    slots: Annotated[ListOf[Slot], Field(min_length=1)]
    tables: ListOf[Table] = ()
    facilitators: ListOf[Facilitator] = ()
    may_meet: ListOf[Pair] = (("association", "company"),)
    participants: ListOf[Participant]
    same_person: ListOf[Annotated[ListOf[Id], Field(min_length=1)]] = ()
    meetings: ListOf[MeetingRule] = ()
    affinities: ListOf[Affinity] | None = None
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

    Raises ``InvalidEvent`` with every fault of the file at once, those of shape and those of references alike.
    Cost: linear in the size of the file.
    """
    try:
        raw = read_object(data)
    except Unreadable as unreadable:
        raise InvalidEvent([unreadable.fault]) from None
    try:
        event = Event.model_validate(raw)
        view = View.of_event(event)
        faults = []
    except ValidationError as error:
        # A list whose only items are faulty counts as empty there; the faults of the items say all.
        details = [detail for detail in error.errors(include_url=False) if not _only_counts_faulty(detail)]
        faults = [fault_of(detail) for detail in details]
        view = View.of_sound_parts(raw, [detail["loc"] for detail in details], _ITEM_READERS)
    faults += reference_faults(view)
    if faults:
        raise InvalidEvent(faults)
    return _on_the_wall(event)


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
        times = {"start": start, "end": instant(slot.end, zone, after=start)}
        slots.append(slot.model_copy(update={name: on_the_wall(moment, zone) for name, moment in times.items()}))
    return event.model_copy(update={"slots": tuple(slots)})


def event_json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the event file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Event.model_json_schema()}


def _only_counts_faulty(detail: ErrorDetails) -> bool:
    return detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


_ITEM_READERS: dict[str, TypeAdapter[Any]] = {
    "slots": TypeAdapter(Slot),
    "tables": TypeAdapter(Table),
    "facilitators": TypeAdapter(Facilitator),
    "participants": TypeAdapter(Participant),
    "meetings": TypeAdapter(MeetingRule),
    "affinities": TypeAdapter(Affinity),
}
