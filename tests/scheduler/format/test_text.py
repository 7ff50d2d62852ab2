"""Text: what cannot be seen is dropped on both sides of a comparison, what looks the same is told apart by its name."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.format.errors import InvalidEvent
from scheduler.format.event import parse_event
from scheduler.format.schedule import parse_schedule
from scheduler.format.text import Alikes, clean, cleaned, differing_character, nearest, needs_cleaning
from tests.scheduler.builders import people, raw_event

UNSEEN = {
    "zero-width space": "\u200b",
    "zero-width joiner": "\u200d",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "carriage return": "\r",
    "right-to-left override": "\u202e",
    "left-to-right mark": "\u200e",
    "first strong isolate": "\u2068",
}
# Accents, spaces and signs that stay as they are.
SEEN = ["", "a1", "Société générale", "L’Œuvre\u00a0» \u202f!", "線\nand a line", "عربي"]


@pytest.mark.parametrize("sign", UNSEEN.values(), ids=UNSEEN)
def test_what_cannot_be_seen_is_dropped(sign: str):
    assert clean(f"{sign}a{sign}1{sign}") == "a1"


@pytest.mark.parametrize("text", SEEN)
def test_what_can_be_seen_stays(text: str):
    assert clean(text) == text


def test_composed_and_decomposed_are_one():
    assert clean("e\u0301") == "é"
    # The joiner kept the two apart: what is left must be composed too.
    assert clean("e\u200d\u0301") == "é"


@given(st.text())
def test_clean_text_is_clean_and_composed(text: str):
    assert clean(clean(text)) == clean(text)
    assert unicodedata.is_normalized("NFC", clean(text))


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)), st.booleans())
def test_json_that_needs_no_cleaning_is_clean(value: object, escaped: bool):
    written = json.dumps(value, ensure_ascii=escaped)
    if not needs_cleaning(written):
        assert cleaned(json.loads(written)) == json.loads(written)


@pytest.mark.parametrize("sign", UNSEEN.values(), ids=UNSEEN)
@pytest.mark.parametrize("ensure_ascii", [True, False], ids=["escaped", "as it is"])
def test_ids_are_compared_clean_on_both_sides(sign: str, ensure_ascii: bool):
    raw = raw_event(participants=people(f"a{sign}0", "a1", "c0", a1={"vetoes": ["c0"]}, c0={"wishes": ["a0"]}))
    raw["participants"][1]["wishes"] = [f"c0{sign}"]
    raw["participants"][1]["vetoes"] = []
    event = parse_event(json.dumps(raw, ensure_ascii=ensure_ascii).encode())

    assert [participant.id for participant in event.participants] == ["a0", "a1", "c0"]
    assert event.participants[1].wishes == ("c0",)
    assert event == parse_event(raw)


def test_ids_that_differ_only_in_what_cannot_be_seen_are_one():
    with pytest.raises(InvalidEvent) as refused:
        parse_event(raw_event(participants=people("a0", "a0\u200b", "c0")))
    assert str(refused.value) == 'participants[1].id: expected an id used once, found "a0" again'


def test_an_id_of_nothing_that_can_be_seen_is_empty():
    with pytest.raises(InvalidEvent) as refused:
        parse_event(raw_event(participants=[*people("a0", "c0"), {"id": "\u200b", "kind": "company"}]))
    assert str(refused.value) == 'participants[2].id: expected text that is not empty, found ""'


def test_a_schedule_is_read_clean_too():
    meeting = {"between": ["a0\u200b", "c0"], "slot": "s0\r", "table": None, "facilitator": None, "score": 1}
    schedule = parse_schedule(
        {"format": "passerelle-schedule/1", "status": "feasible", "meetings": [meeting], "tiers": [], "seconds": 1.0}
    )
    assert (schedule.meetings[0].between, schedule.meetings[0].slot) == (("a0", "c0"), "s0")


@pytest.mark.parametrize(
    ("found", "character"),
    [
        ("c\u0430\u00fb0", None),
        ("\u0441" + "0", "U+0441 cyrillic small letter es"),
        ("c0 ", "U+0020 space"),
        ("c0\u00a0", "U+00A0 no-break space"),
        ("C0", "U+0043 latin capital letter c"),
    ],
)
def test_an_id_that_looks_like_a_known_one_names_the_character(found: str, character: str | None):
    with pytest.raises(InvalidEvent) as refused:
        parse_event(raw_event(participants=people("a0", "c0", a0={"wishes": [found]})))
    message = refused.value.faults[0].message
    assert message.startswith(f'expected the id of a participant, found "{found}"')
    assert message.endswith(f', which looks like "c0" but differs in {character}') == (character is not None)
    assert ("looks like" in message) == (character is not None)


def test_an_id_that_lacks_a_character_of_a_known_one_names_that():
    assert Alikes(["a", "ab\u00a0"]).of("ab") == "ab\u00a0"
    assert differing_character("ab", "ab\u00a0") == "U+00A0 no-break space"


def test_nearest_is_the_one_spelt_most_alike():
    known = ["skills.communication", "skills.law", "money"]
    assert nearest("Skills.Comunication", known) == "skills.communication"
    assert nearest("skills.law", ["skills.law"]) is None
    assert nearest("visibility", known) is None
