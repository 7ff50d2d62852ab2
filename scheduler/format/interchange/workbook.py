"""Events as XLSX workbooks: a sheet a subject, a row an item, faults by sheet and cell.

Writing loses nothing: what is written is read back as the same event. A schedule that is written along stands on a
sheet of its own, ``timetable``, which reading leaves aside.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook

from scheduler.format.errors import EventFault, InvalidEvent
from scheduler.format.event import Event, parse_event, slots_with_offsets
from scheduler.format.faults import Tally, TooManyFaults, show
from scheduler.format.interchange import cells
from scheduler.format.interchange.cells import LARGEST_CELL, Misread
from scheduler.format.interchange.columns import FOR_PEOPLE, MANDATORY, SETTINGS, SHEETS, Column, Reader
from scheduler.format.interchange.places import relocated
from scheduler.format.interchange.sheets import Content, fill_sheet
from scheduler.format.interchange.unpacking import Rows, Unusable, cell_name, sheets_of
from scheduler.format.references import unknown_id
from scheduler.format.schedule import Schedule
from scheduler.format.sentence import Sentence, expected
from scheduler.format.text import Alikes, nearest

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
    yield "slots", _table("slots", map(vars, slots_with_offsets(event)))
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
                message = expected("cell_at_most", "found", most=LARGEST_CELL, found=len(value))
                yield EventFault(cell_name(sheet, c, r), message)


# Reading


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach a participant, as a workbook says it beside the event; empty where it does not."""

    name: str = ""
    email: str = ""
    phone: str = ""


def read_workbook(data: bytes) -> Event:
    """Return the event of an XLSX workbook; raises as ``read_workbook_and_contacts``."""
    return read_workbook_and_contacts(data)[0]


def read_workbook_and_contacts(data: bytes) -> tuple[Event, dict[str, Contact]]:
    """Return the event of an XLSX workbook, and by participants' ids the contacts that it holds.

    Raises ``InvalidEvent`` with every fault, each at ``sheet!cell``; for a file that is no workbook, or one that
    would unpack to an absurd size, one fault at ``workbook``.
    """
    reader = _Reader(sheets_of(data))
    try:
        raw = reader.event()
    except TooManyFaults:
        raise InvalidEvent(reader.faults.told("workbook")) from None
    try:
        event = parse_event(raw)
    except InvalidEvent as invalid:
        # A cell that could not be read is told once, not again for being missing.
        known = {fault.path for fault in reader.faults.kept}
        later = relocated(invalid.faults, reader.places, "workbook")
        reader.faults.extend(fault for fault in later if fault.path not in known)
    if reader.faults:
        raise InvalidEvent(reader.faults.told("workbook"))
    return event, reader.contacts


class _Reader:
    """One workbook: its event as a JSON object, the faults of its cells, and the cell that each value came from."""

    def __init__(self, sheets: Mapping[str, Rows]) -> None:
        self.sheets = sheets
        self.faults = Tally()
        self.places: dict[str, str] = {}
        self.contacts: dict[str, Contact] = {}

    def event(self) -> dict[str, Any]:
        """Return the event as a JSON object, values that could not be read as ``None``."""
        for name in self.sheets:
            if name not in SHEETS and name not in _IGNORED:
                self._fault(name, "one_of_sheets", "found", sheets=", ".join(SHEETS), found=show(name))
        for name in MANDATORY:
            if name not in self.sheets:
                self._fault("workbook", "sheet", "none", name=name)
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
                wanted = ", ".join(column.name for column in SHEETS[sheet])
                self._fault(f"{sheet}!A1", "headings", "nothing", headings=wanted)
            return
        (top, headings), *items = rows
        columns = self._columns(sheet, top, headings)
        for number, row in items:
            found: dict[str, tuple[str, Any]] = {}
            for position, value in enumerate(row):
                column = columns.get(position)
                at = cell_name(sheet, position + 1, number)
                if isinstance(column, Column):
                    found[column.name] = (at, self._read(column.read, value, at))
                elif column is not None:
                    found.setdefault(column, (at, value))
                elif value is not None:
                    self._fault(at, "nothing_under_no_heading", "found", found=_shown(value))
            # A row in which only a remark stands is none of the event's.
            if any(value is not None and isinstance(columns.get(k), Column) for k, value in enumerate(row)):
                yield found

    def _columns(self, sheet: str, top: int, headings: Sequence[object]) -> dict[int, Column | str]:
        """Return the column of each position with a heading; what stands there where it is for people alone."""
        known = {column.name: column for column in SHEETS[sheet]}
        found: dict[int, Column | str] = {}
        for position, heading in enumerate(headings):
            if heading is None:
                continue
            name = str(heading).strip().lower()
            at = cell_name(sheet, position + 1, top)
            if name in FOR_PEOPLE[sheet]:
                found[position] = FOR_PEOPLE[sheet][name]
            elif name not in known:
                near = nearest(name, known)
                found_it = "found_near" if near else "found"
                told = {"headings": ", ".join(known), "found": _shown(heading), "near": near}
                self._fault(at, "one_of_headings", found_it, **told)
            elif known[name] in found.values():
                self._fault(at, "heading_once", "found_again", found=_shown(heading))
            else:
                found[position] = known[name]
        present = {column.name for column in found.values() if isinstance(column, Column)}
        for column in known.values():
            if column.mandatory and column.name not in present:
                self._fault(cell_name(sheet, 1, top), "column", "none", name=column.name)
        return found

    def _read(self, read: Reader, value: object, at: str) -> Any:
        try:
            if isinstance(value, Unusable):
                raise Misread("value")
            return read(value)
        except Misread as misread:
            self._fault(at, misread.expected, "found", found=_shown(value))
            # Not a value of any field, so that what refers to this item is not called unknown.
            return _UNREADABLE

    def _item(self, collection: str, i: int, sheet: str, cells_read: Mapping[str, tuple[str, Any]]) -> dict[str, Any]:
        """Return a row as an object; empty cells are left out, so that they get the format's defaults."""
        path = f"{collection}[{i}]"
        if collection == "participants":
            self._note_contact(cells_read)
        item = {}
        for column in SHEETS[sheet]:
            if column.name in cells_read:
                place, value = cells_read[column.name]
                self.places.setdefault(path, place)
                self.places[f"{path}.{column.name}"] = place
                if value is not None:
                    item[column.name] = value
        return item

    def _note_contact(self, cells_read: Mapping[str, tuple[str, Any]]) -> None:
        told = {
            what: str(cells_read[what][1] or "").strip() for what in ("contact", "email", "phone") if what in cells_read
        }
        id = cells_read.get("id", ("", None))[1]
        if _is_text(id) and any(told.values()):
            self.contacts[id] = Contact(told.get("contact", ""), told.get("email", ""), told.get("phone", ""))

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
        alikes = Alikes(position)
        # Where an id could not be read, an unknown one may be that very id: say nothing then.
        all_known = all(_is_text(item.get("id")) for item in participants)
        ranks: dict[str, set[int]] = defaultdict(set)
        wished: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
        for row in self._items("wishes"):
            (at, who), (rank_at, rank), (partner_at, partner) = (
                row.get(name, ("wishes!A1", None)) for name in ("participant", "rank", "partner")
            )
            for id, id_at in ((who, at), (partner, partner_at)):
                if id is None or (_is_text(id) and id not in position and all_known):
                    if id is None:
                        self._fault(id_at, "participant_id", "nothing")
                    else:
                        self.faults.add(EventFault(id_at, unknown_id("participant", id, alikes)))
            if rank is None or (isinstance(rank, int) and rank < 1):
                self._fault(rank_at, "rank", "nothing" if rank is None else "found", found=rank)
            if _is_text(who) and _is_text(partner) and isinstance(rank, int) and who in position:
                wished[who].append((rank, partner, partner_at))
                if rank in ranks[who]:
                    self._fault(rank_at, "rank_once", "found_again", who=show(who), found=rank)
                ranks[who].add(rank)
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
            if name == _UNREADABLE or value == _UNREADABLE:
                continue
            if name not in SETTINGS or name in seen:
                what = "setting_once" if name in seen else "one_of_settings"
                self._fault(at, what, "found", settings=", ".join(SETTINGS), found=show(name))
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

    def _fault(self, place: str, what: str, found: str, /, **values: object) -> None:
        self.faults.add(EventFault(place, expected(what, found, **values)))


_UNREADABLE: dict[str, Any] = {}


def _shown(value: object) -> str | Sentence:
    return value.found if isinstance(value, Unusable) else show(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str)
