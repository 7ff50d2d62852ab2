"""Both languages: which one is chosen; nothing untranslated; French typography."""

import re

import pytest
from flask.testing import FlaskClient

from web.translate import NARROW, WIDE, extracted, french_typography, known


def test_every_sentence_has_its_french() -> None:
    have = known()
    missing = {msgid: places[0] for msgid, places in extracted().items() if msgid not in have}
    assert missing == {}


def test_no_french_is_kept_of_a_sentence_that_nothing_says() -> None:
    said = extracted()
    assert {msgid: where[0][0] for msgid, where in known().items() if msgid not in said} == {}


def test_one_sentence_has_one_french() -> None:
    different = {msgid: found for msgid, found in known().items() if len({text for _file, text in found}) > 1}
    assert different == {}


def test_placeholders_are_the_same_in_french() -> None:
    def holes(text: str) -> set[str]:
        return set(re.findall(r"%\(\w+\)[sd]", text))

    wrong = [msgid for msgid, found in known().items() for _f, text in found if holes(msgid) != holes(text)]
    assert wrong == []


def test_french_typography_is_kept() -> None:
    wrong = [text for found in known().values() for _f, text in found if french_typography(text) != text]
    assert wrong == []


def test_french_has_no_straight_quotes() -> None:
    assert [text for found in known().values() for _f, text in found if '"' in text or "'" in text] == []


@pytest.mark.parametrize(
    ("plain", "set_well"),
    [
        ("Oublié ? Oui !", f"Oublié{NARROW}? Oui{NARROW}!"),
        ("l'adresse : « nom »", f"l’adresse{WIDE}: «{WIDE}nom{WIDE}»"),
        ("à 14:06, voir https://exemple.org", "à 14:06, voir https://exemple.org"),
        ("%(done)s / %(all)s ; fin...", f"%(done)s / %(all)s{NARROW}; fin…"),
    ],
)
def test_french_typography_sets_spaces_and_quotes(plain: str, set_well: str) -> None:
    assert french_typography(plain) == set_well
    assert french_typography(set_well) == set_well


def test_language_is_french_unless_asked_for(client: FlaskClient) -> None:
    assert '<html lang="fr">' in client.get("/sign-in").text
    assert '<html lang="en">' in client.get("/sign-in", headers={"Accept-Language": "en-GB"}).text
    assert '<html lang="fr">' in client.get("/sign-in", headers={"Accept-Language": "de"}).text


def test_language_asked_for_is_kept(client: FlaskClient) -> None:
    assert '<html lang="en">' in client.get("/sign-in?lang=en").text
    assert '<html lang="en">' in client.get("/sign-in", headers={"Accept-Language": "fr"}).text
    assert '<html lang="fr">' in client.get("/sign-in?lang=fr").text


def test_language_unknown_is_ignored(client: FlaskClient) -> None:
    assert '<html lang="fr">' in client.get("/sign-in?lang=xx").text
