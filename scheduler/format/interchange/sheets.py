"""How a sheet looks: headings that stand out and stay in sight, columns as wide as what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

Content = str | int | bool | datetime | None

_HEAD_FONT = Font(bold=True, color="FFFFFFFF")
_HEAD_FILL = PatternFill("solid", fgColor="FF1F4E5F")
_HEAD_ALIGNMENT = Alignment(vertical="center")
_HEAD_BORDER = Border(bottom=Side("medium", color="FF16384A"))
_TOP = Alignment(vertical="top")
_WRAPPED = Alignment(vertical="top", wrap_text=True)
_NARROWEST, _WIDEST = 8, 48
_TIME_FORMAT = "yyyy-mm-dd hh:mm"
# With these a spreadsheet would begin to compute.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t")
# Widths are guessed from the first rows: a column of thousands is like its beginning.
_LOOKED_AT = 200


def fill_sheet(sheet: Any, rows: Sequence[Sequence[Content]]) -> None:
    """Write ``rows`` into ``sheet``, the first as headings that stay in sight."""
    for number, row in enumerate(rows, start=1):
        for position, value in enumerate(row, start=1):
            if value is not None:
                cell = sheet.cell(number, position)
                cell.value = value
                if isinstance(value, str):
                    _keep_as_text(cell, value)
                elif isinstance(value, datetime):
                    cell.number_format = _TIME_FORMAT
                if number > 1:
                    cell.alignment = _WRAPPED if isinstance(value, str) and len(value) > _WIDEST else _TOP
    if not rows:
        return
    for position in range(1, len(rows[0]) + 1):
        head = sheet.cell(1, position)
        head.font, head.fill, head.alignment, head.border = _HEAD_FONT, _HEAD_FILL, _HEAD_ALIGNMENT, _HEAD_BORDER
        longest = max(_width(row[position - 1]) for row in rows[:_LOOKED_AT])
        sheet.column_dimensions[get_column_letter(position)].width = min(max(longest + 3, _NARROWEST), _WIDEST)
    sheet.row_dimensions[1].height = 22
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(rows[0]))}{max(len(rows), 2)}"


def _keep_as_text(cell: Any, value: str) -> None:
    """Keep a text from being taken for a formula or an error, now and when somebody edits the cell."""
    cell.data_type = "s"
    if value.startswith(_FORMULA_STARTS):
        cell.quotePrefix = True


def _width(value: Content) -> int:
    if isinstance(value, datetime):
        return len(_TIME_FORMAT)
    return max(map(len, str(value).split("\n"))) if value is not None else 0
