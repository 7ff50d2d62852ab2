"""Why a partner was not met: the true reason, and a price that exhaustive search confirms."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scheduler.cli import main
from scheduler.errors import Infeasible, InvalidInput
from scheduler.event import Event, event_json
from scheduler.explain import Encounter, Explanation, NotMet, Reason, explain
from scheduler.schedule import Meeting, schedule_json
from scheduler.solve import solve
from scheduler.watch import SolveOptions
from tests.properties.brute_force import Exhaustive
from tests.properties.strategies import events
from tests.scheduler.builders import event, held, people, rule, schedule_of, slots, tables, worth

SCORES = {"a0 c0": 9, "a0 c1": 8, "a1 c0": 7, "a1 c1": 6}


def wishing(partner: str = "c1", **fields: Any) -> Event:
    """An event in which a0 wishes ``partner``."""
    ids = ("a0", "a1", "c0", "c1")
    more = fields.pop("more", {})
    everybody = people(*ids, **{**more, "a0": {"wishes": [partner], **more.get("a0", {})}})
    return event(**{"participants": everybody, "affinities": worth(SCORES), **fields})


def answer(case: Event, *meetings: Meeting, partner: str = "c1") -> NotMet:
    found = [a for a in explained(case, *meetings).not_met if a.partner == partner]
    assert len(found) == 1
    return found[0]


def explained(case: Event, *meetings: Meeting) -> Explanation:
    return explain(case, schedule_of(case, meetings), "a0")


def test_met_wish_needs_no_explanation():
    case = wishing(affinities=worth({"a0 c1": 8}))

    assert explained(case, held("a0 c1", "s0", score=8)).not_met == ()


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (wishing(more={"c1": {"vetoes": ["a0"]}}), Reason("veto", "c1")),
        (wishing(more={"a0": {"vetoes": ["c1"]}}), Reason("veto", "a0")),
        (wishing(meetings=[rule("a0 c1", "forbidden")]), Reason("forbidden")),
        (wishing("a1"), Reason("kinds")),
        (wishing(affinities=worth({"a0 c0": 9})), Reason("no_score")),
        (
            wishing(more={"a0": {"unavailable": ["s0"]}, "c1": {"unavailable": ["s1", "s2"]}}),
            Reason("never_together"),
        ),
        (
            wishing(tables=tables(2), more={"a0": {"home_table": "t0"}, "c1": {"home_table": "t1"}}),
            Reason("no_table"),
        ),
        (wishing(more={"c1": {"needs_facilitator": True}}), Reason("facilitators", slots=("s0", "s1", "s2"))),
    ],
    ids=lambda value: value.kind if isinstance(value, Reason) else "",
)
def test_impossible_meeting_has_its_reason_and_no_price(case: Event, reason: Reason):
    found = answer(case, partner=case.participant("a0").wishes[0])

    assert found.reasons == (reason,)
    assert found.price is None
    assert found.wish == 0


def test_full_partner_names_the_meetings_worth_as_much():
    case = wishing(more={"c1": {"max_meetings": 1}}, affinities=worth({**SCORES, "a1 c1": 20}))
    found = answer(case, held("a1 c1", "s0", score=20))

    assert found.reasons == (Reason("full", "c1", (Encounter(("a1", "c1"), 20),)),)
    assert found.price is not None
    assert (found.price.value, found.price.lost, found.price.gained) == (-12, (Encounter(("a1", "c1"), 20),), ())


def test_price_tells_who_gains_instead():
    case = wishing(
        more={id: {"max_meetings": 1} for id in ("a0", "a1", "c0", "c1")},
        affinities=worth({"a0 c0": 9, "a1 c1": 9, "a0 c1": 8, "a1 c0": 5}),
    )
    price = answer(case, held("a0 c0", "s0", score=9), held("a1 c1", "s0", score=9)).price

    assert price is not None
    assert price.value == -5
    assert {m.between for m in price.lost} == {("a0", "c0"), ("a1", "c1")}
    assert {m.between for m in price.gained} == {("a1", "c0")}


def test_taken_slots_and_tables_are_told():
    busy = wishing(slots=slots(2))
    meetings = (held("a0 c0", "s0", score=9), held("a1 c1", "s1", score=6))
    assert answer(busy, *meetings).reasons == (Reason("busy", slots=("s0", "s1")),)

    full = wishing(slots=slots(1), tables=tables(1), participants=people("a0", "a1", "c0", "c1"))
    assert answer(full, held("a1 c0", "s0", "t0", score=7)).reasons == (Reason("tables", slots=("s0",)),)


def test_open_slot_is_told_where_the_meeting_could_be_added():
    assert answer(wishing()).reasons == (Reason("open", slots=("s0", "s1", "s2")),)


def test_required_meetings_that_leave_no_room_are_told():
    case = wishing(slots=slots(1), meetings=[rule("a1 c1")])
    found = answer(case, held("a1 c1", "s0", score=6))

    assert Reason("required", meetings=(Encounter(("a1", "c1"), 6),)) in found.reasons
    assert found.price is None


def test_good_partners_follow_the_wishes_best_first():
    ids = [f"c{k}" for k in range(14)]
    case = event(
        participants=people("a0", *ids, a0={"wishes": ["c3"], "max_meetings": 0}),
        affinities=worth({f"a0 {id}": 10 + k for k, id in enumerate(ids)}),
    )
    partners = [a.partner for a in explained(case).not_met]

    assert partners == ["c3", *(f"c{k}" for k in range(13, 3, -1))]


def test_words_name_who_loses_in_both_languages():
    case = wishing(more={"c1": {"max_meetings": 1}}, affinities=worth({**SCORES, "a1 c1": 20}))
    found = answer(case, held("a1 c1", "s0", score=20))

    assert found.words("en") == (
        "c1 (wish 1): c1 has a full agenda, with meetings worth at least as much (8): a1 (20). "
        "If forced: value −12; a1 would lose the meeting with c1."
    )
    assert found.words("fr") == (
        "c1 (souhait 1)\u00a0: c1 a déjà un agenda complet, avec des rendez-vous qui valent au moins autant (8)\u00a0: "
        "a1 (20). Si on l’impose\u00a0: valeur −12\u202f; a1 perdrait son rendez-vous avec c1."
    )


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(events(people=4, slots=3), st.data())
def test_price_is_never_above_the_truth(case: Event, data: st.DataObject):
    """Slots are only counted, so the true price of forcing a meeting may be higher than told, never lower."""
    exhaustive = Exhaustive(case)
    assume(exhaustive.size <= 20_000)
    try:
        schedule = solve(case, SolveOptions(time_limit=20.0, workers=1))
    except Infeasible:
        assume(False)
        return
    best = min((worth[0], -worth[1]) for worth in exhaustive.plans)
    id = data.draw(st.sampled_from([p.id for p in case.participants]))
    for found in explain(case, schedule, id).not_met:
        assert found.words("fr") and found.words("en")
        pair = frozenset((id, found.partner))
        worths = [
            (worth[0], -worth[1])
            for worth, plans in exhaustive.plans.items()
            if any(
                slot is not None and unit.pair == pair
                for plan in plans
                for unit, slot in zip(exhaustive.units, plan, strict=True)
            )
        ]
        if found.price is None:
            assert not worths
        elif worths:
            forced = min(worths)
            assert (found.price.shortfall, -found.price.value) <= (forced[0] - best[0], forced[1] - best[1])


def test_explain_command_prints_sentences_or_a_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    case = wishing()
    (tmp_path / "event.json").write_text(event_json(case))
    (tmp_path / "schedule.json").write_text(schedule_json(schedule_of(case, ())))
    command = ["explain", str(tmp_path / "event.json"), str(tmp_path / "schedule.json")]

    assert main([*command, "a0", "--language", "en"]) == 0
    assert "c1 (wish 1): it could still be added (s0, s1 and s2)" in capsys.readouterr().out
    assert main([*command, "nobody"]) == 2
    assert "expected the id of a participant" in capsys.readouterr().err


def test_unknown_participant_is_refused():
    with pytest.raises(InvalidInput):
        explain(wishing(), schedule_of(wishing(), ()), "nobody")
