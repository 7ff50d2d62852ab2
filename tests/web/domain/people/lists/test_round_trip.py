"""The contact list out and in again: nothing is lost, and a cell that is edited changes that alone."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy.orm import Session

from scheduler.format.text import clean
from tests.web.factories import Factory
from web.db import write
from web.domain.event.sheets import read_sheets
from web.domain.people.lists import taking
from web.domain.people.lists.comparing import State
from web.domain.people.lists.matching import fields_of, guessed
from web.exports.lists import Cell, TableOut, as_csv, as_workbook, contact_list
from web.models import Event, ListImport, Registration

# What spreadsheets compute, part or leave out, and what people type.
HOSTILE = tuple(
    # As forms keep it.
    clean(text)
    for text in (
        *(
            "=1+1",
            "'=1",
            "''",
            "+33 6",
            "-Tiret",
            "@x",
            "＝A1",
            '"',
            'Dit "oui"; non',
            "a;b,c\td",
            "Été d’Ivry : œuvre",
        ),
        *(
            "جمعية الأمل",
            "מים; «\u00a0ici\u00a0»",
            "🎉",
            "👩\u200d🌾 bio",
            "_x0041_",
            "Deux\nlignes = une",
            "true",
            "0612",
            "3,0",
        ),
        *(
            "2027-03-18",
            "1e5",
            "NULL",
            "#N/A",
            "<b>gras</b>",
            "a | b",
            "• point",
            "Aide [q2]",
            "🎉 / 🎈",
            "ﬁn ½",
            "x" * 110,
        ),
    )
)
EXPECTED = {"status", "key"}


class World:
    """An event with questions of all kinds, and participants, drawn from a seed."""

    def __init__(self, seed: int, make: Factory) -> None:
        self.random, self.make = Random(seed), make
        self.questions = [self.question(f"q{number}") for number in range(1, 12)]
        self.questions += [
            self.asked("q12", "text", "Contact", "Contact"),
            self.asked("q13", "text", "Place", "Seats"),
            self.asked("q14", "text", "Lieu de rencontre", "Place"),
            self.asked("q15", "number", "=2+3 ?", "@q"),
            self.asked("q16", "choice", "Prénom (du chauffeur)", "", ["Oui|Yes", "Oui !|Yes!", "=Non|No", "Non|@No"]),
            self.asked("q17", "choice", "مرحبا ?", "Same", ["X|S", "Y|X", "Z|S", "🎉|", "🎈|", "A, b; c|"]),
            self.asked("q18", "choice", "Same", "Same", ["Rouge|Vert", "Vert|Red", "1|2", "2|1", "0612|"]),
        ]
        self.random.shuffle(self.questions)
        self.event = make.event(questions=self.questions, tables=5)
        names = ["Grande table", self.text(), "t1", "Grande  table", ""]
        with write(make.session):
            for table, name in zip(self.event.tables, names, strict=True):
                table.name = name
        for number in range(8):
            make.registration(self.event, **self.values(number))
        make.registration(self.event, name="", email=None, answers={})
        # Of before the questions were asked otherwise.
        make.registration(
            self.event, name="Jadis", email=None, answers={one["id"]: "Jadis, 2,50" for one in self.questions}
        )
        make.registration(self.event, name="Naguère", email=None, answers={one["id"]: 2.5 for one in self.questions})
        make.registration(self.event, name="Jumelle", email=None)
        make.registration(self.event, name="Jumelle", email=None)

    def text(self, most: int = 3) -> str:
        return " ".join(self.random.choice(HOSTILE) for _ in range(self.random.randint(1, most)))[:118].strip()

    def line(self) -> str:
        return " ".join(self.text(1).split())

    @staticmethod
    def asked(id: str, kind: str, fr: str, en: str, choices: Sequence[str] = ()) -> dict[str, Any]:
        pairs = [list(one.partition("|")[::2]) for one in choices]
        return {"id": id, "kind": kind, "fr": fr, "en": en, "required": True, "choices": pairs}

    def question(self, id: str) -> dict[str, Any]:
        kind = self.random.choice(("text", "choice", "number"))
        choices = [f"{self.line()}|{self.line() if self.random.random() < 0.5 else ''}" for _ in range(6)]
        choices = [one.replace(" | ", " ") for one in choices]
        # Some are asked twice.
        fr, en = self.random.choice(HOSTILE).replace("\n", " "), self.random.choice(("", self.line()))
        return self.asked(id, kind, fr, en, choices if kind == "choice" else ())

    def answer(self, question: dict[str, Any]) -> Any:
        match question["kind"]:
            case "choice":
                return self.random.choice([fr or en for fr, en in question["choices"]])
            case "number":
                return self.random.choice((0, -3, 12, 2.5, -0.0625, 123456789.1234, 999999999, 0.0001))
        return self.text()

    def name(self, number: int) -> str:
        return f"{self.line()} {number}{chr(97 + number) * 9}"

    def values(self, number: int) -> dict[str, Any]:
        """The columns of a participant; those of another `number` are all others."""
        pick = self.random.choice
        kinds = ("association", "company", "public")
        needs = ["skills.digital", *self.random.sample(["goods.food", "odd.word, indeed", "skills.law"], number % 4)]
        return {
            "kind": kinds[number % 3],
            "name": self.name(number),
            "contact_name": f"{self.line()[:50]} {number}",
            "email": f"z{number}@example.org",
            "phone": pick(("+33 6 12 34 56 7", "06 12 34 56 7", "=33", "0")) + str(number),
            "website": f'https://example.org/a;b,{number}?q="="',
            "siren": str(123456780 + number),
            "size": ("tpe", "pme", "eti", "large")[number % 4],
            "zone": ("lille", "croix-du-sud", "Ville; « à part »", "roubaix")[number % 4],
            "project": f"{self.text()}\n{self.text()} {number}",
            "needs": needs,
            "offers": ["visibility.image", *["knowledge.environment", "premises.workshop"][: number % 3]],
            "notes": {
                "needs": {"skills.digital": f"{self.line()[:60]} {number}"},
                "offers": {"visibility.image": f"{self.line()[:60]} : {number}"},
            },
            "themes": ["environment", "digital_inclusion", "Thème; à part", "culture"][number % 4 :],
            "absences": [f"2027-03-18T14:{10 + number}/2027-03-18T20:50", "2027-03-18T08:00/2027-03-19T02:00"],
            "requires": [["accessible"], ["power"], ["quiet", "Prise; « double »"]][number % 3],
            "accessibility": f"{self.line()[:90]} {number}",
            "delegates": 1 + number % 9,
            "min_meetings": number % 5,
            "max_meetings": 10 + number,
            "boost": 100 - 20 * number,
            "remote": number % 2 == 0,
            "needs_facilitator": number % 2 == 0,
            "publish_name": number % 2 == 0,
            "publish_contact": number % 2 == 1,
            "home_table_id": self.event.tables[number % 5].id,
            "language": ("fr", "en")[number % 2],
            "status": ("accepted", "pending", "declined")[number % 3],
            "answers": {
                one["id"]: self.answer(one) for one in self.questions if number > 7 or self.random.random() < 0.8
            },
        }

    def other(self, one: Registration) -> Registration:
        """Somebody in whom every column is another than in `one`, or holds what it held."""
        number = int(one.siren or "0") - 123456780
        values = self.values(17 - number if number % 2 == 0 else 19 - number)
        values["answers"] = {question["id"]: self.answer(question) for question in self.questions}
        values["needs"] = [*one.needs, "skills.finance"]
        values["offers"] = [*one.offers, "skills.finance"]
        return Registration(event_id=self.event.id, key="x-1", **values)


def looked_at(session: Session, event: Event, table: TableOut, ending: str, language: str) -> tuple[list[str], Any]:
    """What the columns are taken for, and what the rows come to."""
    data = as_csv(table, language) if ending == ".csv" else as_workbook(table)
    sheets = read_sheets(data, ending)
    matching = guessed(sheets, fields=fields_of(event, language))
    one = ListImport(
        event_id=event.id, sheets=[sheet.plain() for sheet in sheets], matching=matching.plain(), meanings={}
    )
    names = [matching.columns.get(place, "") for place in range(len(table.heads))]
    return names, taking.preview(session, event, one, language)


@pytest.mark.parametrize("seed", range(6))
def test_contact_list_loses_nothing_and_changes_what_is_edited(
    app: Flask, session: Session, make: Factory, seed: int
) -> None:
    world = World(seed, make)
    event = world.event
    people = session.query(Registration).where(Registration.event_id == event.id).order_by(Registration.id).all()
    edited = ((".csv", "fr"), (".xlsx", "fr"), (".csv", "en"), (".xlsx", "en"))[seed % 4]
    for ending in (".csv", ".xlsx"):
        for language in ("fr", "en"):
            with app.test_request_context(), force_locale(language):
                table = contact_list(event, people, language)
                names, found = looked_at(session, event, table, ending, language)
                written = [one for one in fields_of(event, language) if one not in ("first_name", "last_name")]
                assert names == written
                wrong = [
                    (one.draft.name, one.state, one.changes, one.faults)
                    for one in found.comparison.lines
                    if one.state != State.SAME
                ]
                assert (wrong, found.unknown) == ([], [])
                assert len(found.comparison.lines) == len(people)
                if (ending, language) == edited:
                    each_cell_edited(session, world, table, people[:8], written, ending, language)


def each_cell_edited(
    session: Session,
    world: World,
    table: TableOut,
    people: list[Registration],
    names: list[str],
    ending: str,
    language: str,
) -> None:
    for place, name in enumerate(names):
        at = world.random.randrange(len(people))
        one, other = people[at], world.other(people[at])
        new = contact_list(world.event, [other], language).rows[0][place]
        if name in EXPECTED or new == table.rows[at][place]:
            continue
        rows: list[Sequence[Cell]] = [list(row) for row in table.rows]
        rows[at] = [*rows[at][:place], new, *rows[at][place + 1 :]]
        _names, found = looked_at(session, world.event, replace(table, rows=rows), ending, language)
        told = [
            (line.target, line.state, [change.name for change in line.changes], line.faults)
            for line in found.comparison.lines
            if line.state != State.SAME
        ]
        assert told == [(one, State.CHANGED, [name], ())], (name, new)
        assert found.unknown == []
        (change,) = next(line for line in found.comparison.lines if line.target is one).changes
        values = taking._columns({name: change.new}, one)
        changed = Registration(key="x-2", **{c: getattr(one, c) for c in values.keys() | set(COLUMNS)} | values)
        assert contact_list(world.event, [changed], language).rows[0][place] == new, name


COLUMNS = (
    *(
        "kind",
        "name",
        "contact_name",
        "email",
        "phone",
        "website",
        "siren",
        "size",
        "zone",
        "project",
        "needs",
        "offers",
    ),
    *("notes", "themes", "absences", "requires", "accessibility", "delegates", "min_meetings", "max_meetings", "boost"),
    *(
        "remote",
        "needs_facilitator",
        "publish_name",
        "publish_contact",
        "home_table_id",
        "language",
        "status",
        "answers",
    ),
)
