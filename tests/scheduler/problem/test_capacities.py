"""Tables as counted sets: meetings find different tables exactly when no set that is counted is overfull."""

from itertools import combinations
from random import Random

import numpy as np
import pytest

from scheduler.problem.capacities import _MOST_SETS, connected_unions, resources_of
from scheduler.problem.problem import NO_TABLE, Problem, build_problem
from tests.scheduler.builders import event, people, slots, tables, worth


def all_unions(sets: list[frozenset[int]]) -> set[frozenset[int]]:
    return {frozenset().union(*chosen) for size in range(1, len(sets) + 1) for chosen in combinations(sets, size)}


def drawn_sets(random: Random) -> list[frozenset[int]]:
    return [frozenset(random.sample(range(6), random.randint(1, 3))) for _ in range(random.randint(1, 5))]


def overfull(unions: set[frozenset[int]], asked: list[frozenset[int]]) -> bool:
    return any(sum(own <= places for own in asked) > len(places) for places in unions)


def matched(asked: list[frozenset[int]]) -> bool:
    """Whether each of ``asked`` gets a table of its own, by trying."""
    if not asked:
        return True
    first, *others = asked
    return any(matched([own - {table} for own in others]) for table in first)


def test_connected_unions_are_overfull_where_any_union_is():
    refused = 0
    for seed in range(300):
        random = Random(seed)
        sets = drawn_sets(random)
        connected = connected_unions(sets)
        assert connected is not None
        assert connected <= all_unions(sets)
        for _ in range(10):
            asked = random.choices(sets, k=random.randint(1, 6))
            assert overfull(connected, asked) == overfull(all_unions(sets), asked) == (not matched(asked))
            refused += overfull(connected, asked)
    assert refused >= 300


def test_connected_unions_leave_out_what_falls_apart():
    one, other, bridge = frozenset({0, 1}), frozenset({2, 3}), frozenset({1, 2})
    assert connected_unions([one, other]) == {one, other}
    assert connected_unions([one, other, bridge]) == {
        one,
        other,
        bridge,
        frozenset({0, 1, 2}),
        frozenset({1, 2, 3}),
        frozenset({0, 1, 2, 3}),
    }


def test_connected_unions_give_up_where_they_are_too_many():
    assert connected_unions([frozenset({0, k}) for k in range(1, 13)]) is None
    apart = connected_unions([frozenset({k}) for k in range(2 * _MOST_SETS)])
    assert apart is not None
    assert len(apart) == 2 * _MOST_SETS


FEATURES = ("quiet", "screen", "bright")


def featured(random: Random) -> Problem:
    """An event of one slot in which some need features, or are at home at a table."""
    count = random.randint(1, 4)
    features = [[f for f in FEATURES if random.random() < 0.5] for _ in range(count)]
    everyone = people("a0", "a1", "a2", "c0", "c1", "c2")
    for participant in everyone:
        participant["delegates"] = random.choice((1, 1, 2))
        participant["remote"] = random.random() < 0.1
        known = sorted({feature for own in features for feature in own})
        if known and random.random() < 0.5:
            participant["requires"] = [random.choice(known)]
        if random.random() < 0.2:
            participant["home_table"] = f"t{random.randrange(count)}"
    scores = worth({f"a{i} c{j}": 1 for i in range(3) for j in range(3)})
    return build_problem(
        event(participants=everyone, affinities=scores, slots=slots(1), tables=tables(count, *features))
    )


def test_resources_allow_exactly_what_finds_tables():
    allowed = refused = 0
    for seed in range(200):
        random = Random(seed)
        problem = featured(random)
        if not problem.units:
            continue
        resources = resources_of(problem, np.arange(problem.units))
        assert resources is not None
        for size in range(problem.units + 1):
            units = np.array(sorted(random.sample(range(problem.units), size)), dtype=np.int64)
            if (problem.degrees(units) > problem.delegates).any():
                continue
            kinds = [int(k) for k in problem.table_type[units] if k != NO_TABLE]
            fits = bool((resources.uses[units].sum(axis=0) <= resources.capacity[:, 0]).all())
            assert fits == matched([frozenset(problem.table_types[k]) for k in kinds])
            allowed += fits
            refused += not fits
    assert allowed >= 200
    assert refused >= 50


def test_resources_count_facilitators_and_persons_slot_by_slot():
    problem = build_problem(
        event(
            affinities=worth({"a0 c0": 1, "a1 c1": 1}),
            participants=people("a0", "a1", "c0", "c1", a0={"needs_facilitator": True}),
            facilitators=[{"id": "f0", "unavailable": ["s1"]}, {"id": "f1", "unavailable": []}],
            same_person=[["a0", "a1"]],
        )
    )
    resources = resources_of(problem, np.arange(problem.units))
    assert resources is not None
    counted = {
        tuple(uses): tuple(room)
        for uses, room in zip(resources.uses.T.tolist(), resources.capacity.tolist(), strict=True)
    }
    assert counted == {(True, False): (2, 1, 2), (True, True): (1, 1, 1)}


@pytest.mark.parametrize(("count", "told"), [(2, 1), (6, 0)])
def test_resources_leave_out_sets_that_cannot_be_overfull(count: int, told: int):
    """Of those who need a quiet table at most two meet at once: six quiet tables need no counting, one does."""
    quiet = [["quiet"]] * (count // 2)
    problem = build_problem(
        event(
            participants=people(
                *(f"{side}{i}" for side in "ac" for i in range(2)),
                *("a2", "c2"),
                c0={"requires": ["quiet"]},
                c1={"requires": ["quiet"]},
            ),
            affinities=worth({f"a{i} c{j}": 1 for i in range(3) for j in range(3)}),
            tables=tables(count, *quiet),
        )
    )
    resources = resources_of(problem, np.arange(problem.units))
    assert resources is not None
    confined = [r for r in range(len(resources.capacity)) if not resources.uses[:, r].all()]
    assert len(confined) == told
