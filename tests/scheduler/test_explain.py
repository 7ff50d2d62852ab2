"""Why a partner was not met: the true reason, and a price that exhaustive search confirms."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import event as note

from scheduler.command.main import main
from scheduler.explain import Encounter, Explainer, Explanation, NotMet, Price, Reason, explain
from scheduler.format.errors import Infeasible, InvalidInput
from scheduler.format.event import Event, event_json
from scheduler.format.schedule import Meeting, Schedule, schedule_json
from scheduler.problem.problem import build_problem
from scheduler.problem.watch import SolveOptions
from scheduler.solve import solve
from scheduler.wording.explanations import forced, paragraph
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
        (wishing(more={"c1": {"needs_facilitator": True}}), Reason("no_facilitator", slots=("s0", "s1", "s2"))),
        (
            wishing(meetings=[rule("a0 c1", "allowed", slot="s0")], more={"c1": {"unavailable": ["s0"]}}),
            Reason("confined"),
        ),
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

    assert found.reasons == (Reason("full", "c1", (Encounter(("a1", "c1"), 20),), count=1),)
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
    assert paragraph(found, "en") == (
        "c1 (wish 1): c1 has a full agenda (1 meeting). Required meetings leave no room: a1 – c1. "
        "It cannot be forced: the requirements leave no room for it, whatever others give up."
    )


def test_required_meetings_that_could_move_are_no_reason():
    """a1 – c1 stands in the only slot of a0 and c1, but could as well be in another."""
    case = wishing(
        meetings=[rule("a1 c1")],
        more={"a0": {"unavailable": ["s1", "s2"]}},
        affinities=worth({"a0 c1": 8, "a1 c1": 6}),
    )
    found = answer(case, held("a1 c1", "s0", score=6))

    assert found.reasons == (Reason("busy", slots=("s0",)),)
    assert found.price == Price(0, 8, (), (), exact=True)


def test_required_meetings_take_the_only_table():
    case = wishing(slots=slots(1), tables=tables(1), meetings=[rule("a1 c0")])
    found = answer(case, held("a1 c0", "s0", "t0", score=7))

    assert found.reasons == (Reason("required", meetings=(Encounter(("a1", "c0"), 7),)),)
    assert found.price is None


def test_facilitator_who_is_taken_is_told():
    case = wishing(
        slots=slots(1),
        facilitators=[{"id": "f0"}],
        more={"c1": {"needs_facilitator": True}, "c0": {"needs_facilitator": True}},
    )
    found = answer(case, held("a1 c0", "s0", score=7))

    assert found.reasons == (Reason("facilitators", slots=("s0",)),)
    assert "no facilitator is" in paragraph(found, "en")


def test_order_that_forbids_every_slot_is_told():
    case = wishing(slots=slots(2), meetings=[rule("a0 c1", "allowed", after=[["a1", "c0"]])])

    assert answer(case, held("a1 c0", "s1", score=7)).reasons == (Reason("order", slots=("s0", "s1")),)


def test_breaks_that_would_differ_too_much_are_told():
    case = wishing(slots=slots(3), more={"c1": {"unavailable": ["s1", "s2"]}}, rules={"max_break_difference": 0})

    assert answer(case, held("a0 c0", "s2", score=9)).reasons == (Reason("breaks", slots=("s0",)),)


def test_tables_and_facilitators_may_be_lacking_at_different_times():
    case = wishing(
        slots=slots(2),
        tables=tables(1),
        facilitators=[{"id": "f0", "unavailable": ["s1"]}],
        more={"c1": {"needs_facilitator": True, "unavailable": []}, "a1": {"remote": True, "needs_facilitator": True}},
    )
    found = answer(case, held("a1 c0", "s0", score=7))

    assert found.reasons == (Reason("facilitators", slots=("s0",)),)


def test_agenda_full_of_lesser_meetings_is_not_the_whole_reason():
    """c1 meets a1 for less than a0 would bring, but a1 would be left below its minimum."""
    case = wishing(
        more={"c1": {"max_meetings": 1}, "a1": {"min_meetings": 1}, "c0": {"unavailable": ["s0", "s1", "s2"]}}
    )
    found = answer(case, held("a1 c1", "s0", score=6))

    assert found.reasons == (Reason("full", "c1", count=1), Reason("together"))
    assert found.price == Price(1, 2, (Encounter(("a1", "c1"), 6),), (), exact=True)
    assert paragraph(found, "fr").endswith(
        "D’autres rendez-vous valent plus, ensemble. "
        "Si on l’impose\u00a0: valeur +2, rendez-vous manquants +1\u202f; a1 perdrait son rendez-vous avec c1."
    )


def test_price_that_slots_do_not_allow_is_a_limit_until_solved_again(monkeypatch: pytest.MonkeyPatch):
    """Added up there is room for all, but no slot suits the fourth however the others move."""
    case = wishing(
        slots=slots(2),
        participants=people(
            *("a0", "a1", "a2", "c0", "c1", "c2", "c3"),
            a0={"wishes": ["c1"]},
            a1={"unavailable": ["s1"]},
            a2={"unavailable": ["s1"]},
        ),
        affinities=worth({"a0 c0": 9, "a1 c0": 9, "a2 c1": 9, "a0 c1": 1}),
    )
    meetings = (held("a0 c0", "s1", score=9), held("a1 c0", "s0", score=9), held("a2 c1", "s0", score=9))
    proven = solve(case, SolveOptions(workers=1))
    assert answer(case, *meetings).price == Price(0, -8, (Encounter(("a0", "c0"), 9),), (), exact=True)

    monkeypatch.setattr("scheduler.explaining.resolving.MOST_PLACES", 0)
    found = answer(case, *meetings)
    assert found.price == Price(0, 1, (), (), exact=False)
    assert paragraph(found, "en").endswith(
        "If forced: value +1, at best, as rounds are only counted; for example nobody loses a meeting."
    )
    assert [one.price for one in explain(case, proven, "a0").not_met] == [Price(0, 0, (), (), exact=False)]


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

    assert paragraph(found, "en") == (
        "c1 (wish 1): c1 has a full agenda (1 meeting), it is worth at least as much (8): a1 (20). "
        "If forced: value −12; a1 would lose the meeting with c1."
    )
    assert paragraph(found, "fr") == (
        "c1 (souhait 1)\u00a0: c1 a déjà un agenda complet (1 rendez-vous), qui vaut au moins autant (8)\u00a0: "
        "a1 (20). Si on l’impose\u00a0: valeur −12\u202f; a1 perdrait son rendez-vous avec c1."
    )


def test_one_person_for_both_is_told():
    case = wishing(same_person=[["a0", "c1"]])
    found = answer(case)

    assert found.reasons == (Reason("one_person"),)
    assert found.price is None
    assert paragraph(found, "fr") == "c1 (souhait 1)\u00a0: une seule et même personne représente les deux."


def test_person_who_meets_somebody_for_another_is_told():
    case = wishing(slots=slots(2), same_person=[["a1", "a0"]], more={"c1": {"unavailable": ["s1"]}})
    found = answer(case, held("a1 c0", "s0", score=7))

    assert found.reasons == (Reason("person", "a0", slots=("s0",)),)
    assert "but a0 is represented by somebody who is in another meeting then" in paragraph(found, "en")
    assert "mais la personne qui représente a0 a alors un autre rendez-vous" in paragraph(found, "fr")
    assert found.price is not None


def test_pause_that_would_be_lost_is_told():
    case = wishing(slots=slots(2), rules={"max_in_a_row": 1}, more={"c1": {"unavailable": ["s1"]}})
    found = answer(case, held("a0 c0", "s1", score=9))

    assert found.reasons[0].kind == "full"
    roomy = wishing(slots=slots(4), rules={"max_in_a_row": 1}, more={"c1": {"unavailable": ["s0", "s3", "s2"]}})
    found = answer(roomy, held("a0 c0", "s2", score=9))
    assert found.reasons == (Reason("pause", slots=("s1",)),)
    assert "but one of them would then have more than 1 meeting in a row" in paragraph(found, "en")
    assert "aurait alors plus de 1 rendez-vous d’affilée" in paragraph(found, "fr")


def test_table_at_which_somebody_stays_is_told_where_it_does_not_suit():
    case = wishing(
        slots=slots(2),
        tables=tables(2, [], ["quiet"]),
        more={"a0": {"requires": ["quiet"]}},
        rules={"seated": ["company"]},
    )
    found = answer(case, held("a1 c1", "s0", "t0", score=6))

    assert found.reasons == (Reason("stays", "c1", slots=("s1",)),)
    assert "the table at which c1 stays does not suit both" in paragraph(found, "en")
    assert "la table où reste c1 ne convient pas aux deux" in paragraph(found, "fr")


@pytest.mark.parametrize("places", [1_000, 0], ids=["solved again", "counted"])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(events(people=5, slots=3, room=True))
def test_price_is_what_exhaustive_search_finds(places: int, case: Event):
    """An exact price is the difference to the best timetable that holds the pair, any other one is a limit to it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("scheduler.explaining.resolving.MOST_PLACES", places)
        check_prices(case)


def check_prices(case: Event) -> None:
    exhaustive = Exhaustive(case)
    assume(exhaustive.size <= 20_000)
    try:
        schedule = solve(case, SolveOptions(time_limit=20.0, workers=1))
    except Infeasible:
        assume(False)
        return
    reached = {tier.name: tier.value for tier in schedule.tiers}
    explainer = Explainer(case, schedule)
    pairs = [(p.id, partner) for p in case.participants for partner in explainer.partners(p.id)]
    for id, partner in pairs:
        found = explainer.not_met(id, partner)
        assert found.reasons and paragraph(found, "fr") and paragraph(found, "en")
        assert found.refused == (found.price is None and forced(found, "fr") is None)
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
            note("no room")
            assert not worths
            continue
        note("exact" if found.price.exact else "limit" if worths else "limit where there is no room")
        told = (reached["shortfall"] + found.price.shortfall, -reached["value"] - found.price.value)
        if found.price.exact:
            assert told == min(worths)
        elif worths:
            assert told <= min(worths)
        for reason in found.reasons:
            check_reason(case, schedule, found, reason)


def check_reason(case: Event, schedule: Schedule, found: NotMet, reason: Reason) -> None:
    """What a reason says is so, seen from the files alone."""
    one, other = (case.participant(id) for id in (found.participant, found.partner))
    there = {slot.id for slot in case.slots} - {*one.unavailable, *other.unavailable}
    agenda = {p.id: [m for m in schedule.meetings if p.id in m.between] for p in (one, other)}
    free = {
        slot for slot in there if all(sum(m.slot == slot for m in agenda[p.id]) < p.delegates for p in (one, other))
    }
    if reason.kind == "full":
        assert reason.who is not None
        who = case.participant(reason.who)
        room = int(build_problem(case).room[case.participant_index[who.id]])
        assert reason.count == len(agenda[who.id]) >= min(room, who.max_meetings or room)
        assert all(m.score >= found.score for m in reason.meetings)
        assert len(reason.meetings) == sum(m.score >= found.score for m in agenda[who.id])
    elif reason.kind == "busy":
        assert not free & set(reason.slots)
    elif reason.kind in ("person", "pause", "tables", "facilitators", "order", "breaks", "open"):
        assert set(reason.slots) <= free
        for slot in reason.slots:
            added = Exhaustive(case)
            plan = planned(added, schedule, frozenset((one.id, other.id)), slot)
            # Those who stay seated could have been elsewhere, where there would have been room.
            if reason.kind != "tables" or not case.rules.seated:
                in_one_place = all(added._one_body(plan, group) for group in case.same_person)
                assert (in_one_place and added._legal(plan)) == (reason.kind == "open")


def planned(exhaustive: Exhaustive, schedule: Schedule, pair: frozenset[str], slot: str) -> tuple[int | None, ...]:
    """``schedule`` as a plan of ``exhaustive``, with ``pair`` held in ``slot`` as well."""
    index = exhaustive.event.slot_index
    left = [(m.pair, index[m.slot]) for m in schedule.meetings] + [(pair, index[slot])]
    plan: list[int | None] = []
    for unit in exhaustive.units:
        fitting = [(p, s) for p, s in left if p == unit.pair and s in exhaustive._slots(unit)]
        plan.append(fitting[0][1] if fitting else None)
        if fitting:
            left.remove(fitting[0])
    return tuple(plan)


def test_explain_command_prints_sentences_or_a_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    case = wishing()
    (tmp_path / "event.json").write_text(event_json(case))
    (tmp_path / "schedule.json").write_text(schedule_json(schedule_of(case, ())))
    command = ["explain", str(tmp_path / "event.json"), str(tmp_path / "schedule.json")]

    assert main([*command, "a0", "--language", "en"]) == 0
    assert "c1 (wish 1): it could still be added (at 09:00, 09:10 and 09:20)" in capsys.readouterr().out
    assert main([*command, "nobody"]) == 2
    assert "expected the id of a participant" in capsys.readouterr().err


def test_unknown_participant_is_refused():
    with pytest.raises(InvalidInput):
        explain(wishing(), schedule_of(wishing(), ()), "nobody")
