"""A timetable changed by hand: what may be is what the check of the whole lets be, and costs what it counts."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

import pytest

from scheduler.check import candidates
from scheduler.check.schedule import Timetable, verify
from scheduler.edit import Change, Editor, Hindrance, Why
from scheduler.format.errors import InvalidSchedule
from scheduler.format.event import Event
from scheduler.format.schedule import Meeting, Schedule
from scheduler.problem.watch import SolveOptions
from scheduler.samples.sample import sample_event, seated_event
from scheduler.solve import solve
from tests.benchmarks.families.random_rules import random_event
from tests.scheduler.builders import event, held, people, rule, schedule_of, slots, tables, worth

SCORES = worth({"a0 c0": 9, "a0 c1": 8, "a1 c0": 7, "a1 c1": 6})
CASES = {
    "sample": lambda: sample_event(12, 9, 10, 9, seed=3),
    "seated": lambda: seated_event(12, 9, 10, 9, seed=2),
    **{f"rules {seed}": (lambda seed=seed: random_event(13, 10, seed)) for seed in range(1, 7)},
}


@cache
def solved(name: str) -> tuple[Event, Schedule]:
    case = CASES[name]()
    return case, solve(case, SolveOptions(time_limit=1.0, workers=1, seed=1))


def changes(editor: Editor, random: Random) -> Iterator[Change]:
    """All that can be asked about a few meetings and a few places."""
    for meeting in random.sample(editor.schedule.meetings, 4):
        yield from editor.moves(meeting)
        yield from editor.tables(meeting)
        yield from editor.exchanges(meeting)
        yield editor.removal(meeting)
    for _ in range(4):
        who, slot = random.choice(editor.event.participants), random.choice(editor.event.slots)
        yield from editor.additions(who.id, slot.id)


def after(editor: Editor, change: Change) -> list[Meeting]:
    kept = [one for one in editor.schedule.meetings if all(one is not gone for gone in change.removed)]
    return [*kept, *change.added]


def honoured(case: Event, meetings: list[Meeting]) -> int:
    met = {meeting.between for meeting in meetings} | {meeting.between[::-1] for meeting in meetings}
    return sum((one.id, wish) in met for one in case.participants for wish in one.wishes)


@pytest.mark.parametrize("name", CASES)
def test_changes_are_what_the_check_of_the_whole_says(name: str):
    case, found = solved(name)
    editor, before = Editor(case, found), Timetable(case, found.meetings)
    had, worth_before = Counter(before.faults()), before.tiers()
    seen = Counter[str]()
    for change in changes(editor, Random(name)):
        whole = Timetable(case, after(editor, change))
        new = Counter(whole.faults()) - had
        if change.why is None:
            assert not new
            now = whole.tiers()
            assert change.effect == {tier: now[tier] - worth_before[tier] for tier in now}
            assert change.wishes == honoured(case, list(whole.meetings)) - honoured(case, list(found.meetings))
            assert verify(case, editor.changed(change)).faults == []
        elif change.why.kind == Hindrance.RULE:
            assert str(change.why.rule) in map(str, new)
        seen["may" if change.why is None else change.why.kind] += 1
    assert seen["may"]
    assert seen["busy"]


@pytest.mark.parametrize("name", ["sample", "rules 1", "rules 4"])
def test_slot_said_to_be_impossible_is_so_at_every_table(name: str):
    case, found = solved(name)
    editor = Editor(case, found)
    for meeting in Random(1).sample(found.meetings, 3):
        may = {change.added[0].slot for change in editor.moves(meeting) if change.why is None}
        for slot in case.slots:
            if slot.id in may or slot.id == meeting.slot:
                continue
            helpers = [meeting.facilitator, *(one.id for one in case.facilitators)] if meeting.facilitator else [None]
            for table in [table.id for table in case.tables] if meeting.table else [None]:
                for helper in helpers:
                    new = meeting.model_copy(update={"slot": slot.id, "table": table, "facilitator": helper})
                    change = Change((meeting,), (new,))
                    assert set(Timetable(case, after(editor, change)).faults()) - set(
                        Timetable(case, found.meetings).faults()
                    )


def test_change_is_judged_on_what_it_touches_and_not_on_whole_slots(monkeypatch: pytest.MonkeyPatch):
    pairs = [(f"a{k}", f"c{k}") for k in range(20)]
    case = event(
        slots=slots(2),
        tables=tables(21),
        participants=people(*(id for pair in pairs for id in pair)),
        affinities=worth({" ".join(pair): 5 for pair in pairs}),
    )
    editor = Editor(
        case, schedule_of(case, [held(" ".join(pair), "s0", f"t{k}", score=5) for k, pair in enumerate(pairs)])
    )
    judged: list[int] = []
    arrange = Timetable.__post_init__

    def counted(timetable: Timetable) -> None:
        judged.append(len(timetable.meetings))
        arrange(timetable)

    monkeypatch.setattr(Timetable, "__post_init__", counted)
    meeting = editor.meeting("a3", "c3", "s0")
    assert [change.why for change in (*editor.moves(meeting), *editor.tables(meeting))] == [None, None]
    assert max(judged) == 1


def test_who_is_busy_then_is_not_looked_at_as_a_partner(monkeypatch: pytest.MonkeyPatch):
    pairs = [(f"a{k}", f"c{k}") for k in range(20)]
    case = event(
        slots=slots(2),
        tables=tables(21),
        participants=[
            one | {"needs": ["web"], "offers": ["web"]} for one in people(*(id for pair in pairs for id in pair))
        ],
    )
    made = [held(" ".join(pair), "s0", f"t{k}", score=1) for k, pair in enumerate(pairs[:18])]
    editor = Editor(case, schedule_of(case, made))
    scored: list[object] = []
    score = candidates.published_score

    def counted(*asked: Any) -> int:
        scored.append(asked)
        return score(*asked)

    monkeypatch.setattr(candidates, "published_score", counted)
    found = editor.pairs("s0", "t20", 12)
    assert {change.added[0].pair for change in found} == {
        frozenset((a, c)) for a in ("a18", "a19") for c in ("c18", "c19")
    }
    assert len(scored) == 4
    scored.clear()
    assert [change.added[0].between for change in editor.additions("a18", "s0")] == [("a18", "c18"), ("a18", "c19")]
    assert len(scored) == 2


def small(more: dict[str, dict[str, object]] | None = None, **fields: object) -> Event:
    parts = {"slots": slots(3), "tables": tables(2), "affinities": SCORES}
    return event(**{**parts, "participants": people("a0", "a1", "c0", "c1", **(more or {})), **fields})


def editing(case: Event, *meetings: str) -> Editor:
    """The editor of a timetable of meetings such as ``"a0 c0 s0 t0"``."""
    score = {" ".join(one["between"]): one["score"] for one in SCORES}
    said = [line.split() for line in meetings]
    return Editor(
        case, schedule_of(case, [held(f"{a} {c}", slot, table, score=score[f"{a} {c}"]) for a, c, slot, table in said])
    )


def test_move_tells_who_is_in_the_way():
    case = small({"a0": {"unavailable": ["s2"]}})
    editor = editing(case, "a0 c0 s0 t0", "a1 c0 s1 t1")
    whys = [change.why for change in editor.moves(editor.meeting("a0", "c0", "s0"))]
    assert whys == [Why(Hindrance.BUSY, "c0", "a1"), Why(Hindrance.AWAY, "a0")]


def test_move_to_a_full_room_says_so():
    editor = editing(small(tables=tables(1)), "a0 c0 s0 t0", "a1 c1 s1 t0")
    whys = [change.why for change in editor.moves(editor.meeting("a0", "c0", "s0"))]
    assert whys == [None, Why(Hindrance.NO_TABLE)]


def test_most_meetings_of_one_of_the_two_are_in_the_way_of_one_more():
    case = small({"c1": {"max_meetings": 1}})
    editor = editing(case, "a1 c1 s1 t0")
    assert editor.additions("a0", "s0") != []
    assert editor.addition("a0", "c1", "s0").why == Why(Hindrance.FULL, "c1")


def test_exchange_puts_each_meeting_at_the_others_time():
    editor = editing(small(), "a0 c0 s0 t0", "a0 c1 s1 t0", "a1 c1 s2 t0")
    (change,) = editor.exchanges(editor.meeting("a0", "c0", "s0"))
    assert {(one.between, one.slot) for one in change.added} == {(("a0", "c0"), "s1"), (("a0", "c1"), "s0")}
    assert [meeting.slot for meeting in editor.changed(change).meetings] == ["s0", "s1", "s2"]


def test_addition_is_worth_its_score():
    editor = editing(small(), "a0 c0 s0 t0")
    found = editor.additions("a0", "s1")
    assert [(change.added[0].between, change.effect["value"]) for change in found] == [(("a0", "c1"), 8)]


def test_pairs_at_a_free_table_are_the_best_that_could_meet_there():
    editor = editing(small(), "a0 c0 s0 t0")
    found = editor.pairs("s0", "t1", 5)
    assert [(change.added[0].between, change.added[0].table) for change in found] == [(("a1", "c1"), "t1")]
    found = editor.pairs("s1", "t1", 2)
    assert [change.added[0].between for change in found] == [("a0", "c1"), ("a1", "c0")]
    assert editor.pairs("s0", "t0", 5) == []


def test_removal_of_a_required_meeting_may_not_be():
    case = small(meetings=[rule("a0 c0", "required")])
    editor = editing(case, "a0 c0 s0 t0")
    why = editor.removal(editor.meeting("a0", "c0", "s0")).why
    assert why is not None
    assert why.kind == Hindrance.RULE


def test_limits_hold_as_far_as_the_aims_before_them_do():
    case = small()
    best = solve(case, SolveOptions(time_limit=5, workers=1))
    assert best.status == "optimal"
    editor = Editor(case, best)
    worse = editor.changed(editor.removal(best.meetings[0]))
    assert [(tier.name, tier.bound is None) for tier in worse.tiers][:3] == [
        ("shortfall", False),
        ("value", False),
        ("breaks", True),
    ]
    assert worse.status == "feasible"
    assert verify(case, worse).faults == []


def test_meeting_that_is_gone_cannot_be_changed():
    editor = editing(small(), "a0 c0 s0 t0", "a1 c1 s1 t1")
    change = editor.removal(editor.meeting("a0", "c0", "s0"))
    rest = Editor(editor.event, editor.changed(change))
    with pytest.raises(InvalidSchedule, match="not there any more"):
        rest.changed(change)
    with pytest.raises(KeyError):
        rest.meeting("a0", "c0", "s0")
