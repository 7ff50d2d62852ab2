"""The timetable as a workbook, read back."""

from __future__ import annotations

import io

import pytest
from openpyxl import Workbook, load_workbook

from scheduler.format.errors import InvalidSchedule
from tests.web.exports.events import (
    AFTERNOON,
    GARDENS,
    PRINTER,
    event_of,
    schedule_of,
    small_event,
    small_schedule,
)
from web.exports.workbook import schedule_workbook


def book_of(language: str = "fr") -> Workbook:
    return load_workbook(io.BytesIO(schedule_workbook(small_event(), small_schedule(), language)))


def test_workbook_has_four_sheets_in_both_languages() -> None:
    assert book_of().sheetnames == ["Participants × créneaux", "Tables × créneaux", "Rendez-vous", "Synthèse"]
    assert book_of("en").sheetnames == ["Participants × rounds", "Tables × rounds", "Meetings", "Summary"]


def test_workbook_participants_sheet_shows_partner_and_table() -> None:
    rows = list(book_of().worksheets[0].iter_rows(values_only=True))
    assert rows[0][3] == "jeudi 18 mars 2027"
    assert rows[1][:5] == ("Participant", "Type", "Nombre", "14:00–14:06", "14:07–14:13")
    assert rows[2][:6] == (
        "Les Jardins du Canal",
        "Association · Roubaix",
        3,
        "Imprimerie Vasseur\nTable 7",
        None,
        "Studio Pixel\nTable 3",
    )


def test_workbook_tables_sheet_shows_both_names() -> None:
    rows = list(book_of().worksheets[1].iter_rows(values_only=True))
    assert (rows[8][0], rows[8][1]) == ("Table 7", "Les Jardins du Canal\nImprimerie Vasseur")


def test_workbook_online_meetings_have_a_row_of_their_own() -> None:
    event = event_of([GARDENS, {**PRINTER, "remote": True}], AFTERNOON)
    data = schedule_workbook(event, schedule_of(("a1", "c1", "18-14:00", None)), "fr")
    rows = list(load_workbook(io.BytesIO(data)).worksheets[1].iter_rows(values_only=True))
    assert rows[-1][:2] == ("En ligne", "Les Jardins du Canal\nImprimerie Vasseur")


def test_workbook_meetings_sheet_lists_all_in_order() -> None:
    rows = list(book_of().worksheets[2].iter_rows(values_only=True))
    assert len(rows) == 1 + 4
    assert [row[1] for row in rows[1:]] == ["14:00", "14:14", "14:35", "14:42"]
    assert rows[1][3:] == (
        "Table 7",
        "Les Jardins du Canal",
        "Association · Roubaix",
        "Imprimerie Vasseur",
        "Entreprise · Roubaix",
        None,
        10,
    )


def test_workbook_summary_says_what_is_proven() -> None:
    rows = list(book_of("en").worksheets[3].iter_rows(values_only=True))
    assert rows[1:4] == [
        ("Meetings missing from the minimums", 0, 0, "yes"),
        ("Value of the meetings", 40, 44, "no"),
        ("Waits between two meetings", 1, "unknown", "no"),
    ]


@pytest.mark.parametrize("name", ["=1+1", "+33 6", "-5 %", "@SUM(A1)", '=HYPERLINK("http://x.example")'])
def test_workbook_names_are_never_formulas(name: str) -> None:
    event = event_of([{**GARDENS, "name": name}, PRINTER], AFTERNOON)
    data = schedule_workbook(event, schedule_of(("a1", "c1", "18-14:00", "t1")), "fr")
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    cell = sheet["A3"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (name, "s", True)
    assert sheet["D4"].value.startswith(name)
    assert sheet["D4"].data_type == "s"


def test_workbook_control_characters_do_not_break_it() -> None:
    event = event_of([{**GARDENS, "name": "Jardins\x00\x0b du\x1f Canal"}, PRINTER], AFTERNOON)
    data = schedule_workbook(event, schedule_of(), "fr")
    assert load_workbook(io.BytesIO(data)).worksheets[0]["A3"].value == "Jardins   du  Canal"


def test_workbook_schedule_of_another_event_is_refused() -> None:
    with pytest.raises(InvalidSchedule):
        schedule_workbook(small_event(), schedule_of(("a1", "zz", "18-14:00", "t1")), "fr")
