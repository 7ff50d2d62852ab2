"""A computed event of modest size, and a change by hand that may be done to it."""

from functools import cache

from sqlalchemy.orm import Session

from scheduler.edit import Change
from scheduler.format.event import Event as EventValue
from scheduler.format.event import event_json, parse_event
from scheduler.format.schedule import Schedule
from scheduler.problem.watch import SolveOptions
from scheduler.samples.sample import sample_event
from scheduler.solve import solve
from web.domain.timetable import edits
from web.domain.timetable.edits import Step
from web.models import ScheduleVersion


@cache
def solved() -> tuple[EventValue, Schedule]:
    value = parse_event(event_json(sample_event(8, 6, 8, 6)))
    return value, solve(value, SolveOptions(time_limit=20, seed=1))


def movable(session: Session, version: ScheduleVersion) -> tuple[Step, Change]:
    """A move that may be, of a meeting that no rule speaks of."""
    draft = edits.draft_of(session, version)
    ruled = {frozenset(rule.between) for rule in draft.event.meetings}
    editor = draft.editor()
    for meeting in draft.schedule.meetings:
        change = editor.moves(meeting)[0]
        if meeting.pair not in ruled and change.why is None:
            return Step("move", *meeting.between, meeting.slot, change.added[0].slot), change
    raise AssertionError("no meeting can be moved")
