"""The bound by busy patterns: what it must see, and what it must not take for a reason."""

from typing import Any

from scheduler.breaks.patterns import busy_pattern_bound, idle_bound
from scheduler.problem.problem import Problem, build_problem
from scheduler.selecting.face import optimal_face
from scheduler.selecting.select import select
from tests.scheduler.builders import Raw, event, people, rule, slots, tables
from tests.scheduler.builders import worth as affinities


def problem_of(*pairs: str, there: dict[str, str], **fields: Any) -> Problem:
    """All ``pairs`` worth one; ``there`` says in which of five slots somebody is, as in ``{"a0": "014"}``."""
    ids = sorted({id for pair in pairs for id in pair.split()})
    more: dict[str, Raw] = fields.pop("more", {})
    for id, present in there.items():
        away = [f"s{s}" for s in range(5) if str(s) not in present]
        more = {**more, id: {**more.get(id, {}), "unavailable": away}}
    everyone = people(*ids, **more)
    return build_problem(
        event(
            **{"slots": slots(5), "participants": everyone, "affinities": affinities(dict.fromkeys(pairs, 1)), **fields}
        )
    )


def bounds(problem: Problem) -> tuple[int, int | None]:
    """The bound on breaks, and that on idle slots in so many breaks."""
    selection = select(problem)
    assert selection is not None
    face = optimal_face(problem, selection.units)
    found = busy_pattern_bound(problem, face, selection.value_bound)
    assert found is not None
    return found.breaks, idle_bound(problem, face, selection.value_bound, found.breaks)


def test_bounds_see_who_is_away_between():
    assert bounds(problem_of("a0 c0", "a0 c1", there={"a0": "03"})) == (1, 2)


def test_bounds_see_sessions_with_a_gap_between():
    # One in the morning, one in the afternoon, and nobody there at noon.
    problem = problem_of(
        "a0 c0",
        "a0 c1",
        there={"a0": "0134"},
        slots=slots(5, sessions=["am", "am", None, "pm", "pm"]),
        meetings=[rule("a0 c0", session="am"), rule("a0 c1", session="pm")],
    )

    assert bounds(problem) == (1, 1)


TWO_AT_ONE_TABLE = ("a0 c0", "a0 c1", "a1 c2", "a1 c3")
# a0 takes both slots in the middle of those of a1.
APART = {"a0": "12", "a1": "0123"}
# Somebody online who waits whatever the others do.
WAITS = {"a9": "02"}


def test_bounds_see_that_a_table_is_taken():
    assert bounds(problem_of(*TWO_AT_ONE_TABLE, there=APART, tables=tables(1)))[0] == 1


def test_bounds_see_that_a_table_is_taken_beside_meetings_online():
    remote = {"a9": {"remote": True}}
    pairs = (*TWO_AT_ONE_TABLE, "a9 c8", "a9 c9")

    assert bounds(problem_of(*pairs, there={**APART, **WAITS}, more=remote, tables=tables(1)))[0] == 2


def test_bounds_know_that_meetings_online_take_no_table():
    remote = {"a1": {"remote": True}, "a9": {"remote": True}}
    pairs = (*TWO_AT_ONE_TABLE, "a9 c8", "a9 c9")

    assert bounds(problem_of(*TWO_AT_ONE_TABLE, there=APART, more={"a1": {"remote": True}}, tables=tables(1))) == (0, 0)
    assert bounds(problem_of(*pairs, there={**APART, **WAITS}, more=remote, tables=tables(1)))[0] == 1


def test_bounds_see_that_whoever_is_met_is_there_only_then():
    # One of c0 and c1, either of whom comes for the first slot only, and c2, who comes for the last; that a1 and c4
    # can meet whenever they like makes up for nobody.
    problem = problem_of(
        *("a0 c0", "a0 c1", "a0 c2", "a0 c3", "a1 c4"),
        there={"a0": "0123", "c0": "0", "c1": "0", "c2": "3"},
        affinities=affinities({"a0 c0": 1, "a0 c1": 1, "a0 c2": 5, "a0 c3": 5, "a1 c4": 5}),
        more={"a0": {"max_meetings": 3}},
    )

    assert bounds(problem) == (1, 1)


def test_bounds_see_that_nobody_goes_on_without_a_pause():
    problem = problem_of("a0 c0", "a0 c1", "a0 c2", "a0 c3", there={}, rules={"max_in_a_row": 2})

    assert bounds(problem) == (1, 1)


def test_bounds_of_several_days_count_no_night():
    days = {"slots": slots(4, days=2), "participants": people("a0", "c0", "c1", "c2")}
    three = affinities({"a0 c0": 1, "a0 c1": 1, "a0 c2": 1})

    assert bounds(build_problem(event(**days, affinities=three))) == (0, 0)


def test_bound_that_has_no_time_is_none():
    problem = problem_of("a0 c0", "a0 c1", there={"a0": "03"})
    selection = select(problem)
    assert selection is not None

    assert busy_pattern_bound(problem, optimal_face(problem, selection.units), None, time_limit=0.0) is None
