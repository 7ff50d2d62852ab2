"""A list as texts, whatever program and country it comes from."""

import pytest

from tests.support.lists import csv_of, xlsx_of
from web.domain.event.sheets import NoList, armed, defused, read_sheets

ROWS = [("Structure", "Contact"), ("Été, l’asso", "Zoé; Léa"), ("Œuvre", "")]


@pytest.mark.parametrize("mark", [";", ",", "\t"])
@pytest.mark.parametrize("letters", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_csv_is_read_in_its_letters_and_marks(mark: str, letters: str) -> None:
    (sheet,) = read_sheets(csv_of(ROWS, mark, letters), ".csv")
    assert sheet.rows == [(1, ["Structure", "Contact"]), (2, ["Été, l’asso", "Zoé; Léa"]), (3, ["Œuvre"])]


def test_mark_that_a_first_line_names_is_taken() -> None:
    (sheet,) = read_sheets(b"sep=,\nStructure,Mail\nA,b\n", ".csv")
    assert [cells for _number, cells in sheet.rows] == [["Structure", "Mail"], ["A", "b"]]


def test_cell_of_several_lines_is_one_cell() -> None:
    (sheet,) = read_sheets(b'A;B\n"un\ndeux";"dit ""oui"""\n', ".csv")
    assert sheet.rows[1] == (2, ["un\ndeux", 'dit "oui"'])


def test_workbook_gives_all_its_sheets_and_numbers_as_people_type_them() -> None:
    sheets = read_sheets(xlsx_of([("A", 612345678, 3.0, True)], [("B",)], names=("Un", "Deux")), ".xlsx")
    assert [(one.name, one.rows) for one in sheets] == [
        ("un", [(1, ["A", "612345678", "3", "true"])]),
        ("deux", [(1, ["B"])]),
    ]


def test_formula_without_its_result_is_told() -> None:
    (sheet,) = read_sheets(xlsx_of([("Structure", "Mail"), ("A", "=B1&C1")]), ".xlsx")
    assert sheet.unreadable == [(2, 1)]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \n ;;\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0", "no_text"),
        (b"PK\x03\x04", "no_text"),
        (b"a\0b", "no_text"),
        (b"a;\x81\x8d", "letters"),
        (b"a\n" * 5_001, "rows"),
        (b";".join([b"a"] * 151), "columns"),
    ],
)
def test_what_is_no_list_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(NoList) as none:
        read_sheets(data, ".csv")
    assert none.value.code == code


@pytest.mark.parametrize("text", ["=1+1", "+33 6", "-5", "@x", "'=1", "''=1", "'", "l’été", "＝A1", "'a"])
def test_defused_cell_is_given_back(text: str) -> None:
    assert not defused(text).startswith(("=", "+", "-", "@", "＝"))
    assert armed(defused(text)) == text
