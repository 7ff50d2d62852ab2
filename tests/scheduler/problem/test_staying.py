"""Which tables those who stay seated are given, where that matters before meetings have slots."""

from typing import Any

import numpy as np

from scheduler.problem.problem import Problem, build_problem
from tests.scheduler.builders import event, people, rule, slots, tables, worth

PAIRS = {"a0 c0": 5, "a0 c1": 4, "a1 c0": 3, "a1 c1": 2}


def seated(*rooms: Any, pairs: dict[str, int] = PAIRS, **more: Any) -> Problem:
    names = sorted({id for pair in pairs for id in pair.split()})
    known = {id: more.pop(id) for id in names if id in more}
    return build_problem(
        event(
            tables=tables(len(rooms), *rooms),
            affinities=worth(pairs),
            participants=people(*names, **known),
            rules={"seated": ["company"]},
            **more,
        )
    )


def tables_of(problem: Problem) -> dict[str, set[int]]:
    """For each pair the tables at which it may be held."""
    ids = [participant.id for participant in problem.event.participants]
    return {
        f"{ids[a]} {ids[b]}": set(problem.table_types[k])
        for a, b, k in zip(problem.a, problem.b, problem.table_type, strict=True)
    }


def test_tables_are_left_open_where_any_will_do():
    problem = seated([], [], [])

    assert problem.any_table is None
    assert problem.widest is problem
    assert problem.table_types == ((0, 1, 2),)


def test_tables_are_chosen_by_what_the_others_require():
    problem = seated([], ["quiet"], pairs={"a0 c0": 1, "a1 c0": 1, "a0 c1": 5}, a0={"requires": ["quiet"]})

    assert tables_of(problem) == {"a0 c0": set(), "a1 c0": {0}, "a0 c1": {1}}
    assert not problem.allowed[tables_of(problem)["a0 c0"] == {0}].any()
    # What the choice rules out is still possible for whoever proves a limit.
    assert tables_of(problem.widest) == {"a0 c0": {1}, "a1 c0": {0, 1}, "a0 c1": {1}}
    assert problem.widest.allowed.all()


def test_tables_are_chosen_for_what_is_required_first():
    pairs = {"a0 c0": 1, "a0 c1": 50}
    problem = seated([], ["quiet"], pairs=pairs, a0={"requires": ["quiet"]}, meetings=[rule("a0 c0")])

    assert tables_of(problem) == {"a0 c0": {1}, "a0 c1": set()}


def test_tables_are_shared_where_too_few_suit():
    quiet = {"requires": ["quiet"]}

    assert tables_of(seated([], ["quiet"], pairs={"a0 c0": 1, "a0 c1": 1}, c0=quiet, c1=quiet)) == {
        "a0 c0": {1},
        "a0 c1": {1},
    }


def test_home_tables_are_kept():
    assert tables_of(seated([], [], [], pairs={"a0 c0": 1, "a0 c1": 1}, c0={"home_table": "t2"}))["a0 c0"] == {2}


def test_seated_with_several_delegates_have_one_table():
    problem = seated([], [], [], pairs={"a0 c0": 1, "a1 c0": 1, "a1 c1": 1}, c0={"delegates": 2})
    found = tables_of(problem)

    assert len(found["a0 c0"]) == 1
    assert found["a0 c0"] == found["a1 c0"]
    assert found["a1 c1"] == {0, 1, 2}


def test_two_seated_who_must_meet_are_at_one_table():
    found = tables_of(seated([], [], pairs={"a0 c0": 1, "a0 c1": 1, "c0 c1": 1}, meetings=[rule("c0 c1")]))

    assert found["c0 c1"] == found["a0 c0"] == found["a0 c1"]
    assert len(found["c0 c1"]) == 1


def test_online_meetings_need_no_table():
    problem = seated([], ["quiet"], pairs={"a0 c0": 1, "a1 c0": 1}, a0={"remote": True}, a1={"requires": ["quiet"]})

    assert problem.table_type.min() == -1
    assert tables_of(problem)["a1 c0"] == {1}


def test_the_choice_of_tables_changes_nothing_else():
    problem = seated([], ["quiet"], pairs=PAIRS, a0={"requires": ["quiet"]}, slots=slots(4, 2))
    wide = problem.widest

    for name in ("a", "b", "score", "required", "maximum", "person", "seated", "stays"):
        assert np.array_equal(getattr(problem, name), getattr(wide, name))


def test_like_tables_are_chosen_together_where_each_has_one():
    pairs = {"a0 c0": 9, "a0 c1": 9, "a0 c2": 1, "a1 c2": 5}
    problem = seated(["quiet"], ["quiet"], [], pairs=pairs, a0={"requires": ["quiet"]})

    assert tables_of(problem) == {"a0 c0": {0, 1}, "a0 c1": {0, 1}, "a0 c2": set(), "a1 c2": {2}}


def test_tables_are_chosen_for_meetings_that_both_would_have():
    # c1 is worth more to a0 in all, but a0 has one meeting, and c0 is the best.
    pairs = {"a0 c0": 9, "a0 c1": 8, "a1 c1": 8, "a1 c0": 1}
    quiet = {"requires": ["quiet"], "max_meetings": 1}
    problem = seated([], ["quiet"], pairs=pairs, a0=quiet, a1=quiet | {"requires": []})

    assert tables_of(problem)["a0 c0"] == {1}


def test_more_of_a_class_than_tables_take_turns_at_single_ones():
    quiet = {"requires": ["quiet"]}
    problem = seated([], ["quiet"], ["quiet"], pairs={f"a0 c{k}": 1 for k in range(3)}, c0=quiet, c1=quiet, c2=quiet)

    assert sorted(len(places) for places in tables_of(problem).values()) == [1, 1, 1]
    assert set().union(*tables_of(problem).values()) == {1, 2}
