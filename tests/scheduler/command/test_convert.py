"""``passerelle convert``: files in, files out, exit status 2 and sentences for what is no event."""

import io
from pathlib import Path

import pytest
from openpyxl import load_workbook

from scheduler.command.main import main
from scheduler.format.event import event_json, parse_event
from scheduler.format.interchange import Contact, read_with_contacts, read_workbook, write_workbook
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


# Tables and lists


@pytest.mark.parametrize("name", ["event.csv", "event.tsv", "event.xlsx"])
def test_convert_to_tables_in_french_and_back_loses_nothing(tmp_path: Path, name: str):
    source, table, target = tmp_path / "event.json", tmp_path / name, tmp_path / "again.json"
    source.write_text(event_json(EVENT))

    assert main(["convert", str(source), "-o", str(table), "--language", "fr"]) == 0
    assert main(["convert", str(table), "-o", str(target)]) == 0

    assert parse_event(target.read_bytes()) == EVENT
    if name.endswith("sv"):
        assert "[Créneaux]" in table.read_text("utf-8-sig")


def test_convert_reads_lists_and_says_what_it_understood(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    students, companies, target = (tmp_path / name for name in ("students.csv", "companies.tsv", "event.json"))
    students.write_bytes("Nom;Choix 1;Choix 2;E-mail\nZoé;Nord;Sud;zoe@example.org\nAda;Sud;;\n".encode("cp1252"))
    companies.write_bytes("Company\tUnavailable\nNord\t14h-14h10\nSud\t\n".encode("utf-16"))
    options = ["--slots", "4x6+2@14:00", "--day", "18/03/2027", "--tables", "2", "--max-meetings", "3"]

    assert main(["convert", str(students), str(companies), *options, "-o", str(target), "--language", "en"]) == 0

    event = parse_event(target.read_bytes())
    assert [(one.name, one.wishes, one.unavailable) for one in event.participants] == [
        ("Zoé", ("c1", "c2"), ()),
        ("Ada", ("c2",), ()),
        ("Nord", (), ("s1", "s2")),
        ("Sud", (), ()),
    ]
    assert (event.may_meet, len(event.tables)) == ((("students", "company"),), 2)
    assert capsys.readouterr().err.splitlines() == [
        "students: 2 rows; Nom = name; E-mail = email; Choix 1, Choix 2 = wishes",
        "companies: 2 rows; Company = name; Unavailable = unavailable",
        "2 students, 2 company; 3 wishes, 2 absences from rounds",
        "4 rounds from 2027-03-18 14:00 to 2027-03-18 14:30",
        "an event file has no place for email: left out, participants concerned: 1 "
        "(an import in the web pages keeps them)",
    ]


def test_convert_keeps_contacts_in_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    source, table, again = tmp_path / "in.csv", tmp_path / "out.xlsx", tmp_path / "again.csv"
    slots = "[slots]\nid,start,end\ns1,2027-03-18 14:00,2027-03-18 14:06\n"
    people = "[participants]\nid,kind,e-mail,projet\na1,association,a@example.org,'=Un potager\nc1,company,,\n"
    source.write_text(slots + people)

    assert main(["convert", str(source), "-o", str(table), "--language", "fr"]) == 0
    assert main(["convert", str(table), "-o", str(again)]) == 0

    reading = read_with_contacts(again.read_bytes(), "again.csv")
    assert reading.contacts == {"a1": Contact(email="a@example.org", project="=Un potager")}
    assert capsys.readouterr().err == ""


def test_convert_of_a_list_asks_in_the_language_of_the_reader(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    source, target = tmp_path / "liste.csv", tmp_path / "event.json"
    source.write_text("Nom,Choix 1\nAda,Bob\nBob,\n")

    assert main(["convert", str(source), "-o", str(target), "--language", "fr"]) == 2

    told = capsys.readouterr().err.splitlines()
    assert [line.partition("\u00a0")[0] for line in told] == ["--slots", "--kind-column"]
    assert "--kind-column TITRE" in told[1]
    assert not target.exists()


def test_convert_asks_which_number_is_the_day_and_hears_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    source, target = tmp_path / "event.csv", tmp_path / "event.json"
    rows = "s1,03/04/2027 14:00,03/04/2027 14:06"
    source.write_text(f"[slots]\nid,start,end\n{rows}\n[participants]\nid,kind\na1,association\n")

    assert main(["convert", str(source), "-o", str(target)]) == 2
    assert "--dates dmy or mdy" in capsys.readouterr().err
    assert main(["convert", str(source), "-o", str(target), "--dates", "mdy"]) == 0
    assert parse_event(target.read_bytes()).slots[0].start.month == 3


def test_convert_of_options_and_headings_with_commas(tmp_path: Path):
    source, target = tmp_path / "l.csv", tmp_path / "event.json"
    source.write_text('Who;"Best, of all";Side\nAda;Bob;x\nBob;;y\nCid;;z\n')
    said = ["--name-column", "who", "--kind-column", "side", "--prefers", '"Best, of all"', "--may-meet", "x+y,x+z"]
    rounds = ["--slots", "2x6@14:00", "--day", "2027-03-18", "--day", "2027-03-19"]

    assert main(["convert", str(source), "-o", str(target), *said, *rounds]) == 0

    event = parse_event(target.read_bytes())
    assert event.participants[0].wishes == ("y1",)
    assert (event.may_meet, len(event.slots)) == ((("x", "y"), ("x", "z")), 4)


def test_convert_of_several_files_of_which_one_is_no_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for name in ("a.csv", "b.json"):
        (tmp_path / name).write_text("{}")

    assert main(["convert", str(tmp_path / "a.csv"), str(tmp_path / "b.json"), "-o", str(tmp_path / "o.json")]) == 2
    assert "a name that ends in .xlsx, .csv or .tsv, found b.json" in capsys.readouterr().err


@pytest.mark.parametrize("language", ["fr", "en"])
def test_template_is_written_and_asks_to_be_filled_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str
):
    target = tmp_path / "event.xlsx"

    assert main(["template", "--language", language, "-o", str(target)]) == 0
    assert load_workbook(target).sheetnames[1] == {"fr": "Créneaux", "en": "Slots"}[language]
    assert main(["convert", str(target), "-o", str(tmp_path / "event.json"), "--language", language]) == 2
    (told,) = capsys.readouterr().err.splitlines()
    assert {"fr": "au moins un créneau", "en": "at least one slot"}[language] in told


def test_template_is_a_workbook_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["template", "--language", "en", "-o", str(tmp_path / "event.csv")]) == 2
    assert "file: expected a name that ends in .xlsx, found event.csv" in capsys.readouterr().err
    assert not (tmp_path / "event.csv").exists()
