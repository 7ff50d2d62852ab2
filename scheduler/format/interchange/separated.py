"""Tables as text: CSV and TSV in the encodings and with the separators that spreadsheet programs write.

An event is one such file: its sheets stand one below the other, each under a line with its name, ``[participants]``.
A cell that a spreadsheet program would take for a formula begins with an apostrophe, which reading takes away.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePath

from scheduler.format.errors import EventFault, InvalidEvent
from scheduler.format.event import Event
from scheduler.format.interchange import cells
from scheduler.format.interchange.contacts import NO_CONTACTS, Contacts
from scheduler.format.interchange.sheets import Content
from scheduler.format.interchange.unpacking import MOST_CHARACTERS, MOST_COLUMNS, MOST_ROWS, Rows
from scheduler.format.interchange.workbook import too_long, written_sheets
from scheduler.format.sentence import Sentence, expected
from scheduler.format.text import clean

# What Python's reader takes of one cell, unless told otherwise.
_LARGEST_CELL = 131_072
_SEPARATORS = (";", "\t", ",")
_LOOKED_AT = 1 << 16
_LEAST_OF_A_CELL = 4
_WORKBOOK_SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
# With these a spreadsheet program begins to compute. What begins with apostrophes and then with one of these is told
# apart from what was defused by one apostrophe more.
_FORMULA = re.compile(r"'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_DEFUSED = re.compile(r"'+[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_QUOTED = re.compile(r'"[^"]*"')
_NEEDS_QUOTES = re.compile(r'[;,\t"\n\r]|^\s|\s$')
_NAMED_SEPARATOR = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)


# Writing


def write_separated(
    event: Event, separator: str = ",", language: str | None = None, contacts: Contacts = NO_CONTACTS
) -> bytes:
    """Return ``event`` as one table of text in UTF-8; ``language`` and ``contacts`` as for ``write_workbook``.

    Raises ``InvalidEvent`` where a value is too long for a cell.
    """
    lines: list[str] = []
    faults: list[EventFault] = []
    for name, rows in written_sheets(event, language, contacts):
        faults += too_long(name, rows, _LARGEST_CELL)
        lines += [f"[{name}]", *(separator.join(map(_written, row)) for row in rows), ""]
    if faults:
        raise InvalidEvent(faults)
    # The mark at the beginning tells spreadsheet programs that this is UTF-8.
    return ("\ufeff" + "\r\n".join(lines)).encode("utf-8")


def _written(value: Content) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds" if value.second else "minutes")
    if not isinstance(value, str):
        return str(value).lower()
    text = defused(value)
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text


def defused(text: str) -> str:
    """Return ``text`` so that no spreadsheet program computes with it; ``armed`` takes that back."""
    return f"'{text}" if _FORMULA.match(text) else text


def armed(text: str) -> str:
    """Return the text that ``defused`` made this of."""
    return text[1:] if _DEFUSED.match(text) else text


# Reading


def tables_of(data: bytes, name: str) -> dict[str, Rows]:
    """Return the tables in the text ``data``, by their names in small letters: as ``sheets_of`` does for a workbook.

    Without lines that name sheets it is one table, called as the file of that ``name``. Raises ``InvalidEvent`` with
    one fault at ``file``, or at the line of the fault. Cost: linear.
    """
    text = _decoded(data)
    named = _NAMED_SEPARATOR.match(text)
    if named:
        # A line that some programs write and hide.
        text = "\n" + text[named.end() :]
    separator = named[1] if named else "\t" if name.lower().endswith((".tsv", ".tab")) else _separator(text)
    sheet = clean(PurePath(name).stem).strip().lower() or "list"
    sheets: dict[str, Rows] = {}
    for number, row in _rows(text, separator):
        heads = cells.section_of(row[0]) if row and not any(row[1:]) else None
        if heads is not None:
            sheet = clean(heads).strip().lower()
            if sheet in sheets:
                raise InvalidEvent([EventFault(f"line {number}", expected("sheet_once", "another_of_that_name"))])
            sheets[sheet] = []
            continue
        sheets.setdefault(sheet, []).append((number, row))
    return sheets or {sheet: []}


def _rows(text: str, separator: str) -> Iterator[tuple[int, tuple[object, ...]]]:
    left, count = MOST_CHARACTERS, 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 0
    try:
        for number, record in enumerate(reader, start=1):
            row = [_value(cell) for cell in record[:MOST_COLUMNS]]
            while row and row[-1] is None:
                row.pop()
            if not row:
                continue
            count += 1
            left -= sum(_LEAST_OF_A_CELL + len(cell or "") for cell in row)
            if count > MOST_ROWS:
                raise _no_table(Sentence("more"), "rows_at_most", most=MOST_ROWS)
            if left < 0:
                raise _no_table(Sentence("too_many_characters", most=MOST_CHARACTERS))
            yield number, tuple(row)
    except csv.Error as error:
        what = "cell_at_most" if "field limit" in str(error) else "closing_quote"
        message = expected(what, "that_line", most=_LARGEST_CELL)
        raise InvalidEvent([EventFault(f"line {number + 1}", message)]) from None


def _value(cell: str) -> str | None:
    if not cell:
        return None
    text = clean(armed(cell))
    # A cell of spaces is an empty cell to whoever looks at it.
    return text if text.strip() else None


def _decoded(data: bytes) -> str:
    if data.startswith(_WORKBOOK_SIGNATURES):
        raise _no_table(Sentence("workbook_under_other_name"))
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif data[1:2] == b"\0" or data[:1] == b"\0":
        encodings = ["utf-16-le" if data[1:2] == b"\0" else "utf-16-be"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            fault = error
            continue
        if "\0" in text:
            raise _no_table(Sentence("something_else"))
        return text
    place = fault.start
    raise _no_table(Sentence("byte_at", byte=f"0x{data[place]:02x}", place=place))


def _separator(text: str) -> str:
    """Return the separator of most lines: the one that cuts them into as many cells as the first line that it cuts."""
    lines = [line for line in _QUOTED.sub("", text[:_LOOKED_AT]).splitlines() if line.strip()]
    best, found = (0.0, 0), ","
    for separator in _SEPARATORS:
        counts = [line.count(separator) for line in lines]
        wanted = next(filter(None, counts), 0)
        share = sum(count == wanted for count in counts) / len(counts) if wanted else 0.0
        if (share, wanted) > best:
            best, found = (share, wanted), separator
    return found


def _no_table(found: Sentence, what: str = "table_of_text", /, **values: object) -> InvalidEvent:
    wanted = Sentence(what, **values)
    return InvalidEvent([EventFault("file", Sentence("expected", expected=wanted, found=found))])
