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
from scheduler.wording.tiers import tier_name, tiers_line


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
    right = _RIGHT[language].format(count=len(schedule.meetings))
    print(f"{right}{_COLON[language]}{tiers_line(schedule.tiers, language)}")
    for verdict in verdicts:
        said = _SAID[verdict.standing][language].format(solver=verdict.solver)
        print(f"{_BOUND[language].format(tier=tier_name(verdict.tier, language))}{_COLON[language]}{said}")
    return DONE


def alike_counted(faults: Sequence[str]) -> list[str]:
    """Return ``faults`` with those beyond the first few of one kind counted in one line, where that kind ends."""
    kinds = [fault.template if isinstance(fault, Sentence) else fault for fault in faults]
    seen: Counter[str] = Counter()
    lines: list[str] = []
    times = Counter(kinds)
    for kind, fault in zip(kinds, faults, strict=True):
        seen[kind] += 1
        hidden = times[kind] - _MOST_ALIKE
        if seen[kind] <= _MOST_ALIKE or hidden == 1:
            lines.append(fault)
        elif seen[kind] == times[kind]:
            lines.append(Sentence("… and {count} more like these", count=hidden))
    return lines


# A timetable made elsewhere may break one rule in every meeting: after so many of one kind the rest is counted.
_MOST_ALIKE = 10
_COLON = {"en": ": ", "fr": "\u00a0: "}
_RIGHT = {"en": "no fault in {count} meetings", "fr": "aucune faute dans {count} rendez-vous"}
_BOUND = {"en": "bound of {tier}", "fr": "borne de «\u00a0{tier}\u00a0»"}


_SAID = {
    "checked": {
        "en": "stands, checked again without the solver",
        "fr": "tient, contrôlée une seconde fois, sans le solveur",
    },
    "trusted": {
        "en": "rests on an exhaustive search by {solver}, not checked again",
        "fr": "repose sur une recherche exhaustive de {solver}, non refaite",
    },
    "untold": {"en": "no proof in the file", "fr": "pas de preuve dans le fichier"},
}
