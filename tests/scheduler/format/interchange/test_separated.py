"""Tables as text: encodings, separators, quotes, formulas, and what is no table."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.format.errors import InvalidEvent
from scheduler.format.event import parse_event
from scheduler.format.interchange import read_any, write_any
from scheduler.format.interchange.separated import armed, defused, tables_of, write_separated
from tests.support.workbooks import FULL, READ

TEXT = 'Nom;Besoins\r\nThéâtre de l’Œuvre;"eau; pain"\r\n"Un ""Phare""";\r\n'
ROWS = [(1, ("Nom", "Besoins")), (2, ("Théâtre de l’Œuvre", "eau; pain")), (3, ('Un "Phare"',))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_encodings_and_separators_are_found_out(encoding: str, separator: str):
    text = TEXT.replace(";", separator).replace(f"eau{separator}", "eau;")
    assert tables_of(text.encode(encoding), "Liste.csv") == {"liste": ROWS}


def test_a_line_that_names_the_separator_is_heard():
    assert tables_of(b"sep=|\r\na;b|c\r\n", "x.csv") == {"x": [(2, ("a;b", "c"))]}


def test_separator_inside_of_quotes_and_titles_does_not_count():
    text = 'Liste, provisoire\nNom,Remarque\n"A","b; c; d"\nB,e; f; g\nC,h; i; j\n'
    assert tables_of(text.encode(), "x.csv")["x"][2:] == [
        (3, ("A", "b; c; d")),
        (4, ("B", "e; f; g")),
        (5, ("C", "h; i; j")),
    ]


def test_a_list_of_one_column_is_read():
    assert tables_of(b"Nom\nA\nB\n", "x.csv") == {"x": [(1, ("Nom",)), (2, ("A",)), (3, ("B",))]}


@pytest.mark.parametrize("name", ["e.csv", "e.tsv"])
@pytest.mark.parametrize("language", [None, "fr", "en"])
def test_event_as_text_and_back_loses_nothing(name: str, language: str | None):
    event = parse_event(FULL)
    assert read_any(write_any(event, name, language), name) == event


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_event_saved_again_by_a_spreadsheet_program_is_the_same(encoding: str):
    event = parse_event(FULL)
    text = write_any(event, "e.csv").decode("utf-8-sig").replace("\r\n", ",,,\n")
    assert read_any(text.encode(encoding), "e.csv") == event


@settings(max_examples=60, deadline=None)
@given(st.lists(READ.filter(bool), min_size=1, max_size=4, unique=True), READ, st.sampled_from([",", ";", "\t"]))
def test_text_holds_any_text(ids: list[str], text: str, separator: str):
    people = [{"id": id, "kind": text or "k", "name": text, "zone": text, "needs": [text]} for id in ids]
    event = parse_event({"format": FULL["format"], "slots": FULL["slots"], "participants": people})
    assert read_any(write_separated(event, separator), "e.tsv" if separator == "\t" else "e.csv") == event


@given(st.text(st.sampled_from("'=+-@\t\uff1d ax")))
def test_what_would_be_a_formula_is_defused_and_comes_back(text: str):
    assert armed(defused(text)) == text
    assert not defused(text).startswith(("=", "+", "-", "@", "\t", "\uff1d"))


def test_no_cell_of_an_event_is_a_formula():
    people = [{"id": start + "1", "kind": start + "k", "name": start + "n"} for start in "=+-@"]
    event = parse_event({"format": FULL["format"], "slots": FULL["slots"], "participants": people})
    for rows in tables_of(write_any(event, "e.csv").replace(b"'", b"\xe2\x80\x99"), "e.csv").values():
        assert not [cell for _, row in rows for cell in row if str(cell).startswith(("=", "+", "@"))]
    assert read_any(write_any(event, "e.csv"), "e.csv") == event


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (
            b"PK\x03\x04....",
            "file: expected a table as text (CSV or TSV) in UTF-8, UTF-16 or Windows-1252, found a work",
        ),
        (
            b"a,b\n\x00\x01\x02",
            "file: expected a table as text (CSV or TSV) in UTF-8, UTF-16 or Windows-1252, found som",
        ),
        (b"a\x81b", "file: expected a table as text (CSV or TSV) in UTF-8, UTF-16 or Windows-1252, found byte 0x81"),
        (b"\xff\xfea", "file: expected a table as text (CSV or TSV) in UTF-8, UTF-16 or Windows-1252, found byte"),
        (
            b'a,b\n"c,d\n',
            'line 2: expected a second double quote (") where the text after the first one ends, found th',
        ),
        (b"a,b\n" + b"c" * 200_000, "line 2: expected at most 131072 characters, all that a cell can hold, found this"),
        (b"[slots]\nid\n[Slots]\nid\n", "line 3: expected each sheet once, found another of that name"),
        (b"", "workbook: expected a workbook with the sheets slots and participants"),
        (b"\n \n", "workbook: expected a workbook with the sheets slots and participants"),
        (b"date,euros\n1,2\n", "workbook: expected a workbook with the sheets slots and participants"),
    ],
)
def test_what_is_no_table_of_an_event_is_one_fault(data: bytes, found: str):
    with pytest.raises(InvalidEvent) as refused:
        read_any(data, "x.csv")
    (fault,) = refused.value.faults
    assert str(fault).startswith(found)


def test_faults_name_the_row_of_the_file():
    text = "[slots]\nid,start,end\ns1,soon,2027-03-18 14:06\n\n[participants]\nid,kind\n\na1,\n"
    with pytest.raises(InvalidEvent) as refused:
        read_any(text.encode(), "x.csv")
    assert [fault.path for fault in refused.value.faults] == ["slots!B3", "participants!A8"]


def test_far_columns_and_long_files_are_bounded():
    rows = tables_of(("," * 5_000 + "x\n").encode(), "x.csv")
    assert rows == {"x": []}
    with pytest.raises(InvalidEvent, match="at most 500000 rows"):
        tables_of(b"a,b\n" * 500_001, "x.csv")
