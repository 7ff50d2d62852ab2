"""Rounds, tables and facilitators: changed as a whole, told what it undoes, never over somebody else's change."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.support.rounds import at, now, slots_form
from tests.web.conftest import sign_in
from tests.web.factories import Factory
from web.domain.errors import Faults
from web.domain.event.resources import table_names
from web.models import Event, MeetingRule, Registration, User


@pytest.fixture
def event(make: Factory, organiser: User) -> Event:
    return make.event(organiser)


def test_rounds_are_changed_added_and_removed(organiser_client: FlaskClient, event: Event, session: Session) -> None:
    form = slots_form(
        event,
        **{
            "slots-0-end": "14:05",
            "slots-1-remove": "y",
            "new-0-day": "2027-03-18",
            "new-0-start": "13:50",
            "new-0-end": "13:56",
            "new-0-session": "accueil",
        },
    )
    assert organiser_client.post(at(event, "slots"), data=form).status_code == 302
    assert [(slot.key, f"{slot.starts_at:%H:%M}-{slot.ends_at:%H:%M}") for slot in now(session, event).slots] == [
        ("s5", "13:50-13:56"),
        ("s1", "14:00-14:05"),
        ("s3", "14:16-14:22"),
        ("s4", "14:24-14:30"),
    ]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"slots-0-end": "13:00"}, "finit avant de commencer"),
        ({"slots-0-end": "14:09"}, "avant la fin de celui de"),
        ({"slots-0-start": "midi"}, "créneaux signalés"),
        ({"new-0-start": "18:00", "new-0-day": "2027-03-18"}, "demande un jour, un début et une fin"),
        ({f"slots-{number}-remove": "y" for number in range(4)}, "au moins un créneau"),
    ],
)
def test_rounds_that_cannot_be_are_told_and_not_stored(
    organiser_client: FlaskClient, event: Event, session: Session, values: dict[str, str], sentence: str
) -> None:
    answer = organiser_client.post(at(event, "slots"), data=slots_form(event, **values))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert [slot.key for slot in now(session, event).slots] == ["s1", "s2", "s3", "s4"]


def test_round_that_others_count_on_is_removed_only_once_confirmed(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    a = make.registration(event, name="Les Jardins")
    b = make.registration(event, kind="company", name="Nord")
    make.rule(event, a, b, slot_id=event.slots[1].id)
    form = slots_form(event, **{"slots-1-remove": "y"})
    answer = organiser_client.post(at(event, "slots"), data=form)
    assert answer.status_code == 409
    assert "La rencontre Les Jardins – Nord était fixée" in answer.text
    assert len(now(session, event).slots) == 4
    assert organiser_client.post(at(event, "slots"), data=form | {"confirmed": "yes"}).status_code == 302
    assert len(now(session, event).slots) == 3
    assert session.query(MeetingRule).one().slot_id is None


def test_rounds_changed_by_two_keep_the_first(organiser_client: FlaskClient, event: Event, session: Session) -> None:
    form = slots_form(event)
    organiser_client.post(at(event, "slots"), data=form | {"slots-3-end": "14:40"})
    answer = organiser_client.post(at(event, "slots"), data=form | {"slots-0-remove": "y"})
    assert answer.status_code == 409
    assert "Quelqu’un d’autre a enregistré" in answer.text
    assert len(now(session, event).slots) == 4


def grid(event: Event, **values: str) -> dict[str, str]:
    base = {"version": str(event.version), "day": "2027-03-18", "start": "14:00", "meeting": "6", "changeover": "2"}
    return base | {"rounds": "4"} | values


def test_grid_made_anew_keeps_the_rounds_of_the_same_time(
    organiser_client: FlaskClient, event: Event, session: Session
) -> None:
    assert organiser_client.post(at(event, "slots/generate"), data=grid(event, rounds="6")).status_code == 302
    assert [slot.key for slot in now(session, event).slots] == ["s1", "s2", "s3", "s4", "s5", "s6"]
    session.refresh(event)
    moved = grid(event, rounds="6", start="15:00")
    assert organiser_client.post(at(event, "slots/generate"), data=moved).status_code == 302
    assert [slot.key for slot in now(session, event).slots] == ["s1", "s2", "s3", "s4", "s5", "s6"]
    assert now(session, event).slots[0].starts_at.hour == 15


def test_grid_made_anew_is_shown_first_and_refused_in_words(
    organiser_client: FlaskClient, event: Event, session: Session
) -> None:
    page = organiser_client.get(at(event, "slots/generate"))
    assert 'value="14:00"' in page.text
    preview = organiser_client.post(at(event, "slots/generate"), data=grid(event, rounds="9", preview="yes"))
    assert (preview.status_code, "9 créneaux" in preview.text) == (200, True)
    assert "15:52" in organiser_client.get(at(event, "slots/generate/grid"), query_string=grid(event, rounds="15")).text
    assert (
        organiser_client.post(at(event, "slots/generate"), data=grid(event, start="23:50", rounds="99")).status_code
        == 422
    )
    assert len(now(session, event).slots) == 4


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("1..3", ["Table 1", "Table 2", "Table 3"]),
        ("A1..A3", ["A1", "A2", "A3"]),
        ("A9–10; Le salon", ["A9", "A10", "Le salon"]),
        ("7", ["Table 7"]),
        ("de 1 à 3", ["Table 1", "Table 2", "Table 3"]),
        ("Tables 1 à 2, De A1 à A2", ["Table 1", "Table 2", "A1", "A2"]),
        ("tables de 1 à 2", ["Table 1", "Table 2"]),
        ("from 1 to 2", ["Table 1", "Table 2"]),
        ("Table ronde", ["Table ronde"]),
        (" , \n", []),
    ],
)
def test_tables_are_named_in_bulk(app: Flask, text: str, names: list[str]) -> None:
    with app.test_request_context("/"):
        assert table_names(text) == names


@pytest.mark.parametrize("text", ["1..9999", "5..1", "A, A", "x" * 81, "8 tables", "entre 1 et 8"])
def test_tables_that_cannot_be_named_are_refused(app: Flask, text: str) -> None:
    with app.test_request_context("/"), pytest.raises(Faults):
        table_names(text)


def tables_form(event: Event, **values: Any) -> dict[str, Any]:
    form: dict[str, Any] = {"version": str(event.version)}
    for number, table in enumerate(event.tables):
        form |= {
            f"tables-{number}-key": table.key,
            f"tables-{number}-name": table.name,
            f"tables-{number}-features": table.features,
        }
    return form | values


def test_tables_are_renamed_added_with_features_and_removed(
    organiser_client: FlaskClient, event: Event, session: Session
) -> None:
    values = {
        "tables-0-name": "Près de la porte",
        "tables-0-features": ["quiet", "unknown"],
        "tables-1-remove": "y",
        "more": "8..9",
        "more_features": ["accessible"],
        "feature": "au soleil",
    }
    assert organiser_client.post(at(event, "tables"), data=tables_form(event, **values)).status_code == 302
    assert [(one.key, one.name, one.features) for one in now(session, event).tables] == [
        ("t1", "Près de la porte", ["quiet"]),
        ("t3", "Table 3", []),
        ("t4", "Table 8", ["accessible", "au soleil"]),
        ("t5", "Table 9", ["accessible", "au soleil"]),
    ]


def test_table_that_somebody_needs_is_removed_only_once_confirmed(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    one = make.registration(event, name="Les Jardins", home_table_id=event.tables[0].id)
    form = tables_form(event, **{"tables-0-remove": "y"})
    answer = organiser_client.post(at(event, "tables"), data=form)
    assert answer.status_code == 409
    assert "Les Jardins avait pour table attitrée" in answer.text
    organiser_client.post(at(event, "tables"), data=form | {"confirmed": "yes"})
    assert len(now(session, event).tables) == 2
    assert session.get_one(Registration, one.id).home_table_id is None


def test_tables_with_the_same_name_are_refused(organiser_client: FlaskClient, event: Event, session: Session) -> None:
    answer = organiser_client.post(at(event, "tables"), data=tables_form(event, more="Table 1"))
    assert answer.status_code == 422
    assert "figure deux fois" in answer.text
    assert len(now(session, event).tables) == 3


def test_tables_changed_by_two_keep_the_first(organiser_client: FlaskClient, event: Event, session: Session) -> None:
    form = tables_form(event)
    organiser_client.post(at(event, "tables"), data=form | {"more": "4"})
    assert organiser_client.post(at(event, "tables"), data=form | {"more": "5"}).status_code == 409
    assert [table.name for table in now(session, event).tables][-1] == "Table 4"


def test_facilitators_are_added_with_absences_and_removed(
    organiser_client: FlaskClient, event: Event, session: Session
) -> None:
    form: dict[str, Any] = {
        "version": str(event.version),
        "new-0-name": "Awa Diop",
        "new-0-email": "awa@example.org",
        "new-0-unavailable": ["s2", "no-such-slot"],
    }
    assert organiser_client.post(at(event, "facilitators"), data=form).status_code == 302
    [one] = now(session, event).facilitators
    assert (one.key, one.name, one.email, one.absences) == (
        "f1",
        "Awa Diop",
        "awa@example.org",
        ["2027-03-18T14:08/2027-03-18T14:14"],
    )
    gone = {
        "version": str(event.version),
        "facilitators-0-key": "f1",
        "facilitators-0-name": "Awa Diop",
        "facilitators-0-remove": "y",
    }
    assert organiser_client.post(at(event, "facilitators"), data=gone).status_code == 302
    assert now(session, event).facilitators == []


def test_facilitator_with_a_wrong_address_is_refused(
    organiser_client: FlaskClient, event: Event, session: Session
) -> None:
    form = {"version": str(event.version), "new-0-name": "Awa", "new-0-email": "awa"}
    answer = organiser_client.post(at(event, "facilitators"), data=form)
    assert answer.status_code == 422
    assert "pas une adresse" in answer.text
    assert now(session, event).facilitators == []


def test_stranger_sees_no_setup(client: FlaskClient, make: Factory, event: Event) -> None:
    sign_in(client, make.user())
    for page in ("", "rules", "slots", "slots/generate", "tables", "facilitators", "requirements"):
        assert client.get(at(event, page)).status_code == 404
