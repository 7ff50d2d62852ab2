"""``passerelle whatif``: what more or fewer tables and slots are worth."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scheduler.command.files import read_event, without_collector, write_output
from scheduler.command.options import add_language_option, whole
from scheduler.wording.grids import grid_table


def register(commands: Any) -> None:
    """Add ``whatif`` to argparse's ``commands``."""
    asking = commands.add_parser("whatif", help="what more or fewer tables and slots are worth")
    asking.add_argument("event", type=Path)
    asking.add_argument("--tables", type=_numbers, default=(), metavar="N,N,…", help="default: those it has, ± 2")
    asking.add_argument("--slots", type=_numbers, default=(), metavar="N,N,…", help="default: those it has, ± 2")
    asking.add_argument(
        "--breaks", action=argparse.BooleanOptionalAction, default=True, help="estimate the breaks too (default: yes)"
    )
    add_language_option(asking)
    asking.add_argument("--json", action="store_true", help="the grid as JSON")
    asking.set_defaults(func=_whatif)


@without_collector()
def _whatif(options: argparse.Namespace) -> None:
    from scheduler.whatif import whatif

    grid = whatif(read_event(options.event), options.tables, options.slots, breaks=options.breaks)
    write_output(
        None, json.dumps(asdict(grid), indent=1) + "\n" if options.json else grid_table(grid, options.language)
    )


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(whole(part) for part in text.split(","))
