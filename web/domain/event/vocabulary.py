"""The words one event offers: its own needs, offers, themes and zones, or the default ones, in one language.

An event's own words stand in ``Event.taxonomies`` as lists of codes, or of ``{"code", "fr", "en"}``; a category of
``categories`` has ``items`` of the same shape besides.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import object_session

from web.domain.event.taxonomy import (
    THEMES,
    ZONES,
    capitalised,
    category_of,
    feature_label,
    grouped_choices,
    item_label,
    label,
    term_choices,
    theme_label,
    zone_label,
)
from web.domain.memory import Memory, state_of
from web.models import Event, Table

Choice = tuple[str, str]
Group = tuple[str, str, list[Choice]]


def vocabulary_of(event: Event, language: str) -> "Vocabulary":
    """The words of `event` as they are now, made once for each state of it. Nobody changes what it gives.

    The same object for the same words: what was written with them still holds.
    """

    def make() -> Vocabulary:
        made = Vocabulary(event, language).by_itself()
        return _alike.get((language, repr(event.taxonomies), tuple(made.features)), lambda: made)

    return _known.get((state_of(event), language), make)


class Vocabulary:
    """`event`'s words in `language`. Codes that the event does not list are read out as words."""

    def __init__(self, event: Event, language: str) -> None:
        self.event: Event | None = event
        self.language = language
        own = event.taxonomies or {}
        self._has_own_items, self._has_own_themes = bool(own.get("categories")), bool(own.get("themes"))
        self.categories: list[Group] = (
            [(code, name, self._items(raw)) for code, name, raw in _named(own["categories"], language)]
            if own.get("categories")
            else grouped_choices(language)
        )
        self.themes = self._terms(own.get("themes"), THEMES, theme_label)
        # None at all is an event where nobody is asked.
        self.zones = self._terms(own.get("zones"), ZONES, zone_label) if own.get("zones") != [] else []
        self._item_names = {code: name for _code, _name, items in self.categories for code, name in items}
        self._category_names = {code: name for code, name, _items in self.categories}
        self._theme_names, self._zone_names = dict(self.themes), dict(self.zones)

    @cached_property
    def features(self) -> list[Choice]:
        """What the event's tables offer, in the order of the tables. One query, of nothing else of them."""
        assert self.event is not None
        session = object_session(self.event)
        listed = (
            [table.features for table in self.event.tables]
            if session is None
            else session.scalars(select(Table.features).where(Table.event_id == self.event.id).order_by(Table.position))
        )
        codes = dict.fromkeys(feature for features in listed for feature in features)
        return [(code, capitalised(feature_label(code, self.language))) for code in codes]

    def by_itself(self) -> "Vocabulary":
        """This, with all read that it says and without the rows that it was read from."""
        _read = self.features
        self.event = None
        return self

    def in_sentence(self, code: str) -> str:
        """A need or an offer as it stands inside a sentence."""
        return (self._has_own_items and self._item_names.get(code)) or item_label(code, self.language)

    def category_in_sentence(self, code: str) -> str:
        return (self._has_own_items and self._category_names.get(code)) or label(code, self.language)

    def theme_in_sentence(self, code: str) -> str:
        return (self._has_own_themes and self._theme_names.get(code)) or theme_label(code, self.language)

    def groups(self, also: Iterable[str] = ()) -> list[Group]:
        """The categories with their items, and the codes of `also` that are in none of them."""
        strange: dict[str, list[Choice]] = {}
        for code in also:
            if code not in self._item_names:
                strange.setdefault(category_of(code), []).append((code, self.item(code)))
        known = [(code, name, [*items, *strange.pop(code, [])]) for code, name, items in self.categories]
        return known + [(code, self.category(code), items) for code, items in strange.items()]

    def item(self, code: str) -> str:
        return self._item_names.get(code) or capitalised(item_label(code, self.language))

    def category(self, code: str) -> str:
        return self._category_names.get(code) or capitalised(label(code, self.language))

    def theme(self, code: str) -> str:
        return self._theme_names.get(code) or capitalised(theme_label(code, self.language))

    def zone(self, code: str) -> str:
        return self._zone_names.get(code) or zone_label(code, self.language)

    def _terms(self, own: Any, default: Any, name_of: Any) -> list[Choice]:
        if not own:
            return term_choices(default, self.language)
        return [
            (code, name or capitalised(name_of(code, self.language))) for code, name, _raw in _named(own, self.language)
        ]

    def _items(self, raw: Any) -> list[Choice]:
        items = raw.get("items", []) if isinstance(raw, dict) else []
        return [
            (code, name or capitalised(item_label(code, self.language)))
            for code, name, _raw in _named(items, self.language)
        ]


_known: Memory[Vocabulary] = Memory(most=32)
_alike: Memory[Vocabulary] = Memory(most=32)


def _named(terms: Sequence[Any], language: str) -> list[tuple[str, str, Any]]:
    """Code, label (empty where none is given) and raw value of each term."""
    found: list[tuple[str, str, Any]] = []
    for term in terms:
        if isinstance(term, str):
            found.append((term, "", term))
        elif isinstance(term, dict) and term.get("code"):
            name = term.get("en" if language.startswith("en") else "fr") or term.get("fr") or term.get("en") or ""
            found.append((str(term["code"]), capitalised(str(name)), term))
    return found
