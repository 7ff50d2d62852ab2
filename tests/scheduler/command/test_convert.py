"""``passerelle convert``: files in, files out, exit status 2 and sentences for what is no event."""

import io
from pathlib import Path

import pytest
from openpyxl import load_workbook

from scheduler.command.main import main
from scheduler.format.event import event_json, parse_event
from scheduler.format.interchange import read_workbook, write_workbook
from scheduler.samples.sample import sample_event

EVENT = sample_event(8, 6, 7, 4, seed=3)

DZN = """
nBusiness = 3; nMeetings = 2; nTables = 1; nTotalSlots = 4; nMorningSlots = 2;
requested = [|1, 2,1, |1, 3,2, |];
forbidden = [{0}, {0,2}, {0}];
fixed = [0, 4];
precedences = [{}, {1}];
"""


def converted(tmp_path: Path, data: bytes, name: str, output: str) -> Path:
    source, target = tmp_path / name, tmp_path / output
    source.write_bytes(data)
    assert main(["convert", str(source), "-o", str(target)]) == 0
    return target


@pytest.mark.parametrize("seed", range(4))
def test_convert_to_a_workbook_and_back_loses_nothing(tmp_path: Path, seed: int):
    event = sample_event(4 + 7 * seed, 3 + 5 * seed, 2 + 9 * seed, 6 * seed, seed)

    book = converted(tmp_path, event_json(event).encode(), "event.json", "event.xlsx")
    back = converted(tmp_path, book.read_bytes(), "again.xlsx", "again.json")

    assert parse_event(back.read_bytes()) == event


def test_convert_dzn_to_an_event_file(tmp_path: Path):
    event = parse_event(converted(tmp_path, DZN.encode(), "forum.DZN", "event.json").read_bytes())

    assert [rule.between for rule in event.meetings] == [("b1", "b2"), ("b1", "b3")]
    assert event.meetings[1].after == (("b1", "b2"),)


def test_convert_dzn_to_a_workbook(tmp_path: Path):
    event = read_workbook(converted(tmp_path, DZN.encode(), "forum.dzn", "event.xlsx").read_bytes())

    assert event.affinities == ()
    assert event.rules.max_break_difference == 2


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("event.pdf", b"%PDF", "file: expected a name that ends in .json, .xlsx, .csv, .tsv or .dzn, found event.pdf"),
        ("event.xlsx", b"hello", "workbook: expected an XLSX workbook, found something else"),
        ("event.xlsx", b"", "workbook: expected an XLSX workbook, found an empty file"),
        ("event.dzn", b"nTables = 2", "expected the file to give nBusiness"),
        ("event.dzn", b"\xff\xfe", "file: expected UTF-8 text, found byte 0xff at 0"),
        ("event.json", b"[1]", "file: expected a JSON object, found [1]"),
    ],
)
def test_convert_of_what_is_no_event_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, data: bytes, expected: str
):
    source, target = tmp_path / name, tmp_path / "out.json"
    source.write_bytes(data)

    assert main(["convert", str(source), "-o", str(target)]) == 2

    told = capsys.readouterr().err
    assert expected in told
    assert "Traceback" not in told
    assert not target.exists()


def test_convert_tells_every_fault_of_a_workbook(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    book = load_workbook(io.BytesIO(write_workbook(EVENT)))
    book["slots"]["B3"] = "soon"
    book["participants"]["B2"] = None
    book["wishes"]["C2"] = "nobody"
    source, target = tmp_path / "event.xlsx", tmp_path / "event.json"
    book.save(source)
    target.write_text("as before")

    assert main(["convert", str(source), "-o", str(target)]) == 2

    places = [line.partition(":")[0] for line in capsys.readouterr().err.splitlines()]
    assert sorted(places) == ["participants!B2", "slots!B3", "wishes!C2"]
    assert target.read_text() == "as before"


def test_convert_to_an_unknown_ending_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    source, target = tmp_path / "event.json", tmp_path / "event.ods"
    source.write_text(event_json(EVENT))

    assert main(["convert", str(source), "-o", str(target)]) == 2
    assert "expected a name that ends in .json, .xlsx, .csv or .tsv, found event.ods" in capsys.readouterr().err
    assert not target.exists()


def test_convert_of_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["convert", str(tmp_path / "none.xlsx"), "-o", str(tmp_path / "out.json")]) == 2
    assert "none.xlsx" in capsys.readouterr().err


def test_sample_command_writes_the_event_of_its_options(tmp_path: Path):
    target = tmp_path / "event.json"
    sizes = ["--associations", "8", "--companies", "6", "--slots", "7", "--tables", "4", "--seed", "3"]

    assert main(["sample", *sizes, "-o", str(target)]) == 0
    assert parse_event(target.read_bytes()) == EVENT
