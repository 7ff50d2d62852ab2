"""What the independent check says of a schedule without a fault, and of the proofs in it, in French and English."""

from __future__ import annotations

from scheduler.check.proof import Verdict
from scheduler.format.schedule import Schedule
from scheduler.wording.tiers import tier_name, tiers_line

_COLON = {"en": ": ", "fr": "\u00a0: "}
_RIGHT = {"en": "no fault in {count} meetings", "fr": "aucune faute dans {count} rendez-vous"}
_BOUND = {"en": "bound of {tier}", "fr": "limite de «\u00a0{tier}\u00a0»"}
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


def right_line(schedule: Schedule, language: str) -> str:
    """Return the line for a schedule in which no fault was found."""
    right = _RIGHT[language].format(count=len(schedule.meetings))
    return f"{right}{_COLON[language]}{tiers_line(schedule.tiers, language)}"


def verdict_line(verdict: Verdict, language: str) -> str:
    """Return the line for the bound of one tier: whether it stands, or rests on trust."""
    said = _SAID[verdict.standing][language].format(solver=verdict.solver)
    return f"{_BOUND[language].format(tier=tier_name(verdict.tier, language))}{_COLON[language]}{said}"
