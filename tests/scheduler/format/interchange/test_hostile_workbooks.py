"""Workbooks and B2BSP files that are small to send and dear to read: each is told in a sentence, in linear time."""

import time

import pytest

from scheduler.format.errors import InvalidEvent
from scheduler.format.interchange import cells, dzn, parts, read_dzn, read_workbook
from scheduler.format.interchange.unpacking import Unusable, sheets_of
from tests.support import hostile

SECONDS = 20


def faults_of(data: bytes) -> list[str]:
    begun = time.thread_time()
    with pytest.raises(InvalidEvent) as refused:
        read_workbook(data) if data.startswith(b"PK") else read_dzn(data)
    # Each took more than half a minute, or more than a gigabyte. What else the machine does is not counted.
    assert time.thread_time() - begun < SECONDS
    return [str(fault) for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (hostile.styles_without_end, "more than 100000 formats of cells"),
        (hostile.number_formats_without_end, "more than 100000 formats of cells"),
        (hostile.one_long_string_everywhere, "cells of more than 20000000 characters in all"),
        (hostile.one_merged_string_everywhere, "cells of more than 20000000 characters in all"),
        (hostile.wide_row, "a damaged one (ValueError)"),
        (hostile.deep_elements, "a damaged one (ValueError)"),
    ],
)
def test_workbook_that_is_dear_to_read_is_one_fault(make, found: str):
    assert faults_of(make()) == [f"workbook: expected an XLSX workbook, found {found}"]


@pytest.mark.parametrize("make", [hostile.shared_strings_without_end, hostile.runs_without_end])
def test_shared_strings_end_somewhere(make, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parts, "_MOST_STRINGS", 100_000)
    assert faults_of(make()) == ["workbook: expected an XLSX workbook, found more than 100000 shared strings"]


def test_far_rows_cost_no_more_than_near_ones():
    rows = sheets_of(hostile.far_rows())
    assert rows == {f"sheet{k}": [(1_048_576, (1,))] for k in range(20)}


def test_far_columns_are_left_aside():
    assert sheets_of(hostile.far_columns()) == {f"sheet{k}": [] for k in range(3)}


def test_rows_without_end_are_told_before_they_are_read():
    assert faults_of(hostile.empty_rows(0.2)) == ["sheet0: expected at most 500000 rows, found more"]


def test_faults_of_a_workbook_are_counted_beyond_a_thousand():
    faults = faults_of(hostile.workbook([""] * 1_001, names=["slots", *(f"s{k}" for k in range(1_000))]))
    assert faults[-1].startswith("workbook: expected none of the above, found ")
    assert len(faults) == 1_001


def test_cells_that_are_merged_without_end_are_gone_through_once():
    assert faults_of(hostile.merged_without_end(0.2))[0] == "workbook: expected a sheet participants, found none"


def test_a_list_of_separators_is_read_in_linear_time():
    begun = time.thread_time()
    assert cells.read_list("a" + ";" * 200_000) == ["a", *[""] * 199_999]
    assert cells.read_pairs("a + b; " * 50_000) == [["a", "b"]] * 50_000
    assert time.thread_time() - begun < SECONDS


def test_values_are_what_a_spreadsheet_shows():
    cell = '<c r="{at}" {about}>{inside}</c>'
    inside = {
        "A1": ('t="s"', "<v>0</v>"),
        "B1": ('t="inlineStr"', "<is><r><t>a </t></r><rPh><t>x</t></rPh><r><t>b</t></r></is>"),
        "C1": ('t="b"', "<v>1</v>"),
        "D1": ('t="e"', "<v>#REF!</v>"),
        "E1": ('s="1"', "<v>46464.5</v>"),
        "F1": ("", "<f>1+1</f>"),
        "G1": ("", "<v>1.5E1</v>"),
        "H1": ('t="str"', "<f>A1</f><v>x</v>"),
        "I1": ('s="1"', "<v>99999999999</v>"),
        "J1": ('t="d"', "<v>2027-03-18T14:00:00</v>"),
    }
    row = "".join(cell.format(at=at, about=about, inside=value) for at, (about, value) in inside.items())
    book = hostile.workbook(
        [f"<row>{row}</row>"],
        strings="<si><r><t>one</t></r><r><t> text</t></r><rPh><t>y</t></rPh></si>",
        styles='<cellXfs><xf/><xf numFmtId="22"/></cellXfs><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>',
    )
    ((number, values),) = sheets_of(book)["sheet0"]
    assert number == 1
    assert [one.isoformat() if hasattr(one, "isoformat") else one for one in values] == [
        "one text",
        "a b",
        True,
        Unusable("the error #REF!"),
        "2027-03-18T12:00:00",
        Unusable("a formula without a result: open and save the file in a spreadsheet program"),
        15.0,
        "x",
        Unusable("the error #VALUE!"),
        "2027-03-18T14:00:00",
    ]


def test_comment_without_an_end_is_one_fault():
    assert faults_of(hostile.open_comments())[0] == "line 1: expected a comment that ends, found the end"


def test_statements_without_sense_are_counted_beyond_a_thousand():
    faults = faults_of(b"a;" * 5_000)
    assert len(faults) == 1_001
    assert faults[-1] == "file: expected none of the above, found 4005 more faults"


def test_numbers_without_end_are_one_fault(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(dzn, "_MOST_TOKENS", 100_000)
    assert faults_of(hostile.numbers_without_end()) == [
        "line 1: expected a file of at most 100000 numbers, names and signs, found more"
    ]


def test_many_sheets_of_somebody_else_are_one_fault():
    (fault,) = faults_of(hostile.workbook(["<row><c><v>1</v></c></row>"] * 300))
    assert fault.startswith("workbook: expected a workbook with the sheets slots and participants")
    assert len(fault) < 500
