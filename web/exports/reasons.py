"""Why two participants meet, in a few printed words: the lines of the published score, told to one of the two."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scheduler.format.event import Event, Participant
from scheduler.format.score import ScoreLine, score_pair
from web.domain.event.taxonomy import item_label, label, theme_label, zone_label
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


def reasons_for(event: Event, me: Participant, partner: Participant, language: str) -> Reasons:
    """Why ``me`` meets ``partner``, told to ``me``.

    Where the event gives affinities as bare numbers, the facts that the formula would count are told instead: they
    are as true. The rank of the partner's own wish is not told: only that there is one. Cost: the two profiles.
    """
    text = words(language)
    found = score_pair(me, partner, event.rules.weights).lines

    def items(part: str, who: str | None) -> list[str]:
        return [item_label(line.subject, language) for line in found if line.part == part and line.who == who]

    common = [theme_label(line.subject, language) for line in found if line.part == "theme"]
    common += [zone_label(line.subject, language) for line in found if line.part == "zone"]
    explored = [label(line.subject.partition(".")[0], language) for line in found if line.part == "category"]
    seek, give = items("need", me.id), items("need", partner.id)
    if seek and give:
        # Where each gives and receives, kindred fields only blur what matters.
        explored = []
    groups = [
        (text["seek"], seek),
        (text["give"], give),
        (text["explore"], list(dict.fromkeys(explored))),
        (text["common"], common),
    ]
    reasons = tuple(Reason(title, _listed(things, language)) for title, things in groups if things)
    wish = _wish(found, me, language)
    if not reasons and not wish:
        # Where a bare number brought them together nobody knows why, and nothing is said.
        reasons = tuple(Reason("", text[key]) for key in _asked(event, me, partner))
    return Reasons(wish, reasons)


def _wish(lines: Iterable[ScoreLine], me: Participant, language: str) -> str:
    text = words(language)
    mine, theirs = "", ""
    for line in lines:
        if line.part == "wish" and line.who == me.id:
            mine = text["wish_yours"].format(rank=ordinal(language, int(line.subject) + 1))
        elif line.part == "wish":
            theirs = text["wish_theirs"]
    if mine and theirs:
        return text["wish_mutual"]
    return mine or theirs


def _listed(things: list[str], language: str) -> str:
    shown = things[:_ITEMS_SHOWN]
    if len(things) > _ITEMS_SHOWN:
        shown.append(words(language)["more"].format(count=len(things) - _ITEMS_SHOWN))
    return ", ".join(shown)


def _asked(event: Event, me: Participant, partner: Participant) -> list[str]:
    """The words for what the organisers said of the pair; none where there is but a bare number of the event file."""
    pair = {me.id, partner.id}
    statuses = {rule.status for rule in event.meetings if set(rule.between) == pair}
    if "required" in statuses:
        return ["why_required"]
    return ["why_proposed"] if event.affinities is None or "allowed" in statuses else []
