"""What a pair is worth: the published formula, with its explanation line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from scheduler.format.event import Event, Participant, Weights

Part = Literal["need", "category", "reciprocity", "theme", "zone", "wish", "mutual", "boost", "given", "floor"]


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One line of the explanation: ``points`` for ``part``; ``who`` benefits or wishes (an id, or ``None`` for both).

    ``subject`` is what the line is about: the need, the theme, the zone; for a wish the 0-based rank, as text.
    """

    part: Part
    points: int
    who: str | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """What a pair is worth and why; the points of ``lines`` add up to ``points``."""

    points: int
    lines: tuple[ScoreLine, ...]


def may_meet(event: Event, a: Participant, b: Participant) -> bool:
    """Return whether the kinds of ``a`` and ``b`` may meet."""
    return (a.kind, b.kind) in event.may_meet or (b.kind, a.kind) in event.may_meet


def explain_pair(event: Event, a: Participant, b: Participant) -> Score:
    """Return the score of the pair with its explanation, whether or not rules forbid the meeting.

    An event that gives affinities alone says what a pair is worth: one line, ``given`` (0 where it lists no such pair).
    Cost: the size of the two profiles; with given affinities, the length of that list.
    """
    if event.affinities is not None:
        pair = frozenset((a.id, b.id))
        points = next((given.score for given in event.affinities if frozenset(given.between) == pair), 0)
        return Score(points, (ScoreLine("given", points),))
    return score_pair(a, b, event.rules.weights)


def score_pair(a: Participant, b: Participant, weights: Weights) -> Score:
    """Return the score of ``a`` and ``b`` by the formula of the format, line by line; symmetric in points."""
    towards_a, towards_b = _need_lines(a, b, weights), _need_lines(b, a, weights)
    lines = towards_a + towards_b
    # A line of 0 points earned nothing: weights may be set to 0 by the organiser.
    if towards_a and towards_b and _points(towards_a) > 0 and _points(towards_b) > 0:
        lines.append(ScoreLine("reciprocity", weights.reciprocity))
    shared = [theme for theme in a.themes if theme in b.themes]
    lines += [ScoreLine("theme", weights.theme, None, theme) for theme in shared[: weights.themes_counted]]
    if a.wishes or b.wishes:
        lines += _wish_lines(a, b, weights)
        if b.id in a.wishes and a.id in b.wishes:
            lines.append(ScoreLine("mutual", weights.mutual))
    points = _points(lines)
    if points > 0 and a.zone is not None and a.zone == b.zone:
        lines.append(ScoreLine("zone", weights.zone, None, a.zone))
        points += weights.zone
    if points > 0 and (a.boost or b.boost):
        earned = points
        lines += [ScoreLine("boost", side.boost, side.id) for side in (a, b) if side.boost]
        points += a.boost + b.boost
        if points < 1 <= earned:
            lines.append(ScoreLine("floor", 1 - points))
            points = 1
    return Score(points, tuple(line for line in lines if line.points))


def _points(lines: list[ScoreLine]) -> int:
    return sum([line.points for line in lines])


def _need_lines(a: Participant, b: Participant, weights: Weights) -> list[ScoreLine]:
    """What the needs of ``a`` earn from the offers of ``b``."""
    offers, categories = b.offers, _categories(b.offers)
    lines = []
    for need in a.needs:
        if need in offers:
            lines.append(ScoreLine("need", weights.need, a.id, need))
        elif category_of(need) in categories:
            lines.append(ScoreLine("category", weights.category, a.id, need))
    return lines


def _wish_lines(a: Participant, b: Participant, weights: Weights) -> Iterator[ScoreLine]:
    for who, other in ((a, b), (b, a)):
        if other.id in who.wishes:
            rank = who.wishes.index(other.id)
            yield ScoreLine("wish", max(weights.wish_first - rank, weights.wish_last), who.id, str(rank))


# The same few profiles are held against each other again and again: each participant's against all others'.
@lru_cache(maxsize=16384)
def _categories(items: tuple[str, ...]) -> frozenset[str]:
    return frozenset(category_of(item) for item in items)


@lru_cache(maxsize=16384)
def category_of(item: str) -> str:
    """Return the category of a need, an offer: what stands before the dot."""
    return item.partition(".")[0]
