"""The bound on table moves must not count what need not be one."""

from itertools import combinations, product
from typing import Any

import numpy as np

from scheduler.problem.problem import Problem, build_problem
from scheduler.problem.watch import SolveOptions
from scheduler.solve import solve
from scheduler.tables.seating import fewest_moves
from tests.scheduler.builders import event, people, rule, slots, tables
from tests.scheduler.builders import worth as affinities

FOUR = ["c0", "c1", "c2", "c3"]
AMONG_FOUR = [f"{one} {other}" for one, other in combinations(FOUR, 2)]


def least(problem: Problem, breaks: int = 0) -> int:
    return fewest_moves(problem, np.arange(problem.units), np.arange(0), breaks)


def problem_of(*pairs: str, **fields: Any) -> Problem:
    return build_problem(event(affinities=affinities(dict.fromkeys(pairs, 1)), **fields))


def square(days: int, count: int) -> Problem:
    ids = [f"{side}{k}" for side in "ac" for k in range(3)]
    pairs = [f"a{i} c{j}" for i, j in product(range(3), range(3))]
    return problem_of(*pairs, participants=people(*ids), slots=slots(count, days=days), tables=tables(3))


def test_fewest_moves_of_one_day():
    # Nine meetings, six people who come for the first time.
    assert least(square(1, 3)) == 3


def test_fewest_moves_begin_anew_each_day():
    assert least(square(3, 3)) == 0


def test_fewest_moves_of_two_who_meet_again_are_none():
    problem = build_problem(event(slots=slots(5), tables=tables(2), meetings=[rule("a0 c0")] * 5))

    assert least(problem) == 0


def test_fewest_moves_at_the_only_table_are_none_as_others_wait():
    problem = problem_of(
        *AMONG_FOUR, participants=people(*FOUR), may_meet=[["company", "company"]], slots=slots(6), tables=tables(1)
    )
    schedule = solve(problem.event, SolveOptions(workers=1))

    assert (schedule.tier("table_moves").value, schedule.tier("table_moves").bound) == (0, 0)
    assert least(problem, schedule.tier("breaks").value) == 0


def test_fewest_moves_at_the_only_table_are_none_as_others_are_online():
    # Each of four meets the others at the one table, and is online with the rest while it is taken.
    remote = {f"a{k}": {"remote": True, "delegates": 4} for k in range(3)}
    online = [f"a{k} {id}" for k in range(3) for id in FOUR]
    problem = problem_of(
        *AMONG_FOUR,
        *online,
        participants=people(*remote, *FOUR, **remote),
        may_meet=[["company", "company"], ["association", "company"]],
        slots=slots(6),
        tables=tables(1),
    )
    schedule = solve(problem.event, SolveOptions(workers=1))

    assert least(problem, 0) == 0
    assert schedule.tier("table_moves").value == 0
