"""The sample event as it is on the morning of the day: somebody cancelled, somebody came too, a table is missing."""

from __future__ import annotations

import json
from typing import Any

from scheduler.format.event import Event, event_json, parse_event
from scheduler.samples.sample import sample_event

Raw = dict[str, Any]
# Wherever an event file names participants: in themselves, in pairs, in lists of their ids.
_LISTS = ("wishes", "vetoes")


def without(event: Event, id: str) -> Event:
    """Return ``event`` without the participant ``id`` and all that speaks of it. Raises ``KeyError`` where unknown."""
    event.participant(id)
    raw: Raw = json.loads(event_json(event))
    raw["participants"] = [
        {**person, **{name: [other for other in person[name] if other != id] for name in _LISTS}}
        for person in raw["participants"]
        if person["id"] != id
    ]
    raw["meetings"] = [
        {**meeting, "after": [pair for pair in meeting["after"] if id not in pair]}
        for meeting in raw["meetings"]
        if id not in meeting["between"]
    ]
    if raw.get("affinities") is not None:
        raw["affinities"] = [affinity for affinity in raw["affinities"] if id not in affinity["between"]]
    if raw.get("same_person"):
        left = [[other for other in group if other != id] for group in raw["same_person"]]
        raw["same_person"] = [group for group in left if len(group) > 1]
    return parse_event(raw)


def with_one_more(event: Event, like: str) -> Event:
    """Return ``event`` with one more participant, who needs, offers and wishes what ``like`` does."""
    raw: Raw = json.loads(event_json(event))
    guest = dict(next(person for person in raw["participants"] if person["id"] == like))
    guest.update(id="guest", name="Invitée de la dernière heure", vetoes=[], home_table=None)
    raw["participants"].append(guest)
    return parse_event(raw)


def without_last_table(event: Event) -> Event:
    """Return ``event`` with one table less, the last, which nobody calls home."""
    raw: Raw = json.loads(event_json(event))
    raw["tables"].pop()
    return parse_event(raw)


def changed_sample(change: str, seed: int = 1) -> Event:
    """Return the sample of that seed after ``change``: "none", "guest", "table" or the id of who cancelled."""
    event = sample_event(seed=seed)
    if change == "none":
        return event
    if change == "guest":
        return with_one_more(event, event.participants[0].id)
    return without_last_table(event) if change == "table" else without(event, change)
