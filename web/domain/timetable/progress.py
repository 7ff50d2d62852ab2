"""How far an event is on the way from its first round to an announced timetable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from web.domain.timetable.drift import Drift
from web.domain.timetable.versions import is_proposal
from web.models import Event, EventStatus, RegistrationStatus, ScheduleVersion


class Stage(IntEnum):
    """The five steps, in order."""

    PREPARE, OPEN, ACCEPT, COMPUTE, PUBLISH = range(5)


@dataclass(frozen=True)
class Progress:
    """Which steps are done, and which is to be done now: the first that is not, ``None`` where all are.

    `unticked`: what is not told as done though it is: nothing is ticked beside what must be mended, and publishing not
    beside what is left as it is.
    """

    done: frozenset[Stage]
    unticked: frozenset[Stage]

    @property
    def now(self) -> Stage | None:
        return next((stage for stage in Stage if stage not in self.done), None)

    def state(self, stage: Stage) -> str:
        """``now``, ``done`` or ``later``, as the page tells it."""
        if stage == self.now:
            return "now"
        return "done" if stage in self.done - self.unticked else "later"


def progress(event: Event, counts: Mapping[str, int], versions: Sequence[ScheduleVersion], drift: Drift) -> Progress:
    """How far `event` is, from its registrations by status and its versions, the latest first.

    `drift`: of the published version, or of the latest where none is.
    """
    published = event.published_schedule_id is not None
    # What was proposed as a repair and not applied waits for nobody.
    ready = [one for one in versions if not is_proposal(one)]
    accepted, pending = counts.get(RegistrationStatus.ACCEPTED, 0), counts.get(RegistrationStatus.PENDING, 0)
    found = {
        Stage.PREPARE: bool(event.slots),
        Stage.OPEN: event.status != EventStatus.DRAFT or any(counts.values()),
        Stage.ACCEPT: accepted >= 2 and not pending,
        Stage.COMPUTE: bool(versions) and (published or not drift.untrue),
        Stage.PUBLISH: published and bool(ready) and ready[0].id == event.published_schedule_id and not drift,
    }
    unticked = Stage if published and drift else [Stage.PUBLISH] if drift.seen else []
    return Progress(frozenset(stage for stage, is_done in found.items() if is_done), frozenset(unticked))
