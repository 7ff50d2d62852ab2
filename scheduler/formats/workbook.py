"""Events as XLSX workbooks: a sheet a subject, a row an item, faults by sheet and cell.

Writing loses nothing: what is written is read back as the same event. A schedule that is written along stands on a
sheet of its own, ``timetable``, which reading leaves aside.
"""

from __future__ import annotations

import io
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter

from scheduler.errors import EventFault, InvalidEvent
from scheduler.event import Event, parse_event
from scheduler.faults import show
from scheduler.formats import cells
from scheduler.formats.cells import LARGEST_CELL, Misread
from scheduler.formats.columns import MANDATORY, SETTINGS, SHEETS, Column, Reader
from scheduler.formats.places import relocated
from scheduler.formats.sheets import Content, fill_sheet
from scheduler.schedule import Schedule

_LARGEST_UNPACKED = 300 << 20
_MOST_PARTS = 2_000
_MOST_COLUMNS = 60
_MOST_ROWS = 500_000
_MOST_FAULTS = 1_000

_TIMETABLE = "timetable"
# Sheets for people, which are not read.
_IGNORED = frozenset({_TIMETABLE, "notes", "help", "aide"})


# Writing


def write_workbook(event: Event, schedule: Schedule | None = None) -> bytes:
    """Return an XLSX workbook of ``event``; with ``schedule``, its meetings on the sheet ``timetable``.

    Text stays text whatever it starts with. Raises ``InvalidEvent`` where a value is too long for a cell.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    faults: list[EventFault] = []
    for name, rows in _written(event, schedule):
        table = list(rows)
        faults += _too_long(name, table)
        fill_sheet(book.create_sheet(name), table)
    if faults:
        raise InvalidEvent(faults)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _written(event: Event, schedule: Schedule | None) -> Iterator[tuple[str, Iterable[Sequence[Content]]]]:
    """Yield each sheet's name and rows, the headings first."""
    wishes = [
        {"participant": participant.id, "rank": rank, "partner": partner}
        for participant in event.participants
        for rank, partner in enumerate(participant.wishes, start=1)
    ]
    yield "slots", _table("slots", map(vars, event.slots))
    yield "tables", _table("tables", map(vars, event.tables))
    yield "participants", _table("participants", map(vars, event.participants))
    yield "wishes", _table("wishes", wishes)
    yield "meetings", _table("meetings", (_paired(vars(rule)) for rule in event.meetings))
    yield "facilitators", _table("facilitators", map(vars, event.facilitators))
    if event.affinities is not None:
        yield "affinities", _table("affinities", (_paired(vars(given)) for given in event.affinities))
    yield "settings", [("setting", "value"), *_settings(event)]
    if schedule is not None:
        yield _TIMETABLE, _timetable(event, schedule)


def _paired(item: Mapping[str, Any]) -> dict[str, Any]:
    return {**item, "participant_1": item["between"][0], "participant_2": item["between"][1]}


def _table(sheet: str, items: Iterable[Mapping[str, Any]]) -> Iterator[Sequence[Content]]:
    columns = SHEETS[sheet]
    yield tuple(column.name for column in columns)
    for item in items:
        yield tuple(column.write(item[column.name]) for column in columns)


def _settings(event: Event) -> Iterator[Sequence[Content]]:
    for name, (path, _, write) in SETTINGS.items():
        value: Any = event
        for step in path:
            value = getattr(value, step)
        yield name, write(value)


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


def _too_long(sheet: str, rows: Sequence[Sequence[Content]]) -> Iterator[EventFault]:
    for r, row in enumerate(rows, start=1):
        for c, value in enumerate(row, start=1):
            if isinstance(value, str) and len(value) > LARGEST_CELL:
                expected = f"at most {LARGEST_CELL} characters, all that a cell can hold"
                yield EventFault(_place(sheet, c, r), f"expected {expected}, found {len(value)}")


# Reading


def read_workbook(data: bytes) -> Event:
    """Return the event of an XLSX workbook.

    Raises ``InvalidEvent`` with every fault, each at ``sheet!cell``; for a file that is no workbook, or one that
    would unpack to an absurd size, one fault at ``workbook``.
    """
    reader = _Reader(_sheets_of(data))
    raw = reader.event()
    try:
        event = parse_event(raw)
    except InvalidEvent as invalid:
        # A cell that could not be read is told once, not again for being missing.
        known = {fault.path for fault in reader.faults}
        later = relocated(invalid.faults, reader.places, "workbook")
        reader.faults += [fault for fault in later if fault.path not in known]
    if reader.faults:
        raise InvalidEvent(reader.faults[:_MOST_FAULTS])
    return event


Rows = list[tuple[int, tuple[object, ...]]]


def _sheets_of(data: bytes) -> dict[str, Rows]:
    """Return for each sheet its rows that are not empty, with their numbers."""
    _refuse_no_workbook(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        return {sheet.title.strip().lower(): _rows(sheet) for sheet in book.worksheets}
    except InvalidEvent:
        raise
    except Exception as error:
        # The reader of workbooks raises whatever its parts raise on damaged files.
        raise _no_workbook(f"a damaged one ({type(error).__name__})") from error


def _rows(sheet: Any) -> Rows:
    found: Rows = []
    for number, row in enumerate(sheet.iter_rows(max_col=_MOST_COLUMNS, values_only=True), start=1):
        if any(value is not None and value != "" for value in row):
            found.append((number, row))
            if len(found) > _MOST_ROWS:
                name = sheet.title.strip().lower()
                raise InvalidEvent([EventFault(name, f"expected at most {_MOST_ROWS} rows, found more")])
    return found


def _refuse_no_workbook(data: bytes) -> None:
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise _no_workbook("an old .xls file, or one with a password: save it as .xlsx without a password")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, EOFError):
        raise _no_workbook("something else" if data else "an empty file") from None
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise _no_workbook("another kind of file")
    size = sum(part.file_size for part in parts)
    if size > _LARGEST_UNPACKED or len(parts) > _MOST_PARTS:
        raise _no_workbook(f"{len(parts)} parts that unpack to {size >> 20} MiB")


def _no_workbook(found: str) -> InvalidEvent:
    return InvalidEvent([EventFault("workbook", f"expected an XLSX workbook, found {found}")])


class _Reader:
    """One workbook: its event as a JSON object, the faults of its cells, and the cell that each value came from."""

    def __init__(self, sheets: Mapping[str, Rows]) -> None:
        self.sheets = sheets
        self.faults: list[EventFault] = []
        self.places: dict[str, str] = {}

    def event(self) -> dict[str, Any]:
        """Return the event as a JSON object, values that could not be read as ``None``."""
        for name in self.sheets:
            if name not in SHEETS and name not in _IGNORED:
                self._fault(name, f"expected one of the sheets {', '.join(SHEETS)}, found {show(name)}")
        for name in MANDATORY:
            if name not in self.sheets:
                self._fault("workbook", f"expected a sheet {name}, found none")
        raw: dict[str, Any] = {"format": "passerelle-event/1"}
        for name in ("slots", "tables", "facilitators", "participants"):
            self.places[name] = f"{name}!A1"
            raw[name] = [self._item(name, i, name, item) for i, item in enumerate(self._items(name))]
        self._add_wishes(raw["participants"])
        raw["meetings"] = [self._pair_item("meetings", i, item) for i, item in enumerate(self._items("meetings"))]
        if "affinities" in self.sheets:
            items = self._items("affinities")
            raw["affinities"] = [self._pair_item("affinities", i, item) for i, item in enumerate(items)]
        self._add_settings(raw)
        return raw

    def _items(self, sheet: str) -> Iterator[dict[str, tuple[str, Any]]]:
        """Yield each row of a sheet as its columns' names, each with the cell and the value read."""
        rows = self.sheets.get(sheet, [])
        if not rows:
            if sheet in self.sheets:
                self._fault(f"{sheet}!A1", f"expected the headings {', '.join(c.name for c in SHEETS[sheet])}")
            return
        (top, headings), *items = rows
        columns = self._columns(sheet, top, headings)
        for number, row in items:
            found = {}
            for position, value in enumerate(row):
                column = columns.get(position)
                place = _place(sheet, position + 1, number)
                if column is not None:
                    found[column.name] = (place, self._read(column.read, value, place))
                elif value not in (None, ""):
                    self._fault(place, f"expected nothing under no heading, found {show(value)}")
            yield found

    def _columns(self, sheet: str, top: int, headings: Sequence[object]) -> dict[int, Column]:
        known = {column.name: column for column in SHEETS[sheet]}
        found: dict[int, Column] = {}
        for position, heading in enumerate(headings):
            if heading is None or heading == "":
                continue
            name = str(heading).strip().lower()
            place = _place(sheet, position + 1, top)
            if name not in known:
                self._fault(place, f"expected one of the headings {', '.join(known)}, found {show(heading)}")
            elif known[name] in found.values():
                self._fault(place, f"expected each heading once, found {show(heading)} again")
            else:
                found[position] = known[name]
        present = {column.name for column in found.values()}
        for column in known.values():
            if column.mandatory and column.name not in present:
                self._fault(_place(sheet, 1, top), f"expected a column {column.name}, found none")
        return found

    def _read(self, read: Reader, value: object, place: str) -> Any:
        try:
            return read(value)
        except Misread as misread:
            self._fault(place, f"expected {misread.expected}, found {show(value)}")
            # Not a value of any field, so that what refers to this item is not called unknown.
            return _UNREADABLE

    def _item(self, collection: str, i: int, sheet: str, cells_read: Mapping[str, tuple[str, Any]]) -> dict[str, Any]:
        """Return a row as an object; empty cells are left out, so that they get the format's defaults."""
        path = f"{collection}[{i}]"
        item = {}
        for column in SHEETS[sheet]:
            if column.name in cells_read:
                place, value = cells_read[column.name]
                self.places.setdefault(path, place)
                self.places[f"{path}.{column.name}"] = place
                if value is not None:
                    item[column.name] = value
        return item

    def _pair_item(self, sheet: str, i: int, cells_read: Mapping[str, tuple[str, Any]]) -> dict[str, Any]:
        item = self._item(sheet, i, sheet, cells_read)
        sides = [item.pop(f"participant_{k}", None) for k in (1, 2)]
        self.places[f"{sheet}[{i}].between"] = self.places.get(f"{sheet}[{i}].participant_1", f"{sheet}!A1")
        for k in (0, 1):
            place = self.places.get(f"{sheet}[{i}].participant_{k + 1}", f"{sheet}!A1")
            self.places[f"{sheet}[{i}].between[{k}]"] = place
        return {"between": sides, **item}

    def _add_wishes(self, participants: Sequence[dict[str, Any]]) -> None:
        position = {item["id"]: i for i, item in reversed(list(enumerate(participants))) if _is_text(item.get("id"))}
        wished: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
        for row in self._items("wishes"):
            (at, who), (rank_at, rank), (partner_at, partner) = (
                row.get(name, ("wishes!A1", None)) for name in ("participant", "rank", "partner")
            )
            if who is None or (_is_text(who) and who not in position):
                self._fault(at, f"expected the id of a participant, found {show(who) if who else 'nothing'}")
            if rank is None or (isinstance(rank, int) and rank < 1):
                self._fault(rank_at, f"expected a rank from 1, found {'nothing' if rank is None else rank}")
            if partner is None:
                self._fault(partner_at, "expected the id of a participant, found nothing")
            if _is_text(who) and _is_text(partner) and isinstance(rank, int) and who in position:
                wished[who].append((rank, partner, partner_at))
                if sum(rank == other for other, _, _ in wished[who][-2:]) > 1:
                    self._fault(rank_at, f"expected each rank of {show(who)} once, found {rank} again")
        for who, wishes in wished.items():
            path = f"participants[{position[who]}].wishes"
            # Stable: of two with the same rank the upper row comes first.
            wishes.sort(key=lambda wish: wish[0])
            participants[position[who]]["wishes"] = [partner for _, partner, _ in wishes]
            self.places[path] = wishes[0][2]
            for k, (_, _, place) in enumerate(wishes):
                self.places[f"{path}[{k}]"] = place

    def _add_settings(self, raw: dict[str, Any]) -> None:
        seen: set[str] = set()
        for row in self._items("settings"):
            (at, name), (place, value) = (row.get(heading, ("settings!A1", None)) for heading in ("setting", "value"))
            if name not in SETTINGS or name in seen:
                expected = "each setting once" if name in seen else f"one of the settings {', '.join(SETTINGS)}"
                self._fault(at, f"expected {expected}, found {show(name)}")
                continue
            seen.add(name)
            path, read, _ = SETTINGS[name]
            self.places[".".join(path)] = place
            found = self._read(read, value, place)
            if found is None and name in ("may_meet", "coverage"):
                # An empty list and the default are two different things.
                found = []
            if found is not None:
                target = raw
                for step in path[:-1]:
                    target = target.setdefault(step, {})
                target[path[-1]] = found

    def _fault(self, place: str, message: str) -> None:
        self.faults.append(EventFault(place, message))


_UNREADABLE: dict[str, Any] = {}


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _place(sheet: str, column: int, row: int) -> str:
    return f"{sheet}!{get_column_letter(column)}{row}"
