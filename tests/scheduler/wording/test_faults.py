"""Each family of faults as values: where, which code, with what; its English to the letter, and its French."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any

import pytest
from openpyxl import Workbook

from scheduler.check.proof import proof_faults, verify_proofs
from scheduler.check.replan import verify_replan
from scheduler.check.schedule import verify
from scheduler.format.errors import EventFault, InvalidEvent, InvalidInput
from scheduler.format.event import parse_event
from scheduler.format.interchange import read_dzn, read_workbook
from scheduler.format.proof import ZeroProof
from scheduler.format.schedule import Schedule, Tier
from scheduler.format.sentence import Sentence
from scheduler.wording.errors import error_lines
from scheduler.wording.sentences import told
from tests.scheduler.builders import event, held, people, raw_event, rule, tables

SHARED_DZN = "nBusiness = 2;\nnMeetings = 1;\nnTables = 1;\nnTotalSlots = 2;\nnMorningSlots = 1;\n"


@dataclass(frozen=True)
class Case:
    """A fault that is looked for: its place, code and values, and the two sentences behind the place."""

    path: str
    code: str
    values: dict[str, Any]
    english: str
    french: str


def of_event(**fields: Any) -> EventFault:
    return only(lambda: parse_event(raw_event(**fields)))


def of_text(text: bytes) -> EventFault:
    return only(lambda: parse_event(text))


def of_dzn(text: str) -> EventFault:
    return only(lambda: read_dzn(SHARED_DZN + text))


def of_rows(*rows: list[Any], sheet: str = "participants") -> EventFault:
    book = Workbook()
    book.remove(book.active)
    default = {
        "slots": [["id", "start", "end"], ["s1", "2027-03-18 14:00", "2027-03-18 14:06"]],
        "participants": [["id", "kind"], ["a0", "association"]],
    }
    for name, kept in {**default, sheet: rows}.items():
        page = book.create_sheet(name)
        for row in kept:
            page.append(row)
    file = io.BytesIO()
    book.save(file)
    return only(lambda: read_workbook(file.getvalue()))


def only(read: Any) -> EventFault:
    with pytest.raises(InvalidEvent) as caught:
        read()
    (fault,) = caught.value.faults
    return fault


CASES = {
    "shape": (
        lambda: of_event(title=7),
        Case(
            "title", "text", {"found": "7"}, "expected text, found 7", "attendu\u00a0: du texte\u202f; trouvé\u00a0: 7"
        ),
    ),
    "limit": (
        lambda: of_event(participants=people("a0", "c0", c0={"delegates": 0})),
        Case(
            "participants[1].delegates",
            "number_at_least",
            {"ge": 1, "found": "0"},
            "expected a number of at least 1, found 0",
            "attendu\u00a0: un nombre d’au moins 1\u202f; trouvé\u00a0: 0",
        ),
    ),
    "choice": (
        lambda: of_event(meetings=[rule("a0 c0", "wished")]),
        Case(
            "meetings[0].status",
            "one_of_choices",
            {"choices": '"required", "forbidden"', "last": '"allowed"', "found": '"wished"'},
            'expected "required", "forbidden" or "allowed", found "wished"',
            'attendu\u00a0: "required", "forbidden" ou "allowed"\u202f; trouvé\u00a0: "wished"',
        ),
    ),
    "unreadable": (
        lambda: of_text(b'{"title": \xff}'),
        Case(
            "file",
            "utf8_text",
            {"found": Sentence("byte_at", byte="0xff", place=10)},
            "expected UTF-8 text, found byte 0xff at 10",
            "attendu\u00a0: un texte en UTF-8\u202f; trouvé\u00a0: l’octet 0xff en position 10",
        ),
    ),
    "reference": (
        lambda: of_event(participants=people("a0", "c0", c0={"wishes": ["a9"]})),
        Case(
            "participants[1].wishes[0]",
            "participant_id",
            {"found": '"a9"'},
            'expected the id of a participant, found "a9"',
            'attendu\u00a0: l’identifiant d’un participant\u202f; trouvé\u00a0: "a9"',
        ),
    ),
    "repeated": (
        lambda: of_event(participants=people("a0", "c0"), tables=tables(1) * 2),
        Case(
            "tables[1].id",
            "id_once",
            {"found": Sentence("found_again", found='"t0"')},
            'expected an id used once, found "t0" again',
            'attendu\u00a0: un identifiant utilisé une seule fois\u202f; trouvé\u00a0: de nouveau "t0"',
        ),
    ),
    "workbook": (
        lambda: of_rows(["id", "kind", "min_meetings"], ["a0", "association", "two"]),
        Case(
            "participants!C2",
            "whole_number",
            {"found": '"two"'},
            'expected a whole number, found "two"',
            'attendu\u00a0: un nombre entier\u202f; trouvé\u00a0: "two"',
        ),
    ),
    "no workbook": (
        lambda: only(lambda: read_workbook(b"")),
        Case(
            "workbook",
            "xlsx_workbook",
            {"found": Sentence("empty_file")},
            "expected an XLSX workbook, found an empty file",
            "attendu\u00a0: un classeur XLSX\u202f; trouvé\u00a0: un fichier vide",
        ),
    ),
    "dzn": (
        lambda: of_dzn("requested = [|1, 2, 1|];\nfixed = [0];\nforbidden = [{}, 7];\nprecedences = [{}];\n"),
        Case(
            "line 8",
            "dzn_set",
            {"of": Sentence("slot"), "found": "7"},
            "expected a set of slots, found 7",
            "attendu\u00a0: un ensemble (créneau)\u202f; trouvé\u00a0: 7",
        ),
    ),
}


@pytest.mark.parametrize("family", CASES)
def test_fault_of_a_file_is_code_and_values_in_both_languages(family: str):
    make, case = CASES[family]
    fault = make()
    assert (fault.path, fault.code, fault.values) == (case.path, case.code, case.values)
    codes = [{name: getattr(value, "code", None) for name, value in one.values.items()} for one in (fault, case)]
    assert codes[0] == codes[1]
    assert fault.message == case.english
    assert str(fault) == f"{case.path}: {case.english}"
    assert told(fault.message, "fr") == case.french
    assert error_lines(InvalidInput([fault]), "fr") == [f"{case.path}\u00a0: {case.french}"]


def test_fault_that_a_library_tells_keeps_its_words():
    fault = of_text(b"{,}")
    assert (fault.code, fault.values["found"].code) == ("json", "json_fault")
    assert fault.message.startswith("expected JSON, found a fault at line 1, column 2: Expecting property name")
    assert told(fault.message, "fr") == "attendu\u00a0: du JSON\u202f; trouvé\u00a0: une faute ligne 1, colonne 2"


def test_fault_of_a_schedule_is_code_and_values():
    case = event(participants=people("a0", "c0", c0={"unavailable": ["s1"]}), affinities=[], meetings=[rule("a0 c0")])
    schedule = Schedule(status="feasible", meetings=(held("a0 c0", "s1"),), tiers=(), seconds=0.0)
    fault = verify(case, schedule).faults[0]
    assert isinstance(fault, Sentence)
    assert fault.code == "rule_2_unavailable"
    assert fault.values == {"who": "c0", "slot": "s1", "held": "a0 – c0 in s1"}
    assert fault == "rule 2: c0 is unavailable in s1, yet meets there (a0 – c0 in s1)"
    assert told(fault, "fr") == (
        "règle 2\u00a0: c0 est indisponible en s1, et y a pourtant un rendez-vous (a0 – c0 en s1)"
    )


def test_fault_of_a_proof_is_code_and_values():
    tier = Tier(name="value", value=5, bound=5, proof=ZeroProof(by="zero"))
    schedule = Schedule(status="feasible", meetings=(), tiers=(tier,), seconds=0.0)
    (fault,) = proof_faults(verify_proofs(event(), schedule))
    assert isinstance(fault, Sentence)
    assert (fault.code, fault.values["fault"].values["why"].code) == ("tier_fault", "value_unlimited")
    assert fault == "tier value: its proof does not hold: nothing limits the value by itself"
    assert told(fault, "fr") == "palier value\u00a0: sa preuve ne tient pas\u00a0: rien ne limite la valeur de soi-même"


def test_faults_of_a_replan_are_codes_and_values():
    case = event(affinities=[], meetings=[rule("a0 c0", "allowed"), rule("a1 c1", "allowed")])
    before = Schedule(status="feasible", meetings=(held("a0 c0", "s0"), held("a1 c1", "s1")), tiers=(), seconds=0.0)
    after = before.model_copy(update={"meetings": (held("a1 c1", "s2"),)})
    faults = [one for one in verify_replan(case, before, after, "s1").faults if isinstance(one, Sentence)]
    told_by = {fault.code: fault for fault in faults}
    assert told(told_by["past_not_kept"], "fr") == (
        "passé\u00a0: a0 – c0 en s0 (table None, médiateur None) a eu lieu, et n’est pas conservé"
    )
    assert told_by["disruptions_needless"] == "disruptions: expected at most 0 that nobody can keep, found 1"
    assert told(told_by["disruptions_needless"], "fr") == (
        "perturbations\u00a0: 0 que personne ne peut éviter au plus attendues, 1 trouvées"
    )
    assert told(told_by["changes_missing"], "fr") == "changes\u00a0: une liste attendue, rien trouvé"
    assert len(faults) == len(verify_replan(case, before, after, "s1").faults)


def test_every_fault_of_a_file_can_be_written_as_json():
    fault = of_event(participants=people("a0", "c0", c0={"wishes": ["a9"]}))
    assert json.loads(json.dumps(fault.values)) == {"found": '"a9"'}
