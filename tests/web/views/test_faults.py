"""Faults of a file, told in the language of the page."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

from scheduler.format.errors import InvalidEvent
from scheduler.format.event import parse_event
from scheduler.format.interchange import read_any
from scheduler.format.sentence import expected
from tests.web.factories import Factory
from web.domain.errors import Fault, Faults, Refused
from web.models import Event, User
from web.views.faults import refusal, said

SLOT = {"id": "s1", "start": "2027-03-18T14:00", "end": "2027-03-18T14:06"}


def faults_of(raw: object) -> list[str]:
    with pytest.raises(InvalidEvent) as caught:
        parse_event(raw)
    return [fault.message for fault in caught.value.faults]


WRONG = {
    "format": "passerelle-event/2",
    "timezone": "Mars/Olympus",
    "slots": [
        SLOT,
        {"id": "s1", "start": "2027-03-18T14:03", "end": "2027-03-18T14:01"},
        {"id": "", "start": "noon", "end": 5},
    ],
    "tables": [{"id": "t1", "features": "quiet"}],
    "participants": [
        {"id": "a1", "kind": "association", "wishes": ["a1", "zz"], "min_meetings": 4, "max_meetings": 2},
        {"id": "a2", "kind": "association", "needs": ["x.y", "x.y"], "requires": ["gold"]},
        {"id": "a3", "kind": 3, "remote": 1, "delegates": 0, "colour": "red"},
        {"kind": "company"},
    ],
    "meetings": [
        {"between": ["a1", "a2"], "status": "required", "session": "night", "after": [["a1", "a2"]]},
        {"between": ["a1", "a2"], "status": "allowed"},
        {"between": ["a1", "a1"], "status": "maybe"},
    ],
    "affinities": [{"between": ["a1", "a2"], "score": 1}, {"between": ["a2", "a1"], "score": True}],
    "rules": {"coverage": [1, 2]},
}


@pytest.mark.parametrize(
    "raw", [WRONG, b"\xff", b"[1]", b'{"a": NaN}', b"[" * 100_000, b'{"a": 1, "a": 2}', b"{"], ids=range(7)
)
def test_every_fault_of_an_event_file_has_its_french(app: Flask, raw: object) -> None:
    with app.test_request_context(), force_locale("fr"):
        told = [said(message) for message in faults_of(raw)]
    assert [one for one in told if not one.startswith("attendu\u00a0: ")] == []


def test_a_workbook_that_is_none_is_told_in_french(app: Flask) -> None:
    with pytest.raises(InvalidEvent) as caught:
        read_any(b"PK no zip", "event.xlsx")
    with app.test_request_context(), force_locale("fr"):
        assert [said(fault.message) for fault in caught.value.faults] == [
            "attendu\u00a0: un classeur XLSX\u202f; trouvé\u00a0: autre chose"
        ]


@pytest.mark.parametrize(
    ("message", "french"),
    [
        (expected("text", "found", found=3), "attendu\u00a0: du texte\u202f; trouvé\u00a0: 3"),
        (
            expected("one_of_choices", "found", choices='"required", "forbidden"', last='"allowed"', found='"x"'),
            'attendu\u00a0: "required", "forbidden" ou "allowed"\u202f; trouvé\u00a0: "x"',
        ),
        (
            expected("entry_once", "found_again", found='"s9"'),
            'attendu\u00a0: chaque entrée une seule fois\u202f; trouvé\u00a0: de nouveau "s9"',
        ),
    ],
)
def test_a_fault_in_french_words(app: Flask, message: str, french: str) -> None:
    with app.test_request_context(), force_locale("fr"):
        assert said(message) == french
    with app.test_request_context(), force_locale("en"):
        assert said(message) == message


def invalid(make: Factory, organiser: User) -> Event:
    """An event that the format refuses: the second meeting would earn more than the first."""
    event = make.event(organiser, slots=2, rules={"coverage": [1, 2]})
    for kind in ("association", "company"):
        make.registration(event, kind=kind)
    return event


WORDS = {
    "fr": "attendu\u00a0: au plus 1, les points qui précèdent\u202f; trouvé\u00a0: 2",
    "en": "expected at most 1, the points before it, found 2",
}


@pytest.mark.parametrize("language", WORDS)
def test_an_invalid_event_is_told_where_it_is_computed(
    organiser_client: FlaskClient, make: Factory, organiser: User, language: str
) -> None:
    address = f"/events/{invalid(make, organiser).id}/schedule/compute/?lang={language}"
    answer = organiser_client.post(address, data={"time_limit": "20"})
    assert answer.status_code == 422
    assert answer.text.count(WORDS[language]) == 1


@pytest.mark.parametrize("language", WORDS)
def test_an_invalid_event_is_told_where_it_is_taken_away(
    organiser_client: FlaskClient, make: Factory, organiser: User, language: str
) -> None:
    answer = organiser_client.get(f"/events/{invalid(make, organiser).id}/export.xlsx?lang={language}")
    assert answer.status_code == 422
    assert answer.text.count(WORDS[language]) == 1


def test_refusal_of_a_deed_is_told_in_the_language_of_the_page(app: Flask) -> None:
    """A repair or a meeting imposed that made the event invalid was refused in English, behind a path of the file."""
    faults = Faults([Fault(f"slots[{number}]", message) for number, message in enumerate(faults_of(WRONG)[:2])])
    with app.test_request_context(), force_locale("fr"):
        told = refusal(faults)
        assert told == " ".join(said(fault.message) for fault in faults.faults)
        assert told.count("attendu\u00a0: ") == 2
        assert refusal(Refused("Rien n’a changé.")) == "Rien n’a changé."
