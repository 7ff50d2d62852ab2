"""A sentence that remembers how it was made, so that it can be told in another language without being read again."""

from __future__ import annotations

from typing import Any


class Sentence(str):
    """English text made from ``template`` and ``values`` (``str.format``); a value may be a sentence itself.

    As in gettext the English template is the key under which other languages stand (``scheduler.wording.sentences``).
    Whoever wants nothing but English uses it as the text that it is.
    """

    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, /, **values: object) -> Sentence:
        made = super().__new__(cls, template.format(**values))
        made.template, made.values = template, values
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        """What a copy is made from."""
        return (self.template,), self.values


def expected(what: str, found: str, /, **values: object) -> Sentence:
    """Return the one form of all faults: ``expected what, found found``, both being templates of ``values``."""
    return Sentence(
        "expected {expected}, found {found}", expected=Sentence(what, **values), found=Sentence(found, **values)
    )
