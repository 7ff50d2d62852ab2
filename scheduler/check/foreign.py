"""A timetable made elsewhere as a schedule: what can be derived from its meetings may be missing in the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scheduler.check.schedule import Timetable
from scheduler.check.tiers import TIERS, is_optimal
from scheduler.format.errors import InvalidSchedule
from scheduler.format.event import Event
from scheduler.format.faults import Unreadable, read_object
from scheduler.format.schedule import Schedule, Tier, parse_schedule


def parse_timetable(data: bytes | str | Mapping[str, Any], event: Event) -> Schedule:
    """Return the schedule in ``data``, with what it does not say derived for ``event``.

    Scores of meetings, ``tiers`` (without bounds), ``status`` and ``seconds`` (0) may be missing, and ``table`` and
    ``facilitator`` where there is none. What the file does say is kept, right or wrong: to judge it is for ``verify``.
    Raises ``InvalidSchedule`` as ``parse_schedule``. Cost: linear in the files.
    """
    try:
        raw = read_object(data)
    except Unreadable as unreadable:
        raise InvalidSchedule([unreadable.fault]) from None
    listed = raw.get("meetings")
    if not isinstance(listed, list | tuple):
        return parse_schedule(raw)
    unscored = {i for i, meeting in enumerate(listed) if isinstance(meeting, dict) and "score" not in meeting}
    blank = {"table": None, "facilitator": None, "score": 0}
    filled = [{**blank, **meeting} if isinstance(meeting, dict) else meeting for meeting in listed]
    schedule = parse_schedule({"status": "feasible", "tiers": [], "seconds": 0.0, **raw, "meetings": filled})
    if unscored:
        schedule = schedule.model_copy(update={"meetings": _scored(event, schedule, unscored)})
    if "tiers" not in raw:
        schedule = schedule.model_copy(update={"tiers": _tiers(event, schedule)})
    if "status" not in raw:
        status = "optimal" if is_optimal(schedule) else "feasible"
        schedule = schedule.model_copy(update={"status": status})
    return schedule


def _scored(event: Event, schedule: Schedule, unscored: set[int]) -> tuple[Any, ...]:
    timetable = Timetable(event, schedule.meetings)
    # Those of unknown participants or slots are worth nothing; the check tells them.
    scores = {id(held.meeting): timetable.score(held) for held in timetable.held}
    return tuple(
        meeting.model_copy(update={"score": scores.get(id(meeting), 0)}) if i in unscored else meeting
        for i, meeting in enumerate(schedule.meetings)
    )


def _tiers(event: Event, schedule: Schedule) -> tuple[Tier, ...]:
    values = Timetable(event, schedule.meetings).tiers()
    return tuple(Tier.model_validate({"name": name, "value": values[name], "bound": None}) for name in TIERS)
