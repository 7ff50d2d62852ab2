"""Workbooks: nothing is lost on the way out and back, and every fault names its sheet and cell."""

import io
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from scheduler.format.errors import InvalidEvent
from scheduler.format.event import Event, parse_event
from scheduler.format.interchange import (
    Contact,
    cells,
    read_any,
    read_workbook,
    read_workbook_and_contacts,
    write_any,
    write_workbook,
)
from scheduler.format.schedule import Meeting, Schedule, Tier
from scheduler.samples.sample import benchmark_event, sample_event
from tests.support.workbooks import FULL, READ, TEXTS, saved, small_book


def changed(sheet: str, cell: str, value: object) -> bytes:
    """The workbook of the full event with one cell changed."""
    book = load_workbook(io.BytesIO(write_workbook(parse_event(FULL))))
    book[sheet][cell] = value
    return saved(book)


def faults_of(data: bytes) -> list[str]:
    with pytest.raises(InvalidEvent) as caught:
        read_workbook(data)
    return [str(fault) for fault in caught.value.faults]


SLOTS = [["id", "start", "end"], ["s1", datetime(2027, 3, 18, 14), datetime(2027, 3, 18, 14, 6)]]
PEOPLE = [["id", "kind"], ["a1", "association"], ["c1", "company"]]


@pytest.mark.parametrize(
    "event",
    [
        parse_event(FULL),
        parse_event({**FULL, "affinities": []}),
        parse_event({key: value for key, value in FULL.items() if key != "affinities"}),
        parse_event({**FULL, "may_meet": [], "rules": {}}),
        sample_event(),
        benchmark_event(6, 5, 4, 3),
        parse_event({"format": "passerelle-event/1", "slots": FULL["slots"], "participants": []}),
    ],
)
def test_workbook_round_trip_loses_nothing(event: Event):
    assert read_workbook(write_workbook(event)) == event


def test_workbook_by_its_ending():
    event = sample_event(4, 4, 5, 2)

    assert read_any(write_any(event, "E.XLSX"), "E.XLSX") == event
    assert read_any(write_any(event, "e.json"), "e.json") == event


def test_workbook_with_a_schedule_reads_back_as_the_event():
    event = parse_event(FULL)
    meeting = Meeting(between=("a1", "c1"), slot="s1", table="t1", facilitator="f1", score=37)
    tiers = tuple(Tier(name=name, value=0, bound=None) for name in ("shortfall", "value"))
    schedule = Schedule(status="feasible", meetings=(meeting,), tiers=tiers, seconds=0.0)

    data = write_workbook(event, schedule)

    assert read_workbook(data) == event
    rows = list(load_workbook(io.BytesIO(data))["timetable"].values)
    assert rows[1] == (
        "s1",
        datetime(2027, 3, 18, 14),
        "Table 1",
        "a1",
        '=1+1 "Jardins"',
        "c1",
        rows[1][6],
        "Médiatrice",
        37,
    )


def test_workbook_text_never_becomes_a_formula():
    book = load_workbook(io.BytesIO(write_workbook(parse_event(FULL))))

    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            assert {cell.data_type for cell in row} <= {"s", "n", "d", "b"}
    name = book["participants"]["C2"]
    assert (name.value, name.data_type, name.quotePrefix) == ('=1+1 "Jardins"', "s", True)
    assert book["participants"]["C3"].data_type == "s"


def test_workbook_headings_stand_out_and_stay():
    sheet = load_workbook(io.BytesIO(write_workbook(sample_event())))["participants"]

    assert sheet.freeze_panes == "B2"
    assert sheet["A1"].font.bold
    assert sheet.column_dimensions["C"].width > 25


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "expected"),
    [
        ("participants", "I2", "many", 'participants!I2: expected a whole number, found "many"'),
        ("participants", "I2", 2.5, "participants!I2: expected a whole number, found 2.5"),
        ("participants", "I2", True, "participants!I2: expected a whole number, found true"),
        ("participants", "I2", -1, "participants!I2: expected a number of at least 0, found -1"),
        ("participants", "I2", 11, "participants!I2: expected at most max_meetings (10), found 11"),
        ("participants", "M3", "maybe", 'participants!M3: expected yes or no, found "maybe"'),
        ("participants", "A3", None, "participants!A3: expected a value, found nothing"),
        ("participants", "A3", "a1", 'participants!A3: expected an id used once, found "a1" again'),
        ("participants", "B3", None, "participants!B3: expected a value, found nothing"),
        ("participants", "H2", "a2; zz", 'participants!H2: expected the id of a participant, found "zz"'),
        ("participants", "H2", '"a2', 'participants!H2: expected a second double quote (") where'),
        ("participants", "L2", "s9", 'participants!L2: expected the id of a slot, found "s9"'),
        ("participants", "C1", "couleur", "participants!C1: expected one of the headings id, kind, name"),
        ("participants", "C1", "Type", 'participants!C1: expected each heading once, found "Type" again'),
        ("participants", "C1", "kind", 'participants!C1: expected each heading once, found "kind" again'),
        ("participants", "Z4", "note", 'participants!Z4: expected nothing under no heading, found "note"'),
        ("slots", "B2", "soon", 'slots!B2: expected a date and time such as 2027-03-18 14:00, found "soon"'),
        ("slots", "B2", True, "slots!B2: expected a date and time such as 2027-03-18 14:00, found true"),
        ("slots", "C2", datetime(2027, 3, 18, 13), "slots!C2: expected a time after 2027-03-18T14:00:00, found"),
        ("wishes", "A2", "zz", 'wishes!A2: expected the id of a participant, found "zz"'),
        ("wishes", "C3", "zz", 'wishes!C3: expected the id of a participant, found "zz"'),
        ("wishes", "B2", 0, "wishes!B2: expected a rank from 1, found 0"),
        ("wishes", "B3", 1, 'wishes!B3: expected each rank of "a1" once, found 1 again'),
        ("meetings", "A2", "zz", 'meetings!A2: expected the id of a participant, found "zz"'),
        ("meetings", "C2", "wanted", 'meetings!C2: expected "required", "forbidden" or "allowed", found "wanted"'),
        ("meetings", "F3", "a1, c1", "meetings!F3: expected pairs such as a1 + c2; a3 + c4, found"),
        ("meetings", "F3", "a1 + zz", 'meetings!F3: expected the id of a participant, found "zz"'),
        ("affinities", "C2", "x", 'affinities!C2: expected a whole number, found "x"'),
        ("settings", "A2", "titel", "settings!A2: expected one of the settings title, timezone"),
        ("settings", "B3", "Mars/Olympus", 'settings!B3: expected a known time zone, found "Mars/Olympus"'),
        ("settings", "B5", "25; 40", "settings!B5: expected at most 25, the points before it, found 40"),
        ("settings", "B5", "40, 25", 'settings!B5: expected whole numbers such as 40; 25, found "40, 25"'),
    ],
)
def test_workbook_fault_names_its_cell(sheet: str, cell: str, value: object, expected: str):
    faults = faults_of(changed(sheet, cell, value))

    assert [fault for fault in faults if fault.startswith(expected)], faults


def test_workbook_unreadable_cell_is_told_once():
    assert faults_of(changed("participants", "I2", "many")) == [
        'participants!I2: expected a whole number, found "many"'
    ]
    assert len(faults_of(changed("participants", "A3", True))) == 1


def test_workbook_tells_every_fault_at_once():
    book = load_workbook(io.BytesIO(write_workbook(parse_event(FULL))))
    book["participants"]["I2"] = "many"
    book["slots"]["B3"] = "soon"
    book["meetings"]["D2"] = "s9"

    places = {fault.partition(":")[0] for fault in faults_of(saved(book))}

    assert places == {"participants!I2", "slots!B3", "meetings!D2"}


def test_workbook_missing_sheets_and_columns():
    assert faults_of(small_book(tables=[["id"], ["t1"]]))[:2] == [
        "workbook: expected a sheet slots, found none",
        "workbook: expected a sheet participants, found none",
    ]
    assert "participants!A1: expected a column kind, found none" in faults_of(
        small_book(slots=SLOTS, participants=[["id"], ["a1"]])
    )


def test_workbook_unknown_sheet_is_a_fault_but_notes_are_not():
    assert faults_of(small_book(slots=SLOTS, participants=PEOPLE, particpants=PEOPLE)) == [
        "particpants: expected one of the sheets slots, tables, facilitators, participants, wishes, meetings, "
        'affinities, settings, found "particpants" (perhaps participants)'
    ]
    assert read_workbook(small_book(slots=SLOTS, participants=PEOPLE, Notes=[["anything"]])).participants


def test_workbook_made_by_hand_is_read_generously():
    event = read_workbook(
        small_book(
            Slots=[["ID", "Start ", "end"], [1, "2027-03-18 9:00", "2027-03-18T09:06"]],
            participants=[
                ["id", "kind", "remote", "needs", "min_meetings"],
                [" a1 ", "association", "oui", "skills.law ;  goods.it;", "2"],
                [None, None, None, None, None],
                [12, "company", None, None, 3.0],
            ],
        )
    )

    assert event.slots[0].id == "1"
    assert event.slots[0].start == datetime(2027, 3, 18, 9)
    assert [(p.id, p.remote, p.needs, p.min_meetings) for p in event.participants] == [
        ("a1", True, ("skills.law", "goods.it"), 2),
        ("12", False, (), 3),
    ]
    assert event.affinities is None


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "an empty file"),
        (b"hello", "something else"),
        (b"PK\x03\x04 broken", "something else"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old .xls file, or one with a password"),
    ],
)
def test_workbook_wrong_file(data: bytes, found: str):
    (fault,) = faults_of(data)

    assert fault.startswith(f"workbook: expected an XLSX workbook, found {found}")


def test_workbook_other_zip_and_damaged_workbook():
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    damaged = io.BytesIO()
    with zipfile.ZipFile(damaged, "w") as archive:
        archive.writestr("xl/workbook.xml", "<not closed")

    assert faults_of(other.getvalue()) == ["workbook: expected an XLSX workbook, found another kind of file"]
    assert faults_of(damaged.getvalue())[0].startswith("workbook: expected an XLSX workbook, found a damaged one")


def test_workbook_that_unpacks_to_an_absurd_size_is_refused():
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(301):
                part.write(bytes(1 << 20))

    assert len(bomb.getvalue()) < 1 << 20
    assert faults_of(bomb.getvalue()) == ["workbook: expected an XLSX workbook, found 2 parts that unpack to 301 MiB"]


def test_workbook_value_too_long_for_a_cell():
    people = [{"id": "a1", "kind": "association", "needs": ["x" * 9000 + str(i) for i in range(4)]}]
    event = parse_event({"format": "passerelle-event/1", "slots": FULL["slots"], "participants": people})

    with pytest.raises(InvalidEvent) as caught:
        write_workbook(event)

    assert [fault.path for fault in caught.value.faults] == ["participants!D2"]


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.lists(TEXTS), st.lists(st.tuples(TEXTS, TEXTS)))
def test_cells_hold_any_text(text: str, listed: list[str], pairs: list[tuple[str, str]]):
    assert cells.read_text(cells.text_cell(text)) == text
    assert (cells.read_list(cells.list_cell(listed)) or []) == listed
    assert (cells.read_pairs(cells.groups_cell(pairs)) or []) == [list(pair) for pair in pairs]
    written = (cells.text_cell(text) or "") + (cells.list_cell(listed) or "")
    assert all(sign in "\t\n" or sign >= " " for sign in written)


@settings(max_examples=15, deadline=None)
@given(st.lists(READ.filter(bool), min_size=1, max_size=5, unique=True), READ)
def test_workbook_holds_any_text(ids: list[str], text: str):
    people = [
        {"id": id, "kind": text or "k", "name": text, "zone": text, "vetoes": [ids[i - 1]] if i else []}
        for i, id in enumerate(ids)
    ]
    event = parse_event({"format": "passerelle-event/1", "slots": FULL["slots"], "participants": people})

    assert read_workbook(write_workbook(event)) == event


# What people leave in workbooks

CASES = Path(__file__).resolve().parents[5] / "shared" / "cases"


def book_of(**sheets: list[list[object]]) -> bytes:
    """A workbook of two participants, with these sheets."""
    return small_book(**{"slots": SLOTS, "participants": PEOPLE, **sheets})


@pytest.mark.parametrize("name", ["blank_space_rows", "email_column", "kinds", "zwsp_id"])
def test_a_case_from_real_life_is_read(name: str):
    path = CASES / f"{name}.xlsx"
    if not path.exists():
        pytest.skip("the files of cases are not beside the project")
    event = read_workbook(path.read_bytes())
    assert [one.id for one in event.participants] == ["a1", "a2", "c1", "c2"]
    assert event.participants[0].wishes == ("c1", "c2")


def test_rows_and_columns_of_spaces_are_empty():
    event = read_workbook(
        book_of(
            participants=[
                ["id", "kind", " ", None, "name"],
                ["a1", "association", "\u00a0", " ", "One"],
                [" ", "\t", "\u200b", None, "\u202f"],
                ["c1", "company", None, "\n", " "],
            ],
            wishes=[["participant", "rank", "partner"], [" ", " ", " "], ["a1", 1, "c1"]],
        )
    )
    assert [(one.id, one.name, one.wishes) for one in event.participants] == [("a1", "One", ("c1",)), ("c1", "", ())]


def test_ids_are_clean_in_every_sheet():
    event = read_workbook(
        book_of(
            participants=[["id", "kind"], ["a1\u200b", "association"], ["c1\ufeff", "company"]],
            wishes=[["participant", "rank", "partner"], ["a1", 1, "c\u200d1"]],
        )
    )
    assert event.participants[0].wishes == ("c1",)


def test_an_id_that_looks_like_a_known_one_names_the_character():
    faults = faults_of(book_of(wishes=[["participant", "rank", "partner"], ["a1", 1, "\u04411"]]))
    assert faults == [
        'wishes!C2: expected the id of a participant, found "\u04411", '
        'which looks like "c1" but differs in U+0441 cyrillic small letter es'
    ]


def test_a_merged_cell_counts_for_all_its_rows():
    book = load_workbook(
        io.BytesIO(
            book_of(
                participants=[["id", "kind"], ["a1", "association"], ["a2", None], ["c1", "company"], ["c2", None]],
                wishes=[["participant", "rank", "partner"], ["a1", 1, "c1"], [None, 2, "c2"], ["a2", 1, "c2"]],
            )
        )
    )
    # The last one reaches over rows that hold nothing else.
    book["participants"].merge_cells("B2:B3")
    book["participants"].merge_cells("B4:B9")
    book["wishes"].merge_cells("A2:A3")
    event = read_workbook(saved(book))

    assert [one.kind for one in event.participants] == ["association", "association", "company", "company"]
    assert [one.wishes for one in event.participants] == [("c1", "c2"), ("c2",), (), ()]


def test_contact_columns_are_kept_beside_the_event():
    reading = read_workbook_and_contacts(
        book_of(
            participants=[
                ["id", "kind", "E-mail", "Contact", "Téléphone", "Remarques"],
                ["a1", "association", "x@example.org", "Ada L.", 320000000, "vegetarian"],
                ["c1", "company", None, None, None, None],
                [None, None, None, None, None, "12 more expected"],
            ]
        )
    )
    assert [one.id for one in reading.event.participants] == ["a1", "c1"]
    assert reading.contacts == {"a1": Contact("Ada L.", "x@example.org", "320000000")}


def test_a_heading_that_is_nearly_one_names_it():
    (fault,) = faults_of(book_of(participants=[["id", "kind", "min_metings_of"], ["a1", "association", None]]))
    assert fault.startswith("participants!C1: expected one of the headings id, kind, ")
    assert fault.endswith('found "min_metings_of" (perhaps min_meetings)')


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("same_person", "a1 + c1", "expected a participant with delegates 1"),
        ("same_person", "a2 + nobody", "expected the id of a participant"),
        ("seated", "company", "expected at most one kind of the pair in rules.seated"),
        ("max_in_a_row", "often", "expected a whole number"),
        ("max_in_a_row", 0, "expected a number of at least 1"),
    ],
)
def test_a_rule_of_the_room_that_cannot_be_is_told_at_its_cell(setting: str, value: object, message: str):
    book = load_workbook(io.BytesIO(write_workbook(parse_event(FULL))))
    cell = next(row[1] for row in book["settings"].iter_rows() if row[0].value == setting)
    cell.value = value
    with pytest.raises(InvalidEvent) as refused:
        read_workbook(saved(book))

    (fault,) = refused.value.faults
    expected_at = "settings!B4" if setting == "seated" else f"settings!{cell.coordinate}"
    assert (fault.path, fault.message[: len(message)]) == (expected_at, message)
