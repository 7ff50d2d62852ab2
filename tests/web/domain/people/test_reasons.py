"""Why two meet, as codes told to one of them."""

import pytest

from scheduler.format.event import Event
from tests.scheduler.builders import event, people, rule, worth
from web.domain.people.reasons import Because, asked_for, why_they_meet
from web.exports.reasons import Reason, Reasons, reasons_for

A0 = {
    "needs": ["skills.digital", "goods.furniture"],
    "offers": ["visibility.image"],
    "themes": ["environment", "culture"],
    "zone": "north",
    "wishes": ["c1", "c0"],
}
C0 = {
    "needs": ["visibility.image"],
    "offers": ["skills.digital", "goods.food"],
    "themes": ["culture"],
    "zone": "north",
    "wishes": ["a0"],
}


def why(case: Event, me: str, partner: str) -> Because:
    return why_they_meet(case, case.participant(me), case.participant(partner))


def test_each_is_told_their_own_side_and_rank() -> None:
    case = event(participants=people("a0", "c0", "c1", a0=A0, c0=C0))
    mine, theirs = why(case, "a0", "c0"), why(case, "c0", "a0")
    assert (mine.seek, mine.give, mine.explore) == (("skills.digital",), ("visibility.image",), ("goods",))
    assert (theirs.seek, theirs.give) == (mine.give, mine.seek)
    assert (mine.themes, mine.zone) == (("culture",), "north")
    assert (mine.wish, mine.mutual, theirs.wish, theirs.mutual) == (2, True, 1, True)


def test_wish_of_the_other_alone_is_not_told() -> None:
    case = event(participants=people("a0", "c0", "c1", a0=A0, c0={"needs": ["visibility.image"]}))
    assert (why(case, "c0", "a0").wish, why(case, "c0", "a0").mutual) == (None, False)
    assert why(case, "a0", "c0").wish == 2


@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        ({}, "proposed"),
        ({"meetings": [rule("a0 c0")]}, "required"),
        ({"meetings": [rule("a0 c0", "allowed")]}, "allowed"),
        ({"affinities": worth({"a0 c0": 3})}, None),
        ({"affinities": worth({"a0 c0": 3}), "meetings": [rule("c0 a0")]}, "required"),
    ],
)
def test_what_organisers_said_is_told_where_nothing_else_is(fields: dict[str, object], asked: str | None) -> None:
    case = event(participants=people("a0", "c0"), **fields)
    assert asked_for(case, case.participant("a0"), case.participant("c0")) == asked
    assert why(case, "a0", "c0") == Because(asked=asked)


def test_print_words_the_same_reasons() -> None:
    case = event(participants=people("a0", "c0", "c1", a0=A0, c0=C0))
    told = reasons_for(case, case.participant("a0"), case.participant("c0"), "en")
    assert told.wish
    assert len(told.reasons) == 3
    bare = event(participants=people("a0", "c0"), affinities=worth({"a0 c0": 3}))
    assert reasons_for(bare, bare.participant("a0"), bare.participant("c0"), "en") == Reasons("", ())
    asked = event(participants=people("a0", "c0"), meetings=[rule("a0 c0")])
    [reason] = reasons_for(asked, asked.participant("a0"), asked.participant("c0"), "en").reasons
    assert isinstance(reason, Reason)
    assert reason.title == ""
