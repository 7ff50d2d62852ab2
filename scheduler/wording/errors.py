"""The package's exceptions as lines for whoever ran a command, in French and English."""

from __future__ import annotations

from scheduler.format.errors import Infeasible, InvalidInput, PasserelleError
from scheduler.wording.commands import in_words
from scheduler.wording.requirements import in_short, reasons
from scheduler.wording.sentences import told


def error_lines(error: PasserelleError, language: str) -> list[str]:
    """Return what ``error`` says in ``language`` (``fr`` or ``en``), one line for each fault or requirement."""
    if isinstance(error, InvalidInput):
        return [in_words("fault", language, path=one.path, fault=told(one.message, language)) for one in error.faults]
    if isinstance(error, Infeasible):
        short = in_short(error.requirements, error.event, language)
        lines = [f"  ({short})"] if short else []
        return [in_words("impossible", language), *lines, *(f"- {reason}" for reason in reasons(error, language))]
    return [told(error.args[0], language)] if error.args else [str(error)]
