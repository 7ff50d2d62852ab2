"""One language for all that a command tells: the one that is asked for, else that of the terminal's locale."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scheduler.command.main import main
from scheduler.command.options import terminal_language
from scheduler.command.verify import alike_counted
from scheduler.format.event import parse_event
from scheduler.format.schedule import schedule_json
from scheduler.format.sentence import Sentence
from tests.scheduler.builders import held, people, raw_event, rule, schedule_of, slots, worth

RAW = raw_event(affinities=worth({"a0 c0": 5, "a1 c1": 2}))


@pytest.fixture
def event_file(tmp_path: Path) -> Path:
    path = tmp_path / "event.json"
    path.write_text(json.dumps(RAW))
    return path


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "C", "LC_MESSAGES": "fr_BE"}, "fr"),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": ""}, "fr"),
    ],
)
def test_the_language_is_that_of_the_locale(environment: dict[str, str], language: str):
    assert terminal_language(environment) == language


@pytest.mark.parametrize(
    ("language", "begins", "ends"),
    [
        ("fr", "choix des rencontres… (Ctrl-C", "optimal\u00a0: rendez-vous manquants 0 ="),
        ("en", "choosing", "optimal: shortfall 0 ="),
    ],
)
def test_solve_speaks_one_language(event_file, tmp_path, capsys, language: str, begins: str, ends: str):
    assert (
        main(["solve", str(event_file), "-o", str(tmp_path / "s.json"), "--workers", "1", "--language", language]) == 0
    )
    lines = capsys.readouterr().err.splitlines()
    assert begins in lines[0]
    assert lines[-1].startswith(ends)


def test_solve_warns_of_an_event_in_which_nothing_can_happen(tmp_path, capsys):
    path = tmp_path / "event.json"
    path.write_text(json.dumps(raw_event(participants=[{"id": "p", "kind": "Association"}, {"id": "q", "kind": "x"}])))
    for language, word in (("fr", "attention\u00a0: Aucun rendez-vous"), ("en", "warning: No meeting can be held")):
        assert main(["solve", str(path), "-o", str(tmp_path / "s.json"), "--language", language]) == 0
        assert capsys.readouterr().err.startswith(word)


def test_verify_speaks_french(event_file, tmp_path, capsys):
    path = tmp_path / "schedule.json"
    path.write_text(schedule_json(schedule_of(parse_event(RAW), [held("a0 c1", "s0")])))
    assert main(["verify", str(event_file), str(path), "--language", "fr"]) == 1
    assert capsys.readouterr().out == "règle 1\u00a0: a0 – c1 en s0, alors que la paire n’est pas admise\n"

    main(["solve", str(event_file), "-o", str(path), "--workers", "1"])
    assert main(["verify", str(event_file), str(path), "--language", "fr"]) == 0
    assert capsys.readouterr().out.startswith("aucune faute dans 2 rendez-vous\u00a0: rendez-vous manquants 0 =")


def test_faults_of_a_file_are_told_in_french(tmp_path, capsys):
    path = tmp_path / "event.json"
    path.write_text(json.dumps(raw_event(slots=[])))
    assert main(["solve", str(path), "--language", "fr"]) == 2
    assert capsys.readouterr().err == "slots\u00a0: attendu\u00a0: une liste d’au moins 1\u202f; trouvé\u00a0: []\n"


def test_what_cannot_hold_together_is_told_in_french(tmp_path, capsys):
    path = tmp_path / "event.json"
    path.write_text(json.dumps(raw_event(slots=slots(1), meetings=[rule("a0 c0"), rule("a0 c1")])))
    assert main(["solve", str(path), "--language", "fr"]) == 3
    lines = capsys.readouterr().err.splitlines()
    assert lines[-4].startswith("aucun planning ne respecte toutes les exigences")
    assert lines[-2:] == ["- le rendez-vous a0 – c0 a lieu", "- le rendez-vous a0 – c1 a lieu"]


def test_a_file_that_is_missing_is_told_in_french(tmp_path, capsys):
    assert main(["solve", str(tmp_path / "none.json"), "--language", "fr"]) == 2
    assert "attendu un fichier lisible" in capsys.readouterr().err


def test_whatif_and_explain_speak_one_language(event_file, tmp_path, capsys):
    path = tmp_path / "schedule.json"
    main(["solve", str(event_file), "-o", str(path), "--workers", "1"])
    capsys.readouterr()
    for language, word in (("fr", "créneaux"), ("en", "rounds")):
        assert main(["whatif", str(event_file), "--language", language]) == 0
        assert word in capsys.readouterr().out


def test_ids_on_the_command_line_are_read_as_in_files(tmp_path, capsys):
    event, schedule = tmp_path / "e.json", tmp_path / "s.json"
    event.write_text(json.dumps(raw_event(participants=people("aé", "c0"), affinities=worth({"aé c0": 1}))))
    main(["solve", str(event), "-o", str(schedule), "--workers", "1"])
    assert main(["explain", str(event), str(schedule), "ae\u0301\u200b"]) == 0


def test_faults_of_one_kind_are_counted_after_the_first_few():
    faults = [Sentence("rule_1_veto", held=i) for i in range(500)]
    lines = alike_counted([*faults, "another"])
    assert len(lines) == 12
    assert lines[10:] == ["… and 490 more like these", "another"]
    # One line more says as much as a count of one.
    assert alike_counted(faults[:11]) == faults[:11]
