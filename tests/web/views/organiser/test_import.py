"""An event from a file and to a file: what is right comes in whole, what is wrong leaves nothing behind."""

import json
from dataclasses import replace
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from scheduler.format.event import parse_event
from scheduler.format.interchange import Contact, read_any, read_with_contacts
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


def test_template_is_a_workbook_that_is_imported_once_filled_in(
    organiser_client: FlaskClient, session: Session
) -> None:
    from openpyxl import load_workbook

    page = organiser_client.get("/events/import").text
    assert 'href="/events/import/template.xlsx"' in page and "Télécharger un classeur vide" in page
    answer = organiser_client.get("/events/import/template.xlsx")
    assert answer.status_code == 200
    assert "modele-evenement.xlsx" in answer.headers["Content-Disposition"]
    book = load_workbook(BytesIO(answer.data))
    slots, people = book["Créneaux"], book["Participants"]
    for cell, value in {"A4": "s1", "B4": "18/03/2027 14:00", "C4": "18/03/2027 14h06"}.items():
        slots[cell].value = value
    values = {"A4": "a1", "B4": "association", "C4": "Les Jardins", "A5": "c1", "B5": "entreprise", "C5": "Nord"}
    for cell, value in values.items():
        people[cell].value = value
    headings = {cell.value: cell.column_letter for cell in people[1]}
    for heading, value in {
        "Personne à contacter": "Ada L.",
        "E-mail": "ada@example.org",
        "Site web": "jardins.example.org/nous",
        "Projet": "Un potager partagé",
    }.items():
        people[f"{headings[heading]}4"].value = value
    people[f"{headings['Site web']}5"].value = "javascript:alert(1)"
    out = BytesIO()
    book.save(out)
    assert upload(organiser_client, out.getvalue(), "rempli.xlsx").status_code == 302
    session.rollback()
    first, second = session.query(Registration).order_by(Registration.position)
    assert (first.name, first.kind, first.contact_name, first.email) == (
        *("Les Jardins", "association", "Ada L.", "ada@example.org"),
    )
    assert (first.website, first.project) == ("https://jardins.example.org/nous", "Un potager partagé")
    assert (second.kind, second.website) == ("company", "")
    page = plain(organiser_client.get("/events/").text)
    again = read_with_contacts(organiser_client.get(f"/events/{first.event_id}/export.xlsx").data, "x.xlsx")
    assert again.contacts == {
        "a1": Contact(
            "Ada L.", "ada@example.org", website="https://jardins.example.org/nous", project="Un potager partagé"
        )
    }
    assert "Aucun site web n’a été repris" in page and "Nord (« javascript:alert(1) »)" in page


def test_template_speaks_the_language_of_the_page(organiser_client: FlaskClient) -> None:
    answer = organiser_client.get("/events/import/template.xlsx", headers={"Accept-Language": "en"})
    assert "event-template.xlsx" in answer.headers["Content-Disposition"]


def test_template_is_for_those_who_are_signed_in(client: FlaskClient) -> None:
    assert client.get("/events/import/template.xlsx").status_code in (302, 401)


@pytest.mark.parametrize(("name", "encoding"), [("mars.csv", "utf-8"), ("mars.tsv", "utf-16"), ("mars.csv", "cp1252")])
def test_table_of_text_becomes_an_event(
    organiser_client: FlaskClient, session: Session, name: str, encoding: str
) -> None:
    from scheduler.format.interchange import write_any

    text = write_any(parse_event(EVENT), name, "fr").decode("utf-8-sig").replace("\u202f", " ")
    assert upload(organiser_client, text.encode(encoding), name).status_code == 302
    session.rollback()
    assert parse_event(event_document(session, session.query(Event).one())) == parse_event(EVENT)


def test_what_was_understood_with_some_doubt_is_told(organiser_client: FlaskClient) -> None:
    text = "[slots]\nid,start,end\ns1,2027-03-18 14:00,2027-03-18 14:06\n[particpants]\nid,kind\na1,association\n"
    assert upload(organiser_client, text.encode(), "mars.csv").status_code == 302
    page = unescape(organiser_client.get("/events/").text)
    assert 'la feuille "particpants" a été lue comme participants' in page


@pytest.mark.parametrize("data", [b"", b"poste;euros\nsalle;200\n"])
def test_foreign_table_is_told_what_a_workbook_looks_like(organiser_client: FlaskClient, data: bytes) -> None:
    answer = upload(organiser_client, data, "budget.csv")
    assert answer.status_code == 422
    page = plain(answer.text)
    assert "un classeur avec les feuilles Créneaux et Participants" in page
    assert "Télécharger un classeur vide" in page


def test_project_that_is_too_long_for_the_pages_is_told(organiser_client: FlaskClient, session: Session) -> None:
    text = "[slots]\nid,start,end\ns1,2027-03-18 14:00,2027-03-18 14:06\n[participants]\nid,kind,projet\n"
    answer = upload(organiser_client, f"{text}a1,association,{'x' * 500}\n".encode(), "mars.csv")
    assert answer.status_code == 422 and "400" in answer.text
    session.rollback()
    assert session.query(Event).count() == 0
