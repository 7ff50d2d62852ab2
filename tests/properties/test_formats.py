"""Every event survives its files: JSON and workbook, out and back."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.format.event import Event, event_json, parse_event
from scheduler.format.interchange import read_any, read_workbook, write_any, write_workbook
from tests.properties.strategies import events

SMALL = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SMALL
@given(events(room=True))
def test_event_file_says_all_of_the_event(case: Event):
    assert parse_event(event_json(case)) == case
    assert read_any(write_any(case, "e.json"), "e.json") == case


@SMALL
@given(events(room=True), st.sampled_from(["e.csv", "e.tsv", "e.xlsx"]), st.sampled_from([None, "fr", "en"]))
def test_tables_in_any_language_say_all_of_the_event(case: Event, name: str, language: str | None):
    assert read_any(write_any(case, name, language), name) == case


@SMALL
@given(events(room=True))
def test_workbook_says_all_of_the_event(case: Event):
    assert read_workbook(write_workbook(case)) == case
