"""How somebody fares: short of what was promised, fully served, or without any meeting, and what stands in the way."""

from __future__ import annotations

from typing import Any

import pytest

from scheduler.explain import Hindrance, Standing, explain
from scheduler.format.event import Event
from scheduler.format.schedule import Meeting
from scheduler.wording.explanations import paragraphs, standing_sentence
from tests.scheduler.builders import event, held, people, rule, schedule_of, tables, worth


def standing(case: Event, *meetings: Meeting, id: str = "a0") -> Standing:
    return explain(case, schedule_of(case, meetings), id).standing


def told(case: Event, *meetings: Meeting, language: str = "en") -> list[str]:
    return paragraphs(explain(case, schedule_of(case, meetings), "a0"), language)


def alone(one: dict[str, Any], **fields: Any) -> Event:
    return event(participants=people("a0", "c0", "c1", a0=one), affinities=worth({"a0 c0": 5, "a0 c1": 3}), **fields)


def test_below_the_promised_minimum_those_who_could_still_be_met_are_told():
    case = event(
        participants=people("a0", "a1", "c0", "c1", "c2", a0={"min_meetings": 2}, c1={"max_meetings": 1}),
        affinities=worth({"a0 c0": 5, "a0 c1": 3, "a1 c1": 9, "a0 c2": 0}),
    )
    answers = told(case, held("a0 c0", "s0", score=5), held("a1 c1", "s0", score=9))

    assert answers[0] == (
        "a0 has 1 meeting, though at least 2 were promised. 2 partners could still be met: what holds each back, and "
        "what it would cost, follows."
    )
    # The one that is worth nothing is told too: a promise is a promise.
    assert [answer.partition(":")[0] for answer in answers[1:]] == ["c1", "c2"]
    assert "If forced: value −6" in answers[1]


def test_whoever_is_served_is_told_so():
    case = alone({"min_meetings": 1, "wishes": ["c0"]})
    assert told(case, held("a0 c0", "s0", score=5))[0] == (
        "a0 is fully served: it has 1 meeting, at least the 1 promised, and meets the one that it wished for."
    )
    assert told(case, held("a0 c0", "s0", score=5), language="fr")[0] == (
        "a0 a tout ce qu’il fallait\u00a0: 1 rendez-vous (au moins 1 était promis) et son seul souhait exaucé."
    )
    without = alone({"min_meetings": 1})
    assert told(without, held("a0 c0", "s0", score=5))[0] == (
        "a0 is fully served: it has 1 meeting, at least the 1 promised."
    )
    assert told(without, held("a0 c0", "s0", score=5), language="fr")[0] == (
        "a0 a tout ce qu’il fallait\u00a0: 1 rendez-vous (au moins 1 était promis)."
    )


def test_a_wish_that_is_open_is_not_fully_served():
    found = standing(alone({"wishes": ["c0", "c1"]}), held("a0 c0", "s0", score=5))
    assert (found.served, found.wishes_met, found.wishes) == (False, 1, 2)


HELPED = {"needs_facilitator": True}
ALL_SLOTS = ["s0", "s1", "s2"]


@pytest.mark.parametrize(
    ("case", "hindrances", "sentence"),
    [
        (alone(HELPED), [("no_facilitators", 0)], "it needs a facilitator, and this event has none"),
        (
            alone({**HELPED, "unavailable": ["s0"]}, facilitators=[{"id": "f", "unavailable": ["s1", "s2"]}]),
            [("facilitators_elsewhere", 0)],
            "it needs a facilitator, and none is free in a round in which it is there",
        ),
        (alone({"unavailable": ALL_SLOTS}), [("never_there", 0)], "it is there in no round"),
        (
            alone({"max_meetings": 0, "unavailable": ALL_SLOTS}),
            [("no_meetings_allowed", 0), ("never_there", 0)],
            " and it is",
        ),
        (alone({}, may_meet=[["x", "y"]]), [("no_partner_kind", 0)], "nobody takes part whose kind"),
        (
            alone({"requires": ["quiet", "big"]}, tables=tables(2, ["quiet"], ["big"])),
            [("no_table_at_all", 0)],
            "no table has all that it requires",
        ),
        (alone({"vetoes": ["c0", "c1"]}), [("own_veto", 2)], "it does not want 2"),
        (
            event(
                participants=people("a0", "c0", "c1", "c2", c0={"vetoes": ["a0"]}, c1={"unavailable": ALL_SLOTS}),
                affinities=worth({"a0 c1": 1}),
            ),
            [("veto", 1), ("never_together", 1), ("no_score", 1)],
            "of the 3 whom its kind may meet: 1 does not want it, 1 is there in no round in which it is",
        ),
        (event(participants=people("a0", "c0", "c1")), [("no_score", 2)], "2 share nothing with it"),
        (
            event(participants=people("a0", "c0"), meetings=[rule("a0 c0", "forbidden")]),
            [("forbidden", 1)],
            "else could be met: the organiser has ruled 1 out",
        ),
    ],
)
def test_whoever_has_no_meeting_is_told_what_stands_in_the_way(
    case: Event, hindrances: list[tuple[str, int]], sentence: str
):
    found = standing(case)
    assert found.hindrances == tuple(Hindrance(kind, count) for kind, count in hindrances)  # type: ignore[arg-type]
    english, french = (standing_sentence(found, case, language) for language in ("en", "fr"))
    assert english.startswith("a0 has no meeting. Nobody ") and sentence in english
    assert french.startswith("a0 n’a aucun rendez-vous. Aucune ")


def test_whoever_met_all_that_it_could_misses_nobody():
    case = event(participants=people("a0", "c0", a0={"min_meetings": 3}), affinities=worth({"a0 c0": 5}))
    assert told(case, held("a0 c0", "s0", score=5))[0].endswith("It already meets everybody whom it may meet.")


def test_whoever_could_meet_somebody_is_not_hindered():
    found = standing(alone({}))
    assert (found.open, found.hindrances) == (2, ())
    assert "2 partners could still be met" in standing_sentence(found, alone({}), "en")


def test_who_is_the_same_person_is_no_partner():
    case = event(participants=people("a0", "c0"), affinities=worth({"a0 c0": 5}), same_person=[["a0", "c0"]])
    assert standing(case).hindrances == (Hindrance("no_partner_kind"),)
