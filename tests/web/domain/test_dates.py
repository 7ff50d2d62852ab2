"""How days and moments are told."""

from datetime import date, datetime

import pytest

from web.domain.dates import LONG, in_words


@pytest.mark.parametrize(
    ("language", "moment", "form", "words"),
    [
        ("fr", date(2027, 3, 1), LONG, "lundi 1er mars 2027"),
        ("fr", date(2027, 3, 11), LONG, "jeudi 11 mars 2027"),
        ("fr", datetime(2027, 4, 1, 9, 5), "d MMM y, HH:mm", "1er avr. 2027, 09:05"),
        ("fr", datetime(2027, 4, 1, 9, 5), "d MMMM", "1er avril"),
        ("en", date(2027, 3, 1), LONG, "Monday 1 March 2027"),
        ("en", datetime(2027, 3, 21, 23, 59), "d MMMM, HH:mm", "21 March, 23:59"),
    ],
)
def test_first_of_a_month_is_said_as_french_says_it(language: str, moment: date, form: str, words: str) -> None:
    assert in_words(language, moment, form) == words
