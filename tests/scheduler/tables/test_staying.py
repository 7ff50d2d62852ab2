"""Tables of those who stay seated: one for each, shared where they must be, near for those who walk."""

from collections import Counter
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
import pytest

from scheduler.check.schedule import verify
from scheduler.problem.watch import SolveOptions
from scheduler.samples.sample import seated_event
from scheduler.solve import solve
from scheduler.tables.seating import seat
from scheduler.tables.staying import places_of, with_tables_for
from scheduler.tables.walking import nearer
from tests.scheduler.builders import event, people, slots, tables, worth
from tests.scheduler.seated import placed


def room(at: dict[str, int], *features: Any, **fields: Any) -> Any:
    """The event of these pairs in which companies stay seated, as a problem and with the pairs placed."""
    ids = sorted({id for pair in at for id in pair.split()})
    more = {id: fields.pop(id) for id in ids if id in fields}
    case = event(
        **{
            "slots": slots(3),
            "participants": people(*ids, **more),
            "affinities": worth(dict.fromkeys(at, 1)),
            "tables": tables(len(features), *features),
            "rules": {"seated": ["company"]},
            **fields,
        }
    )
    return placed(case, at)


def tables_at(at: dict[str, int], *features: Any, **fields: Any) -> dict[str, int]:
    problem, placement = room(at, *features, **fields)
    names = [participant.id for participant in problem.event.participants]
    found = seat(problem, placement).tables.tolist()
    return {
        f"{names[problem.a[u]]} {names[problem.b[u]]}": table for u, table in zip(placement.units, found, strict=True)
    }


def test_seated_keep_their_tables_and_the_others_come():
    found = tables_at({"a0 c0": 0, "a1 c1": 0, "a0 c1": 1, "a1 c0": 1}, [], [])

    assert found["a0 c0"] == found["a1 c0"] != found["a1 c1"] == found["a0 c1"]


def test_seated_take_turns_at_the_only_table_that_suits():
    quiet = {"requires": ["quiet"]}
    found = tables_at({"a0 c0": 0, "a1 c1": 1}, ["quiet"], [], c0=quiet, c1=quiet)

    assert found == {"a0 c0": 0, "a1 c1": 0}


def test_others_use_the_table_of_somebody_seated_who_is_idle():
    at = {"a0 c0": 0, "a1 a2": 1}
    found = tables_at(at, [], may_meet=[["association", "company"], ["association", "association"]])

    assert found == {"a0 c0": 0, "a1 a2": 0}


def test_seated_with_no_table_left_are_told():
    quiet = {"requires": ["quiet"]}
    problem, placement = room({"a0 c0": 0, "a1 c1": 0}, ["quiet"], [], c0=quiet, c1=quiet)

    with pytest.raises(ValueError, match="stay seated"):
        places_of(problem.widest, placement)
    assert with_tables_for(problem, placement) is None


def test_tables_are_chosen_anew_where_the_placement_needs_others():
    at = {"a0 c0": 0, "a0 c1": 1, "a1 c0": 2}
    problem, placement = room(at, [], ["quiet"], a0={"requires": ["quiet"]}, slots=slots(4))
    assert not problem.allowed[placement.units, placement.slots].all()

    standing = with_tables_for(problem, placement)
    assert standing is not None
    assert standing.allowed[placement.units, placement.slots].all()


def test_the_same_table_on_the_second_day():
    found = tables_at({"a0 c0": 0, "a1 c1": 0, "a1 c0": 2, "a0 c1": 3}, [], [], [], slots=slots(4, 2))

    assert found["a0 c0"] == found["a1 c0"]
    assert found["a1 c1"] == found["a0 c1"]


def test_those_who_move_go_to_the_next_table():
    # Everybody goes from c0 to c2 to c1: c2 belongs between the two.
    at = {"a0 c0": 0, "a0 c2": 1, "a0 c1": 2, "a1 c2": 0, "a1 c1": 1}
    found = tables_at(at, [], [], [])

    assert abs(found["a0 c0"] - found["a0 c2"]) == abs(found["a0 c2"] - found["a0 c1"]) == 1


def test_nearer_keeps_what_is_wanted_and_what_suits():
    chosen, everywhere = {0: 0, 1: 3}, {0: frozenset(range(4)), 1: frozenset(range(4))}
    ways = {(0, 1): 5}

    assert abs(np.diff(list(nearer(chosen, everywhere, {0: {}, 1: {}}, ways, 4).values()))[0]) == 1
    assert nearer(chosen, everywhere, {0: {0: 1}, 1: {3: 1}}, ways, 4) == chosen
    assert nearer(chosen, {0: frozenset({0}), 1: frozenset({3})}, {0: {}, 1: {}}, ways, 4) == chosen
    assert nearer({0: 2, 1: 2}, everywhere, {0: {}, 1: {}}, ways, 4) == {0: 2, 1: 2}


def test_ways_of_the_seated_sample_are_short_and_its_moves_no_more():
    case = seated_event()
    schedule = solve(case, SolveOptions(workers=1), stop=lambda: True)
    index = case.table_index
    lengths = []
    for participant in case.participants:
        visits = [index[m.table] for m in schedule.meetings if participant.id in m.between and m.table]
        lengths += [abs(one - other) for one, other in pairwise(visits)]

    assert verify(case, schedule).tiers["table_moves"] == sum(map(bool, lengths))
    # At random two of 22 tables are seven or eight apart.
    assert sum(lengths) <= 6 * len([one for one in lengths if one])
    assert Counter(lengths)[0] == len(lengths) - schedule.tier("table_moves").value


def test_who_is_there_alone_on_the_second_day_keeps_the_table_of_the_first():
    found = tables_at({"a0 c0": 0, "a1 c1": 0, "a0 c1": 2}, [], [], slots=slots(4, 2))

    assert found["a0 c1"] == found["a1 c1"] != found["a0 c0"]


def test_nearer_is_never_farther():
    random = Random(3)
    shorter = 0
    for _ in range(60):
        tables, count = random.randint(3, 9), random.randint(2, 3)
        chosen = dict(enumerate(random.sample(range(tables), count)))
        ways = {(p, q): random.randint(1, 5) for p in chosen for q in chosen if p < q and random.random() < 0.7}
        found = nearer(chosen, dict.fromkeys(chosen, frozenset(range(tables))), {p: {} for p in chosen}, ways, tables)
        before, after = (sum(n * abs(at[p] - at[q]) for (p, q), n in ways.items()) for at in (chosen, found))
        assert len(set(found.values())) == count
        assert after <= before
        # Few participants and tables to spare: next to each other is possible.
        shorter += bool(ways) and count == 2 and after == sum(ways.values())
    assert shorter >= 5


def test_nearer_takes_the_exchange_that_shortens_the_ways():
    # Who go to each other most stand at both ends; one exchange brings them together.
    everywhere = dict.fromkeys(range(4), frozenset(range(4)))
    nobody: dict[int, dict[int, int]] = {p: {} for p in range(4)}
    found = nearer({0: 0, 1: 1, 2: 2, 3: 3}, everywhere, nobody, {(0, 3): 9, (1, 2): 1}, 4)

    assert abs(found[0] - found[3]) == 1


def test_nearer_leaves_no_exchange_that_would_shorten_the_ways():
    random = Random(8)
    for _ in range(40):
        tables = random.randint(4, 8)
        chosen = dict(enumerate(random.sample(range(tables), tables)))
        ways = {(p, q): random.randint(1, 9) for p in chosen for q in chosen if p < q and random.random() < 0.6}
        everywhere = dict.fromkeys(chosen, frozenset(range(tables)))
        found = nearer(chosen, everywhere, {p: {} for p in chosen}, ways, tables)

        def long(at: dict[int, int], ways: dict[tuple[int, int], int] = ways) -> int:
            return sum(n * abs(at[p] - at[q]) for (p, q), n in ways.items())

        exchanged = [found | {p: found[q], q: found[p]} for p in found for q in found if p < q]
        assert min(map(long, exchanged)) >= long(found)
