"""Is everything alive: the database and at least one worker."""

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from web.db import write
from web.models import WorkerHeartbeat, utcnow

WORKER_SILENT_AFTER = timedelta(seconds=30)


def beat(session: Session, worker: str) -> None:
    """Note that `worker` lives now, and forget workers unheard of for a day."""
    with write(session):
        row = session.get(WorkerHeartbeat, worker)
        if row is None:
            session.add(WorkerHeartbeat(worker=worker, seen_at=utcnow()))
        else:
            row.seen_at = utcnow()
        session.execute(delete(WorkerHeartbeat).where(WorkerHeartbeat.seen_at < utcnow() - timedelta(days=1)))


def worker_is_alive(session: Session) -> bool:
    """Whether some worker gave a sign of life in the last half minute."""
    newest = session.scalar(select(WorkerHeartbeat.seen_at).order_by(WorkerHeartbeat.seen_at.desc()).limit(1))
    return newest is not None and newest > utcnow() - WORKER_SILENT_AFTER
