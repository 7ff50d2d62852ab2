"""From bytes to validated values, with every fault of a file told at once."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, Strict, WithJsonSchema
from pydantic_core import ErrorDetails, PydanticCustomError

from scheduler.format.errors import EventFault
from scheduler.format.sentence import expected
from scheduler.format.text import cleaned, needs_cleaning

T = TypeVar("T")

# Sums of a thousand million per pair over a hundred thousand pairs still fit 64-bit integers with room for weights.
LARGEST = 10**9
# No object of the formats has a tenth of it; each field too many is a fault that somebody would have to read.
_MOST_FIELDS = 1_000
# Ids have 200 characters at most, the names of fields a tenth of that.
_LONGEST_STEP = 200

Id = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=10_000)]
Count = Annotated[int, Field(ge=0, le=LARGEST)]
# Strictness forbids a list where a tuple is declared; JSON knows only lists, so the container alone is lenient.
ListOf = Annotated[tuple[T, ...], Strict(False)]
Pair = Annotated[tuple[Id, Id], Strict(False)]

# What a pattern can say of the calendar; that February has no 30th is found by reading.
_LOCAL_TIME_SCHEMA = (
    "^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    "T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?([+-][01][0-9]:[0-5][0-9])?$"
)
_LOCAL_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?([+-]\d{2}:\d{2})?", re.ASCII)


def _read_local_time(value: object) -> datetime:
    # An offset is kept until the time zone is known: scheduler.format.clock.
    if isinstance(value, datetime) and value.tzinfo is None:
        return value
    if isinstance(value, str) and _LOCAL_TIME.fullmatch(value):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError("local_time", "a local time such as 2027-03-18T14:00")


def _write_local_time(value: datetime) -> str:
    return value.isoformat(timespec="seconds" if value.second else "minutes")


LocalTime = Annotated[
    datetime,
    PlainValidator(_read_local_time),
    PlainSerializer(_write_local_time, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _LOCAL_TIME_SCHEMA}),
]


class Value(BaseModel):
    """An immutable, strictly typed value that refuses fields it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class TooManyFaults(Exception):
    """So many faults that looking for more says nothing to anybody."""


class Tally:
    """The faults of a file while it is read: the first are kept, the others counted, though not without end."""

    MOST_KEPT = 1_000
    MOST_COUNTED = 10_000

    def __init__(self) -> None:
        self.kept: list[EventFault] = []
        self.hidden = 0

    def __bool__(self) -> bool:
        return bool(self.kept)

    def add(self, fault: EventFault) -> None:
        """Keep or count ``fault``; raises ``TooManyFaults``."""
        if len(self.kept) < self.MOST_KEPT:
            self.kept.append(fault)
            return
        self.hidden += 1
        if self.hidden >= self.MOST_COUNTED:
            raise TooManyFaults

    def extend(self, faults: Iterable[EventFault]) -> None:
        """Keep or count each of ``faults``; raises ``TooManyFaults``."""
        for fault in faults:
            self.add(fault)

    def told(self, whole: str) -> list[EventFault]:
        """Return the faults kept, and behind them at ``whole``, where there are more, how many."""
        if not self.hidden:
            return self.kept
        found = "more_faults" if self.hidden < self.MOST_COUNTED else "more_faults_at_least"
        return [*self.kept, EventFault(whole, expected("none_of_the_above", found, hidden=self.hidden))]


class Unreadable(Exception):
    """The bytes are not one JSON object; ``fault`` says where and why."""

    def __init__(self, what: str, found: str, /, **values: object) -> None:
        self.fault = EventFault("file", expected(what, found, **values))
        super().__init__(self.fault.message)


def read_object(data: bytes | str | Mapping[str, Any], most_fields: int = _MOST_FIELDS) -> dict[str, Any]:
    """Return the JSON object in ``data`` (bytes are UTF-8), its texts clean as ``scheduler.format.text`` says.

    Raises ``Unreadable`` for another encoding, broken JSON, NaN, a repeated key, absurd nesting, an object of more than
    ``most_fields``, or no object. Cost: linear.
    """
    if isinstance(data, Mapping):
        return {**cleaned(dict(data))}
    if isinstance(data, bytes):
        try:
            data = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            byte = f"0x{data[error.start]:02x}"
            raise Unreadable("utf8_text", "byte_at", byte=byte, place=error.start) from None
    try:
        value = json.loads(data, parse_constant=_refuse_constant, object_pairs_hook=partial(_object, most_fields))
        if not isinstance(value, dict):
            raise Unreadable("json_object", "found", found=show(value))
        return cleaned(value) if needs_cleaning(data) else value
    except json.JSONDecodeError as error:
        raise Unreadable("json", "json_fault", line=error.lineno, column=error.colno, fault=error.msg) from None
    except RecursionError:
        raise Unreadable("object_few_levels_deep", "nesting_without_end") from None
    except ValueError as error:
        raise Unreadable("json", "found", found=error) from None


def _refuse_constant(name: str) -> NoReturn:
    raise Unreadable("numbers", "found", found=name)


def _object(most_fields: int, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        times = Counter(name for name, _ in pairs)
        twice = next(name for name, count in times.items() if count > 1)
        raise Unreadable("key_once", "found_twice", found=show(twice))
    if len(found) > most_fields:
        raise Unreadable("object_few_fields", "object_of_fields", most=most_fields, count=len(found))
    return found


def show(value: object) -> str:
    """Return ``value`` as it stands in a file, shortened so that a fault stays one readable line."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (RecursionError, ValueError):
        text = type(value).__name__
    return _told(text, 60)


def _told(text: str, most: int) -> str:
    """Return ``text`` cut to ``most`` characters, half of a character as an escape: alone it cannot be written."""
    text = text if len(text) <= most else text[: most - 3] + "..."
    return text.encode("utf-8", "backslashreplace").decode()


def path_of(location: Sequence[int | str]) -> str:
    """Return a location such as ``("participants", 3, "needs", 0)`` as ``participants[3].needs[0]``."""
    path = ""
    for step in location:
        name = step if isinstance(step, int) else _told(step, _LONGEST_STEP)
        path += f"[{name}]" if isinstance(step, int) else f".{name}" if path else str(name)
    return path or "file"


def fault_of(error: ErrorDetails) -> EventFault:
    """Return Pydantic's ``error`` as a fault in the words of the format."""
    kind, context = error["type"], error.get("ctx", {})
    path = path_of(error["loc"])
    if kind == "missing":
        return EventFault(path, expected("value", "nothing"))
    if kind == "extra_forbidden":
        return EventFault(path, expected("no_such_field", "that_field"))
    if kind == "literal_error":
        *most, last = context["expected"].replace("'", '"').rpartition(" or ")
        what = "one_of_choices" if most[0] else "exactly"
        return EventFault(path, expected(what, "found", choices=most[0], last=last, found=show(error["input"])))
    what = _EXPECTATIONS.get(kind, "as_read")
    context = {name: value.replace("'", '"') if isinstance(value, str) else value for name, value in context.items()}
    values = {**context, "message": error["msg"], "largest": LARGEST, "found": show(error["input"])}
    return EventFault(path, expected(what, "found", **values))


_EXPECTATIONS: dict[str, str] = {
    "string_type": "text",
    "string_too_short": "text_not_empty",
    "string_too_long": "text_at_most",
    "string_unicode": "unicode_text",
    "int_type": "integer",
    "int_from_float": "integer",
    "int_parsing_size": "integer_at_most",
    "float_type": "number",
    "finite_number": "number",
    "bool_type": "true_or_false",
    "tuple_type": "list",
    "list_type": "list",
    "model_type": "object",
    "model_attributes_type": "object",
    "dict_type": "object",
    "invalid_key": "unicode_text",
    "too_short": "list_at_least",
    "too_long": "list_at_most",
    "greater_than_equal": "number_at_least",
    "less_than_equal": "number_at_most",
    "union_tag_invalid": "tag_one_of",
    "union_tag_not_found": "tag_given",
    "local_time": "local_time",
}
