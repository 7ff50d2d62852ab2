"""From the bytes of an XLSX file to the rows of its sheets, whatever was sent under that name."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterable

from openpyxl.utils import get_column_letter

from scheduler.format.errors import EventFault, InvalidEvent
from scheduler.format.interchange.parts import (
    Book,
    Excess,
    Listed,
    Meaning,
    OwnEntities,
    Relationships,
    Sheet,
    Strings,
    Styles,
    TooManyRows,
    Unusable,
)
from scheduler.format.sentence import expected
from scheduler.format.text import clean

__all__ = ["Rows", "Unusable", "cell_name", "sheets_of"]

Rows = list[tuple[int, tuple[object, ...]]]

_LARGEST_UNPACKED = 300 << 20
_MOST_PARTS = 2_000
# A matrix of scores has a column for each of one side.
MOST_COLUMNS = 2_000
MOST_ROWS = 500_000
# All cells together, each being worth at least a few: four times what 5,000 participants a side need. A file may name
# one long text in every cell.
MOST_CHARACTERS = 20_000_000
_LEAST_OF_A_CELL = 4
_OLD_SIGNATURE = b"\xd0\xcf\x11\xe0"
_BOOK, _BOOK_RELATIONSHIPS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_STRINGS, _STYLES = "xl/sharedStrings.xml", "xl/styles.xml"


def cell_name(sheet: str, column: int, row: int) -> str:
    """Return the name of a cell, both numbers from 1: ``participants!C7``."""
    return f"{sheet}!{get_column_letter(column)}{row}"


def sheets_of(data: bytes) -> dict[str, Rows]:
    """Return for each sheet, by its name in lower case, the rows that are not empty, with their numbers from 1.

    A cell that holds an error, or a formula whose result the file does not give, comes as ``Unusable``. Raises
    ``InvalidEvent`` with one fault for what is no workbook, a damaged one, or one that unpacks to an absurd size.
    Cost: linear in what it unpacks to.
    """
    if data.startswith(_OLD_SIGNATURE):
        raise _no_workbook("old_or_locked_workbook")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError):
        raise _no_workbook("something_else" if data else "empty_file") from None
    with archive:
        parts = archive.infolist()
        if not any(part.filename == _BOOK for part in parts):
            raise _no_workbook("another_kind_of_file")
        size = sum(part.file_size for part in parts)
        if size > _LARGEST_UNPACKED or len(parts) > _MOST_PARTS:
            raise _no_workbook("unpacks_too_large", parts=len(parts), size=size >> 20)
        try:
            return _Unpacked(archive).sheets()
        except InvalidEvent:
            raise
        except Excess as excess:
            raise _no_workbook(excess.found, most=excess.most) from None
        except OwnEntities:
            raise _no_workbook("own_entities") from None
        except MemoryError:
            raise
        except Exception as error:
            # Each packing method has errors of its own, and so has each kind of value.
            raise _no_workbook("damaged", fault=type(error).__name__) from error


class _Unpacked:
    """A workbook while it is read, with what it may still hold."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = set(archive.namelist())
        self._left = MOST_CHARACTERS

    def sheets(self) -> dict[str, Rows]:
        """Return the rows of all worksheets."""
        book, relationships, strings, styles = Book(), Relationships(), Strings(), Styles()
        self._read(_BOOK, book)
        self._read(_BOOK_RELATIONSHIPS, relationships)
        places = [self._place(sheet, relationships) for sheet in book.sheets]
        shared = [_target(target) for kind, target in relationships.found.values() if kind == "sharedStrings"]
        for name, part in ((*shared, _STRINGS)[0], strings), (_STYLES, styles):
            if name in self._names:
                self._read(name, part)
        meaning = Meaning(strings.found, styles.dates, styles.durations, book.epoch)
        found: dict[str, Rows] = {}
        for sheet, place in zip(book.sheets, places, strict=True):
            if place is None:
                continue
            name = clean(sheet.name).strip().lower()
            if name in found:
                raise InvalidEvent([EventFault(name, expected("sheet_once", "another_of_that_name"))])
            found[name] = self._rows(place, name, meaning)
        return found

    def _read(self, name: str, part: Book | Relationships | Strings | Styles | Sheet) -> None:
        with self._archive.open(name) as source:
            part.read(source)

    def _place(self, sheet: Listed, relationships: Relationships) -> str | None:
        """Return the name of a worksheet's part; ``None`` for a sheet that is a chart."""
        kind, target = relationships.found[sheet.relationship] if sheet.relationship else ("", "")
        place = _target(target)
        if place not in self._names:
            raise _no_workbook("damaged_sheet_missing")
        return None if kind == "chartsheet" else place

    def _rows(self, place: str, name: str, meaning: Meaning) -> Rows:
        rows: Rows = []

        def take(number: int, values: list[object]) -> None:
            told = [_told(value) for value in values]
            while told and told[-1] is None:
                told.pop()
            if told:
                if len(rows) >= MOST_ROWS:
                    raise TooManyRows
                self._spend(told)
                rows.append((number, tuple(told)))

        sheet = Sheet(meaning, MOST_COLUMNS, take)
        try:
            self._read(place, sheet)
        except TooManyRows:
            raise InvalidEvent([EventFault(name, expected("rows_at_most", "more", most=MOST_ROWS))]) from None
        self._spread(rows, sheet.merged)
        return rows

    def _spread(self, rows: Rows, merged: Iterable[tuple[int, int, int]]) -> None:
        """Give each row of a merged cell its value; rows that hold nothing else stay empty."""
        position = {number: k for k, (number, _) in enumerate(rows)}
        done: dict[int, int] = {}
        for column, first, last in sorted(merged):
            if first <= done.get(column, 0):
                # No spreadsheet program merges a cell twice.
                continue
            done[column] = last
            values = rows[position[first]][1] if first in position else ()
            if column >= len(values) or values[column] is None:
                continue
            for k in range(position[first] + 1, len(rows)):
                number, row = rows[k]
                if number > last:
                    break
                filled = [*row, *(None for _ in range(column + 1 - len(row)))]
                filled[column] = values[column]
                self._spend(filled)
                rows[k] = number, tuple(filled)

    def _spend(self, values: Iterable[object]) -> None:
        for value in values:
            self._left -= _LEAST_OF_A_CELL + (len(value) if isinstance(value, str) else 0)
        if self._left < 0:
            raise _no_workbook("too_many_characters", most=MOST_CHARACTERS)


def _target(target: str) -> str:
    """Return the name in the archive of what the workbook refers to."""
    return posixpath.normpath(posixpath.join("/xl", target)).removeprefix("/")


def _told(value: object) -> object:
    if isinstance(value, str):
        value = clean(value)
        # A row of spaces is an empty row to whoever looks at it.
        return value if value.strip() else None
    return value


def _no_workbook(found: str, /, **values: object) -> InvalidEvent:
    return InvalidEvent([EventFault("workbook", expected("xlsx_workbook", found, **values))])
