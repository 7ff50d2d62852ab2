"""A message as a value: a code and values, told in English until somebody asks for another language."""

from __future__ import annotations

from string import Formatter
from typing import Any

from scheduler.format.english import ENGLISH

# Of each code, the values that its sentence names.
NAMED = {
    code: frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)
    for code, text in ENGLISH.items()
}


class Sentence(str):
    """The message ``code`` with the ``values`` that its sentence names; a value may be a sentence itself.

    It is the English text for whoever wants nothing else; ``scheduler.wording.sentences`` tells it in other languages.
    Values that the sentence does not name are dropped. Raises ``KeyError`` for a code that is not known, and for a
    value that the sentence names and that is not given.
    """

    code: str
    values: dict[str, Any]

    def __new__(cls, code: str, /, **values: object) -> Sentence:
        named = {name: value for name, value in values.items() if name in NAMED[code]}
        made = super().__new__(cls, ENGLISH[code].format(**named))
        made.code, made.values = code, named
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        """What a copy is made from."""
        return (self.code,), self.values


def expected(what: str, found: str, /, **values: object) -> Sentence:
    """Return the one form of all faults of files: ``expected what, found found``, both being codes with ``values``."""
    return Sentence("expected", expected=Sentence(what, **values), found=Sentence(found, **values))


def packed(message: str) -> Any:
    """Return ``message`` as JSON: its code and values, those that are neither text nor number written as text.

    What is no ``Sentence`` is itself: a name, or what a library says.
    """
    if not isinstance(message, Sentence):
        return str(message)
    values = {
        name: packed(value) if isinstance(value, str) else value if isinstance(value, int | float) else str(value)
        for name, value in message.values.items()
    }
    return {"code": message.code, "values": values}


def unpacked(message: Any) -> str:
    """Return the message that ``packed`` made this of."""
    if not isinstance(message, dict):
        return str(message)
    values = {name: unpacked(one) if isinstance(one, dict) else one for name, one in message["values"].items()}
    return Sentence(message["code"], **values)
