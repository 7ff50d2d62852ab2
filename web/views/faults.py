"""The faults of a file or an event in the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import get_locale
from flask_babel import gettext as _

from scheduler.format.sentence import Sentence
from scheduler.wording.sentences import told
from web.domain.errors import Fault, Faults

MOST_SHOWN = 200


def said(message: str) -> str:
    """`message` in the language of the page; what is no value of the solver's is in that language already."""
    return told(message, get_locale().language)


def placed(fault: Fault) -> str:
    """`fault` behind its place, in the language of the page."""
    return _("%(path)s: %(fault)s", path=fault.path, fault=said(fault.message))


def refusal(error: Exception) -> str:
    """Why something was not done, in the language of the page; the places of faults stand for nothing on it."""
    return " ".join(said(fault.message) for fault in error.faults) if isinstance(error, Faults) else str(error)


@dataclass(frozen=True)
class Shown:
    """The faults that a page shows, and a sentence for those that it does not; empty where it shows all."""

    faults: Sequence[Fault]
    more: str


def shown(faults: Sequence[Fault]) -> Shown:
    """The first of `faults`; of many the last may be no fault but the number of those that were only counted."""
    first = faults[:MOST_SHOWN]
    rest, counted = len(faults) - len(first), _counted(faults[-1].message) if faults else None
    if not rest:
        return Shown(first, "")
    if counted is None:
        return Shown(first, _("and %(num)s more", num=rest))
    hidden, at_least = counted
    number = rest - 1 + hidden
    return Shown(first, _("and at least %(num)s more", num=number) if at_least else _("and %(num)s more", num=number))


def _counted(message: str) -> tuple[int, bool] | None:
    """How many faults `message` says there are besides, and whether there are more still; `None` for a fault."""
    found = message.values.get("found") if isinstance(message, Sentence) else None
    if isinstance(found, Sentence) and found.code in ("more_faults", "more_faults_at_least"):
        return int(found.values["hidden"]), found.code == "more_faults_at_least"
    return None
