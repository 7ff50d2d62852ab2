"""What became of meetings: the fewest changes, the same for the solver's file and for the web."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from scheduler.check.replan import verify_replan
from scheduler.format.changes import matched, matched_by
from scheduler.format.schedule import Tier
from scheduler.replanning.changes import changes_between
from tests.scheduler.builders import event, held, people, rule, schedule_of, slots, worth
from web.domain.timetable.difference import agenda_changes, difference

TIMES = st.lists(st.integers(0, 6), unique=True, max_size=5)


def test_a_pair_that_keeps_one_of_two_slots_moves_once():
    found = matched(["s0", "s2"], ["s2", "s4"], str)
    assert (found.stay, found.moved, found.cancelled, found.added) == ((("s2", "s2"),), (("s0", "s4"),), (), ())


@given(TIMES, TIMES)
def test_changes_are_the_fewest(before: list[int], after: list[int]):
    found = matched(before, after, int)
    assert sorted([*(a for a, _ in (*found.stay, *found.moved)), *found.cancelled]) == sorted(before)
    assert sorted([*(b for _, b in (*found.stay, *found.moved)), *found.added]) == sorted(after)
    # Every way to match the shorter side with the other: a meeting at its place costs nothing, all else one.
    short, long = sorted((before, after), key=len)
    fewest = min(
        sum(one != other for one, other in zip(short, chosen, strict=True)) + len(long) - len(short)
        for chosen in permutations(long, len(short))
    )
    assert len(found.moved) + len(found.cancelled) + len(found.added) == fewest


def test_pairs_are_matched_apart():
    found = matched_by(["a1", "b1"], ["a2", "b1", "c3"], lambda text: text[0], lambda text: text[1])
    assert {key: (one.stay, one.moved, one.added) for key, one in found.items()} == {
        "a": ((), (("a1", "a2"),), ()),
        "b": ((("b1", "b1"),), (), ()),
        "c": ((), (), ("c3",)),
    }


def test_file_check_mails_and_pages_tell_the_same_changes():
    case = event(
        slots=slots(5),
        participants=people("a0", "a1", "c0"),
        meetings=[rule("a0 c0"), rule("a0 c0")],
        affinities=worth({"a0 c0": 3, "a1 c0": 2}),
    )
    one, other, third = (held("a0 c0", slot, score=3) for slot in ("s0", "s2", "s4"))
    lost = held("a1 c0", "s1", score=2)
    announced, new = schedule_of(case, [one, lost, other]), schedule_of(case, [other, third])
    changes = changes_between(announced.meetings, new.meetings)

    assert {change.participant: (change.moved, change.cancelled) for change in changes} == {
        "a0": ((third,), ()),
        "a1": ((), (lost,)),
        "c0": ((third,), (lost,)),
    }
    disruptions = Tier(name="disruptions", value=2, bound=None)
    told = new.model_copy(update={"changes": changes, "tiers": (disruptions, *new.tiers)})
    assert not [fault for fault in verify_replan(case, announced, told).faults if fault.startswith("changes")]
    pages = agenda_changes(case, announced, case, new)
    assert {id: (len(change.moved), len(change.cancelled)) for id, change in pages.items()} == {
        "a0": (1, 0),
        "a1": (0, 1),
        "c0": (1, 1),
    }
    assert [(old.start.minute, now.start.minute) for old, now in pages["a0"].moved] == [(0, 40)]
    told_in_numbers = difference(case, announced, case, new)
    assert (told_in_numbers.same, told_in_numbers.moved, told_in_numbers.only_first) == (1, 1, 1)
