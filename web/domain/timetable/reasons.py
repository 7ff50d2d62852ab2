"""Why two participants meet: the lines of the published score as sentences for the organiser."""

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import gettext as _

from scheduler.format.event import Event, Participant
from scheduler.format.score import ScoreLine, explain_pair
from web.domain.event.vocabulary import Vocabulary
from web.domain.people.reasons import asked_for


@dataclass(frozen=True)
class Reason:
    """One line of the score: a sentence and its points."""

    text: str
    points: int


def reasons(event: Event, one: Participant, other: Participant, words: Vocabulary) -> list[Reason]:
    """Why `one` meets `other`, each line with its points (they add up to the score), and what the organiser asked."""
    lines = [Reason(_sentence(line, one, other, words), line.points) for line in explain_pair(event, one, other).lines]
    if asked_for(event, one, other) == "required":
        lines.append(Reason(_("You asked for this meeting."), 0))
    if not lines:
        lines.append(Reason(_("You allowed this meeting."), 0))
    return lines


def _sentence(line: ScoreLine, one: Participant, other: Participant, words: Vocabulary) -> str:
    who, partner = (other, one) if line.who == other.id else (one, other)
    names = {"who": who.label, "partner": partner.label}
    told: dict[str, Callable[[], str]] = {
        "need": lambda: _("%(who)s needs “%(what)s”: %(partner)s offers it", what=words.item(line.subject), **names),
        "category": lambda: _(
            "%(who)s needs “%(what)s”: %(partner)s offers something in the same field",
            what=words.item(line.subject),
            **names,
        ),
        "reciprocity": lambda: _("Each gives and receives"),
        "theme": lambda: _("Theme in common: %(theme)s", theme=words.theme(line.subject)),
        "zone": lambda: _("Same zone: %(zone)s", zone=words.zone(line.subject)),
        "wish": lambda: _("Wish number %(rank)s of %(who)s", rank=int(line.subject) + 1, **names),
        "mutual": lambda: _("Each wishes the other"),
        "boost": lambda: _("Adjustment that you set for %(who)s", **names),
        "given": lambda: _("Score given by the event file"),
        "floor": lambda: _("Never below one point"),
    }
    return told[line.part]()
