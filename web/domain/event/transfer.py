"""An event as a file that somebody uploads or takes away: JSON, XLSX, and B2BSP's .dzn for reading."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from scheduler.format.errors import InvalidEvent
from scheduler.format.event import Event as EventValue
from scheduler.format.interchange import write_any
from web.domain.audit import Actor
from web.domain.errors import Fault, Faults
from web.domain.event.files import event_value, import_file, unreadable_addresses
from web.domain.event.reading import read_sent
from web.models import Event, User


def import_upload(
    session: Session, data: bytes, filename: str, user: User, actor: Actor
) -> tuple[Event, list[tuple[str, str]]]:
    """A new draft event of `user` from an uploaded file, read in a process of its own; and of whom no e-mail address
    was taken over, with what stands in the file instead.

    Raises `Faults` with every fault, or `Busy`; then nothing is stored. No transaction is open while the file is read.
    """
    user_id = user.id
    session.rollback()
    file = read_sent(data, filename)
    return import_file(session, file, user_id, actor), unreadable_addresses(file)


def export_file(session: Session, event: Event, ending: str) -> bytes:
    """The event as a file; `ending` is ``.json`` or ``.xlsx``. Raises `Faults` when the event is not valid yet."""
    value: EventValue = event_value(session, event)
    return _told(lambda: write_any(value, f"event{ending}"))


def _told(action: Callable[[], Any]) -> Any:
    try:
        return action()
    except InvalidEvent as error:
        raise Faults([Fault(fault.path, fault.message) for fault in error.faults]) from error
