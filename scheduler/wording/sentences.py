"""Messages as sentences, in French and English."""

from __future__ import annotations

from typing import Any

from scheduler.format.sentence import Sentence
from scheduler.wording.french import FRENCH


def told(text: str, language: str) -> str:
    """Return ``text`` in ``language`` (``fr`` or ``en``); what is no ``Sentence`` is in its language already."""
    if language != "fr" or not isinstance(text, Sentence):
        return str(text)
    return FRENCH[text.code].format(**{name: _value(value, language) for name, value in text.values.items()})


def _value(value: Any, language: str) -> Any:
    """Return a sentence in a sentence told too; a name or a number is the same in every language."""
    return told(value, language) if isinstance(value, Sentence) else value
