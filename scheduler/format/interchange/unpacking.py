"""From the bytes of an XLSX file to the rows of its sheets, whatever was sent under that name."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell.read_only import EMPTY_CELL
from openpyxl.utils import get_column_letter

from scheduler.format.errors import EventFault, InvalidEvent

Rows = list[tuple[int, tuple[object, ...]]]

_LARGEST_UNPACKED = 300 << 20
_MOST_PARTS = 2_000
_MOST_COLUMNS = 40
_MOST_ROWS = 500_000
# What spreadsheets themselves allow; a file may claim any number.
_LAST_ROW = 1_048_576

_SHEET_ENTRY = re.compile(rb"<(?:\w+:)?sheet\s")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_NO_RESULT = "a formula without a result: open and save the file in a spreadsheet program"
# No spreadsheet program writes one: it serves only to blow a file up or to reach for others.
_DOCTYPE = b"<!DOCTYPE"
_OLD_SIGNATURE = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Unusable:
    """What stands in a cell in place of a value; ``found`` in words."""

    found: str


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
            if computes:
                formulas = load_workbook(io.BytesIO(data), read_only=True)
                _mark_formulas(found, _all_rows(formulas.worksheets, _formula))
    except InvalidEvent:
        raise
    except Exception as error:
        # The reader of workbooks raises whatever its parts raise on damaged files.
        raise _no_workbook(f"a damaged one ({type(error).__name__})") from error
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
            raise _no_workbook(f"{len(parts)} parts that unpack to {size >> 20} MiB")
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
            raise _no_workbook(f"a damaged one ({type(error).__name__})") from error


def _beginning(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    with archive.open(part) as file:
        return file.read(2_000)


def _all_rows(sheets: Iterable[Any], read: Callable[[Any], object]) -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    for sheet in sheets:
        name = sheet.title.strip().lower()
        if name in found:
            raise InvalidEvent([EventFault(name, "expected each sheet once, found another of that name")])
        found[name] = _rows(sheet, name, read)
    return found


def _rows(sheet: Any, name: str, read: Callable[[Any], object]) -> Rows:
    # Some programs write a size that is not the sheet's; rows beyond it would be lost.
    sheet.reset_dimensions()
    found: Rows = []
    for number, row in enumerate(sheet.iter_rows(max_col=_MOST_COLUMNS), start=1):
        if number > _LAST_ROW or len(found) >= _MOST_ROWS:
            raise InvalidEvent([EventFault(name, f"expected at most {_MOST_ROWS} rows, found more")])
        if any(cell is not EMPTY_CELL for cell in row):
            values = tuple(None if cell is EMPTY_CELL else read(cell) for cell in row)
            if any(value is not None and value != "" for value in values):
                found.append((number, values))
    return found


def _value(cell: Any) -> object:
    return Unusable(f"the error {cell.value}") if cell.data_type == "e" else cell.value


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


def _no_workbook(found: str) -> InvalidEvent:
    return InvalidEvent([EventFault("workbook", f"expected an XLSX workbook, found {found}")])
