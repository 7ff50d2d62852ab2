"""What the columns of a list mean, guessed from headings as people write them."""

import pytest
from flask import Flask
from flask_babel import force_locale

from web.domain.event.sheets import SentSheet
from web.domain.people.lists.matching import FIELDS, columns_of, fields_of, guessed
from web.domain.text import folded
from web.models import Event


def meanings(*headings: str, below: tuple[str, ...] = ()) -> list[str]:
    sheet = SentSheet("", [(1, list(headings)), (2, list(below or ("x",) * len(headings)))])
    columns = guessed([sheet]).columns
    return [columns.get(place, "") for place in range(len(headings))]


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("Structure", "name"),
        ("Nom de l'association", "name"),
        ("NOM DE L’ASSOCIATION *", "name"),
        ("Raison sociale", "name"),
        ("Quel est le nom de votre association ?", "name"),
        ("Organization", "name"),
        ("Courriel", "email"),
        ("Mail", "email"),
        ("Adresse e-mail du contact", "email"),
        ("E-MAIL", "email"),
        ("Tél.", "phone"),
        ("Telephonne", "phone"),
        ("N° de téléphone", "phone"),
        ("Besoins", "needs"),
        ("besoin", "needs"),
        ("Vos besoins", "needs"),
        ("Besoins particuliers", "accessibility"),
        ("Ce que vous proposez", "offers"),
        ("Thématiques", "themes"),
        ("Commune", "zone"),
        ("N° SIRET", "siren"),
        ("Interlocutrice", "contact_name"),
        ("Adresse postale", ""),
        ("Commentaires", ""),
        ("Montant de la cotisation", ""),
    ],
)
def test_heading_is_recognised(heading: str, name: str) -> None:
    assert meanings(heading) == [name]


def test_headings_are_in_any_order_and_each_field_is_given_once() -> None:
    found = meanings("Mail", "Téléphone", "Structure", "E-mail", "Type")
    assert found == ["email", "phone", "name", "", "kind"]


def test_needs_may_stand_in_several_columns() -> None:
    assert meanings("Structure", "Besoin 1", "Besoin 2") == ["name", "needs", "needs"]


def test_last_name_beside_a_first_name_is_the_persons() -> None:
    assert meanings("Association", "Nom", "Prénom") == ["name", "last_name", "first_name"]
    assert meanings("Nom", "Courriel") == ["name", "email"]


def test_column_without_heading_is_known_by_what_stands_in_it() -> None:
    assert meanings("Structure", "", below=("Les Jardins", "a@example.org")) == ["name", "email"]


def test_headings_are_found_below_a_title_and_the_fuller_sheet_is_read() -> None:
    empty = SentSheet("notes", [(1, ["À faire"])])
    rows = [(1, ["Annuaire 2027"]), (2, ["mis à jour en mars"]), (4, ["Structure", "Courriel"]), (5, ["A", "a@b.fr"])]
    found = guessed([empty, SentSheet("liste", rows)])
    assert (found.sheet, found.head) == (1, 2)
    columns = columns_of(SentSheet("liste", rows), 2)
    assert [(one.letter, one.samples) for one in columns] == [("A", ["A"]), ("B", ["a@b.fr"])]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_headings_of_the_contact_list_are_recognised(app: Flask, language: str) -> None:
    written = [one for one in FIELDS if one.name not in ("first_name", "last_name")]
    with app.test_request_context(), force_locale(language):
        assert meanings(*(str(one.label) for one in written)) == [one.name for one in written]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_label_of_a_column_is_a_heading_of_it(app: Flask, language: str) -> None:
    with app.test_request_context(), force_locale(language):
        missing = [str(one.label) for one in FIELDS if folded(str(one.label)) not in map(folded, one.headings())]
    assert missing == []


def asked(*texts: tuple[str, str]) -> Event:
    questions = [
        {"id": f"q{number}", "kind": "text", "fr": fr, "en": en, "required": False, "choices": []}
        for number, (fr, en) in enumerate(texts, start=1)
    ]
    return Event(questions=questions)


def test_question_is_named_by_its_id_where_its_text_could_mean_another_column() -> None:
    event = asked(
        ("Contact", "Who?"), ("Note", ""), ("Note", "Mark"), ("🎉", ""), ("Lieu ?", "Note [q2]"), ("Repas", "")
    )
    found = {
        language: [str(one.label) for one in fields_of(event, language).values() if one.exact]
        for language in ("fr", "en")
    }
    assert found == {
        "fr": ["Contact [q1]", "Note [q2] [q2]", "Note [q3]", "🎉 [q4]", "Lieu ? [q5]", "Repas"],
        "en": ["Who?", "Note [q2] [q2]", "Mark", "🎉 [q4]", "Note [q2]", "Repas"],
    }


def test_question_is_found_again_in_either_language_and_nearly_as_it_is_asked() -> None:
    event = asked(("Quel est le nom de votre projet ?", "What is your project called?"), ("Contact", "Contact"))
    headings = ["Structure", "QUEL EST LE NOM DE VOTRE PROJET", "Contact [q2]", "Contact"]
    for second in (headings[1], "What is your project called?", "Quel est le nom de votre projt ?"):
        sheet = SentSheet("", [(1, [headings[0], second, *headings[2:]]), (2, ["x"] * 4)])
        columns = guessed([sheet], fields=fields_of(event, "fr")).columns
        assert [columns.get(place) for place in range(4)] == ["name", "answers.q1", "answers.q2", "contact_name"]
