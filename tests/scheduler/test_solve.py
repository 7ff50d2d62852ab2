"""The whole way from an event to a proven timetable: optimal on small events, stoppable, the same for the same seed."""

import threading
import time
from typing import Any

import pytest

from scheduler.check.schedule import verify
from scheduler.format.errors import IllegalSchedule, Infeasible
from scheduler.format.event import Event
from scheduler.format.schedule import Schedule, parse_schedule, schedule_json
from scheduler.problem.watch import Progress, SolveOptions
from scheduler.samples.sample import benchmark_event
from scheduler.solve import checked, solve
from scheduler.wording.requirements import reasons
from tests.scheduler.builders import event, held, people, places, rule, schedule_of, slots, tables, worth

ONE = SolveOptions(workers=1)

# Chains get every break out of it, so that nothing is left to prove.
EASY = event(
    slots=slots(10),
    participants=people(*(f"{side}{i}" for side in "ac" for i in range(5))),
    affinities=worth({f"a{i} c{j}": 1 + i * j % 4 for i in range(5) for j in range(5)}),
    tables=tables(5),
    rules={"coverage": [3, 2, 1]},
)
# More than can be proven in seconds.
HARD = benchmark_event(40, 40, 14, 27)


def solved(**fields: Any) -> Schedule:
    return solve(event(**fields), ONE)


def tiers(schedule: Schedule) -> list[tuple[int, int | None]]:
    return [(tier.value, tier.bound) for tier in schedule.tiers]


# Small events


def test_solve_without_participants():
    schedule = solved(participants=[])

    assert (schedule.status, schedule.meetings) == ("optimal", ())
    assert tiers(schedule) == [(0, 0)] * 5


def test_solve_without_any_reason_to_meet():
    assert solved().meetings == ()


def test_solve_one_meeting():
    schedule = solved(affinities=worth({"c0 a0": 7}), tables=tables(1), slots=slots(1), rules={"coverage": [3]})

    assert schedule.meetings == (held("a0 c0", "s0", "t0", score=7),)
    assert (schedule.status, tiers(schedule)) == ("optimal", [(0, 0), (13, 13), (0, 0), (0, 0), (0, 0)])


def test_solve_tiers_in_their_order():
    # Meeting a1 avoids shortfall, which no value outweighs.
    guests = people("a0", "a1", "c0", a1={"min_meetings": 1})
    schedule = solved(affinities=worth({"a0 c0": 900, "a1 c0": 1}), participants=guests, slots=slots(1))

    assert tiers(schedule)[:2] == [(0, 0), (1, 1)]


def test_solve_value_before_breaks():
    away = people("a0", "a1", "c0", c0={"unavailable": ["s1"]})
    schedule = solved(affinities=worth({"a0 c0": 1, "a1 c0": 1}), participants=away)

    assert (schedule.status, tiers(schedule)) == ("optimal", [(0, 0), (2, 2), (1, 1), (1, 1), (0, 0)])


def test_solve_shortfall_is_shown_where_it_cannot_be_avoided():
    schedule = solved(participants=people("a0", "c0", a0={"min_meetings": 2}), affinities=worth({"a0 c0": 1}))

    assert (schedule.status, tiers(schedule)[:2]) == ("optimal", [(1, 1), (1, 1)])


def test_solve_meetings_in_the_order_of_slots_and_participants():
    order = [
        (EASY.slot_index[m.slot], EASY.participant_index[m.between[0]], EASY.participant_index[m.between[1]])
        for m in solve(EASY, ONE).meetings
    ]

    assert len(order) == 25
    assert order == sorted(order)
    assert all(a < b for _, a, b in order)


def test_solve_one_kind_among_itself():
    ring = [f"c{i}" for i in range(5)]
    pairs = {f"c{i} c{(i + 1) % 5}": 1 for i in range(5)}
    case = {"may_meet": [["company", "company"]], "participants": people(*ring), "affinities": worth(pairs)}

    # Five meetings of a ring of five: two at a time.
    assert tiers(solved(**case, slots=slots(2)))[1] == (4, 4)
    assert tiers(solved(**case, slots=slots(3)))[1] == (5, 5)


def test_solve_required_several_times_after_each_other():
    schedule = solved(
        slots=slots(4, sessions=["am", "am", "pm", "pm"]),
        meetings=[rule("a0 c0", session="pm"), rule("a0 c0", slot="s1"), rule("a1 c1", after=[["a0", "c0"]])],
    )

    assert places(schedule) == {("a0 c0", "s1"), ("a0 c0", "s2"), ("a1 c1", "s3")}


def test_solve_required_earns_its_score_each_time():
    assert tiers(solved(affinities=worth({"a0 c0": 4}), meetings=[rule("a0 c0"), rule("a0 c0")]))[1] == (8, 8)


def test_solve_scores_beyond_the_largest_number_of_a_file():
    needs = [f"n{i}" for i in range(1500)]
    profiles = people("a0", "c0", a0={"needs": needs}, c0={"offers": needs})
    schedule = solved(participants=profiles, rules={"weights": {"need": 10**6}})

    assert [meeting.score for meeting in schedule.meetings] == [1500 * 10**6]
    assert parse_schedule(schedule_json(schedule)) == schedule


@pytest.mark.parametrize(
    "fields",
    [
        {"affinities": worth(dict.fromkeys(("a0 c0", "a0 c1", "a1 c0", "a1 c1"), 10**9))},
        {"affinities": worth({"a0 c0": 10**9}), "rules": {"coverage": [10**9] * 50}},
        {"affinities": worth({"a0 c0": 10**9}), "meetings": [rule("a1 c1")], "rules": {"max_break_difference": 10**9}},
        {"affinities": worth({"a0 c0": 10**9}), "participants": people("a0", "c0", a0={"min_meetings": 10**9})},
        {"affinities": worth({"a0 c0": 1}), "participants": people("a0", "c0", a0={"delegates": 10**9})},
    ],
    ids=["scores", "coverage", "difference", "minimum", "delegates"],
)
def test_solve_the_largest_numbers_of_a_file(fields):
    assert solved(**fields).status == "optimal"


# Nothing possible


@pytest.mark.parametrize(
    ("fields", "kinds"),
    [
        ({"slots": slots(1), "meetings": [rule("a0 c0"), rule("a0 c1")]}, ["meeting", "meeting"]),
        ({"meetings": [rule("a0 c0", slot="s0"), rule("a0 c1", slot="s0"), rule("a1 c1")]}, ["meeting", "meeting"]),
        ({"participants": people("a0", "c0", a0={"vetoes": ["c0"]}), "meetings": [rule("a0 c0")]}, ["meeting", "veto"]),
        (
            {"participants": people("a0", "c0", a0={"max_meetings": 0}), "meetings": [rule("a0 c0")]},
            ["maximum", "meeting"],
        ),
        (
            {"meetings": [rule("a0 c0", after=[["a1", "c1"]]), rule("a1 c1", after=[["a0", "c0"]])]},
            ["after", "after", "meeting", "meeting"],
        ),
        (
            {"slots": slots(1), "tables": tables(1), "meetings": [rule("a0 c0"), rule("a1 c1")]},
            ["meeting", "meeting", "tables"],
        ),
    ],
    ids=["slots", "fixed", "veto", "maximum", "order", "tables"],
)
def test_solve_impossible_says_what_cannot_hold_together(fields, kinds):
    with pytest.raises(Infeasible) as refused:
        solved(**fields)

    assert sorted(requirement.kind for requirement in refused.value.requirements) == kinds
    assert len(reasons(refused.value, "fr")) == len(reasons(refused.value, "en")) == len(kinds)


# Time, stopping, progress


def test_solve_same_seed_same_bytes():
    files = {
        schedule_json(solve(EASY, SolveOptions(workers=1, seed=4)).model_copy(update={"seconds": 0.0}))
        for _ in range(2)
    }

    assert len(files) == 1


def test_solve_time_limit_brings_the_best_so_far():
    before = time.monotonic()
    schedule = solve(HARD, SolveOptions(workers=1, time_limit=2.0))

    # Far more than the limit, for machines that have other things to do; far less than proving would take.
    assert time.monotonic() - before < 60
    assert schedule.status == "feasible"
    assert verify(HARD, schedule).faults == []


def test_solve_stopped_at_once_brings_what_the_quick_road_found():
    schedule = solve(HARD, ONE, stop=lambda: True)

    assert verify(HARD, schedule).faults == []
    assert schedule.tier("value").proven


def test_solve_stopped_from_another_thread_ends_soon():
    asked = threading.Event()
    threading.Timer(1.0, asked.set).start()
    schedule = solve(HARD, ONE, stop=asked.is_set)

    assert schedule.status == "feasible"
    assert verify(HARD, schedule).faults == []


def test_solve_tells_its_stages_and_never_gets_worse():
    heard: list[Progress] = []
    schedule = solve(EASY, ONE, listener=heard.append)
    seconds = [progress.seconds for progress in heard]
    known = [
        (progress.tiers[0].value, -progress.tiers[1].value, progress.tiers[2].value)
        for progress in heard
        if progress.tiers
    ]

    assert heard[0].stage == "selection"
    assert heard[-1].stage == "tables"
    assert seconds == sorted(seconds)
    assert known == sorted(known, reverse=True)
    assert known[-1] == (schedule.tiers[0].value, -schedule.tiers[1].value, schedule.tiers[2].value)


# The check at the end


def test_solve_refuses_what_the_check_refuses():
    case = event(affinities=worth({"a0 c0": 1}))
    twice = schedule_of(case, [held("a0 c0", "s0", score=1), held("a0 c0", "s1", score=1)])

    with pytest.raises(IllegalSchedule, match="rule 1"):
        checked(case, twice)


def test_solve_passes_on_what_the_check_passes():
    case: Event = event(affinities=worth({"a0 c0": 1}))
    right = schedule_of(case, [held("a0 c0", "s0", score=1)])

    assert checked(case, right) is right
