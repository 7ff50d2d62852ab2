"""The families of events that ``make bench`` measures with: seeded, valid, and each with a legal schedule."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from scheduler.check.schedule import verify
from scheduler.format.event import Event, event_json, parse_event
from scheduler.format.interchange import read_any
from scheduler.format.schedule import Meeting, Schedule
from scheduler.samples.sample import sample_event
from tests.benchmarks.bars import BARS
from tests.benchmarks.events import B2B, described
from tests.benchmarks.families.around_sample import changed_sample, with_one_more, without, without_last_table
from tests.benchmarks.families.b2b_variants import VARIANTS, b2b_variant
from tests.benchmarks.families.catalogue import FAMILIES, Folders, chosen
from tests.benchmarks.families.large import full_rotation, with_short_visits
from tests.benchmarks.families.making import make_event
from tests.benchmarks.families.random_rules import RULES, random_event, random_event_and_witness
from tests.benchmarks.families.witness import Witness
from tests.scheduler.builders import people, raw_event, slots, tables, worth

NOWHERE = Folders(Path("nowhere"), Path("nowhere"))


def _required(event: Event) -> list[dict[str, object]]:
    return [rule.model_dump() for rule in event.meetings if rule.status == "required"]


# How an event shows that it has the rule.
SHOWN: dict[str, Callable[[Event], object]] = {
    "days": lambda e: len({slot.start.date() for slot in e.slots}) > 1,
    "computed_scores": lambda e: e.affinities is None and any(p.wishes for p in e.participants),
    "boost": lambda e: any(p.boost for p in e.participants),
    "third_kind": lambda e: any(p.kind == "public" for p in e.participants) and len(e.may_meet) == 3,
    "among_themselves": lambda e: ("company", "company") in e.may_meet,
    "no_tables": lambda e: not e.tables,
    "part_time": lambda e: any(p.unavailable for p in e.participants),
    "remote": lambda e: any(p.remote for p in e.participants),
    "seated": lambda e: e.model_dump()["rules"]["seated"],
    "delegates": lambda e: any(p.delegates > 1 for p in e.participants),
    "same_person": lambda e: e.model_dump()["same_person"],
    "features": lambda e: any(p.requires for p in e.participants) and any(t.features for t in e.tables),
    "home_tables": lambda e: any(p.home_table for p in e.participants),
    "facilitators": lambda e: any(p.needs_facilitator for p in e.participants) and e.facilitators,
    "maximum": lambda e: any(p.max_meetings for p in e.participants),
    "minimum": lambda e: any(p.min_meetings for p in e.participants),
    "vetoes": lambda e: any(p.vetoes for p in e.participants),
    "coverage": lambda e: e.rules.coverage,
    "max_in_a_row": lambda e: e.model_dump()["rules"]["max_in_a_row"],
    "required": lambda e: _required(e),
    "slot": lambda e: any(rule["slot"] for rule in _required(e)),
    "session": lambda e: any(rule["session"] for rule in _required(e)),
    "after": lambda e: any(rule["after"] for rule in _required(e)),
    "repeated": lambda e: len(_required(e)) > len({frozenset(rule["between"]) for rule in _required(e)}),  # type: ignore[arg-type]
    "forbidden": lambda e: any(rule.status == "forbidden" for rule in e.meetings),
    "allowed": lambda e: any(rule.status == "allowed" for rule in e.meetings),
    "break_difference": lambda e: e.rules.max_break_difference is not None,
}


def faults(event: Event, meetings: list[dict[str, object]]) -> list[str]:
    """The faults of ``meetings`` against the rules; what they are worth is not told, so not judged."""
    held = tuple(Meeting.model_validate(meeting) for meeting in meetings)
    schedule = Schedule(status="feasible", meetings=held, tiers=(), seconds=0.0)
    return [fault for fault in verify(event, schedule).faults if fault.startswith("rule")]


@pytest.mark.parametrize("name", RULES)
def test_random_event_with_one_rule_shows_it_and_has_a_legal_schedule(name: str) -> None:
    event, witness = random_event_and_witness(14, 13, 1, [name])
    assert SHOWN[name](event)
    assert faults(event, witness) == []


@pytest.mark.parametrize("seed", range(1, 9))
def test_random_event_with_all_rules_has_a_legal_schedule(seed: int) -> None:
    event, witness = random_event_and_witness(20 + seed, 28 - seed, seed, RULES)
    assert faults(event, witness) == []
    assert [meeting for meeting in _required(event) if meeting["slot"] or meeting["after"]]


@pytest.mark.parametrize("seed", range(1, 13))
def test_random_event_with_a_handful_of_rules_has_a_legal_schedule(seed: int) -> None:
    assert faults(*random_event_and_witness(12 + 2 * seed, 40 - 2 * seed, seed)) == []


@pytest.mark.parametrize(
    ("more", "rules", "entered"),
    [
        ({}, {}, ["a0 c0 0", "a1 c1 0", "a0 c1 1"]),
        ({"a0": {"unavailable": ["s0"]}}, {}, ["a0 c0 1", "a1 c1 0", "a0 c1 2"]),
        ({"a0": {"max_meetings": 1}}, {}, ["a0 c0 0", "a1 c1 0", None]),
        ({"a0": {"delegates": 2}, "c1": {"delegates": 2}}, {}, ["a0 c0 0", "a1 c1 0", None]),
        ({"c0": {"needs_facilitator": True}, "a1": {"needs_facilitator": True}}, {}, ["a0 c0 0", "a1 c1 1", "a0 c1 2"]),
        ({"c0": {"requires": ["quiet"]}, "a1": {"requires": ["quiet"]}}, {}, ["a0 c0 0", "a1 c1 1", "a0 c1 2"]),
        ({"c0": {"home_table": "t0"}, "c1": {"home_table": "t0"}}, {}, ["a0 c0 0", "a1 c1 1", "a0 c1 2"]),
        ({}, {"max_in_a_row": 1}, ["a0 c0 0", "a1 c1 0", "a0 c1 2"]),
        ({"c0": {"requires": ["quiet"]}}, {"seated": ["company"]}, ["a0 c0 0", "a1 c1 0", "a0 c1 1"]),
    ],
)
def test_witness_enters_meetings_where_they_are_legal(more, rules, entered: list[str | None]) -> None:
    raw = raw_event(
        participants=people("a0", "a1", "c0", "c1", **more),
        slots=slots(4),
        tables=tables(2, ["quiet"]),
        facilitators=[{"id": "f0", "unavailable": []}],
        rules=rules,
    )
    witness = Witness(raw)
    # Two delegates of each are busy at two tables in the first slot, and nothing is tried beyond it there.
    slots_tried = range(1) if "delegates" in str(more) else range(4)
    found = [witness.enter(a, c, iter(slots_tried)) for a, c in (("a0", "c0"), ("a1", "c1"), ("a0", "c1"))]
    assert [entry and f"{entry.a} {entry.b} {entry.slot}" for entry in found] == entered
    assert (
        faults(parse_event({**raw, "affinities": worth({"a0 c0": 0, "a1 c1": 0, "a0 c1": 0})}), witness.schedule())
        == []
    )


def test_witness_lets_one_person_be_in_one_place_only() -> None:
    witness = Witness(raw_event(slots=slots(4), tables=[], facilitators=[], rules={}, same_person=[["a0", "a1"]]))
    found = [witness.enter(a, c, iter(range(4))) for a, c in (("a0", "c0"), ("a1", "c1"))]
    assert [entry and entry.slot for entry in found] == [0, 1]


def test_random_event_is_the_same_for_the_same_seed_only() -> None:
    one, again, other = (event_json(random_event(15, 12, seed)) for seed in (3, 3, 4))
    assert one == again
    assert one != other


def test_handfuls_of_rules_differ_from_seed_to_seed() -> None:
    found = [random_event(14, 14, seed) for seed in range(1, 41)]
    missing = [name for name in RULES if not any(SHOWN[name](event) for event in found)]
    everywhere = [name for name in RULES if all(SHOWN[name](event) for event in found)]
    assert (missing, everywhere) == ([], [])


@pytest.mark.parametrize("change", [p.id for p in sample_event().participants])
def test_sample_without_somebody_speaks_of_them_nowhere(change: str) -> None:
    left = event_json(changed_sample(change))
    assert f'"{change}"' not in left
    assert len(parse_event(left).participants) == len(sample_event().participants) - 1


def test_removal_takes_orders_wishes_and_affinities_along() -> None:
    event, _ = random_event_and_witness(14, 13, 2, [name for name in RULES if name != "computed_scores"])
    raw = json.loads(event_json(event))
    named = raw["meetings"][0]["between"][0]
    raw["participants"][-1]["wishes"] = [named]
    assert f'"{named}"' not in event_json(without(parse_event(raw), named))


def test_sample_of_the_morning_with_a_guest_or_a_table_less_is_valid() -> None:
    event = sample_event()
    guest, fewer = with_one_more(event, "a1"), without_last_table(event)
    assert [p.id for p in guest.participants if p not in event.participants] == ["guest"]
    assert len(fewer.tables) == len(event.tables) - 1
    assert parse_event(event_json(fewer)) == fewer


@pytest.mark.parametrize(("associations", "companies"), [(5, 5), (6, 9)])
def test_full_rotation_has_room_for_every_pair(associations: int, companies: int) -> None:
    event = full_rotation(associations, companies)
    assert event.affinities is not None and len(event.affinities) == associations * companies
    assert len(event.slots) * len(event.tables) == associations * companies
    assert len({affinity.score for affinity in event.affinities}) == 1


def test_short_visits_leave_slots_to_everybody() -> None:
    event = with_short_visits(full_rotation(20, 20), 0.5)
    there = [20 - len(p.unavailable) for p in event.participants]
    assert min(there) >= 4
    assert 5 < sum(slots <= 12 for slots in there) < 35


@pytest.mark.parametrize("variant", VARIANTS)
def test_b2b_variant_has_the_sizes_of_the_file_but_other_sets(variant: str) -> None:
    original = B2B / "tic-12.original.dzn"
    if not original.exists():
        pytest.skip("no B2BSP files beside the project")
    path = next(B2B.glob(f"tic-12.{variant}*.dzn"))
    given, derived, again, other = (
        read_any(path.read_bytes(), path.name),
        *(b2b_variant(original, variant, seed) for seed in (1, 1, 2)),
    )
    assert derived == again
    assert len({event_json(event) for event in (given, derived, other)}) == 3
    assert _sizes(derived) == _sizes(given)


def _sizes(event: Event) -> tuple[int, int, int]:
    away = sum(len(participant.unavailable) for participant in event.participants)
    fixed = sum(rule.slot is not None for rule in event.meetings)
    return away, fixed, sum(len(rule.after) for rule in event.meetings)


def test_families_have_bars_and_events_of_different_names() -> None:
    names = [case.name for family in FAMILIES for case in family.events(NOWHERE)]
    assert len(names) == len(set(names)) > 150
    assert {family.name for family in FAMILIES} <= set(BARS)


def test_families_take_only_so_many_events_always_the_same() -> None:
    cases = next(family for family in FAMILIES if family.name == "sample").events(NOWHERE)
    few, more = chosen(cases, 4), chosen(cases, 9)
    assert (len(few), len(more)) == (4, 9)
    assert [case for case in more if case in few] == few == chosen(cases, 4)
    assert chosen(cases, None) == chosen(cases, 100) == cases


@pytest.mark.parametrize(
    "family", [family for family in FAMILIES if not family.name.startswith(("200", "1000", "5000"))]
)
def test_events_of_a_family_are_made_from_their_descriptions(family) -> None:
    for case in chosen(family.events(NOWHERE), 1):
        event = make_event(described(case))
        assert parse_event(event_json(event)) == event
