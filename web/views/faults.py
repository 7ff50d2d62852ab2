"""The faults of a file in the reader's language."""

from dataclasses import dataclass

from flask_babel import get_locale

from scheduler.wording.sentences import translated


@dataclass(frozen=True)
class Said:
    """A fault in words, and the language of the words."""

    text: str
    language: str


def said(message: str) -> Said:
    """`message` in the language of the page, or in English where its words are not known in French."""
    language = "fr" if get_locale().language == "fr" else "en"
    text = translated(message, language)
    return Said(message, "en") if text is None else Said(text, language)
