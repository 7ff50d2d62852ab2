"""Lists of people that are no hardship to read and were one to look through: each page answers within seconds."""

import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support import hostile
from tests.support.lists import Lists, csv_of
from tests.support.tally import Told
from tests.support.torture import TORTURE
from tests.web.factories import Factory
from web.domain.event.questions import MOST_CHOICES, MOST_QUESTIONS
from web.domain.event.sheets import MOST_ROWS
from web.models import User

ROWS = MOST_ROWS - 1
# To be read, and to be looked through on each page; many more on a machine that does much else.
READ, LOOKED = (5, 10) if TORTURE else (40, 60)
_LETTERS = "abcdefghijklmnop"

Row = list[str]


QUESTIONS = [f"Question {number}" for number in range(MOST_QUESTIONS)]
# By the names that rows have for them; one column says nothing that is known.
HEADINGS = {
    "name": "Structure",
    "kind": "Type",
    "contact": "Contact",
    "email": "Courriel",
    "siren": "SIREN",
    "needs": "Besoins",
    "lines": "Besoins : précisions",
    "absences": "Absences",
    "whatever": "Zwxq",
    "website": "Site web",
    **{text: text for text in QUESTIONS},
}


def row(number: int, **said: str) -> Row:
    usual = {
        "name": f"Les amis {number}",
        "kind": "association",
        "contact": "Ada",
        "email": f"p{number}@example.org",
        "needs": "Salle",
    }
    cells = usual | said
    assert cells.keys() <= HEADINGS.keys()
    return [cells.get(name, "") for name in HEADINGS]


def word(chance: random.Random, letters: int) -> str:
    return "".join(chance.choices(_LETTERS, k=letters))


def one_name(_chance: random.Random) -> Iterator[Row]:
    return (row(number, name="Association des voisins") for number in range(ROWS))


def two_names_alike(_chance: random.Random) -> Iterator[Row]:
    return (row(number, name=("Les compagnons", "Les compagnonns")[number % 2]) for number in range(ROWS))


def one_address(_chance: random.Random) -> Iterator[Row]:
    return (row(number, email="ada@example.org", siren="123456789") for number in range(ROWS))


def slips_of_one_name(chance: random.Random) -> Iterator[Row]:
    name = word(chance, 118)
    for number in range(ROWS):
        at = chance.randrange(1, 118)
        yield row(number, name=name[:at] + chance.choice(_LETTERS) + name[at + 1 :])


def names_too_far_apart_for_slips(chance: random.Random) -> Iterator[Row]:
    name = word(chance, 118)
    for number in range(ROWS):
        letters = list(name)
        for at in chance.sample(range(1, 118), 3):
            letters[at] = chance.choice(_LETTERS)
        yield row(number, name="".join(letters))


def acronyms(_chance: random.Random) -> Iterator[Row]:
    return (row(number, name=("Amis des pauvres gens de Lille", "APGL")[number % 2]) for number in range(ROWS))


def long_names(chance: random.Random) -> Iterator[Row]:
    return (row(number, name=word(chance, 1_900)) for number in range(ROWS))


def own_words(chance: random.Random) -> Iterator[Row]:
    return (row(number, needs=", ".join(word(chance, 8) for _ in range(120))) for number in range(ROWS))


def same_words(_chance: random.Random) -> Iterator[Row]:
    return (row(number, needs="a / b;" * 220) for number in range(ROWS))


def some_own_words(chance: random.Random) -> Iterator[Row]:
    """As many as can be decided."""
    own = [word(chance, 8) for _ in range(1_900)]
    return (row(number, needs="; ".join(chance.sample(own, 20))) for number in range(ROWS))


def lines_with_colons(_chance: random.Random) -> Iterator[Row]:
    return (row(number, lines="\n".join(["Salle:::::::"] * 110)) for number in range(ROWS))


def colons(_chance: random.Random) -> Iterator[Row]:
    return (row(number, lines="a:" * 15_000) for number in range(300))


def spaces(_chance: random.Random) -> Iterator[Row]:
    return (row(number, needs=f"a{' ' * 32_000}b", absences=f"14:00{' ' * 32_000}x") for number in range(140))


def hours(chance: random.Random) -> Iterator[Row]:
    for number in range(ROWS):
        clocks = (f"{chance.randrange(10, 24)}:{chance.randrange(10, 60)}" for _ in range(120))
        yield row(number, absences=";".join(f"{since}-{until}" for since, until in zip(clocks, clocks, strict=False)))


def numbers(_chance: random.Random) -> Iterator[Row]:
    return (row(number, siren="9" * 30_000) for number in range(300))


def answers(chance: random.Random) -> Iterator[Row]:
    return (row(number, **{question: word(chance, 60) for question in QUESTIONS}) for number in range(ROWS))


def long_answers(chance: random.Random) -> Iterator[Row]:
    return (row(number, **{QUESTIONS[0]: word(chance, 30_000)}) for number in range(300))


def nearly_addresses(_chance: random.Random) -> Iterator[Row]:
    return (row(number, whatever=f"a@{'x.' * 15_000}@") for number in range(300))


def addresses(_chance: random.Random) -> Iterator[Row]:
    return (row(n, email=f"a@{'x.' * 8_000} x", website=f"https://{'.' * 16_000} x") for n in range(300))


def marks(_chance: random.Random) -> Iterator[Row]:
    return (row(number, needs="; " * 15_000, whatever='"' * 1_000) for number in range(300))


def quotes(_chance: random.Random) -> Iterator[Row]:
    return (row(number, needs='"a;' * 5_000 + '"' * 5_000, lines='"' * 10_000) for number in range(200))


def headings(_chance: random.Random) -> Iterator[Row]:
    return (["(" * 32_000] * 28 for _number in range(11))


def a_mark_that_is_not_closed(_chance: random.Random) -> Iterator[Row]:
    return iter([row(0, name="x" * 9_000_000)])


LISTS: list[Callable[[random.Random], Iterator[Row]]] = [
    one_name,
    two_names_alike,
    one_address,
    slips_of_one_name,
    names_too_far_apart_for_slips,
    acronyms,
    long_names,
    own_words,
    same_words,
    some_own_words,
    lines_with_colons,
    colons,
    spaces,
    hours,
    numbers,
    answers,
    long_answers,
    nearly_addresses,
    addresses,
    marks,
    quotes,
    headings,
    a_mark_that_is_not_closed,
]
# In the usual run, those that took longest.
SEEDS = [
    one_name,
    slips_of_one_name,
    one_address,
    own_words,
    colons,
    spaces,
    answers,
    addresses,
    nearly_addresses,
    marks,
    headings,
    a_mark_that_is_not_closed,
]


@pytest.mark.parametrize("make_rows", LISTS if TORTURE else SEEDS, ids=lambda one: one.__name__)
def test_each_page_of_a_list_answers_within_seconds(
    organiser_client: FlaskClient, make: Factory, organiser: User, make_rows: Any, tally: Told
) -> None:
    choices = [[f"Réponse {number}", ""] for number in range(MOST_CHOICES)]
    asked = [
        {"id": f"q{number}", "kind": "choice", "fr": text, "en": "", "required": False, "choices": choices}
        for number, text in enumerate(QUESTIONS, start=1)
    ]
    event = make.event(organiser, slots=20, questions=asked)
    for number in range(50):
        make.registration(event, name=f"Les voisins {number}", email="ada@example.org")
    data = csv_of([[*HEADINGS.values()], *make_rows(random.Random(1))])
    assert len(data) <= hostile.LIMIT
    lists = Lists(organiser_client, event)
    taken: dict[str, float] = {}

    def timed(what: str, act: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        answer = act()
        taken[what] = time.perf_counter() - began
        assert answer.status_code < 500 and len(answer.data) < 20_000_000, (what, answer.status_code, len(answer.data))
        return answer

    sent = timed("sent", lambda: lists.send(data))
    if sent.status_code == 303:
        at = str(sent.location).removesuffix("columns")
        timed("columns", lambda: organiser_client.get(f"{at}columns"))
        timed("matched", lambda: lists.columns(at))
        rows = timed("rows", lambda: organiser_client.get(f"{at}rows"))
        if rows.status_code == 200:
            timed("taken", lambda: lists.take(at, rows.text))
    assert taken["sent"] < READ and max(taken.values()) < LOOKED, taken
    tally(f"hostile lists, {make_rows.__name__.replace('_', ' ')}", len(taken), errors=0, worst=max(taken.values()))
