"""An event from a file and to a file: what is right comes in whole, what is wrong leaves nothing behind."""

import json
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from scheduler.format.event import parse_event
from scheduler.format.interchange import read_any
from tests.web.announced import plain
from tests.web.conftest import make_app, sign_in
from tests.web.factories import Factory
from web.config import Settings
from web.domain.event.files import event_document
from web.models import Event, Registration, Role, User

EVENT: dict[str, Any] = {
    "format": "passerelle-event/1",
    "title": "Rencontres importées",
    "slots": [
        {"id": "s1", "start": "2027-03-18T14:00", "end": "2027-03-18T14:06"},
        {"id": "s2", "start": "2027-03-18T14:08", "end": "2027-03-18T14:14"},
    ],
    "tables": [{"id": "t1", "name": "Table 1"}],
    "participants": [
        {"id": "a1", "kind": "association", "name": "Les Jardins", "needs": ["skills.digital"], "wishes": ["c1"]},
        {"id": "c1", "kind": "company", "name": "Nord Numérique", "offers": ["skills.digital"]},
    ],
}


def upload(client: FlaskClient, data: bytes, name: str) -> Any:
    return client.post("/events/import", data={"file": (BytesIO(data), name)}, content_type="multipart/form-data")


def test_event_file_becomes_an_event(organiser_client: FlaskClient, session: Session) -> None:
    answer = upload(organiser_client, json.dumps(EVENT).encode(), "mars.json")
    session.rollback()
    event = session.query(Event).one()
    assert answer.location == f"/events/{event.id}/"
    assert parse_event(event_document(session, event)) == parse_event(EVENT)
    assert [member.role for member in event.members] == [Role.ORGANISER]


@pytest.mark.parametrize("ending", [".json", ".xlsx"])
def test_export_read_back_is_the_same_event(organiser_client: FlaskClient, session: Session, ending: str) -> None:
    upload(organiser_client, json.dumps(EVENT).encode(), "mars.json")
    session.rollback()
    event = session.query(Event).one()
    answer = organiser_client.get(f"/events/{event.id}/export{ending}")
    assert answer.status_code == 200
    assert f"{event.slug}{ending}" in answer.headers["Content-Disposition"]
    assert read_any(answer.data, f"x{ending}") == parse_event(EVENT)


def test_workbook_becomes_an_event(organiser_client: FlaskClient, session: Session) -> None:
    from scheduler.format.interchange import write_any

    answer = upload(organiser_client, write_any(parse_event(EVENT), "x.xlsx"), "mars.XLSX")
    assert answer.status_code == 302
    session.rollback()
    assert session.query(Registration).count() == 2


def test_faults_are_shown_with_their_places_and_nothing_is_imported(
    organiser_client: FlaskClient, session: Session
) -> None:
    broken = json.loads(json.dumps(EVENT))
    broken["participants"][0]["wishes"] = ["nobody"]
    broken["slots"][1]["start"] = 5
    answer = upload(organiser_client, json.dumps(broken).encode(), "mars.json")
    assert answer.status_code == 422
    assert "participants[0].wishes" in answer.text
    assert "slots[1].start" in answer.text
    assert "rien n’a été importé" in answer.text
    session.rollback()
    assert session.query(Event).count() == 0
    assert session.query(Registration).count() == 0


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "empty.json"),
        (b"\xff\xfe\x00garbage", "mars.json"),
        (b"[" * 100_000, "deep.json"),
        (b"PK\x03\x04 not a workbook", "mars.xlsx"),
        (b"hello", "mars.txt"),
        (b"nTables = ;", "mars.dzn"),
    ],
)
def test_broken_files_get_a_page_with_sentences(
    organiser_client: FlaskClient, session: Session, data: bytes, name: str
) -> None:
    answer = upload(organiser_client, data, name)
    assert answer.status_code == 422
    assert name in answer.text
    assert "Traceback" not in answer.text
    session.rollback()
    assert session.query(Event).count() == 0


def test_import_without_a_file_asks_for_one(organiser_client: FlaskClient) -> None:
    answer = organiser_client.post("/events/import")
    assert answer.status_code == 422
    assert "Choisissez un fichier" in answer.text


def test_file_over_the_limit_is_refused_in_words(settings: Settings) -> None:
    app = make_app(replace(settings, upload_limit=2000))
    app.config["WTF_CSRF_ENABLED"] = False
    from web.db import get_session

    with app.app_context():
        user = Factory(get_session()).user()
        client = sign_in(app.test_client(), user)
        answer = upload(client, b"x" * 5000, "huge.json")
    assert answer.status_code == 413
    assert "trop volumineux" in answer.text


def test_stranger_may_not_export(client: FlaskClient, make: Factory) -> None:
    event = make.event(make.user())
    sign_in(client, make.user())
    assert client.get(f"/events/{event.id}/export.json").status_code == 404
    assert client.get("/events/import").status_code == 200


def test_unknown_kind_of_file_is_not_exported(organiser_client: FlaskClient, make: Factory, organiser: User) -> None:
    event = make.event(organiser)
    assert organiser_client.get(f"/events/{event.id}/export.exe").status_code == 404


def imported(client: FlaskClient, session: Session, raw: dict[str, object]) -> Event:
    assert upload(client, json.dumps(raw).encode(), "event.json").status_code == 302
    session.rollback()
    return session.query(Event).one()


def test_an_event_in_which_nothing_can_happen_is_told_on_its_page(
    organiser_client: FlaskClient, session: Session
) -> None:
    people = [{"id": "a1", "kind": "Association"}, {"id": "c1", "kind": "entreprise"}]
    event = imported(organiser_client, session, {**EVENT, "participants": people, "meetings": []})
    page = organiser_client.get(f"/events/{event.id}/").text
    assert "Est-ce bien voulu" in page
    assert "Aucun rendez-vous n’est possible" in page and "«\u00a0Association\u00a0» ressemble à" in page


def test_words_that_the_event_does_not_offer_are_told_with_the_nearest(
    organiser_client: FlaskClient, session: Session
) -> None:
    one, other = EVENT["participants"]
    people = [{**one, "needs": ["skills.comunication"], "themes": ["qqqq"]}, other]
    event = imported(organiser_client, session, {**EVENT, "participants": people})
    page = organiser_client.get(f"/events/{event.id}/").text
    assert "«\u00a0skills.comunication\u00a0» (peut-être «\u00a0skills.communication\u00a0»)" in page
    assert "«\u00a0qqqq\u00a0»" in page


def test_contacts_of_a_workbook_are_kept(organiser_client: FlaskClient, session: Session) -> None:
    from io import BytesIO

    from openpyxl import load_workbook

    from scheduler.format.interchange import write_any

    book = load_workbook(BytesIO(write_any(parse_event(EVENT), "x.xlsx")))
    sheet = book["participants"]
    column = sheet.max_column + 1
    for offset, values in enumerate((("E-mail", "X@Example.org", "no address"), ("Contact", "Ada L.", None))):
        for row, value in enumerate(values, start=1):
            sheet.cell(row, column + offset).value = value
    out = BytesIO()
    book.save(out)
    assert upload(organiser_client, out.getvalue(), "mars.xlsx").status_code == 302
    session.rollback()
    first, second = session.query(Registration).order_by(Registration.position)
    assert (first.email, first.contact_name) == ("x@example.org", "Ada L.")
    assert (second.email, second.contact_name) == (None, "")
    # It went without a word, and with it every mail to them.
    page = plain(organiser_client.get("/events/").text)
    assert "1 adresse e-mail n’est pas utilisable" in page and f"{second.name} (« no address »)" in page


def test_the_second_of_two_hours_is_remembered(organiser_client: FlaskClient, session: Session) -> None:
    slots = [
        {"id": "s1", "start": "2027-10-31T02:10", "end": "2027-10-31T02:20"},
        {"id": "s2", "start": "2027-10-31T02:10+01:00", "end": "2027-10-31T02:20+01:00"},
    ]
    event = imported(organiser_client, session, {"format": EVENT["format"], "slots": slots, "participants": []})
    document = event_document(session, event)
    assert [slot["start"] for slot in document["slots"]] == ["2027-10-31T02:10", "2027-10-31T02:10+01:00"]
    assert [slot.start.fold for slot in parse_event(document).slots] == [0, 1]
