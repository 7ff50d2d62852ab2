"""What is over on the day itself: it was held, and no timetable made since says otherwise."""

from collections.abc import Collection
from datetime import datetime

from scheduler.format.event import Event as EventValue
from scheduler.format.schedule import Meeting, Schedule
from web.domain.event.programme import local_now
from web.domain.event.slots import NIGHT
from web.models import Event

Held = tuple[frozenset[str], str, str | None]


def over(event: Event, value: EventValue, now: datetime | None = None) -> frozenset[str]:
    """The slots of `value` that have begun by `now` (aware; default: this moment).

    None of them once the night after the last has come: who tries things with an event of last year harms nobody.
    """
    moment = local_now(event, now)
    if not value.slots or moment >= value.slots[-1].end.replace(tzinfo=None) + NIGHT:
        return frozenset()
    return frozenset(slot.id for slot in value.slots if slot.start.replace(tzinfo=None) <= moment)


def held_in(schedule: Schedule, slots: Collection[str]) -> set[Held]:
    """What was held in those `slots`: who met whom, when, at which table."""
    return {(one.pair, one.slot, one.table) for one in schedule.meetings if one.slot in slots}


def touches(slots: Collection[str], *meetings: Meeting) -> bool:
    """Whether any of these `meetings` is in one of those `slots`."""
    return any(one.slot in slots for one in meetings)
