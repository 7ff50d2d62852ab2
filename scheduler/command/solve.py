"""``passerelle solve``: compute a timetable."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from scheduler.command.files import read_event, write_output
from scheduler.command.interrupt import Stopping
from scheduler.command.options import add_solve_options
from scheduler.command.progress import Console, tiers_line
from scheduler.command.status import DONE
from scheduler.format.schedule import schedule_json
from scheduler.problem.watch import SolveOptions


def register(commands: Any) -> None:
    """Add ``solve`` to argparse's ``commands``."""
    solving = commands.add_parser("solve", help="compute a schedule for an event")
    solving.add_argument("event", type=Path)
    solving.add_argument("-o", "--output", type=Path, help="the schedule file (default: standard output)")
    add_solve_options(solving)
    solving.set_defaults(func=_solve)


def _solve(options: argparse.Namespace) -> int:
    from scheduler.solve import solve

    event = read_event(options.event)
    stopping = Stopping()
    console = Console(sys.stderr, options.time_limit)
    wanted = SolveOptions(options.time_limit, options.workers, options.seed)
    schedule = stopping.run(lambda: solve(event, wanted, listener=console, stop=stopping.asked))
    console.close()
    write_output(options.output, schedule_json(schedule))
    print(f"{schedule.status}: {tiers_line(schedule.tiers)} ({schedule.seconds:.2f} s)", file=sys.stderr)
    return DONE
