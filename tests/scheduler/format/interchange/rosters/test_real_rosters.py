"""Real events of others, written down as their organisers would, come back as the same events."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from scheduler.format.event import Event, parse_event
from scheduler.format.interchange import Options, read_any, read_files, write_any

REAL = Path(__file__).resolve().parents[6] / "shared" / "real"
NAMES = ("career_fair", "grad_visit", "open_house", "phd_visit_days", "visit_day")


def real(name: str) -> Event:
    path = REAL / f"{name}.json"
    if not path.exists():
        pytest.skip("the real events are not beside the project")
    return parse_event(path.read_bytes())


def text(rows: list[list[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(rows)
    return out.getvalue().encode("cp1252")


def workbook(**sheets: list[list[object]]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def slots_sheet(event: Event) -> list[list[object]]:
    return [["id", "start", "end"], *([slot.id, slot.start, slot.end] for slot in event.slots)]


def roster(event: Event, ranks: int) -> list[list[object]]:
    """A row a person: name, side, columns of ranked choices, times at which they are not there, numbers."""
    start = {slot.id: f"{slot.start:%d.%m.%Y %H:%M}" for slot in event.slots}
    name = {one.id: one.name for one in event.participants}
    head = [
        "Name",
        "Role",
        *(f"Choice {k}" for k in range(1, ranks + 1)),
        "Unavailable",
        "Minimum",
        "Maximum",
        "Topics",
    ]
    rows: list[list[object]] = [[*head]]
    for one in event.participants:
        chosen = [name[id] for id in one.wishes] + [""] * (ranks - len(one.wishes))
        away = "; ".join(start[id] for id in one.unavailable)
        rows.append(
            [one.name, one.kind, *chosen, away, one.min_meetings or "", one.max_meetings, "; ".join(one.themes)]
        )
    return rows


def said(event: Event) -> dict[str, Any]:
    """Everything of an event's people, by their names."""
    name = {one.id: one.name for one in event.participants}
    times = {slot.id: slot.start for slot in event.slots}
    return {
        one.name: (
            *(one.kind, [name[id] for id in one.wishes], [times[id] for id in one.unavailable]),
            *(one.min_meetings, one.max_meetings, one.themes),
        )
        for one in event.participants
    }


# The largest as a workbook takes half a minute, and has nothing that the others lack.
@pytest.mark.parametrize(
    ("name", "ending"),
    [
        *((name, ending) for name in NAMES for ending in (".csv", ".tsv")),
        *((name, ".xlsx") for name in NAMES if name != "phd_visit_days"),
    ],
)
def test_real_event_as_tables_and_back_loses_nothing(name: str, ending: str):
    event = real(name)
    assert read_any(write_any(event, f"e{ending}", "fr"), f"e{ending}") == event


@pytest.mark.parametrize("name", ["visit_day", "open_house", "phd_visit_days", "career_fair"])
def test_real_event_as_a_list_with_choices_is_the_same_event(name: str):
    event = real(name)
    ranks = max(len(one.wishes) for one in event.participants)
    days = [("slots.csv", slots_sheet(event))]
    files = [(text(roster(event, ranks)), "people.csv"), *((text(rows), file) for file, rows in days)]
    reading = read_files(files, Options(timezone=event.timezone, title=event.title))
    assert said(reading.event) == said(event)
    assert [(one.start, one.end) for one in reading.event.slots] == [(one.start, one.end) for one in event.slots]
    assert {frozenset(pair) for pair in reading.event.may_meet} == {frozenset(pair) for pair in event.may_meet}


def test_real_event_by_rounds_in_a_few_signs():
    event = real("visit_day")
    ranks = max(len(one.wishes) for one in event.participants)
    options = Options(slots="18x30@9:00", days=("13/03/2020",), timezone=event.timezone)
    reading = read_files([(text(roster(event, ranks)), "people.csv")], options)
    assert said(reading.event) == said(event)


def test_real_sides_on_two_sheets_are_the_same_event():
    event = real("open_house")
    ranks = max(len(one.wishes) for one in event.participants)
    head, *rows = roster(event, ranks)
    sides = {kind: [head, *(row for row in rows if row[1] == kind)] for kind in ("faculty", "student")}
    alone = {kind: [[row[0], *row[2:]] for row in side] for kind, side in sides.items()}
    reading = read_files([(workbook(slots=slots_sheet(event), **alone), "open.xlsx")], Options(timezone=event.timezone))
    assert said(reading.event) == said(event)


@pytest.mark.parametrize("name", ["grad_visit", "phd_visit_days"])
def test_real_matrix_of_scores_is_the_same_event(name: str):
    event = real(name)
    given = {frozenset(one.between): one.score for one in event.affinities or ()}
    assert given
    one, other = event.may_meet[0]
    down, along = ([who for who in event.participants if who.kind == kind] for kind in (one, other))
    rows: list[list[object]] = [[f"{one} \\ {other}", *(who.name for who in along)]]
    rows += [[who.name, *(given.get(frozenset((who.id, its.id)), "") for its in along)] for who in down]
    reading = read_files([(text(rows), "scores.csv"), (text(slots_sheet(event)), "slots.csv")])
    called = {who.id: who.name for who in reading.event.participants}
    names = {who.id: who.name for who in event.participants}
    assert {frozenset(called[id] for id in pair.between): pair.score for pair in reading.event.affinities or ()} == {
        frozenset(names[id] for id in pair): score for pair, score in given.items()
    }
