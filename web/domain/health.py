"""Is everything alive: the database, at least one worker, and each of its lanes."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from web.db import retried, write
from web.models import ACTIVE_JOBS, Job, JobState, MailState, OutboxMail, WorkerHeartbeat, utcnow

WORKER_SILENT_AFTER = timedelta(seconds=30)
# A waiting job that nobody took for so long, while nothing is computed, and a mail on its way for so long hang.
JOB_HANGS_AFTER = timedelta(seconds=60)
MAIL_HANGS_AFTER = timedelta(seconds=60)


@retried
def beat(session: Session, worker: str, report: Mapping[str, Any] | None = None) -> None:
    """Note that `worker` lives now and what is wrong around its lanes, and forget workers unheard of for a day."""
    with write(session):
        row = session.get(WorkerHeartbeat, worker)
        if row is None:
            session.add(WorkerHeartbeat(worker=worker, seen_at=utcnow(), report=dict(report or {})))
        else:
            row.seen_at, row.report = utcnow(), dict(report or {})
        session.execute(delete(WorkerHeartbeat).where(WorkerHeartbeat.seen_at < utcnow() - timedelta(days=1)))


def worker_is_alive(session: Session) -> bool:
    """Whether some worker gave a sign of life in the last half minute."""
    newest = session.scalar(select(WorkerHeartbeat.seen_at).order_by(WorkerHeartbeat.seen_at.desc()).limit(1))
    return newest is not None and newest > utcnow() - WORKER_SILENT_AFTER


def hanging(session: Session) -> dict[str, str]:
    """What hangs, by ``jobs`` and ``mails``, each with a sentence for whoever watches; nobody is named in it."""
    told = {"jobs": _jobs(session), "mails": _mails(session)}
    return {what: sentence for what, sentence in told.items() if sentence}


def mail_refusal(session: Session) -> str:
    """What the mail server said where it refuses all mails, whatever they are; empty where it does not."""
    word, _colon, said = _mail_trouble(session).partition(": ")
    return said if word == "never" else ""


def _jobs(session: Session) -> str:
    states = session.execute(select(Job.state, Job.created_at).where(Job.state.in_(ACTIVE_JOBS))).all()
    waiting = [created for state, created in states if state == JobState.QUEUED]
    if not waiting or len(waiting) < len(states) or min(waiting) > utcnow() - JOB_HANGS_AFTER:
        return ""
    return f"{len(waiting)} computations wait, the first since {min(waiting):%Y-%m-%dT%H:%M:%SZ}, and none is run"


def _mails(session: Session) -> str:
    word = _mail_trouble(session).partition(": ")[0]
    if word == "never":
        return "the mail server refuses every mail: SMTP_URL or MAIL_FROM has to be corrected; the mails wait"
    if word:
        return "the mail server cannot be reached or does not answer: the mails wait"
    oldest = session.scalar(
        select(OutboxMail.claimed_at)
        .where(OutboxMail.state == MailState.CLAIMED, OutboxMail.claimed_at < utcnow() - MAIL_HANGS_AFTER)
        .order_by(OutboxMail.claimed_at)
        .limit(1)
    )
    return "" if oldest is None else f"a mail has been on its way since {oldest:%Y-%m-%dT%H:%M:%SZ}"


def _mail_trouble(session: Session) -> str:
    """What holds the mails up, as the workers that live tell it (``never: …``, ``away: …``)."""
    living = session.scalars(
        select(WorkerHeartbeat.report).where(WorkerHeartbeat.seen_at > utcnow() - WORKER_SILENT_AFTER)
    )
    return next((report["mail.send"] for report in living if report.get("mail.send")), "")
