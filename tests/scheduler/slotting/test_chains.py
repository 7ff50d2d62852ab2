"""Meetings put in along chains: every rule kept, what was held still held, and what was tried taken back."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import numpy as np
import pytest

from scheduler.problem.capacities import resources_of
from scheduler.problem.placement import Placement
from scheduler.problem.problem import Problem, build_problem
from scheduler.problem.worth import breaks_alike
from scheduler.slotting.chains import Chains
from scheduler.slotting.timetable import Timetable
from tests.benchmarks.families.random_rules import random_event
from tests.properties.placements import tiny_problems
from tests.scheduler.broken_rules import broken_rules
from tests.scheduler.builders import Raw, event, people, slots, tables, worth


def broken(problem: Problem, placement: Placement) -> list[str]:
    """What ``placement`` breaks, but for required meetings that it does not hold and breaks that are not alike."""
    return [line for line in broken_rules(problem, placement) if "not held" not in line and "breaks" not in line]


def without(placement: Placement, units: Sequence[int]) -> Placement:
    kept = ~np.isin(placement.units, units)
    return Placement(placement.units[kept], placement.slots[kept])


def chains_in(problem: Problem, placement: Placement) -> Chains:
    chains = Chains.into(problem, placement)
    assert chains is not None
    return chains


@pytest.mark.parametrize("rules", [False, True])
def test_with_each_keeps_every_rule_and_what_was_held(rules: bool):
    more = 0
    for number, (problem, placements) in enumerate(tiny_problems(100, rules=rules)):
        random = Random(number)
        whole = random.choice(placements)
        start = without(whole, random.sample(whole.units.tolist(), min(2, len(whole.units))))
        missing = np.setdiff1d(np.arange(problem.units), start.units)
        chains = Chains.into(problem, start)
        if chains is None:
            continue
        found = chains.with_each(missing)

        assert broken(problem, found) == []
        assert np.isin(start.units, found.units).all()
        more += len(found.units) > len(start.units)
        # All of it was taken back, tables and facilitators too.
        again = chains.with_each(missing)
        assert again.units.tolist() == found.units.tolist()
        assert again.slots.tolist() == found.slots.tolist()
        resources = resources_of(problem, np.arange(problem.units))
        assert resources is not None
        used = np.array(chains.timetable.left)
        for r in range(len(used)):
            used[r] += np.bincount(start.slots[resources.uses[start.units, r]], minlength=problem.slots)
        assert (used == resources.capacity).all()
    assert more >= 40


@pytest.mark.parametrize("rules", [False, True])
def test_placed_holds_all_that_is_added_and_nothing_lost(rules: bool):
    placed = 0
    for number, (problem, placements) in enumerate(tiny_problems(100, rules=rules)):
        random = Random(number)
        whole = random.choice(placements)
        if len(whole.units) < 3:
            continue
        added, lost = (int(u) for u in random.sample(whole.units.tolist(), 2))
        chains = Chains.into(problem, without(whole, [added]))
        found = None if chains is None else chains.placed([lost], [added])
        if found is None:
            continue
        placed += 1
        assert broken(problem, found) == []
        assert breaks_alike(problem, found)
        assert found.units.tolist() == without(whole, [lost]).units.tolist()
    assert placed >= 25


@pytest.mark.parametrize("seed", range(1, 7))
def test_with_each_keeps_the_rules_of_larger_events(seed: int):
    problem = build_problem(random_event(14, 13, seed))
    empty = Placement(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    found = chains_in(problem, empty).with_each(range(problem.units))

    assert broken(problem, found) == []
    assert len(found.units) >= 20


def added_to(start: dict[str, int], pair: str, scores: dict[str, int], **fields: Any) -> tuple[Problem, Placement]:
    """What an event of these pairs holds after ``pair`` is put in beside what ``start`` names with its slots."""
    problem = build_problem(event(affinities=worth(scores), **fields))
    ids = [participant.id for participant in problem.event.participants]
    names = [f"{ids[a]} {ids[b]}" for a, b in zip(problem.a, problem.b, strict=True)]
    held = np.array(sorted((names.index(name), s) for name, s in start.items()), dtype=np.int64).reshape(-1, 2)
    return problem, chains_in(problem, Placement(held[:, 0], held[:, 1])).with_each([names.index(pair)])


AWAY: dict[str, Raw] = {"c1": {"unavailable": ["s1"]}}


def test_with_each_moves_another_to_a_slot_that_has_a_table_left():
    _, found = added_to(
        {"a0 c0": 0},
        "a1 c1",
        {"a0 c0": 1, "a1 c1": 1},
        slots=slots(2),
        tables=tables(1),
        participants=people("a0", "a1", "c0", "c1", **AWAY),
    )
    assert found.units.tolist() == [0, 1]
    assert found.slots.tolist() == [1, 0]


def test_with_each_finds_no_place_where_no_slot_has_a_table_left():
    _, found = added_to(
        {"a0 c0": 0, "a0 c2": 1},
        "a1 c1",
        {"a0 c0": 1, "a1 c1": 1, "a0 c2": 1},
        slots=slots(2),
        tables=tables(1),
        participants=people("a0", "a1", "c0", "c1", "c2", **AWAY),
    )
    assert found.units.tolist() == [0, 2]
    assert found.slots.tolist() == [0, 1]


def test_with_each_changes_a_chain_over_where_two_are_free_in_different_slots():
    _, found = added_to({"a0 c1": 0, "a1 c0": 1}, "a0 c0", {"a0 c1": 1, "a1 c0": 1, "a0 c0": 1}, slots=slots(2))
    assert len(found.units) == 3


@pytest.mark.parametrize("side", ["a0", "c0"])
def test_with_each_gives_nobody_more_than_its_maximum(side: str):
    _, found = added_to(
        {"a0 c1": 0, "a1 c0": 0},
        "a0 c0",
        {"a0 c1": 1, "a1 c0": 1, "a0 c0": 1},
        participants=people("a0", "a1", "c0", "c1", **{side: {"max_meetings": 1}}),
    )
    assert len(found.units) == 2


def full_day(*fixed: int) -> tuple[Problem, Chains, int]:
    """A meeting at the only table of the first slot, and another (the number returned) that can be held there alone."""
    problem = build_problem(
        event(
            slots=slots(3),
            tables=tables(1),
            participants=people("a0", "a1", "c0", "c1", c1={"unavailable": ["s1", "s2"]}),
            affinities=worth({"a0 c0": 1, "a1 c1": 1}),
        )
    )
    held = Placement(np.array([0]), np.array([0]))
    resources = resources_of(problem, np.arange(problem.units))
    assert resources is not None
    return problem, Chains(Timetable(problem, resources, held), fixed=fixed), 1


@pytest.mark.parametrize("way", [Chains.push_on, Chains.change_over])
def test_chains_move_another_that_is_in_the_way_and_none_that_stays(way: Callable[[Chains, int], bool]):
    problem, chains, asking = full_day()
    assert way(chains, asking)
    assert chains.timetable.slot == {0: 1, asking: 0}
    assert broken(problem, chains.timetable.placement) == []

    _, chains, asking = full_day(0)
    assert not way(chains, asking)
    assert chains.timetable.slot == {0: 0}


def test_chains_move_nobody_once_time_is_over():
    _, chains, asking = full_day()
    chains.over = lambda: True
    assert not chains.push_on(asking)
    assert chains.timetable.slot == {0: 0}
    assert chains.with_each([asking]).units.tolist() == [0]
