"""Messages: each code has both languages, each value that a sentence names is given, and none is lost in a copy."""

from __future__ import annotations

import ast
import copy
import json
import pickle
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import scheduler.wording
from scheduler.format.english import ENGLISH
from scheduler.format.errors import NoScheduleFound
from scheduler.format.sentence import NAMED, Sentence, expected, packed, unpacked
from scheduler.wording.french import FRENCH
from scheduler.wording.sentences import told

ROOT = Path(__file__).resolve().parents[3]
SOURCES = sorted([*(ROOT / "scheduler").rglob("*.py"), *(ROOT / "web").rglob("*.py")])
CATALOGUES = {ROOT / "scheduler" / "format" / "english.py", ROOT / "scheduler" / "wording" / "french.py"}
# What takes codes: which of its arguments are codes, and which values it gives by itself.
TAKERS: dict[str, tuple[slice, set[str]]] = {
    "Sentence": (slice(0, 1), set()),
    "expected": (slice(0, 2), set()),
    "Unreadable": (slice(0, 2), set()),
    "Excess": (slice(0, 1), {"most"}),
    "Misread": (slice(0, 1), set()),
    "_no_workbook": (slice(0, 1), set()),
    "_unknown": (slice(0, 1), set()),
    "_fault": (slice(1, 3), {"seconds", "memory"}),
    "fault": (slice(1, 3), set()),
    "_Broken": (slice(1, 3), set()),
}
# What some function puts together: the id of a slot, of a table, of a participant.
MADE = {"slot_id", "table_id", "participant_id"}


def calls() -> Iterator[tuple[ast.Call, list[str], set[str], str]]:
    """Each call that takes codes: the codes written out in it, the values that its taker gives, its place."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if called in TAKERS:
                places, given = TAKERS[called]
                yield node, written(node.args[places]), given, f"{path.relative_to(ROOT)}:{node.lineno}"


def written(arguments: list[ast.expr]) -> list[str]:
    """The texts that an argument may be: itself, or one of two; what it hangs on is none of them."""
    found: list[str] = []
    for argument in arguments:
        if isinstance(argument, ast.IfExp):
            found += written([argument.body, argument.orelse])
        elif isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            found.append(argument.value)
    return found


def test_every_code_has_both_languages():
    assert ENGLISH.keys() == FRENCH.keys()


def test_every_code_that_is_written_is_known():
    assert {code: place for _, codes, _, place in calls() for code in codes if code not in ENGLISH} == {}
    assert sum(len(codes) for _, codes, _, _ in calls()) > 200


def test_no_code_is_left_that_nobody_writes():
    texts = {
        node.value
        for path in SOURCES
        if path not in CATALOGUES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert ENGLISH.keys() - texts - MADE == set()


def test_every_value_that_a_sentence_names_is_given():
    missing = {}
    for node, codes, given, place in calls():
        names = {keyword.arg for keyword in node.keywords}
        if None in names or not codes:
            # Given as a dictionary: what is missing there is an error when the sentence is made.
            continue
        wanted = set().union(*(NAMED[code] for code in codes)) - given - names
        if wanted:
            missing[place] = wanted
    assert missing == {}


def test_a_value_that_is_not_given_is_an_error():
    with pytest.raises(KeyError):
        Sentence("text_at_most")
    with pytest.raises(KeyError):
        Sentence("a code that nobody knows")


@pytest.mark.parametrize("code", ENGLISH)
def test_both_languages_name_the_same_values(code: str):
    of_french = {name for _, name, _, _ in Formatter().parse(FRENCH[code]) if name is not None}
    # What a library says of a fault is English, and would be a riddle in a French sentence.
    assert of_french == NAMED[code] - ({"fault"} if code == "json_fault" else set())


def test_french_is_set_as_french_is():
    for french in FRENCH.values():
        assert "'" not in french
        if "VALEUR;" in french or ", ; =" in french or french == ";":
            continue
        # What follows "comme" is written as in a file.
        assert not re.search(r"(?<![\u00a0\u202f])[:;!?»](?:\s|$)", french.partition(" comme ")[0]), french


def test_a_sentence_in_both_languages():
    message = expected("list_at_least", "found_again", min_length=2, found='"s1"')
    assert message == 'expected a list of at least 2, found "s1" again'
    assert told(message, "en") == message
    assert told(message, "fr") == 'attendu\u00a0: une liste d’au moins 2\u202f; trouvé\u00a0: de nouveau "s1"'


def test_plain_text_is_told_as_it_is():
    assert told("plain text", "fr") == told("plain text", "en") == "plain text"


def test_values_that_no_sentence_names_are_dropped():
    message = expected("text", "found", found="x", near=None)
    assert message.values["expected"].values == {} and message.values["found"].values == {"found": "x"}


def test_values_may_hold_braces():
    assert told(expected("text", "found", found='{"a": {}}'), "fr").endswith('{"a": {}}')


def test_a_copy_can_be_translated_too():
    message = expected("text", "found", found="{3}")
    stored = unpacked(json.loads(json.dumps(packed(message))))
    for twin in (copy.copy(message), copy.deepcopy(message), pickle.loads(pickle.dumps(message)), stored):
        assert twin == message and told(twin, "fr") == told(message, "fr")


def test_what_is_packed_is_code_and_values_alone():
    assert packed(expected("list_at_least", "found_again", min_length=2, found="s1")) == {
        "code": "expected",
        "values": {
            "expected": {"code": "list_at_least", "values": {"min_length": 2}},
            "found": {"code": "found_again", "values": {"found": "s1"}},
        },
    }


def test_what_is_no_text_is_packed_as_text():
    assert packed(Sentence("found", found=ValueError("broken"))) == {"code": "found", "values": {"found": "broken"}}
    assert unpacked(packed("plain text")) == "plain text"


def test_an_error_keeps_its_message_in_a_copy():
    copied = pickle.loads(pickle.dumps(NoScheduleFound()))
    assert str(copied) == "the time was over before any legal schedule was found"
    assert told(copied.args[0], "fr") == "le temps s’est écoulé avant qu’un planning respectant les règles soit trouvé"


def test_french_has_one_word_for_facilitator_wait_and_limit() -> None:
    folder = Path(scheduler.wording.__file__).parent
    written = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    assert re.findall(r"médiation|médiatrice|\bbornes?\b|, pauses", written) == []
