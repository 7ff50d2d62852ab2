"""Why an event has no schedule: a minimal set of requirements, in words; leaving out any of them helps."""

from typing import Any

import pytest

from scheduler.errors import Infeasible
from scheduler.event import Event
from scheduler.infeasibility import Requirement
from scheduler.solve import solve
from scheduler.watch import SolveOptions
from tests.scheduler.builders import event, people, rule, slots, tables, worth

SCORES = worth({"a0 c0": 9, "a0 c1": 8, "a1 c0": 7, "a1 c1": 6})
OPTIONS = SolveOptions(workers=1)


def fair(**fields: Any) -> Event:
    return event(**{"affinities": SCORES, **fields})


def conflict(case: Event) -> list[Requirement]:
    with pytest.raises(Infeasible) as caught:
        solve(case, OPTIONS)
    return list(caught.value.requirements)


def without(case: Event, left_out: Requirement) -> Event:
    """The event in which one requirement is not asked."""
    rules = list(case.meetings)
    people = list(case.participants)
    if left_out.kind == "meeting":
        rules[left_out.subject] = rules[left_out.subject].model_copy(update={"status": "allowed"})
    elif left_out.kind == "after":
        after = tuple(pair for pair in rules[left_out.subject].after if pair != left_out.pair)
        rules[left_out.subject] = rules[left_out.subject].model_copy(update={"after": after})
    elif left_out.kind == "maximum":
        people[left_out.subject] = people[left_out.subject].model_copy(
            update={"max_meetings": None, "min_meetings": people[left_out.subject].min_meetings}
        )
    difference = None if left_out.kind == "break_difference" else case.rules.max_break_difference
    parts: dict[str, Any] = {name: getattr(case, name) for name in Event.model_fields}
    parts |= {"participants": tuple(people), "meetings": tuple(rules)}
    parts["rules"] = case.rules.model_copy(update={"max_break_difference": difference})
    return Event.model_construct(**parts)


CASES = {
    "two in one slot": fair(meetings=[rule("a0 c0", slot="s0"), rule("a0 c1", slot="s0"), rule("a1 c1")]),
    "one table": fair(
        tables=tables(1),
        slots=slots(2, sessions=["am", "pm"]),
        meetings=[rule("a0 c0", session="am"), rule("a1 c1", session="am"), rule("a1 c0")],
    ),
    "at most one": fair(
        participants=people("a0", "a1", "c0", "c1", a0={"max_meetings": 1}, c1={"max_meetings": 2}),
        meetings=[rule("a0 c0"), rule("a0 c1"), rule("a1 c1")],
    ),
    "circle of order": fair(
        meetings=[
            rule("a0 c0", after=[["a1", "c1"]]),
            rule("a1 c1", after=[["a0", "c0"]]),
            rule("a0 c1"),
        ]
    ),
    "breaks alike": fair(
        slots=slots(3),
        affinities=[],
        meetings=[rule("a0 c0", slot="s0"), rule("a0 c1", slot="s2")],
        rules={"max_break_difference": 0},
    ),
    "required against a veto": fair(
        participants=people("a0", "a1", "c0", "c1", a0={"vetoes": ["c0"]}), meetings=[rule("a0 c0"), rule("a1 c1")]
    ),
}
SIZES = {
    "two in one slot": 2,
    "one table": 2,
    "at most one": 3,
    "circle of order": 4,
    "breaks alike": 3,
    "required against a veto": 1,
}


@pytest.mark.parametrize("name", CASES)
def test_leaving_out_any_requirement_of_the_conflict_helps(name: str):
    found = conflict(CASES[name])

    assert len(found) == SIZES[name]
    for requirement in found:
        assert solve(without(CASES[name], requirement), OPTIONS)


@pytest.mark.parametrize("name", CASES)
def test_conflict_alone_is_still_a_conflict(name: str):
    case, found = CASES[name], conflict(CASES[name])
    kept = {(r.kind, r.subject, r.pair) for r in found}
    for r, entry in enumerate(case.meetings):
        if entry.status == "required" and ("meeting", r, None) not in kept:
            case = without(case, Requirement("meeting", r))
    for p in range(len(case.participants)):
        if ("maximum", p, None) not in kept:
            case = without(case, Requirement("maximum", p))

    assert len(conflict(case)) == len(found)


@pytest.mark.parametrize(
    ("requirement", "english", "french"),
    [
        (Requirement("meeting", 0), "the meeting a0 – c0 is held", "le rendez-vous a0 – c0 a lieu"),
        (Requirement("slot", 0), "the meeting a0 – c0 is in slot s1", "le rendez-vous a0 – c0 est fixé au créneau s1"),
        (
            Requirement("session", 0),
            "the meeting a0 – c0 is in session am",
            "le rendez-vous a0 – c0 est dans la session «\u00a0am\u00a0»",
        ),
        (
            Requirement("after", 0, ("a1", "c1")),
            "the meeting a0 – c0 comes after a1 – c1",
            "le rendez-vous a0 – c0 vient après a1 – c1",
        ),
        (Requirement("maximum", 0), "a0 has at most 2 meetings", "a0 a au plus 2 rendez-vous"),
        (
            Requirement("break_difference"),
            "the numbers of breaks of any two participants differ by at most 1",
            "les nombres de pauses de deux participants diffèrent d’au plus 1",
        ),
    ],
    ids=lambda value: value.kind if isinstance(value, Requirement) else "",
)
def test_requirement_has_words_in_both_languages(requirement: Requirement, english: str, french: str):
    case = fair(
        slots=slots(2, sessions=["am", "am"]),
        participants=people("a0", "a1", "c0", "c1", a0={"max_meetings": 2}),
        meetings=[rule("a0 c0", slot="s1", session="am", after=[["a1", "c1"]])],
        rules={"max_break_difference": 1},
    )
    assert requirement.words(case, "en") == english
    assert requirement.words(case, "fr") == french
