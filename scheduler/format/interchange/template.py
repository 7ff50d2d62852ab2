"""An empty workbook to fill in: headings with explanations, examples that are not read, drop-down lists."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation

from scheduler.format.interchange.columns import CONTACTS, REMARK, SETTINGS, SHEETS
from scheduler.format.interchange.explained import EXPLAINED_SETTINGS, explanation
from scheduler.format.interchange.names import (
    COLUMN_NAMES,
    CONTACT_NAMES,
    KIND_NAMES,
    LANGUAGES,
    REMARK_NAMES,
    SETTING_NAMES,
    STATUS_NAMES,
    in_language,
)
from scheduler.format.interchange.sheets import Content, fill_sheet
from scheduler.format.interchange.workbook import sheet_name

# In the order in which one fills them in. That of points is left out: where it stands, it alone says who may meet.
_ORDER = ("slots", "participants", "wishes", "tables", "facilitators", "meetings", "settings")
_HEADINGS, _EXPLANATIONS, _EXAMPLE = 1, 2, 3
_FIRST, _LAST = 4, 1_000
_TIME_FORMATS = {"fr": "dd/mm/yyyy hh:mm", "en": "yyyy-mm-dd hh:mm"}
_EXAMPLE_FONT = Font(italic=True, color="FF6B7780")
_EXAMPLE_FILL = PatternFill("solid", fgColor="FFF4F1E8")
_WRAPPED = Alignment(vertical="top", wrap_text=True)
_WIDE = {"name": 28, "needs": 28, "offers": 28, "project": 40, "email": 26, "website": 26, "value": 30, REMARK: 30}
_TEXTS = ("id", "phone", "participant", "partner", "participant_1", "participant_2", "slot", "home_table")
_WHOLE = ("rank", "min_meetings", "max_meetings", "delegates")
# Columns whose cells name something that stands on another sheet.
_REFERENCES = {
    ("wishes", "participant"): "participants",
    ("wishes", "partner"): "participants",
    ("meetings", "participant_1"): "participants",
    ("meetings", "participant_2"): "participants",
    ("meetings", "slot"): "slots",
    ("participants", "home_table"): "tables",
}

_SAMPLES: dict[str, tuple[dict[str, Content], dict[str, Content]]] = {
    "slots": (
        {"id": "s1", "start": datetime(2027, 3, 18, 14), "end": datetime(2027, 3, 18, 14, 6), "session": "après-midi"},
        {"id": "s1", "start": datetime(2027, 3, 18, 14), "end": datetime(2027, 3, 18, 14, 6), "session": "afternoon"},
    ),
    "participants": (
        {
            **{
                "id": "a1",
                "kind": "association",
                "name": "Les Jardins du Canal",
                "needs": "communication; informatique",
            },
            **{"offers": "visibilité", "themes": "environnement", "zone": "Centre", "min_meetings": 3},
            **{"max_meetings": 10, "delegates": 1, "unavailable": "s1", "remote": "non", "needs_facilitator": "non"},
            **{"contact": "Ada Martin", "email": "ada@example.org", "phone": "03 20 00 00 00"},
            **{"website": "https://jardins.example.org", "project": "Un potager partagé au bord de l’eau."},
        },
        {
            **{"id": "a1", "kind": "association", "name": "Canal Gardens", "needs": "communication; computers"},
            **{"offers": "visibility", "themes": "environment", "zone": "Centre", "min_meetings": 3},
            **{"max_meetings": 10, "delegates": 1, "unavailable": "s1", "remote": "no", "needs_facilitator": "no"},
            **{"contact": "Ada Martin", "email": "ada@example.org", "phone": "+33 3 20 00 00 00"},
            **{"website": "https://gardens.example.org", "project": "A shared garden by the water."},
        },
    ),
    "wishes": (
        {"participant": "a1", "rank": 1, "partner": "c4"},
        {"participant": "a1", "rank": 1, "partner": "c4"},
    ),
    "tables": (
        {"id": "t1", "name": "Table 1", "features": "accessible"},
        {"id": "t1", "name": "Table 1", "features": "accessible"},
    ),
    "facilitators": (
        {"id": "f1", "name": "Camille", "unavailable": "s1; s2", "email": "camille@example.org"},
        {"id": "f1", "name": "Camille", "unavailable": "s1; s2", "email": "camille@example.org"},
    ),
    "meetings": (
        {"participant_1": "a1", "participant_2": "c4", "status": "obligatoire", "slot": "s1"},
        {"participant_1": "a1", "participant_2": "c4", "status": "required", "slot": "s1"},
    ),
}
_SET = {"timezone": "Europe/Paris"}

_HELP: dict[str, tuple[str, tuple[str, ...]]] = {
    "fr": (
        "Mode d’emploi",
        (
            "Ce classeur décrit un événement\u00a0: quand, où, qui, et qui souhaite rencontrer qui.",
            "Chaque feuille a ses titres de colonne, une ligne d’explications et une ligne d’exemple, qui commence par "
            "«\u00a0exemple\u00a0» et n’est pas lue. Écrivez dessous.",
            "Il faut remplir\u00a0: Créneaux et Participants. Le reste est facultatif\u202f; les feuilles et les "
            "colonnes dont vous n’avez pas besoin peuvent rester vides ou être supprimées.",
            "Les codes (s1, a1, c4, t1…) sont libres, mais chacun ne sert qu’une fois sur sa feuille. C’est par eux "
            "que les autres feuilles désignent un créneau, un participant ou une table.",
            "Une cellule à plusieurs valeurs les sépare par un point-virgule\u00a0: communication; informatique.",
            "Les dates s’écrivent 18/03/2027 14:00 ou 2027-03-18 14:00.",
            "Les colonnes contact, e-mail, téléphone, site web et projet servent aux pages web\u202f; le calcul "
            "du planning n’en a pas besoin.",
            "Puis importez ce fichier dans «\u00a0Importer un événement\u00a0», ou convertissez-le\u00a0: "
            "passerelle convert EVENEMENT.xlsx -o evenement.json",
        ),
    ),
    "en": (
        "Help",
        (
            "This workbook describes an event: when, where, who, and who wishes to meet whom.",
            "Each sheet has its headings, a row of explanations and a row with an example, which begins with “example”"
            " and is not read. Write below it.",
            "Slots and Participants have to be filled in. The rest is optional; sheets and columns that you do not"
            " need may stay empty or be deleted.",
            "Codes (s1, a1, c4, t1…) are yours to choose, but each is used once on its sheet. By them the other sheets "
            "refer to a slot, a participant or a table.",
            "A cell with several values separates them by semicolons: communication; computers.",
            "Dates are written 2027-03-18 14:00 or 18.3.2027 14:00.",
            "The columns contact, e-mail, telephone, website and project are for the web pages; the timetable does not "
            "need them.",
            "Then import this file in “Import an event”, or convert it: passerelle convert EVENT.xlsx -o event.json",
        ),
    ),
}


def write_template(language: str) -> bytes:
    """Return an empty XLSX workbook to fill in, all in ``language`` (``fr`` or ``en``).

    ``read_workbook`` leaves aside what it explains and its examples; filled in, it is read as an event.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    _write_help(book, language)
    for sheet in _ORDER:
        _Page(sheet, language).write(book)
    book.active = 1
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write_help(book: Any, language: str) -> None:
    title, lines = _HELP[language]
    sheet = book.create_sheet(title)
    sheet["A1"].value, sheet["A1"].font = title, Font(bold=True, size=16, color="FF1F4E5F")
    for row, line in enumerate(lines, start=3):
        cell = sheet.cell(row, 1)
        cell.value, cell.alignment = line, _WRAPPED
        sheet.row_dimensions[row].height = 34
    sheet.column_dimensions["A"].width = 100
    sheet.sheet_view.showGridLines = False


@dataclass(frozen=True, slots=True)
class _Page:
    """One sheet of the template in one language."""

    sheet: str
    language: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Return what the columns of the sheet are, those that are only for people last."""
        beside = {"participants": (*CONTACTS, REMARK), "facilitators": CONTACTS[:3], "settings": (REMARK,)}
        return (*(column.name for column in SHEETS[self.sheet]), *beside.get(self.sheet, ()))

    def write(self, book: Any) -> None:
        """Add the sheet to ``book``."""
        page = book.create_sheet(sheet_name(self.sheet, self.language))
        names = {**CONTACT_NAMES, REMARK: REMARK_NAMES, **COLUMN_NAMES[self.sheet]}
        rows: list[Sequence[Content]] = [
            [in_language(names, column, self.language).capitalize() for column in self.columns],
            [explanation(self.sheet, column, self.language) for column in self.columns],
        ]
        rows += self._settings() if self.sheet == "settings" else [self._example()]
        fill_sheet(page, rows, explained=True)
        if self.sheet != "settings":
            for cell in page[_EXAMPLE]:
                cell.font, cell.fill = _EXAMPLE_FONT, _EXAMPLE_FILL
            page.freeze_panes = f"B{_FIRST}"
        for position, column in enumerate(self.columns, start=1):
            self._prepare(page, get_column_letter(position), column)

    def _example(self) -> list[Content]:
        sample = _SAMPLES[self.sheet][LANGUAGES.index(self.language)]
        first = self.columns[0]
        marked = {
            **sample,
            first: ("exemple\u00a0: {}" if self.language == "fr" else "example: {}").format(sample[first]),
        }
        return [marked.get(column) for column in self.columns]

    def _settings(self) -> list[Sequence[Content]]:
        both = " + ".join(in_language(KIND_NAMES, kind, self.language) for kind in ("association", "company"))
        values = {**_SET, "may_meet": both}
        return [
            (
                in_language(SETTING_NAMES, name, self.language),
                values.get(name),
                EXPLAINED_SETTINGS[name][LANGUAGES.index(self.language)],
            )
            for name in SETTINGS
            if name in EXPLAINED_SETTINGS
        ]

    def _prepare(self, page: Any, letter: str, column: str) -> None:
        """Give the empty cells of a column their format, its width, and a list to choose from."""
        if column in _WIDE:
            page.column_dimensions[letter].width = _WIDE[column]
        form = _TIME_FORMATS[self.language] if column in ("start", "end") else "@" if column in _TEXTS else None
        if form is not None:
            page.column_dimensions[letter].number_format = form
            for row in range(_EXAMPLE if column in ("start", "end") else _FIRST, _LAST // 5):
                page[f"{letter}{row}"].number_format = form
        choice = self._choice(column)
        if choice is not None:
            choice.promptTitle = str(page[f"{letter}{_HEADINGS}"].value)[:32]
            choice.prompt = str(page[f"{letter}{_EXPLANATIONS}"].value)[:255]
            choice.showInputMessage = True
            page.add_data_validation(choice)
            choice.add(f"{letter}{_FIRST}:{letter}{_LAST}")

    def _choice(self, column: str) -> Any:
        """Return what may be chosen in a column; what is only proposed may be written otherwise."""
        k = LANGUAGES.index(self.language)
        if column == "kind":
            return _list([names[k] for names in KIND_NAMES.values()], only=False)
        if column in ("remote", "needs_facilitator"):
            return _list(["oui", "non"] if self.language == "fr" else ["yes", "no"], only=True)
        if column == "status":
            return _list([names[k] for names in STATUS_NAMES.values()], only=True)
        if column in _WHOLE:
            least = 1 if column in ("rank", "delegates") else 0
            return DataValidation("whole", operator="greaterThanOrEqual", formula1=str(least), allow_blank=True)
        target = _REFERENCES.get((self.sheet, column))
        if target is None:
            return None
        cells = f"{quote_sheetname(sheet_name(target, self.language))}!$A${_FIRST}:$A${_LAST}"
        return DataValidation("list", formula1=cells, allow_blank=True, showErrorMessage=False)


def _list(words: Sequence[str], *, only: bool) -> Any:
    return DataValidation("list", formula1=f'"{",".join(words)}"', allow_blank=True, showErrorMessage=only)
