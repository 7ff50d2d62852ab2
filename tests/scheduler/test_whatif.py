"""What more or fewer tables and slots are worth, against exhaustive search and by hand."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scheduler.command.main import main
from scheduler.format.errors import InvalidInput
from scheduler.format.event import Event, event_json, parse_event
from scheduler.whatif import Gain, event_with_slots, event_with_tables, whatif
from tests.properties.brute_force import Exhaustive
from tests.properties.strategies import events
from tests.scheduler.builders import event, people, rule, slots, tables, worth

SCORES = worth({"a0 c0": 9, "a0 c1": 8, "a1 c0": 7, "a1 c1": 6})


def fair(**fields: Any) -> Event:
    return event(**{"slots": slots(2), "tables": tables(1), "affinities": SCORES, **fields})


def test_grid_tells_value_shortfall_and_wishes_of_each_cell():
    everybody = people("a0", "a1", "c0", "c1", a1={"wishes": ["c1", "c0"], "min_meetings": 1}, c0={"wishes": ["a0"]})
    grid = whatif(fair(participants=everybody), [1, 2], [1, 2, 3])

    found = [[(cell.shortfall, cell.value, cell.wishes, cell.placed) for cell in row] for row in grid.cells]
    assert found == [
        [(0, 7, 1, True), (0, 16, 2, True), (0, 24, 2, True)],
        [(0, 15, 2, True), (0, 30, 3, True), (0, 30, 3, True)],
    ]
    assert grid.cell(2, 3) is grid.cells[1][2]
    assert grid.now == grid.cell(1, 2)
    assert grid.one_more_table == Gain(0, 14, 1)
    assert grid.one_more_slot == Gain(0, 8, 0)
    assert grid.wishes == 3


def test_breaks_are_estimated_where_asked():
    case = fair(slots=slots(4), tables=tables(1))
    row = whatif(case, [1, 2], [4], breaks=True).cells

    assert whatif(case, [1], [4]).cell(1, 4).breaks is None
    # With one table a0 and a1 cannot both meet c0 and c1 without somebody waiting.
    fewest = min(worth[2] for worth in Exhaustive(case).plans if worth[:2] == (0, 30))
    assert [cells[0].breaks for cells in row] == [fewest, 0]


def test_breaks_stop_where_time_is_over_and_the_event_as_it_is_comes_first():
    case = fair(slots=slots(4), tables=tables(1))
    grid = whatif(case, [1, 2], [3, 4], breaks=True, seconds=0.0)

    assert [cell.breaks for row in grid.cells for cell in row].count(None) == 4
    assert whatif(case, [1], [4], breaks=True).now.breaks is not None


def test_gain_tells_the_change_of_breaks_and_whether_it_is_sure():
    case = fair(slots=slots(4), tables=tables(1))
    gain = whatif(case, breaks=True).one_more_table

    fewest = min(worth[2] for worth in Exhaustive(case).plans if worth[:2] == (0, 30))
    assert gain == Gain(0, 0, 0, breaks=-fewest, placed=True)


def test_wishes_are_the_most_that_a_best_selection_honours():
    everybody = people("a0", "a1", "c0", "c1", a1={"wishes": ["c1"], "max_meetings": 1}, a0={"max_meetings": 1})
    alike = worth({"a0 c0": 5, "a0 c1": 5, "a1 c0": 5, "a1 c1": 5})

    assert whatif(fair(participants=everybody, affinities=alike)).now.wishes == 1


def test_event_without_tables_has_no_limit_now():
    grid = whatif(fair(tables=[]), [1], [2])

    assert (grid.now.tables, grid.now.value) == (None, 30)
    assert grid.cell(1, 2).value == 17
    assert grid.one_more_table is None


def test_requirement_that_a_cut_makes_impossible_is_shown():
    grid = whatif(fair(meetings=[rule("a0 c0", slot="s1")]), [1], [1, 2])

    assert (grid.cell(1, 1).value, grid.cell(1, 1).shortfall, grid.cell(1, 1).wishes) == (None, None, None)
    assert grid.cell(1, 2).value == 17


def test_default_grid_is_two_around_what_the_event_has():
    grid = whatif(fair())

    assert (grid.tables, grid.slots) == ((1, 2, 3), (1, 2, 3, 4))


def test_numbers_below_one_are_refused():
    with pytest.raises(InvalidInput) as caught:
        whatif(fair(), [0], [-1])

    assert len(caught.value.faults) == 2


def test_added_slots_follow_the_rhythm_and_those_who_left_stay_away():
    everybody = people("a0", "a1", "c0", "c1", a0={"unavailable": ["s1"]})
    longer = event_with_slots(fair(participants=everybody), 4)

    starts = [slot.start for slot in longer.slots]
    assert {later - sooner for sooner, later in pairwise(starts)} == {starts[1] - starts[0]}
    assert len(longer.participant("a0").unavailable) == 3
    assert parse_event(event_json(longer)) == longer


def test_added_tables_are_plain():
    wider = event_with_tables(fair(tables=tables(1, ["accessible"])), 3)

    assert [table.features for table in wider.tables] == [("accessible",), (), ()]
    assert parse_event(event_json(wider)) == wider


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(events(people=4, slots=3, room=True), st.integers(1, 3), st.integers(1, 3))
def test_cells_agree_with_exhaustive_search(case: Event, tables: int, slots: int):
    other = event_with_tables(event_with_slots(case, slots), tables)
    exhaustive = Exhaustive(other)
    assume(exhaustive.size <= 20_000)
    cell = whatif(case, [tables], [slots]).cell(tables, slots)

    if tables < sum(p.kind in case.rules.seated and not p.remote for p in case.participants):
        # Such a file would be refused.
        assert cell.value is None
    elif exhaustive.plans:
        best = min((worth[0], -worth[1]) for worth in exhaustive.plans)
        assert cell.value is not None and cell.shortfall is not None
        assert (cell.shortfall, -cell.value) <= best
        if cell.placed:
            assert (cell.shortfall, -cell.value) == best
    else:
        assert not cell.placed


def test_fewer_tables_than_stay_seated_are_no_timetable():
    seated = fair(tables=tables(2), rules={"seated": ["company"]})
    found = whatif(seated, [1, 2], [2])

    assert found.cell(1, 2).value is None
    assert found.cell(2, 2).value == 30
    assert found.cell(2, 2).placed


def test_whatif_command_prints_a_table_or_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "event.json").write_text(event_json(fair()))
    command = ["whatif", str(tmp_path / "event.json"), "--tables", "1,2", "--slots", "2"]

    assert main([*command, "--no-breaks"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["1", "tables", "17", "(0/0)"]
    assert lines[2].split() == ["2", "tables", "30", "(0/0)"]
    assert "one more table: value +13, wishes +0" in lines
    assert main([*command, "--json"]) == 0
    cell = json.loads(capsys.readouterr().out)["cells"][1][0]
    assert (cell["value"], cell["breaks"]) == (30, 0)
    with pytest.raises(SystemExit) as caught:
        main([*command, "--slots", "0"])
    assert caught.value.code == 2
