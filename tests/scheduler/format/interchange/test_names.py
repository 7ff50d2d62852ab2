"""Sheets, headings and codes in French and English, in any order and nearly any spelling."""

import io

import pytest
from openpyxl import load_workbook

from scheduler.format.errors import InvalidEvent
from scheduler.format.event import parse_event
from scheduler.format.interchange import read_any, read_with_contacts, read_workbook, write_any, write_workbook
from scheduler.format.interchange.columns import HEADINGS, SHEETS
from scheduler.format.interchange.explained import EXPLAINED, EXPLAINED_SETTINGS
from scheduler.format.interchange.names import (
    COLUMN_NAMES,
    CONTACT_NAMES,
    SETTING_NAMES,
    SHEET_NAMES,
    kind_code,
    plain,
    status_code,
)
from scheduler.wording.sentences import told
from tests.support.workbooks import FULL, saved, small_book

SLOTS = [["Fin", "DEBUT", "Identifiants"], ["18/03/2027 14h06", "18/03/2027 14:00", "s1"]]


def test_french_workbook_in_any_order_is_read():
    event = read_workbook(
        small_book(
            **{
                "Créneaux": SLOTS,
                "PARTICIPANT": [
                    ["Type", "Nom ", "Besoin", "identifiant", "à distance", "Rendez-vous au plus", "adresse e-mail"],
                    ["Associations", "Les Jardins", "eau; pain", "a1", "oui", 3, "x@example.org"],
                    ["Entreprise", "Nord", None, "c1", None, None, None],
                ],
                "Vœux": [["qui", "souhait", "rang"], ["a1", "c1", 1]],
                "Rendez-vous": [["participant 1", "participant 2", "statut"], ["a1", "c1", "Obligatoire"]],
                "Réglages": [
                    ["réglage", "valeur"],
                    ["Titre", "Mars"],
                    ["Qui rencontre qui", "entreprise + association"],
                ],
                "Mode d’emploi": [["tout ce que l’on veut"]],
            }
        )
    )
    first, second = event.participants
    assert (first.kind, first.name, first.needs, first.remote, first.max_meetings, first.wishes) == (
        *("association", "Les Jardins", ("eau", "pain"), True, 3, ("c1",)),
    )
    assert (second.kind, event.title, event.may_meet) == ("company", "Mars", (("company", "association"),))
    assert event.meetings[0].status == "required"


def test_a_row_of_plain_names_and_examples_are_left_aside():
    event = read_workbook(
        small_book(
            slots=[["id", "start", "end"], ["code", "début", "fin"], ["s1", "18/03/2027 14:00", "18/03/2027 14:06"]],
            participants=[
                ["id", "kind", "name"],
                ["Identifiant", "Type", "Nom"],
                ["exemple : a9", "association", "Les Autres"],
                ["Example", "company", "Others"],
                ["a1", "association", "Les Jardins"],
            ],
        )
    )
    assert [one.id for one in event.slots] == ["s1"]
    assert [one.id for one in event.participants] == ["a1"]


def test_a_row_with_more_than_names_is_somebody():
    event = read_workbook(
        small_book(
            slots=SLOTS, participants=[["id", "kind", "name"], ["id", "kind", "Les Jardins"], ["Exemplaire", "b", None]]
        )
    )
    assert [one.id for one in event.participants] == ["id", "Exemplaire"]


@pytest.mark.parametrize("language", [None, "fr", "en"])
@pytest.mark.parametrize("name", ["e.xlsx", "e.csv", "e.tsv"])
def test_words_that_are_also_marks_come_back_as_they_were(name: str, language: str | None):
    people = [
        {"id": "id", "kind": "kind", "name": "name"},
        {"id": "example: a1", "kind": "Entreprise", "name": "Exemple"},
        {"id": "[slots]", "kind": "entreprises"},
        {"id": "=1+1", "kind": "company", "name": "'=1", "vetoes": ["[slots]", "example: a1"]},
        {"id": "-4", "kind": "association", "name": "@x", "zone": "''+"},
    ]
    may_meet = [["Entreprise", "company"], ["entreprises", "association"]]
    raw = {"format": FULL["format"], "slots": FULL["slots"], "participants": people, "may_meet": may_meet}
    event = parse_event({**raw, "rules": {"seated": ["Entreprise"]}, "tables": [{"id": "x"}]})
    assert read_any(write_any(event, name, language), name) == event


@pytest.mark.parametrize("language", ["fr", "en"])
def test_workbook_in_a_language_has_its_words_and_says_the_same(language: str):
    event = parse_event(FULL)
    data = write_workbook(event, language=language)
    assert read_workbook(data) == event
    book = load_workbook(io.BytesIO(data))
    names = {"fr": ("Créneaux", "type", "obligatoire", "oui"), "en": ("Slots", "kind", "required", "yes")}[language]
    sheet = book.worksheets[2]
    assert (book.sheetnames[0], sheet["B1"].value, sheet["M4"].value) == (names[0], names[1], names[3])
    assert book.worksheets[4]["C3"].value == names[2]
    assert sheet["A2"].value == EXPLAINED["participants"]["id"][language == "en"]


def test_a_heading_and_a_sheet_that_are_nearly_right_are_taken_and_told():
    reading = read_with_contacts(
        small_book(slots=SLOTS, Particpants=[["id", "kind", "Telephonne"], ["a1", "association", "+33 1"]]), "x.xlsx"
    )
    assert reading.contacts["a1"].phone == "+33 1"
    assert [told(note, "en") for note in reading.notes] == [
        'the sheet "particpants" was read as participants',
        'particpants!C1: the heading "Telephonne" was read as phone',
    ]
    assert told(reading.notes[1], "fr").endswith('le titre "Telephonne" a été lu comme phone')


def test_two_columns_or_sheets_of_one_meaning_are_faults():
    with pytest.raises(InvalidEvent) as refused:
        read_workbook(small_book(slots=SLOTS, Créneaux=SLOTS, participants=[["id", "kind", "Type"], ["a", "b", "c"]]))
    assert [str(fault) for fault in refused.value.faults] == [
        "créneaux: expected each sheet once, found another of that name",
        'participants!C1: expected each heading once, found "Type" again',
        'participants!C2: expected nothing under no heading, found "c"',
    ]


def test_contacts_websites_and_projects_stand_beside_the_event():
    reading = read_with_contacts(
        small_book(
            slots=SLOTS,
            participants=[
                ["id", "kind", "Site internet", "Projet", "Interlocutrice", "Portable", "Courriel"],
                ["a1", "association", "https://a.example.org", "Un potager", "Ada", 612345678.0, "a@example.org"],
                ["a2", "association", None, None, None, None, " "],
            ],
        ),
        "x.xlsx",
    )
    (contact,) = reading.contacts.values()
    assert (contact.name, contact.email, contact.phone) == ("Ada", "a@example.org", "612345678")
    assert (contact.website, contact.project) == ("https://a.example.org", "Un potager")


def test_slots_may_have_their_day_apart_and_no_ids():
    event = read_workbook(
        small_book(
            slots=[["Jour", "Début", "Fin"], ["18/03/2027", "14h", "14h06"], ["18/03/2027", "14:08", "14:14"]],
            participants=[["id", "kind", "unavailable"], ["a1", "association", "s2"]],
        )
    )
    assert [(one.id, one.start.isoformat()) for one in event.slots] == [
        ("s1", "2027-03-18T14:00:00"),
        ("s2", "2027-03-18T14:08:00"),
    ]


def test_a_date_that_may_be_two_is_a_fault_unless_told():
    book = small_book(
        slots=[["id", "start", "end"], ["s1", "03/04/2027 14:00", "03/04/2027 14:06"]],
        participants=[["id", "kind"], ["a1", "association"]],
    )
    with pytest.raises(InvalidEvent) as refused:
        read_workbook(book)
    assert [fault.code for fault in refused.value.faults] == ["day_or_month_first"] * 2
    assert read_with_contacts(book, "x.xlsx", "mdy").event.slots[0].start.month == 3


def test_kinds_and_statuses_have_words_in_both_languages():
    assert {kind_code(word) for word in ("Entreprises", "company", "SOCIÉTÉ")} == {"company"}
    assert kind_code("Étudiant") == "Étudiant"
    assert [status_code(word) for word in ("Interdit", "required", "autorisés", "wished")] == [
        *("forbidden", "required", "allowed", "wished"),
    ]


def test_each_name_means_one_thing():
    for names in (SHEET_NAMES, SETTING_NAMES, *COLUMN_NAMES.values(), CONTACT_NAMES):
        for thing, spellings in names.items():
            others = [one for other, its in names.items() if other != thing for one in its]
            assert not {plain(one) for one in (thing, *spellings)} & {plain(one) for one in others}, thing


def test_every_column_is_explained_in_both_languages():
    for sheet, columns in SHEETS.items():
        for column in columns:
            french, english = EXPLAINED[sheet][column.name]
            assert french and english
            assert HEADINGS[sheet].exact(COLUMN_NAMES[sheet][column.name][0]) == column.name
            assert HEADINGS[sheet].exact(COLUMN_NAMES[sheet][column.name][1]) == column.name
    assert all(len(told) == 2 for told in EXPLAINED_SETTINGS.values())


@pytest.mark.parametrize("rows", [{}, {"Feuil1": []}, {"slots": [], "participants": []}])
def test_empty_workbook_is_told_what_one_looks_like(rows: dict[str, list[list[object]]]):
    data = small_book(**rows) if rows else saved(load_workbook(io.BytesIO(small_book(x=[]))))
    with pytest.raises(InvalidEvent) as refused:
        read_workbook(data)
    (fault,) = refused.value.faults
    assert (fault.path, fault.code) == ("workbook", "workbook_of_event")
    assert "passerelle template -o EVENT.xlsx" in str(fault)


def test_foreign_workbook_is_told_what_one_looks_like():
    budget = [["poste", "euros"], ["salle", 200]]
    with pytest.raises(InvalidEvent) as refused:
        read_workbook(small_book(Budget=budget))
    assert str(refused.value).endswith('found the headings "poste", "euros"')
    with pytest.raises(InvalidEvent) as refused:
        read_workbook(small_book(Budget=budget, Notes=budget))
    assert str(refused.value).startswith("workbook: expected a workbook with the sheets slots and participants")
    assert str(refused.value).endswith('found the sheets "budget", "notes"')
