"""The commands that answer for an announced timetable: replan it, say why, say what if."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scheduler.command.files import read_event, read_schedule, without_collector, write_output
from scheduler.command.interrupt import Stopping
from scheduler.command.options import add_solve_options, whole, whole_or_zero
from scheduler.command.progress import Console, tiers_line
from scheduler.format.schedule import schedule_json
from scheduler.problem.watch import SolveOptions

if TYPE_CHECKING:
    from scheduler.whatif import Cell, Grid


def register(commands: Any) -> None:
    """Add the commands to argparse's ``commands``; each sets ``func``, which returns an exit status or ``None``."""
    replanning = commands.add_parser(
        "replan",
        help="put an announced schedule right, disturbing as few as possible",
        epilog="Everything else is told by EVENT as it now is: who leaves early (unavailable), walk-ins, tables or "
        "facilitators lost, slots added or cut, new wishes and vetoes.",
    )
    replanning.add_argument("event", type=Path, help="the event as it now is")
    replanning.add_argument("schedule", type=Path, help="the schedule as announced")
    replanning.add_argument("--absent", action="append", default=[], metavar="ID", help="takes part no more")
    replanning.add_argument(
        "--late", action="append", default=[], type=_late, metavar="ID=SLOT", help="comes only at that slot"
    )
    replanning.add_argument("--from-slot", metavar="SLOT", help="the first slot that can still be changed")
    replanning.add_argument(
        "--allow-disruptions", type=whole_or_zero, default=0, metavar="N", help="announced meetings that may go"
    )
    replanning.add_argument(
        "--pin", action="append", default=[], type=_pair, metavar="ID=ID", help="this announced meeting stays"
    )
    replanning.add_argument("-o", "--output", type=Path, help="the schedule file (default: standard output)")
    add_solve_options(replanning)
    replanning.set_defaults(func=_replan)

    explaining = commands.add_parser("explain", help="why somebody's wishes were not met, and what forcing them costs")
    explaining.add_argument("event", type=Path)
    explaining.add_argument("schedule", type=Path)
    explaining.add_argument("participant", metavar="ID")
    explaining.add_argument("--language", choices=("fr", "en"), default="fr")
    explaining.set_defaults(func=_explain)

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
def _replan(options: argparse.Namespace) -> None:
    from scheduler.replan import replan

    event, announced = read_event(options.event), read_schedule(options.schedule)
    stopping = Stopping()
    console = Console(sys.stderr, options.time_limit)
    schedule = stopping.run(
        lambda: replan(
            event,
            announced,
            absent=options.absent,
            late=dict(options.late),
            from_slot=options.from_slot,
            allow_disruptions=options.allow_disruptions,
            pinned=options.pin,
            options=SolveOptions(options.time_limit, options.workers, options.seed),
            listener=console,
            stop=stopping.asked,
        )
    )
    console.close()
    write_output(options.output, schedule_json(schedule))
    told = len(schedule.changes or ())
    line = f"{schedule.status}: {tiers_line(schedule.tiers)} · {told} to be told ({schedule.seconds:.2f} s)"
    print(line, file=sys.stderr)


@without_collector()
def _explain(options: argparse.Namespace) -> None:
    from scheduler.explain import explain

    event, schedule = read_event(options.event), read_schedule(options.schedule)
    explanation = explain(event, schedule, options.participant)
    write_output(None, "".join(f"- {paragraph}\n" for paragraph in explanation.words(options.language)))


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


def _late(text: str) -> tuple[str, str]:
    id, separator, slot = text.rpartition("=")
    if not (id and separator and slot):
        raise argparse.ArgumentTypeError(f"expected ID=SLOT, found {text}")
    return id, slot


def _pair(text: str) -> tuple[str, str]:
    one, separator, other = text.partition("=")
    if not (one and separator and other):
        raise argparse.ArgumentTypeError(f"expected ID=ID, found {text}")
    return one, other
