"""The one door between the web and the solver: an event's tables go in, stored schedules come out.

Nothing else in ``web`` calls ``solve``, ``replan``, ``explain`` or ``whatif``. What belongs to this door but needs no
solver stands beside it and is offered here by name: jobs in `jobs`, versions in `versions`.
"""

import json
import logging
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from scheduler.format.errors import Infeasible, InvalidInput, NoScheduleFound, PasserelleError
from scheduler.format.event import Event as EventValue
from scheduler.format.event import event_json
from scheduler.format.schedule import Meeting, Schedule, Tier
from scheduler.problem.watch import SolveOptions
from web.db import database, is_away, retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Fault, Faults, Missing, Refused
from web.domain.event.files import event_value
from web.domain.locking import lock_event
from web.domain.memory import Memory
from web.domain.people.redaction import without_erased
from web.domain.timetable.failures import note_failure
from web.domain.timetable.jobs import (
    Pulse,
    active_job,
    claim,
    job_state,
    latest_job,
    next_job,
    progress_row,
    release,
    start_job,
    stop_job,
    sweep,
    thinned,
    value_to_compute,
)
from web.domain.timetable.publishing import publish
from web.domain.timetable.versions import event_of, schedule_of, store_version
from web.models import Event, Job, JobState, ScheduleVersion, utcnow

if TYPE_CHECKING:
    from scheduler.edit import Editor
    from scheduler.explain import NotMet
    from scheduler.whatif import Grid

__all__ = [
    "Answers",
    "Unmet",
    "active_job",
    "compute_now",
    "editor_of",
    "event_of",
    "job_state",
    "latest_job",
    "most_wanted",
    "next_job",
    "one_more",
    "propose",
    "propose_replan",
    "publish",
    "release",
    "replayed",
    "run_job",
    "schedule_of",
    "solved_within",
    "start_job",
    "stop_job",
    "sweep",
    "unproven",
    "valid",
    "what_if",
    "why_not",
    "why_not_with",
    "without_meetings",
]

log = logging.getLogger(__name__)

SEED = 1
REPLAN_SECONDS = 8.0
# Seconds between tries to store what was computed: all of them together less than a job may be silent.
STORED_AGAIN_AFTER = (0.5, 1.0, 2.0, 4.0, 6.0)
# How long the waits of other numbers of tables and rounds are looked for while somebody looks at the page.
WAITS_SECONDS = 2.0


def run_job(session: Session, job_id: int, worker: str) -> None:
    """Compute the job if it still waits, and store what comes out; safe to call twice and from several workers.

    The result is stored in the transaction that ends the job, and only while this attempt still owns it.
    """
    attempt = claim(session, job_id, worker)
    if attempt is None:
        return
    job = session.get_one(Job, job_id)
    event_id, time_limit = job.event_id, float(job.parameters.get("time_limit", 20.0))
    outcome: Schedule | None = None
    failure: Exception | None = None
    event: EventValue | None = None
    with Pulse(database().sessionmaker, job_id, worker, attempt) as pulse:
        try:
            event = event_value(session, session.get_one(Event, event_id))
            # No read transaction stays open while the solver works.
            session.rollback()
            outcome = _solve(event, time_limit, pulse)
        except (PasserelleError, Faults) as error:
            failure = error
        except Exception as error:
            if is_away(error):
                # No fault of the job, which is taken up again once it has been silent for a while.
                raise
            # Whatever the program did wrong, the job must not stay "running".
            log.exception("Job %s failed", job_id)
            failure = error
    ended = Ended(event_id, event, outcome, failure, pulse.rows())
    _patiently(session, lambda: store(session, (job_id, worker, attempt), ended))


@dataclass(frozen=True)
class Ended:
    """A computation that is over: of what, and what came of it; `rows` is its progress."""

    event_id: int
    event: EventValue | None
    outcome: Schedule | None
    failure: Exception | None
    rows: list[dict[str, Any]]


def _patiently(session: Session, store: Callable[[], None]) -> None:
    """Store what took so long to compute, also where the database is away, or its disk full, at that moment."""
    for pause in STORED_AGAIN_AFTER:
        session.rollback()
        try:
            return store()
        except DBAPIError as error:
            if not is_away(error):
                raise
            log.warning("What was computed could not be stored (%s); tried again.", type(error.orig).__name__)
        time.sleep(pause)
    session.rollback()
    return store()


def store(session: Session, attempt: tuple[int, str, int], ended: Ended) -> None:
    """End the job with what came out, in one transaction, if this attempt (job, worker, number) still owns it."""
    job_id, worker, number = attempt
    event, outcome, rows = ended.event, ended.outcome, ended.rows
    with write(session):
        try:
            lock_event(session, ended.event_id)
        except Missing:
            # Its jobs went with it.
            return
        job = session.scalar(
            select(Job)
            .where(Job.id == job_id, Job.state == JobState.RUNNING, Job.worker == worker, Job.attempts == number)
            .with_for_update()
        )
        if job is None:
            return
        job.finished_at = job.heartbeat_at = utcnow()
        if outcome is not None and event is not None:
            version = store_version(session, ended.event_id, event, outcome)
            job.schedule_id = version.id
            job.state = JobState.STOPPED if job.stop_requested else JobState.DONE
            job.error, job.reasons = None, []
            rows = thinned([*rows, progress_row(outcome.seconds, "done", outcome.tiers)])
        else:
            note_failure(job, ended.failure)
            if event is not None and job.reasons:
                # Whoever was erased while it was computed is not named by the reasons either.
                job.reasons = without_erased(session, ended.event_id, json.loads(event_json(event)))[1](job.reasons)
        job.progress = rows


def _solve(event: EventValue, time_limit: float, pulse: Pulse) -> Schedule:
    # Loading the solver takes a second and much memory: only a process that computes pays for it.
    from scheduler.solve import solve

    options = SolveOptions(time_limit=time_limit, workers=os.cpu_count() or 1, seed=SEED)
    return solve(event, options, listener=pulse.hear, stop=pulse.stop_asked)


def compute_now(session: Session, event: Event, actor: Actor, time_limit: float) -> ScheduleVersion:
    """Compute `event` in this process, without a job, and store the schedule. Raises what ``solve`` raises."""
    from scheduler.solve import solve

    value = event_value(session, event)
    session.rollback()
    schedule = solve(value, SolveOptions(time_limit=time_limit, seed=SEED))
    return _keep(session, actor, "schedule.compute", (event.id, value, schedule), time_limit=time_limit)


def solved_within(event: EventValue, seconds: float) -> Schedule:
    """A timetable of `event`, looked for so long, and not stored. Raises what ``solve`` raises."""
    from scheduler.solve import solve

    return solve(event, SolveOptions(time_limit=seconds, seed=SEED))


@retried
def _keep(
    session: Session,
    /,
    actor: Actor,
    action: str,
    computed: tuple[int, EventValue, Schedule],
    *,
    parent_id: int | None = None,
    **details: Any,
) -> ScheduleVersion:
    """Store what was `computed` (event's id, event, schedule) without a job, and record how."""
    event_id, event, schedule = computed
    with write(session):
        lock_event(session, event_id)
        # Whatever it is a change of may have been deleted meanwhile.
        parent = session.scalar(select(ScheduleVersion.id).where(ScheduleVersion.id == parent_id))
        version = store_version(session, event_id, event, schedule, parent_id=parent)
        record(session, actor, action, event_id=event_id, version=version.number, **details)
    return version


def propose_replan(
    session: Session,
    version: ScheduleVersion,
    actor: Actor,
    *,
    absent: Sequence[str] = (),
    late: Mapping[str, str] | None = None,
    from_slot: str | None = None,
    allow_disruptions: int = 0,
) -> ScheduleVersion:
    """A new version for the event as it is now, with the fewest disruptions of `version`; nothing is published.

    Raises `Faults` for ids that the event does not have, `Refused` where nothing can be proposed.
    """
    late = dict(late or {})
    event = session.get_one(Event, version.event_id)
    value, announced = event_value(session, event), schedule_of(version)
    faults = _unknown(value, announced, absent, late, from_slot)
    if faults:
        raise Faults(faults)
    version_id, event_id = version.id, event.id
    session.rollback()
    schedule = propose(
        value, announced, absent=absent, late=late, from_slot=from_slot, allow_disruptions=allow_disruptions
    )
    how: dict[str, Any] = {"absent": list(absent), "late": late, "from_slot": from_slot}
    return _keep(session, actor, "schedule.replan", (event_id, value, schedule), parent_id=version_id, **how)


def propose(
    event: EventValue,
    announced: Schedule,
    *,
    absent: Sequence[str] = (),
    late: Mapping[str, str] | None = None,
    from_slot: str | None = None,
    allow_disruptions: int = 0,
    pinned: Sequence[tuple[str, str]] = (),
) -> Schedule:
    """The timetable of `event` as it is now that disturbs the fewest announced meetings; see `scheduler.replan`.

    Raises `Refused` where nothing can be proposed, `Faults` for ids that the event does not have.
    """
    from scheduler.replan import replan

    try:
        return replan(
            event,
            announced,
            absent=tuple(absent),
            late=late,
            from_slot=from_slot,
            allow_disruptions=allow_disruptions,
            pinned=tuple(pinned),
            options=SolveOptions(time_limit=REPLAN_SECONDS, seed=SEED),
        )
    except Infeasible as error:
        from scheduler.wording.requirements import reasons

        told = "; ".join(reasons(error, get_locale().language))
        raise Refused(_("These requirements cannot hold together: %(reasons)s.", reasons=told)) from error
    except InvalidInput as error:
        raise Faults([Fault(fault.path, fault.message) for fault in error.faults]) from error
    except NoScheduleFound as error:
        raise Refused(_("No proposal was found in time. Allow more changes, or compute anew.")) from error


def valid(event: EventValue, schedule: Schedule, from_slot: str | None = None) -> bool:
    """Whether `schedule` breaks no rule of `event`; what lies before `from_slot` is over and not judged.

    Nor is then a required meeting missed for which no round is left.
    """
    from scheduler.check.replan import without_lapsed
    from scheduler.check.schedule import Timetable, unknown_ids

    first = event.slot_index.get(from_slot or "", 0)
    over = frozenset(range(first))
    past = [one for one in schedule.meetings if event.slot_index.get(one.slot, first) < first]
    ahead = [one for one in schedule.meetings if event.slot_index.get(one.slot, first) >= first]
    if [*unknown_ids(event, schedule.meetings, places=False), *unknown_ids(event, ahead)]:
        return False
    today = without_lapsed(event, first, past) if first else event
    return not list(Timetable(today, schedule.meetings, over).faults())


def unproven(event: EventValue, meetings: Sequence[Meeting]) -> Schedule:
    """These meetings, worth what `event` says, as a timetable of which nothing is proven."""
    from scheduler.check.schedule import Timetable
    from scheduler.replanning.situation import worth_now

    meetings = list(worth_now(event, meetings))
    worth = Timetable(event, meetings).tiers()
    tiers = tuple(Tier.model_validate({"name": name, "value": worth[name], "bound": None}) for name in worth)
    return Schedule(status="feasible", meetings=tuple(meetings), tiers=tiers, seconds=0)


def editor_of(event: EventValue, schedule: Schedule) -> "Editor":
    """What says where a meeting of `schedule` may go by hand, and what that costs."""
    from scheduler.edit import Editor

    return Editor(event, schedule)


def replayed(
    event: EventValue, schedule: Schedule, steps: Iterable[tuple[Sequence[Meeting], Sequence[Meeting]]]
) -> Schedule:
    """`schedule` after steps done by hand (meetings taken out, meetings put in), with its worth counted anew."""
    from scheduler.edit import replayed

    return replayed(event, schedule, steps)


@dataclass(frozen=True)
class Unmet:
    """A partner that somebody does not meet: `wish` counts from 1 (``None``: no wish of theirs).

    `why` says why not, `forced` what it would take to force the meeting (``None``: nothing could).
    """

    partner: str
    wish: int | None
    score: int
    why: str
    forced: str | None

    @staticmethod
    def of(answer: "NotMet", language: str) -> "Unmet":
        from scheduler.wording.explanations import forced, why

        wish = None if answer.wish is None else answer.wish + 1
        return Unmet(answer.partner, wish, answer.score, why(answer, language), forced(answer, language))


@dataclass(frozen=True)
class Answers:
    """How somebody fares in a timetable, in a sentence or two, and why they do not meet others."""

    standing: str
    served: bool
    unmet: list[Unmet]


def why_not(version: ScheduleVersion, participant: str, language: str) -> Answers:
    """How `participant` fares, why they do not meet each wish and each of the best partners, and what forcing it takes.

    Wishes first. Raises `Missing` for an id that the version's event does not have. Cost: milliseconds.
    """
    from scheduler.explain import explain
    from scheduler.wording.explanations import standing_sentence

    event = event_of(version)
    _present(event, participant)
    found = explain(event, schedule_of(version), participant)
    standing = standing_sentence(found.standing, event, language)
    return Answers(standing, found.standing.served, [Unmet.of(one, language) for one in found.not_met])


def why_not_with(version: ScheduleVersion, participant: str, partner: str, language: str) -> Unmet | None:
    """The same about one `partner`; ``None`` where the two do meet, or are one. Raises `Missing` for an unknown id."""
    from scheduler.explain import Explainer

    event, schedule = event_of(version), schedule_of(version)
    _present(event, participant, partner)
    if participant == partner or any(meeting.pair == {participant, partner} for meeting in schedule.meetings):
        return None
    return Unmet.of(Explainer(event, schedule).not_met(participant, partner), language)


def most_wanted(
    version: ScheduleVersion, participants: Sequence[str], language: str
) -> dict[str, tuple[str, Unmet | None]]:
    """For each of `participants` how they fare, and the most wanted partner not met; ``None``: nobody is missed.

    Cost: tenths of a second once, then milliseconds each.
    """
    from scheduler.explain import Explainer
    from scheduler.wording.explanations import standing_sentence

    event = event_of(version)
    explainer = Explainer(event, schedule_of(version))
    found: dict[str, tuple[str, Unmet | None]] = {}
    for id in participants:
        partners = explainer.partners(id)
        unmet = Unmet.of(explainer.not_met(id, partners[0]), language) if partners else None
        found[id] = standing_sentence(explainer.standing(id), event, language), unmet
    return found


def without_meetings(version: ScheduleVersion, language: str) -> list[tuple[str, str, str]]:
    """Id and name of each participant without a meeting in `version`, and a sentence that says why, if that is known.

    Cost: nothing where there is nobody, else that of `most_wanted`.
    """
    event, schedule = event_of(version), schedule_of(version)
    met = {id for meeting in schedule.meetings for id in meeting.between}
    alone = [one for one in event.participants if one.id not in met]
    if not alone:
        return []
    from scheduler.explain import Explainer
    from scheduler.wording.explanations import standing_sentence

    explainer = Explainer(event, schedule)
    return [(one.id, one.label, standing_sentence(explainer.standing(one.id), event, language)) for one in alone]


def one_more(version: ScheduleVersion) -> "Grid":
    """What one more table, and one more round, are worth to the event that `version` answers.

    Cost: three cells of `what_if`, without their waits; asked again, that of writing the event.
    """
    from scheduler.whatif import whatif

    event = event_of(version)
    digest = sha256(json.dumps(version.event_document).encode()).digest()
    return _worth.get(digest, lambda: whatif(event, [max(1, len(event.tables))], [len(event.slots)]))


# Numbers alone, of events told apart by all that they say.
_worth: Memory["Grid"] = Memory(most=64)


def what_if(session: Session, event: Event) -> "Grid":
    """What more or fewer tables and slots are worth to `event` as it is now, with waits as far as time allows.

    Raises `Faults` as `event_value` does, and `Refused` for an event with nothing to compute. Cost: seconds.
    """
    from scheduler.whatif import whatif

    value = value_to_compute(session, event)
    session.rollback()
    try:
        return whatif(value, breaks=True, seconds=WAITS_SECONDS)
    except InvalidInput as error:
        raise Faults([Fault(fault.path, fault.message) for fault in error.faults]) from error


def _present(event: EventValue, *participants: str) -> None:
    for id in participants:
        if id not in event.participant_index:
            raise Missing(_("There is no participant “%(id)s” in this event.", id=id))


def _unknown(
    event: EventValue, announced: Schedule, absent: Sequence[str], late: Mapping[str, str], from_slot: str | None
) -> list[Fault]:
    """A fault for each id that neither the event nor the announced schedule has."""
    people = set(event.participant_index) | {id for meeting in announced.meetings for id in meeting.between}
    faults = [
        Fault(f"absent[{i}]", _("There is no participant “%(id)s” in this event.", id=id))
        for i, id in enumerate(absent)
        if id not in people
    ]
    for id, slot in late.items():
        if id not in people:
            faults.append(Fault("late", _("There is no participant “%(id)s” in this event.", id=id)))
        if slot not in event.slot_index:
            faults.append(Fault(f"late.{id}", _("There is no round “%(id)s” in this event.", id=slot)))
    if from_slot is not None and from_slot not in event.slot_index:
        faults.append(Fault("from_slot", _("There is no round “%(id)s” in this event.", id=from_slot)))
    return faults
