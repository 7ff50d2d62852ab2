"""Computed schedules, and the jobs that compute them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from web.models.base import Base, Identified, one_of
from web.models.event import Event


class JobKind(StrEnum):
    SOLVE = "solve"
    REPLAN = "replan"


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


ACTIVE_JOBS = (JobState.QUEUED, JobState.RUNNING)


class ScheduleVersion(Identified, Base):
    """One schedule, never changed once stored: its file, and the event file it answers."""

    __tablename__ = "schedule_versions"
    __table_args__ = (UniqueConstraint("event_id", "number"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    # Counted from 1 within the event: what people call it ("version 3").
    number: Mapped[int]
    # The two files are large: loaded when asked for, so that lists of versions stay light.
    document: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    event_document: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    status: Mapped[str] = mapped_column(String(20))
    tiers: Mapped[list[Any]] = mapped_column(default=list)
    seconds: Mapped[float | None]
    note: Mapped[str] = mapped_column(String(300), default="")
    # What was said of the event when this was proposed as a repair, and what undoing it puts back: see
    # web.domain.timetable.repair. Or the number of the version that it undoes, or that was changed by hand. None for
    # one that was computed.
    repair: Mapped[dict[str, Any] | None]
    # What differs from the event and was left so, by the item's id: {"who": name, "when": moment}; see
    # web.domain.timetable.seen.
    seen: Mapped[dict[str, Any] | None]
    published_at: Mapped[datetime | None]
    # When participants were asked to agree to it, before anything was announced.
    shown_at: Mapped[datetime | None]
    # Where the event was, as it was told with the publication.
    place: Mapped[str | None] = mapped_column(String(200))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("schedule_versions.id", ondelete="SET NULL"), index=True)

    event: Mapped[Event] = relationship(foreign_keys=[event_id])
    parent: Mapped["ScheduleVersion | None"] = relationship(remote_side="ScheduleVersion.id")


class Agenda(Base):
    """What one participant is shown of the version announced, so that no page reads the whole event.

    Written with the publication, and always what the files of that version say: whoever changes those deletes these
    rows, and the next look at one makes them anew (see `web.domain.timetable.agenda`).
    """

    __tablename__ = "agendas"
    __table_args__ = (UniqueConstraint("version_id", "participant"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("schedule_versions.id", ondelete="CASCADE"))
    # The participant's id in the event file: `Registration.key`.
    participant: Mapped[str] = mapped_column(String(200))
    content: Mapped[dict[str, Any]]
    # Tells contents apart without reading them.
    digest: Mapped[str] = mapped_column(String(64))
    # Seconds since 1970 at which a meeting begins or ends, in order: when the page shows another one as the next.
    turns: Mapped[list[Any]] = mapped_column(default=list)


class ScheduleDraft(Identified, Base):
    """A version as it is being changed by hand: each step, and how many of them hold. Kept, it is a new version."""

    __tablename__ = "schedule_drafts"

    version_id: Mapped[int] = mapped_column(ForeignKey("schedule_versions.id", ondelete="CASCADE"), unique=True)
    # Steps in order: {"removed": [meeting, …], "added": [meeting, …]} as a schedule file writes meetings.
    edits: Mapped[list[Any]] = mapped_column(default=list)
    # The steps after these were undone, and can be done again.
    done: Mapped[int] = mapped_column(default=0)
    # Counted up with each step, so that of two who change the same draft the second is told.
    turn: Mapped[int] = mapped_column(default=0)


class Job(Identified, Base):
    """One computation asked for. The row is the truth; the queue only wakes a worker."""

    __tablename__ = "jobs"
    __table_args__ = (
        one_of("kind", JobKind),
        one_of("state", JobState),
        Index("ix_jobs_state_heartbeat_at", "state", "heartbeat_at"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(20), default=JobKind.SOLVE)
    state: Mapped[str] = mapped_column(String(20), default=JobState.QUEUED)
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # Rows in time order: {"seconds": 1.2, "tiers": [{"name", "value", "bound"}, …]}.
    progress: Mapped[list[Any]] = mapped_column(default=list)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None] = mapped_column(String(80))
    stop_requested: Mapped[bool] = mapped_column(default=False)
    # Why there is no schedule: one of the words that web.domain.timetable.failures.job_error turns into a sentence.
    error: Mapped[str | None] = mapped_column(Text)
    # Which requirements cannot hold together, or what of the event is not valid: codes and values, of which
    # web.domain.timetable.failures.job_reasons makes sentences.
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    schedule_id: Mapped[int | None] = mapped_column(ForeignKey("schedule_versions.id", ondelete="SET NULL"))
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    event: Mapped[Event] = relationship()
    schedule: Mapped[ScheduleVersion | None] = relationship()

    @property
    def is_active(self) -> bool:
        """Whether it waits or runs."""
        return self.state in ACTIVE_JOBS


class WorkerHeartbeat(Base):
    """The last sign of life of each worker process."""

    __tablename__ = "worker_heartbeats"

    worker: Mapped[str] = mapped_column(String(80), primary_key=True)
    seen_at: Mapped[datetime]
    # By the name of each lane of its work: what is wrong around it, empty where nothing is.
    report: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
