"""``passerelle verify``: check a timetable independently."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from scheduler.command.files import read_event, read_schedule
from scheduler.command.progress import tiers_line
from scheduler.command.status import DONE, FAILED


def register(commands: Any) -> None:
    """Add ``verify`` to argparse's ``commands``."""
    verifying = commands.add_parser("verify", help="check a schedule independently: every rule and every tier")
    verifying.add_argument("event", type=Path)
    verifying.add_argument("schedule", type=Path)
    verifying.set_defaults(func=_verify)


def _verify(options: argparse.Namespace) -> int:
    from scheduler.check.schedule import verify

    event, schedule = read_event(options.event), read_schedule(options.schedule)
    report = verify(event, schedule)
    for fault in report.faults:
        print(fault)
    if report.faults:
        return FAILED
    print(f"no fault in {len(schedule.meetings)} meetings: {tiers_line(schedule.tiers)}")
    return DONE
