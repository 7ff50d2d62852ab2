"""``passerelle verify``: check a timetable independently."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scheduler.command.files import read_event, read_schedule
from scheduler.command.options import add_language_option
from scheduler.command.status import DONE, FAILED
from scheduler.format.sentence import Sentence
from scheduler.wording.sentences import told
from scheduler.wording.verdicts import right_line, verdict_line


def register(commands: Any) -> None:
    """Add ``verify`` to argparse's ``commands``."""
    verifying = commands.add_parser("verify", help="check a schedule independently: every rule and every tier")
    verifying.add_argument(
        "--proof", action="store_true", help="check the proofs of its bounds too, from the files alone"
    )
    verifying.add_argument("event", type=Path)
    verifying.add_argument("schedule", type=Path)
    add_language_option(verifying)
    verifying.set_defaults(func=_verify)


def _verify(options: argparse.Namespace) -> int:
    from scheduler.check.proof import proof_faults, verify_proofs
    from scheduler.check.schedule import verify

    event = read_event(options.event)
    schedule = read_schedule(options.schedule, event)
    faults = verify(event, schedule).faults
    verdicts = verify_proofs(event, schedule) if options.proof and not faults else []
    faults += proof_faults(verdicts)
    language = options.language
    for fault in alike_counted(faults):
        print(told(fault, language))
    if faults:
        return FAILED
    print(right_line(schedule, language))
    for verdict in verdicts:
        print(verdict_line(verdict, language))
    return DONE


def _kind(fault: str) -> str:
    """Return what faults of one kind have in common: what they are made from, how often they came aside."""
    if not isinstance(fault, Sentence):
        return fault
    return _kind(fault.values["fault"]) if "fault" in fault.values else fault.code


def alike_counted(faults: Sequence[str]) -> list[str]:
    """Return ``faults`` with those beyond the first few of one kind counted in one line, where that kind ends."""
    kinds = [_kind(fault) for fault in faults]
    seen: Counter[str] = Counter()
    lines: list[str] = []
    times = Counter(kinds)
    for kind, fault in zip(kinds, faults, strict=True):
        seen[kind] += 1
        hidden = times[kind] - _MOST_ALIKE
        if seen[kind] <= _MOST_ALIKE or hidden == 1:
            lines.append(fault)
        elif seen[kind] == times[kind]:
            lines.append(Sentence("more_like_these", count=hidden))
    return lines


# A timetable made elsewhere may break one rule in every meeting: after so many of one kind the rest is counted.
_MOST_ALIKE = 10
