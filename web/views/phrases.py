"""What the templates of the public and the participants' pages call besides the common context."""

from datetime import date
from functools import cache
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup, escape

from web.domain.event import taxonomy
from web.domain.event.vocabulary import Vocabulary
from web.domain.people.coaching_words import line_example, project_example
from web.domain.people.lines import Noted, lines_of
from web.domain.people.reasons import Because
from web.exports.words import long_date as date_in_words


def long_date(day: date) -> str:
    """The day in words, in the language of the page: *jeudi 1er avril 2027*."""
    return date_in_words(get_locale().language, day)


def phrases() -> dict[str, Any]:
    return {
        "long_date": long_date,
        "taxonomy": taxonomy,
        "example_line": line_example,
        "example_project": project_example,
    }


def reasons_of(why: Because, words: Vocabulary) -> list[tuple[str, str]]:
    """Why two would suit each other, told to one of them: what each reason is, and the things named."""
    seek, give, explore, themes, zone = _titles(words.language)
    found = [
        (seek, [words.in_sentence(code) for code in why.seek]),
        (give, [words.in_sentence(code) for code in why.give]),
        (explore, [words.category_in_sentence(code) for code in why.explore]),
        (themes, [words.theme_in_sentence(code) for code in why.themes]),
        (zone, [words.zone(why.zone)] if why.zone else []),
    ]
    return [(title, ", ".join(things)) for title, things in found if things]


def because(why: Because, words: Vocabulary) -> Markup:
    """The same as a list: short lines.

    Written here, for a directory has thirty of them, which no two readers share: a template takes three times as long.
    """
    lines = [f"<li><strong>{escape(title)}</strong> {escape(things)}</li>" for title, things in reasons_of(why, words)]
    return Markup(f'<ul class="because">{"".join(lines)}</ul>' if lines else "")


@cache
def _titles(_language: str) -> tuple[str, ...]:
    """What each reason is, in the language of the page that asks."""
    return (
        _("You look for it, they bring it:"),
        _("They look for it, you bring it:"),
        _("To explore together:"),
        _("You both care for:"),
        _("Same area:"),
    )


def own_items(codes: list[str], words: Vocabulary) -> str:
    """Needs or offers as they stand inside a sentence."""
    return ", ".join(map(words.in_sentence, codes))


def in_own_words(one: Noted, side: str, words: Vocabulary) -> list[tuple[str, str]]:
    """What `one` looks for or brings (`side`: needs, offers), each with the line that they wrote beside it, if any."""
    lines = lines_of(one, side)
    return [(words.in_sentence(code), lines.get(code, "")) for code in getattr(one, side)]


def own_themes(codes: list[str], words: Vocabulary) -> str:
    return ", ".join(map(words.theme_in_sentence, codes))


def kind_named(kind: str, language: str) -> str:
    return taxonomy.capitalised(taxonomy.kind_label(kind, language))
