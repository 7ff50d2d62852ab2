"""What stands in the head of a mail: texts in any letters, addresses as mail servers carry them.

The standard library parts a long text at its spaces, and loses some of them with several readers, its own among them
(in one long French subject of five). Here each encoded word holds the spaces of its part, so it does not matter who
joins them.
"""

import re
from base64 import b64encode
from email.headerregistry import Address, BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import EmailPolicy
from functools import cache
from itertools import groupby

from email_validator import validate_email

# Of a line with an encoded word in it (RFC 2047, 2).
_LONGEST_LINE = 76
# What may stand in a name unquoted (RFC 5322, 3.2.3), but for what opens an encoded word.
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/^_`{|}~-]+")
_AROUND = len("=?utf-8?b?") + len("?=")


class _Kinds(HeaderRegistry):
    """The classes of headers, each made once: the standard library makes one anew for every header of every mail."""

    __getitem__ = cache(HeaderRegistry.__getitem__)


class Letters(EmailPolicy):
    """The policy of the mails that leave: headers that hold more than ASCII are written here."""

    def __init__(self) -> None:
        super().__init__(message_factory=EmailMessage, header_factory=_Kinds())

    def fold(self, name: str, value: str) -> str:
        written = self._written(name, value)
        return super().fold(name, value) if written is None else written

    def fold_binary(self, name: str, value: str) -> bytes:
        written = self._written(name, value)
        return super().fold_binary(name, value) if written is None else written.encode("ascii")

    def _written(self, name: str, value: str) -> str | None:
        """The header in ASCII, folded; ``None`` where the library does it well."""
        if self.utf8 or str(value).isascii():
            return None
        if isinstance(value, BaseHeader) and hasattr(value, "addresses"):
            addresses: tuple[Address, ...] = value.addresses
            if not all(one.addr_spec.isascii() for one in addresses):
                return None
            lines = [line for one in addresses for line in self._address(one)]
        elif name.lower() == "subject":
            lines = encoded_words(str(value), len(name) + 2)
        else:
            return None
        return f"{name}: " + f"{self.linesep} ".join(lines) + self.linesep

    def _address(self, one: Address) -> list[str]:
        if one.display_name.isascii():
            return [str(one)]
        return [*phrase(one.display_name, len("Reply-To: ")), f"<{one.addr_spec}>"]


def phrase(name: str, indent: int) -> list[str]:
    """`name` in ASCII, a line each: words as they are where they may be, between them encoded ones.

    The standard library's own reader shows a space between two encoded words of a name that follow each other, so they
    do only where there are 45 bytes without a plain word.
    """
    lines: list[str] = []
    for plain, words in groupby(name.split(" "), lambda word: bool(_ATOM.fullmatch(word))):
        run = " ".join(words)
        lines += [run] if plain else encoded_words(run, 1 if lines else indent)
    return lines


def encoded_words(text: str, indent: int) -> list[str]:
    """`text` as encoded words (RFC 2047), a line each, of which the first begins after `indent` characters.

    No character is parted, as some readers decode each word by itself.
    """
    words: list[str] = []
    current = b""
    for letter in text:
        octets = letter.encode()
        if len(current) + len(octets) > _room(1 if words else indent):
            words.append(_encoded(current))
            current = b""
        current += octets
    return [*words, _encoded(current)]


def _room(indent: int) -> int:
    return (_LONGEST_LINE - indent - _AROUND) // 4 * 3


def _encoded(octets: bytes) -> str:
    return f"=?utf-8?b?{b64encode(octets).decode('ascii')}?="


def carried(address: str) -> str:
    """The address with its domain as servers know it: ``bücher.example`` as ``xn--bcher-kva.example``.

    Raises ``ValueError`` for a domain that there cannot be.
    """
    local, at, domain = address.rpartition("@")
    if not at or domain.isascii():
        return address
    return f"{local}@{validate_email(f'x@{domain}', check_deliverability=False).ascii_domain}"
