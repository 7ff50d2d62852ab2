"""What a text is when it is searched: one answer for directory, lists, timetables and doubles."""

import unicodedata

from scheduler.format.text import clean


def folded(text: str) -> str:
    """`text` without case, accents and what cannot be seen, to search in."""
    plain = unicodedata.normalize("NFKD", clean(text).casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).strip()


def letters_of(text: str) -> str:
    """The letters and digits of `text` alone, folded: the same however an organisation's name is typed."""
    return "".join(letter for letter in folded(text) if letter.isalnum())
