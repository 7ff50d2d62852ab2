"""What a text is when it is searched."""

import pytest

from web.domain.text import folded, letters_of
from web.forms.registration import printable


@pytest.mark.parametrize("text", ["Été", "ÉTÉ", "e\u0301te\u0301", "é\u200bté", "été\ufeff", " été "])
def test_texts_that_look_the_same_are_found_the_same(text: str) -> None:
    assert folded(text) == "ete"


def test_a_name_is_the_same_however_it_is_typed() -> None:
    assert letters_of("L’Atelier — Nord") == letters_of("l'atelier NORD\u200b") == "lateliernord"


def test_what_is_typed_is_kept_composed_and_without_what_cannot_be_seen() -> None:
    assert printable(" Socie\u0301te\u0301\u200b \u202eX\r\nY ") == "Société X\nY"
