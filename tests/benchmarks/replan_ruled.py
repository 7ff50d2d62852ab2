"""What can happen to an announced event whatever its rules: only to those who are in no required meeting.

(Who must be somewhere and is not makes an event that cannot be held, which is another question.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

Raw = dict[str, Any]
Disturbance = tuple[str, Raw, Raw, tuple[str, ...]]


def ruled_disturbances(event: Raw, schedule: Raw) -> Iterator[Disturbance]:
    """Yield what happens, the event as it then is, the announced schedule, and the flags of ``replan``."""
    slots = [slot["id"] for slot in event["slots"]]
    quarter, middle, late = (slots[len(slots) * k // 4] for k in (1, 2, 3))
    needed = {id for rule in event["meetings"] if rule["status"] == "required" for id in rule["between"]}
    held = [meeting for meeting in schedule["meetings"] if needed.isdisjoint(meeting["between"])]
    busiest = [id for id, _ in Counter(id for meeting in held for id in meeting["between"]).most_common()]
    if len(busiest) < 3:
        return
    somebody, other, third = busiest[:3]
    yield "absent", event, schedule, ("--absent", somebody, "--from-slot", quarter)
    yield "late", event, schedule, ("--late", f"{other}={middle}")
    away = slots[slots.index(late) :]
    yield "early leaver", _changed(event, third, "unavailable", away), schedule, ()
    yield "walk-in", with_guest(event, event["participants"][0]["id"]), schedule, ("--from-slot", quarter)
    later = [meeting for meeting in held if slots.index(meeting["slot"]) >= slots.index(quarter)]
    if later:
        one, refused = later[0]["between"]
        yield "veto", _changed(event, one, "vetoes", [refused]), schedule, ("--from-slot", quarter)
    fewer = _with_a_table_less(event)
    if fewer is not None:
        yield "table lost", fewer, schedule, ("--from-slot", quarter)


def with_guest(event: Raw, like: str) -> Raw:
    """Return the event with one more participant, who is worth to everybody what ``like`` is."""
    guest = next(p for p in event["participants"] if p["id"] == like)
    people = [*event["participants"], {**guest, "id": "walk-in", "unavailable": []}]
    if event.get("affinities") is None:
        return {**event, "participants": people}
    known = [
        {**affinity, "between": ["walk-in" if id == like else id for id in affinity["between"]]}
        for affinity in event["affinities"]
        if like in affinity["between"]
    ]
    return {**event, "participants": people, "affinities": [*event["affinities"], *known]}


def _changed(event: Raw, id: str, name: str, more: list[str]) -> Raw:
    people = [
        {**person, name: list(dict.fromkeys([*person[name], *more]))} if person["id"] == id else person
        for person in event["participants"]
    ]
    return {**event, "participants": people}


def _with_a_table_less(event: Raw) -> Raw | None:
    """Return the event without a table that nobody calls home and that has nothing special, if it can do without."""
    homes = {person["home_table"] for person in event["participants"]}
    plain = [table for table in event["tables"] if not table["features"] and table["id"] not in homes]
    seated = event["rules"].get("seated") or ()
    staying = sum(person["kind"] in seated and not person["remote"] for person in event["participants"])
    if not plain or len(event["tables"]) <= max(staying, 1):
        return None
    return {**event, "tables": [table for table in event["tables"] if table is not plain[-1]]}
