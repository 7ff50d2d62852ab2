"""``passerelle solve``: compute a timetable."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from scheduler.command.files import read_event, tell_warnings, write_output
from scheduler.command.interrupt import Stopping
from scheduler.command.options import add_language_option, add_solve_options
from scheduler.command.progress import Console, outcome
from scheduler.command.status import DONE
from scheduler.format.schedule import schedule_json
from scheduler.problem.watch import PATIENCE, SolveOptions, default_limit


def register(commands: Any) -> None:
    """Add ``solve`` to argparse's ``commands``."""
    solving = commands.add_parser("solve", help="compute a schedule for an event")
    solving.add_argument("event", type=Path)
    solving.add_argument("-o", "--output", type=Path, help="the schedule file (default: standard output)")
    add_solve_options(solving)
    add_language_option(solving)
    solving.set_defaults(func=_solve)


def _solve(options: argparse.Namespace) -> int:
    began = time.monotonic()
    from scheduler.solve import solve

    event = read_event(options.event)
    tell_warnings(event, options.language)
    stopping = Stopping()
    limit, patience = options.time_limit, None
    if limit is None:
        limit, patience = default_limit(event), PATIENCE
    # The limit is that of the command: loading the solver and the event has taken some of it.
    left = max(limit / 2, limit - (time.monotonic() - began))
    wanted = SolveOptions(left, options.workers, options.seed, patience)
    with Console(sys.stderr, limit, options.language) as console:
        schedule = stopping.run(lambda: solve(event, wanted, listener=console, stop=stopping.asked))
    write_output(options.output, schedule_json(schedule))
    print(outcome(schedule, options.language), file=sys.stderr)
    return DONE
