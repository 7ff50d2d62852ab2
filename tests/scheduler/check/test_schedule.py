"""The independent check: a legal schedule has no fault; broken in exactly one way it has exactly that fault."""

from typing import Any

import pytest

from scheduler.check.schedule import verify
from scheduler.check.tiers import TIERS
from scheduler.format.event import Event
from scheduler.format.schedule import Schedule, Tier
from tests.scheduler.builders import event, held, people, rule, schedule_of, slots, tables, worth


def faults(case: Event, *meetings: Any, **tiers: int) -> list[str]:
    return verify(case, schedule_of(case, meetings, **tiers)).faults


def only_fault(case: Event, *meetings: Any, **tiers: int) -> str:
    (fault,) = faults(case, *meetings, **tiers)
    return fault


PAIRS = {"a0 c0": 5, "a0 c1": 4, "a1 c0": 3, "a1 c1": 2}
PLAIN = event(affinities=worth(PAIRS))


def meet(pair: str, slot: str, table: str | None = None, helper: str | None = None) -> Any:
    """A meeting of the plain pairs, with its right score."""
    return held(pair, slot, table, helper, PAIRS.get(pair, 0))


# Nothing to find


def test_check_of_a_legal_schedule():
    assert faults(PLAIN, meet("a0 c0", "s0"), meet("a1 c1", "s0"), meet("a0 c1", "s1")) == []


def test_check_of_no_meetings():
    assert faults(PLAIN) == []


# Rule 1: a pair meets at most once, only if eligible, never against a veto or "forbidden"


def test_rule_1_pair_that_meets_twice():
    assert only_fault(PLAIN, meet("a0 c0", "s0"), meet("a0 c0", "s2"), breaks=2, idle_slots=2).startswith(
        "rule 1: a0 – c0 meet 2 times"
    )


def test_rule_1_pair_required_twice_that_meets_three_times():
    twice = event(affinities=worth(PAIRS), meetings=[rule("a0 c0"), rule("a0 c0")])
    three = [meet("a0 c0", "s0"), meet("a0 c0", "s1"), meet("a0 c0", "s2")]

    assert faults(twice, *three[:2]) == []
    assert only_fault(twice, *three).startswith("rule 1: a0 – c0 meet 3 times")


def test_rule_1_pair_required_twice_that_meets_twice_in_one_slot():
    crowd = people("a0", "c0", a0={"delegates": 2}, c0={"delegates": 2})
    twice = event(participants=crowd, affinities=worth({"a0 c0": 5}), meetings=[rule("a0 c0"), rule("a0 c0")])

    assert only_fault(twice, meet("a0 c0", "s0"), meet("a0 c0", "s0")) == (
        "rule 1: a0 – c0 meet 2 times in the same slot s0"
    )


def test_rule_1_pair_without_a_score():
    assert "not eligible" in only_fault(event(), held("a0 c0", "s0"))


def test_rule_1_pair_that_is_not_listed():
    assert "not eligible" in only_fault(event(affinities=worth({"a0 c0": 5})), held("a0 c1", "s0"))


def test_rule_1_kinds_that_may_not_meet():
    assert "not eligible" in only_fault(event(affinities=worth({"a0 a1": 5})), held("a0 a1", "s0", score=5))


def test_rule_1_allowed_pair_of_any_kinds_and_score():
    assert faults(event(meetings=[rule("a0 a1", "allowed")]), held("a0 a1", "s0")) == []


def test_rule_1_forbidden_pair():
    case = event(affinities=worth(PAIRS), meetings=[rule("a0 c0", "forbidden")])

    assert "forbidden" in only_fault(case, meet("a0 c0", "s0"))


@pytest.mark.parametrize("vetoing", ["a0", "c0"])
@pytest.mark.parametrize("status", ["allowed", None])
def test_rule_1_veto_of_either_side(vetoing, status):
    other = {"a0": "c0", "c0": "a0"}[vetoing]
    case = event(
        affinities=worth({"a0 c0": 5}),
        participants=people("a0", "c0", **{vetoing: {"vetoes": [other]}}),
        meetings=[rule("a0 c0", status)] if status else [],
    )

    assert "veto" in only_fault(case, meet("a0 c0", "s0"))


# Rule 2: delegates, presence, maximum


def test_rule_2_more_meetings_in_a_slot_than_delegates():
    assert only_fault(PLAIN, meet("a0 c0", "s0"), meet("a0 c1", "s0")) == (
        "rule 2: a0 has 2 meetings in s0, at most 1 (delegates) allowed"
    )


def test_rule_2_as_many_meetings_in_a_slot_as_delegates():
    two = event(affinities=worth(PAIRS), participants=people("a0", "c0", "c1", "a1", a0={"delegates": 2}))

    assert faults(two, meet("a0 c0", "s0"), meet("a0 c1", "s0")) == []


def test_rule_2_unavailable():
    absent = event(affinities=worth(PAIRS), participants=people("a0", "a1", "c0", "c1", c0={"unavailable": ["s1"]}))

    assert faults(absent, meet("a0 c0", "s0")) == []
    assert only_fault(absent, meet("a0 c0", "s1")).startswith("rule 2: c0 is unavailable in s1")


def test_rule_2_maximum():
    one = event(affinities=worth(PAIRS), participants=people("a0", "a1", "c0", "c1", a0={"max_meetings": 1}))

    assert faults(one, meet("a0 c0", "s0")) == []
    assert only_fault(one, meet("a0 c0", "s0"), meet("a0 c1", "s1")) == "rule 2: a0 has 2 meetings, at most 1 allowed"


# Rule 3: tables


SEATED = event(affinities=worth(PAIRS), tables=tables(2))


def test_rule_3_two_meetings_at_a_table():
    assert faults(SEATED, meet("a0 c0", "s0", "t0"), meet("a1 c1", "s0", "t1")) == []
    assert only_fault(SEATED, meet("a0 c0", "s0", "t0"), meet("a1 c1", "s0", "t0")) == (
        "rule 3: 2 meetings in s0 at the same table t0"
    )


def test_rule_3_meeting_at_no_table():
    assert only_fault(SEATED, meet("a0 c0", "s0")) == "rule 3: a0 – c0 in s0 is on site, yet at no table"


def test_rule_3_more_meetings_than_tables():
    one = event(affinities=worth(PAIRS), tables=tables(1))
    found = faults(one, meet("a0 c0", "s0", "t0"), meet("a1 c1", "s0", "t0"))

    assert found == ["rule 3: 2 on-site meetings in s0 for 1 tables", "rule 3: 2 meetings in s0 at the same table t0"]


def test_rule_3_online_meeting_at_a_table():
    online = event(
        affinities=worth(PAIRS), tables=tables(2), participants=people("a0", "c0", "a1", "c1", c0={"remote": True})
    )

    assert faults(online, meet("a0 c0", "s0")) == []
    assert only_fault(online, meet("a0 c0", "s0", "t0")) == "rule 3: a0 – c0 in s0 is online, yet at table t0"


def test_rule_3_online_meetings_use_no_tables():
    online = event(
        affinities=worth(PAIRS), tables=tables(1), participants=people("a0", "c0", "a1", "c1", c0={"remote": True})
    )

    assert faults(online, meet("a0 c0", "s0"), meet("a1 c1", "s0", "t0")) == []


def test_rule_3_table_where_the_event_has_none():
    assert "has no tables" in only_fault(PLAIN, meet("a0 c0", "s0", "t0"))


def test_rule_3_home_table():
    host = event(
        affinities=worth(PAIRS), tables=tables(2), participants=people("a0", "c0", "a1", "c1", c0={"home_table": "t1"})
    )

    assert faults(host, meet("a0 c0", "s0", "t1")) == []
    assert only_fault(host, meet("a0 c0", "s0", "t0")).endswith("but c0 stays at t1")


@pytest.mark.parametrize("asking", ["a0", "c0"])
def test_rule_3_required_feature_of_either_side(asking):
    case = event(
        affinities=worth({"a0 c0": 5}),
        tables=tables(2, ["quiet"]),
        participants=people("a0", "c0", **{asking: {"requires": ["quiet"]}}),
    )

    assert faults(case, meet("a0 c0", "s0", "t0")) == []
    assert f"lacks what {asking} requires: quiet" in only_fault(case, meet("a0 c0", "s0", "t1"))


# Rule 4: facilitators


HELPED = event(
    affinities=worth(PAIRS),
    facilitators=[{"id": "f0"}, {"id": "f1", "unavailable": ["s0"]}],
    participants=people("a0", "a1", "c0", "c1", a0={"needs_facilitator": True}, c1={"needs_facilitator": True}),
)


def test_rule_4_meeting_without_the_facilitator_that_it_needs():
    assert faults(HELPED, meet("a0 c0", "s0", None, "f0")) == []
    assert only_fault(HELPED, meet("a0 c0", "s0")) == "rule 4: a0 – c0 in s0 needs a facilitator and has none"


def test_rule_4_facilitator_that_nobody_needs():
    assert "needs none" in only_fault(HELPED, meet("a1 c0", "s0", None, "f0"))


def test_rule_4_facilitator_unavailable():
    assert "unavailable" in only_fault(HELPED, meet("a0 c0", "s0", None, "f1"))


def test_rule_4_facilitator_in_two_meetings():
    assert faults(HELPED, meet("a0 c0", "s1", None, "f0"), meet("a1 c1", "s1", None, "f1")) == []
    assert only_fault(HELPED, meet("a0 c0", "s1", None, "f0"), meet("a1 c1", "s1", None, "f0")) == (
        "rule 4: the facilitator f0 is in 2 meetings in s1"
    )


def test_rule_4_one_facilitator_is_enough_for_two_who_ask():
    assert faults(HELPED, meet("a0 c1", "s0", None, "f0")) == []


# Rule 5: required, slot, session, after, max_break_difference


def ruled(*rules: Any, **fields: Any) -> Event:
    return event(affinities=worth(PAIRS), meetings=list(rules), **fields)


def test_rule_5_required_meeting_not_held():
    assert only_fault(ruled(rule("a0 c0"))) == "rule 5: a0 – c0 must meet 1 time(s), held 0"


def test_rule_5_required_twice_and_held_once():
    assert only_fault(ruled(rule("a0 c0"), rule("a0 c0")), meet("a0 c0", "s0")) == (
        "rule 5: a0 – c0 must meet 2 time(s), held 1 (s0)"
    )


@pytest.mark.parametrize("status", ["required", "allowed"])
def test_rule_5_fixed_slot(status):
    case = ruled(rule("a0 c0", status, slot="s1"))

    assert faults(case, meet("a0 c0", "s1")) == []
    assert only_fault(case, meet("a0 c0", "s0")) == "rule 5: a0 – c0 in s0, fixed to slot s1"


@pytest.mark.parametrize("status", ["required", "allowed"])
def test_rule_5_session(status):
    case = ruled(rule("a0 c0", status, session="pm"), slots=slots(3, sessions=["am", "pm", None]))

    assert faults(case, meet("a0 c0", "s1")) == []
    assert "confined to session pm" in only_fault(case, meet("a0 c0", "s0"))
    assert "confined to session pm" in only_fault(case, meet("a0 c0", "s2"))


@pytest.mark.parametrize(("slot", "right"), [("s0", False), ("s1", False), ("s2", True)])
def test_rule_5_after(slot, right):
    case = ruled(rule("a0 c0", "allowed", after=[["c1", "a1"]]))
    found = faults(case, meet("a0 c0", slot), meet("a1 c1", "s1"))

    assert found == ([] if right else [f"rule 5: a0 – c0 in {slot}, not after a1 – c1 in s1"])


def test_rule_5_after_a_meeting_that_is_not_held():
    assert faults(ruled(rule("a0 c0", after=[["a1", "c1"]])), meet("a0 c0", "s0")) == []


def test_rule_5_entries_of_a_pair_need_a_meeting_each():
    case = ruled(rule("a0 c0", slot="s0"), rule("a0 c0", slot="s1"))

    assert faults(case, meet("a0 c0", "s1"), meet("a0 c0", "s0")) == []
    assert "cannot be matched" in only_fault(case, meet("a0 c0", "s1"), meet("a0 c0", "s2"))


def test_rule_5_break_difference():
    case = ruled(rules={"max_break_difference": 0})

    assert faults(case, meet("a0 c0", "s0"), meet("a0 c1", "s1")) == []
    # a1 holds no meeting, and counts.
    assert "differ by more than 0" in only_fault(case, meet("a0 c0", "s0"), meet("a0 c1", "s2"))
    assert faults(ruled(rules={"max_break_difference": 1}), meet("a0 c0", "s0"), meet("a0 c1", "s2")) == []


# What no event knows


@pytest.mark.parametrize(
    ("meeting", "said"),
    [
        (held("a0 c9", "s0"), "no participant has the id c9"),
        (held("a0 c0", "s9"), "no slot has the id s9"),
        (held("a0 c0", "s0", "t9"), "no table has the id t9"),
        (held("a0 c0", "s0", "t0", "f9"), "no facilitator has the id f9"),
        (held("a0 a0", "s0"), "cannot meet itself"),
    ],
)
def test_unknown_id_in_a_meeting(meeting, said):
    assert any(said in fault for fault in faults(SEATED, meeting))


def test_score_other_than_the_event_says():
    assert faults(PLAIN, held("a0 c0", "s0", score=6)) == ["score: a0 – c0 in s0 is worth 5, the schedule says 6"]


# Tiers


def tiers(case: Event, *meetings: Any) -> dict[str, int]:
    return verify(case, schedule_of(case, meetings)).tiers


LONG = event(
    affinities=worth(PAIRS),
    slots=slots(6),
    participants=people("a0", "a1", "c0", "c1", a0={"min_meetings": 3}, c1={"min_meetings": 1}),
    rules={"coverage": [40, 25]},
    tables=tables(2),
)


def test_tier_shortfall():
    assert tiers(LONG)["shortfall"] == 4
    assert tiers(LONG, meet("a0 c0", "s0", "t0"))["shortfall"] == 3
    assert tiers(LONG, meet("a1 c1", "s0", "t0"), meet("a0 c1", "s1", "t0"))["shortfall"] == 2


def test_tier_value_counts_scores_and_coverage():
    assert tiers(LONG)["value"] == 0
    assert tiers(LONG, meet("a0 c0", "s0", "t0"))["value"] == 5 + 40 + 40
    assert tiers(LONG, meet("a0 c0", "s0", "t0"), meet("a0 c1", "s1", "t0"))["value"] == 9 + (40 + 25) + 40 + 40


def test_tier_value_past_the_end_of_coverage():
    short = event(affinities=worth(PAIRS), rules={"coverage": [7]})

    assert tiers(short, meet("a0 c0", "s0"), meet("a0 c1", "s1"))["value"] == 9 + 7 + 7 + 7


def test_tier_value_counts_a_pair_required_twice_twice():
    assert tiers(ruled(rule("a0 c0"), rule("a0 c0")), meet("a0 c0", "s0"), meet("a0 c0", "s1"))["value"] == 10


def test_tiers_breaks_and_idle_slots():
    near = tiers(LONG, meet("a0 c0", "s0", "t0"), meet("a0 c1", "s1", "t0"))
    far = tiers(LONG, meet("a0 c0", "s0", "t0"), meet("a0 c1", "s4", "t0"))

    assert (near["breaks"], near["idle_slots"]) == (0, 0)
    assert (far["breaks"], far["idle_slots"]) == (1, 3)


def test_tiers_breaks_end_with_the_day():
    two_days = event(affinities=worth(PAIRS), slots=slots(6, days=2))
    over_night = tiers(two_days, meet("a0 c0", "s0"), meet("a0 c1", "s5"))

    assert (over_night["breaks"], over_night["idle_slots"]) == (0, 0)


def test_tiers_breaks_are_not_excused_by_unavailability():
    absent = event(affinities=worth(PAIRS), participants=people("a0", "a1", "c0", "c1", a0={"unavailable": ["s1"]}))

    assert tiers(absent, meet("a0 c0", "s0"), meet("a0 c1", "s2"))["breaks"] == 1


def test_tier_table_moves():
    stay = tiers(LONG, meet("a0 c0", "s0", "t0"), meet("a0 c1", "s3", "t0"))
    move = tiers(LONG, meet("a0 c0", "s0", "t0"), meet("a0 c1", "s3", "t1"))

    assert (stay["table_moves"], move["table_moves"]) == (0, 1)


def test_tier_table_moves_end_with_the_day():
    two_days = event(affinities=worth(PAIRS), slots=slots(6, days=2), tables=tables(2))

    assert tiers(two_days, meet("a0 c0", "s0", "t0"), meet("a0 c1", "s5", "t1"))["table_moves"] == 0


def test_tier_table_moves_leave_out_several_delegates():
    crowd = people("a0", "a1", "c0", "c1", a0={"delegates": 2})
    case = event(affinities=worth(PAIRS), tables=tables(2), participants=crowd)

    assert tiers(case, meet("a0 c0", "s0", "t0"), meet("a0 c1", "s1", "t1"))["table_moves"] == 0


def test_tier_table_moves_pass_over_online_meetings():
    online = people("a0", "a1", "c0", "c1", "c2", c1={"remote": True})
    case = event(affinities=worth({**PAIRS, "a0 c2": 1}), tables=tables(2), participants=online)
    start, between = meet("a0 c0", "s0", "t0"), meet("a0 c1", "s1")

    assert tiers(case, start, between, held("a0 c2", "s2", "t0", score=1))["table_moves"] == 0
    assert tiers(case, start, between, held("a0 c2", "s2", "t1", score=1))["table_moves"] == 1


@pytest.mark.parametrize("name", TIERS)
def test_tier_other_than_the_meetings_make(name):
    right = tiers(PLAIN, meet("a0 c0", "s0"))[name]

    assert only_fault(PLAIN, meet("a0 c0", "s0"), **{name: right + 1}) == (
        f"tier {name}: the meetings make {right}, the schedule says {right + 1}"
    )


def proven(case: Event, status: str, **bounds: int | None) -> Schedule:
    """The empty schedule of ``case``, which loses one meeting of shortfall, with these bounds."""
    blank = schedule_of(case, [])
    return blank.model_copy(
        update={
            "status": status,
            "tiers": tuple(tier.model_copy(update={"bound": bounds.get(tier.name)}) for tier in blank.tiers),
        }
    )


LACKING = event(participants=people("a0", "c0", a0={"min_meetings": 1}))


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ({"shortfall": 2}, "tier shortfall: 1 is below its proven bound 2"),
        ({"value": -1}, "tier value: 0 is beyond its proven bound -1"),
        ({"breaks": 1}, "tier breaks: 0 is below its proven bound 1"),
    ],
)
def test_bound_on_the_wrong_side(bounds, said):
    assert verify(LACKING, proven(LACKING, "feasible", **bounds)).faults == [said]


def test_status_optimal_without_proof():
    assert verify(LACKING, proven(LACKING, "optimal", shortfall=1, value=0)).faults == [
        "status: optimal, but bound and value differ in breaks"
    ]
    assert verify(LACKING, proven(LACKING, "optimal", shortfall=1, value=0, breaks=0)).faults == []


def test_status_feasible_despite_proof():
    (fault,) = verify(LACKING, proven(LACKING, "feasible", shortfall=1, value=0, breaks=0)).faults

    assert fault.startswith("status: feasible")


def test_tiers_missing_or_in_another_order():
    right = schedule_of(PLAIN, [])
    for found in (right.tiers[:4], right.tiers[::-1], ()):
        (fault,) = verify(PLAIN, right.model_copy(update={"tiers": found})).faults
        assert fault.startswith("tiers: expected shortfall, value, breaks, idle_slots, table_moves")


def test_disruptions_may_stand_before_the_five():
    right = schedule_of(PLAIN, [])
    before = (Tier(name="disruptions", value=0, bound=0), *right.tiers)

    assert verify(PLAIN, right.model_copy(update={"tiers": before})).faults == []


# Rule 6: "same_person", "seated" and "max_in_a_row" hold

ONE_PERSON = event(affinities=worth(PAIRS), same_person=[["a0", "a1"]])
SEATED = event(affinities=worth(PAIRS), tables=tables(2), rules={"seated": ["company"]})
PAUSED = event(affinities=worth(PAIRS), rules={"max_in_a_row": 1})


def test_rule_6_one_person_at_different_times():
    assert faults(ONE_PERSON, meet("a0 c0", "s0"), meet("a1 c1", "s1")) == []


def test_rule_6_one_person_in_two_meetings_of_a_slot():
    fault = only_fault(ONE_PERSON, meet("a0 c0", "s0"), meet("a1 c1", "s0"))

    assert fault == "rule 6: a0, a1 are one person (same_person), and all meet in s0"


def test_rule_6_one_person_who_meets_itself():
    alone = event(affinities=worth({"a0 c0": 1}), same_person=[["a0", "c0"]])

    assert only_fault(alone, held("a0 c0", "s0", score=1)).startswith("rule 6: a0, c0 are one person")


def test_rule_6_breaks_of_one_person_are_counted_for_each_participant():
    schedule = schedule_of(ONE_PERSON, [meet("a0 c0", "s0"), meet("a1 c1", "s1"), meet("a0 c1", "s2")])

    assert verify(ONE_PERSON, schedule).tiers["breaks"] == 1


def test_rule_6_seated_at_one_table():
    assert faults(SEATED, meet("a0 c0", "s0", "t0"), meet("a1 c0", "s1", "t0"), meet("a0 c1", "s1", "t1")) == []


def test_rule_6_seated_at_two_tables():
    fault = only_fault(SEATED, meet("a0 c0", "s0", "t0"), meet("a1 c0", "s1", "t1"))

    assert fault == "rule 6: c0 stays seated (rules.seated), yet is at several tables on 2027-03-18: t0, t1"


def test_rule_6_seated_at_another_table_on_another_day():
    two_days = event(affinities=worth(PAIRS), slots=slots(4, 2), tables=tables(2), rules={"seated": ["company"]})

    assert faults(two_days, meet("a0 c0", "s0", "t0"), meet("a1 c0", "s2", "t1")) == []


def test_rule_6_seated_online_and_at_one_table():
    online = event(
        affinities=worth(PAIRS),
        participants=people("a0", "a1", "c0", "c1", a1={"remote": True}),
        tables=tables(2),
        rules={"seated": ["company"]},
    )

    assert faults(online, meet("a0 c0", "s0", "t0"), meet("a1 c0", "s1")) == []


def test_rule_6_seated_take_turns_at_a_table():
    assert faults(SEATED, meet("a0 c0", "s0", "t0"), meet("a1 c1", "s1", "t0")) == []


def test_rule_6_seated_where_tables_are_unlimited():
    unlimited = event(affinities=worth(PAIRS), rules={"seated": ["company"]})

    assert faults(unlimited, meet("a0 c0", "s0"), meet("a1 c0", "s1")) == []


def test_rule_6_pause_after_each_meeting():
    assert faults(PAUSED, meet("a0 c0", "s0"), meet("a0 c1", "s2")) == []


def test_rule_6_too_many_in_a_row():
    several = faults(PAUSED, meet("a0 c0", "s0"), meet("a0 c1", "s1"), meet("a1 c0", "s2"))

    assert several == ["rule 6: a0: meetings in 2 slots in a row (s0 to s1), at most 1 allowed"]


def test_rule_6_the_night_interrupts_a_row():
    two_days = event(affinities=worth(PAIRS), slots=slots(2, 2), rules={"max_in_a_row": 1})

    assert faults(two_days, meet("a0 c0", "s0"), meet("a0 c1", "s1")) == []


@pytest.mark.parametrize(("gap", "row"), [(9, True), (10, False), (11, False)])
def test_rule_6_a_gap_of_ten_minutes_interrupts_a_row(gap: int, row: bool):
    grid = [
        {"id": "s0", "start": "2027-03-18T09:00", "end": "2027-03-18T09:10"},
        {"id": "s1", "start": f"2027-03-18T09:{10 + gap}", "end": "2027-03-18T09:40"},
    ]
    case = event(affinities=worth(PAIRS), slots=grid, rules={"max_in_a_row": 1})

    assert bool(faults(case, meet("a0 c0", "s0"), meet("a0 c1", "s1"))) == row


def test_rule_6_a_slot_with_several_delegates_counts_once():
    two = event(
        affinities=worth(PAIRS),
        participants=people("a0", "a1", "c0", "c1", a0={"delegates": 2}),
        rules={"max_in_a_row": 1},
    )

    assert faults(two, meet("a0 c0", "s0"), meet("a0 c1", "s0")) == []


def test_rule_6_one_person_needs_its_pause_whomever_it_speaks_for():
    case = event(affinities=worth(PAIRS), same_person=[["a0", "a1"]], rules={"max_in_a_row": 1})

    (fault,) = faults(case, meet("a0 c0", "s0"), meet("a1 c1", "s1"))
    assert fault.startswith("rule 6: a0, a1: meetings in 2 slots in a row")
