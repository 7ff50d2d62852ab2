"""The event as arrays: which meetings are units, where and when they may be held."""

import numpy as np

from scheduler.format.event import Event
from scheduler.problem.problem import NO_TABLE, Problem, build_problem
from tests.scheduler.builders import event, people, rule, slots, tables, worth


def pairs(problem: Problem) -> list[str]:
    """The units as pairs such as ``"a0 c0"``, sorted."""
    ids = [participant.id for participant in problem.event.participants]
    return sorted(f"{ids[a]} {ids[b]}" for a, b in zip(problem.a.tolist(), problem.b.tolist(), strict=True))


def units(case: Event) -> list[str]:
    return pairs(build_problem(case))


def open_slots(case: Event) -> list[int]:
    """The slots of the only unit."""
    (allowed,) = build_problem(case).allowed
    return np.flatnonzero(allowed).tolist()


def places(case: Event) -> tuple[int, ...] | None:
    """The tables of the only unit."""
    problem = build_problem(case)
    (kind,) = problem.table_type.tolist()
    return None if kind == NO_TABLE else problem.table_types[kind]


ONE = {"affinities": worth({"a0 c0": 3})}


# Which pairs


def test_units_are_the_pairs_with_a_score():
    wishing = event(participants=people("a0", "a1", "c0", "c1", a0={"wishes": ["c1"]}))

    assert units(wishing) == ["a0 c1"]


def test_units_are_the_listed_pairs_even_for_nothing():
    assert units(event(affinities=worth({"c0 a0": 0, "a1 c1": 4}))) == ["a0 c0", "a1 c1"]


def test_units_of_empty_affinities():
    assert units(event(affinities=[])) == []


def test_units_only_of_kinds_that_may_meet():
    given = worth({"a0 c0": 1, "a0 a1": 2, "c0 c1": 3})

    assert units(event(affinities=given)) == ["a0 c0"]
    assert units(event(affinities=given, may_meet=[["company", "company"]])) == ["c0 c1"]


def test_units_allowed_and_required_whatever_kinds_and_score():
    case = event(affinities=[], meetings=[rule("a0 a1", "allowed"), rule("c0 c1")])

    assert units(case) == ["a0 a1", "c0 c1"]
    assert build_problem(case).required.tolist() == [False, True]


def test_units_required_and_allowed_are_worth_their_score():
    case = event(affinities=worth({"a0 a1": 7}), meetings=[rule("a0 a1"), rule("a0 c0")])

    assert build_problem(case).score.tolist() == [7, 0]


def test_units_without_the_forbidden():
    assert units(event(affinities=worth({"a0 c0": 3, "a0 c1": 3}), meetings=[rule("c0 a0", "forbidden")])) == ["a0 c1"]


def test_units_without_those_against_a_veto():
    given = worth({"a0 c0": 3, "a0 c1": 3, "a1 c0": 3})
    case = event(
        affinities=given,
        meetings=[rule("a0 c0", "allowed")],
        participants=people("a0", "a1", "c0", "c1", a0={"vetoes": ["c0"]}, c1={"vetoes": ["a0"]}),
    )

    assert units(case) == ["a1 c0"]


def test_required_against_a_veto_is_impossible():
    case = event(participants=people("a0", "c0", c0={"vetoes": ["a0"]}), meetings=[rule("a0 c0")])

    assert build_problem(case).impossible == (0,)


def test_pair_required_several_times_is_as_many_twins():
    case = event(affinities=worth({"a0 c0": 5, "a1 c1": 2}), meetings=[rule("a0 c0"), rule("c0 a0")])
    problem = build_problem(case)

    assert pairs(problem) == ["a0 c0", "a0 c0", "a1 c1"]
    ((one, other),) = problem.twins
    assert problem.rule[[one, other]].tolist() == [0, 1]
    assert problem.score[[one, other]].tolist() == [5, 5]


# When


def test_unit_in_every_slot():
    assert open_slots(event(**ONE)) == [0, 1, 2]


def test_unit_not_where_either_is_unavailable():
    absent = people("a0", "c0", a0={"unavailable": ["s0"]}, c0={"unavailable": ["s2"]})

    assert open_slots(event(**ONE, participants=absent)) == [1]


def test_unit_in_its_fixed_slot():
    assert open_slots(event(meetings=[rule("a0 c0", "allowed", slot="s1")])) == [1]


def test_unit_in_its_session():
    grid = slots(4, sessions=["am", "am", "pm", None])

    assert open_slots(event(slots=grid, meetings=[rule("a0 c0", "allowed", session="am")])) == [0, 1]


def test_unit_where_a_facilitator_is_free():
    asking = people("a0", "c0", c0={"needs_facilitator": True})
    helpers = [{"id": "f0", "unavailable": ["s0"]}, {"id": "f1", "unavailable": ["s0", "s1"]}]
    problem = build_problem(event(**ONE, participants=asking, facilitators=helpers))

    assert problem.free_facilitators.tolist() == [0, 1, 2]
    assert problem.facilitated.tolist() == [True]
    assert np.flatnonzero(problem.allowed[0]).tolist() == [1, 2]


def test_unit_without_any_slot_is_none():
    absent = people("a0", "c0", a0={"unavailable": ["s0", "s1", "s2"]})

    assert units(event(**ONE, participants=absent)) == []
    assert build_problem(event(participants=absent, meetings=[rule("a0 c0")])).impossible == (0,)


def test_after_joins_later_and_earlier_units():
    case = event(meetings=[rule("a0 c0", after=[["c1", "a1"]]), rule("a1 c1")])
    problem = build_problem(case)

    assert [(int(problem.rule[later]), int(problem.rule[earlier])) for later, earlier in problem.after] == [(0, 1)]


def test_days_are_the_dates():
    assert build_problem(event(slots=slots(5, days=2))).day.tolist() == [0, 0, 0, 1, 1]


# Where


def test_places_without_tables():
    assert places(event(**ONE)) is None


def test_places_are_all_tables():
    assert places(event(**ONE, tables=tables(2))) == (0, 1)


def test_places_online():
    online = people("a0", "c0", c0={"remote": True})

    assert places(event(**ONE, tables=tables(2), participants=online)) is None


def test_places_at_a_home_table():
    host = people("a0", "c0", c0={"home_table": "t1"})

    assert places(event(**ONE, tables=tables(3), participants=host)) == (1,)


def test_places_with_the_features_of_both():
    asking = people("a0", "c0", a0={"requires": ["quiet"]}, c0={"requires": ["low"]})

    assert places(event(**ONE, tables=tables(3, ["quiet"], ["quiet", "low"], ["low"]), participants=asking)) == (1,)


def test_two_home_tables_never_meet():
    hosts = people("a0", "c0", a0={"home_table": "t0"}, c0={"home_table": "t1"})

    assert units(event(**ONE, tables=tables(2), participants=hosts)) == []


# What it counts


def test_maximum_is_never_more_than_presence_allows():
    some = people("a0", "a1", "c0", a0={"unavailable": ["s0"]}, a1={"max_meetings": 2}, c0={"delegates": 2})

    assert build_problem(event(participants=some)).maximum.tolist() == [2, 2, 6]


def test_units_of_nobody():
    assert build_problem(event(participants=[])).units_of == ()


def test_sides_of_two_kinds():
    problem = build_problem(event(affinities=worth({"a0 c0": 1, "a1 c0": 1, "a1 c1": 1})))

    assert problem.sides is not None
    assert problem.sides.tolist() == [0, 0, 1, 1]


def test_sides_of_a_triangle():
    case = event(
        affinities=worth({"c0 c1": 1, "c1 c2": 1, "c2 c0": 1}),
        may_meet=[["company", "company"]],
        participants=people("c0", "c1", "c2"),
    )

    assert build_problem(case).sides is None


def test_coverage_and_shortfall_are_counted():
    case = event(
        affinities=worth({"a0 c0": 1, "a0 c1": 2}),
        participants=people("a0", "c0", "c1", a0={"min_meetings": 3}),
        rules={"coverage": [10, 5]},
    )
    problem = build_problem(case)
    both = np.array([0, 1])

    assert problem.shortfall_of(both) == 1
    assert problem.value_of(both) == 3 + (10 + 5) + 10 + 10
    assert problem.value_of(both[:0]) == 0
