"""How to reach participants, and what they are about: what lists say beside the event, which has no fields for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass

from scheduler.format.interchange import cells
from scheduler.format.interchange.cells import Misread


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach a participant, as a list says it beside the event; empty where it does not."""

    name: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    project: str = ""

    @classmethod
    def of(cls, found: Mapping[str, object]) -> Contact:
        """Return the contact whose cells are ``found``, by what they are: ``contact``, ``email``, ``phone``…"""
        return cls(*(_text(found.get(what)) for what in ("contact", "email", "phone", "website", "project")))

    def cells(self) -> list[str | None]:
        """Return what stands in the cells of a list, in the order of the fields."""
        return [cells.text_cell(text) if text else None for text in astuple(self)]

    def __bool__(self) -> bool:
        return any(astuple(self))


# By the participants' ids.
Contacts = Mapping[str, Contact]
NO_CONTACTS: Contacts = {}


def _text(value: object) -> str:
    try:
        return (cells.read_text(value) or "").strip()
    except Misread:
        # A number with a fraction, a date: whatever it is, somebody wrote it there.
        return "" if value is None or value is True or value is False else str(value)
