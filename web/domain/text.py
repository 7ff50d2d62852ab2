"""What a text is when it is searched: one answer for directory, lists, timetables and doubles.

``web/static/search.js`` has the same rule for lists searched in the browser; a test tries both with the same cases.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from scheduler.format.text import clean

# What a mail program makes a link of, or a reader types: a scheme, an address, www., letters.letters without a space.
# Nothing here begins with a run of any length: tried from each of its letters it would cost the square of a long text.
_LINK = re.compile(r"[a-z0-9+.-]://|\bwww\.|\bmailto:|\S@\S|[\w-]{2}\.[^\W\d_]{2}|\b\d+(\.\d+){3}\b", re.IGNORECASE)
_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
# What ends a sentence, or a bracket, behind an address.
_BEHIND = ".,;:!?)]}»”’'"
_DOTS = str.maketrans("。．｡․", "....")
# Letters that Unicode takes for letters of their own, as somebody without them on the keyboard types them.
_PLAIN = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t", "ı": "i"}
)
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def has_link(text: str) -> bool:
    """Whether a mail program might turn part of `text` into a link: a name that is mailed must hold none.

    Cost: linear.
    """
    return _LINK.search(unicodedata.normalize("NFKC", clean(text)).translate(_DOTS)) is not None


def web_addresses(text: str) -> Iterator[tuple[str, str]]:
    """`text` in pieces: words, and the web address that follows them; the last has none. Cost: linear."""
    last = 0
    for match in _WEB_ADDRESS.finditer(text):
        address = match[0].rstrip(_BEHIND)
        yield text[last : match.start()], address
        last = match.start() + len(address)
    yield text[last:], ""


def folded(text: str) -> str:
    """The words of `text`, a space between two: without case, accents, ligatures and punctuation. Idempotent.

    Apostrophes and hyphens part words, whichever of them was typed. Cost: linear.
    """
    plain = clean(text).casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain).casefold()
        plain = "".join(letter for letter in plain if unicodedata.category(letter)[0] != "M").translate(_PLAIN)
    return _BETWEEN_WORDS.sub(" ", plain).strip()


def one_line(text: str) -> str:
    """`text` without breaks of lines and repeated spaces."""
    return " ".join(text.split())


def letters_of(text: str) -> str:
    """The letters and digits of `text` alone, folded: the same however an organisation's name is typed."""
    return folded(text).replace(" ", "")


@dataclass(frozen=True)
class Search:
    """What somebody looks for: words that must all be there, in any order, each perhaps a part of a longer one."""

    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str) -> "Search":
        """The search that `text` asks for; one without words finds everything."""
        return cls(tuple(folded(text).split()))

    def finds(self, *texts: str | None) -> bool:
        """Whether every word stands in one of `texts`. Cost: the texts are folded."""
        return not self.words or self.finds_folded(folded(" ".join(filter(None, texts))))

    def finds_folded(self, text: str) -> bool:
        """The same for a text that is folded already."""
        return all(word in text for word in self.words)
