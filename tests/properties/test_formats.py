"""Every event survives its files: JSON and workbook, out and back."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.format.event import Event, event_json, parse_event
from scheduler.format.interchange import Contact, read_any, read_with_contacts, read_workbook, write_any, write_workbook
from scheduler.format.text import clean
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


@SMALL
@given(
    events(room=True),
    st.builds(Contact, *[st.text(st.characters(exclude_categories=["Cs"]), max_size=8).map(clean).map(str.strip)] * 5),
    st.sampled_from(["e.csv", "e.xlsx"]),
    st.sampled_from([None, "fr", "en"]),
)
def test_tables_say_all_of_contacts_beside_the_event(case: Event, contact: Contact, name: str, language: str | None):
    contacts = {one.id: contact for one in case.participants[:2]} if contact else {}
    reading = read_with_contacts(write_any(case, name, language, contacts), name)
    assert (reading.event, reading.contacts) == (case, contacts)
