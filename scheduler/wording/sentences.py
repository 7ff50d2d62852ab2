"""Messages as sentences, in French and English."""

from __future__ import annotations

from scheduler.format.sentence import Sentence
from scheduler.wording.french import FRENCH


def translated(text: str, language: str) -> str | None:
    """Return ``text`` in ``language`` (``fr`` or ``en``); ``None`` for what is no ``Sentence``: it is English alone.

    A value that is no ``Sentence`` is a name or a number, the same in every language.
    """
    if language != "fr":
        return str(text)
    if not isinstance(text, Sentence):
        return None
    values = {name: translated(value, language) or value for name, value in text.values.items()}
    return FRENCH[text.code].format(**values)


def told(text: str, language: str) -> str:
    """Return ``text`` in ``language``, in English where it is not known in that."""
    return translated(text, language) or str(text)
