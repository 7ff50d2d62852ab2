"""``passerelle replan``: put an announced timetable right."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from scheduler.command.files import read_event, read_schedule, tell_warnings, without_collector, write_output
from scheduler.command.interrupt import Stopping
from scheduler.command.options import add_language_option, add_solve_options, clean_id, whole_or_zero
from scheduler.command.progress import Console, outcome
from scheduler.format.schedule import schedule_json
from scheduler.problem.watch import SolveOptions


def register(commands: Any) -> None:
    """Add ``replan`` to argparse's ``commands``."""
    replanning = commands.add_parser(
        "replan",
        help="put an announced schedule right, disturbing as few as possible",
        epilog="Everything else is told by EVENT as it now is: who leaves early (unavailable), walk-ins, tables or "
        "facilitators lost, slots added or cut, new wishes and vetoes.",
    )
    replanning.add_argument("event", type=Path, help="the event as it now is")
    replanning.add_argument("schedule", type=Path, help="the schedule as announced")
    replanning.add_argument(
        "--absent", action="append", default=[], type=clean_id, metavar="ID", help="takes part no more"
    )
    replanning.add_argument(
        "--late", action="append", default=[], type=_late, metavar="ID=SLOT", help="comes only at that slot"
    )
    replanning.add_argument(
        "--from-slot", type=clean_id, metavar="SLOT", help="the first slot that can still be changed"
    )
    replanning.add_argument(
        "--allow-disruptions", type=whole_or_zero, default=0, metavar="N", help="announced meetings that may go"
    )
    replanning.add_argument(
        "--pin", action="append", default=[], type=_pair, metavar="ID=ID", help="this announced meeting stays"
    )
    replanning.add_argument("-o", "--output", type=Path, help="the schedule file (default: standard output)")
    add_solve_options(replanning)
    add_language_option(replanning)
    replanning.set_defaults(func=_replan)


@without_collector()
def _replan(options: argparse.Namespace) -> None:
    from scheduler.replan import replan

    event = read_event(options.event)
    announced = read_schedule(options.schedule, event)
    tell_warnings(event, options.language)
    stopping = Stopping()
    with Console(sys.stderr, options.time_limit, options.language) as console:
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
    write_output(options.output, schedule_json(schedule))
    print(outcome(schedule, options.language, to_be_told=len(schedule.changes or ())), file=sys.stderr)


def _late(text: str) -> tuple[str, str]:
    id, separator, slot = text.rpartition("=")
    if not (id and separator and slot):
        raise argparse.ArgumentTypeError(f"expected ID=SLOT, found {text}")
    return clean_id(id), clean_id(slot)


def _pair(text: str) -> tuple[str, str]:
    one, separator, other = text.partition("=")
    if not (one and separator and other):
        raise argparse.ArgumentTypeError(f"expected ID=ID, found {text}")
    return clean_id(one), clean_id(other)
