"""The organisers' own questions: set up, asked in the form, answered, read, and gone with their answers."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.support.questions import question
from tests.support.typed import PROJECT, rows, send, typed
from tests.web.factories import Factory
from web.domain.audit import Actor
from web.domain.event.events import duplicate_event
from web.domain.event.questions import answers_in_words
from web.models import Event, User, utcnow

MEAL = question(
    "q1", "choice", "Votre repas", "Your meal", ("Végétarien", "Vegetarian"), ("Avec poisson", ""), required=True
)
KM = question("q2", "number", "Kilomètres", "")
HOW = question("q3", "text", "", "How did you hear of us?")


@pytest.fixture
def event(make: Factory, organiser: User) -> Event:
    return make.event(organiser, questions=[MEAL, KM, HOW])


def setup(event: Event, **values: str) -> dict[str, str]:
    """The page of set-up as it is sent: the three questions as they stand."""
    form = {"version": str(event.version), "new-0-kind": "text"}
    for number, one in enumerate(event.questions):
        row = {
            "id": one["id"],
            "fr": one["fr"],
            "en": one["en"],
            "kind": one["kind"],
            "order": str(number + 1),
            "choices": "\n".join(" | ".join(pair) for pair in one["choices"]),
        }
        form |= {f"questions-{number}-{name}": text for name, text in row.items()}
        if one["required"]:
            form[f"questions-{number}-required"] = "y"
    return form | {name.replace("__", "-"): text for name, text in values.items()}


def test_question_is_asked_in_the_language_of_the_page(client: FlaskClient, event: Event) -> None:
    page = client.get(f"/e/{event.slug}/register").text
    assert "Votre repas" in page
    assert "How did you hear of us?" in page
    page = client.get(f"/e/{event.slug}/register?lang=en").text
    assert "Your meal" in page
    assert re.search(r'value="Végétarien">Vegetarian<', page)
    assert "Avec poisson" in page


def test_question_is_headed_in_the_language_of_the_page(organiser_client: FlaskClient, event: Event) -> None:
    def headed(language: str) -> list[str]:
        page = organiser_client.get(f"/events/{event.id}/setup/questions/?lang={language}").text
        return re.findall(r"<legend>(.*?)</legend>", page)[:3]

    assert headed("fr") == ["Votre repas", "Kilomètres", "How did you hear of us?"]
    assert headed("en") == ["Your meal", "Kilomètres", "How did you hear of us?"]


def test_answers_are_kept_read_by_the_team_and_changed(
    client: FlaskClient, organiser_client: FlaskClient, event: Event, session: Session
) -> None:
    given = {"answers.q1": "Végétarien", "answers.q2": "12,5", "answers.q3": "<b>Par une amie</b>", "answers.q9": "x"}
    base = send(client, event, **given).location.split("/?")[0]
    [one] = rows(session)
    assert one.answers == {"q1": "Végétarien", "q2": 12.5, "q3": "<b>Par une amie</b>"}
    page = organiser_client.get(f"/events/{event.id}/participants/{one.id}/?lang=en").text
    for text in ("Your meal", "Vegetarian", "12.5", "&lt;b&gt;Par une amie"):
        assert text in page
    assert "12,5" in organiser_client.get(f"/events/{event.id}/participants/{one.id}/?lang=fr").text
    assert re.search(r'value="Végétarien" selected', client.get(f"{base}/registration?lang=fr").text)
    changed = typed(event, version=str(one.version), **given | {"answers.q1": "Avec poisson", "answers.q2": ""})
    assert client.post(f"{base}/registration", data=changed).status_code == 303
    assert rows(session)[0].answers == {"q1": "Avec poisson", "q3": "<b>Par une amie</b>"}
    assert "Avec poisson" in client.get(f"{base}/data.json").text


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({}, "Répondez à cette question."),
        ({"answers.q1": "   "}, "Répondez à cette question."),
        ({"answers.q1": "Du caviar"}, "Choisissez l’une des réponses."),
        ({"answers.q1": "Végétarien", "answers.q2": "beaucoup"}, "Saisissez un nombre."),
        ({"answers.q1": "Végétarien", "answers.q2": "1e999"}, "Saisissez un nombre."),
        ({"answers.q1": "Végétarien", "answers.q3": "x" * 301}, "300 caractères au maximum"),
    ],
)
def test_wrong_answer_gets_a_sentence_and_what_was_typed_is_kept(
    client: FlaskClient, event: Event, session: Session, answers: dict[str, Any], sentence: str
) -> None:
    answer = send(client, event, **answers)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'href="#answers"' in answer.text
    assert PROJECT in answer.text
    assert rows(session) == []


def test_event_without_questions_asks_nothing(client: FlaskClient, make: Factory, session: Session) -> None:
    event = make.event()
    assert 'id="answers"' not in client.get(f"/e/{event.slug}/register").text
    assert send(client, event, **{"answers.q1": "x"}).status_code == 303
    assert rows(session)[0].answers == {}


def test_questions_are_added_ordered_and_changed(organiser_client: FlaskClient, event: Event, session: Session) -> None:
    new = {"new__0__fr": "Venez-vous à vélo ?", "new__0__kind": "choice", "new__0__choices": "Oui | Yes\nNon | No"}
    data = setup(event, questions__2__order="1", questions__0__order="2", questions__1__order="3", **new)
    assert organiser_client.post(f"/events/{event.id}/setup/questions/", data=data).status_code == 302
    session.rollback()
    session.refresh(event)
    assert [one["id"] for one in event.questions] == ["q3", "q1", "q2", "q4"]
    assert event.questions[3]["choices"] == [["Oui", "Yes"], ["Non", "No"]]
    assert event.questions[1] == MEAL


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"new__0__choices": "Oui\nNon"}, "Écrivez la question."),
        ({"new__0__fr": "Repas", "new__0__kind": "choice", "new__0__choices": "Un seul"}, "Donnez de 2 à 30 choix"),
        ({"new__0__fr": "x" * 201}, "error-text"),
        ({"new__0__fr": "Repas", "new__0__kind": "file"}, "error-text"),
        ({"new__0__fr": "Repas", "new__0__order": "zero"}, "error-text"),
    ],
)
def test_wrong_question_is_told_and_nothing_is_saved(
    organiser_client: FlaskClient, event: Event, session: Session, row: dict[str, str], sentence: str
) -> None:
    data = setup(event, **{"new__0__kind": "text"} | row)
    answer = organiser_client.post(f"/events/{event.id}/setup/questions/", data=data)
    assert answer.status_code == 422
    assert sentence in answer.text
    session.rollback()
    session.refresh(event)
    assert len(event.questions) == 3


def test_removing_a_question_says_how_many_answers_go_and_takes_them_along(
    organiser_client: FlaskClient, event: Event, make: Factory, session: Session
) -> None:
    make.registration(event, answers={"q1": "Végétarien", "q2": 3})
    make.registration(event, answers={"q1": "Avec poisson"})
    address = f"/events/{event.id}/setup/questions/"
    data = setup(event, questions__0__remove="y")
    asked = organiser_client.post(address, data=data)
    assert asked.status_code == 409
    assert "2 participants ont répondu" in asked.text
    assert len(event.questions) == 3
    assert organiser_client.post(address, data=data | {"confirmed": "yes"}).status_code == 302
    assert [one.answers for one in rows(session)] == [{"q2": 3}, {}]
    # Its number is given to no other while others have been told of it.
    session.rollback()
    session.refresh(event)
    assert [one["id"] for one in event.questions] == ["q2", "q3"]


def test_question_that_nobody_answered_goes_without_asking(
    organiser_client: FlaskClient, event: Event, session: Session
) -> None:
    data = setup(event, questions__1__remove="y")
    assert organiser_client.post(f"/events/{event.id}/setup/questions/", data=data).status_code == 302
    session.rollback()
    session.refresh(event)
    assert len(event.questions) == 2


def test_second_tab_does_not_overwrite_what_the_first_saved(organiser_client: FlaskClient, event: Event) -> None:
    data, address = setup(event), f"/events/{event.id}/setup/questions/"
    assert organiser_client.post(address, data=data).status_code == 302
    assert organiser_client.post(address, data=data).status_code == 409


def test_questions_come_along_with_a_copy_of_the_event_and_answers_do_not(
    event: Event, organiser: User, make: Factory, session: Session
) -> None:
    make.registration(event, answers={"q1": "Végétarien"})
    day = utcnow().date()
    copy = duplicate_event(
        session, event, title="Copie", day=day, with_pool=True, user=organiser, actor=Actor.of_user(organiser)
    )
    assert copy.questions == event.questions
    assert [one.answers for one in copy.registrations] == [{}]


def test_answer_to_a_choice_that_is_no_more_says_itself(event: Event) -> None:
    assert answers_in_words(event, {"q1": "Un ancien choix", "q2": 0, "gone": "x"}, "en") == [
        ("Your meal", "Un ancien choix"),
        ("Kilomètres", "0"),
    ]


def test_answers_and_lines_are_taken_away_as_a_list_whose_formulas_do_nothing(
    organiser_client: FlaskClient, event: Event, make: Factory
) -> None:
    make.registration(
        event,
        name="Les Jardins du Canal",
        needs=["skills.law"],
        notes={"needs": {"skills.law": "un avocat en mai"}, "offers": "of before"},
        answers={"q1": "Végétarien", "q2": 3, "q3": "=1+1"},
    )
    address = f"/events/{event.id}/participants/lists/out/answers"
    text = organiser_client.get(f"{address}.csv?lang=en").data.decode("utf-8-sig")
    assert "Your meal" in text
    for cell in ("Law: un avocat en mai", "Vegetarian", ",3,", "'=1+1"):
        assert cell in text
    assert organiser_client.get(f"{address}.xlsx").data[:2] == b"PK"
