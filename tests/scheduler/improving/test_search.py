"""Large neighbourhoods in turn: never worse, the best where it can be found, and an end in any case."""

import threading
from random import Random

import numpy as np
import pytest

from scheduler.improving import search as search_module
from scheduler.improving.aims import FewerBreaks, MoreValue
from scheduler.improving.regret import regret_by_flow
from scheduler.improving.search import Improving, Width
from scheduler.improving.slotwise import slotwise
from scheduler.problem.capacities import Resources, resources_of
from scheduler.problem.incumbent import Incumbent
from scheduler.problem.parameters import Parts
from scheduler.problem.placement import Placement
from scheduler.problem.problem import Problem, build_problem
from scheduler.problem.watch import SolveOptions, Watch
from scheduler.problem.worth import rank, worth
from scheduler.selecting.select import select
from scheduler.slotting.skeleton import around, required_alone
from tests.benchmarks.families.random_rules import random_event
from tests.properties.placements import tiny_problems
from tests.scheduler.broken_rules import broken_rules
from tests.scheduler.builders import event, people, slots
from tests.scheduler.builders import worth as affinities


def watch(workers: int = 1) -> Watch:
    return Watch(SolveOptions(workers=workers, seed=1))


def resources_in(problem: Problem) -> Resources:
    resources = resources_of(problem, np.arange(problem.units))
    assert resources is not None
    return resources


def offered(problem: Problem, placement: Placement) -> Incumbent:
    incumbent = Incumbent(problem)
    incumbent.offer(placement)
    return incumbent


def improved(problem: Problem, start: Placement, aim: MoreValue | FewerBreaks, workers: int = 1) -> Placement:
    incumbent = offered(problem, start)
    Improving(problem, resources_in(problem), incumbent, aim, watch(workers)).run()
    assert incumbent.best is not None
    return incumbent.best


@pytest.mark.parametrize("rules", [False, True])
def test_more_value_is_the_most_of_all_and_breaks_no_rule(rules: bool):
    gained = 0
    for number, (problem, placements) in enumerate(tiny_problems(40, rules=rules)):
        if problem.break_difference is not None:
            continue
        best = min(rank(problem, placement)[:2] for placement in placements)
        start = Random(number).choice(placements)
        by_slots = slotwise(problem, 10.0)
        regret = regret_by_flow(problem) if by_slots is None else by_slots.regret
        aim = MoreValue(problem, best[0], -best[1], start.units, regret)
        found = improved(problem, start, aim)

        assert broken_rules(problem, found) == []
        assert rank(problem, found)[:2] == best
        gained += rank(problem, start)[:2] > best
    assert gained >= 15


def test_fewer_breaks_are_the_fewest_of_all_worth_as_much():
    gained = 0
    for number, (problem, placements) in enumerate(tiny_problems(40, slots=(4, 5))):
        if problem.break_difference is not None:
            continue
        best = min(rank(problem, placement)[:2] for placement in placements)
        as_good = [placement for placement in placements if rank(problem, placement)[:2] == best]
        start = Random(number).choice(as_good)
        fewest = min(worth(problem, placement)[2] for placement in as_good)
        open_ones = np.zeros(problem.units, dtype=np.bool_)
        for placement in as_good:
            open_ones[placement.units] = True
        found = improved(problem, start, FewerBreaks(problem, fewest, open_ones))

        assert broken_rules(problem, found) == []
        assert rank(problem, found)[:3] == (*best, fewest)
        gained += worth(problem, start)[2] > fewest
    assert gained >= 8


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("seed", [2, 5])
def test_improving_an_event_of_many_rules_keeps_them_and_gains(seed: int, workers: int):
    problem = build_problem(random_event(14, 13, seed))
    skeleton = required_alone(problem, resources_in(problem))
    assert skeleton is not None
    start = around(problem, resources_in(problem), skeleton, np.zeros(0, dtype=np.int64))
    selection = select(problem)
    assert selection is not None
    aim = MoreValue(problem, selection.shortfall_bound, selection.value_bound, selection.units, regret_by_flow(problem))
    incumbent = offered(problem, start)
    search = Improving(problem, resources_in(problem), incumbent, aim, watch(workers), patience=15)
    search.run()

    assert incumbent.best is not None
    assert broken_rules(problem, incumbent.best) == []
    assert rank(problem, incumbent.best)[:2] < rank(problem, start)[:2]


def simple() -> Problem:
    scores = affinities({"a0 c0": 5, "a0 c1": 4, "a1 c0": 3, "a1 c1": 2})
    return build_problem(event(affinities=scores, slots=slots(1)))


def nothing() -> Placement:
    return Placement(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


def test_search_ends_when_it_is_tired():
    problem = simple()
    # No timetable is worth 100: the search would go on for ever.
    aim = MoreValue(problem, 0, 100, np.arange(4), None)
    search = Improving(problem, resources_in(problem), offered(problem, nothing()), aim, watch(), patience=7)
    search.run()

    assert search._vain == 7
    assert search.incumbent.reaches(0, 7)


def test_search_ends_at_once_where_it_is_moot_or_the_aim_is_reached():
    problem = simple()
    for value, moot in ((100, True), (0, False)):
        incumbent = offered(problem, nothing())
        aim = MoreValue(problem, 0, value, np.arange(4), None)
        Improving(problem, resources_in(problem), incumbent, aim, watch(), moot=lambda moot=moot: moot).run()
        assert incumbent.best is not None
        assert not len(incumbent.best.units)


def test_search_goes_on_from_what_another_has_found_meanwhile():
    problem = simple()
    incumbent = offered(problem, nothing())
    search = Improving(problem, resources_in(problem), incumbent, MoreValue(problem, 0, 7, np.arange(4), None), watch())
    best = Placement(np.array([0, 3]), np.array([0, 0]))
    other = threading.Thread(target=incumbent.offer, args=(best,))
    other.start()
    other.join()

    assert search._latest() is best


def test_search_does_not_go_back_to_what_is_worse():
    problem = simple()
    start = Placement(np.array([0]), np.array([0]))
    incumbent = offered(problem, start)
    search = Improving(problem, resources_in(problem), incumbent, MoreValue(problem, 0, 7, np.arange(4), None), watch())
    search._take(start, nothing())
    assert search._latest() is start
    # What is as good is another way to go on.
    aside = Placement(np.array([1, 2]), np.array([0, 0]))
    better = Placement(np.array([0, 3]), np.array([0, 0]))
    search._take(start, better)
    search._take(better, aside)
    assert search._latest() is aside
    assert incumbent.best is better


def test_search_goes_aside_only_from_where_it_stands():
    problem = simple()
    aside, start = Placement(np.array([1, 2]), np.array([0, 0])), Placement(np.array([0, 3]), np.array([0, 0]))
    incumbent = offered(problem, start)
    search = Improving(problem, resources_in(problem), incumbent, MoreValue(problem, 0, 9, np.arange(4), None), watch())
    # Another thread set out from something that is no longer where the search stands.
    search._take(nothing(), aside)
    assert search._latest() is start
    search._take(start, aside)
    assert search._latest() is aside


def test_part_frees_no_more_than_the_aim_says_and_those_beside_the_trouble_first():
    problem = build_problem(random_event(14, 13, 2))
    start = around(problem, resources_in(problem), nothing(), np.zeros(0, dtype=np.int64))
    aim = MoreValue(problem, 0, None, np.arange(problem.units), None, most_freed=10)
    search = Improving(problem, resources_in(problem), offered(problem, start), aim, watch())
    person = int(problem.a[start.units[0]])
    chosen = search._nearest(start.units, np.array([person]), np.random.default_rng(1))

    own = start.units[(problem.a[start.units] == person) | (problem.b[start.units] == person)]
    assert len(start.units) > len(chosen) == len(set(chosen.tolist())) == 10
    assert np.isin(own[:10], chosen).all()
    few = start.units[:5]
    assert search._nearest(few, np.array([person]), np.random.default_rng(1)) is few


def test_part_has_the_likeliest_candidates_that_are_not_held(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(search_module, "PARTS", Parts(candidates=2))
    scores = affinities({f"a0 c{j}": 9 - j for j in range(5)})
    problem = build_problem(event(affinities=scores, participants=people("a0", *(f"c{j}" for j in range(5)))))
    start = Placement(np.array([0]), np.array([0]))
    aim = MoreValue(problem, 0, None, start.units[:0], None)
    search = Improving(problem, resources_in(problem), offered(problem, start), aim, watch())

    likely = search._likely(np.ones(problem.units, dtype=np.bool_), start)
    assert problem.score[likely].tolist() == [8, 7]


def test_width_grows_by_proofs_and_shrinks_without():
    width = Width(3.0, 2, 5)
    width.learn(True)
    assert 3 < width.now <= 5
    for _ in range(20):
        width.learn(True)
    assert width.now == 5
    for _ in range(20):
        width.learn(False)
    assert width.now == 2


def test_lacks_puts_shortfall_before_value_and_breaks_before_idle_slots():
    problem = build_problem(
        event(
            affinities=affinities({"a0 c0": 9, "a1 c1": 1}),
            participants=people("a0", "a1", "c0", "c1", c1={"min_meetings": 1}),
            slots=slots(4),
        )
    )
    aim = MoreValue(problem, 0, 10, np.arange(2), None)
    dear, served = Placement(np.array([0]), np.array([0])), Placement(np.array([1]), np.array([0]))
    assert aim.lacks(dear) > aim.lacks(served) > 0
    assert aim.lacks(Placement(np.array([0, 1]), np.array([0, 0]))) == 0

    waiting = build_problem(event(affinities=affinities({"a0 c0": 1, "a0 c1": 1}), slots=slots(4)))
    few = FewerBreaks(waiting, 0, np.ones(2, dtype=np.bool_))
    apart = [few.lacks(Placement(np.array([0, 1]), np.array([0, s]))) for s in (1, 2, 3)]
    assert apart[0] == 0 < apart[1] < apart[2]


def test_trouble_is_with_those_who_miss_something():
    problem = build_problem(
        event(
            affinities=affinities({"a0 c0": 9, "a1 c1": 1}),
            participants=people("a0", "a1", "c0", "c1", c1={"min_meetings": 1, "unavailable": ["s0"]}),
        )
    )
    random = np.random.default_rng(1)
    served = Placement(np.array([1]), np.array([1]))
    for _ in range(20):
        missing = MoreValue(problem, 0, 10, np.arange(2), None).trouble(served, random)
        assert missing.people.tolist() == [0, 2]
    short = MoreValue(problem, 0, 10, np.zeros(0, dtype=np.int64), None).trouble(
        Placement(*[served.units[:0]] * 2), random
    )
    assert short.people.tolist() == [3]
    assert short.slots.tolist() == [1, 2]

    wait = build_problem(event(affinities=affinities({"a0 c0": 1, "a0 c1": 1}), slots=slots(5)))
    trouble = FewerBreaks(wait, 0, np.ones(2, dtype=np.bool_)).trouble(
        Placement(np.arange(2), np.array([1, 3])), random
    )
    assert trouble.people.tolist() == [0]
    assert trouble.slots.tolist() == [1, 2, 3]
