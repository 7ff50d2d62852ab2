"""Lists to take away, as a workbook or as CSV: contacts, what is outstanding, the directory, meetings.

The contact list has the headings and the words that a list is read with again (`web.domain.people.lists`): what goes
out and comes in unchanged changes nothing.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from openpyxl import Workbook

from scheduler.format.event import Event as EventValue
from scheduler.format.interchange.sheets import fill_sheet
from scheduler.format.schedule import Schedule
from web.domain.event.sheets import defused
from web.domain.event.taxonomy import capitalised, feature_label, kind_label, size_label
from web.domain.event.vocabulary import Vocabulary
from web.domain.people.lists.absent import written
from web.domain.people.lists.asked import Asked
from web.domain.people.lists.beside import line_cell
from web.domain.people.lists.comparing import held
from web.domain.people.lists.matching import FIELDS, fields_of
from web.domain.people.lists.rows import item_cell
from web.domain.people.lists.standing import Matter, Standing
from web.domain.people.lists.words import Terms, table_terms
from web.exports.workbook import meeting_table
from web.forms.participants import status_label
from web.models import Event, Registration, RegistrationStatus, Table

# Read from other columns of a list; their own are never written.
_NOT_WRITTEN = ("first_name", "last_name")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LIKE_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_LONGEST_NAME = 31


Cell = str | int | float


@dataclass(frozen=True)
class TableOut:
    """A list before it is a file: its name, the headings, a row an item."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def as_csv(table: TableOut, language: str) -> bytes:
    """The list as the spreadsheet programs of `language` open it: marks, and letters said by a mark at the start."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter="," if language.startswith("en") else ";")
    for row in (table.heads, *table.rows):
        writer.writerow([defused(cell) if isinstance(cell, str) else cell_text(cell, language) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def cell_text(cell: Cell, language: str) -> str:
    """A cell as a text: in French a comma stands before decimals, with a point they would be read as a date."""
    return str(cell) if isinstance(cell, str) or language.startswith("en") else str(cell).replace(".", ",")


def as_workbook(table: TableOut) -> bytes:
    """The list as an XLSX file; a text that looks like a formula stays a text."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = re.sub(r"[\[\]:*?/\\]", " ", table.title)[:_LONGEST_NAME]
    fill_sheet(sheet, [[_stored(cell) for cell in row] for row in (table.heads, *table.rows)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _stored(cell: Cell) -> Cell | None:
    if not isinstance(cell, str):
        return cell
    text = _LIKE_ESCAPED.sub("_x005F_", _UNWRITABLE.sub(" ", cell))
    # The mark that is taken away when a list is read.
    return (defused(text) if text.startswith("'") else text) or None


def contact_list(event: Event, people: Iterable[Registration], language: str) -> TableOut:
    """Everybody of the event with all that a list can say of them, and what it cannot: where they stand."""
    words = _Words(event, language)
    fields = [one for one in fields_of(event, language).values() if one.name not in _NOT_WRITTEN]
    rows = [[words.cell(one, field.name) for field in fields] for one in people]
    return TableOut(_("Contacts"), [str(one.label) for one in fields], rows)


def outstanding_list(event: Event, people: Iterable[Standing], language: str) -> TableOut:
    """Who has what outstanding, a column a matter, to be filtered."""
    words = _Words(event, language)
    shown = ("name", "kind", "contact_name", "email", "phone")
    labels = {one.name: str(one.label) for one in FIELDS}
    matters = matter_labels()
    heads = [*(labels[name] for name in shown), _("Status"), _("How many"), *matters.values()]
    rows = [
        [
            *(words.cell(one.registration, name) for name in shown),
            status_label(one.registration.status),
            len(one.matters),
            *(words.flag(True) if matter in one.matters else "" for matter in matters),
        ]
        for one in people
    ]
    return TableOut(_("Outstanding"), heads, rows)


def directory_list(event: Event, people: Iterable[Registration], language: str) -> TableOut:
    """The participants who agreed to be named, with nothing that one of them did not agree to."""
    words = _Words(event, language)
    shown = ("name", "kind", "zone", "project", "needs", "offers", "themes")
    labels = {one.name: str(one.label) for one in FIELDS}
    heads = [*(labels[name] for name in shown), labels["contact_name"]]
    rows = [
        [*(words.cell(one, name) for name in shown), one.contact_name if one.publish_contact else ""]
        for one in people
        if one.publish_name and one.status == RegistrationStatus.ACCEPTED
    ]
    return TableOut(_("Directory"), heads, rows)


def meeting_list(event: EventValue, schedule: Schedule, language: str) -> TableOut:
    """All meetings of a timetable, in the order of the event."""
    return TableOut(_("Meetings"), *meeting_table(event, schedule, language))


def matter_labels() -> dict[Matter, str]:
    """What each matter is called."""
    return {
        Matter.UNDECIDED: _("to decide"),
        Matter.NO_ADDRESS: _("no e-mail address"),
        Matter.MAIL_FAILED: _("a mail did not arrive"),
        Matter.NO_LINK: _("has no personal link"),
        Matter.UNCONFIRMED: _("address not confirmed"),
        Matter.NO_CONSENT: _("no agreement recorded"),
        Matter.NO_WORDS: _("neither needs nor offers"),
        Matter.NO_WISHES: _("no wishes"),
    }


class _Words:
    """The words of an event as a cell has them, each so that it is found again."""

    def __init__(self, event: Event, language: str) -> None:
        self.language, self.words = language, Vocabulary(event, language)
        codes = [code for _code, _name, items in self.words.groups() for code, _label in items]
        self._terms = Terms.of([], [(self.words.item(code), code) for code in codes])
        self._asked = Asked.of(event, language)
        self._tables = {table.id: _table_cell(table, table_terms(event)) for table in event.tables}

    def flag(self, value: bool) -> str:
        return _("yes") if value else _("no")

    def cell(self, one: Registration, name: str) -> Cell:
        """What the column `name` of a registration says."""
        value = held(one, name)
        if name in self._asked.questions:
            return self._asked.cell(name, value)
        match name:
            case "needs_lines" | "offers_lines":
                return line_cell((self._item(code), line) for code, line in value.items())
            case "needs" | "offers":
                return item_cell(map(self._item, value))
            case "themes":
                return item_cell(map(self.words.theme, value))
            case "requires":
                return item_cell(capitalised(feature_label(code, self.language)) for code in value)
            case "absences":
                return written(value, self.language)
            case "kind":
                return capitalised(kind_label(value, self.language))
            case "zone" | "size" if value:
                return self.words.zone(value) if name == "zone" else size_label(value, self.language)
            case "status":
                return status_label(value)
            case "home_table_id":
                return self._tables.get(value, "")
            case "language":
                return {"fr": "Français", "en": "English"}.get(value, value)
        if isinstance(value, bool):
            return self.flag(value)
        return "" if value is None else value

    def _item(self, code: str) -> str:
        """A need or an offer by its own name, or with its category's where that alone would be another's too."""
        name = self.words.item(code)
        if self._terms.code(name) == code:
            return name
        return f"{self.words.category(code.partition('.')[0])} {name}"


def _table_cell(table: Table, terms: Terms) -> str:
    """A table by its name, with its key where that alone would be another's too."""
    written = (table.name, table.key, f"{table.name} {table.key}")
    return next((text for text in written if terms.code(text) == str(table.id)), table.key)
