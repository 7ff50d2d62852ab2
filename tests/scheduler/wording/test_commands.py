"""The lines of commands: both languages with the same values, and numbers as each writes them."""

from __future__ import annotations

from string import Formatter

import pytest

from scheduler.wording.commands import WORDS, decimal, in_words


@pytest.mark.parametrize("code", WORDS)
def test_line_names_the_same_values_in_both_languages(code: str):
    english, french = ({name for _, name, _, _ in Formatter().parse(text) if name} for text in WORDS[code])
    assert english == french


def test_line_in_both_languages():
    assert in_words("warning", "en", warning="w") == "warning: w"
    assert in_words("warning", "fr", warning="w") == "attention\u00a0: w"
    assert in_words("keeps_best_at_most", "fr", limit=20.0) == "Ctrl-C garde le meilleur, 20 s au plus"


def test_number_is_written_as_its_language_does():
    assert (decimal(1.25, 1, "en"), decimal(1.25, 2, "fr")) == ("1.2", "1,25")
