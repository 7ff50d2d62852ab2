"""From the bytes of an XLSX file to the rows of its sheets, whatever was sent under that name."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell.read_only import EMPTY_CELL
from openpyxl.utils import column_index_from_string, get_column_letter

from scheduler.format.errors import EventFault, InvalidEvent
from scheduler.format.sentence import Sentence, expected
from scheduler.format.text import clean

Rows = list[tuple[int, tuple[object, ...]]]

_LARGEST_UNPACKED = 300 << 20
_MOST_PARTS = 2_000
_MOST_COLUMNS = 40
_MOST_ROWS = 500_000
# What spreadsheets themselves allow; a file may claim any number.
_LAST_ROW = 1_048_576

_SHEET_ENTRY = re.compile(rb"<(?:\w+:)?sheet\s")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_NO_RESULT = Sentence("a formula without a result: open and save the file in a spreadsheet program")
# No spreadsheet program writes one: it serves only to blow a file up or to reach for others.
_DOCTYPE = b"<!DOCTYPE"
_OLD_SIGNATURE = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Unusable:
    """What stands in a cell in place of a value; ``found`` in words."""

    found: Sentence


def cell_name(sheet: str, column: int, row: int) -> str:
    """Return the name of a cell, both numbers from 1: ``participants!C7``."""
    return f"{sheet}!{get_column_letter(column)}{row}"


def sheets_of(data: bytes) -> dict[str, Rows]:
    """Return for each sheet, by its name in lower case, the rows that are not empty, with their numbers from 1.

    A cell that holds an error, or a formula whose result the file does not give, comes as ``Unusable``. Raises
    ``InvalidEvent`` with one fault for what is no workbook, a damaged one, or one that unpacks to an absurd size.
    """
    listed, computes = _looked_through(data)
    try:
        with warnings.catch_warnings():
            # Charts, pictures and validations that are not read are nothing to warn of.
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            if len(book.sheetnames) < listed:
                raise _no_workbook("a damaged one (a sheet is missing)")
            found = _all_rows(book.worksheets, _value)
            worksheets: Sequence[Any] = book.worksheets
            for sheet in worksheets:
                # Reading row by row leaves out what is merged: the sheet's own text says it.
                _spread(found[_name(sheet)], _merged(data, sheet._worksheet_path))
            if computes:
                formulas = load_workbook(io.BytesIO(data), read_only=True)
                _mark_formulas(found, _all_rows(formulas.worksheets, _formula))
    except InvalidEvent:
        raise
    except Exception as error:
        # The reader of workbooks raises whatever its parts raise on damaged files.
        raise _no_workbook("a damaged one ({fault})", fault=type(error).__name__) from error
    return found


def _looked_through(data: bytes) -> tuple[int, bool]:
    """Return how many sheets the workbook lists and whether any has formulas, without unpacking more than is sound."""
    if data.startswith(_OLD_SIGNATURE):
        raise _no_workbook("an old .xls file, or one with a password: save it as .xlsx without a password")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError):
        raise _no_workbook("something else" if data else "an empty file") from None
    with archive:
        parts = archive.infolist()
        if not any(part.filename == "xl/workbook.xml" for part in parts):
            raise _no_workbook("another kind of file")
        size = sum(part.file_size for part in parts)
        if size > _LARGEST_UNPACKED or len(parts) > _MOST_PARTS:
            raise _no_workbook("{parts} parts that unpack to {size} MiB", parts=len(parts), size=size >> 20)
        try:
            listed = len(_SHEET_ENTRY.findall(archive.read("xl/workbook.xml")))
            if any(_DOCTYPE in _beginning(archive, part) for part in parts):
                raise _no_workbook("one with entities of its own")
            sheets = [part for part in parts if part.filename.startswith("xl/worksheets/")]
            return listed, any(_FORMULA.search(archive.read(part)) for part in sheets)
        except InvalidEvent:
            raise
        except Exception as error:
            # Each packing method has errors of its own.
            raise _no_workbook("a damaged one ({fault})", fault=type(error).__name__) from error


def _beginning(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    with archive.open(part) as file:
        return file.read(2_000)


def _all_rows(sheets: Iterable[Any], read: Callable[[Any], object]) -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    for sheet in sheets:
        name = _name(sheet)
        if name in found:
            raise InvalidEvent([EventFault(name, expected("each sheet once", "another of that name"))])
        found[name] = _rows(sheet, name, read)
    return found


def _name(sheet: Any) -> str:
    return clean(str(sheet.title)).strip().lower()


def _merged(data: bytes, path: str) -> list[tuple[int, int, int]]:
    """Return the cells that are merged over several rows of a sheet: the column from 0, the first row and the last."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        text = archive.read(path.removeprefix("/"))
    found = []
    for match in _MERGED.finditer(text):
        column, first, last = column_index_from_string(match[1].decode()), int(match[2]), int(match[4])
        if first < last <= _LAST_ROW:
            found.append((column - 1, first, last))
    return found


def _spread(rows: Rows, merged: Iterable[tuple[int, int, int]]) -> None:
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
            rows[k] = number, tuple(filled)


def _rows(sheet: Any, name: str, read: Callable[[Any], object]) -> Rows:
    # Some programs write a size that is not the sheet's; rows beyond it would be lost.
    sheet.reset_dimensions()
    found: Rows = []
    for number, row in enumerate(sheet.iter_rows(max_col=_MOST_COLUMNS), start=1):
        if number > _LAST_ROW or len(found) >= _MOST_ROWS:
            raise InvalidEvent([EventFault(name, expected("at most {most} rows", "more", most=_MOST_ROWS))])
        if any(cell is not EMPTY_CELL for cell in row):
            values = tuple(None if cell is EMPTY_CELL else read(cell) for cell in row)
            if any(value is not None for value in values):
                found.append((number, values))
    return found


def _value(cell: Any) -> object:
    if cell.data_type == "e":
        return Unusable(Sentence("the error {error}", error=cell.value))
    value = cell.value
    if isinstance(value, str):
        value = clean(value)
        # A row of spaces is an empty row to whoever looks at it.
        return value if value.strip() else None
    return value


def _formula(cell: Any) -> object:
    return Unusable(_NO_RESULT) if cell.data_type == "f" else None


def _mark_formulas(found: dict[str, Rows], formulas: dict[str, Rows]) -> None:
    """Put an ``Unusable`` where a formula stands and the file gives no result, as when no spreadsheet computed it."""
    for name, marked in formulas.items():
        rows = dict(found[name])
        for number, row in marked:
            values = rows.get(number, ())
            pairs = zip_longest(values, row)
            rows[number] = tuple(formula if value is None else value for value, formula in pairs)
        found[name] = sorted(rows.items(), key=lambda numbered: numbered[0])


def _no_workbook(found: str, /, **values: object) -> InvalidEvent:
    return InvalidEvent([EventFault("workbook", expected("an XLSX workbook", found, **values))])
