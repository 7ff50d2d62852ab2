"""What has happened, adjusted: one more change, a meeting kept, somebody left alone."""

from web.domain.timetable.said import MOST_ALLOWED, Said


def test_one_more_change_is_allowed_up_to_a_limit() -> None:
    said = Said(absent=("a1",))
    assert said.with_one_more() == Said(absent=("a1",), allow=1)
    assert Said(allow=MOST_ALLOWED).with_one_more() == Said(allow=MOST_ALLOWED)


def test_meeting_kept_and_somebody_left_alone_are_said_once() -> None:
    said = Said().keeping("a1", "c1").sparing("a2")
    assert said == Said(kept=(("a1", "c1"),), alone=("a2",))
    assert said.keeping("a1", "c1").sparing("a2") == said
    assert said.keeping("a1", "c2").sparing("a3") == Said(kept=(("a1", "c1"), ("a1", "c2")), alone=("a2", "a3"))
