"""An event as a file that somebody uploads or takes away: JSON, XLSX, for reading also CSV, TSV and B2BSP's .dzn."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from scheduler.format.errors import InvalidEvent
from scheduler.format.event import Event as EventValue
from scheduler.format.interchange import write_any, write_template
from web.domain.audit import Actor
from web.domain.errors import Fault, Faults
from web.domain.event.files import contacts_of, event_value, import_file, unreadable_addresses, unusable_websites
from web.domain.event.reading import read_sent
from web.models import Event, User


@dataclass(frozen=True)
class Imported:
    """A new event from a file, and what somebody should hear of it."""

    event: Event
    # Of whom no e-mail address or no website was taken over: by name, with what stands in the file instead.
    no_address: list[tuple[str, str]]
    no_website: list[tuple[str, str]]
    # What was understood though it was written otherwise.
    notes: list[str]


def import_upload(session: Session, data: bytes, filename: str, user: User, actor: Actor) -> Imported:
    """A new draft event of `user` from an uploaded file, read in a process of its own.

    Raises `Faults` with every fault, or `Busy`; then nothing is stored. No transaction is open while the file is read.
    """
    user_id = user.id
    session.rollback()
    file = read_sent(data, filename)
    event = import_file(session, file, user_id, actor)
    return Imported(event, unreadable_addresses(file), unusable_websites(file), file.notes)


def empty_workbook(language: str) -> bytes:
    """An empty workbook to fill in and to import, in French or English: the one of `passerelle template`."""
    return write_template(language)


def export_file(session: Session, event: Event, ending: str, language: str) -> bytes:
    """The event as a file; `ending` is ``.json`` or ``.xlsx``, the latter in `language` and with contacts, as an import
    takes them. Raises `Faults` when the event is not valid yet."""
    value: EventValue = event_value(session, event)
    contacts = contacts_of(session, event) if ending != ".json" else {}
    return _told(lambda: write_any(value, f"event{ending}", language, contacts))


def _told(action: Callable[[], Any]) -> Any:
    try:
        return action()
    except InvalidEvent as error:
        raise Faults([Fault(fault.path, fault.message) for fault in error.faults]) from error
