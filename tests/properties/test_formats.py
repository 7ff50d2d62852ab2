"""Every event survives its files: JSON and workbook, out and back."""

from hypothesis import HealthCheck, given, settings

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
@given(events(room=True))
def test_workbook_says_all_of_the_event(case: Event):
    assert read_workbook(write_workbook(case)) == case
