"""What the public page says: the programme, questions and answers, and in which language."""

from datetime import date, time, timedelta

import pytest

from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.event.page import (
    Item,
    Said,
    faulty_lines,
    programme,
    questions_in,
    texts_of,
    update_page,
    words_of,
)
from web.models import Event

DAY = date(2027, 3, 18)


@pytest.fixture
def event(make: Factory) -> Event:
    """Two runs of two rounds of six minutes with half an hour between them: 14:00–14:14, 14:46–15:00."""
    event = make.event(slots=4)
    with write(make.session):
        for slot in event.slots[2:]:
            slot.starts_at += timedelta(minutes=30)
            slot.ends_at += timedelta(minutes=30)
    return event


def test_programme_is_made_of_rounds_and_breaks(event: Event) -> None:
    (day,) = programme(event, "")
    assert day.day == DAY
    assert day.items == (
        Item("meetings", time(14), time(14, 14), "", 2, 6),
        Item("break", time(14, 14), time(14, 46)),
        Item("meetings", time(14, 46), time(15), "", 2, 6),
    )


def test_programme_holds_own_lines_in_time_order_and_no_break_in_which_something_happens(event: Event) -> None:
    (day,) = programme(event, "17h30-18h Verre de l’amitié\n\n13:30 Accueil café\n14:20 Pause gourmande")
    assert [(item.kind, f"{item.starts:%H:%M}", item.text) for item in day.items] == [
        ("own", "13:30", "Accueil café"),
        ("meetings", "14:00", ""),
        ("own", "14:20", "Pause gourmande"),
        ("meetings", "14:46", ""),
        ("own", "17:30", "Verre de l’amitié"),
    ]
    assert day.items[-1].ends == time(18)


def test_programme_of_several_days_puts_lines_where_their_date_says(make: Factory, event: Event) -> None:
    with write(make.session):
        for slot in event.slots[2:]:
            slot.starts_at += timedelta(days=1)
            slot.ends_at += timedelta(days=1)
    before, first, second = programme(event, "19/03 9:00 Visite\n9h Accueil\n17/03/2027 20:00 Dîner")
    assert [one.day for one in (before, first, second)] == [date(2027, 3, 17), DAY, date(2027, 3, 19)]
    assert [item.text for item in before.items] == ["Dîner"]
    assert first.items[0].text == "Accueil" and second.items[0].text == "Visite"


def test_programme_names_sessions_and_rounds_of_different_lengths(make: Factory, event: Event) -> None:
    with write(make.session):
        for slot in event.slots:
            slot.session = "Matinée" if slot.position < 1 else "Après-midi"
        event.slots[1].ends_at += timedelta(minutes=2)
    items = [item for item in programme(event, "")[0].items if item.kind == "meetings"]
    assert [(item.text, item.rounds, item.minutes) for item in items] == [
        ("Matinée", 1, 6),
        ("Après-midi", 1, 8),
        ("Après-midi", 2, 6),
    ]


def test_programme_of_an_event_without_rounds_holds_its_lines_alone(make: Factory) -> None:
    event = make.event(slots=0)
    assert programme(event, "") == ()
    (day,) = programme(event, "13:30 Accueil")
    assert day.day is None and day.items == (Item("own", time(13, 30), None, "Accueil"),)


@pytest.mark.parametrize(
    "line", ["13:30 Accueil", "13h Accueil", "13h30 : Accueil", "9.15 Café", "18/03 13:30 A", "13:30 – 14:00 A"]
)
def test_line_of_a_programme_begins_with_its_hour(line: str) -> None:
    assert faulty_lines(line) == []


@pytest.mark.parametrize(
    "line",
    ["Accueil", "13:30", "25:00 Accueil", "13:75 Accueil", "31/02 13:30 Accueil", "13 Accueil", "9:99 x", "١٣ مساء"],
)
def test_line_that_cannot_stand_in_a_programme_is_known(line: str) -> None:
    assert faulty_lines(f"13:30 Accueil\n{line}\n") == [line]


def test_questions_are_blocks_with_their_answers_below() -> None:
    text = "Où ?\nIci.\nVraiment.\n\n\nCombien ?\n\n  Quand ?  \nDemain."
    assert list(questions_in(text)) == [("Où ?", "Ici.\nVraiment."), ("Combien ?", ""), ("Quand ?", "Demain.")]
    assert list(questions_in(" \n ")) == []


def test_facts_are_told_in_the_other_language_and_reasons_are_not(make: Factory, event: Event) -> None:
    said = {"fr": {"access": "Métro.", "why": "Parce que.", "programme": "13:30 Accueil"}, "en": {"why": ""}}
    update_page(make.session, event, said, event.version, SYSTEM)
    french, english = words_of(event, "fr"), words_of(event, "en")
    assert (french.why, english.why) == ("Parce que.", "")
    assert french.access == english.access == Said("Métro.", "fr")
    assert french.programme == english.programme
    assert texts_of(event, "en") == {}


def test_words_are_those_of_the_last_saving(make: Factory, event: Event) -> None:
    for words in ("Un.", "Deux."):
        update_page(make.session, event, {"fr": {"why": words}}, event.version, SYSTEM)
        assert words_of(event, "fr").why == words
