"""Why two participants meet, in a few printed words: the lines of the published score, told to one of the two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scheduler.format.event import Event, Participant
from web.domain.event.taxonomy import category_of, item_label, label, theme_label, zone_label
from web.domain.people.reasons import Because, why_they_meet
from web.exports.words import ordinal, words

_ITEMS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: what it is about (``Vous cherchez``) and the things named (``numérique, mobilier``)."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Reasons:
    """All reasons of one meeting, strongest first; ``wish`` is told apart because it is short and dear to people."""

    wish: str
    reasons: tuple[Reason, ...]


def reasons_for(
    event: Event, me: Participant, partner: Participant, language: str, *, own_screen: bool = False
) -> Reasons:
    """Why ``me`` meets ``partner``, told to ``me``.

    What is told of wishes and of the organisers: see `why_they_meet`. The rank of one's own wish stands on one's own
    page alone (``own_screen``): a sheet, a mail or a calendar lies open before others. Cost: the two profiles.
    """
    return in_words(why_they_meet(event, me, partner), language, own_screen=own_screen)


def in_words(why: Because, language: str, *, own_screen: bool = False) -> Reasons:
    """The same of what was found already."""
    text = words(language)
    # Where each gives and receives, kindred fields only blur what matters.
    explored = () if why.seek and why.give else why.explore
    common = [theme_label(theme, language) for theme in why.themes]
    common += [zone_label(why.zone, language)] if why.zone else []
    groups = [
        (text["seek"], [item_label(item, language) for item in why.seek]),
        (text["give"], [item_label(item, language) for item in why.give]),
        (text["explore"], [label(category, language) for category in explored]),
        (text["common"], common),
    ]
    reasons = tuple(Reason(title, _listed(things, language)) for title, things in groups if things)
    wish = _wish(why, language, own_screen)
    if why.asked:
        # Where a bare number brought them together nobody knows why, and nothing is said.
        reasons = (Reason("", text["why_required" if why.asked == "required" else "why_proposed"]),)
    return Reasons(wish, reasons)


def partners_lines(why: Because, lines: Mapping[str, Mapping[str, str]]) -> list[str]:
    """What a partner wrote (`lines`) beside what brings the two together: what the reader looks for first. Three at
    most. `why`: as it is told to the reader."""
    offers, needs = lines.get("offers", {}), lines.get("needs", {})
    found = [offers[code] for code in why.seek if code in offers] + [needs[code] for code in why.give if code in needs]
    if not found:
        # Of a kindred field, or whatever else they look for: it tells more than nothing.
        found = [line for side in (needs, offers) for code, line in side.items() if category_of(code) in why.explore]
    return list(dict.fromkeys(found))[:_ITEMS_SHOWN]


def _wish(why: Because, language: str, own_screen: bool) -> str:
    text = words(language)
    if why.mutual:
        return text["wish_mutual"]
    return text["wish_yours"].format(rank=ordinal(language, why.wish)) if why.wish and own_screen else ""


def _listed(things: list[str], language: str) -> str:
    shown = things[:_ITEMS_SHOWN]
    if len(things) > _ITEMS_SHOWN:
        shown.append(words(language)["more"].format(count=len(things) - _ITEMS_SHOWN))
    return ", ".join(shown)
