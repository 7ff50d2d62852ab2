"""What people wrote beside their needs and offers, as a cell has it: a line for each, ``Digital: two days in May``.

A cell with lines is all that a participant says of that side; an empty one changes nothing, as elsewhere.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from flask_babel import gettext as _

from web.domain.people.lines import SIDES, lines_of, lines_said
from web.domain.text import one_line
from web.models import LINE_LIMIT, Registration

# The columns of a list, by the side that they are about.
COLUMNS: Mapping[str, str] = {f"{side}_lines": side for side in SIDES}
_QUOTED = re.compile(r'"((?:[^"]|"")*)"\s*[:：]\s*')
_COLON = re.compile(r"\s?[:：]\s?")
# No name holds more.
_MOST_COLONS = 4


class NoWord(ValueError):
    """A line that does not say what it is about."""


def line_cell(lines: Iterable[tuple[str, str]]) -> str:
    """Names with what was written beside each, as a cell that `lines_in_cell` takes apart again."""
    return "\n".join(f"{_named(name)}{_(': ')}{one_line(text)}" for name, text in lines)


def _named(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if re.search('[:："]', name) else name


def lines_in_cell(text: str, is_known: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """The names in a cell, each with its line. A colon parts them: of several, the first behind a name that is known.

    Raises `NoWord`.
    """
    for line in filter(None, map(one_line, text.split("\n"))):
        quoted = _QUOTED.match(line)
        if quoted:
            yield quoted[1].replace('""', '"').strip(), line[quoted.end() :]
            continue
        colons = list(islice((colon for colon in _COLON.finditer(line) if colon.start()), _MOST_COLONS))
        colon = next((one for one in colons if is_known(line[: one.start()])), colons[0] if colons else None)
        if colon is None:
            raise NoWord(
                _("“%(text)s” does not say what it is about: write it as “Digital: two days in May”.", text=line[:60])
            )
        yield line[: colon.start()], line[colon.end() :]


def held_lines(one: Registration, column: str) -> dict[str, str]:
    """What `one` has in that column: the lines beside what is ticked, each as a cell has it."""
    side = COLUMNS[column]
    lines = lines_of(one, side)
    return {code: one_line(lines[code]) for code in getattr(one, side) if lines.get(code)}


def misplaced(values: Mapping[str, Any], known: Registration | None) -> Iterator[tuple[str, str]]:
    """Of the lines in `values`, those that cannot be kept: the column, and why. `known`: whom they change."""
    for column, side in COLUMNS.items():
        before = held_lines(known, column) if known is not None else {}
        ticked = values.get(side, getattr(known, side, ()))
        for code, line in values.get(column, {}).items():
            if code not in ticked:
                sentence = _(
                    "“%(text)s” stands beside nothing: add to the list what it is about, or take the line out.",
                    text=line[:60],
                )
                yield column, sentence
            elif len(line) > LINE_LIMIT and line != before.get(code):
                sentence = _(
                    "“%(text)s…” is too long: %(found)d characters of at most %(most)d.",
                    text=line[:30],
                    found=len(line),
                    most=LINE_LIMIT,
                )
                yield column, sentence


def with_notes(values: Mapping[str, Any], known: Registration | None) -> dict[str, Any]:
    """`values` as columns of a registration, `known` where there is one: lines stand beside what is ticked then."""
    columns = {name: value for name, value in values.items() if name not in COLUMNS}
    said = {side: values[column] for column, side in COLUMNS.items() if column in values}
    if not said and not set(SIDES) & columns.keys():
        return columns
    before = known.notes if known is not None else {}
    notes = lines_said({**columns, "notes": {**before, **said}}, known)
    # A row of before may hold more; what it says is what counts.
    if known is None or notes != {side: lines for side in SIDES if (lines := held_lines(known, f"{side}_lines"))}:
        columns["notes"] = notes
    return columns
