"""What is written beside needs and offers, out into a cell and in again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.domain.people.lists.beside import NoWord, line_cell, lines_in_cell

KNOWN = {"Aide", "Aide : à domicile", "Numérique", 'Dit "oui"'}
_texts = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=30).map(
    lambda text: " ".join(text.split())
)


def read(text: str) -> list[tuple[str, str]]:
    return list(lines_in_cell(text, KNOWN.__contains__))


@given(lines=st.lists(st.tuples(st.sampled_from(sorted(KNOWN)), _texts.filter(bool)), max_size=4))
def test_lines_come_back_as_they_went_out(lines: list[tuple[str, str]]) -> None:
    assert read(line_cell(lines)) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Numérique : deux journées", [("Numérique", "deux journées")]),
        ("Numérique: a\n\n  Aide :b ", [("Numérique", "a"), ("Aide", "b")]),
        ("Numérique\u00a0: 14:00; « mai »", [("Numérique", "14:00; « mai »")]),
        # Of several colons, the first behind a word that is known.
        ("Cours : du soir : le lundi", [("Cours", "du soir : le lundi")]),
        ("Aide : à domicile : le lundi", [("Aide", "à domicile : le lundi")]),
        ('"Aide : à domicile" : le lundi', [("Aide : à domicile", "le lundi")]),
        ("", []),
    ],
)
def test_lines_are_read_as_people_type_them(text: str, lines: list[tuple[str, str]]) -> None:
    assert read(text) == lines


@pytest.mark.parametrize("text", ["deux journées", ": deux journées"])
def test_line_without_a_word_is_told(text: str) -> None:
    with pytest.raises(NoWord):
        read(text)
