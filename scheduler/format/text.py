"""Text as people see it: what cannot be seen is dropped on reading, and what looks the same is told apart by its name.

Two spellings that look alike should be one: text is read in Unicode's composed form (NFC), without zero-width
characters, byte order marks, soft hyphens, carriage returns and the controls of writing direction, which copying from
web pages and office programs leaves behind.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Any

_UNSEEN = re.compile("[\r\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
# Escapes in JSON text that may stand for something to be cleaned: anything beyond ASCII, and the carriage return.
_ESCAPES = re.compile(r"\\(?:u(?!00[0-7])|u000[dD]|r)")
# Letters of other scripts that look like a Latin one; enough to recognise what a wrong keyboard leaves in an id.
_ALIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеѕіјорсухԁһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧοικνυ‐‑‒–—−’‘ʼ",
    "ABESIJKMHOPCTYXaesijopcyxdhqwABEZHIKMNOPTYXoiknu------'''",
)

# To compare two texts character by character takes the square of their length.
_COMPARED = 200


def clean(text: str) -> str:
    """Return ``text`` in composed form without what cannot be seen. Idempotent."""
    if text.isascii():
        return text.replace("\r", "") if "\r" in text else text
    return unicodedata.normalize("NFC", _UNSEEN.sub("", text))


def needs_cleaning(json_text: str) -> bool:
    """Return whether some string of the JSON ``json_text`` may differ from its clean form. Cost: linear, fast."""
    if _ESCAPES.search(json_text):
        return True
    if json_text.isascii():
        return False
    return _UNSEEN.search(json_text) is not None or not unicodedata.is_normalized("NFC", json_text)


def cleaned(value: Any) -> Any:
    """Return a JSON value with every text in it clean, the names of fields too."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key) if isinstance(key, str) else key: cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(item) for item in value]
    return value


def look(text: str) -> str:
    """Return a key that is the same for texts that look the same, spaces and capitals aside."""
    plain = unicodedata.normalize("NFKC", clean(text)).translate(_ALIKE)
    return " ".join(plain.casefold().split())


class Alikes:
    """The texts that others may look like; made once where many are looked up. Cost: linear, at the first ``of``."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = known
        self._by_look: dict[str, str] | None = None

    def of(self, text: str) -> str | None:
        """Return the first of the known texts that looks like ``text``, itself none of them; ``None``: none does."""
        if self._by_look is None:
            self._by_look = {}
            for one in self._known:
                self._by_look.setdefault(look(one), one)
        return self._by_look.get(look(text))


def differing_character(text: str, other: str) -> str:
    """Return the first character of ``text`` that ``other`` has not, by its name: ``U+00A0 no-break space``.

    Where ``text`` lacks one, the character of ``other`` that is missing. Long texts are compared from where they part.
    """
    if max(len(text), len(other)) > _COMPARED:
        same = next((i for i, (one, its) in enumerate(zip(text, other, strict=False)) if one != its), 0)
        text, other = text[same : same + _COMPARED], other[same : same + _COMPARED]
    for operation, i, j, k, m in SequenceMatcher(None, text, other, autojunk=False).get_opcodes():
        if operation != "equal":
            return _named((text[i:j] or other[k:m])[0])
    return _named(text[:1] or " ")


def nearest(text: str, known: Iterable[str], likeness: float = 0.75) -> str | None:
    """Return the one of ``known`` that is spelt most like ``text``, capitals and accents aside; ``None``: none is near.

    ``likeness`` is Ratcliff and Obershelp's measure, from 0 to 1; what is no word but a page is like none. Cost: linear
    in ``known``.
    """
    if len(text) > _COMPARED:
        return None
    wanted = _plain(text)
    best, found = likeness, None
    for one in known:
        if one == text or len(one) > _COMPARED:
            continue
        other = _plain(one)
        matcher = SequenceMatcher(None, wanted, other, autojunk=False)
        if matcher.real_quick_ratio() < best or matcher.quick_ratio() < best:
            continue
        ratio = matcher.ratio()
        if ratio > best or (ratio == best and found is None):
            best, found = ratio, one
    return found


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", look(text))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _named(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, 'without a name').lower()}"
