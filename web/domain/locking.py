"""Which rows a change locks, and in which order: first its event's, then its own.

An event's row is locked without its key (``FOR NO KEY UPDATE``), so that rows that only refer to the event can be added
meanwhile. On SQLite there is one writer at a time, and these functions only read anew what is true under its lock.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, TypeVar

from sqlalchemy import BigInteger, Select, bindparam, func, inspect, select
from sqlalchemy.orm import Session

from web.domain.errors import Missing
from web.models import Event, Registration, ScheduleVersion
from web.models.base import Identified

Row = TypeVar("Row", bound=Identified)


def lock_event(session: Session, event_id: int, *, shared: bool = False, text: str = "") -> Event:
    """The event as it is now, locked until the caller's ``write`` block ends. Raises `Missing` where it is gone.

    A `shared` lock keeps the event as it is and lets others have theirs: for what only adds to it. On PostgreSQL a row
    shared by a crowd, some of whom always have it, would never be anybody's alone; so each queues for the event first,
    where who wants it alone is passed by nobody who came later. `text`: what is locked after the event and before it is
    read, as `lock_text` does.
    """
    queued = (f"event\n{event_id}", text) if text else (f"event\n{event_id}",)
    _lock_texts(session, queued, shared=shared)
    event = _locked(session, Event, event_id, shared=shared)
    if event is None:
        raise Missing
    return event


def lock_text(session: Session, text: str) -> None:
    """Of all who lock the same text (an address in an event, say), let one go on at a time, until its ``write`` block
    ends. There need not be any row yet. On SQLite a ``write`` block is alone anyway."""
    _lock_texts(session, (text,), shared=False)


def _lock_texts(session: Session, texts: Sequence[str], *, shared: bool) -> None:
    """Lock one text or two, in this order, in one query; `shared` concerns the first of them."""
    if session.get_bind().dialect.name == "postgresql":
        numbers = [int.from_bytes(sha256(text.encode()).digest()[:8], "big", signed=True) for text in texts]
        asked = {f"number_{place}": number for place, number in enumerate(numbers)}
        session.execute(_LOCKS[shared, len(texts)], asked)


def _locks(shared: bool, count: int) -> Select[Any]:
    first = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
    kinds = [first, func.pg_advisory_xact_lock][:count]
    return select(*(kind(bindparam(f"number_{place}", type_=BigInteger)) for place, kind in enumerate(kinds)))


# What a SELECT lists is worked out from left to right.
_LOCKS = {(shared, count): _locks(shared, count) for shared in (False, True) for count in (1, 2)}


def lock_registration(session: Session, registration: Registration) -> None:
    """Read `registration` anew under the lock of its event and its own. Raises `Missing` where it was erased."""
    (registration_id,) = inspect(registration).identity or (None,)
    event_id = session.scalar(select(Registration.event_id).where(Registration.id == registration_id))
    if event_id is None:
        raise Missing
    lock_event(session, event_id)
    if _locked(session, Registration, registration_id) is None:
        raise Missing


def lock_version(session: Session, version: ScheduleVersion) -> Event:
    """Read `version` anew under the lock of its event; the event. Raises `Missing` where the version was deleted."""
    (version_id,) = inspect(version).identity or (None,)
    event_id = session.scalar(select(ScheduleVersion.event_id).where(ScheduleVersion.id == version_id))
    if event_id is None:
        raise Missing
    event = lock_event(session, event_id)
    if _locked(session, ScheduleVersion, version_id) is None:
        raise Missing
    return event


def _locked(session: Session, model: type[Row], row_id: int | None, *, shared: bool = False) -> Row | None:
    # Not Session.get: it would read a row that it knows twice, first to compare its version.
    rows = select(model).where(model.id == row_id).execution_options(populate_existing=True)
    return session.scalars(rows.with_for_update(read=shared, key_share=not shared)).one_or_none()
