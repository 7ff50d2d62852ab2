"""What the templates of the public and the participants' pages call besides the common context."""

from datetime import date
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _

from web.domain import taxonomy
from web.domain.directory import Because
from web.domain.vocabulary import Vocabulary
from web.exports.words import long_date as date_in_words


def long_date(day: date) -> str:
    """The day in words, in the language of the page: *jeudi 1er avril 2027*."""
    return date_in_words(get_locale().language, day)


def phrases() -> dict[str, Any]:
    return {"long_date": long_date, "taxonomy": taxonomy}


def reasons_of(why: Because, words: Vocabulary) -> list[tuple[str, str]]:
    """Why two would suit each other, told to one of them: what each reason is, and the things named."""
    found = [
        (_("You look for it, they bring it:"), [words.in_sentence(code) for code in why.seek]),
        (_("They look for it, you bring it:"), [words.in_sentence(code) for code in why.give]),
        (_("To explore together:"), [words.category_in_sentence(code) for code in why.explore]),
        (_("You both care for:"), [words.theme_in_sentence(code) for code in why.themes]),
        (_("Same area:"), [words.zone(why.zone)] if why.zone else []),
    ]
    return [(title, ", ".join(things)) for title, things in found if things]


def own_items(codes: list[str], words: Vocabulary) -> str:
    """Needs or offers as they stand inside a sentence."""
    return ", ".join(map(words.in_sentence, codes))


def own_themes(codes: list[str], words: Vocabulary) -> str:
    return ", ".join(map(words.theme_in_sentence, codes))


def kind_named(kind: str, language: str) -> str:
    return taxonomy.capitalised(taxonomy.kind_label(kind, language))
