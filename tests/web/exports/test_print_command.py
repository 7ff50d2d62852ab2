"""``passerelle print``, run as a user runs it."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from scheduler.command.main import main
from scheduler.format.event import event_json
from scheduler.format.schedule import schedule_json
from tests.web.exports.events import schedule_of, small_event, small_schedule


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str, Path]:
    event, schedule = tmp_path / "event.json", tmp_path / "schedule.json"
    event.write_text(event_json(small_event()), "utf-8")
    schedule.write_text(schedule_json(small_schedule()), "utf-8")
    return str(event), str(schedule), tmp_path / "agendas.pdf"


def test_print_writes_all_agendas(files: tuple[str, str, Path]) -> None:
    event, schedule, out = files
    command = [sys.executable, "-m", "scheduler.command.main", "print", event, schedule, "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(PdfReader(out).pages) == 5


def test_print_options_reach_the_page(files: tuple[str, str, Path]) -> None:
    event, schedule, out = files
    options = ["--language", "en", "--participant", "a1", "--place", "Town hall", "--contact", "Call Léa"]
    options += ["--live-url", "https://rencontres.example/{participant}"]
    assert main(["print", event, schedule, "-o", str(out), *options]) == 0
    (page,) = PdfReader(out).pages
    text = page.extract_text()
    assert ["You meet" in text, "Town hall" in text, "Call Léa" in text] == [True, True, True]
    assert page["/Annots"][0].get_object()["/A"]["/URI"] == "https://rencontres.example/a1"


def test_print_large_print_is_set_larger(files: tuple[str, str, Path]) -> None:
    event, schedule, out = files
    command = ["print", event, schedule, "-o", str(out), "--participant", "a1"]
    assert main(command) == 0
    assert "Vos notes" in PdfReader(io.BytesIO(out.read_bytes())).pages[0].extract_text()
    assert main([*command, "--large-print"]) == 0
    # The notes have no column there: a space under each meeting instead.
    assert "Vos notes" not in PdfReader(io.BytesIO(out.read_bytes())).pages[0].extract_text()


def test_print_schedule_of_another_event_writes_nothing(
    files: tuple[str, str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    event, schedule, out = files
    Path(schedule).write_text(schedule_json(schedule_of(("a1", "zz", "18-14:00", "t1"))), "utf-8")
    assert main(["print", event, schedule, "-o", str(out)]) == 2
    assert capsys.readouterr().err == 'meetings[0].between[1]: expected a participant of the event, found "zz"\n'
    assert not out.exists()


@pytest.mark.parametrize("broken", [b"", b"{", b"\xff\xfe", b"[]", b'{"format": "passerelle-event/1"}'])
def test_print_broken_event_writes_nothing(
    files: tuple[str, str, Path], broken: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    event, schedule, out = files
    Path(event).write_bytes(broken)
    assert main(["print", event, schedule, "-o", str(out)]) == 2
    assert "expected" in capsys.readouterr().err
    assert not out.exists()


def test_print_unknown_participant_is_told(files: tuple[str, str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    event, schedule, out = files
    assert main(["print", event, schedule, "-o", str(out), "--participant", "nobody"]) == 2
    assert capsys.readouterr().err == '--participant: expected a participant of the event, found "nobody"\n'


def test_print_live_url_without_place_for_the_id_is_refused(files: tuple[str, str, Path]) -> None:
    event, schedule, out = files
    with pytest.raises(SystemExit) as refused:
        main(["print", event, schedule, "-o", str(out), "--live-url", "https://rencontres.example/"])
    assert refused.value.code == 2


def test_print_unwritable_output_is_told(files: tuple[str, str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    event, schedule, out = files
    assert main(["print", event, schedule, "-o", str(out / "missing" / "agendas.pdf"), "--participant", "a1"]) == 1
    assert "No such file" in capsys.readouterr().err
