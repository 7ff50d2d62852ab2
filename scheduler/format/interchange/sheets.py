"""How a sheet looks: headings that stand out and stay in sight, columns as wide as what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

Content = str | int | float | bool | datetime | None

_HEAD_FONT = Font(bold=True, color="FFFFFFFF")
_HEAD_FILL = PatternFill("solid", fgColor="FF1F4E5F")
_HEAD_ALIGNMENT = Alignment(vertical="center")
_HEAD_BORDER = Border(bottom=Side("medium", color="FF16384A"))
_HINT_FONT = Font(italic=True, size=9, color="FF46565C")
_HINT_FILL = PatternFill("solid", fgColor="FFE8F0F2")
_HINT_ALIGNMENT = Alignment(vertical="top", wrap_text=True)
_TOP = Alignment(vertical="top")
_WRAPPED = Alignment(vertical="top", wrap_text=True)
_NARROWEST, _WIDEST = 8, 48
_EXPLAINED_WIDTH = 16
_TIME_FORMAT = "yyyy-mm-dd hh:mm"
# With these a spreadsheet would begin to compute.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t")
# Widths are guessed from the first rows: a column of thousands is like its beginning.
_LOOKED_AT = 200


def fill_sheet(sheet: Any, rows: Sequence[Sequence[Content]], *, explained: bool = False) -> None:
    """Write ``rows`` into ``sheet``, the first as headings that stay in sight; with ``explained`` the second too."""
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
        # What explains may take several lines.
        looked_at = [*rows[:1], *rows[2:_LOOKED_AT]] if explained else rows[:_LOOKED_AT]
        longest = max(_width(row[position - 1]) for row in looked_at)
        longest = max(longest, _EXPLAINED_WIDTH) if explained else longest
        sheet.column_dimensions[get_column_letter(position)].width = min(max(longest + 3, _NARROWEST), _WIDEST)
    sheet.row_dimensions[1].height = 22
    if not explained:
        sheet.freeze_panes = "B2"
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(rows[0]))}{max(len(rows), 2)}"
        return
    for position in range(1, len(rows[0]) + 1):
        cell = sheet.cell(2, position)
        cell.font, cell.fill, cell.alignment = _HINT_FONT, _HINT_FILL, _HINT_ALIGNMENT
    sheet.row_dimensions[2].height = 44
    sheet.freeze_panes = "B3"


def _keep_as_text(cell: Any, value: str) -> None:
    """Keep a text from being taken for a formula or an error, now and when somebody edits the cell."""
    cell.data_type = "s"
    if value.startswith(_FORMULA_STARTS):
        cell.quotePrefix = True


def _width(value: Content) -> int:
    if isinstance(value, datetime):
        return len(_TIME_FORMAT)
    return max(map(len, str(value).split("\n"))) if value is not None else 0
