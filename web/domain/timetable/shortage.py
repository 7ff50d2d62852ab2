"""Who gets nothing, or less than promised, and what of the event alone explains it."""

from dataclasses import dataclass
from typing import Literal

from scheduler.format.event import Event, Participant
from web.domain.timetable.quality import Quality, Served

# Each is something that an organiser can change; `rivals`: nothing of the kind, others were worth more.
Cause = Literal["facilitator", "absent", "rivals"]


@dataclass(frozen=True)
class Shortage:
    """One participant without any meeting, or with fewer than promised, and why."""

    served: Served
    cause: Cause


def shortages(event: Event, found: Quality) -> list[Shortage]:
    """Those served worst first: without any meeting, then below their minimum. Cost: the participants."""
    short = [one for one in found.everybody if one.missing or not one.meetings]
    short.sort(key=lambda one: (one.meetings > 0, -one.missing, one.participant.label))
    return [Shortage(one, _cause(event, one.participant)) for one in short]


def waiting(found: Quality) -> int:
    """How many wait between two meetings of a day."""
    return sum(one.breaks > 0 for one in found.everybody)


def _cause(event: Event, one: Participant) -> Cause:
    if one.needs_facilitator and not event.facilitators:
        return "facilitator"
    present = len(event.slots) - len(set(one.unavailable) & event.slot_index.keys())
    return "absent" if present * one.delegates < max(1, one.min_meetings) else "rivals"
