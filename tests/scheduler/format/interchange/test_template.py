"""The empty workbook: nothing in it is read, and filled in it is an event without a fault."""

import io
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from scheduler.format.errors import InvalidEvent
from scheduler.format.interchange import read_with_contacts, read_workbook, write_template
from tests.support.workbooks import saved

ROWS: dict[int, list[dict[str, object]]] = {
    1: [
        {"A": "s1", "B": "18/03/2027 14:00", "C": "18/03/2027 14h06"},
        {"A": "s2", "B": "18.3.2027 14:08", "C": "2027-03-18 14:14", "D": "fin"},
    ],
    2: [
        {"A": "a1", "B": "association", "C": "Les Jardins", "I": 1, "J": 4, "L": "s2", "S": "a@example.org"},
        {"A": "c1", "B": "company", "C": "Nord", "M": "x", "N": "t1", "U": "https://nord.example.org", "V": "Du code"},
        {"A": "c2", "B": "Entreprise", "C": "Sud"},
    ],
    3: [{"A": "a1", "B": 1, "C": "c1"}, {"A": "a1", "B": 2, "C": "c2"}],
    4: [{"A": "t1", "B": "Table 1", "C": "accessible"}],
    5: [{"A": "f1", "B": "Camille"}],
    6: [{"A": "a1", "B": "c1", "C": "allowed"}],
}


def filled(language: str) -> Workbook:
    book = load_workbook(io.BytesIO(write_template(language)))
    for sheet, rows in ROWS.items():
        for number, row in enumerate(rows, start=4):
            for letter, value in row.items():
                book.worksheets[sheet][f"{letter}{number}"].value = value
    return book


@pytest.mark.parametrize("language", ["fr", "en"])
def test_template_filled_in_is_an_event_without_fault(language: str):
    reading = read_with_contacts(saved(filled(language)), "x.xlsx")
    event = reading.event
    assert [slot.start.hour for slot in event.slots] == [14, 14]
    first, second, third = event.participants
    assert (first.wishes, first.min_meetings, first.max_meetings, first.unavailable) == (("c1", "c2"), 1, 4, ("s2",))
    assert (second.kind, second.remote, second.home_table, third.kind) == ("company", True, "t1", "company")
    assert event.may_meet == (("association", "company"),)
    assert (event.timezone, event.affinities, event.rules.coverage) == ("Europe/Paris", None, ())
    assert [one.name for one in event.facilitators] == ["Camille"]
    assert reading.contacts["a1"].email == "a@example.org"
    assert (reading.contacts["c1"].website, reading.contacts["c1"].project) == ("https://nord.example.org", "Du code")
    assert reading.notes == ()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_template_that_nobody_filled_in_asks_for_slots(language: str):
    with pytest.raises(InvalidEvent) as refused:
        read_workbook(write_template(language))
    assert [fault.code for fault in refused.value.faults] == ["row_of_slot"]


@pytest.mark.parametrize(("language", "mark"), [("fr", "exemple"), ("en", "example")])
def test_template_explains_shows_and_offers(language: str, mark: str):
    book = load_workbook(io.BytesIO(write_template(language)))
    for sheet in book.worksheets[1:-1]:
        assert str(sheet["A3"].value).startswith(mark)
        assert all(cell.value for cell in sheet[1]) and all(cell.value for cell in sheet[2])
        assert sheet.freeze_panes == "B4"
        assert len({cell.value for cell in sheet[1]}) == sheet.max_column
    lists = {str(one.sqref): one.formula1 for one in offered(book.worksheets[2])}
    assert lists["B4:B1000"] == {"fr": '"association,entreprise"', "en": '"association,company"'}[language]
    assert lists["M4:M1000"] == {"fr": '"oui,non"', "en": '"yes,no"'}[language]
    partners = {str(one.sqref): one.formula1 for one in offered(book.worksheets[3])}
    assert partners["C4:C1000"] == "'Participants'!$A$4:$A$1000"


def test_template_has_texts_of_one_language_alone():
    french, english = (load_workbook(io.BytesIO(write_template(language))) for language in ("fr", "en"))
    for one, other in zip(french.worksheets, english.worksheets, strict=True):
        mine, theirs = ({str(cell.value) for cell in sheet[2] if cell.value} for sheet in (one, other))
        assert not mine & theirs
    written = "".join(str(cell) for sheet in french for row in sheet.values for cell in row if cell)
    assert "« " not in written and " »" not in written and " :" not in written and "'" not in written


def offered(sheet: Any) -> list[Any]:
    return list(sheet.data_validations.dataValidation)
