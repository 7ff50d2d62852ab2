"""What pauses and tables together leave, where each alone leaves more."""

import pytest

from scheduler.format.event import Event
from scheduler.problem.problem import build_problem
from scheduler.selecting.pauses import relaxation_of
from scheduler.selecting.relaxation import Relaxation, maximise
from scheduler.solve import solve
from tests.scheduler.builders import event, people, slots, tables, worth

ASSOCIATIONS, COMPANIES = [f"a{i}" for i in range(4)], [f"c{i}" for i in range(4)]


def everybody(count: int, most_in_a_row: int | None, **more: object) -> Event:
    return event(
        slots=slots(3),
        tables=tables(count),
        affinities=worth({f"{a} {c}": 1 for a in ASSOCIATIONS for c in COMPANIES}),
        participants=people(*ASSOCIATIONS, *COMPANIES, **more),
        rules={} if most_in_a_row is None else {"max_in_a_row": most_in_a_row},
    )


def most(relaxation: Relaxation) -> int:
    found = maximise(relaxation, relaxation.worth)
    assert found is not None
    return found.bound


def test_tables_are_short_in_the_slots_in_which_all_are_at_work():
    problem = build_problem(everybody(3, 1))

    # Four who meet in two of three slots, three tables: 8 and 9. But only who pauses twice can meet in the second.
    assert most(Relaxation.of(problem)) == 8
    assert most(relaxation_of(problem)) == 7
    schedule = solve(everybody(3, 1))
    assert (schedule.tiers[1].value, schedule.tiers[1].bound) == (7, 7)


@pytest.mark.parametrize(("count", "most_in_a_row"), [(4, 1), (3, None), (1, 1)])
def test_nothing_is_added_that_is_known_already(count: int, most_in_a_row: int | None):
    relaxation = relaxation_of(build_problem(everybody(count, most_in_a_row)))

    assert relaxation.names
    assert most(relaxation) == most(Relaxation.of(build_problem(everybody(count, most_in_a_row))))


def test_who_is_not_there_needs_no_pause():
    # Gone in the second slot everybody meets in the first and the third, and tables are all that is short.
    gone = {name: {"unavailable": ["s1"]} for name in [*ASSOCIATIONS, *COMPANIES]}

    assert most(relaxation_of(build_problem(everybody(3, 1, **gone)))) == 6
