"""Events as XLSX workbooks: a sheet a subject, a row an item, faults by sheet and cell.

Writing loses nothing: what is written is read back as the same event. A schedule that is written along stands on a
sheet of its own, ``timetable``, which reading leaves aside.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from openpyxl import Workbook

from scheduler.format.errors import EventFault, InvalidEvent
from scheduler.format.event import Event, slots_with_offsets
from scheduler.format.interchange import cells
from scheduler.format.interchange.cells import LARGEST_CELL
from scheduler.format.interchange.columns import CONTACTS, SETTINGS, SHEETS
from scheduler.format.interchange.contacts import NO_CONTACTS, Contact, Contacts
from scheduler.format.interchange.dates import Order
from scheduler.format.interchange.event_sheets import Reading, read_sheets
from scheduler.format.interchange.explained import explanation, only_explains
from scheduler.format.interchange.names import COLUMN_NAMES, CONTACT_NAMES, SETTING_NAMES, SHEET_NAMES, in_language
from scheduler.format.interchange.sheets import Content, fill_sheet
from scheduler.format.interchange.unpacking import cell_name, sheets_of
from scheduler.format.schedule import Schedule
from scheduler.format.sentence import expected

__all__ = ["Contact", "Contacts", "read_workbook", "read_workbook_and_contacts", "write_workbook", "written_sheets"]

_TIMETABLE = "timetable"


# Writing


def write_workbook(
    event: Event,
    schedule: Schedule | None = None,
    language: str | None = None,
    contacts: Contacts = NO_CONTACTS,
) -> bytes:
    """Return an XLSX workbook of ``event``; with ``schedule``, its meetings on the sheet ``timetable``.

    Headings and codes are those of the event file, or with ``language`` (``fr``, ``en``) its words, and a second row
    of plain names; ``contacts`` stand beside the participants. Text stays text whatever it starts with. Raises
    ``InvalidEvent`` where a value is too long for a cell.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    faults: list[EventFault] = []
    sheets = [*written_sheets(event, language, contacts)]
    if schedule is not None:
        sheets.append((_TIMETABLE, [*_timetable(event, schedule)]))
    for name, rows in sheets:
        faults += too_long(name, rows, LARGEST_CELL)
        fill_sheet(book.create_sheet(name), rows, explained=language is not None and name != _TIMETABLE)
    if faults:
        raise InvalidEvent(faults)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def written_sheets(
    event: Event, language: str | None = None, contacts: Contacts = NO_CONTACTS
) -> Iterator[tuple[str, list[Sequence[Content]]]]:
    """Yield each sheet's name and rows, the headings first; with ``language`` all in its words, plain names second.

    ``contacts`` stand behind the columns of the participants.
    """
    wishes = [
        {"participant": participant.id, "rank": rank, "partner": partner}
        for participant in event.participants
        for rank, partner in enumerate(participant.wishes, start=1)
    ]
    items: dict[str, Iterable[Mapping[str, Any]]] = {
        "slots": map(vars, slots_with_offsets(event)),
        "tables": map(vars, event.tables),
        "participants": map(vars, event.participants),
        "wishes": wishes,
        "meetings": (_paired(vars(rule)) for rule in event.meetings),
        "facilitators": map(vars, event.facilitators),
    }
    if event.affinities is not None:
        items["affinities"] = (_paired(vars(given)) for given in event.affinities)
    for sheet, listed in items.items():
        rows = [*headed(sheet, language), *_table(sheet, listed, language)]
        if sheet == "participants" and contacts:
            rows = [*_beside(rows, event, language, contacts)]
        yield sheet_name(sheet, language), rows
    yield sheet_name("settings", language), [*headed("settings", language), *_settings(event, language)]


def sheet_name(sheet: str, language: str | None) -> str:
    """Return what a sheet is called: its code, or its name in ``language`` as a title."""
    return sheet if language is None else in_language(SHEET_NAMES, sheet, language).capitalize()


def headed(sheet: str, language: str | None) -> list[Sequence[Content]]:
    """Return the rows above the items of a sheet: its headings, and in a language a row of plain names."""
    names = [column.name for column in SHEETS[sheet]]
    if language is None:
        return [tuple(names)]
    headings = (in_language(COLUMN_NAMES[sheet], name, language) for name in names)
    return [tuple(headings), tuple(explanation(sheet, name, language) for name in names)]


def _paired(item: Mapping[str, Any]) -> dict[str, Any]:
    return {**item, "participant_1": item["between"][0], "participant_2": item["between"][1]}


def _table(sheet: str, items: Iterable[Mapping[str, Any]], language: str | None) -> Iterator[Sequence[Content]]:
    columns = SHEETS[sheet]
    for k, item in enumerate(items):
        row = [column.cell(item[column.name], language) for column in columns]
        if k == 0 and only_explains(sheet, dict(zip((column.name for column in columns), row, strict=True))):
            row[0] = cells.quoted_cell(item[columns[0].name])
        yield tuple(row)


def _beside(
    rows: Sequence[Sequence[Content]], event: Event, language: str | None, contacts: Contacts
) -> Iterator[Sequence[Content]]:
    """Yield the rows of the participants' sheet with their contacts behind them."""
    head: list[Sequence[Content]] = [CONTACTS]
    if language is not None:
        head = [
            [in_language(CONTACT_NAMES, what, language) for what in CONTACTS],
            [explanation("participants", what, language) for what in CONTACTS],
        ]
    told = [contacts.get(participant.id, Contact()).cells() for participant in event.participants]
    for row, more in zip(rows, [*head, *told], strict=True):
        yield (*row, *more)


def _settings(event: Event, language: str | None) -> Iterator[Sequence[Content]]:
    for name, setting in SETTINGS.items():
        value: Any = event
        for step in setting.path:
            value = getattr(value, step)
        yield in_language(SETTING_NAMES, name, language) if language else name, setting.cell(value, language)


def _timetable(event: Event, schedule: Schedule) -> Iterator[Sequence[Content]]:
    yield ("slot", "start", "table", "participant_1", "name_1", "participant_2", "name_2", "facilitator", "score")
    tables = {table.id: table.label for table in event.tables}
    helpers = {facilitator.id: facilitator.label for facilitator in event.facilitators}
    for meeting in schedule.meetings:
        one, other = (event.participant(id) for id in meeting.between)
        yield (
            cells.text_cell(meeting.slot),
            cells.time_cell(event.slots[event.slot_index[meeting.slot]].start),
            cells.text_cell(meeting.table and tables[meeting.table]),
            cells.text_cell(one.id),
            cells.text_cell(one.label),
            cells.text_cell(other.id),
            cells.text_cell(other.label),
            cells.text_cell(meeting.facilitator and helpers[meeting.facilitator]),
            meeting.score,
        )


def too_long(sheet: str, rows: Sequence[Sequence[Content]], most: int) -> Iterator[EventFault]:
    """Yield a fault for each text of more than ``most`` characters, which no cell can hold."""
    for r, row in enumerate(rows, start=1):
        for c, value in enumerate(row, start=1):
            if isinstance(value, str) and len(value) > most:
                message = expected("cell_at_most", "found", most=most, found=len(value))
                yield EventFault(cell_name(sheet, c, r), message)


# Reading


def read_workbook(data: bytes) -> Event:
    """Return the event of an XLSX workbook; raises as ``read_sheets``."""
    return read_sheets(sheets_of(data)).event


def read_workbook_and_contacts(data: bytes, order: Order | None = None) -> Reading:
    """Return the event of an XLSX workbook, and by participants' ids the contacts that it holds.

    Raises ``InvalidEvent`` as ``read_sheets``; for a file that is no workbook, or one that would unpack to an absurd
    size, with one fault at ``workbook``.
    """
    return read_sheets(sheets_of(data), order)
