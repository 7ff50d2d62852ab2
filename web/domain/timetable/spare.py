"""What an event can do without, read off its grid of tables and rounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scheduler.whatif import Grid


@dataclass(frozen=True)
class Spare:
    """Tables and rounds that can go with nothing lost, and when the last round that stays ends."""

    tables: int
    rounds: int
    ends: datetime | None = None


def spare(grid: "Grid", ends: Sequence[datetime]) -> Spare:
    """The most that can go at once, rounds before tables, a round being dearer to everybody; 0 and 0 where nothing can.

    `ends`: when each round ends, in order. Only what was placed is trusted, never a limit. Cost: the cells.
    """
    now = grid.now
    if now.value is None or not now.placed:
        return Spare(0, 0)
    have = now.tables
    fits = [cell for row in grid.cells for cell in row if _no_worse(cell, now)]
    best = max(
        ((now.slots - cell.slots, 0 if have is None or cell.tables is None else have - cell.tables) for cell in fits),
        default=(0, 0),
    )
    rounds, tables = max((0, 0), best)
    return Spare(tables, rounds, ends[now.slots - rounds - 1] if rounds and now.slots - rounds <= len(ends) else None)


def _no_worse(cell: Any, now: Any) -> bool:
    fewer = cell.slots <= now.slots and (now.tables is None or cell.tables is None or cell.tables <= now.tables)
    if not fewer or not cell.placed or cell.value is None or now.value is None:
        return False
    breaks = cell.breaks is None or now.breaks is None or cell.breaks <= now.breaks
    return cell.value >= now.value and (cell.shortfall or 0) <= (now.shortfall or 0) and breaks
