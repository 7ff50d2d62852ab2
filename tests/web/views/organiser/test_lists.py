"""A list of people from its file into an event, through the pages, and out again."""

import csv
import io
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook
from sqlalchemy.orm import Session

from tests.support.lists import HEADINGS, Lists, csv_of, fields_of, xlsx_of
from tests.support.queries import count_queries
from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.people.lists import rows as reading_of_rows
from web.domain.people.lists import taking, undoing
from web.domain.people.privacy import erase
from web.models import (
    AuditEntry,
    Colleague,
    Event,
    Invitation,
    ListImport,
    OutboxMail,
    Registration,
    RegistrationStatus,
    User,
)

ROWS = [
    HEADINGS,
    ("Les Jardins du Canal", "Asso", "jardins@example.org", "03 20 11 22 33", "Numérique; Finance et comptabilité", ""),
    ("Nord Menuiserie", "Entreprise", "nord@example.org", "", "", "Atelier"),
]


@pytest.fixture
def event(make: Factory, organiser: User) -> Event:
    return make.event(organiser=organiser)


@pytest.fixture
def lists(organiser_client: FlaskClient, event: Event) -> Lists:
    return Lists(organiser_client, event)


def people(session: Session) -> dict[str, Registration]:
    session.rollback()
    return {one.name: one for one in session.query(Registration).order_by(Registration.id)}


@on_both_databases
def test_list_becomes_participants(lists: Lists, session: Session, event: Event) -> None:
    at = lists.looked_at(csv_of(ROWS))
    answer = lists.take(at)
    assert (answer.status_code, answer.location) == (303, at)
    found = people(session)
    assert list(found) == ["Les Jardins du Canal", "Nord Menuiserie"]
    one = found["Les Jardins du Canal"]
    assert (one.kind, one.email, one.phone) == ("association", "jardins@example.org", "03 20 11 22 33")
    assert (one.needs, one.offers, one.status, one.language) == (
        ["skills.digital", "skills.finance"],
        [],
        "accepted",
        event.locale,
    )
    assert found["Nord Menuiserie"].offers == ["premises.workshop"]
    assert session.query(OutboxMail).count() == 0
    entries = session.query(AuditEntry).where(AuditEntry.event_id == event.id).order_by(AuditEntry.id)
    actions = [entry.action for entry in entries]
    assert actions == ["list.send", "registration.add", "registration.add", "list.take"]


def test_list_of_those_to_decide_on_decides_nothing(lists: Lists, session: Session) -> None:
    lists.take(lists.looked_at(csv_of(ROWS), way="pending"))
    assert {one.status for one in people(session).values()} == {"pending"}


def test_preview_tells_new_changed_doubtful_and_faulty(lists: Lists, make: Factory, event: Event) -> None:
    make.registration(event, name="Les Jardins du Canal", email="avant@example.org", needs=["skills.law"])
    make.registration(event, name="Atelier Solidaire", siren="123456789")
    make.registration(event, name="Le Fournil", email="pain@example.org")
    at = lists.looked_at(
        csv_of(
            [
                ("Structure", "Type", "Courriel", "SIREN"),
                ("Les jardins du canal", "Association", "apres@example.org", ""),
                ("Atelier Solidaires", "Association", "", ""),
                ("Tout autre nom", "Association", "pain@example.org", ""),
                ("Encore un autre", "Association", "", "123 456 789"),
                ("Nouvelle", "Association", "nouvelle@example.org", ""),
                ("Nouvele", "Association", "nouvelle@example.org", ""),
                ("Fautive", "Association", "pas une adresse", ""),
                ("", "Association", "sans@example.org", ""),
            ]
        )
    )
    page = lists.rows(at)
    assert "<del>avant@example.org</del> → <ins>apres@example.org</ins>" in page
    assert page.count("presque le même nom") == 1
    assert page.count("même adresse électronique") == 1
    assert page.count("même numéro SIREN") == 1
    assert "Elle ressemble à la ligne 6 de la liste." in page
    assert "n’est pas une adresse électronique" in page
    assert "Le nom de l’organisation manque." in page
    # What is certain is ticked, what is doubtful is not, what is faulty cannot be.
    assert fields_of(page)["rows"] == ["2", "6"]
    assert 'value="8"' not in page


def test_row_at_the_address_of_a_colleague_is_doubtful(
    lists: Lists, make: Factory, event: Event, session: Session
) -> None:
    one = make.registration(event, name="Le Fournil", email="pain@example.org")
    elsewhere = make.registration(make.event())
    with write(session):
        session.add(Colleague(registration_id=one.id, name="Ada", email="ada@example.org"))
        session.add(Colleague(registration_id=elsewhere.id, name="Bo", email="bo@example.org"))
    rows = [("Structure", "Type", "Courriel"), ("A", "Association", "ada@example.org")]
    at = lists.looked_at(csv_of([*rows, ("B", "Association", "bo@example.org"), ("Le Fournil", "", "")]))
    page = lists.rows(at)
    # The row that is the organisation itself comes first.
    assert "Elle ressemble à la ligne 4 de la liste." in page
    page = lists.rows(lists.looked_at(csv_of(rows)))
    assert page.count("adresse électronique d’un collègue") == 1
    assert f'<option value="{one.id}"' in page
    assert fields_of(page).get("rows", []) == []


def test_doubtful_row_becomes_whom_the_organiser_says(
    lists: Lists, make: Factory, event: Event, session: Session
) -> None:
    known = make.registration(event, name="Atelier Solidaire", phone="")
    rows = [("Structure", "Type", "Tél"), ("Atelier Solidaires", "Association", "03 20 00 00 00")]
    at = lists.looked_at(csv_of(rows))
    lists.take(at, rows="2", **{"as-2": str(known.id)})
    assert {(one.id, one.name, one.phone) for one in people(session).values()} == {
        (known.id, "Atelier Solidaires", "03 20 00 00 00")
    }
    lists.take(
        lists.looked_at(csv_of([rows[0], ("Ateliers Solidaires", "Association", "")])), rows="2", **{"as-2": "new"}
    )
    assert len(people(session)) == 2


def test_unknown_word_is_chosen_or_left_out_and_never_swallowed(
    lists: Lists, session: Session, make: Factory, event: Event
) -> None:
    rows = [HEADINGS, ("Les Jardins", "Asso", "", "", "Numerrique; Zwxq; Droit", "")]
    at = lists.looked_at(csv_of(rows))
    page = lists.rows(at)
    assert fields_of(page)["meaning"] == ["skills.digital", ""]
    assert "à décider" in page
    answer = lists.take(at, page)
    assert answer.status_code == 422
    assert "“Zwxq”" in answer.text
    assert people(session) == {}
    lists.take(at, page, meaning=["skills.digital", "-"])
    assert people(session)["Les Jardins"].needs == ["skills.digital", "skills.law"]


def test_meanings_of_words_are_kept_between_pages(lists: Lists, session: Session) -> None:
    at = lists.looked_at(csv_of([HEADINGS, ("Les Jardins", "Asso", "", "", "Zwxq", "")]))
    answer = lists.client.post(f"{at}rows", data=fields_of(lists.rows(at)) | {"do": "words", "meaning": "skills.law"})
    assert answer.status_code == 303
    assert fields_of(lists.rows(at))["meaning"] == "skills.law"
    lists.take(at)
    assert people(session)["Les Jardins"].needs == ["skills.law"]


def test_words_beyond_those_of_a_page_follow_once_these_are_decided(
    lists: Lists, session: Session, make: Factory, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "MOST_UNKNOWN", 2)
    rows = [("Les Jardins", "Asso", "", "", "Zwxq; Qxwz; Wzqx", ""), ("Les Prés", "Asso", "", "", "Qxwz; Wzqx", "")]
    at = lists.looked_at(csv_of([HEADINGS, *rows]))
    page = lists.rows(at)
    # Those of the most rows first.
    assert fields_of(page)["word"] == ["items|Qxwz", "items|Wzqx"]
    assert "1 autre mot suivra" in page
    decided = fields_of(page) | {"do": "words", "meaning": ["skills.law", "-"]}
    assert lists.client.post(f"{at}rows", data=decided).status_code == 303
    page = lists.rows(at)
    assert fields_of(page)["word"][0] == "items|Zwxq"
    # One that is taken back is asked for again, one that has no place on the page keeps its meaning.
    assert fields_of(page)["word"][1] == "items|Qxwz" and fields_of(page)["meaning"] == ["", "skills.law"]
    changed = fields_of(page) | {"do": "words", "meaning": ["skills.digital", ""]}
    lists.client.post(f"{at}rows", data=changed)
    page = lists.rows(at)
    assert fields_of(page)["word"][0] == "items|Qxwz"
    lists.take(at, page, meaning=["goods.it", "-"])
    found = people(session)
    assert found["Les Jardins"].needs == ["skills.digital", "goods.it"] and found["Les Prés"].needs == ["goods.it"]


def test_column_of_other_things_taken_for_words_is_told_where_columns_are_said(
    lists: Lists, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_of_rows, "MOST_WORDS", 3)
    at = lists.looked_at(csv_of([HEADINGS, *(("Les Jardins", "Asso", "", "", f"Mot {n}", "") for n in range(4))]))
    for answer in (lists.client.get(f"{at}rows"), lists.client.post(f"{at}rows", data={"do": "take", "version": "2"})):
        assert answer.status_code == 422
        assert "plus de 3 mots différents" in answer.text and 'name="column-4"' in answer.text
    assert people(session) == {}


def test_list_without_kinds_asks_for_one(lists: Lists, session: Session) -> None:
    data = csv_of([("Structure",), ("Nord Menuiserie",)])
    at = lists.looked_at(data)
    assert "Rien ne dit s’il s’agit d’une association ou d’une entreprise." in lists.rows(at)
    lists.take(lists.looked_at(data, kind="company"))
    assert people(session)["Nord Menuiserie"].kind == "company"


def test_empty_cell_changes_nothing(lists: Lists, session: Session, make: Factory, event: Event) -> None:
    make.registration(event, name="Les Jardins", phone="03 20 11 22 33")
    lists.take(lists.looked_at(csv_of([("Structure", "Tél", "Mail"), ("Les Jardins", "", "a@example.org")])))
    one = people(session)["Les Jardins"]
    assert (one.phone, one.email) == ("03 20 11 22 33", "a@example.org")


def test_only_chosen_rows_come_in_and_the_others_are_told(lists: Lists, session: Session) -> None:
    at = lists.looked_at(csv_of(ROWS))
    lists.take(at, rows="3")
    assert list(people(session)) == ["Nord Menuiserie"]
    page = lists.client.get(at).text
    assert "ligne 2" in page
    assert "non cochée" in page


def test_one_wrong_row_leaves_nothing_behind(lists: Lists, session: Session) -> None:
    at = lists.looked_at(csv_of([*ROWS, ("Fautive", "Asso", "pas une adresse", "", "", "")]))
    answer = lists.take(at, rows=["2", "3", "4"])
    assert answer.status_code == 422
    assert people(session) == {}


def test_two_rows_of_one_participant_are_refused(lists: Lists, session: Session, make: Factory, event: Event) -> None:
    known = make.registration(event, name="Atelier Solidaire")
    at = lists.looked_at(
        csv_of([("Structure", "Type"), ("Atelier Solidaires", "Asso"), ("Ateliers Solidaire", "Asso")])
    )
    answer = lists.take(at, rows=["2", "3"], **{"as-2": str(known.id), "as-3": str(known.id)})
    assert answer.status_code == 422
    assert "La ligne 2 est le même participant" in answer.text


def test_button_pressed_twice_imports_once(lists: Lists, session: Session) -> None:
    at = lists.looked_at(csv_of(ROWS))
    page = lists.rows(at)
    assert (lists.take(at, page).status_code, lists.take(at, page).status_code) == (303, 303)
    assert len(people(session)) == 2


def test_list_changed_in_another_tab_is_looked_at_again(lists: Lists, session: Session) -> None:
    at = lists.looked_at(csv_of(ROWS))
    page = lists.rows(at)
    lists.columns(at, way="pending")
    answer = lists.take(at, page)
    assert answer.status_code == 409
    assert "modifié entre-temps" in answer.text
    assert people(session) == {}
    old = fields_of(lists.client.get(f"{at}columns").text)
    lists.columns(at, way="accepted")
    assert lists.client.post(f"{at}columns", data=old).status_code == 409


def test_participant_changed_meanwhile_is_looked_at_again(
    lists: Lists, session: Session, make: Factory, event: Event
) -> None:
    one = make.registration(event, name="Les Jardins du Canal")
    at = lists.looked_at(csv_of(ROWS))
    page = lists.rows(at)
    with write(session):
        one.phone = "03 99 99 99 99"
    assert lists.take(at, page).status_code == 409
    assert list(people(session)) == ["Les Jardins du Canal"]


@on_both_databases
def test_undoing_takes_out_what_came_in(lists: Lists, session: Session, make: Factory, event: Event) -> None:
    one = make.registration(event, name="Les Jardins du Canal", email="avant@example.org", needs=["skills.law"])
    at = lists.looked_at(csv_of(ROWS))
    lists.take(at)
    assert len(people(session)) == 2
    version = fields_of(lists.client.get(at).text)
    assert lists.client.post(f"{at}undo", data=version).status_code == 303
    assert list(people(session)) == ["Les Jardins du Canal"]
    assert (one.email, one.needs) == ("avant@example.org", ["skills.law"])
    # Twice is once.
    assert "déjà annulé" in lists.client.post(f"{at}undo", data=version, follow_redirects=True).text


def test_undoing_leaves_whom_somebody_has_changed_or_chosen_since(
    lists: Lists, session: Session, make: Factory, event: Event
) -> None:
    at = lists.looked_at(
        csv_of([*ROWS, ("Un Toit pour Tous", "Asso", "", "", "", ""), ("Le Grenier", "Asso", "", "", "", "")])
    )
    lists.take(at)
    found = people(session)
    with write(session):
        found["Les Jardins du Canal"].phone = "03 00 00 00 00"
    make.wishes(found["Un Toit pour Tous"], [found["Nord Menuiserie"]])
    page = lists.client.get(at).text
    assert "Les Jardins du Canal, Nord Menuiserie, Un Toit pour Tous" in page
    lists.client.post(f"{at}undo", data=fields_of(page))
    assert sorted(people(session)) == ["Les Jardins du Canal", "Nord Menuiserie", "Un Toit pour Tous"]


def test_list_accepts_nobody_beyond_the_places(
    lists: Lists, session: Session, make: Factory, organiser: User, organiser_client: FlaskClient
) -> None:
    event = make.event(organiser=organiser, quotas={"association": 1})
    lists = Lists(organiser_client, event)
    rows = [*ROWS, ("Un Toit pour Tous", "Asso", "", "", "", "")]
    at = lists.looked_at(csv_of(rows))
    answer = lists.take(at)
    assert answer.status_code == 409
    assert "place" in answer.text
    assert people(session) == {}
    assert lists.take(at, rows=["2", "3"]).status_code == 303


def test_undoing_takes_no_place_that_another_has_got_meanwhile(
    lists: Lists, session: Session, make: Factory, organiser: User, organiser_client: FlaskClient
) -> None:
    event = make.event(organiser=organiser, quotas={"association": 1}, promotes=True)
    lists = Lists(organiser_client, event)
    one = make.registration(event, name="Les Jardins du Canal", email="jardins@example.org")
    make.registration(event, name="Un Toit pour Tous", status=RegistrationStatus.WAITING)
    at = lists.looked_at(csv_of([HEADINGS, ("Les Jardins du Canal", "Entreprise", "jardins@example.org", "", "", "")]))
    assert lists.take(at, rows="2", **{"as-2": str(one.id)}).status_code == 303
    assert people(session)["Un Toit pour Tous"].status == RegistrationStatus.ACCEPTED
    answer = lists.client.post(f"{at}undo", data=fields_of(lists.client.get(at).text), follow_redirects=True)
    assert "place" in answer.text
    session.rollback()
    assert (one.kind, one.status) == ("company", RegistrationStatus.ACCEPTED)


def test_kind_of_somebody_without_a_place_is_changed_where_no_place_is_left(
    lists: Lists, session: Session, make: Factory, organiser: User, organiser_client: FlaskClient
) -> None:
    event = make.event(organiser=organiser)
    lists = Lists(organiser_client, event)
    for name in ("Un Toit pour Tous", "Le Grenier"):
        make.registration(event, name=name)
    one = make.registration(
        event,
        name="Les Jardins du Canal",
        kind="company",
        email="jardins@example.org",
        status=RegistrationStatus.PENDING,
    )
    with write(session):
        event.quotas = {"association": 1}
    at = lists.looked_at(csv_of([HEADINGS, ("Les Jardins du Canal", "Association", "jardins@example.org", "", "", "")]))
    assert lists.take(at, rows="2", **{"as-2": str(one.id)}).status_code == 303
    session.rollback()
    assert (one.kind, one.status) == ("association", RegistrationStatus.PENDING)


def test_list_of_the_invited_keeps_invitations(lists: Lists, session: Session, make: Factory, event: Event) -> None:
    make.registration(event, name="Nord Menuiserie", kind="company")
    rows = [*ROWS, ("Sans adresse", "Asso", "", "", "Zwxq", "")]
    at = lists.looked_at(csv_of(rows), way="invited")
    page = lists.rows(at)
    assert "personne n’est invité sans adresse" in page
    assert lists.take(at, page).status_code == 303
    invited = session.query(Invitation).one()
    assert (invited.name, invited.email, invited.sent_at) == ("Les Jardins du Canal", "jardins@example.org", None)
    lists.client.post(f"{at}undo", data=fields_of(lists.client.get(at).text))
    session.rollback()
    assert session.query(Invitation).one().withdrawn_at is not None


def test_list_is_gone_after_a_week_and_with_any_erasure(
    lists: Lists, session: Session, make: Factory, event: Event
) -> None:
    at = lists.sent(csv_of(ROWS))
    session.rollback()
    one = session.query(ListImport).one()
    later = one.created_at + timedelta(days=7)
    assert list(taking.lists_of(session, event, now=later)) == []
    assert taking.let_go(session, now=one.created_at + timedelta(days=6)) == 0
    assert taking.let_go(session, now=later) == 1
    assert lists.client.get(f"{at}rows").status_code == 404
    lists.sent(csv_of(ROWS))
    erase(session, make.registration(event, name="Quelqu’un"), SYSTEM)
    session.rollback()
    assert session.query(ListImport).count() == 0


def test_list_of_another_event_is_not_found(lists: Lists, make: Factory, organiser: User, event: Event) -> None:
    number = lists.sent(csv_of(ROWS)).rstrip("/").split("/")[-1]
    other = make.event(organiser=organiser)
    for page in ("", "columns", "rows"):
        assert lists.client.get(f"/events/{other.id}/participants/lists/{number}/{page}").status_code == 404


def test_archived_event_takes_no_list(lists: Lists, session: Session, event: Event) -> None:
    with write(session):
        event.status = "archived"
    assert lists.send(csv_of(ROWS)).status_code == 409
    session.rollback()
    assert session.query(ListImport).count() == 0


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"", "liste.csv", "Ce fichier est vide."),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "photo.xlsx", "un classeur XLSX"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "photo.csv", "une autre sorte de fichier"),
        (b"x", "liste.pdf", "Une liste est un classeur Excel"),
        (csv_of([("Structure", "Mail")]), "liste.csv", "que des intitulés"),
        (csv_of([["Structure"] + ["x"] * 200, ["A"] * 201]), "liste.csv", "plus de 150 colonnes"),
        (xlsx_of([["Structure"] + ["x"] * 200, ["A"] * 201]), "liste.xlsx", "plus de 150 colonnes"),
        (b"A;B\n" * 5_002, "liste.csv", "5000 sont possibles"),
        (b'Structure\nA\n"B' + b"\nC" * 20_000, "liste.csv", "Un guillemet"),
    ],
)  # fmt: skip
def test_what_is_no_list_gets_a_sentence(lists: Lists, session: Session, data: bytes, name: str, sentence: str) -> None:
    answer = lists.send(data, name)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Rien n’a été importé." in answer.text
    assert session.query(ListImport).count() == 0


def test_no_file_gets_a_sentence(lists: Lists) -> None:
    answer = lists.client.post(lists.base, data={}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "Choisissez un fichier" in answer.text


def test_title_duplicate_headings_and_formulas_are_told(lists: Lists, session: Session) -> None:
    rows = [
        ("Annuaire",),
        (),
        ("Structure", "Type", "Mail", "Mail", "Tél"),
        ("Les Jardins", "Asso", "a@example.org", "b@example.org", "=1+1"),
    ]
    at = lists.sent(xlsx_of(rows), "annuaire.xlsx")
    page = lists.client.get(f"{at}columns").text
    assert "Annuaire" in page
    answer = lists.columns(at, **{"column-3": "email"})
    assert answer.status_code == 422
    assert "Deux colonnes ne peuvent pas dire toutes les deux" in answer.text
    lists.columns(at)
    assert "une formule sans son résultat" in lists.rows(at)
    # The column left out, the row is sound.
    lists.columns(at, **{"column-4": ""})
    lists.take(at)
    assert people(session)["Les Jardins"].email == "a@example.org"


def test_merged_cells_say_the_same_of_each_of_their_rows(lists: Lists, session: Session) -> None:
    book = Workbook()
    for row in (("Type", "Structure"), ("Association", "Les Jardins"), (None, "Le Grenier")):
        book.active.append(row)
    book.active.merge_cells("A2:A3")
    out = io.BytesIO()
    book.save(out)
    lists.take(lists.looked_at(out.getvalue(), "fusion.xlsx"))
    assert {name: one.kind for name, one in people(session).items()} == {
        "Les Jardins": "association",
        "Le Grenier": "association",
    }


def test_number_in_the_place_of_hours_gets_a_sentence(lists: Lists) -> None:
    at = lists.looked_at(xlsx_of([("Structure", "Type", "Absences"), ("Les Jardins", "Asso", 45000.58)]), "heures.xlsx")
    assert "45000.58" in lists.rows(at)
    assert "n’indique pas d’heures" in lists.rows(at)


def test_list_without_a_column_of_names_is_refused(lists: Lists) -> None:
    at = lists.sent(csv_of([("Quelque chose", "Mail"), ("A", "a@example.org")]))
    answer = lists.columns(at)
    assert answer.status_code == 422
    assert "Dites quelle colonne contient le nom" in answer.text


def test_other_sheet_is_read_when_asked_for(lists: Lists, session: Session) -> None:
    data = xlsx_of(
        [("Association", "Mail"), ("Les Jardins", "a@example.org")],
        [("Entreprise", "Mail", "Tél"), ("Nord Menuiserie", "b@example.org", "03 20")],
        names=("Associations", "Entreprises"),
    )
    at = lists.sent(data, "deux.xlsx")
    assert "Nord Menuiserie" in lists.client.get(f"{at}columns").text
    assert lists.columns(at, sheet="0").status_code == 303
    assert "Les Jardins" in lists.client.get(f"{at}columns").text
    lists.columns(at, kind="association")
    lists.take(at)
    assert list(people(session)) == ["Les Jardins"]


@pytest.mark.parametrize("name", ["<b>Gras</b> & fils", "جمعية الأمل", "Fête 🎉", "=1+1", "L’Été « d’Ivry »"])
def test_names_of_every_kind_come_in_as_they_are(lists: Lists, session: Session, name: str) -> None:
    at = lists.looked_at(csv_of([("Structure", "Type"), (name, "Asso")]))
    assert "<b>Gras" not in lists.rows(at)
    lists.take(at)
    assert list(people(session)) == [name]


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_contact_list_brought_back_changes_nothing(
    lists: Lists, session: Session, make: Factory, event: Event, ending: str, language: str
) -> None:
    hard = ("=1+1", "'=1", "-Tiret", "L’Été; d’Ivry, « ensemble »", "example.org", "جمعية", 'Dit "oui"', "x" * 150)
    # As many as somebody has who misses every other round.
    away = [f"2027-03-{day}T{hour}:36/2027-03-{day}T{hour}:50" for day in range(18, 23) for hour in range(10, 22)]
    for number, name in enumerate(hard):
        make.registration(
            event,
            name=name,
            contact_name="+Zoé",
            email=None if number % 2 else f"z{number}@example.org",
            phone="+33 6 12 34 56 78",
            website="https://example.org/a;b",
            siren="123456789" if number == 3 else None,
            size="tpe" if number == 1 else None,
            zone=("lille", "croix-du-sud", None)[number % 3],
            project="Deux lignes\net = une formule",
            needs=["skills.digital", "goods.food", "odd.word, indeed", "long.word, " + "y " * 149 + "y"],
            offers=["visibility.image", "knowledge.environment"],
            notes={
                "needs": {
                    "skills.digital": "=2 jours; « mai : juin » https://a.example/x?y=1:2",
                    "odd.word, indeed": 'Dit "oui" 🎉 ; \'=1',
                    "goods.food": "Deux lignes\net : une autre",
                    # Of a need that is no longer ticked.
                    "skills.law": "Partie",
                },
                "offers": {"visibility.image": "x" * 150},
            },
            themes=["environment", "digital_inclusion"],
            absences=away,
            requires=["accessible"],
            accessibility="@ une rampe",
            delegates=2,
            min_meetings=number,
            max_meetings=(None, 9)[number % 2],
            boost=-20 * number,
            remote=number == 2,
            language=("fr", "en")[number % 2],
            status=("accepted", "pending", "declined")[number % 3],
        )
    make.registration(event, name="", kind="company", email=None)
    make.registration(event, name="Jumelle", email=None)
    make.registration(event, name="Jumelle", email=None)
    data = lists.client.get(f"{lists.base}out/contacts{ending}?lang={language}").data
    at = lists.looked_at(data, f"contacts{ending}")
    found = taking.preview(session, event, taking.found(session, event, int(at.rstrip("/").split("/")[-1])), language)
    wrong = [
        (one.draft.name, one.state, one.changes, one.faults) for one in found.comparison.lines if one.state != "same"
    ]
    assert wrong == []
    assert found.unknown == []
    assert len(found.comparison.lines) == len(hard) + 3


def test_numbers_of_meetings_come_in_within_their_bounds(
    lists: Lists, session: Session, make: Factory, event: Event
) -> None:
    known = make.registration(event, name="Atelier", min_meetings=2, max_meetings=4)
    rows = [
        ("Structure", "Type", "Rdv min", "Rencontres, au plus", "Points ajoutés"),
        ("Atelier", "", "3", "", "-15"),
        ("Trop", "Association", "201", "", ""),
        ("Peu", "Association", "", "deux", ""),
        ("Renversé", "Association", "5", "4", ""),
        ("Sans", "Association", "", "", "1001"),
    ]
    at = lists.looked_at(csv_of(rows))
    page = lists.rows(at)
    assert page.count("n’est pas un nombre entier") == 3
    assert "l’un des deux nombres est faux" in page
    lists.take(at, page)
    session.rollback()
    assert (known.min_meetings, known.max_meetings, known.boost) == (3, 4, -15)
    assert list(people(session)) == ["Atelier"]


def test_lines_beside_needs_are_changed_by_a_list_and_taken_back(
    lists: Lists, session: Session, make: Factory, event: Event
) -> None:
    known = {"needs": {"skills.digital": "Deux jours", "skills.law": "Un bail"}}
    one = make.registration(event, name="Atelier", needs=["skills.digital", "skills.law"], notes=known)
    head, cells = "Nom;Besoins;Précisions sur les besoins\n", "Numérique : Trois jours"
    at = lists.looked_at(f'{head}Atelier;;"{cells}"\nNouvelle;Numérique;"{cells}"\n'.encode(), "l.csv")
    assert "Trois jours" in lists.client.get(f"{at}rows").text
    wrong = (
        ("Numériq : Trois jours", "«\xa0Numérique\xa0»", False),
        ("Trois jours", "ne dit pas de quoi il s’agit", True),
        ("Communication : du pain", "ne se rapporte à rien", True),
        (f"Numérique : {'x' * 121}", "121 caractères", True),
        ("Numérique : a\nNumérique : b", "a deux lignes", True),
    )
    for cell, sentence, is_faulty in wrong:
        sent = f'{head}Atelier;;"{cell}"'.encode()
        page = lists.client.get(f"{lists.looked_at(sent, 'l.csv')}rows").text
        assert (sentence in page) == is_faulty, cell
        assert ("à décider" in page) != is_faulty, cell
    list_id = int(at.rstrip("/").split("/")[-1])
    kept = taking.found(session, event, list_id)
    shown = taking.preview(session, event, kept, "fr").comparison
    values = {"rows": [2], "targets": {}, "meanings": {}, "language": "fr", "actor": SYSTEM}
    taking.take(session, event, kept, version=kept.version, digest=shown.digest, **values)
    session.refresh(one)
    assert one.notes == {"needs": {"skills.digital": "Trois jours"}}
    undoing.undo(session, event, kept, kept.version, SYSTEM)
    session.refresh(one)
    assert one.notes == known


def test_formulas_are_defused_in_what_goes_out(lists: Lists, make: Factory, event: Event) -> None:
    make.registration(event, name="=HYPERLINK(1)", contact_name="@x", phone="+33")
    for what in ("contacts", "outstanding"):
        text = lists.client.get(f"{lists.base}out/{what}.csv").data.decode("utf-8-sig")
        assert "'=HYPERLINK(1)" in text
        assert all(
            not cell.startswith(("=", "+", "-", "@"))
            for row in csv.reader(io.StringIO(text), delimiter=";")
            for cell in row
        )
        book = load_workbook(io.BytesIO(lists.client.get(f"{lists.base}out/{what}.xlsx").data))
        assert {cell.data_type for row in book.active.iter_rows() for cell in row if cell.value} <= {"s", "n"}


def test_directory_holds_only_what_was_agreed_to(lists: Lists, make: Factory, event: Event) -> None:
    make.registration(event, name="Nommée", contact_name="Montrée Exemple", publish_name=True, publish_contact=True)
    make.registration(event, name="Discrète", contact_name="Cachée Exemple", publish_name=True)
    make.registration(event, name="Anonyme", contact_name="Personne Exemple", publish_contact=True)
    make.registration(event, name="Partie", publish_name=True, status="withdrawn")
    text = lists.client.get(f"{lists.base}out/directory.csv").data.decode("utf-8-sig")
    assert [name for name in ("Nommée", "Montrée", "Discrète") if name not in text] == []
    assert [name for name in ("Cachée", "Anonyme", "Personne", "Partie", "@") if name in text] == []


def test_outstanding_tells_each_matter(lists: Lists, make: Factory, event: Event) -> None:
    make.registration(event, name="Rien du tout", email=None, needs=[], offers=[], consented_at=None)
    text = lists.client.get(f"{lists.base}out/outstanding.csv?lang=en").data.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    told = {name for name, value in row.items() if value == "yes"}
    assert told == {"no e-mail address", "no agreement recorded", "neither needs nor offers", "no wishes"}
    assert lists.client.get(f"{lists.base}out/nothing.csv").status_code == 404
    assert lists.client.get(f"{lists.base}out/contacts.pdf").status_code == 404


def test_meetings_of_a_version_go_out_as_a_list(organiser_client: FlaskClient, make: Factory, event: Event) -> None:
    one, other = make.registration(event, name="=Une"), make.registration(event, kind="company", name="Autre")
    meeting = {"between": [one.key, other.key], "slot": "s1", "table": "t1", "facilitator": None, "score": 10}
    version = make.schedule(event, [meeting])
    base = f"/events/{event.id}/schedule/{version.id}/meetings"
    text = organiser_client.get(f"{base}.csv?lang=en").data.decode("utf-8-sig")
    assert [row["Participant"] for row in csv.DictReader(io.StringIO(text))] == ["'=Une"]
    assert organiser_client.get(f"{base}.xlsx").data.startswith(b"PK")
    assert organiser_client.get(f"{base}.pdf").status_code == 404


def test_pages_ask_the_database_as_often_for_many_rows_as_for_few(
    app: Flask, lists: Lists, make: Factory, event: Event
) -> None:
    one = make.registration(event, name="Le Fournil")

    def queries(number: int) -> list[int]:
        with write(make.session):
            make.session.add_all(
                Colleague(registration_id=one.id, name="Ada", email=f"c{number}.{i}@example.org") for i in range(number)
            )
        words = [f"Structure{chr(97 + i % 26)}{chr(97 + i // 26 % 26)}zz {i}" for i in range(number)]
        rows = [(word, "Asso", f"a{i}@example.org", "", "Droit", "") for i, word in enumerate(words)]
        at = lists.looked_at(csv_of([HEADINGS, *rows]))
        counts = [count_queries(app, lists.client, f"{at}{page}") for page in ("columns", "rows")]
        lists.take(at)
        return [*counts, count_queries(app, lists.client, at)]

    few = queries(3)
    assert queries(60) == few
