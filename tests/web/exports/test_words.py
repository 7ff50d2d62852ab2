"""The sentences of prints and exports."""

from __future__ import annotations

import re
from datetime import date

import pytest

from web.exports.words import long_date, ordinal, spaced, words


def test_words_both_languages_have_the_same_sentences_and_places() -> None:
    french, english = words("fr"), words("en")
    assert french.keys() == english.keys()
    for key in french:
        places = [sorted(re.findall(r"{\w+}", text[key])) for text in (french, english)]
        assert places[0] == places[1], key


def test_words_french_spaces_never_break() -> None:
    for key, text in words("fr").items():
        assert not re.search(r" [:;!?»]|« ", text), key
        assert spaced("fr", text) == text, key


@pytest.mark.parametrize(
    ("number", "french", "english"), [(1, "1er", "1st"), (2, "2e", "2nd"), (3, "3e", "3rd"), (11, "11e", "11th")]
)
def test_ordinal_in_both_languages(number: int, french: str, english: str) -> None:
    assert (ordinal("fr", number), ordinal("en-GB", number)) == (french, english)


def test_long_date_first_of_the_month() -> None:
    assert long_date("fr", date(2027, 5, 1)) == "samedi 1er mai 2027"
    assert long_date("en", date(2027, 5, 1)) == "Saturday 1 May 2027"


def test_spaced_leaves_addresses_and_english_alone() -> None:
    assert spaced("fr", "https://x.example/a?b 14:00") == "https://x.example/a?b 14:00"
    assert spaced("en", "Ready ?") == "Ready ?"
