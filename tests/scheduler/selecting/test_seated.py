"""Tables of the seated and the selection chosen together: what the tables chosen first would lose."""

import pytest

from scheduler.format.event import Event
from scheduler.problem.problem import build_problem
from scheduler.selecting.seated import select_with_tables
from scheduler.solve import solve
from tests.scheduler.builders import event, people, slots, tables, worth

# Both companies are worth meeting for a0, who needs the quiet table; so is c0 for a1, who does not.
PAIRS = {"a0 c0": 4, "a1 c0": 1, "a0 c1": 5}


def quiet(*rooms: list[str], days: int = 1) -> Event:
    return event(
        slots=slots(3, days),
        tables=tables(len(rooms), *rooms),
        affinities=worth(PAIRS),
        participants=people("a0", "a1", "c0", "c1", a0={"requires": ["quiet"]}),
        rules={"seated": ["company"]},
    )


@pytest.mark.parametrize(("in_turns", "value"), [(False, 6), (True, 10)])
def test_two_share_the_quiet_table_only_in_turns(in_turns: bool, value: int):
    problem = build_problem(quiet([], ["quiet"]))

    found = select_with_tables(problem, 0, 10, in_turns=in_turns)

    assert found is not None
    assert problem.value_of(found.units) == value
    # What is selected can be held at the tables chosen.
    assert found.problem.allowed[found.units].any(axis=1).all()
    # Without turns more may be possible: nothing is proven.
    assert found.value == (10 if in_turns else None)


def test_each_has_a_quiet_table_where_there_are_two():
    problem = build_problem(quiet([], ["quiet"], ["quiet"]))

    found = select_with_tables(problem, 0, 10, in_turns=False)

    assert found is not None and problem.value_of(found.units) == 10


def test_nothing_is_proven_where_another_day_may_bring_another_table():
    found = select_with_tables(build_problem(quiet([], ["quiet"], days=2)), 0, 10, in_turns=True)

    assert found is not None and found.value is None


def test_nothing_is_chosen_where_any_table_will_do():
    assert select_with_tables(build_problem(quiet(["quiet"], ["quiet"])), 0, 10, in_turns=True) is None


def test_a_timetable_has_them_take_turns():
    schedule = solve(quiet([], ["quiet"]))

    assert [tier.value for tier in schedule.tiers[:2]] == [0, 10]
    assert schedule.status == "optimal"
