"""The columns of each sheet and the settings: how every field of an event stands in a workbook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scheduler.format.interchange import cells
from scheduler.format.interchange.sheets import Content

Reader = Callable[[object], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: its heading, how its cells are read and written, and whether it must be there."""

    name: str
    read: Reader
    write: Callable[[Any], Content]
    mandatory: bool = False


def _same(value: Any) -> Any:
    return value


def _flag(value: bool) -> Content:
    return value or None


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
    return Column(name, cells.read_flag, _flag)


def _time(name: str) -> Column:
    return Column(name, cells.read_time, cells.time_cell, True)


SHEETS: dict[str, tuple[Column, ...]] = {
    "slots": (_text("id", True), _time("start"), _time("end"), _optional_text("session")),
    "tables": (_text("id", True), _text("name"), _list("features")),
    "facilitators": (_text("id", True), _text("name"), _list("unavailable")),
    "participants": (
        _text("id", True),
        _text("kind", True),
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
        _text("status", True),
        _optional_text("slot"),
        _optional_text("session"),
        Column("after", cells.read_pairs, cells.groups_cell),
    ),
    "affinities": (_text("participant_1", True), _text("participant_2", True), _whole("score", True)),
    "settings": (_text("setting", True), Column("value", _same, _same)),
}
MANDATORY = ("slots", "participants")

# Headings, in lower case, of columns that organisers keep beside the event's, and what stands there. No schedule needs
# them; whoever writes to people does.
_CONTACTS = {
    "contact": ("contact", "contact name", "contact_name", "nom du contact", "interlocuteur", "interlocutrice"),
    "email": ("e-mail", "email", "mail", "e-mail address", "courriel", "adresse électronique", "adresse e-mail", "mél"),
    "phone": ("phone", "telephone", "tel", "tél", "tél.", "téléphone", "mobile"),
}
_REMARKS = ("note", "notes", "comment", "comments", "remark", "remarks", "remarque", "remarques", "commentaire")
_OTHERS = ("website", "site", "site web", "address", "adresse", "organisation")
_CONTACT_OF = {heading: what for what, headings in _CONTACTS.items() for heading in headings}
FOR_PEOPLE: dict[str, dict[str, str]] = {
    **{sheet: dict.fromkeys(_REMARKS, "remark") for sheet in SHEETS},
    "participants": {**dict.fromkeys((*_REMARKS, *_OTHERS), "remark"), **_CONTACT_OF},
    "facilitators": {**dict.fromkeys(_REMARKS, "remark"), **_CONTACT_OF},
}

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
# The settings: where each stands in the event file, and how its value is read and written.
SETTINGS: dict[str, tuple[tuple[str, ...], Reader, Callable[[Any], Content]]] = {
    "title": (("title",), cells.read_text, _unless_empty),
    "timezone": (("timezone",), cells.read_text, cells.text_cell),
    "may_meet": (("may_meet",), cells.read_pairs, cells.groups_cell),
    "coverage": (("rules", "coverage"), cells.read_wholes, lambda points: "; ".join(map(str, points)) or None),
    "max_break_difference": (("rules", "max_break_difference"), cells.read_whole, _same),
    "same_person": (("same_person",), cells.read_groups, cells.groups_cell),
    "seated": (("rules", "seated"), cells.read_list, cells.list_cell),
    "max_in_a_row": (("rules", "max_in_a_row"), cells.read_whole, _same),
    **{f"weight_{name}": (("rules", "weights", name), cells.read_whole, _same) for name in _WEIGHTS},
}
