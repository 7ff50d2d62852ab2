"""Reasons of a conflict: each code has both languages, and its sentence is made from values that can be stored."""

from __future__ import annotations

import json
from typing import Any, get_args, get_type_hints

import pytest

from scheduler.feasibility.reason import COUNTS, Reason, reason_of
from scheduler.format.event import Event
from scheduler.format.requirement import Requirement
from scheduler.wording.requirements import English, French, reason_sentence
from tests.scheduler.builders import event, people, rule, slots, tables

KINDS = set(get_args(get_type_hints(Requirement)["kind"]))


def world() -> Event:
    """An event that asks for one thing of each kind, over two days."""
    return event(
        slots=slots(4, days=2),
        tables=tables(2, ["quiet"]),
        participants=people(
            "a0",
            "a1",
            "c0",
            "c1",
            a0={"name": "Les Jardins", "max_meetings": 1, "home_table": "t0", "requires": ["quiet"]},
            a1={"unavailable": ["s0"], "needs_facilitator": True},
            c0={"vetoes": ["a1"]},
        ),
        affinities=[],
        meetings=[rule("a0 c0", slot="s1", after=[["a1", "c1"]])],
        same_person=[["a0", "a1"]],
        rules={"max_break_difference": 1, "seated": ["company"], "max_in_a_row": 2},
    )


VALUES: dict[str, tuple[Requirement, dict[str, Any]]] = {
    "meeting": (
        Requirement("meeting", 0),
        {"pair": ["Les Jardins", "c0"], "slot": "s1 (18/03 09:10)", "session": None},
    ),
    "after": (Requirement("after", 0, ("a1", "c1")), {"pair": ["Les Jardins", "c0"], "sooner": ["a1", "c1"]}),
    "maximum": (Requirement("maximum", 0), {"who": "Les Jardins", "most": 1}),
    "break_difference": (Requirement("break_difference"), {"most": 1}),
    "away": (Requirement("away", 1), {"who": "a1", "there": 3, "slots": 4}),
    "veto": (Requirement("veto", 2, ("c0", "a1")), {"who": "c0", "partner": "a1"}),
    "seat": (Requirement("seat", 0), {"who": "Les Jardins", "table": "t0", "features": ["quiet"]}),
    "facilitator": (Requirement("facilitator", 1), {"who": "a1"}),
    "tables": (Requirement("tables"), {"tables": 2}),
    "same_person": (Requirement("same_person", 0), {"group": ["Les Jardins", "a1"]}),
    "seated": (Requirement("seated"), {"kinds": ["company"]}),
    "max_in_a_row": (Requirement("max_in_a_row"), {"most": 2}),
}
SHORT: dict[str, dict[str, Any]] = {
    "circle": {"meetings": 2},
    "too_many": {"who": "a0", "meetings": 3, "most": 2},
    "too_few_slots": {"who": "a0", "meetings": 3, "slots": 1, "delegates": 2, "away": True},
    "too_few_tables": {"meetings": 5, "slots": 2, "tables": 2},
    "too_few_facilitators": {"meetings": 5, "slots": 2, "free": 3},
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_requirement_of_each_kind_is_code_and_values(kind: str):
    requirement, values = VALUES[kind]
    assert reason_of(requirement, world()) == Reason(kind, values)


@pytest.mark.parametrize("code", sorted(KINDS | COUNTS))
def test_every_reason_has_a_sentence_of_its_own_in_both_languages(code: str):
    assert code in vars(English) and code in vars(French)
    values = VALUES[code][1] if code in VALUES else SHORT[code]
    english, french = (reason_sentence(Reason(code, values), language) for language in ("en", "fr"))
    assert english and french and english != french
    # Each name and number that a sentence is given stands in it.
    named = [part for value in values.values() for part in (value if isinstance(value, list) else [value])]
    for one in (text for text in named if isinstance(text, str)):
        assert one in english and one in french


@pytest.mark.parametrize("code", sorted(KINDS | COUNTS))
def test_a_reason_that_was_stored_says_the_same(code: str):
    values = VALUES[code][1] if code in VALUES else SHORT[code]
    stored = json.loads(json.dumps(values))
    assert stored == values
    assert reason_sentence(Reason(code, stored), "fr") == reason_sentence(Reason(code, values), "fr")
