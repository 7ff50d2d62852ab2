"""Replanning: each thing that can happen on the day, and that nobody else hears of it."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from scheduler.check.replan import verify_replan
from scheduler.command.main import main
from scheduler.format.errors import Infeasible, InvalidInput
from scheduler.format.event import Event, event_json
from scheduler.format.schedule import Change, Meeting, Schedule, parse_schedule, schedule_json
from scheduler.replan import replan
from tests.scheduler.builders import event, held, people, places, rule, schedule_of, slots, tables, worth

SCORES = {"a0 c0": 9, "a0 c1": 8, "a1 c0": 7, "a1 c1": 6}
PEOPLE = ("a0", "a1", "c0", "c1")
# Two tables, two slots, all four meetings.
FULL = (
    held("a0 c0", "s0", "t0", score=9),
    held("a1 c1", "s0", "t1", score=6),
    held("a0 c1", "s1", "t1", score=8),
    held("a1 c0", "s1", "t0", score=7),
)


def day(*, more: dict[str, int] | None = None, **fields: Any) -> Event:
    parts = {"slots": slots(3), "tables": tables(2), "participants": people(*PEOPLE)}
    return event(**{**parts, "affinities": worth({**SCORES, **(more or {})}), **fields})


def announced(*meetings: Meeting) -> Schedule:
    return schedule_of(day(), meetings or FULL)


def replanned(today: Event, before: Schedule | None = None, **options: Any) -> Schedule:
    """The new schedule, checked as a replan of ``before``; those told are those whose agenda differs."""
    before = before or announced()
    new = replan(today, before, **options)
    checked = {key: value for key, value in options.items() if key != "pinned"}
    assert not verify_replan(today, before, new, checked.pop("from_slot", None), **checked).faults
    agendas, now = agendas_of(before), agendas_of(new)
    assert set(told(new)) == {id for id in agendas.keys() | now.keys() if agendas.get(id) != now.get(id)}
    return new


def agendas_of(schedule: Schedule) -> dict[str, set[tuple[frozenset[str], str, str | None, str | None]]]:
    """What each participant reads in its agenda: with whom, when, where, with whose help."""
    found: dict[str, set[tuple[frozenset[str], str, str | None, str | None]]] = defaultdict(set)
    for meeting in schedule.meetings:
        for id in meeting.between:
            found[id].add((meeting.pair, meeting.slot, meeting.table, meeting.facilitator))
    return dict(found)


def told(schedule: Schedule) -> dict[str, Change]:
    return {change.participant: change for change in schedule.changes or ()}


def test_replan_without_disturbance_changes_nothing():
    new = replanned(day())

    assert new.meetings == FULL
    assert new.changes == ()
    assert new.tiers[0].name == "disruptions"
    assert new.tier("disruptions").proven
    assert new.status == "optimal"


def test_absent_participant_loses_later_meetings_only():
    new = replanned(day(), absent=["c0"], from_slot="s1")

    assert places(new) == {("a0 c0", "s0"), ("a1 c1", "s0"), ("a0 c1", "s1")}
    assert new.tier("disruptions").value == 0
    assert set(told(new)) == {"a1", "c0"}
    assert told(new)["a1"].cancelled == (FULL[3],)


def test_absence_frees_seats_that_others_take():
    today = day(more={"a1 c2": 5}, participants=people(*PEOPLE, "c2"))
    new = replanned(today, absent=["c0"])

    assert ("a1 c2", "s1") in places(new) or ("a1 c2", "s2") in places(new)
    assert set(told(new)) == {"a0", "a1", "c0", "c2"}
    assert told(new)["c2"].added == tuple(m for m in new.meetings if "c2" in m.between)


def test_late_participant_meets_after_coming():
    new = replanned(day(), late={"c0": "s1"})

    assert new.tier("disruptions") == new.tier("disruptions").model_copy(update={"value": 1, "bound": 1})
    assert ("a0 c0", "s2") in places(new)
    assert told(new)["a0"].moved == tuple(m for m in new.meetings if set(m.between) == {"a0", "c0"})


def test_walk_in_disturbs_nobody_and_finds_a_free_seat():
    today = day(more={"a0 c2": 50}, participants=people(*PEOPLE, "c2"))
    new = replanned(today)

    assert new.tier("disruptions").value == 0
    assert places(new) == {*places(announced()), ("a0 c2", "s2")}
    assert set(told(new)) == {"a0", "c2"}


def test_allowed_disruption_is_used_only_where_it_earns():
    today = day(more={"a0 c2": 50}, participants=people(*PEOPLE, "c2", c2={"unavailable": ["s2"]}))

    assert replanned(today).tier("value").value == 30
    one = replanned(today, allow_disruptions=1)
    assert one.tier("disruptions").value == 1
    # The walk-in takes a0 from a company, which meets a0 in the slot that was free.
    assert one.tier("value").value == 80
    assert replanned(day(), allow_disruptions=3).tier("disruptions").value == 0


def test_disruptions_that_nobody_can_avoid_count_among_the_allowed():
    only_first = {"c2": {"unavailable": ["s1", "s2"]}, "c1": {"vetoes": ["a0"]}}
    today = day(more={"a0 c2": 50}, participants=people(*PEOPLE, "c2", **only_first))

    one, two = replanned(today, allow_disruptions=1), replanned(today, allow_disruptions=2)
    assert (one.tier("disruptions").value, ("a0 c2", "s0") in places(one)) == (1, False)
    assert (two.tier("disruptions").value, ("a0 c2", "s0") in places(two)) == (2, True)


def test_pinned_meeting_stays_when_disruptions_are_allowed():
    today = day(more={"a0 c2": 50}, participants=people(*PEOPLE, "c2", c2={"unavailable": ["s1", "s2"]}))

    assert ("a0 c2", "s0") in places(replanned(today, allow_disruptions=1))
    kept = replanned(today, allow_disruptions=1, pinned=[("c0", "a0")])
    assert ("a0 c0", "s0") in places(kept)
    assert kept.tier("disruptions").value == 0


def test_lost_table_moves_only_its_meetings():
    new = replanned(day(tables=tables(1)))

    assert new.tier("disruptions").value == 2
    assert new.tier("disruptions").proven
    # The two best stay; one of the others finds the third slot.
    assert {("a0 c0", "s0"), ("a0 c1", "s1")} <= places(new)
    assert len(new.meetings) == 3
    assert {meeting.table for meeting in new.meetings} == {"t0"}


def test_pinned_meeting_stays_when_its_slot_loses_a_table():
    new = replanned(day(tables=tables(1)), pinned=[("a1", "c1")])

    # a0 and c0 are worth more, but theirs is the one that moves.
    assert ("a1 c1", "s0") in places(new)
    assert ("a0 c0", "s0") not in places(new)
    assert new.tier("disruptions") == new.tier("disruptions").model_copy(update={"value": 2, "bound": 2})


def test_early_leaver_keeps_what_comes_before():
    new = replanned(day(participants=people(*PEOPLE, c0={"unavailable": ["s1", "s2"]})))

    assert places(new) == places(announced()) - {("a1 c0", "s1")}
    assert new.tier("disruptions") == new.tier("disruptions").model_copy(update={"value": 1, "bound": 1})
    assert set(told(new)) == {"a1", "c0"}


def test_lost_tables_cost_only_the_excess_of_each_kind():
    hosts = people(*PEOPLE, a0={"requires": ["quiet"]}, c1={"requires": ["quiet"]})
    quiet = tables(3, ["quiet"], ["quiet"])
    before = announced(
        held("a0 c0", "s0", "t0", score=9), held("a1 c1", "s0", "t1", score=6), held("a0 c1", "s1", "t1", score=8)
    )
    today = day(participants=hosts, tables=[quiet[0], quiet[2]], slots=slots(2))
    new = replanned(today, before)

    # Two tables are left for two meetings, but both of the first slot need the one that is quiet.
    assert new.tier("disruptions") == new.tier("disruptions").model_copy(update={"value": 1, "bound": 1})
    assert ("a0 c0", "s0") in places(new)


def test_required_meeting_whose_only_seats_are_taken_moves_another():
    only_last = rule("a0 c0", session="late")
    today = day(slots=slots(3, sessions=["early", "late", "late"]), meetings=[only_last])
    before = announced(*FULL, held("a1 c2", "s2", "t0", score=1))
    guests = {"participants": people(*PEOPLE, "c2"), "affinities": worth({**SCORES, "a1 c2": 1})}
    today = today.model_copy(
        update={"participants": day(**guests).participants, "affinities": day(**guests).affinities}
    )
    new = replanned(today, before, late={"a0": "s1", "c0": "s1"})

    assert ("a0 c0", "s2") in places(new)
    blocked = replanned(today, before, late={"a0": "s1", "c0": "s1"}, pinned=[("a0", "c1"), ("a1", "c2")])
    assert {("a0 c0", "s2"), ("a0 c1", "s1"), ("a1 c2", "s2")} <= places(blocked)


def test_required_meeting_finds_a_seat_though_all_of_them_are_taken():
    today = day(slots=slots(2), meetings=[rule("a0 c2")], participants=people(*PEOPLE, "c2"), tables=tables(3))
    new = replanned(today)

    assert any(meeting.pair == {"a0", "c2"} for meeting in new.meetings)
    assert new.tier("disruptions") == new.tier("disruptions").model_copy(update={"value": 1, "bound": 1})


def test_lost_table_with_another_free_only_retables():
    new = replanned(day(tables=[*tables(1), {"id": "t9"}]))

    assert new.tier("disruptions").value == 0
    assert [m.table for m in new.meetings] == ["t0", "t9", "t9", "t0"]
    assert {id: len(change.retabled) for id, change in told(new).items()} == {"a0": 1, "a1": 1, "c1": 2}


def test_cut_slot_cancels_its_meetings_as_disruptions():
    new = replanned(day(slots=slots(1)))

    assert new.tier("disruptions") == new.tier("disruptions").model_copy(update={"value": 2, "bound": 2})
    assert places(new) == {("a0 c0", "s0"), ("a1 c1", "s0")}


def test_added_slot_takes_new_meetings():
    new = replanned(
        day(slots=slots(4), more={"a0 c2": 1, "a1 c2": 1}, participants=people(*PEOPLE, "c2")),
    )
    assert new.tier("disruptions").value == 0
    assert len(new.meetings) == 6


def test_new_veto_cancels_the_meeting():
    today = day(participants=people(*PEOPLE, c1={"vetoes": ["a0"]}))
    new = replanned(today)

    assert places(new) == places(announced()) - {("a0 c1", "s1")}
    assert new.tier("disruptions").value == 1
    assert set(told(new)) == {"a0", "c1"}


def test_past_is_kept_though_it_would_be_refused_now():
    today = day(tables=[{"id": "t1"}], participants=people(*PEOPLE, a0={"vetoes": ["c0"]}, c1={"unavailable": ["s0"]}))
    new = replanned(today, from_slot="s1")

    assert new.meetings[:2] == FULL[:2]
    assert len({m.slot for m in new.meetings[2:]}) == 2


def test_removed_participant_counts_as_absent():
    today = day(participants=people("a0", "a1", "c1"), affinities=worth({"a0 c1": 8, "a1 c1": 6}))
    new = replanned(today)

    assert new.tier("disruptions").value == 0
    assert places(new) == {("a1 c1", "s0"), ("a0 c1", "s1")}
    assert set(told(new)) == {"a0", "a1", "c0"}


def test_facilitator_gone_leaves_the_others_theirs():
    helped = people(*PEOPLE, a0={"needs_facilitator": True}, a1={"needs_facilitator": True})
    before = announced(
        held("a0 c0", "s0", "t0", "f0", score=9),
        held("a1 c1", "s0", "t1", "f1", score=6),
        held("a1 c0", "s1", "t0", "f1", score=7),
    )
    today = day(participants=helped, facilitators=[{"id": "f1"}], slots=slots(2))
    new = replanned(today, before)

    assert new.tier("disruptions").value == 1
    assert {(m.slot, m.facilitator) for m in new.meetings} == {("s0", "f1"), ("s1", "f1")}


def test_new_requirement_disturbs_the_fewest():
    today = day(more={"a0 c2": 1}, participants=people(*PEOPLE, "c2"), meetings=[rule("a0 c2", slot="s0")])
    new = replanned(today)

    assert ("a0 c2", "s0") in places(new)
    assert new.tier("disruptions").value == 1
    assert new.tier("disruptions").proven


def test_required_meeting_of_absent_participant_lapses():
    today = day(meetings=[rule("a0 c0")])
    new = replanned(today, absent=["c0"])

    assert not any("c0" in meeting.between for meeting in new.meetings)


def test_impossible_requirement_is_told():
    today = day(meetings=[rule("a0 c0", slot="s2"), rule("a0 c1", slot="s2")])
    with pytest.raises(Infeasible) as caught:
        replan(today, announced())

    assert len(caught.value.requirements) == 2


def test_break_difference_is_kept_by_the_exact_model():
    today = day(rules={"max_break_difference": 0})
    new = replanned(today, late={"c0": "s1"})

    assert new.tier("disruptions").value == 1


def test_many_kinds_of_tables_are_kept_by_the_exact_model():
    hosts = [f"c{k}" for k in range(8)]
    homes = {id: {"home_table": f"t{k}"} for k, id in enumerate(hosts)}
    today = day(
        participants=people("a0", "a1", *hosts, **homes),
        tables=tables(8),
        affinities=worth({f"{a} {c}": 5 for a in ("a0", "a1") for c in hosts}),
    )
    before = announced(held("a0 c0", "s0", "t0", score=5), held("a1 c0", "s1", "t0", score=5))
    new = replanned(today, before, absent=["a1"])

    assert ("a0 c0", "s0") in places(new)
    assert len(new.meetings) == 3
    assert new.tier("disruptions").proven


def test_delegate_who_left_does_not_undo_the_past():
    two = people(*PEOPLE, a0={"delegates": 2})
    before = schedule_of(
        day(participants=two),
        (held("a0 c0", "s0", "t0", score=9), held("a0 c1", "s0", "t1", score=8), held("a1 c1", "s1", "t0", score=6)),
    )
    new = replanned(day(), before, from_slot="s1")

    assert new.meetings[:2] == before.meetings[:2]
    assert new.tier("disruptions").value == 0
    exact = replanned(day(rules={"max_break_difference": 3}), before, from_slot="s1")
    assert exact.meetings[:2] == before.meetings[:2]


def test_announced_tables_are_kept_when_a_new_meeting_wants_one():
    wide = people(*PEOPLE, "c2", c2={"home_table": "t0"})
    before = announced(FULL[0])
    new = replanned(day(more={"a1 c2": 50}, participants=wide, slots=slots(1)), before)

    # c2 stays at t0: the meeting announced there gives way, in table but not in time.
    assert {(m.pair, m.table) for m in new.meetings} == {
        (frozenset(("a0", "c0")), "t1"),
        (frozenset(("a1", "c2")), "t0"),
    }
    assert new.tier("disruptions").value == 0
    assert told(new)["c0"].retabled


def test_unknown_ids_are_all_told():
    with pytest.raises(InvalidInput) as caught:
        replan(day(), announced(), absent=["x"], late={"y": "s9"}, from_slot="s8", pinned=[("a0", "a1")])

    assert len(caught.value.faults) == 5


@pytest.mark.parametrize(
    ("what", "changed", "flags", "disruptions"),
    [
        ("leaver", {"participants": people(*PEOPLE, c0={"unavailable": ["s1", "s2"]})}, [], 1),
        ("walk-in", {"participants": people(*PEOPLE, "c2"), "more": {"a0 c2": 4}}, [], 0),
        ("table lost", {"tables": tables(1)}, [], 2),
        ("facilitator", {"facilitators": [{"id": "f0"}]}, [], 0),
        ("slot cut", {"slots": slots(1)}, [], 2),
        ("slot added", {"slots": slots(4)}, [], 0),
        ("pinned", {"tables": tables(1)}, ["--pin", "a1=c1", "--pin", "c0=a1"], 2),
        ("past", {"tables": tables(1)}, ["--from-slot", "s1"], 1),
    ],
)
def test_command_replans_the_event_as_it_now_is(
    what: str, changed: dict[str, Any], flags: list[str], disruptions: int, tmp_path: Path
):
    today = day(**changed)
    (tmp_path / "event.json").write_text(event_json(today))
    (tmp_path / "old.json").write_text(schedule_json(announced()))
    files = [str(tmp_path / name) for name in ("event.json", "old.json", "new.json")]

    assert main(["replan", files[0], files[1], "-o", files[2], *flags]) == 0
    new = parse_schedule((tmp_path / "new.json").read_bytes())
    first = "s1" if what == "past" else None
    assert not verify_replan(today, announced(), new, first).faults
    assert new.tier("disruptions") == new.tier("disruptions").model_copy(
        update={"value": disruptions, "bound": disruptions}
    )
    if what == "pinned":
        assert {("a1 c1", "s0"), ("a1 c0", "s1")} <= places(new)


def test_command_writes_the_schedule_and_exit_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "event.json").write_text(event_json(day()))
    (tmp_path / "old.json").write_text(schedule_json(announced()))
    command = ["replan", str(tmp_path / "event.json"), str(tmp_path / "old.json"), "-o", str(tmp_path / "new.json")]

    assert main([*command, "--absent", "c0", "--late", "a1=s1", "--from-slot", "s0", "--pin", "a0=c1"]) == 0
    new = parse_schedule((tmp_path / "new.json").read_bytes())
    assert places(new) == {("a0 c1", "s1"), ("a1 c1", "s2")}
    assert "disruptions 1 =" in capsys.readouterr().err

    assert main([*command, "--absent", "nobody"]) == 2
    assert "absent nobody: expected the id of a participant" in capsys.readouterr().err
    (tmp_path / "event.json").write_text(event_json(day(meetings=[rule("a0 c0", slot="s0"), rule("a0 c1", slot="s0")])))
    assert main(command) == 3


def test_who_stays_seated_does_not_change_tables_for_a_walk_in():
    today = day(
        tables=tables(2, [], ["quiet"]),
        participants=people(*PEOPLE, a1={"requires": ["quiet"]}),
        affinities=worth({"a0 c0": 9, "a1 c0": 7}),
        rules={"seated": ["company"]},
    )
    before = announced(held("a0 c0", "s0", "t0", score=9))

    assert places(replanned(today, before, from_slot="s1")) == {("a0 c0", "s0")}
    # Nothing has happened yet: another table would do.
    assert places(replanned(today, announced(held("a1 c0", "s0", "t1", score=7)))) >= {("a1 c0", "s0")}


def test_new_meetings_leave_a_pause_after_what_has_happened():
    today = day(
        participants=people("a0", "c0", "c1", "c2"),
        affinities=worth({"a0 c0": 9, "a0 c1": 8, "a0 c2": 7}),
        rules={"max_in_a_row": 2},
    )
    new = replanned(today, announced(held("a0 c0", "s0", "t0", score=9)), from_slot="s1")

    assert len(new.meetings) == 2
    assert new.tier("value").value == 17


def test_new_meetings_do_not_move_into_a_row_that_would_be_too_long():
    # In s2 a0 would wait less than in s3, and have three meetings in a row.
    away = {"c1": {"unavailable": ["s0", "s2", "s3", "s4"]}, "c2": {"unavailable": ["s0", "s1", "s4"]}}
    today = day(
        slots=slots(5),
        participants=people("a0", "c0", "c1", "c2", **away),
        affinities=worth({"a0 c0": 9, "a0 c1": 8, "a0 c2": 7}),
        rules={"max_in_a_row": 2},
    )
    before = announced(held("a0 c0", "s0", "t0", score=9))

    assert places(replanned(today, before)) == {("a0 c0", "s0"), ("a0 c1", "s1"), ("a0 c2", "s3")}


def test_one_person_is_not_given_a_second_meeting_at_once():
    today = day(
        slots=slots(1),
        participants=people("a0", "a1", "c0", "c1"),
        affinities=worth({"a0 c0": 9, "a1 c1": 6}),
        same_person=[["a0", "a1"]],
    )

    assert places(replanned(today, announced(held("a0 c0", "s0", "t0", score=9)))) == {("a0 c0", "s0")}
