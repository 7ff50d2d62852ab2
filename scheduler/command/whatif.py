"""``passerelle whatif``: what more or fewer tables and slots are worth."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scheduler.command.files import read_event, without_collector, write_output
from scheduler.command.options import whole

if TYPE_CHECKING:
    from scheduler.whatif import Cell, Grid


def register(commands: Any) -> None:
    """Add ``whatif`` to argparse's ``commands``."""
    asking = commands.add_parser("whatif", help="what more or fewer tables and slots are worth")
    asking.add_argument("event", type=Path)
    asking.add_argument("--tables", type=_numbers, default=(), metavar="N,N,…", help="default: those it has, ± 2")
    asking.add_argument("--slots", type=_numbers, default=(), metavar="N,N,…", help="default: those it has, ± 2")
    asking.add_argument(
        "--breaks", action=argparse.BooleanOptionalAction, default=True, help="estimate the breaks too (default: yes)"
    )
    asking.add_argument("--json", action="store_true", help="the grid as JSON")
    asking.set_defaults(func=_whatif)


@without_collector()
def _whatif(options: argparse.Namespace) -> None:
    from scheduler.whatif import whatif

    grid = whatif(read_event(options.event), options.tables, options.slots, breaks=options.breaks)
    write_output(None, json.dumps(asdict(grid), indent=1) + "\n" if options.json else _table(grid))


def _table(grid: Grid) -> str:
    """Return the grid as lines: a row for each number of tables, a column for each number of slots."""
    rows = [["", *(f"{count} slots" for count in grid.slots)]]
    rows += [
        [f"{count} tables", *(_in_words(cell, grid) for cell in cells)]
        for count, cells in zip(grid.tables, grid.cells, strict=True)
    ]
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = ["  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in rows]
    lines += ["", f"now: {_in_words(grid.now, grid)}"]
    for name, gain in (("table", grid.one_more_table), ("slot", grid.one_more_slot)):
        if gain is not None:
            short = f", shortfall {gain.shortfall:+d}" if gain.shortfall else ""
            breaks = f", breaks {gain.breaks:+d}" if gain.breaks else ""
            limits = "" if gain.placed else " (limits)"
            lines.append(f"one more {name}: value {gain.value:+d}, wishes {gain.wishes:+d}{short}{breaks}{limits}")
    return "\n".join([*lines, "", "value (wishes honoured); ≤: a proven limit, not placed in slots here"]) + "\n"


def _in_words(cell: Cell, grid: Grid) -> str:
    if cell.value is None:
        return "impossible"
    short = f", short {cell.shortfall}" if cell.shortfall else ""
    breaks = "" if cell.breaks is None else f", {cell.breaks} breaks"
    return f"{'' if cell.placed else '≤'}{cell.value} ({cell.wishes}/{grid.wishes}{short}{breaks})"


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(whole(part) for part in text.split(","))
