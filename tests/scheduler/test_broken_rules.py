"""Each rule that a placement can break is named, and nothing else."""

from typing import Any

import numpy as np
import pytest

from scheduler.problem.placement import Placement
from scheduler.problem.problem import Problem, build_problem
from tests.scheduler.broken_rules import broken_rules
from tests.scheduler.builders import event, people, rule, slots, tables, worth

PAIRS = {"a0 c0": 5, "a0 c1": 4, "a1 c0": 3, "a1 c1": 2}


def broken(case: Any, **held: int) -> list[str]:
    """The rules broken where pairs such as ``a0_c0`` are held in the slots given."""
    problem = build_problem(case)
    names = [p.id for p in problem.event.participants]
    units = {f"{names[a]}_{names[b]}": u for u, (a, b) in enumerate(zip(problem.a, problem.b, strict=True))}
    chosen = sorted((units[name], slot) for name, slot in held.items())
    found = np.array(chosen, dtype=np.int64).reshape(-1, 2)
    return broken_rules(problem, Placement(found[:, 0], found[:, 1]))


def with_pairs(**more: Any) -> Any:
    return event(affinities=worth(PAIRS), **more)


def test_nothing_broken():
    assert broken(with_pairs(), a0_c0=0, a1_c1=0, a0_c1=1) == []


@pytest.mark.parametrize(
    ("case", "held", "line"),
    [
        (with_pairs(), {"a0_c0": 0, "a0_c1": 0}, "person 0 has 2 meetings in slot 0"),
        (with_pairs(same_person=[["a0", "a1"]]), {"a0_c0": 0, "a1_c1": 0}, "person 0 has 2 meetings in slot 0"),
        (with_pairs(rules={"max_in_a_row": 1}), {"a0_c0": 0, "a0_c1": 1}, "person 0 has no pause in slots (0, 1)"),
        (with_pairs(meetings=[rule("a0 c0", slot="s1")]), {"a0_c0": 0}, "unit 3 is not allowed in slot 0"),
        (with_pairs(meetings=[rule("a0 c0")]), {}, "unit 3 is required and not held"),
        (
            with_pairs(meetings=[rule("a0 c0", "allowed", after=[["a1", "c1"]])]),
            {"a0_c0": 0, "a1_c1": 0},
            "unit 3 is not after unit 2",
        ),
        (with_pairs(rules={"max_break_difference": 0}), {"a0_c0": 0, "a0_c1": 2}, "breaks differ by 1"),
        (
            with_pairs(participants=people("a0", "a1", "c0", "c1", a0={"max_meetings": 1})),
            {"a0_c0": 0, "a0_c1": 1},
            "participant 0 has more than 1 meetings",
        ),
        (with_pairs(tables=tables(1)), {"a0_c0": 0, "a1_c1": 0}, "resource 0 is asked for 2 times in slot 0"),
    ],
)
def test_broken_rule(case: Any, held: dict[str, int], line: str):
    assert any(found.startswith(line) for found in broken(case, **held)), broken(case, **held)


def test_pauses_of_one_person_are_judged_over_all_it_speaks_for():
    case = with_pairs(same_person=[["a0", "a1"]], slots=slots(3), rules={"max_in_a_row": 1})

    assert broken(case, a0_c0=0, a1_c1=1) == ["person 0 has no pause in slots (0, 1)"]


def test_who_are_one_person_have_one_position():
    problem: Problem = build_problem(with_pairs(same_person=[["c1", "a1"]]))

    assert problem.person.tolist() == [0, 1, 2, 1]
    assert problem.groups == ((1, 3),)


def test_one_person_does_not_meet_itself():
    problem = build_problem(with_pairs(same_person=[["a0", "c0"]], meetings=[rule("a0 c0")]))

    assert problem.impossible == (0,)
    assert problem.units == 3
