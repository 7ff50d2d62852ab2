"""The columns of each sheet and the settings: how every field of an event stands in a workbook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scheduler.format.interchange import cells
from scheduler.format.interchange.names import (
    COLUMN_NAMES,
    CONTACT_NAMES,
    KIND_NAMES,
    REMARK_NAMES,
    SETTING_NAMES,
    STATUS_NAMES,
    Names,
    in_language,
    kind_code,
    status_code,
)
from scheduler.format.interchange.sheets import Content

Reader = Callable[[object], Any]
Writer = Callable[[Any], Content]
Teller = Callable[[Any, str], Content]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: its heading, how its cells are read and written, and whether it must be there.

    ``told`` writes a value in a language, where that is not what ``write`` does.
    """

    name: str
    read: Reader
    write: Writer
    mandatory: bool = False
    told: Teller | None = None

    def cell(self, value: Any, language: str | None) -> Content:
        """Return the content of the cell for ``value``, in codes where no ``language`` is given."""
        return self.told(value, language) if language and self.told else self.write(value)


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting: where it stands in the event file, and how its value is read and written."""

    path: tuple[str, ...]
    read: Reader
    write: Writer
    told: Teller | None = None

    def cell(self, value: Any, language: str | None) -> Content:
        """As for a ``Column``."""
        return self.told(value, language) if language and self.told else self.write(value)


def _same(value: Any) -> Any:
    return value


def _flag(value: bool) -> Content:
    return value or None


def _flag_word(value: bool, language: str) -> Content:
    return {"fr": "oui", "en": "yes"}[language] if value else None


def _unless_empty(value: str) -> Content:
    return cells.text_cell(value) if value else None


def _text(name: str, mandatory: bool = False) -> Column:
    return Column(name, cells.read_text, _unless_empty, mandatory)


def _optional_text(name: str) -> Column:
    return Column(name, cells.read_text, cells.text_cell)


def _list(name: str) -> Column:
    return Column(name, cells.read_list, cells.list_cell)


def _whole(name: str, mandatory: bool = False) -> Column:
    return Column(name, cells.read_whole, _same, mandatory)


def _yes_no(name: str) -> Column:
    return Column(name, cells.read_flag, _flag, told=_flag_word)


def _time(name: str) -> Column:
    return Column(name, cells.read_time, cells.time_cell, True)


# Kinds: any label is one, and some words are two languages' names of the same. A label that would be taken for
# another stands in quotes.


def _read_kind(value: object) -> str | None:
    found = cells.read_text(value)
    return found if found is None or cells.is_quoted(value) else kind_code(found)


def _kind_cell(value: str) -> Content:
    return cells.text_cell(value) if kind_code(value) == value else cells.quoted_cell(value)


def _kind_word(value: str, language: str) -> Content:
    return in_language(KIND_NAMES, value, language) if value in KIND_NAMES else _kind_cell(value)


def _kind_item(value: str) -> str:
    return cells.item_text(value) if kind_code(value) == value else cells.quoted(value)


def _kind_item_in(language: str) -> Callable[[str], str]:
    return lambda value: in_language(KIND_NAMES, value, language) if value in KIND_NAMES else _kind_item(value)


def _read_status(value: object) -> str | None:
    found = cells.read_text(value)
    return None if found is None else status_code(found)


def _status_word(value: str, language: str) -> Content:
    return in_language(STATUS_NAMES, value, language)


SHEETS: dict[str, tuple[Column, ...]] = {
    "slots": (_text("id", True), _time("start"), _time("end"), _optional_text("session")),
    "tables": (_text("id", True), _text("name"), _list("features")),
    "facilitators": (_text("id", True), _text("name"), _list("unavailable")),
    "participants": (
        _text("id", True),
        Column("kind", _read_kind, _kind_cell, True, _kind_word),
        _text("name"),
        _list("needs"),
        _list("offers"),
        _list("themes"),
        _optional_text("zone"),
        _list("vetoes"),
        _whole("min_meetings"),
        _whole("max_meetings"),
        _whole("delegates"),
        _list("unavailable"),
        _yes_no("remote"),
        _optional_text("home_table"),
        _list("requires"),
        _yes_no("needs_facilitator"),
        _whole("boost"),
    ),
    "wishes": (_text("participant", True), _whole("rank", True), _text("partner", True)),
    "meetings": (
        _text("participant_1", True),
        _text("participant_2", True),
        Column("status", _read_status, _unless_empty, True, _status_word),
        _optional_text("slot"),
        _optional_text("session"),
        Column("after", cells.read_pairs, cells.groups_cell),
    ),
    "affinities": (_text("participant_1", True), _text("participant_2", True), _whole("score", True)),
    "settings": (_text("setting", True), Column("value", _same, _same)),
}
MANDATORY = ("slots", "participants")

_CONTACTS_OF = ("participants", "facilitators")
REMARK = "remark"
# What each heading of a sheet means: a column, a contact beside the event, a remark, or the day of a slot.
HEADINGS: dict[str, Names] = {
    sheet: Names({**COLUMN_NAMES[sheet], **(CONTACT_NAMES if sheet in _CONTACTS_OF else {}), REMARK: REMARK_NAMES})
    for sheet in SHEETS
}
CONTACTS = tuple(CONTACT_NAMES)

_WEIGHTS = (
    "need",
    "category",
    "reciprocity",
    "theme",
    "themes_counted",
    "zone",
    "wish_first",
    "wish_last",
    "mutual",
)
SETTINGS: dict[str, Setting] = {
    "title": Setting(("title",), cells.read_text, _unless_empty),
    "timezone": Setting(("timezone",), cells.read_text, cells.text_cell),
    "may_meet": Setting(
        ("may_meet",),
        lambda value: cells.read_pairs(value, kind_code),
        lambda pairs: cells.groups_cell(pairs, _kind_item),
        lambda pairs, language: cells.groups_cell(pairs, _kind_item_in(language)),
    ),
    "coverage": Setting(("rules", "coverage"), cells.read_wholes, lambda points: "; ".join(map(str, points)) or None),
    "max_break_difference": Setting(("rules", "max_break_difference"), cells.read_whole, _same),
    "same_person": Setting(("same_person",), cells.read_groups, cells.groups_cell),
    "seated": Setting(
        ("rules", "seated"),
        lambda value: cells.read_list(value, kind_code),
        lambda kinds: cells.list_cell(kinds, _kind_item),
        lambda kinds, language: cells.list_cell(kinds, _kind_item_in(language)),
    ),
    "max_in_a_row": Setting(("rules", "max_in_a_row"), cells.read_whole, _same),
    **{f"weight_{name}": Setting(("rules", "weights", name), cells.read_whole, _same) for name in _WEIGHTS},
}
SETTINGS_CALLED = Names({name: SETTING_NAMES[name] for name in SETTINGS})
