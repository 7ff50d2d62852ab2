"""What a text is when it is searched: one answer for directory, lists, timetables and doubles."""

import re
import unicodedata

from scheduler.format.text import clean

# What a mail program makes a link of, or a reader types: a scheme, an address, www., letters.letters without a space.
_LINK = re.compile(
    r"[a-z][a-z0-9+.-]*://|\bwww\.|\bmailto:|\S@\S|[\w-]{2,}\.[^\W\d_]{2,}|\b\d+(\.\d+){3}\b", re.IGNORECASE
)
_DOTS = str.maketrans("。．｡․", "....")


def has_link(text: str) -> bool:
    """Whether a mail program might turn part of `text` into a link: a name that is mailed must hold none."""
    return _LINK.search(unicodedata.normalize("NFKC", clean(text)).translate(_DOTS)) is not None


def folded(text: str) -> str:
    """`text` without case, accents and what cannot be seen, to search in."""
    plain = unicodedata.normalize("NFKD", clean(text).casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).strip()


def letters_of(text: str) -> str:
    """The letters and digits of `text` alone, folded: the same however an organisation's name is typed."""
    return "".join(letter for letter in folded(text) if letter.isalnum())
