"""``passerelle sample``: a realistic event to try."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from scheduler.command.files import write_output
from scheduler.command.options import whole
from scheduler.command.status import DONE
from scheduler.format.event import event_json


def register(commands: Any) -> None:
    """Add ``sample`` to argparse's ``commands``."""
    sampling = commands.add_parser("sample", help="make a realistic event")
    for name, default in (("associations", 32), ("companies", 22), ("slots", 17), ("tables", 22), ("seed", 1)):
        sampling.add_argument(f"--{name}", type=whole, default=default)
    sampling.add_argument(
        "--seated",
        action="store_true",
        help="companies stay at their tables, pauses in long rows of meetings, one volunteer for two associations",
    )
    sampling.add_argument("-o", "--output", type=Path, help="the event file (default: standard output)")
    sampling.set_defaults(func=_sample)


def _sample(options: argparse.Namespace) -> int:
    from scheduler.samples.sample import sample_event, seated_event

    sample = seated_event if options.seated else sample_event
    event = sample(options.associations, options.companies, options.slots, options.tables, options.seed)
    write_output(options.output, event_json(event) + "\n")
    return DONE
