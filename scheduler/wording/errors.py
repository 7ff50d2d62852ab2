"""The package's exceptions as lines for whoever ran a command, in French and English."""

from __future__ import annotations

from scheduler.format.errors import Infeasible, InvalidInput, PasserelleError
from scheduler.wording.requirements import in_short, reasons
from scheduler.wording.sentences import told

_IMPOSSIBLE = {
    "en": "no schedule respects all requirements; these cannot hold together:",
    "fr": "aucun planning ne respecte toutes les exigences\u00a0; celles-ci ne peuvent tenir ensemble\u00a0:",
}


def error_lines(error: PasserelleError, language: str) -> list[str]:
    """Return what ``error`` says in ``language`` (``fr`` or ``en``), one line for each fault or requirement."""
    if isinstance(error, InvalidInput):
        colon = "\u00a0: " if language == "fr" else ": "
        return [f"{fault.path}{colon}{told(fault.message, language)}" for fault in error.faults]
    if isinstance(error, Infeasible):
        short = in_short(error.requirements, error.event, language)
        lines = [f"  ({short})"] if short else []
        return [_IMPOSSIBLE[language], *lines, *(f"- {reason}" for reason in reasons(error, language))]
    return [told(error.args[0], language)] if error.args else [str(error)]
