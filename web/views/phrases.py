"""What the templates of the public and the participants' pages call besides the common context."""

from datetime import date
from typing import Any

from flask_babel import get_locale

from web.domain import taxonomy
from web.domain.vocabulary import Vocabulary
from web.exports.words import long_date as date_in_words


def long_date(day: date) -> str:
    """The day in words, in the language of the page: *jeudi 1er avril 2027*."""
    return date_in_words(get_locale().language, day)


def phrases() -> dict[str, Any]:
    return {"long_date": long_date, "taxonomy": taxonomy}


def own_item(code: str, words: Vocabulary) -> str:
    return words.in_sentence(code)


def own_category(code: str, words: Vocabulary) -> str:
    return words.category_in_sentence(code)


def own_theme(code: str, words: Vocabulary) -> str:
    return words.theme_in_sentence(code)
