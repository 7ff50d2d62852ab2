"""Computations asked for: one at a time for each event, told while they run, never stuck when their worker dies.

The row of a job is the truth. A worker claims it (``state`` and ``worker`` in one statement) and then signs every sign
of life with its name and the number of the attempt: whoever lost the row to another attempt learns it by the next beat.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from scheduler.format.event import Event as EventValue
from scheduler.format.schedule import Tier
from scheduler.problem.watch import Progress
from web.db import once_committed, retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Fault, Faults, Refused
from web.domain.event.files import event_value
from web.domain.locking import lock_event
from web.domain.timetable.failures import job_error, job_reasons
from web.models import ACTIVE_JOBS, Event, EventStatus, Job, JobKind, JobState, utcnow
from web.queue import enqueue

log = logging.getLogger(__name__)

SHORTEST, USUAL, LONGEST = 1.0, 20.0, 3600.0
# A running job without a sign of life for so long has lost its worker; one attempt more, then it is told.
SILENT_AFTER = timedelta(seconds=20)
ATTEMPTS = 2
# Between two writes of progress, and at most between two signs of life, in seconds.
BEAT, LONGEST_SILENCE = 0.5, 2.0
ROWS_KEPT = 240


def value_to_compute(session: Session, event: Event) -> EventValue:
    """What a timetable of `event` is computed from. Raises `Faults` as `event_value` does, `Refused` where it holds
    fewer than the two who make a meeting."""
    value = event_value(session, event)
    if len(value.participants) < 2:
        raise Refused(_("A timetable needs at least two accepted participants. Accept some, then compute."))
    return value


@retried
def start_job(
    session: Session, event: Event, actor: Actor, time_limit: float = USUAL, kind: str = JobKind.SOLVE
) -> Job:
    """The job that computes `event` now: a new one, or the one that is already waiting or running.

    Locks the event's row, so that of two clicks at once one starts a job and both get it. Raises `Faults` for a time
    limit (seconds) out of bounds or an event that the format refuses, `Refused` for an event with nothing to compute.
    """
    if not SHORTEST <= time_limit <= LONGEST:
        raise Faults([Fault("time_limit", _("Enter a number of seconds from 1 to 3600."))])
    if event.status == EventStatus.ARCHIVED:
        raise Refused(_("This event is archived: nothing is computed for it any more."))
    value_to_compute(session, event)
    with write(session):
        lock_event(session, event.id)
        job = active_job(session, event.id)
        if job is not None:
            return job
        job = Job(
            event_id=event.id,
            kind=kind,
            parameters={"time_limit": time_limit},
            heartbeat_at=utcnow(),
            created_by_id=actor.user_id,
        )
        session.add(job)
        session.flush()
        record(session, actor, "schedule.compute", event_id=event.id, job=job.id, time_limit=time_limit)
        once_committed(session, enqueue, "schedule.run", job.id)
    return job


def active_job(session: Session, event_id: int) -> Job | None:
    """The job of the event that waits or runs, if any."""
    return session.scalar(
        select(Job).where(Job.event_id == event_id, Job.state.in_(ACTIVE_JOBS)).order_by(Job.id).limit(1)
    )


def latest_job(session: Session, event_id: int) -> Job | None:
    """The job asked for last, whatever became of it."""
    return session.scalar(select(Job).where(Job.event_id == event_id).order_by(Job.id.desc()).limit(1))


@retried
def stop_job(session: Session, job: Job, actor: Actor) -> Job:
    """Ask `job` to stop and keep its best schedule; a waiting job is stopped at once, an ended one stays as it is.

    The worker hears of it within about a second; the schedule is stored a moment later.
    """
    with write(session):
        state = session.scalar(select(Job.state).where(Job.id == job.id).with_for_update())
        if state not in ACTIVE_JOBS or job.stop_requested:
            return job
        job.stop_requested = True
        if state == JobState.QUEUED:
            job.state, job.finished_at, job.error = JobState.STOPPED, utcnow(), "stopped_early"
        record(session, actor, "schedule.stop", event_id=job.event_id, job=job.id)
    return job


def job_state(job: Job) -> dict[str, Any]:
    """What a page or a program is told of `job`.

    ``state``, ``tiers`` (the best so far: ``name``, ``value``, ``bound``), ``schedule`` (the id of what came out, or
    ``None``), ``stage``, ``seconds``, ``time_limit``, ``stopping``, ``attempts``, ``error`` (a sentence or ``None``)
    and ``reasons`` (sentences: the requirements that cannot hold together), in the language of the request.
    """
    last = job.progress[-1] if job.progress else {}
    tiers: list[Any] = next((row["tiers"] for row in reversed(job.progress) if row["tiers"]), [])
    end = job.finished_at or utcnow()
    return {
        "id": job.id,
        "event": job.event_id,
        "kind": job.kind,
        "state": job.state,
        "stage": last.get("stage", ""),
        "seconds": max(0.0, (end - job.started_at).total_seconds()) if job.started_at else 0.0,
        "time_limit": job.parameters.get("time_limit"),
        "tiers": tiers,
        "schedule": job.schedule_id,
        "stopping": job.stop_requested and job.state == JobState.RUNNING,
        "attempts": job.attempts,
        "error": job_error(job),
        "reasons": job_reasons(job),
    }


@retried
def claim(session: Session, job_id: int, worker: str) -> int | None:
    """Take the waiting job for `worker`: the number of this attempt, or ``None`` when somebody else has it."""
    now = utcnow()
    with write(session):
        return session.scalar(
            update(Job)
            .where(Job.id == job_id, Job.state == JobState.QUEUED)
            .values(
                state=JobState.RUNNING,
                worker=worker,
                attempts=Job.attempts + 1,
                started_at=now,
                heartbeat_at=now,
                progress=[],
            )
            .returning(Job.attempts)
        )


def next_job(session: Session) -> int | None:
    """The job that has waited longest; ``None`` where none waits. The worker looks by itself, called or not."""
    waiting = select(Job.id).where(Job.state == JobState.QUEUED).order_by(Job.id).limit(1)
    job_id = session.scalar(waiting)
    session.rollback()
    return job_id


@retried
def sweep(session: Session) -> None:
    """Find jobs whose worker died: taken up again once, then told as failed.

    Safe to run in any number of workers at once: each change names the state it starts from.
    """
    now = utcnow()
    silent = (Job.state == JobState.RUNNING) & (Job.heartbeat_at < now - SILENT_AFTER)
    if session.scalar(select(Job.id).where(silent).limit(1)) is None:
        session.rollback()
        return
    with write(session):
        stopped = {"state": JobState.STOPPED, "error": "stopped_early", "finished_at": now}
        session.execute(update(Job).where(silent, Job.stop_requested).values(stopped))
        lost = {"state": JobState.FAILED, "error": "worker_lost", "finished_at": now}
        session.execute(update(Job).where(silent, Job.attempts >= ATTEMPTS).values(lost))
        waiting = session.scalars(
            update(Job).where(silent).values(state=JobState.QUEUED, worker=None, heartbeat_at=None).returning(Job.id)
        ).all()
        for job_id in sorted(waiting):
            once_committed(session, enqueue, "schedule.run", job_id)


@retried
def release(session: Session, worker: str) -> None:
    """Give back what `worker` was at: it ends in good order, and that is no failed attempt of the job."""
    with write(session):
        session.execute(
            update(Job)
            .where(Job.state == JobState.RUNNING, Job.worker == worker)
            .values(state=JobState.QUEUED, worker=None, heartbeat_at=None, attempts=Job.attempts - 1)
        )


class Pulse:
    """The sign of life of one running job: writes its progress, and hears when it shall stop.

    A thread with sessions of its own, so that the algorithm waits for no database. Use it as a context manager.
    """

    def __init__(self, open_session: Callable[[], Session], job_id: int, worker: str, attempt: int) -> None:
        self._open_session = open_session
        self._mine = (
            Job.id == job_id,
            Job.state == JobState.RUNNING,
            Job.worker == worker,
            Job.attempts == attempt,
        )
        self._rows: list[dict[str, Any]] = []
        self._news = False
        self._silent = False
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"pulse of job {job_id}", daemon=True)
        self.lost = False

    def __enter__(self) -> "Pulse":
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._ended.set()
        self._thread.join()

    def stop_asked(self) -> bool:
        """Whether the computation should end now with the best it has."""
        return self._stop.is_set()

    def hear(self, progress: Progress) -> None:
        """Note what the algorithm tells; written by the next beat."""
        row = progress_row(progress.seconds, progress.stage, progress.tiers)
        with self._lock:
            if self._rows and (row["stage"], row["tiers"]) == (self._rows[-1]["stage"], self._rows[-1]["tiers"]):
                return
            self._rows = thinned([*self._rows, row])
            self._news = True

    def rows(self) -> list[dict[str, Any]]:
        with self._lock:
            return list(self._rows)

    def _run(self) -> None:
        written = time.monotonic()
        while not self._ended.wait(BEAT):
            with self._lock:
                rows, news, self._news = self._rows, self._news, False
            try:
                if news or time.monotonic() - written >= LONGEST_SILENCE or self._asked():
                    self._beat(rows)
                    written = time.monotonic()
                self._silent = False
            except Exception as error:
                # The database may be away for a moment; the next beat tells the same again.
                if not self._silent:
                    log.warning("A sign of life could not be written: %s", type(error).__name__)
                self._silent = True
                with self._lock:
                    self._news = True

    def _asked(self) -> bool:
        """Whether somebody asked to stop: looked at without writing, so that it is heard at once and costs little."""
        if self._stop.is_set():
            return False
        with self._open_session() as session:
            return bool(session.scalar(select(Job.stop_requested).where(*self._mine)))

    def _beat(self, rows: list[dict[str, Any]]) -> None:
        with self._open_session() as session, write(session):
            asked = session.scalar(
                update(Job)
                .where(*self._mine)
                .values(heartbeat_at=utcnow(), progress=rows)
                .returning(Job.stop_requested)
            )
        if asked is None:
            self.lost = True
        if asked is None or asked:
            self._stop.set()


def progress_row(seconds: float, stage: str, tiers: tuple[Tier, ...]) -> dict[str, Any]:
    """One row of a job's ``progress``."""
    listed = [{"name": tier.name, "value": tier.value, "bound": tier.bound} for tier in tiers]
    return {"seconds": round(seconds, 2), "stage": stage, "tiers": listed}


def thinned(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`rows`, or where they are too many, every second one of them besides the latest."""
    if len(rows) <= ROWS_KEPT:
        return rows
    return [*rows[:-20:2], *rows[-20:]]
