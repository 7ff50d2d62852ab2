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
    verifying.add_argument(
        "--proof", action="store_true", help="check the proofs of its bounds too, from the files alone"
    )
    verifying.add_argument("event", type=Path)
    verifying.add_argument("schedule", type=Path)
    verifying.set_defaults(func=_verify)


def _verify(options: argparse.Namespace) -> int:
    from scheduler.check.proof import proof_faults, verify_proofs
    from scheduler.check.schedule import verify

    event, schedule = read_event(options.event), read_schedule(options.schedule)
    faults = verify(event, schedule).faults
    verdicts = verify_proofs(event, schedule) if options.proof and not faults else []
    faults += proof_faults(verdicts)
    for fault in faults:
        print(fault)
    if faults:
        return FAILED
    print(f"no fault in {len(schedule.meetings)} meetings: {tiers_line(schedule.tiers)}")
    for verdict in verdicts:
        print(f"bound of {verdict.tier}: {_SAID[verdict.standing].format(solver=verdict.solver)}")
    return DONE


_SAID = {
    "checked": "stands, checked again without the solver",
    "trusted": "rests on an exhaustive search by {solver}, not checked again",
    "untold": "no proof in the file",
}
