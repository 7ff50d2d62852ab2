"""What an event can do without: read off the grid, and never off a limit."""

from dataclasses import replace
from datetime import datetime, timedelta

from scheduler.whatif import Cell, Grid
from web.domain.timetable.spare import Spare, spare

ENDS = [datetime(2027, 3, 18, 14, 8) + timedelta(minutes=8 * i) for i in range(4)]


def grid(values: dict[tuple[int, int], int], **changes: object) -> Grid:
    """Cells of 3 or 4 tables and 3 or 4 slots, 4 × 4 being now; `values` by tables and slots, else 100."""

    def cell(tables: int, slots: int) -> Cell:
        return Cell(tables, slots, 0, values.get((tables, slots), 100), 10, 0, True)

    cells = tuple(tuple(cell(tables, slots) for slots in (3, 4)) for tables in (3, 4))
    return replace(Grid((3, 4), (3, 4), cells, cell(4, 4), None, None, 10), **changes)


def test_what_can_go_at_once_with_nothing_lost_is_named() -> None:
    assert spare(grid({}), ENDS) == Spare(tables=1, rounds=1, ends=ENDS[2])


def test_a_round_goes_before_a_table_where_not_both_can() -> None:
    assert spare(grid({(3, 3): 99}), ENDS) == Spare(tables=0, rounds=1, ends=ENDS[2])


def test_nothing_can_go_where_less_loses_value() -> None:
    assert spare(grid({(3, 3): 99, (3, 4): 99, (4, 3): 99}), ENDS) == Spare(0, 0)


def test_a_limit_is_not_trusted() -> None:
    one = grid({})
    limits = tuple(tuple(replace(cell, placed=False) for cell in row) for row in one.cells)
    assert spare(replace(one, cells=limits), ENDS) == Spare(0, 0)
