"""An event from the sheets of a workbook or of a text file: each row an item, each fault at the cell of its author."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from typing import Any

from scheduler.format.errors import EventFault, InvalidEvent
from scheduler.format.event import Event, parse_event
from scheduler.format.faults import Tally, TooManyFaults, show
from scheduler.format.interchange import cells
from scheduler.format.interchange.cells import Misread
from scheduler.format.interchange.columns import (
    CONTACTS,
    HEADINGS,
    MANDATORY,
    SETTINGS,
    SETTINGS_CALLED,
    SHEETS,
    Reader,
)
from scheduler.format.interchange.contacts import Contact, Contacts
from scheduler.format.interchange.dates import Ambiguous, Order, clock_of, date_of, order_of
from scheduler.format.interchange.explained import only_explains
from scheduler.format.interchange.names import SHEETS_CALLED, is_unread
from scheduler.format.interchange.places import relocated
from scheduler.format.interchange.unpacking import Rows, Unusable, cell_name
from scheduler.format.references import unknown_id
from scheduler.format.sentence import Sentence, expected
from scheduler.format.text import Alikes, nearest

# Not a value of any field, so that what refers to this item is not called unknown.
UNREADABLE: dict[str, Any] = {}
_MOST_SHEETS_NAMED = 10
# Sheets whose rows are numbered where they have no column for an id, and with which letter.
_NUMBERED = {"slots": "s", "tables": "t"}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds: the event, what stands beside it of people, and what was understood with some doubt."""

    event: Event
    contacts: Contacts
    notes: tuple[Sentence, ...] = ()


def holds_an_event(sheets: Mapping[str, Rows]) -> bool:
    """Return whether these are the sheets of an event, rather than lists of people: slots beside participants with ids.

    Where there is no sheet of participants, all sheets have names of an event's, not counting those for people.
    """
    called = {SHEETS_CALLED.exact(name) or SHEETS_CALLED.near(name): rows for name, rows in sheets.items() if rows}
    strange = any(rows and not is_unread(name) and SHEETS_CALLED.exact(name) is None for name, rows in sheets.items())
    if "participants" in called:
        headings = [HEADINGS["participants"].exact(str(heading)) for heading in called["participants"][0][1]]
        return "id" in headings and len(called.keys() - {None}) > 1
    return not strange and bool(called.keys() - {None, "wishes"})


def read_sheets(sheets: Mapping[str, Rows], order: Order | None = None) -> Reading:
    """Return what the sheets, by their names in small letters, hold; ``order`` is that of dates that do not tell.

    Raises ``InvalidEvent`` with every fault, each at ``sheet!cell``; for sheets that have nothing of an event, one
    fault at ``workbook`` that says what a workbook looks like. Cost: linear.
    """
    reader = EventSheets(sheets, order)
    try:
        raw = reader.event()
        if raw is None:
            raise InvalidEvent(reader.faults.told("workbook"))
    except TooManyFaults:
        raise InvalidEvent(reader.faults.told("workbook")) from None
    return reader.checked(raw)


class EventSheets:
    """Sheets while they are read: the faults of their cells, and the cell that each value came from."""

    def __init__(self, sheets: Mapping[str, Rows], order: Order | None = None) -> None:
        self.faults = Tally()
        self.places: dict[str, str] = {}
        self.contacts: dict[str, Contact] = {}
        self.notes: list[Sentence] = []
        self._sheets = sheets
        # What the sheets are called in the file, by what they are.
        self._called: dict[str, str] = {}
        self._find_sheets()
        self.order = order or order_of(value for _, row in self.rows("slots") for value in row)

    def rows(self, sheet: str) -> Rows:
        """Return the rows of a sheet, none where the file has no such sheet."""
        return self._sheets[self._called[sheet]] if sheet in self._called else []

    def _find_sheets(self) -> None:
        strange = []
        for name in self._sheets:
            what = SHEETS_CALLED.exact(name)
            if what is None:
                if not is_unread(name):
                    strange.append(name)
            elif what in self._called:
                self.fault(name, "sheet_once", "another_of_that_name")
            else:
                self._called[what] = name
        if not self._called:
            # Somebody else's workbook: what its sheets are called is no fault of theirs.
            return
        for name in strange:
            what = SHEETS_CALLED.near(name)
            if what is not None and what not in self._called:
                self._called[what] = name
                self.notes.append(Sentence("sheet_taken", found=show(name), name=what))
            else:
                near = what or nearest(name, SHEETS)
                found = "found_near" if near else "found"
                self.fault(name, "one_of_sheets", found, sheets=", ".join(SHEETS), found=show(name), near=near)

    def event(self) -> dict[str, Any] | None:
        """Return the event as a JSON object, values that could not be read as no field has them; ``None``: it is none.

        Raises ``TooManyFaults``.
        """
        if not any(self.rows(sheet) for sheet in self._called):
            filled = [rows for rows in self._sheets.values() if rows]
            if len(filled) == 1:
                headings = [str(shown(value)) for value in filled[0][0][1] if value is not None]
                told = ", ".join(headings[:_MOST_SHEETS_NAMED])
                self.fault("workbook", "workbook_of_event", "found_headings", headings=told)
            elif filled:
                sheets = ", ".join(map(show, [*self._sheets][:_MOST_SHEETS_NAMED]))
                self.fault("workbook", "workbook_of_event", "other_sheets", sheets=sheets)
            else:
                self.fault("workbook", "workbook_of_event", "nothing_in_it")
            return None
        for name in MANDATORY:
            if name not in self._called:
                self.fault("workbook", "sheet", "none", name=name)
        raw: dict[str, Any] = {"format": "passerelle-event/1"}
        for name in ("slots", "tables", "facilitators", "participants"):
            raw[name] = self.listed(name)
        if not raw["slots"] and self.rows("slots"):
            self.fault(self._place("slots"), "row_of_slot", "nothing")
        self._add_wishes(raw["participants"])
        raw["meetings"] = [self._pair_item("meetings", i, item) for i, item in enumerate(self._items("meetings"))]
        if "affinities" in self._called:
            items = self._items("affinities")
            raw["affinities"] = [self._pair_item("affinities", i, item) for i, item in enumerate(items)]
        self._add_settings(raw)
        return raw

    def listed(self, sheet: str) -> list[dict[str, Any]]:
        """Return the rows of a sheet as objects of the event file. Raises ``TooManyFaults``."""
        self.places[sheet] = self._place(sheet)
        return [self._item(sheet, i, sheet, item) for i, item in enumerate(self._items(sheet))]

    def checked(self, raw: Mapping[str, Any]) -> Reading:
        """Return the event of ``raw`` with what was read beside it. Raises ``InvalidEvent`` with every fault."""
        event = None
        try:
            event = parse_event(raw)
        except InvalidEvent as invalid:
            # A cell that could not be read is told once, not again for being missing.
            known = {fault.path for fault in self.faults.kept}
            later = relocated(invalid.faults, self.places, "workbook")
            self.faults.extend(fault for fault in later if fault.path not in known)
        if event is None or self.faults:
            raise InvalidEvent(self.faults.told("workbook"))
        return Reading(event, self.contacts, tuple(self.notes))

    def _place(self, sheet: str) -> str:
        return f"{self._called.get(sheet, sheet)}!A1"

    def _items(self, sheet: str) -> Iterator[dict[str, tuple[str, Any]]]:
        """Yield each row of a sheet as its columns' names, each with the cell and the value read."""
        rows = self.rows(sheet)
        if not rows:
            if sheet in self._called:
                wanted = ", ".join(column.name for column in SHEETS[sheet])
                self.fault(self._place(sheet), "headings", "nothing", headings=wanted)
            return
        (top, headings), *items = rows
        columns = self._columns(sheet, top, headings)
        first = min(columns, default=0)
        count = 0
        for k, (number, row) in enumerate(items):
            if k == 0 and self._explains(sheet, columns, row):
                continue
            if first < len(row) and cells.is_example(row[first]):
                continue
            found = self._read_row(sheet, columns, number, row)
            if found:
                count += 1
                if "id" not in columns.values() and sheet in _NUMBERED:
                    found["id"] = cell_name(self._called[sheet], 1, number), f"{_NUMBERED[sheet]}{count}"
                yield found

    def _explains(self, sheet: str, columns: Mapping[int, str], row: Sequence[object]) -> bool:
        """Return whether the row below the headings says nothing but what they mean."""
        named = {columns[k]: value for k, value in enumerate(row) if k in columns}
        return only_explains(sheet, named) and all(k in columns for k, value in enumerate(row) if value is not None)

    def _read_row(
        self, sheet: str, columns: Mapping[int, str], number: int, row: Sequence[object]
    ) -> dict[str, tuple[str, Any]]:
        """Return what stands in a row; nothing where only remarks do, which are none of the event's."""
        known = {column.name: column for column in SHEETS[sheet]}
        found: dict[str, tuple[str, Any]] = {}
        tells = False
        for position, value in enumerate(row):
            name = columns.get(position)
            at = cell_name(self._called[sheet], position + 1, number)
            if name in known:
                read = known[name].read
                found[name] = (at, value if read is cells.read_time else self.read(read, value, at))
                tells = tells or value is not None
            elif name is not None:
                found.setdefault(name, (at, value))
            elif value is not None:
                self.fault(at, "nothing_under_no_heading", "found", found=shown(value))
        if not tells:
            return {}
        if sheet == "slots":
            self._read_times(found)
        return found

    def _read_times(self, found: dict[str, tuple[str, Any]]) -> None:
        """Read the times of a slot, which may stand apart from its day."""
        day_at, day = found.pop("day", ("", None))
        day = self.read(self._day, day, day_at) if day is not None else None
        for name in ("start", "end"):
            if name in found:
                at, value = found[name]
                found[name] = (at, self.read(partial(self._moment, day), value, at))

    def _day(self, value: object) -> date:
        if isinstance(value, datetime):
            return value.date()
        try:
            return date_of(value.strip(), self.order) if isinstance(value, str) else _no_day()
        except Ambiguous:
            raise Misread("day_or_month_first") from None
        except ValueError:
            raise Misread("date") from None

    def _moment(self, day: date | None, value: object) -> str | None:
        if isinstance(day, date):
            clock = value if isinstance(value, time) else None
            if isinstance(value, str):
                try:
                    clock = clock_of(value.strip())
                except ValueError:
                    clock = None
            if clock is not None:
                return cells.as_in_file(datetime.combine(day, clock.replace(microsecond=0)))
        return cells.read_time(value, self.order)

    def _columns(self, sheet: str, top: int, headings: Sequence[object]) -> dict[int, str]:
        """Return what stands at each position with a heading: a column, a contact or a remark."""
        known = {column.name: column for column in SHEETS[sheet]}
        names = [None if heading is None else str(heading).strip() for heading in headings]
        exact = {k: HEADINGS[sheet].exact(name) for k, name in enumerate(names) if name is not None}
        found: dict[int, str] = {}
        for position, meant in exact.items():
            heading = headings[position]
            at = cell_name(self._called[sheet], position + 1, top)
            near = HEADINGS[sheet].near(names[position] or "") if meant is None else None
            if meant is None and near is not None and near not in exact.values() and near not in found.values():
                self.notes.append(Sentence("heading_taken", place=at, found=show(heading), name=near))
                found[position] = near
            elif meant is None:
                near = nearest(str(names[position]), known) or near
                told = {"headings": ", ".join(known), "found": shown(heading), "near": near}
                self.fault(at, "one_of_headings", "found_near" if near else "found", **told)
            elif meant in known and meant in found.values():
                self.fault(at, "heading_once", "found_again", found=shown(heading))
            else:
                found[position] = meant
        for column in known.values():
            numbered = column.name == "id" and sheet in _NUMBERED
            if column.mandatory and column.name not in found.values() and not numbered:
                self.fault(cell_name(self._called[sheet], 1, top), "column", "none", name=column.name)
        return found

    def read(self, read: Reader, value: object, at: str) -> Any:
        """Return what ``read`` makes of a cell; where it cannot, a fault is noted and ``UNREADABLE`` comes back."""
        try:
            if isinstance(value, Unusable):
                raise Misread("value")
            return read(value)
        except Misread as misread:
            self.fault(at, misread.expected, "found", found=shown(value))
            return UNREADABLE

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
        id = cells_read.get("id", ("", None))[1]
        contact = Contact.of({what: cells_read[what][1] for what in CONTACTS if what in cells_read})
        if _is_text(id) and contact:
            self.contacts[id] = contact

    def _pair_item(self, sheet: str, i: int, cells_read: Mapping[str, tuple[str, Any]]) -> dict[str, Any]:
        item = self._item(sheet, i, sheet, cells_read)
        sides = [item.pop(f"participant_{k}", None) for k in (1, 2)]
        self.places[f"{sheet}[{i}].between"] = self.places.get(f"{sheet}[{i}].participant_1", self._place(sheet))
        for k in (0, 1):
            place = self.places.get(f"{sheet}[{i}].participant_{k + 1}", self._place(sheet))
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
                row.get(name, (self._place("wishes"), None)) for name in ("participant", "rank", "partner")
            )
            for id, id_at in ((who, at), (partner, partner_at)):
                if id is None or (_is_text(id) and id not in position and all_known):
                    if id is None:
                        self.fault(id_at, "participant_id", "nothing")
                    else:
                        self.faults.add(EventFault(id_at, unknown_id("participant", id, alikes)))
            if rank is None or (isinstance(rank, int) and rank < 1):
                self.fault(rank_at, "rank", "nothing" if rank is None else "found", found=rank)
            if _is_text(who) and _is_text(partner) and isinstance(rank, int) and who in position:
                wished[who].append((rank, partner, partner_at))
                if rank in ranks[who]:
                    self.fault(rank_at, "rank_once", "found_again", who=show(who), found=rank)
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
            (at, written), (place, value) = (
                row.get(heading, (self._place("settings"), None)) for heading in ("setting", "value")
            )
            if written == UNREADABLE or value == UNREADABLE:
                continue
            name = SETTINGS_CALLED.exact(written) if _is_text(written) else None
            if name is None or name in seen:
                what = "setting_once" if name in seen else "one_of_settings"
                self.fault(at, what, "found", settings=", ".join(SETTINGS), found=show(written))
                continue
            seen.add(name)
            path = SETTINGS[name].path
            self.places[".".join(path)] = place
            found = self.read(SETTINGS[name].read, value, place)
            if found is None and name in ("may_meet", "coverage"):
                # An empty list and the default are two different things.
                found = []
            if found is not None:
                target = raw
                for step in path[:-1]:
                    target = target.setdefault(step, {})
                target[path[-1]] = found

    def fault(self, place: str, what: str, found: str, /, **values: object) -> None:
        """Note a fault; raises ``TooManyFaults``."""
        self.faults.add(EventFault(place, expected(what, found, **values)))


def shown(value: object) -> str | Sentence:
    """Return what stands in a cell as faults show it."""
    return value.found if isinstance(value, Unusable) else show(value)


def _no_day() -> date:
    raise ValueError


def _is_text(value: object) -> bool:
    return isinstance(value, str)
