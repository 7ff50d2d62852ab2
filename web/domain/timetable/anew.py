"""What computing everything anew would disturb, beside what a repair does: counted on a timetable really computed.

It takes seconds, so no proposal waits for it: it is asked for by the page that shows one, and kept with it.
"""

from dataclasses import asdict, dataclass
from threading import Lock

from sqlalchemy.orm import Session

from scheduler.format.errors import PasserelleError
from scheduler.format.event import Event as EventValue
from scheduler.format.schedule import Schedule
from web.db import retried, write
from web.domain.locking import lock_version
from web.domain.timetable.difference import agenda_changes, difference
from web.domain.timetable.repair import Proposal, proposal_of
from web.domain.timetable.solving import solved_within
from web.models import ScheduleVersion

# As long as it may take while somebody waits; longer ones rarely change fewer agendas.
SECONDS = 3.0
# One at a time: each takes a processor.
_turn = Lock()


@dataclass(frozen=True)
class Disturbance:
    """How a timetable differs from the announced one: so many agendas, so many of its meetings held at their time."""

    agendas: int
    stay: int
    value: int


@dataclass(frozen=True)
class Beside:
    """A repair, of an event with `people` and `announced` meetings, and beside it everything computed anew.

    `anew` is ``None`` where it is not known (yet): `tried` says whether time was too short for any timetable.
    """

    people: int
    announced: int
    repair: Disturbance
    anew: Disturbance | None = None
    tried: bool = False


class Busy(Exception):
    """Another one is being computed: ask again in a moment."""


def beside(found: Proposal) -> Beside:
    """What is known. Cost: the meetings of both."""
    kept = (found.version.repair or {}).get("anew")
    return Beside(
        people=len(found.event.participants),
        announced=len(found.announced[1].meetings),
        repair=_disturbance(found, found.event, found.schedule),
        anew=Disturbance(**kept) if kept else None,
        tried=kept is not None,
    )


def compute_anew(session: Session, version: ScheduleVersion) -> None:
    """Compute the event of the proposal anew and keep what that would disturb; nothing where it is kept already.

    Raises `Busy`. Cost: `SECONDS`, and a little more for large events.
    """
    found = proposal_of(session, version)
    if found is None or "anew" in (version.repair or {}) or found.said.from_slot is not None:
        return
    if not _turn.acquire(blocking=False):
        raise Busy
    try:
        # No read transaction stays open while the solver works.
        session.rollback()
        schedule = solved_within(found.event, SECONDS)
    except PasserelleError:
        schedule = None
    finally:
        _turn.release()
    _keep(session, version, {} if schedule is None else asdict(_disturbance(found, found.event, schedule)))


@retried
def _keep(session: Session, version: ScheduleVersion, counted: dict[str, int]) -> None:
    with write(session):
        lock_version(session, version)
        version.repair = {**(version.repair or {}), "anew": counted}


def _disturbance(found: Proposal, event: EventValue, schedule: Schedule) -> Disturbance:
    return Disturbance(
        agendas=len(agenda_changes(*found.announced, event, schedule)),
        stay=difference(*found.announced, event, schedule).same,
        value=schedule.tier("value").value,
    )
