"""How single values stand in the cells of a workbook, so that whatever is written is read back the same.

A list is written ``first; second``, a pair ``one + other``, a group ``one + other + third``. An item that would be
misread is put in double quotes, a double quote inside being doubled: what stands in quotes is taken as it is, never for
a code, a mark or another word. Text that XML cannot hold is escaped as
spreadsheets do (``_x000B_``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from scheduler.format.interchange.dates import Ambiguous, Order, moment_of

LARGEST_CELL = 32_767

_YES = frozenset({"true", "yes", "oui", "vrai", "x", "1"})
_NO = frozenset({"false", "no", "non", "faux", "0"})
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_WHOLE = re.compile(r"[+-]?\d{1,12}", re.ASCII)
_SEPARATOR = {separators: re.compile(f"[{separators}]") for separators in (";", ";+")}
_QUOTED = re.compile(r'"((?:[^"]|"")*)"\s*')
# The first cell of a row that only shows how others are filled in, and of the row above a sheet in a text file.
_EXAMPLE = re.compile(r"(?:exemple|example)\s*(?::.*)?", re.IGNORECASE | re.DOTALL)
_HEADED = re.compile(r"\[[^\]]*\]")
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{1,2}:\d{2}(?::\d{2})?)([+-]\d{2}:\d{2})?", re.ASCII)


class Misread(Exception):
    """A cell that does not hold what its column wants; ``expected`` in words."""

    def __init__(self, expected: str) -> None:
        self.expected = expected
        super().__init__(expected)


# Writing


def text_cell(value: str | None) -> str | None:
    """Return the content of the cell for a text; ``None`` and a text that is not there leave it empty."""
    return None if value is None else _escaped(value if value and _bare(value) else quoted(value))


def list_cell(values: Sequence[str], item: Callable[[str], str] | None = None) -> str | None:
    """Return the content of the cell for a list of texts; ``item`` says how each stands in it, if not as it is."""
    return _escaped("; ".join(map(item or item_text, values))) or None


def groups_cell(groups: Sequence[Sequence[str]], item: Callable[[str], str] | None = None) -> str | None:
    """Return the content of the cell for a list of groups, pairs among them; ``item`` as for ``list_cell``."""
    return _escaped("; ".join(" + ".join(map(item or item_text, group)) for group in groups)) or None


def quoted_cell(value: str) -> str:
    """Return the content of the cell for a text that stands for itself, whatever else it might be taken for."""
    return _escaped(quoted(value))


def time_cell(value: datetime) -> datetime | str:
    """Return a moment as spreadsheets know it; before their calendar begins, or with an offset, as text."""
    return value if value.year >= 1901 and value.tzinfo is None else value.isoformat()


def item_text(value: str) -> str:
    """Return a text as it stands in a list."""
    return value if value and _bare(value) and not set(value) & set(';+"\n') else quoted(value)


def _bare(value: str) -> bool:
    return value == value.strip() and not value.startswith('"') and not is_example(value) and section_of(value) is None


def quoted(value: str) -> str:
    """Return a text in double quotes."""
    return '"' + value.replace('"', '""') + '"'


def _escaped(text: str) -> str:
    return _UNWRITABLE.sub(lambda match: f"_x{ord(match.group()):04X}_", text)


# Reading


def is_example(value: object) -> bool:
    """Return whether the first cell of a row says that the row is an example: ``example``, ``exemple : a1``."""
    return isinstance(value, str) and _EXAMPLE.fullmatch(value.strip()) is not None


def section_of(value: object) -> str | None:
    """Return the name of the sheet that a cell such as ``[slots]`` heads; ``None``: it heads none."""
    return value.strip()[1:-1] if isinstance(value, str) and _HEADED.fullmatch(value.strip()) else None


def is_quoted(value: object) -> bool:
    """Return whether the text of a cell stands in double quotes."""
    return isinstance(value, str) and _QUOTED.fullmatch(value.strip()) is not None


def read_text(value: object) -> str | None:
    """Return the text of a cell, ``None`` where it is empty; whole numbers count as text."""
    value = _plain(value)
    if value is None or isinstance(value, str):
        return _unquoted(value) if value else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Misread("text")


def read_whole(value: object) -> int | None:
    """Return the whole number of a cell, ``None`` where it is empty."""
    value = _plain(value)
    if value is None or value == "":
        return None
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise Misread("whole_number")


def read_flag(value: object) -> bool | None:
    """Return what a cell says, yes or no, in French or English; ``None`` where it is empty."""
    value = _plain(value)
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if word in _YES or word in _NO:
        return word in _YES
    raise Misread("yes_or_no")


def read_time(value: object, order: Order | None = None) -> str | None:
    """Return the moment of a cell as the event file writes it, ``None`` where it is empty; ``order``: of dates."""
    value = _plain(value)
    if isinstance(value, datetime):
        # Spreadsheets count days as fractions: a second may come back as a hair less.
        return as_in_file((value + timedelta(milliseconds=500)).replace(microsecond=0, tzinfo=None))
    if isinstance(value, str):
        if not value:
            return None
        match = _TIME.fullmatch(value)
        if match:
            clock = f"{match[2]:0>5}" if len(match[2]) < 6 else f"{match[2]:0>8}"
            return f"{match[1]}T{clock}{match[3] or ''}"
        try:
            return as_in_file(moment_of(value, order))
        except Ambiguous:
            raise Misread("day_or_month_first") from None
        except ValueError:
            raise Misread("date_and_time") from None
    if value is None:
        return None
    raise Misread("date_and_time")


def as_in_file(moment: datetime) -> str:
    """Return a moment as the event file writes it."""
    return moment.isoformat(timespec="seconds" if moment.second else "minutes")


def read_list(value: object, word: Callable[[str], str] = str) -> list[str] | None:
    """Return the texts of a list, ``None`` where the cell is empty; ``word`` says what one without quotes means."""
    groups = _groups(value, ";", "list_of_texts", word)
    return None if groups is None else [item for (item,) in groups]


def read_pairs(value: object, word: Callable[[str], str] = str) -> list[list[str]] | None:
    """Return the pairs of a list of pairs, ``None`` where the cell is empty; ``word`` as for ``read_list``."""
    expected = "list_of_pairs"
    groups = _groups(value, ";+", expected, word)
    if groups is not None and any(len(group) != 2 for group in groups):
        raise Misread(expected)
    return groups


def read_groups(value: object) -> list[list[str]] | None:
    """Return the groups of a list of groups, ``None`` where the cell is empty."""
    return _groups(value, ";+", "groups")


def read_wholes(value: object) -> list[int] | None:
    """Return the whole numbers of a list, ``None`` where the cell is empty."""
    expected = "whole_numbers"
    groups = _groups(value, ";", expected)
    if groups is None:
        return None
    if not all(_WHOLE.fullmatch(item) for (item,) in groups):
        raise Misread(expected)
    return [int(item) for (item,) in groups]


def _plain(value: object) -> object:
    """Return a text trimmed and unescaped, a number without a fraction as an integer, anything else unchanged."""
    if isinstance(value, str):
        return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value.strip(" \t\n\u00a0\u202f"))
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _groups(value: object, separators: str, expected: str, word: Callable[[str], str] = str) -> list[list[str]] | None:
    """Return the items of a cell, each as its parts: ``;`` ends an item, ``+`` (where a separator) a part.

    ``None`` where the cell is empty. Raises ``Misread`` for anything but text and whole numbers.
    """
    text = _plain(value)
    if text is None or text == "":
        return None
    if isinstance(text, int) and not isinstance(text, bool):
        text = str(text)
    if not isinstance(text, str):
        raise Misread(expected)
    groups: list[list[str]] = [[]]
    last = len(text.rstrip())
    i = 0
    while True:
        part, i = _part(text, i, separators, word)
        groups[-1].append(part)
        if i == len(text):
            return groups
        if text[i] == ";":
            # People end lists with a separator.
            if i + 1 >= last:
                return groups
            groups.append([])
        i += 1


def _part(text: str, start: int, separators: str, word: Callable[[str], str]) -> tuple[str, int]:
    """Return the part that begins at ``start``, without its quotes, and where it ends: at a separator or the end."""
    while start < len(text) and text[start].isspace():
        start += 1
    if start < len(text) and text[start] == '"':
        match = _QUOTED.match(text, start)
        if match is None or (match.end() < len(text) and text[match.end()] not in separators):
            raise Misread("closing_quote")
        return match[1].replace('""', '"'), match.end()
    match = _SEPARATOR[separators].search(text, start)
    end = match.start() if match else len(text)
    return word(text[start:end].strip()), end


def _unquoted(text: str) -> str:
    match = _QUOTED.fullmatch(text)
    return match[1].replace('""', '"') if match else text
