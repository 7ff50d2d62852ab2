"""The check of a replanned schedule: a right one passes, and each way of being wrong is told alone."""

from typing import Any

import pytest

from scheduler.check.replan import verify_replan
from scheduler.format.event import Event
from scheduler.format.schedule import Change, Meeting, Schedule, Tier
from tests.scheduler.builders import event, held, rule, slots, tables, worth

SCORES = worth({"a0 c0": 5, "a0 c1": 4, "a1 c0": 3, "a1 c1": 2})
ANNOUNCED = (held("a0 c0", "s0", "t0", score=5), held("a1 c1", "s1", "t0", score=2), held("a1 c0", "s2", "t0", score=3))
TIERS = ("disruptions", "shortfall", "value", "breaks", "idle_slots", "table_moves")


def day(**fields: Any) -> Event:
    return event(**{"slots": slots(4), "tables": tables(2), "affinities": SCORES, **fields})


def schedule(meetings: tuple[Meeting, ...], *values: int, changes: tuple[Change, ...] | None = ()) -> Schedule:
    tiers = tuple(Tier(name=name, value=value, bound=None) for name, value in zip(TIERS, values, strict=False))
    return Schedule(status="feasible", meetings=meetings, tiers=tiers, seconds=0.0, changes=changes)


def faults(new: Schedule, today: Event | None = None, **options: Any) -> list[str]:
    announced = schedule(ANNOUNCED)
    return verify_replan(today or day(), announced, new, **options).faults


SAME = schedule(ANNOUNCED, 0, 0, 10, 1, 1, 0)

MOVED = held("a1 c0", "s3", "t0", score=3)
ONE_MOVED = schedule(
    (*ANNOUNCED[:2], MOVED),
    1,
    0,
    10,
    2,
    3,
    0,
    changes=(Change(participant="a1", moved=(MOVED,)), Change(participant="c0", moved=(MOVED,))),
)


def test_replan_check_of_nothing_changed():
    assert faults(SAME, from_slot="s1") == []


def test_replan_check_of_a_move_that_is_allowed():
    assert faults(ONE_MOVED, from_slot="s1", allow_disruptions=1) == []


def test_replan_disruption_without_need():
    assert faults(ONE_MOVED, from_slot="s1") == ["disruptions: expected at most 0 that nobody can keep, found 1"]


def test_replan_disruption_that_nobody_could_avoid():
    assert faults(ONE_MOVED, from_slot="s1", late={"c0": "s3"}) == []


def test_replan_disruptions_miscounted():
    new = ONE_MOVED.model_copy(update={"tiers": (Tier(name="disruptions", value=0, bound=None), *ONE_MOVED.tiers[1:])})

    assert faults(new, allow_disruptions=1) == ["tier disruptions: the meetings make 1, the schedule says 0"]


def test_replan_disruptions_missing():
    new = ONE_MOVED.model_copy(update={"tiers": ONE_MOVED.tiers[1:]})

    assert faults(new, allow_disruptions=1) == ["tiers: expected disruptions before the five, found none"]


@pytest.mark.parametrize("meeting", [held("a0 c0", "s0", "t1", score=5), held("a0 c1", "s0", "t0", score=4)])
def test_replan_past_changed(meeting: Meeting):
    new = schedule((meeting, *ANNOUNCED[1:]), 0, 0, 5 + meeting.score, 0, 0, 0)

    found = [fault for fault in faults(new, from_slot="s1") if fault.startswith("past")]

    one, other = meeting.between
    assert found == [
        "past: a0 – c0 in s0 (table t0, facilitator None) has happened, and is not kept",
        f"past: {one} – {other} in s0 (table {meeting.table}, facilitator None) has not happened",
    ]


def test_replan_past_is_not_judged():
    today = day(tables=tables(2)[1:], affinities=[*worth({"a1 c1": 2, "a1 c0": 3})])
    new_meetings = (held("a0 c0", "s0", "t0"), *(m.model_copy(update={"table": "t1"}) for m in ANNOUNCED[1:]))
    changes = tuple(
        Change(participant=id, retabled=tuple(m for m in new_meetings[1:] if id in m.between))
        for id in ("a1", "c0", "c1")
    )

    assert faults(schedule(new_meetings, 0, 0, 5, 1, 1, 1, changes=changes), today, from_slot="s1") == []


def test_replan_rules_hold_ahead():
    new = schedule((*ANNOUNCED, held("a0 c1", "s1", "t1", score=4)), 0, 0, 14, 0, 0, 0)

    assert "rule 2: c1 has 2 meetings in s1, at most 1 (delegates) allowed" in faults(new, from_slot="s1")


def test_replan_absent_participant_still_meets():
    found = faults(SAME, from_slot="s1", absent=["a1"])

    assert "rule 2: a1 is unavailable in s1, yet meets there (a1 – c1 in s1)" in found


def test_replan_cancelled_for_an_absent_is_no_disruption():
    gone = ANNOUNCED[1:]
    changes = (
        Change(participant="a1", cancelled=gone),
        Change(participant="c0", cancelled=gone[1:]),
        Change(participant="c1", cancelled=gone[:1]),
    )
    today = day(meetings=[rule("a1 c1")])

    assert (
        faults(schedule(ANNOUNCED[:1], 0, 0, 5, 0, 0, 0, changes=changes), today, from_slot="s1", absent=["a1"]) == []
    )


def test_replan_required_meeting_that_can_still_be_held():
    today = day(meetings=[rule("a0 c1")])

    assert "rule 5: a0 – c1 must meet 1 time(s), held 0" in faults(SAME, today, from_slot="s1")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (None, "changes: expected a list, found none"),
        (ONE_MOVED.changes[:1], "changes: the agenda of c0 differs, and there is no entry for c0"),
        (
            (*ONE_MOVED.changes, Change(participant="a0")),
            "changes: the agenda of a0 does not differ, and there is an entry for a0",
        ),
        ((*ONE_MOVED.changes, ONE_MOVED.changes[0]), "changes: expected one entry for a1, found 2"),
        (
            (ONE_MOVED.changes[0], Change(participant="c0", added=(MOVED,), cancelled=(ANNOUNCED[2],))),
            "changes: c0, moved: expected a1 – c0 in s3, found none",
        ),
    ],
)
def test_replan_changes_not_exact(changes: tuple[Change, ...] | None, said: str):
    new = ONE_MOVED.model_copy(update={"changes": changes})

    assert said in faults(new, from_slot="s1", allow_disruptions=1)
