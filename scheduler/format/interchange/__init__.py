"""Events in other files: XLSX workbooks in and out, B2BSP ``.dzn`` in. Nothing else in the package knows formats."""

from __future__ import annotations

from pathlib import PurePath

from scheduler.format.errors import EventFault, InvalidEvent
from scheduler.format.event import Event, event_json, parse_event
from scheduler.format.interchange.dzn import read_dzn
from scheduler.format.interchange.workbook import Contact, read_workbook, read_workbook_and_contacts, write_workbook
from scheduler.format.sentence import expected

__all__ = [
    "Contact",
    "read_any",
    "read_dzn",
    "read_workbook",
    "read_workbook_and_contacts",
    "write_any",
    "write_workbook",
]


def read_any(data: bytes, name: str) -> Event:
    """Return the event in ``data``, read as the ending of the file's ``name`` says: .json, .xlsx or .dzn.

    Raises ``InvalidEvent`` with every fault found, an unknown ending among them.
    """
    match PurePath(name).suffix.lower():
        case ".xlsx":
            return read_workbook(data)
        case ".dzn":
            return read_dzn(data)
        case ".json":
            return parse_event(data)
    raise InvalidEvent([_ending_fault(name, ".json, .xlsx", ".dzn")])


def write_any(event: Event, name: str) -> bytes:
    """Return the file of ``event`` that the ending of ``name`` asks for: .json or .xlsx.

    Raises ``InvalidEvent`` for another ending, or where a workbook cannot hold the event.
    """
    match PurePath(name).suffix.lower():
        case ".xlsx":
            return write_workbook(event)
        case ".json":
            return (event_json(event) + "\n").encode()
    raise InvalidEvent([_ending_fault(name, ".json", ".xlsx")])


def _ending_fault(name: str, most: str, last: str) -> EventFault:
    return EventFault("file", expected("name_ending", "found", most=most, last=last, found=PurePath(name).name))
