"""The parts of an XLSX file, each read once from its first byte to its last: no tree is built, nothing is kept unread.

What general readers of workbooks make of styles, of rows that are far away and of whatever else they know costs
hundreds of times what the file is worth: an event needs the values of cells, and which of their numbers are dates.
Source: ECMA-376, parts 1 and 2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import IO, Any
from xml.parsers import expat

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import CALENDAR_MAC_1904, WINDOWS_EPOCH, from_excel, from_ISO8601

from scheduler.format.sentence import Sentence

# What spreadsheets themselves allow; a file may claim any number.
LAST_ROW = 1_048_576
_LAST_COLUMN = 16_384
# Spreadsheets have 65,490 formats at most.
_MOST_FORMATS = 100_000
# Each is read, whether a cell shows it or not: ten times what 5,000 participants a side need.
_MOST_STRINGS = 1_000_000
_LONGEST_FORMAT = 255
_DEEPEST = 100
_PIECE = 1 << 16

NO_RESULT = Sentence("formula_without_result")


class Excess(Exception):
    """More of something than any workbook of an event has; ``found`` in words."""

    def __init__(self, found: str, most: int) -> None:
        self.found, self.most = found, most
        super().__init__(found)


class OwnEntities(Exception):
    """A part with a document type: it serves only to blow a file up or to reach for others."""


class TooManyRows(Exception):
    """More rows than a sheet can have."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """What stands in a cell in place of a value; ``found`` in words."""

    found: Sentence


@dataclass(frozen=True, slots=True)
class Listed:
    """A sheet as the workbook lists it: its name and the relationship that leads to its part."""

    name: str
    relationship: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the values of cells refer to: shared strings, the formats of dates, the beginning of the calendar."""

    strings: list[str]
    dates: frozenset[int] = frozenset()
    durations: frozenset[int] = frozenset()
    epoch: datetime = WINDOWS_EPOCH


class _Part:
    """One part on its way through Expat: subclasses say what to do where an element begins and ends."""

    def read(self, source: IO[bytes]) -> None:
        """Raise ``ValueError``, ``Excess``, ``OwnEntities``, or what Expat and the archive raise. Cost: linear."""
        self._depth = 0
        self._pieces: list[str] | None = None
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = _refuse_document_type
        while piece := source.read(_PIECE):
            parser.Parse(piece, False)
        parser.Parse(b"", True)

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins; ``name`` is without its prefix."""

    def end(self, name: str) -> None:
        """An element has ended."""

    def listen(self) -> None:
        """Keep the text that comes from here on, for ``heard``."""
        self._pieces = []

    def heard(self) -> str:
        """Return the text since ``listen``, and keep no more of it."""
        pieces, self._pieces = self._pieces, None
        return "".join(pieces or ())

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ValueError("too deep")
        self.begin(name.rpartition(":")[2], attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        self.end(name.rpartition(":")[2])

    def _characters(self, text: str) -> None:
        if self._pieces is not None:
            self._pieces.append(text)


def _refuse_document_type(*_: object) -> None:
    raise OwnEntities


class Relationships(_Part):
    """Where the parts that a part refers to stand: by their ids, the kind and the target of each."""

    def __init__(self) -> None:
        self.found: dict[str, tuple[str, str]] = {}

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.found[attributes.get("Id", "")] = kind, attributes.get("Target", "")


class Book(_Part):
    """The sheets that the workbook lists, and where its calendar begins."""

    def __init__(self) -> None:
        self.sheets: list[Listed] = []
        self.epoch = WINDOWS_EPOCH

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            ids = [value for key, value in attributes.items() if key.rpartition(":")[2] == "id"]
            self.sheets.append(Listed(attributes.get("name", ""), ids[0] if ids else ""))
        elif name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            self.epoch = CALENDAR_MAC_1904


class Strings(_Part):
    """The strings that cells share, in order."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._runs: list[str] = []
        self._phonetic = False
        self._parts = 0

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self._parts += name in ("si", "r")
        if self._parts > _MOST_STRINGS:
            raise Excess("too_many_shared_strings", _MOST_STRINGS)
        if name == "si":
            self._runs = []
        elif name == "rPh":
            self._phonetic = True
        elif name == "t" and not self._phonetic:
            self.listen()

    def end(self, name: str) -> None:
        if name == "t" and not self._phonetic:
            self._runs.append(self.heard())
        elif name == "rPh":
            self._phonetic = False
        elif name == "si":
            self.found.append("".join(self._runs))


class Styles(_Part):
    """Which of the cells' formats show dates, and which durations."""

    def __init__(self) -> None:
        self._codes: dict[str, str] = {}
        self._formats: list[str] = []
        self._in_cells = False

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")[:_LONGEST_FORMAT]
        elif name == "cellXfs":
            self._in_cells = True
        elif name == "xf" and self._in_cells:
            self._formats.append(attributes.get("numFmtId", "0"))
        if len(self._codes) > _MOST_FORMATS or len(self._formats) > _MOST_FORMATS:
            raise Excess("too_many_cell_formats", _MOST_FORMATS)

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cells = False

    def those(self, kind: Callable[[str | None], bool]) -> frozenset[int]:
        """Return the numbers of the formats whose code is of a ``kind``."""
        builtin = {str(number): code for number, code in BUILTIN_FORMATS.items()}
        codes = {number: self._codes.get(number, builtin.get(number)) for number in set(self._formats)}
        found = {number for number, code in codes.items() if kind(code)}
        return frozenset(k for k, number in enumerate(self._formats) if number in found)

    @property
    def dates(self) -> frozenset[int]:
        """The formats that show dates."""
        return self.those(is_date_format)

    @property
    def durations(self) -> frozenset[int]:
        """The formats that show durations."""
        return self.those(is_timedelta_format)


@dataclass(slots=True)
class _Cell:
    """A cell while it is read."""

    column: int
    kind: str
    style: int
    value: str | None = None
    runs: list[str] = field(default_factory=list)
    computed: bool = False


class Sheet(_Part):
    """The rows of a sheet as they come: ``take`` gets the number of each, from 1, and its values up to the last.

    ``merged`` has the cells that are merged over several rows: the column from 0, the first row and the last.
    """

    def __init__(self, meaning: Meaning, most_columns: int, take: Callable[[int, list[object]], None]) -> None:
        self.merged: list[tuple[int, int, int]] = []
        self._meaning, self._most_columns, self._take = meaning, most_columns, take
        self._row = self._column = 0
        self._last = 0
        self._values: list[object] = []
        self._cell: _Cell | None = None
        self._phonetic = False

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._begin_cell(attributes)
        elif name == "v" or (name == "t" and not self._phonetic):
            self.listen()
        elif name == "f" and self._cell is not None:
            self._cell.computed = True
        elif name == "row":
            self._row = _row_number(attributes["r"]) if "r" in attributes else self._row + 1
            if self._row > LAST_ROW:
                raise TooManyRows
            self._column, self._values = 0, []
        elif name == "rPh":
            self._phonetic = True
        elif name == "mergeCell":
            self._note_merged(attributes.get("ref", ""))

    def end(self, name: str) -> None:
        if name == "c":
            self._end_cell()
        elif name == "v":
            text = self.heard()
            if self._cell is not None:
                self._cell.value = text or None
        elif name == "t" and not self._phonetic:
            text = self.heard()
            if self._cell is not None:
                self._cell.runs.append(text)
        elif name == "rPh":
            self._phonetic = False
        elif name == "row":
            # A row that stands behind a later one is shown by no spreadsheet program.
            if self._row > self._last:
                self._last = self._row
                self._take(self._row, self._values)
            self._values = []

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        at = attributes.get("r")
        self._column = _column_number(at.rstrip("0123456789")) if at else self._column + 1
        if self._column > _LAST_COLUMN:
            raise ValueError("no such column")
        self._cell = _Cell(self._column, attributes.get("t", "n"), int(attributes.get("s") or 0))

    def _end_cell(self) -> None:
        cell, self._cell = self._cell, None
        if cell is None or cell.column > self._most_columns:
            return
        value = _value(cell, self._meaning)
        if cell.computed and (value is None or (isinstance(value, str) and not value.strip())):
            value = Unusable(NO_RESULT)
        if value is not None:
            missing = cell.column - len(self._values)
            self._values.extend([None] * missing)
            self._values[cell.column - 1] = value

    def _note_merged(self, area: str) -> None:
        first, _, last = area.replace("$", "").partition(":")
        if last:
            column, top = _split(first)
            bottom = _split(last)[1]
            if top < bottom <= LAST_ROW:
                self.merged.append((column - 1, top, bottom))


def _split(at: str) -> tuple[int, int]:
    letters = at.rstrip("0123456789")
    return _column_number(letters), int(at[len(letters) :])


@lru_cache(maxsize=_LAST_COLUMN)
def _column_number(letters: str) -> int:
    return column_index_from_string(letters)


def _row_number(text: str) -> int:
    # Some programs write numbers of rows with a point.
    number = int(text) if text.isdecimal() else float(text)
    if number != int(number):
        raise ValueError("no number of a row")
    return int(number)


_from_iso: Callable[[str], object] = from_ISO8601  # typed nowhere


def _value(cell: _Cell, meaning: Meaning) -> object:
    """Return the value of ``cell``: text as it stands, numbers, dates; ``None`` where it has none."""
    if cell.kind == "inlineStr":
        return "".join(cell.runs)
    if cell.value is None:
        return None
    match cell.kind:
        case "n":
            return _number(cell.value, cell.style, meaning)
        case "s":
            return meaning.strings[int(cell.value)]
        case "b":
            return bool(int(cell.value))
        case "d":
            return _from_iso(cell.value)
        case "e":
            return Unusable(Sentence("cell_error", error=cell.value))
    return cell.value


def _number(text: str, style: int, meaning: Meaning) -> object:
    number = float(text) if any(sign in text for sign in ".eE") else int(text)
    if style not in meaning.dates:
        return number
    try:
        moment: Any = from_excel(number, meaning.epoch, timedelta=style in meaning.durations)
    except (OverflowError, ValueError):
        return Unusable(Sentence("cell_error", error="#VALUE!"))
    return moment
