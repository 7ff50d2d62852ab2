"""Which rows a change locks, and in which order: first its event's, then its own.

An event's row is locked without its key (``FOR NO KEY UPDATE``), so that rows that only refer to the event can be added
meanwhile. On SQLite there is one writer at a time, and these functions only read anew what is true under its lock.
"""

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from web.domain.errors import Missing
from web.models import Event, Registration, ScheduleVersion

_WITHOUT_KEY = {"key_share": True}


def lock_event(session: Session, event_id: int) -> Event:
    """The event as it is now, locked until the caller's ``write`` block ends. Raises `Missing` where it is gone."""
    event = session.get(Event, event_id, populate_existing=True, with_for_update=_WITHOUT_KEY)
    if event is None:
        raise Missing
    return event


def lock_registration(session: Session, registration: Registration) -> None:
    """Read `registration` anew under the lock of its event and its own. Raises `Missing` where it was erased."""
    (registration_id,) = inspect(registration).identity or (None,)
    event_id = session.scalar(select(Registration.event_id).where(Registration.id == registration_id))
    if event_id is None:
        raise Missing
    lock_event(session, event_id)
    if session.get(Registration, registration_id, populate_existing=True, with_for_update=_WITHOUT_KEY) is None:
        raise Missing


def lock_version(session: Session, version: ScheduleVersion) -> Event:
    """Read `version` anew under the lock of its event; the event. Raises `Missing` where the version was deleted."""
    (version_id,) = inspect(version).identity or (None,)
    event_id = session.scalar(select(ScheduleVersion.event_id).where(ScheduleVersion.id == version_id))
    if event_id is None:
        raise Missing
    event = lock_event(session, event_id)
    if session.get(ScheduleVersion, version_id, populate_existing=True, with_for_update=_WITHOUT_KEY) is None:
        raise Missing
    return event
