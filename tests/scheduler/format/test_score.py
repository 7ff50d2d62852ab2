"""Each row of the published score, alone and with its neighbours; the explanation adds up to the score."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.check.tiers import published_score
from scheduler.format.event import Participant, Weights
from scheduler.format.score import Score, explain_pair, may_meet, score_pair
from scheduler.format.strangers import Strangers
from tests.scheduler.builders import event, people, worth

WEIGHTS = Weights()


def pair(a: dict[str, Any], c: dict[str, Any], **weights: int) -> Score:
    one, other = event(participants=people("a0", "c0", a0=a, c0=c), rules={"weights": weights}).participants
    forth = score_pair(one, other, Weights(**weights))
    assert sum(line.points for line in forth.lines) == forth.points
    assert score_pair(other, one, Weights(**weights)).points == forth.points
    if not any(side.wishes or side.boost for side in (one, other)):
        assert Strangers([one, other]).points(0, Weights(**weights))[1] == forth.points
    return forth


def lines(score: Score) -> list[tuple[str, int, str | None, str]]:
    return [(line.part, line.points, line.who, line.subject) for line in score.lines]


def test_score_nothing_in_common():
    assert pair({"needs": ["x"], "themes": ["sea"]}, {"offers": ["y"], "themes": ["town"]}) == Score(0, ())


def test_score_exact_need():
    assert lines(pair({"needs": ["skills.law"]}, {"offers": ["skills.law"]})) == [("need", 10, "a0", "skills.law")]


def test_score_need_of_the_other_side():
    assert lines(pair({"offers": ["money"]}, {"needs": ["money"]})) == [("need", 10, "c0", "money")]


def test_score_category():
    assert lines(pair({"needs": ["skills.law"]}, {"offers": ["skills.web"]})) == [("category", 4, "a0", "skills.law")]


def test_score_category_is_the_text_before_the_first_dot():
    assert pair({"needs": ["a.b.c"]}, {"offers": ["a.x.c"]}).points == 4
    assert pair({"needs": ["a.b"]}, {"offers": ["ab.b"]}).points == 0
    assert pair({"needs": ["a.b"]}, {"offers": ["a"]}).points == 4


def test_score_exact_need_earns_no_category_too():
    assert pair({"needs": ["s.law"]}, {"offers": ["s.law", "s.web"]}).points == 10


def test_score_each_need_counts_once_whatever_the_offers():
    assert pair({"needs": ["s.a"]}, {"offers": ["s.b", "s.c"]}).points == 4


def test_score_each_need_counts():
    assert pair({"needs": ["s.a", "s.b", "s.c"]}, {"offers": ["s.a", "s.b"]}).points == 10 + 10 + 4


def test_score_reciprocity():
    score = pair({"needs": ["law"], "offers": ["s.fame"]}, {"needs": ["s.crowd"], "offers": ["law"]})

    assert lines(score) == [
        ("need", 10, "a0", "law"),
        ("category", 4, "c0", "s.crowd"),
        ("reciprocity", 8, None, ""),
    ]


def test_score_no_reciprocity_for_one_direction():
    assert pair({"needs": ["law"], "offers": ["fame"]}, {"needs": ["crowd"], "offers": ["law"]}).points == 10


def test_score_no_reciprocity_where_one_direction_earned_nothing():
    assert pair({"needs": ["law"], "offers": ["s.b"]}, {"needs": ["s.a"], "offers": ["law"]}, category=0).points == 10


def test_score_theme():
    assert lines(pair({"themes": ["sea"]}, {"themes": ["sea", "town"]})) == [("theme", 3, None, "sea")]


def test_score_themes_beyond_those_counted():
    themes = {"themes": ["sea", "town", "youth", "health"]}

    assert pair(themes, themes).points == 9
    assert pair(themes, themes, themes_counted=1).points == 3
    assert pair(themes, themes, themes_counted=0).points == 0


@pytest.mark.parametrize(("rank", "points"), [(0, 20), (1, 19), (3, 17)])
def test_score_wish_by_rank(rank, points):
    wishes = [f"c{i}" for i in range(1, rank + 1)] + ["c0"]
    everyone = people("a0", "c0", *wishes[:-1], a0={"wishes": wishes})
    a0, c0, *_ = event(participants=everyone).participants

    assert lines(score_pair(a0, c0, WEIGHTS)) == [("wish", points, "a0", str(rank))]
    assert lines(score_pair(c0, a0, WEIGHTS)) == [("wish", points, "a0", str(rank))]


def test_score_wish_never_below_the_last():
    wishes = [f"c{i}" for i in range(30)]
    a0, *companies = event(participants=people("a0", *wishes, a0={"wishes": wishes})).participants

    assert [score_pair(a0, c, WEIGHTS).points for c in companies] == [*range(20, 5, -1), *[5] * 15]


def test_score_mutual_wish():
    score = pair({"wishes": ["c0"]}, {"wishes": ["a0"]})

    assert lines(score) == [("wish", 20, "a0", "0"), ("wish", 20, "c0", "0"), ("mutual", 10, None, "")]


def test_score_zone_needs_another_part():
    assert pair({"zone": "north"}, {"zone": "north"}).points == 0


def test_score_zone_on_top_of_another_part():
    score = pair({"zone": "north", "themes": ["sea"]}, {"zone": "north", "themes": ["sea"]})

    assert lines(score) == [("theme", 3, None, "sea"), ("zone", 4, None, "north")]


def test_score_other_zone_or_none():
    sea = {"themes": ["sea"]}

    assert pair({**sea, "zone": "north"}, {**sea, "zone": "south"}).points == 3
    assert pair({**sea, "zone": "north"}, sea).points == 3
    assert pair(sea, sea).points == 3


def test_score_boost_needs_another_part():
    assert pair({"boost": 50, "zone": "north"}, {"boost": 50, "zone": "north"}).points == 0


def test_score_boosts_of_both():
    score = pair({"boost": 5, "themes": ["sea"]}, {"boost": -1, "themes": ["sea"]})

    assert lines(score) == [("theme", 3, None, "sea"), ("boost", 5, "a0", ""), ("boost", -1, "c0", "")]


def test_score_never_below_one_for_a_boost():
    score = pair({"boost": -100, "themes": ["sea"]}, {"boost": -100, "themes": ["sea"]})

    assert score.points == 1
    assert ("floor", 198, None, "") in lines(score)


def test_score_of_exactly_one_needs_no_floor():
    assert lines(pair({"boost": -2, "themes": ["sea"]}, {"themes": ["sea"]})) == [
        ("theme", 3, None, "sea"),
        ("boost", -2, "a0", ""),
    ]


def test_score_by_other_weights():
    score = pair({"wishes": ["c0"], "needs": ["x"]}, {"offers": ["x"]}, wish_first=2, wish_last=7, need=1)

    assert score.points == 1 + 7


def test_explanation_of_given_affinities():
    case = event(affinities=worth({"c0 a0": 37}))
    a0, a1, c0, _ = case.participants

    assert lines(explain_pair(case, a0, c0)) == [("given", 37, None, "")]
    assert explain_pair(case, a1, c0).points == 0


def test_kinds_that_may_meet_in_either_order():
    case = event(may_meet=[["company", "association"], ["company", "company"]])
    a0, a1, c0, c1 = case.participants

    assert may_meet(case, a0, c0)
    assert may_meet(case, c0, a0)
    assert may_meet(case, c0, c1)
    assert not may_meet(case, a0, a1)


@st.composite
def profiles(draw: st.DrawFn, id: str, other: str) -> Participant:
    topics = st.lists(st.sampled_from(["s.a", "s.b", "t.a", "t", "u.x.y"]), unique=True)
    return Participant(
        id=id,
        kind="association",
        needs=tuple(draw(topics)),
        offers=tuple(draw(topics)),
        themes=tuple(draw(st.lists(st.sampled_from("abcde"), unique=True))),
        wishes=tuple(draw(st.lists(st.sampled_from([other, "x", "y", "z"]), unique=True))),
        zone=draw(st.sampled_from([None, "north", "south"])),
        boost=draw(st.integers(-30, 30)),
    )


@settings(max_examples=200, deadline=None)
@given(
    profiles("a", "b"),
    profiles("b", "a"),
    st.builds(Weights, *[], **{n: st.integers(0, 9) for n in WEIGHTS.model_dump()}),
)
def test_score_is_the_same_in_both_orders_and_for_the_check(a, b, weights):
    score = score_pair(a, b, weights)

    assert sum(line.points for line in score.lines) == score.points == score_pair(b, a, weights).points
    assert score.points == published_score(a, b, weights) == published_score(b, a, weights)
    assert score.points >= 0


@settings(max_examples=100, deadline=None)
@given(
    st.lists(profiles("a", "b"), min_size=2, max_size=6),
    st.builds(Weights, *[], **{n: st.integers(0, 9) for n in WEIGHTS.model_dump()}),
)
def test_strangers_are_worth_what_the_formula_says(people, weights):
    people = [one.model_copy(update={"wishes": (), "boost": 0}) for one in people]
    strangers = Strangers(people)

    for i, one in enumerate(people):
        expected = [score_pair(one, other, weights).points for other in people]
        found = strangers.points(i, weights)
        assert [*found[:i], *found[i + 1 :]] == [*expected[:i], *expected[i + 1 :]]
