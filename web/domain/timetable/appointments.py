"""Meetings under a name that lasts: what calendars keep an entry by, through all the timetables that are announced.

A meeting is called by its two participants and by which of their meetings it is, so it keeps its entry when it moves.
One that was announced and is not held any more is told by the event in which it was announced: today's may know
neither its round nor its participants.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter

# Two ids in order, and which of their meetings it is (0 for the first).
Key = tuple[str, str, int]
Document = Mapping[str, Any]
Announced = tuple[Document, Document]

Meeting = TypeVar("Meeting")


@dataclass(frozen=True)
class Cancelled:
    """A meeting that was announced and is not held; `start` and `end` are wall-clock times of `zone`."""

    key: Key
    partner: str
    title: str
    start: datetime
    end: datetime
    zone: str


CANCELLED = TypeAdapter(tuple[Cancelled, ...])


def named(meetings: Iterable[tuple[Sequence[str], Meeting]]) -> Iterator[tuple[Key, Meeting]]:
    """Each meeting, given with its two participants in order of time, under its lasting name."""
    seen: dict[tuple[str, str], int] = {}
    for between, meeting in meetings:
        a, b = sorted(between)
        number = seen.get((a, b), 0)
        seen[a, b] = number + 1
        yield (a, b, number), meeting


def cancelled_meetings(schedule: Document, event: Document, earlier: Sequence[Announced]) -> dict[str, list[Document]]:
    """What `earlier` (event and schedule files as announced, the latest first) held and `schedule` does not.

    By participant, in order of time, each as the latest of them had it, in the form that `CANCELLED` reads. Cost: the
    meetings of all these files.
    """
    known = {key for key, _meeting in _in_time(event, schedule)}
    found: dict[str, list[Document]] = {}
    for former_event, former in earlier:
        slots = {slot["id"]: slot for slot in former_event["slots"]}
        names = {one["id"]: one.get("name") or one["id"] for one in former_event["participants"]}
        for key, meeting in _in_time(former_event, former):
            if key in known:
                continue
            known.add(key)
            slot = slots[meeting["slot"]]
            told = {
                "key": list(key),
                "title": former_event.get("title", ""),
                "start": slot["start"],
                "end": slot["end"],
                "zone": former_event.get("timezone", "Europe/Paris"),
            }
            a, b = meeting["between"]
            for me, partner in ((a, b), (b, a)):
                found.setdefault(me, []).append(told | {"partner": names.get(partner, partner)})
    for one in found.values():
        one.sort(key=lambda told: (told["start"], told["key"]))
    return found


def cancelled_of(
    participant: str, schedule: Document, event: Document, earlier: Sequence[Announced]
) -> tuple[Cancelled, ...]:
    """The same for one participant, as values."""
    return CANCELLED.validate_python(cancelled_meetings(schedule, event, earlier).get(participant, []))


def _in_time(event: Document, schedule: Document) -> Iterator[tuple[Key, Document]]:
    order = {slot["id"]: slot["start"] for slot in event["slots"]}
    meetings = sorted(schedule["meetings"], key=lambda meeting: order[meeting["slot"]])
    return named((meeting["between"], meeting) for meeting in meetings)
