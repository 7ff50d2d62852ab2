"""A part of a timetable solved exactly: as good as the best of all ways to hold it, and every rule kept."""

from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest

from scheduler.improving.part import Part, PartModel
from scheduler.problem.capacities import resources_of
from scheduler.problem.placement import Placement
from scheduler.problem.problem import Problem, build_problem
from scheduler.problem.watch import SolveOptions, Watch
from scheduler.problem.worth import worth
from tests.properties.placements import tiny_problems
from tests.scheduler.broken_rules import broken_rules
from tests.scheduler.builders import Raw, event, people, rule, slots, tables
from tests.scheduler.builders import worth as affinities

EFFORT = 5.0


def watch() -> Watch:
    return Watch(SolveOptions(workers=1))


def as_pairs(placement: Placement) -> set[tuple[int, int]]:
    return set(zip(placement.units.tolist(), placement.slots.tolist(), strict=True))


def model_of(problem: Problem, held: Placement, part: Part) -> PartModel:
    resources = resources_of(problem, np.arange(problem.units))
    assert resources is not None
    return PartModel(problem, resources, held, part)


def drawn_part(problem: Problem, random: Random) -> Part:
    """Some units freed, some that may be held beside them, and some slots."""
    freed, candidates = (np.array([random.random() < 0.6 for _ in range(problem.units)]) for _ in range(2))
    return Part(freed, candidates & ~freed, np.array([random.random() < 0.7 for _ in range(problem.slots)]))


def within(held: Placement, part: Part, placements: list[Placement]) -> list[Placement]:
    """Those of ``placements`` that differ from ``held`` in the part alone."""
    before = as_pairs(held)
    stays = {(u, s) for u, s in before if not part.freed[u]}

    def open_to(u: int, s: int) -> bool:
        return bool((part.freed[u] or part.candidates[u]) and part.slots[s])

    return [
        placement
        for placement in placements
        if stays <= as_pairs(placement)
        and all((u, s) in before or open_to(u, s) for u, s in as_pairs(placement) - stays)
    ]


def cost(problem: Problem, placement: Placement, a_break: int) -> int:
    _, _, breaks, idle = worth(problem, placement)
    return a_break * breaks + idle


@pytest.mark.parametrize("rules", [False, True])
def test_part_of_most_worth_is_the_best_of_all_ways_to_hold_it(rules: bool):
    better = 0
    for number, (problem, placements) in enumerate(tiny_problems(100, rules=rules)):
        random = Random(number)
        held, part = random.choice(placements), drawn_part(problem, random)
        model = model_of(problem, held, part)
        model.model.maximize(model.worth())
        outcome = model.solve(watch(), EFFORT, seed=1)

        assert outcome.proven
        if problem.break_difference is not None:
            # Such breaks are kept alike by a rule that may ask for more than is needed.
            continue
        assert outcome.placement is not None
        ways = within(held, part, placements)
        assert as_pairs(outcome.placement) in [as_pairs(way) for way in ways]
        best = min((problem.shortfall_of(way.units), -problem.value_of(way.units)) for way in ways)
        found = problem.shortfall_of(outcome.placement.units), -problem.value_of(outcome.placement.units)
        assert found == best
        better += best < (problem.shortfall_of(held.units), -problem.value_of(held.units))
    assert better >= 20


@pytest.mark.parametrize("rules", [False, True])
@pytest.mark.parametrize("a_break", [8, 1])
def test_part_of_fewest_breaks_is_the_best_of_all_ways_worth_as_much(rules: bool, a_break: int):
    better = 0
    for number, (problem, placements) in enumerate(tiny_problems(80, rules=rules, slots=(4, 5))):
        random = Random(number)
        held, part = random.choice(placements), drawn_part(problem, random)
        if problem.break_difference is not None:
            continue
        model = model_of(problem, held, part)
        model.model.add(model.worth() >= model.worth_now)
        model.model.minimize(model.gaps.cost(a_break))
        outcome = model.solve(watch(), EFFORT, seed=1)

        assert outcome.proven
        assert outcome.placement is not None
        now = problem.shortfall_of(held.units), -problem.value_of(held.units)
        ways = [
            way
            for way in within(held, part, placements)
            if (problem.shortfall_of(way.units), -problem.value_of(way.units)) <= now
        ]
        assert as_pairs(outcome.placement) in [as_pairs(way) for way in ways]
        # Whoever has nothing in the part waits as before, so all breaks can be compared.
        best = min(cost(problem, way, a_break) for way in ways)
        assert cost(problem, outcome.placement, a_break) == best
        better += best < cost(problem, held, a_break)
    assert better >= 10


def test_part_keeps_breaks_alike_where_the_event_asks_for_it():
    found = 0
    for number, (problem, placements) in enumerate(tiny_problems(60, alike=0, slots=(4, 5))):
        random = Random(number)
        held = random.choice(placements)
        model = model_of(problem, held, drawn_part(problem, random))
        model.model.maximize(model.worth())
        outcome = model.solve(watch(), EFFORT, seed=1)

        if outcome.placement is not None:
            assert broken_rules(problem, outcome.placement) == []
            found += as_pairs(outcome.placement) != as_pairs(held)
    assert found >= 10


def test_part_holds_less_rather_than_let_somebody_wait_who_may_not():
    away = {"c0": {"unavailable": ["s1", "s2"]}, "c1": {"unavailable": ["s0", "s1"]}}
    problem, model = one_part(
        set(),
        affinities=affinities({"a0 c0": 5, "a0 c1": 4}),
        participants=people("a0", "a1", "c0", "c1", **away),
        rules={"max_break_difference": 0},
    )
    assert problem.score[best_of(problem, model).units].tolist() == [5]


def one_part(held: set[tuple[str, int]], **fields: Any) -> tuple[Problem, PartModel]:
    """An event, and the model in which all that is held is freed and everything may be held anywhere."""
    problem = build_problem(event(**fields))
    ids = [participant.id for participant in problem.event.participants]
    names = [f"{ids[a]} {ids[b]}" for a, b in zip(problem.a, problem.b, strict=True)]
    pairs = sorted((names.index(pair), s) for pair, s in held)
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    everything = np.ones(problem.units, dtype=np.bool_)
    part = Part(everything, everything, np.ones(problem.slots, dtype=np.bool_))
    return problem, model_of(problem, Placement(table[:, 0], table[:, 1]), part)


def best_of(problem: Problem, model: PartModel) -> Placement:
    model.model.maximize(model.worth())
    outcome = model.solve(watch(), EFFORT, seed=1)
    assert outcome.proven
    assert outcome.placement is not None
    assert broken_rules(problem, outcome.placement) == []
    return outcome.placement


EVERYBODY = affinities({f"a{i} c{j}": 1 for i, j in product(range(2), repeat=2)})


@pytest.mark.parametrize(
    ("fields", "most"),
    [
        ({}, 4),
        ({"slots": slots(1)}, 2),
        ({"tables": tables(1)}, 3),
        ({"rules": {"max_in_a_row": 1}}, 4),
        ({"rules": {"max_in_a_row": 1}, "slots": slots(2)}, 2),
        ({"same_person": [["a0", "a1"]]}, 3),
        ({"participants": people("a0", "a1", "c0", "c1", a0={"needs_facilitator": True})}, 2),
        ({"participants": people("a0", "a1", "c0", "c1", a0={"max_meetings": 1})}, 3),
        ({"meetings": [rule("a0 c0", "forbidden")]}, 3),
        (
            {
                "slots": slots(2),
                "meetings": [rule("a0 c0", "allowed"), rule("a1 c1", "allowed", after=[["a0", "c0"]])],
            },
            # Of four meetings in two slots two are beside each other, and these two are one before the other.
            3,
        ),
    ],
)
def test_part_holds_as_much_as_each_rule_allows(fields: Raw, most: int):
    problem, model = one_part(set(), affinities=EVERYBODY, **fields)
    assert len(best_of(problem, model).units) == most


def test_part_keeps_several_meetings_of_one_pair_apart():
    problem, model = one_part(
        set(),
        affinities=EVERYBODY,
        participants=people("a0", "a1", "c0", "c1", a0={"delegates": 2}, c0={"delegates": 2}),
        meetings=[rule("a0 c0"), rule("a0 c0")],
        slots=slots(2),
    )
    found = best_of(problem, model)
    twins = np.isin(found.units, problem.twins[0])
    assert len(set(found.slots[twins].tolist())) == 2


def test_part_leaves_those_who_stay_their_tables_and_pauses():
    problem = build_problem(event(affinities=EVERYBODY, tables=tables(1), slots=slots(2)))
    held = Placement(np.array([0]), np.array([0]))
    nothing, everything = np.zeros(problem.units, dtype=np.bool_), np.ones(problem.units, dtype=np.bool_)
    candidates = everything.copy()
    candidates[0] = False
    model = model_of(problem, held, Part(nothing, candidates, np.ones(2, dtype=np.bool_)))
    found = best_of(problem, model)

    assert found.units[0] == 0
    assert found.slots[0] == 0
    # The only table of slot s0 is taken: one more, in s1.
    assert found.slots.tolist() == [0, 1]


def test_part_worth_now_is_what_the_freed_meetings_are_worth():
    _, model = one_part(
        {("a0 c0", 0)},
        affinities=affinities({"a0 c0": 7, "a0 c1": 3}),
        participants=people("a0", "c0", "c1", a0={"min_meetings": 1}),
        rules={"coverage": [2]},
    )
    assert model.worth_now == model.open_places.heavy + 7 + 2 + 2
    # Whatever value there is outweighs no shortfall.
    assert model.open_places.heavy > 7 + 3 + 3 * 2
