"""A conflict as messages: a code, and the names and numbers that it is told with, so that nobody needs the event.

``scheduler.wording.requirements`` has the sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from scheduler.format.event import Event
from scheduler.format.requirement import Requirement

Count = Literal["circle", "too_many", "too_few_slots", "too_few_tables", "too_few_facilitators"]
# What says a conflict in short; all other codes are kinds of requirements.
COUNTS: frozenset[str] = frozenset(get_args(Count))


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that cannot hold together with others, or what they come down to; ``values`` can be written as JSON."""

    code: str
    values: Mapping[str, Any]


def reason_of(requirement: Requirement, event: Event) -> Reason:
    """Return ``requirement`` of ``event`` as a message: its kind is the code."""
    return Reason(requirement.kind, _VALUES[requirement.kind](event, requirement))


def _meeting(event: Event, one: Requirement) -> dict[str, Any]:
    rule = event.meetings[one.subject]
    slot = None if rule.slot is None else _slot(event, rule.slot)
    return {"pair": _names(event, rule.between), "slot": slot, "session": rule.session}


def _after(event: Event, one: Requirement) -> dict[str, Any]:
    return {"pair": _names(event, event.meetings[one.subject].between), "sooner": _names(event, one.pair or ())}


def _away(event: Event, one: Requirement) -> dict[str, Any]:
    there = len(event.slots) - len(set(event.participants[one.subject].unavailable))
    return {**_who(event, one), "there": there, "slots": len(event.slots)}


def _seat(event: Event, one: Requirement) -> dict[str, Any]:
    seated = event.participants[one.subject]
    table = None if seated.home_table is None else event.tables[event.table_index[seated.home_table]].label
    return {"who": seated.label, "table": table, "features": list(seated.requires)}


def _who(event: Event, one: Requirement) -> dict[str, Any]:
    return {"who": event.participants[one.subject].label}


def _names(event: Event, ids: Iterable[str]) -> list[str]:
    return [event.participant(id).label for id in ids]


def _slot(event: Event, id: str) -> str:
    """Return the id of a slot with its time, and its day where there are several: the same in every language."""
    start = event.slots[event.slot_index[id]].start
    days = {slot.start.date() for slot in event.slots}
    return f"{id} ({start:%d/%m %H:%M})" if len(days) > 1 else f"{id} ({start:%H:%M})"


_VALUES: Mapping[str, Callable[[Event, Requirement], dict[str, Any]]] = {
    "meeting": _meeting,
    "after": _after,
    "maximum": lambda event, one: {**_who(event, one), "most": event.participants[one.subject].max_meetings or 0},
    "break_difference": lambda event, one: {"most": event.rules.max_break_difference},
    "away": _away,
    "veto": lambda event, one: {**_who(event, one), "partner": _names(event, (one.pair or ())[1:])[0]},
    "seat": _seat,
    "facilitator": _who,
    "tables": lambda event, one: {"tables": len(event.tables)},
    "same_person": lambda event, one: {"group": _names(event, event.same_person[one.subject])},
    "seated": lambda event, one: {"kinds": list(event.rules.seated)},
    "max_in_a_row": lambda event, one: {"most": event.rules.max_in_a_row or 1},
}
