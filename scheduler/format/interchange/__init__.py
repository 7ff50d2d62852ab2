"""Events in other files: workbooks and tables of text in and out, B2BSP ``.dzn`` in. Nothing else knows formats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath

from scheduler.format.errors import EventFault, InvalidEvent
from scheduler.format.event import Event, event_json, parse_event
from scheduler.format.interchange.contacts import NO_CONTACTS, Contact, Contacts
from scheduler.format.interchange.dates import Order
from scheduler.format.interchange.dzn import read_dzn
from scheduler.format.interchange.event_sheets import Reading, holds_an_event, read_sheets
from scheduler.format.interchange.rosters.options import Options
from scheduler.format.interchange.rosters.roster import read_lists
from scheduler.format.interchange.separated import tables_of, write_separated
from scheduler.format.interchange.template import write_template
from scheduler.format.interchange.unpacking import Rows, sheets_of
from scheduler.format.interchange.workbook import read_workbook, read_workbook_and_contacts, write_workbook
from scheduler.format.sentence import expected

__all__ = [
    "TABLES",
    "Contact",
    "Contacts",
    "Options",
    "Reading",
    "read_any",
    "read_dzn",
    "read_files",
    "read_with_contacts",
    "read_workbook",
    "read_workbook_and_contacts",
    "tables_in",
    "write_any",
    "write_template",
    "write_workbook",
]

# The endings of files that hold tables.
TABLES = (".xlsx", ".csv", ".tsv")
_NOTHING_SAID = Options()
_SEPARATOR = {".csv": ",", ".tsv": "\t"}


def read_any(data: bytes, name: str) -> Event:
    """Return the event in ``data``, read as the ending of the file's ``name`` says: .json, .xlsx, .csv, .tsv or .dzn.

    Raises ``InvalidEvent`` with every fault found, an unknown ending among them.
    """
    return read_with_contacts(data, name).event


def read_with_contacts(data: bytes, name: str, order: Order | None = None) -> Reading:
    """As ``read_any``, with what the file says beside the event; ``order`` is that of dates that do not tell."""
    match PurePath(name).suffix.lower():
        case ".dzn":
            return Reading(read_dzn(data), {})
        case ".json":
            return Reading(parse_event(data), {})
        case ending if ending in TABLES:
            return read_sheets(tables_in(data, name), order)
    raise InvalidEvent([_ending_fault(name, ".json, .xlsx, .csv, .tsv", ".dzn")])


def read_files(files: Sequence[tuple[bytes, str]], options: Options = _NOTHING_SAID) -> Reading:
    """Return the event in one file of any kind, or in lists of people that may stand in several, and all beside it.

    Files with tables that are no event's, or of which ``options`` say something that makes sense for lists alone, are
    read as lists. Raises ``InvalidEvent`` with every fault.
    """
    if len(files) == 1 and PurePath(files[0][1]).suffix.lower() not in TABLES:
        return read_with_contacts(*files[0], options.dates)
    found = {}
    for data, name in files:
        if PurePath(name).suffix.lower() not in TABLES:
            raise InvalidEvent([_ending_fault(name, ".xlsx, .csv", ".tsv")])
        found[name] = tables_in(data, name)
    if len(files) == 1 and not options.of_lists and holds_an_event(found[files[0][1]]):
        return read_sheets(found[files[0][1]], options.dates)
    return read_lists(_labelled(found), options)


def _labelled(found: Mapping[str, dict[str, Rows]]) -> dict[str, tuple[str, Rows]]:
    """Return the tables of all files by the names that faults give them, with what they are called."""
    labelled: dict[str, tuple[str, Rows]] = {}
    for file, tables in found.items():
        for sheet, rows in tables.items():
            stem = PurePath(file).stem
            # The only sheet of a file has mostly the name that a program gave it.
            label = stem if len(tables) == 1 and len(found) > 1 else sheet
            name = sheet if len(found) == 1 else label if len(tables) == 1 else f"{stem} {sheet}"
            while name in labelled:
                name = f"{name}'"
            labelled[name] = label, rows
    return labelled


def tables_in(data: bytes, name: str) -> dict[str, Rows]:
    """Return the tables of a workbook or of a text, by their names in small letters. Raises ``InvalidEvent``."""
    return sheets_of(data) if name.lower().endswith(".xlsx") else tables_of(data, name)


def write_any(event: Event, name: str, language: str | None = None, contacts: Contacts = NO_CONTACTS) -> bytes:
    """Return the file of ``event`` that the ending of ``name`` asks for: .json, .xlsx, .csv or .tsv.

    ``language`` (``fr``, ``en``) is that of headings and codes in tables; without it they are those of the event file.
    ``contacts`` stand in tables alone: an event file has no fields for them.
    Raises ``InvalidEvent`` for another ending, or where a table cannot hold the event.
    """
    match PurePath(name).suffix.lower():
        case ".xlsx":
            return write_workbook(event, language=language, contacts=contacts)
        case ".csv" if language == "fr":
            # Where the comma is that of decimals, spreadsheet programs take the semicolon.
            return write_separated(event, ";", language, contacts)
        case ending if ending in _SEPARATOR:
            return write_separated(event, _SEPARATOR[ending], language, contacts)
        case ".json":
            return (event_json(event) + "\n").encode()
    raise InvalidEvent([_ending_fault(name, ".json, .xlsx, .csv", ".tsv")])


def _ending_fault(name: str, most: str, last: str) -> EventFault:
    return EventFault("file", expected("name_ending", "found", most=most, last=last, found=PurePath(name).name))
