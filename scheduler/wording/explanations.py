"""The words of explanations, in French and English."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scheduler.format.event import Event
from scheduler.wording.explanations_english import English
from scheduler.wording.explanations_french import French

if TYPE_CHECKING:
    from scheduler.explain import Explanation, NotMet, Standing


def paragraphs(explanation: Explanation, language: str) -> list[str]:
    """Return how the participant fares, then a paragraph for each answer, in ``language`` (``fr`` or ``en``)."""
    return [
        standing_sentence(explanation.standing, explanation.event, language),
        *(paragraph(answer, language) for answer in explanation.not_met),
    ]


def standing_sentence(standing: Standing, event: Event, language: str) -> str:
    """Return in ``language`` how a participant fares, and where it cannot have more meetings, why not."""
    words = French(event) if language == "fr" else English(event)
    sentences = [words.fares(standing)]
    if standing.missing or not standing.meetings:
        sentences.append(words.could_meet(standing) if standing.open else words.kept_away(standing))
    # A name stays as it is written.
    return _joined(sentences, first=False)


def paragraph(answer: NotMet, language: str) -> str:
    """Return why a partner was not met and what forcing it takes, in ``language`` (``fr`` or ``en``)."""
    words = _words(answer, language)
    head = words.name(answer.partner)
    if answer.wish is not None:
        head += words.wish(answer.wish)
    sentences = words.reasons(answer)
    price = words.forced(answer)
    if price is not None:
        sentences.append(price)
    return head + words.colon + _joined(sentences, first=False)


def why(answer: NotMet, language: str) -> str:
    """Return the reasons alone, as sentences in ``language``."""
    return _joined(_words(answer, language).reasons(answer))


def forced(answer: NotMet, language: str) -> str | None:
    """Return what forcing the meeting takes, as a sentence in ``language``; ``None`` where it is refused."""
    told = _words(answer, language).forced(answer)
    return None if told is None else _joined([told])


def _words(answer: NotMet, language: str) -> English:
    return French(answer.event) if language == "fr" else English(answer.event)


def _joined(sentences: Sequence[str], *, first: bool = True) -> str:
    start = _capital(sentences[0]) if first else sentences[0]
    return ". ".join([start, *map(_capital, sentences[1:])]) + "."


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
