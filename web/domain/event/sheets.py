"""The sheets of a list that somebody sends, as texts: a workbook, or CSV in whichever letters and marks it was written.

What opens a file of a stranger is called by `web.domain.event.reader`, in a process of its own.
"""

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from scheduler.format.text import clean

LIST_ENDINGS = (".xlsx", ".csv", ".tsv", ".txt")
MOST_ROWS, MOST_COLUMNS = 5_000, 150
# Letters of a cell: no spreadsheet holds more. In a text it is the rest of the file, behind a mark that is not closed.
MOST_LETTERS = 32_767
_MARKS = ";,\t"
# What separates is decided by so many letters, and lines.
_SAMPLE, _SAMPLE_ROWS = 20_000, 30
_OTHER_FILES = (b"PK", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\xd0\xcf\x11\xe0", b"{\\rtf")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# With these a spreadsheet would begin to compute; some take the wide forms of these signs for them.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class NoList(Exception):
    """A file in which no list can be read; `code` says why, `values` what the sentence names."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.values = code, values


@dataclass(frozen=True)
class SentSheet:
    """A sheet as texts.

    `rows`: those that hold anything, with their numbers from 1, the last empty cells left out. `unreadable`: cells
    that hold an error, or a formula without its result, by number of the row and place of the column from 0.
    """

    name: str
    rows: list[tuple[int, list[str]]]
    unreadable: list[tuple[int, int]] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """The sheet as JSON."""
        return {"name": self.name, "rows": self.rows, "unreadable": self.unreadable}

    @classmethod
    def of(cls, plain: dict[str, Any]) -> "SentSheet":
        """The sheet in JSON that `plain` made."""
        rows = [(number, list(cells)) for number, cells in plain["rows"]]
        return cls(plain["name"], rows, [(number, column) for number, column in plain["unreadable"]])


def defused(text: str) -> str:
    """`text` as a cell of a CSV file, in which no spreadsheet finds a formula; `armed` gives it back."""
    return f"'{text}" if text.lstrip("'").startswith(FORMULA_STARTS) else text


def armed(text: str) -> str:
    """A cell without what keeps spreadsheets from computing it."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(FORMULA_STARTS) else text


def read_sheets(data: bytes, ending: str) -> list[SentSheet]:
    """The sheets in `data` that hold anything. Raises `NoList`, or ``InvalidEvent`` for what is no workbook."""
    if not data.strip():
        raise NoList("empty")
    found = _of_workbook(data) if ending == ".xlsx" else [_of_text(data)]
    sheets = [one for one in found if one.rows]
    if not sheets:
        raise NoList("empty")
    for one in sheets:
        if len(one.rows) > MOST_ROWS:
            raise NoList("rows", sheet=one.name, most=MOST_ROWS, found=len(one.rows))
        if max(len(cells) for _number, cells in one.rows) > MOST_COLUMNS:
            raise NoList("columns", sheet=one.name, most=MOST_COLUMNS)
        for number, cells in one.rows:
            if max(map(len, cells)) > MOST_LETTERS:
                raise NoList("letters_of_cell", row=number, most=MOST_LETTERS)
    return sheets


def _of_workbook(data: bytes) -> Iterator[SentSheet]:
    from scheduler.format.interchange.unpacking import sheets_of

    for name, rows in sheets_of(data).items():
        yield _sheet(name, ((number, [_unescaped(value) for value in values]) for number, values in rows))


def _unescaped(value: object) -> object:
    """A value of a workbook, in which a letter can stand as its number."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value) if isinstance(value, str) else value


def _of_text(data: bytes) -> SentSheet:
    text = _decoded(data)
    mark, text = _separated(text)
    # The line of a cell that never ends is the rest of the file.
    csv.field_size_limit(len(text) + 1)
    rows = enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=mark), start=1)
    return _sheet("", rows)


def _sheet(name: str, rows: Iterable[tuple[int, Sequence[object]]]) -> SentSheet:
    found: list[tuple[int, list[str]]] = []
    unreadable: list[tuple[int, int]] = []
    for number, values in rows:
        cells = [_text(value) for value in values]
        unreadable += [(number, column) for column, text in enumerate(cells) if text is None]
        while cells and cells[-1] == "":
            cells.pop()
        if cells:
            found.append((number, [text or "" for text in cells]))
    return SentSheet(name, found, unreadable)


def _decoded(data: bytes) -> str:
    if data.startswith(_OTHER_FILES):
        raise NoList("no_text")
    for mark, letters in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            try:
                return data.decode(letters)
            except UnicodeDecodeError:
                raise NoList("letters") from None
    if b"\0" in data:
        raise NoList("no_text")
    for letters in ("utf-8", "cp1252"):
        try:
            return data.decode(letters)
        except UnicodeDecodeError:
            continue
    raise NoList("letters")


def _separated(text: str) -> tuple[str, str]:
    """What separates the cells of `text`, and the text without a line that says so."""
    first, _line_end, rest = text.partition("\n")
    said = first.strip("\r ")
    if said.lower().startswith("sep=") and len(said) == 5:
        return said[4], rest
    return max(_MARKS, key=lambda mark: _regular(text[:_SAMPLE], mark)), text


def _regular(sample: str, mark: str) -> tuple[int, int]:
    """How many lines have the same number of cells, and how many that is, where `mark` separates them."""
    csv.field_size_limit(len(sample) + 1)
    rows = csv.reader(io.StringIO(sample, newline=""), delimiter=mark)
    widths = Counter(len(row) for row, _number in zip(filter(any, rows), range(_SAMPLE_ROWS), strict=False))
    (width, count), *_others = widths.most_common(1) or [(0, 0)]
    return (count, width) if width > 1 else (0, 0)


def _text(value: object) -> str | None:
    """What stands in a cell, as somebody would type it; ``None`` for one that has no value."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return armed(_printable(value))
        case datetime():
            # Spreadsheets count days as fractions: a second may come back as a hair less.
            moment = (value + timedelta(milliseconds=500)).replace(microsecond=0, tzinfo=None)
            return f"{moment:%Y-%m-%d %H:%M}" if moment.time() != time() else f"{moment:%Y-%m-%d}"
        case date():
            return f"{value:%Y-%m-%d}"
        case time():
            return f"{value:%H:%M}"
        case timedelta():
            minutes = round(value.total_seconds() / 60)
            return f"{minutes // 60:02}:{minutes % 60:02}"
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else f"{value:.15g}"
    return None


def _printable(text: str) -> str:
    """`text` with line ends as one character, and without the control characters that no keyboard types."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (one for one in clean(text) if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cs"))
    return "".join(kept).strip()
