"""Where: tables that fit, few moves, announced tables kept, facilitators who are free."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scheduler.check.schedule import verify
from scheduler.format.errors import Infeasible, NoScheduleFound
from scheduler.format.event import Table, event_json, parse_event
from scheduler.problem.placement import Placement
from scheduler.problem.problem import NO_TABLE, Problem
from scheduler.problem.watch import SolveOptions
from scheduler.samples.sample import benchmark_event
from scheduler.solve import solve
from scheduler.tables.seating import Seating, facilitators_of, seat
from tests.properties.strategies import events
from tests.scheduler.builders import event, people, slots, tables, worth
from tests.scheduler.seated import placed


def seated(at: dict[str, int], **fields: Any) -> tuple[dict[str, int], Seating]:
    """The table of each pair, and the whole seating."""
    ids = sorted({id for pair in at for id in pair.split()})
    case = event(**{"participants": people(*ids), "affinities": worth(dict.fromkeys(at, 1)), **fields})
    problem, placement = placed(case, at)
    seating = seat(problem, placement)
    names = [f"{case.participants[problem.a[u]].id} {case.participants[problem.b[u]].id}" for u in placement.units]
    return dict(zip(names, seating.tables.tolist(), strict=True)), seating


def test_seating_one_meeting_a_table():
    found, _ = seated({"a0 c0": 0, "a1 c1": 0, "a2 c2": 0}, tables=tables(3))

    assert sorted(found.values()) == [0, 1, 2]


def test_seating_without_tables():
    found, seating = seated({"a0 c0": 0, "a1 c1": 0})

    assert set(found.values()) == {NO_TABLE}
    assert seating.moves == 0


def test_seating_online_at_none():
    online = people("a0", "a1", "c0", "c1", c1={"remote": True})
    found, _ = seated({"a0 c0": 0, "a1 c1": 0}, tables=tables(1), participants=online)

    assert found == {"a0 c0": 0, "a1 c1": NO_TABLE}


def test_seating_home_table_and_features():
    guests = people("a0", "a1", "c0", "c1", c0={"home_table": "t1"}, a1={"requires": ["quiet"]})
    found, _ = seated({"a0 c0": 0, "a1 c1": 0}, tables=tables(3, [], ["quiet"], ["quiet"]), participants=guests)

    assert found == {"a0 c0": 1, "a1 c1": 2}


def test_seating_nobody_moves_without_need():
    # One association stays while the companies pass; two do so at two tables.
    at = {f"a0 c{i}": i for i in range(3)} | {f"a1 c{i + 3}": i for i in range(3)}
    found, seating = seated(at, tables=tables(2))

    assert seating.moves == 0
    assert len({found[pair] for pair in at if pair.startswith("a0")}) == 1


def test_seating_moves_are_counted():
    # Both swap partners: one of each pair must move.
    _, seating = seated({"a0 c0": 0, "a1 c1": 0, "a0 c1": 1, "a1 c0": 1}, tables=tables(2))

    assert seating.moves == 2


def test_seating_too_many_meetings():
    with pytest.raises(ValueError, match="tables"):
        seated({"a0 c0": 0, "a1 c1": 0}, tables=tables(1))


def test_seating_too_few_facilitators():
    asking = people("a0", "a1", "c0", "c1", a0={"needs_facilitator": True}, a1={"needs_facilitator": True})
    with pytest.raises(ValueError, match="facilitators"):
        seated({"a0 c0": 0, "a1 c1": 0}, participants=asking, facilitators=[{"id": "f"}])


def test_seating_facilitators_are_free_and_different():
    asking = people("a0", "a1", "a2", "c0", "c1", "c2", a0={"needs_facilitator": True}, c1={"needs_facilitator": True})
    helpers = [{"id": "f0", "unavailable": ["s0"]}, {"id": "f1"}, {"id": "f2"}]
    _, seating = seated({"a0 c0": 0, "a1 c1": 0, "a2 c2": 0}, participants=asking, facilitators=helpers)

    assert sorted(seating.facilitators.tolist()) == [-1, 1, 2]


def test_seating_counts_moves_as_the_check_does():
    pairs = {f"a{i} c{j}": 1 + (i * j) % 3 for i, j in product(range(4), range(4))}
    crowd = people(*(f"{side}{i}" for side in "ac" for i in range(4)), a0={"delegates": 2}, c3={"remote": True})
    case = event(affinities=worth(pairs), slots=slots(6, days=2), tables=tables(4), participants=crowd)
    schedule = solve(case, SolveOptions(workers=1))

    assert verify(case, schedule).tiers["table_moves"] == schedule.tier("table_moves").value


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(events(people=6, slots=5, room=True), st.integers(0, 5))
def test_seating_of_anything_that_fits_is_legal(case, spare):
    # As many more tables as wanted, all alike where the event says nothing else.
    more = tuple(Table(id=f"more{i}", features=("accessible", "quiet")) for i in range(spare))
    # Where tables were unlimited, a few are no table for each of those who stay seated.
    assume(case.tables or not case.rules.seated)
    wide = parse_event(event_json(case.model_copy(update={"tables": (*case.tables, *more)})))
    try:
        schedule = solve(wide, SolveOptions(workers=1), stop=lambda: True)
    except (Infeasible, NoScheduleFound):
        assume(False)
        return

    # ``solve`` has it checked; here the moves are counted again, and not one meeting is left standing.
    report = verify(wide, schedule)
    assert report.faults == []
    assert report.tiers["table_moves"] == schedule.tier("table_moves").value


def test_seating_many_alike_tables_lose_nobody():
    case = benchmark_event(30, 30, 12, 30)
    schedule = solve(case, SolveOptions(workers=1), stop=lambda: True)

    assert all(meeting.table for meeting in schedule.meetings)
    assert verify(case, schedule).faults == []


def helped(at: dict[str, int]) -> tuple[Problem, Placement]:
    """The pairs of ``at``, all of whom ask for a facilitator; f1 is away in the second slot."""
    ids = sorted({id for pair in at for id in pair.split()})
    asking = {id: {"needs_facilitator": True} for id in ids}
    helpers = [{"id": "f0"}, {"id": "f1", "unavailable": ["s1"]}, {"id": "f2"}]
    case = event(
        participants=people(*ids, **asking),
        affinities=worth(dict.fromkeys(at, 1)),
        slots=slots(2),
        facilitators=helpers,
    )
    return placed(case, at)


def test_facilitators_announced_stay_where_they_are_free():
    problem, placement = helped({"a0 c0": 0, "a1 c1": 0, "a2 c2": 1})

    assert facilitators_of(problem, placement).tolist() == [0, 1, 0]
    assert facilitators_of(problem, placement, np.array([2, 0, 2])).tolist() == [2, 0, 2]
    # Who is away then, or announced twice, gives way; a new meeting takes whoever is left.
    assert facilitators_of(problem, placement, np.array([1, 1, 1])).tolist() == [1, 0, 0]
    assert facilitators_of(problem, placement, np.array([-1, 0, -1])).tolist() == [1, 0, 0]
