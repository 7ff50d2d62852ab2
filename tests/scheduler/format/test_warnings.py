"""Warnings: what an event probably does not mean is told, and nothing is told of an event that means what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from scheduler.format.event import Event
from scheduler.format.interchange import read_workbook
from scheduler.format.warnings import Code, EventWarning, warnings_of
from scheduler.samples.sample import benchmark_event, sample_event
from scheduler.wording.warnings import English, French, warning_sentence
from tests.scheduler.builders import event, people, rule, slots, tables, worth

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases"
MUTUAL = {"a0": {"needs": ["x"], "offers": ["y"]}, "c0": {"needs": ["y"], "offers": ["x"]}}


def codes(case: Event) -> list[str]:
    return [warning.code for warning in warnings_of(case)]


def of_kinds(*kinds: str, **fields: Any) -> Event:
    return event(participants=[{"id": f"p{i}", "kind": kind} for i, kind in enumerate(kinds)], **fields)


@pytest.mark.parametrize(
    "case", [sample_event(32, 22, 17, 22, 1), benchmark_event(20, 20, 10, 12)], ids=["sample", "plain"]
)
def test_a_sound_event_has_no_warning(case: Event):
    assert warnings_of(case) == ()


def test_kinds_that_never_meet_are_told_with_what_is_nearly_one_of_them():
    (warning,) = warnings_of(of_kinds("Association", "Association", "entreprise"))
    assert (warning.code, warning.path) == ("kinds_never_meet", "may_meet")
    assert warning.values == {
        "kinds": {"Association": 2, "entreprise": 1},
        "may_meet": [["association", "company"]],
        "near": {"Association": "association", "entreprise": "company"},
    }
    assert warning_sentence(warning, "en") == (
        "No meeting can be held: the participants are “Association” (2) and “entreprise” (1), and may_meet lets only "
        "“association” – “company” meet. “Association” is nearly “association”: perhaps the same is meant. "
        "“entreprise” is nearly “company”: perhaps the same is meant."
    )


def test_kinds_in_other_words_meet_in_a_workbook_from_real_life():
    path = CASES / "kinds.xlsx"
    if not path.exists():
        pytest.skip("the files of cases are not beside the project")
    event = read_workbook(path.read_bytes())
    assert {one.kind for one in event.participants} == {"association", "company"}
    assert codes(event) == []


@pytest.mark.parametrize(
    ("case", "found"),
    [
        (of_kinds("association", "association"), ["kinds_never_meet"]),
        (of_kinds("association", "company", may_meet=[]), ["kinds_never_meet"]),
        (of_kinds("company", "association", may_meet=[["company", "company"]]), ["kinds_never_meet"]),
        (of_kinds("x", "y", meetings=[rule("p0 p1", "allowed")]), []),
        (of_kinds("x", "y", meetings=[rule("p0 p1", "forbidden")]), ["kinds_never_meet"]),
        (of_kinds("association"), ["nobody"]),
        (of_kinds(), ["nobody"]),
    ],
)
def test_whether_any_pair_may_meet(case: Event, found: list[str]):
    assert codes(case) == found


def test_one_kind_that_meets_nobody_is_told_once():
    both = people("a0", "c0", **MUTUAL)
    case = event(participants=[*both, {"id": "p", "kind": "Company"}, {"id": "q", "kind": "Company"}])
    (warning,) = warnings_of(case)
    assert (warning.code, warning.path) == ("kind_meets_nobody", "participants[2].kind")
    assert (warning.values["count"], warning.values["near"]) == (2, {"Company": "company"})


def test_no_slot_in_common():
    away = {"a0": {"unavailable": ["s1"], **MUTUAL["a0"]}, "c0": {"unavailable": ["s0"], **MUTUAL["c0"]}}
    assert codes(event(slots=slots(2), participants=people("a0", "c0", **away))) == ["no_common_slot"]
    assert codes(event(slots=slots(3), participants=people("a0", "c0", **away))) == []
    required = [rule("a0 c0", "required")]
    assert codes(event(slots=slots(2), participants=people("a0", "c0", **away), meetings=required)) == [
        "no_common_slot"
    ]


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, ["no_reason_to_meet"]),
        ({"participants": people("a0", "c0", **MUTUAL)}, []),
        (
            {"participants": people("a0", "c0", **MUTUAL), "rules": {"weights": {"need": 0, "category": 0}}},
            ["no_reason_to_meet"],
        ),
        ({"participants": people("a0", "c0", a0={"needs": ["x.y"]}, c0={"offers": ["x.z"]})}, []),
        ({"participants": people("a0", "c0", a0={"themes": ["t"]}, c0={"themes": ["t"]})}, []),
        ({"participants": people("a0", "c0", a0={"wishes": ["c0"]})}, []),
        ({"meetings": [rule("a0 c0", "allowed")]}, []),
        ({"affinities": worth({"a0 c0": 3})}, []),
        ({"affinities": worth({"a0 a1": 3})}, ["no_reason_to_meet"]),
        ({"affinities": []}, ["no_reason_to_meet"]),
    ],
)
def test_whether_any_pair_has_a_reason_to_meet(fields: dict[str, Any], found: list[str]):
    assert codes(event(**fields)) == found


def test_wishes_that_are_all_between_kinds_that_may_not_meet():
    mates = {"a0": {"wishes": ["a1"], **MUTUAL["a0"]}, "c0": MUTUAL["c0"]}
    assert codes(event(participants=people("a0", "a1", "c0", **mates))) == ["wishes_never_met"]
    allowed = [rule("a0 a1", "allowed")]
    assert codes(event(participants=people("a0", "a1", "c0", **mates), meetings=allowed)) == []


def test_a_second_delegate_at_a_home_table_is_lost():
    at_home = {"a0": {**MUTUAL["a0"], "delegates": 2, "home_table": "t0"}, "c0": {**MUTUAL["c0"], "delegates": 2}}
    (warning,) = warnings_of(event(participants=people("a0", "c0", **at_home), tables=tables(2)))
    assert (warning.code, warning.path) == ("home_table_delegates", "participants[0].home_table")
    assert warning.values == {"who": "a0", "id": "a0", "delegates": 2, "table": "t0"}


def test_a_second_delegate_who_stays_seated_is_lost():
    two = {"a0": MUTUAL["a0"], "c0": {**MUTUAL["c0"], "delegates": 2}}
    case = event(participants=people("a0", "c0", **two), tables=tables(2), rules={"seated": ["company"]})
    assert codes(case) == ["seated_delegates"]


def test_a_seated_kind_that_is_another_word_for_one_that_is_there():
    two = people("a0", "c0", **MUTUAL)
    (warning,) = warnings_of(event(participants=two, tables=tables(2), rules={"seated": ["entreprise"]}))
    assert (warning.code, warning.path) == ("seated_nobody", "rules.seated[0]")
    assert warning.values == {"kind": "entreprise", "near": "company"}
    # Those who are still to come may be of any kind.
    assert codes(event(participants=two, tables=tables(2), rules={"seated": ["public"]})) == []


def test_a_group_of_one_is_told():
    (warning,) = warnings_of(event(participants=people("a0", "c0", **MUTUAL), same_person=[["a0"]]))
    assert (warning.code, warning.path, warning.values) == ("one_person_alone", "same_person[0]", {"who": "a0"})


def test_the_hour_that_comes_twice_is_told_with_its_offset():
    night = [{"id": "s0", "start": "2027-10-31T02:10+01:00", "end": "2027-10-31T02:20+01:00"}]
    (warning,) = warnings_of(event(slots=night, participants=people("a0", "c0", **MUTUAL)))
    assert warning.code == "hour_twice"
    assert warning.values == {"slot": "s0", "start": "2027-10-31T02:10+01:00", "other": "+02:00"}


@pytest.mark.parametrize(
    ("wrong", "path", "near"),
    [
        ({"needs": ["skills.comunication"]}, "participants[0].needs[0]", "skills.communication"),
        ({"offers": ["Visibilité"]}, "participants[0].offers[0]", "visibilite"),
        ({"themes": ["environnement"]}, "participants[0].themes[0]", "environment"),
        ({"zone": "roubais"}, "participants[0].zone", "roubaix"),
        ({"needs": ["money, skills.communication"]}, "participants[0].needs[0]", "money; skills.communication"),
    ],
)
def test_a_label_that_is_nearly_a_known_one_names_it(wrong: dict[str, Any], path: str, near: str):
    others = {"offers": ["skills.communication"], "needs": ["visibilite"], "themes": ["environment"], "zone": "roubaix"}
    found = warnings_of(event(participants=people("a0", "c0", "c1", a0=wrong, c0=others, c1=others)))
    told = [warning for warning in found if warning.code == "near_label"]
    assert [(warning.path, warning.values["near"]) for warning in told][:1] == [(path, near)]


def test_labels_that_differ_in_meaning_are_no_misspellings():
    one = {"needs": ["goods.it", "skills.law"], "themes": ["culture", "sport"]}
    other = {"offers": ["goods.pc", "skills.web"], "themes": ["agriculture", "sports.club"]}
    assert codes(event(participants=people("a0", "c0", a0=one, c0=other))) == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_warning_has_words(language: str):
    night = [{"id": "s0", "start": "2027-10-31T02:10", "end": "2027-10-31T02:20"}]
    cases = [
        of_kinds(),
        of_kinds("association"),
        of_kinds("x", "company", may_meet=[]),
        event(participants=[*people("a0", "c0", **MUTUAL), {"id": "p", "kind": "Company"}]),
        event(slots=slots(1), participants=people("a0", "c0", a0={"unavailable": ["s0"]})),
        event(),
        event(affinities=[]),
        event(participants=people("a0", "a1", "c0", a0={"wishes": ["a1"]})),
        event(participants=people("a0", "c0", a0={"delegates": 2, "home_table": "t0"}), tables=tables(1)),
        event(participants=people("a0", "c0", c0={"delegates": 2}), tables=tables(1), rules={"seated": ["company"]}),
        event(rules={"seated": ["entreprise"]}, tables=tables(2)),
        event(same_person=[["a0"]]),
        event(slots=night),
        event(participants=people("a0", "c0", "c1", a0={"zone": "nord"}, c0={"zone": "nrd"}, c1={"zone": "nrd"})),
    ]
    found = [warning for case in cases for warning in warnings_of(case)]
    told = [warning_sentence(warning, language) for warning in found]

    assert {warning.code for warning in found} == set(get_args(Code))
    assert all(sentence.endswith(".") and "{" not in sentence for sentence in told)
    # Another process may have read the file: what it found comes as JSON.
    sent = [EventWarning(one.code, one.path, json.loads(json.dumps(one.values))) for one in found]
    assert [warning_sentence(warning, language) for warning in sent] == told


@pytest.mark.parametrize("code", get_args(Code))
def test_every_warning_has_a_sentence_of_its_own_in_both_languages(code: str):
    assert code in vars(English) and code in vars(French)
