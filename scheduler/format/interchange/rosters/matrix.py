"""A matrix of scores: names down the first column and along the first row, what each pair is worth where they cross."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scheduler.format.interchange.rosters.columns import table_of
from scheduler.format.interchange.rosters.whom import means_nobody
from scheduler.format.interchange.unpacking import Rows

_CORNER_SIGNS = ("\\", "/", "×", "|", " x ")


@dataclass(frozen=True, slots=True)
class Score:
    """What stands where the row of one and the column of another cross."""

    row: int
    column: int
    one: str
    other: str
    value: object


@dataclass(frozen=True, slots=True)
class Matrix:
    """Names with their rows and positions, and the scores; ``corner`` is what stands above the names."""

    name: str
    label: str
    top: int
    corner: str
    down: Sequence[tuple[int, str]]
    along: Sequence[tuple[int, str]]
    rows: Rows

    def scores(self) -> Iterator[Score]:
        """Yield each cell that is not empty."""
        named = dict(self.down)
        for number, row in self.rows:
            for position, other in self.along:
                value = row[position] if position < len(row) else None
                if number in named and value is not None and not (isinstance(value, str) and means_nobody(value)):
                    yield Score(number, position, named[number], other, value)

    @property
    def corner_kinds(self) -> tuple[str, str] | None:
        """Return the kinds of rows and columns, where the corner names them: ``student \\ professor``."""
        for sign in _CORNER_SIGNS:
            parts = [part.strip() for part in self.corner.split(sign)]
            if len(parts) == 2 and all(parts):
                return parts[0], parts[1]
        return None


def matrix_of(name: str, label: str, rows: Rows) -> Matrix | None:
    """Return the matrix in these rows; ``None``: there are no names on both sides."""
    table = table_of(name, label, rows)
    along = [(k, heading) for k, heading in enumerate(table.headings) if k and heading]
    down = [(number, str(row[0]).strip()) for number, row in table.rows if row and row[0] is not None]
    if not along or not down:
        return None
    return Matrix(name, label, table.top, table.heading(0), down, along, table.rows)


def looks_like_matrix(matrix: Matrix | None) -> bool:
    """Return whether there is nothing but numbers between names, at least two by two."""
    if matrix is None or len(matrix.along) < 2 or len(matrix.down) < 2:
        return False
    names = [name for _, name in matrix.down]
    others = [name for _, name in matrix.along]
    if len(set(names)) < len(names) or len(set(others)) < len(others):
        return False
    scores = list(matrix.scores())
    return len(scores) > 1 and all(_is_number(score.value) for score in scores)


def score_of(value: object) -> int | None:
    """Return a score, ``None`` where a cell holds none: it is a whole number of at least 0."""
    if isinstance(value, str) and value.strip().isdecimal() and len(value.strip()) < 13:
        return int(value.strip())
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return value.strip().replace(",", ".").replace(".", "", 1).removeprefix("-").isdecimal()
    return isinstance(value, int | float) and not isinstance(value, bool)
