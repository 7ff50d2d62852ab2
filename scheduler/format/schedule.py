"""The schedule file ``passerelle-schedule/1`` as typed values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, ValidationError, model_serializer

from scheduler.format.errors import InvalidSchedule
from scheduler.format.faults import Id, ListOf, Pair, Unreadable, Value, fault_of, read_object
from scheduler.format.proof import Proof

SCHEDULE_FORMAT = "passerelle-schedule/1"
TIER_NAMES = ("shortfall", "value", "breaks", "idle_slots", "table_moves")
TierName = Literal["disruptions", "shortfall", "value", "breaks", "idle_slots", "table_moves"]


class Meeting(Value):
    """One meeting held: ``table`` is null online and where the event names no tables."""

    between: Pair
    slot: Id
    table: Id | None
    facilitator: Id | None
    # By the formula it may be beyond the largest number that an event file may give.
    score: Annotated[int, Field(ge=0)]

    @property
    def pair(self) -> frozenset[str]:
        return frozenset(self.between)


class Tier(Value):
    """One aim: its value, and a proven limit on it while the aims before it keep theirs (``None``: none known).

    ``proof`` says why the limit holds; a file may do without.
    """

    name: TierName
    value: int
    bound: int | None
    proof: Proof | None = None

    @property
    def proven(self) -> bool:
        return self.bound == self.value

    @model_serializer(mode="wrap")
    def _without_empty_proof(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields: dict[str, Any] = written(self)
        if self.proof is None:
            fields.pop("proof", None)
        return fields


class Change(Value):
    """How the agenda of one participant differs from the announced one."""

    participant: Id
    cancelled: ListOf[Meeting] = ()
    added: ListOf[Meeting] = ()
    moved: ListOf[Meeting] = ()
    retabled: ListOf[Meeting] = ()


class Schedule(Value):
    """A timetable with what it is worth and how much of that is proven. Built by ``solve`` or ``parse_schedule``."""

    format: Literal["passerelle-schedule/1"] = "passerelle-schedule/1"
    status: Literal["optimal", "feasible"]
    meetings: ListOf[Meeting]
    tiers: ListOf[Tier]
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    changes: ListOf[Change] | None = None

    def tier(self, name: str) -> Tier:
        """Return the tier of that name; raises ``KeyError``."""
        for tier in self.tiers:
            if tier.name == name:
                return tier
        raise KeyError(name)


def parse_schedule(data: bytes | str | Mapping[str, Any]) -> Schedule:
    """Return the schedule in ``data``: the bytes or text of a schedule file, or its JSON object.

    Raises ``InvalidSchedule`` with every fault of shape. Whether it fits an event is for ``scheduler.check.schedule``.
    """
    try:
        raw = read_object(data)
        return Schedule.model_validate(raw)
    except Unreadable as unreadable:
        raise InvalidSchedule([unreadable.fault]) from None
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise InvalidSchedule([fault_of({**detail, "loc": _place(raw, detail["loc"])}) for detail in details]) from None


def checked_schedule(raw: Mapping[str, Any]) -> Schedule:
    """Return the schedule in the JSON object ``raw``, which was written from one that ``parse_schedule`` gave.

    Only its shape is looked at: a quarter of the cost. Raises ``pydantic.ValidationError`` for a shape that this
    release does not write.
    """
    return Schedule.model_validate(raw)


def _place(raw: Any, location: Sequence[int | str]) -> tuple[int | str, ...]:
    """Return ``location`` without the names of kinds of proofs and rows, which are steps of the reader, not the file.

    The last step stays in any case: it may name a field that is missing.
    """
    place: list[int | str] = []
    for step in location[:-1]:
        inside = step in raw if isinstance(raw, Mapping) else isinstance(step, int) and isinstance(raw, list | tuple)
        if inside:
            raw = raw[step]
            place.append(step)
    last = location[-1]
    kind = isinstance(last, str) and not isinstance(raw, Mapping)
    return (*place, *(() if kind else (last,)))


def schedule_json(schedule: Schedule) -> str:
    """Return the schedule file of ``schedule``: one meeting a line, so that two files can be compared by eye."""
    head = schedule.model_dump(mode="json", exclude={"meetings", "changes"})
    lines = ",\n  ".join(meeting.model_dump_json() for meeting in schedule.meetings)
    tiers = ",\n  ".join(tier.model_dump_json() for tier in schedule.tiers)
    parts = [
        f'"format": "{head["format"]}"',
        f'"status": "{head["status"]}"',
        f'"meetings": [\n  {lines}\n ]' if lines else '"meetings": []',
        f'"tiers": [\n  {tiers}\n ]',
        f'"seconds": {head["seconds"]}',
    ]
    if schedule.changes is not None:
        changes = ",\n  ".join(change.model_dump_json() for change in schedule.changes)
        parts.append(f'"changes": [\n  {changes}\n ]' if changes else '"changes": []')
    return "{\n " + ",\n ".join(parts) + "\n}\n"


def schedule_json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the schedule file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Schedule.model_json_schema()}
