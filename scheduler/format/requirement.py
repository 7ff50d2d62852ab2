"""One thing asked of the timetable of an event, as a value that an error can carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing asked of the timetable.

    ``subject`` is a position in the event's meetings (``meeting``, ``after``) or participants (``maximum``, ``away``,
    ``veto``, ``seat``, ``facilitator``) or groups (``same_person``); ``pair`` is whom the order or the veto is about.
    """

    kind: Literal[
        "meeting",
        "after",
        "maximum",
        "break_difference",
        "away",
        "veto",
        "seat",
        "facilitator",
        "tables",
        "same_person",
        "seated",
        "max_in_a_row",
    ]
    subject: int = 0
    pair: tuple[str, str] | None = None
