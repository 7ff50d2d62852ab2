"""What somebody says of a list that it does not say itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scheduler.format.interchange.dates import Order

# What becomes of a name that is found nowhere: the list is refused, the name left out, or the nearest one taken.
Unknown = Literal["refuse", "leave-out", "nearest"]


@dataclass(frozen=True, slots=True)
class Options:
    """What is said of lists beside them; headings and kinds in any capitals. Empty: what the lists say themselves."""

    dates: Order | None = None
    name_column: str = ""
    kind_column: str = ""
    # Of each list in turn; of a matrix, of its rows and of its columns.
    kinds: tuple[str, ...] = ()
    # Of whoever is only named in somebody's choices.
    others: str = ""
    prefers: tuple[str, ...] = ()
    unavailable: tuple[str, ...] = ()
    available: tuple[str, ...] = ()
    matrix: bool = False
    may_meet: tuple[tuple[str, str], ...] = ()
    slots: str = ""
    days: tuple[str, ...] = ()
    tables: int = 0
    min_meetings: int | None = None
    max_meetings: int | None = None
    unknown: Unknown = "refuse"
    title: str = ""
    timezone: str = ""

    @property
    def of_lists(self) -> bool:
        """Return whether anything is said that makes sense for lists alone."""
        plain = Options(dates=self.dates)
        return self != plain
