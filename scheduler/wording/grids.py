"""What more or fewer tables and slots are worth, as a table of text in French or English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scheduler.whatif import Cell, Grid


def grid_table(grid: Grid, language: str) -> str:
    """Return the grid as lines: a row for each number of tables, a column for each number of slots."""
    words = _WORDS[language]
    rows = [["", *(words["slots"].format(count=count) for count in grid.slots)]]
    rows += [
        [words["tables"].format(count=count), *(_in_words(cell, grid, words) for cell in cells)]
        for count, cells in zip(grid.tables, grid.cells, strict=True)
    ]
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = ["  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in rows]
    lines += ["", words["now"].format(cell=_in_words(grid.now, grid, words))]
    for name, gain in (("table", grid.one_more_table), ("slot", grid.one_more_slot)):
        if gain is not None:
            short = words["more_short"].format(count=gain.shortfall) if gain.shortfall else ""
            breaks = words["more_breaks"].format(count=gain.breaks) if gain.breaks else ""
            limits = "" if gain.placed else words["limits"]
            told = words[f"one_more_{name}"].format(value=gain.value, wishes=gain.wishes)
            lines.append(f"{told}{short}{breaks}{limits}")
    return "\n".join([*lines, "", words["legend"]]) + "\n"


def _in_words(cell: Cell, grid: Grid, words: Mapping[str, str]) -> str:
    if cell.value is None:
        return words["impossible"]
    short = words["short"].format(count=cell.shortfall) if cell.shortfall else ""
    breaks = "" if cell.breaks is None else words["breaks"].format(count=cell.breaks)
    return f"{'' if cell.placed else '≤'}{cell.value} ({cell.wishes}/{grid.wishes}{short}{breaks})"


_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "slots": "{count} rounds",
        "tables": "{count} tables",
        "now": "now: {cell}",
        "one_more_table": "one more table: value {value:+d}, wishes {wishes:+d}",
        "one_more_slot": "one more round: value {value:+d}, wishes {wishes:+d}",
        "more_short": ", shortfall {count:+d}",
        "more_breaks": ", breaks {count:+d}",
        "limits": " (limits)",
        "short": ", short {count}",
        "breaks": ", {count} breaks",
        "impossible": "impossible",
        "legend": "value (wishes honoured); ≤: a proven limit, not placed in rounds here",
    },
    "fr": {
        "slots": "{count} créneaux",
        "tables": "{count} tables",
        "now": "actuellement\u00a0: {cell}",
        "one_more_table": "une table de plus\u00a0: valeur {value:+d}, souhaits {wishes:+d}",
        "one_more_slot": "un créneau de plus\u00a0: valeur {value:+d}, souhaits {wishes:+d}",
        "more_short": ", rendez-vous manquants {count:+d}",
        "more_breaks": ", attentes {count:+d}",
        "limits": " (limites)",
        "short": ", manque {count}",
        "breaks": ", {count} attentes",
        "impossible": "impossible",
        "legend": "valeur (souhaits exaucés)\u202f; ≤\u00a0: une limite prouvée, sans créneaux attribués ici",
    },
}
