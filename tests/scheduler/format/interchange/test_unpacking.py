"""Files that call themselves workbooks: what is read of damaged, hostile and merely odd ones."""

import io
import random
import warnings
import zipfile
from collections.abc import Callable

import pytest
from openpyxl import Workbook, load_workbook

from scheduler.format.errors import InvalidEvent
from scheduler.format.interchange import read_workbook, write_workbook
from scheduler.format.interchange.unpacking import Unusable, cell_name, sheets_of
from scheduler.samples.sample import sample_event

EVENT = sample_event(6, 5, 6, 4)
WRITTEN = write_workbook(EVENT)
SLOTS = "xl/worksheets/sheet1.xml"


def repacked(change: Callable[[str, bytes], bytes | None]) -> bytes:
    """The workbook of the event with each part replaced by what ``change`` returns; ``None`` leaves it out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WRITTEN)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = change(name, source.read(name))
            if content is not None:
                target.writestr(name, content)
    return out.getvalue()


def replaced(part: str, old: bytes, new: bytes) -> bytes:
    def change(name: str, content: bytes) -> bytes:
        if name != part:
            return content
        assert old in content
        return content.replace(old, new, 1)

    return repacked(change)


def edited(sheet: str, cell: str, value: object) -> bytes:
    book = load_workbook(io.BytesIO(WRITTEN))
    book[sheet][cell] = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def faults_of(data: bytes) -> list[str]:
    with pytest.raises(InvalidEvent) as caught:
        read_workbook(data)
    return [str(fault) for fault in caught.value.faults]


def test_sheets_come_with_row_numbers_and_without_empty_rows():
    book = Workbook()
    sheet = book.active
    sheet.title = " Notes "
    sheet["B3"] = "x"
    sheet["A5"] = ""
    out = io.BytesIO()
    book.save(out)

    assert [(number, row[:2]) for number, row in sheets_of(out.getvalue())["notes"]] == [(3, (None, "x"))]


def test_cell_name_counts_from_one():
    assert cell_name("participants", 28, 7) == "participants!AB7"


def test_wrong_size_in_a_sheet_loses_no_row():
    data = repacked(lambda name, content: content.replace(b'<dimension ref="A1:D7"', b'<dimension ref="A1:B2"'))

    assert read_workbook(data) == EVENT


def test_error_cell_is_a_fault_and_text_that_looks_like_one_is_not():
    assert faults_of(edited("participants", "C3", "#REF!")) == [
        "participants!C3: expected a value, found the error #REF!"
    ]
    named = EVENT.model_copy(
        update={"participants": (EVENT.participants[0].model_copy(update={"name": "#REF!"}), *EVENT.participants[1:])}
    )
    assert read_workbook(write_workbook(named)) == named


def test_formula_that_nobody_computed_is_a_fault():
    expected = "expected a value, found a formula without a result: open and save the file in a spreadsheet program"

    assert faults_of(edited("participants", "C3", "=1+1")) == [f"participants!C3: {expected}"]
    assert faults_of(edited("settings", "B2", "=1+1")) == [f"settings!B2: {expected}"]


def test_formula_with_a_result_is_that_result():
    with_formula = edited("participants", "C3", "=1+1")

    def computed(name: str, content: bytes) -> bytes:
        return content.replace(b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>").replace(
            b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>"
        )

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(with_formula)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            target.writestr(name, computed(name, source.read(name)))

    assert read_workbook(out.getvalue()).participants[1].name == "2"


def test_two_sheets_of_one_name_are_a_fault():
    book = load_workbook(io.BytesIO(WRITTEN))
    book.create_sheet("Slots ")
    out = io.BytesIO()
    book.save(out)

    assert faults_of(out.getvalue()) == ["slots: expected each sheet once, found another of that name"]


def test_missing_part_is_damage_and_not_an_empty_sheet():
    data = repacked(lambda name, content: None if name.endswith("sheet5.xml") else content)

    assert faults_of(data) == ["workbook: expected an XLSX workbook, found a damaged one (a sheet is missing)"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'r="A2"', b'r="ZZZZZ2"'),
        (b"</sheetData>", b""),
        (b"<v>", b"<v>x"),
    ],
)
def test_damaged_sheet_is_one_fault(old: bytes, new: bytes):
    (fault,) = faults_of(replaced(SLOTS, old, new))

    assert fault.startswith("workbook: expected an XLSX workbook, found a damaged one")


def test_entities_are_refused():
    for doctype in (
        b'<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
    ):
        data = repacked(lambda name, content, start=doctype: start + content if name == SLOTS else content)
        assert faults_of(data) == ["workbook: expected an XLSX workbook, found one with entities of its own"]


def test_row_beyond_any_sheet_ends_the_reading():
    data = replaced(SLOTS, b'<row r="7"', b'<row r="999999999999"')

    assert faults_of(data) == ["slots: expected at most 500000 rows, found more"]


def test_encrypted_or_odd_archives_are_one_fault():
    future = bytearray(WRITTEN)
    # The version needed to extract, in the first entry of the archive's directory.
    future[future.index(b"PK\x01\x02") + 6] = 99

    assert len(faults_of(bytes(future))) == 1


@pytest.mark.parametrize("seed", range(3))
def test_random_damage_never_ends_in_a_trace(seed: int):
    chance = random.Random(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(60):
            data = bytearray(WRITTEN)
            for _ in range(chance.choice([1, 5, 40])):
                data[chance.randrange(len(data))] = chance.randrange(256)
            try:
                event = read_workbook(bytes(data))
            except InvalidEvent as invalid:
                assert invalid.faults
            else:
                assert event.slots


def test_unusable_says_what_was_found():
    rows = dict(sheets_of(edited("slots", "D2", "#N/A"))["slots"])

    assert rows[2][3] == Unusable("the error #N/A")
