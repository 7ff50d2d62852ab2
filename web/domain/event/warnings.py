"""What an event probably does not mean, in sentences: what its file is warned of, and words that nobody knows."""

from collections.abc import Iterable, Iterator, Sequence

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from scheduler.format.event import Event as EventValue
from scheduler.format.event import Participant
from scheduler.format.text import nearest
from scheduler.format.warnings import warnings_of
from scheduler.wording.warnings import warning_sentence
from web.domain.errors import Faults
from web.domain.event.files import event_value
from web.domain.event.programme import Window, window
from web.domain.event.vocabulary import Vocabulary
from web.models import Event

# More words of one list than this are counted.
_MOST_TOLD = 5


def event_warnings(session: Session, event: Event, language: str) -> list[str]:
    """Sentences for the event's page; none while people still register, when much is bound to be missing.

    Cost: that of `event_value`.
    """
    if window(event) in (Window.OPEN, Window.EARLY):
        return []
    try:
        value = event_value(session, event)
    except Faults:
        # What the format refuses is told where it can be mended: when the timetable is computed.
        return []
    if not value.participants:
        return []
    found = [warning_sentence(one, language) for one in warnings_of(value)]
    return [*found, *_unknown_words(value, Vocabulary(event, language))]


def _unknown_words(value: EventValue, words: Vocabulary) -> Iterator[str]:
    """A sentence for each list of words of which participants use some that the event does not offer."""
    items = [code for _code, _name, group in words.categories for code, _label in group]
    lists: list[tuple[str, Sequence[str], Iterable[tuple[Participant, Sequence[str]]]]] = [
        (_("Needs"), items, [(one, one.needs) for one in value.participants]),
        (_("Offers"), items, [(one, one.offers) for one in value.participants]),
        (_("Themes"), [code for code, _label in words.themes], [(one, one.themes) for one in value.participants]),
        (
            _("Zones"),
            [code for code, _label in words.zones],
            [(one, () if one.zone is None else (one.zone,)) for one in value.participants],
        ),
    ]
    for name, known, used in lists:
        unknown = dict.fromkeys(word for _one, own in used for word in own if word not in known)
        if unknown:
            told = [_suggested(word, known) for word in list(unknown)[:_MOST_TOLD]]
            rest = len(unknown) - len(told)
            listed = ", ".join(told) + (f" (+ {rest})" if rest else "")
            yield _("%(list)s that this event does not offer to choose: %(words)s.", list=name, words=listed)


def _suggested(word: str, known: Sequence[str]) -> str:
    near = nearest(word, known)
    if near is None:
        return _("“%(word)s”", word=word)
    return _("“%(word)s” (perhaps “%(near)s”)", word=word, near=near)
