"""Answers to one's own questions, and own tables, in a list: matched, read, shown, taken in, undone."""

import csv
import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from tests.support.lists import Lists, csv_of, fields_of
from tests.support.queries import count_queries
from tests.support.questions import question
from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.people.lists import taking, undoing
from web.models import Event, Registration, User

MEAL = question(
    "q1",
    "choice",
    "Votre repas ?",
    "Your meal?",
    ("Végétarien", "Vegetarian"),
    ("Avec poisson", "With fish"),
    required=True,
)
KM = question("q2", "number", "Kilomètres", "")
CONTACT = question("q4", "text", "Contact", "How did you hear of us?")
HEAD = ("Structure", "Type", "Votre repas", "Kilomètres", "Contact [q4]", "Table attitrée")


@pytest.fixture
def event(make: Factory, organiser: User) -> Event:
    return make.event(organiser, questions=[MEAL, KM, CONTACT])


@pytest.fixture
def lists(organiser_client: FlaskClient, event: Event) -> Lists:
    return Lists(organiser_client, event)


def known(make: Factory, event: Event) -> Registration:
    return make.registration(
        event, name="Atelier", kind="company", answers={"q1": "Végétarien", "q2": 3, "q9": "Ancienne"}
    )


def number_of(at: str) -> int:
    return int(at.rstrip("/").split("/")[-1])


@on_both_databases
def test_answers_and_own_tables_are_taken_in_and_undone(
    lists: Lists, session: Session, make: Factory, event: Event
) -> None:
    one, former = known(make, event), {"q1": "Végétarien", "q2": 3, "q9": "Ancienne"}
    rows = [
        HEAD,
        ("Atelier", "", "avec  POISSON", "", "@ un ami", "Table 2"),
        ("Neuve", "Asso", "Vegetarian", "2,5", "", ""),
    ]
    at = lists.looked_at(csv_of(rows))
    page = lists.rows(at)
    assert re.search(r"Votre repas \?\s*: </span><del>Végétarien</del> → <ins>Avec poisson</ins>", page)
    assert re.search(r"Contact \[q4\]\s*: </span><ins>@ un ami</ins>", page)
    assert re.search(r"Table attitrée\s*: </span><ins>Table 2</ins>", page)
    assert re.search(r"Kilomètres\s*: </span>2,5", page)
    assert lists.take(at, page).status_code == 303
    session.refresh(one)
    new = session.query(Registration).filter_by(name="Neuve").one()
    assert one.answers == former | {"q1": "Avec poisson", "q4": "@ un ami"}
    assert one.home_table is event.tables[1]
    assert new.answers == {"q1": "Végétarien", "q2": 2.5}
    session.rollback()
    undoing.undo(session, event, kept := taking.found(session, event, number_of(at)), kept.version, SYSTEM)
    session.refresh(one)
    assert (one.answers, one.home_table_id) == (former, None)
    assert session.query(Registration).filter_by(name="Neuve").count() == 0


def test_columns_are_said_by_hand(lists: Lists, session: Session, make: Factory, event: Event) -> None:
    one = known(make, event)
    at = lists.sent(csv_of([("Structure", "Menu", "Trajet"), ("Atelier", "Avec poisson", "12")]))
    page = lists.client.get(f"{at}columns").text
    assert '<optgroup label="Vos questions">' in page
    assert (fields_of(page)["column-1"], fields_of(page)["column-2"]) == ("", "")
    assert lists.columns(at, **{"column-1": "answers.q1", "column-2": "answers.q1"}).status_code == 422
    assert lists.columns(at, **{"column-1": "answers.q1", "column-2": "answers.q2"}).status_code == 303
    lists.take(at)
    session.refresh(one)
    assert (one.answers["q1"], one.answers["q2"]) == ("Avec poisson", 12)
    # A question that there is not is left out.
    at = lists.looked_at(csv_of([("Structure", "Menu"), ("Atelier", "x")]), **{"column-1": "answers.q7"})
    assert "Votre repas" not in lists.rows(at)


@pytest.mark.parametrize(
    ("place", "cell", "sentence"),
    [
        (
            2,
            "Végétarienne",
            "n’est pas une des réponses possibles\u202f; la plus proche est «\xa0Végétarien\xa0».",
        ),
        (2, "Poulet", "«\xa0Poulet\xa0» n’est pas une des réponses possibles\xa0: Végétarien, Avec poisson."),
        (3, "douze", "«\xa0douze\xa0» n’est pas un nombre"),
        (3, "1234567890", "neuf chiffres au plus"),
        (4, "x" * 301, "301 caractères"),
    ],
)
def test_what_is_no_answer_gets_a_sentence(
    lists: Lists, session: Session, make: Factory, event: Event, place: int, cell: str, sentence: str
) -> None:
    one = known(make, event)
    before = dict(one.answers)
    row = ["Atelier", "", "", "", "", ""]
    row[place] = cell
    page = lists.rows(at := lists.looked_at(csv_of([HEAD, row, ("Autre", "Asso", "", "1", "", "")])))
    assert sentence in page.replace("&#39;", "’")
    assert page.count("n’est pas") + page.count("301 caractères") == 1
    lists.take(at, page)
    session.refresh(one)
    assert one.answers == before


def test_unknown_table_is_chosen_or_left_out(lists: Lists, session: Session, make: Factory, event: Event) -> None:
    one = known(make, event)
    at = lists.looked_at(csv_of([HEAD, ("Atelier", "", "", "", "", "Tabel 3")]))
    page = lists.rows(at)
    assert "Tabel 3" in page
    assert fields_of(page)["meaning"] == str(event.tables[2].id)
    session.rollback()
    lists.take(at, page)
    session.refresh(one)
    assert one.home_table_id == event.tables[2].id


def test_undoing_gives_nobody_a_table_that_is_gone(lists: Lists, session: Session, make: Factory, event: Event) -> None:
    one = known(make, event)
    with write(session):
        one.home_table_id = event.tables[0].id
    at = lists.looked_at(csv_of([HEAD, ("Atelier", "", "", "7", "", "Table 2")]))
    lists.take(at)
    session.rollback()
    with write(session):
        event.tables = event.tables[1:]
    undoing.undo(session, event, kept := taking.found(session, event, number_of(at)), kept.version, SYSTEM)
    session.refresh(one)
    assert (one.home_table_id, one.answers["q2"]) == (None, 3)


def test_question_that_is_gone_before_its_answers_come_in_is_told(
    lists: Lists, session: Session, make: Factory, event: Event
) -> None:
    at = lists.looked_at(csv_of([HEAD, ("Neuve", "Asso", "", "12", "", "")]))
    page = lists.rows(at)
    with write(session):
        event.questions = [MEAL]
    assert lists.take(at, page).status_code == 409
    assert lists.take(at).status_code == 303
    assert session.query(Registration).filter_by(name="Neuve").one().answers == {}


def test_status_is_compared_and_never_changed(lists: Lists, session: Session, make: Factory, event: Event) -> None:
    one, other = known(make, event), make.registration(event, name="Fournil", status="declined")
    at = lists.looked_at(csv_of([("Structure", "Statut"), ("Atelier", "refusé"), ("Fournil", "Declined")]))
    page = lists.rows(at)
    assert "La ligne 2 indique un autre statut" in page
    assert "rien à importer" in page.lower()
    session.refresh(one)
    assert (one.status, other.status) == ("accepted", "declined")


def test_formulas_in_questions_and_answers_are_defused_in_what_goes_out(
    lists: Lists, session: Session, make: Factory, event: Event
) -> None:
    with write(session):
        event.questions = [{**KM, "fr": "=1+1", "kind": "text"}, {**KM, "id": "q3", "fr": "@Distance"}]
    make.registration(event, answers={"q2": "+2", "q3": -2.5})
    for what in ("contacts", "answers"):
        text = lists.client.get(f"{lists.base}out/{what}.csv").data.decode("utf-8-sig")
        head, row = csv.reader(io.StringIO(text), delimiter=";")
        assert [(head[at], row[at]) for at in (head.index("'=1+1"), head.index("'@Distance"))] == [
            ("'=1+1", "'+2"),
            ("'@Distance", "-2,5"),
        ]
        book = load_workbook(io.BytesIO(lists.client.get(f"{lists.base}out/{what}.xlsx").data))
        cells = {cell.value: cell.data_type for row in book.active.iter_rows() for cell in row}
        assert (cells["=1+1"], cells["+2"], cells[-2.5]) == ("s", "s", "n")


def test_invitations_have_no_room_for_answers(lists: Lists, session: Session) -> None:
    rows = [(*HEAD, "Courriel"), ("Neuve", "Asso", "n’importe quoi", "", "", "Nulle part", "neuve@example.org")]
    assert "n’importe quoi" not in lists.rows(lists.looked_at(csv_of(rows), way="invited"))


def test_pages_ask_the_database_as_often_for_many_answers_as_for_few(
    app: Flask, lists: Lists, make: Factory, event: Event
) -> None:
    def queries(number: int) -> list[int]:
        names = [f"Structure{chr(97 + i % 26)}{chr(97 + i // 26 % 26)}zz {number} {i}" for i in range(number)]
        for i, name in enumerate(names):
            make.registration(event, name=name, home_table_id=event.tables[i % 2].id, answers={"q2": i})
        rows = [(name, "", "Avec poisson", "12", "oui", "Table 3") for name in names]
        at = lists.looked_at(csv_of([HEAD, *rows]))
        counts = [count_queries(app, lists.client, f"{at}{page}") for page in ("columns", "rows")]
        lists.take(at)
        return [
            *counts,
            count_queries(app, lists.client, at),
            count_queries(app, lists.client, f"{lists.base}out/contacts.csv"),
        ]

    few = queries(3)
    assert queries(40) == few
