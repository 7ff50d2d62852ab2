"""Sentences in French: none is missing, none lost its values, none asks for a value that the English has not."""

from __future__ import annotations

import ast
import copy
import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.format.sentence import Sentence, expected
from scheduler.wording.sentences import FRENCH, told, translated

SCHEDULER = Path(__file__).resolve().parents[3] / "scheduler"
# What takes templates, and how many of its first arguments are templates.
TAKERS = {
    "Sentence": 1,
    "expected": 2,
    "Unreadable": 2,
    "Excess": 1,
    "Misread": 1,
    "_no_workbook": 1,
    "_unknown": 1,
    "_fault": 3,
    "_Broken": 3,
}
NAMED = re.compile(r"{([^{}]*)}")


def templates() -> Iterator[tuple[str, str]]:
    """Each template in the solver's source that is written out where it is used, with its place."""
    for path in sorted(SCHEDULER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                for argument in node.args[: TAKERS.get(called, 0)]:
                    for part in ast.walk(argument):
                        if isinstance(part, ast.Constant) and isinstance(part.value, str):
                            yield part.value, f"{path.relative_to(SCHEDULER)}:{node.lineno}"


def test_every_template_has_its_french():
    missing = {
        template: place
        for template, place in templates()
        if template not in FRENCH and any(letter.isalpha() for letter in NAMED.sub("", template))
    }
    # A part that another part is added to is no template, nor is a place in a file.
    for part in ("the id of a ", "line ", "workbook", "!A1", "file"):
        missing.pop(part, None)
    assert missing == {}


@pytest.mark.parametrize("template", FRENCH)
def test_french_has_no_value_that_english_lacks(template: str):
    assert set(NAMED.findall(FRENCH[template])) <= set(NAMED.findall(template))


def test_french_is_set_as_french_is():
    for french in FRENCH.values():
        assert "'" not in french
        if "VALEUR;" in french or ", ; =" in french:
            continue
        # What follows "comme" is written as in a file.
        assert not re.search(r"(?<![\u00a0\u202f])[:;!?»](?:\s|$)", french.partition(" comme ")[0]), french


def test_a_sentence_in_both_languages():
    message = expected("a list of at least {min_length}", "{found} again", min_length=2, found='"s1"')
    assert message == 'expected a list of at least 2, found "s1" again'
    assert told(message, "en") == message
    assert told(message, "fr") == 'attendu\u00a0: une liste d’au moins 2\u202f; trouvé\u00a0: de nouveau "s1"'


def test_what_has_no_french_is_none_and_told_in_english():
    for text in ("plain text", Sentence("a riddle of {a}", a=1), expected("a riddle", "nothing")):
        assert translated(text, "fr") is None
        assert told(text, "fr") == str(text)


def test_a_value_that_is_not_there_leaves_a_sentence_its_french():
    # A heading that is near no other was told in English.
    assert told(expected("text", "{found}", found="x", near=None), "fr").endswith("trouvé\u00a0: x")


def test_values_may_hold_braces():
    assert told(expected("text", "{found}", found='{"a": {}}'), "fr").endswith('{"a": {}}')


def test_a_copy_can_be_translated_too():
    message = expected("text", "{found}", found="{3}")
    for twin in (copy.copy(message), copy.deepcopy(message), pickle.loads(pickle.dumps(message))):
        assert twin == message and told(twin, "fr") == told(message, "fr")
