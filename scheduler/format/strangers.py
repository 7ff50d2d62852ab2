"""What one participant is worth to each of many who know nothing of each other, without the explanation.

For who is held against a whole directory to see who comes first: the sums of `scheduler.format.score` over needs,
offers and themes are products of matrices that count them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from scheduler.format.event import Participant, Weights
from scheduler.format.score import category_of

Matrix = npt.NDArray[np.int64]


class Strangers:
    """Profiles as matrices: a row for each of `participants`, a column for each need, category, theme that any has.

    Cost: their profiles, once; some 3 kB a participant with the catalogue of needs that the web offers.
    """

    def __init__(self, participants: Sequence[Participant]) -> None:
        self._needs, self._offers = _counted(participants, lambda one: one.needs, lambda one: one.offers)
        self._near_needs, self._near_offers = _counted(
            participants, lambda one: map(category_of, one.needs), lambda one: map(category_of, one.offers)
        )
        self._themes, self._has_themes = _counted(participants, lambda one: one.themes, lambda one: one.themes)
        zones = {one.zone for one in participants}
        numbers = {zone: number for number, zone in enumerate(zones)}
        self._zones = np.array([numbers[one.zone] for one in participants], dtype=np.int64)
        self._nowhere = numbers.get(None, -1)

    def points(self, one: int, weights: Weights) -> list[int]:
        """The points of `score_pair` of the participant at `one` with each, in their order.

        As if nobody wished for anybody and nobody had a boost. What stands at `one` itself means nothing. Cost: a pass
        over the matrices; a tenth of a millisecond for five hundred.
        """
        exact, exact_back = self._offers @ self._needs[one], self._needs @ self._offers[one]
        # A need that is offered exactly is one of a category that is offered, and counts once.
        near = self._near_offers @ self._near_needs[one] - exact
        near_back = self._near_needs @ self._near_offers[one] - exact_back
        towards = weights.need * exact + weights.category * near
        back = weights.need * exact_back + weights.category * near_back
        points = towards + back + weights.reciprocity * ((towards > 0) & (back > 0))
        points += weights.theme * np.minimum(self._has_themes @ self._themes[one], weights.themes_counted)
        if self._zones[one] != self._nowhere:
            points += weights.zone * ((self._zones == self._zones[one]) & (points > 0))
        found: list[int] = points.tolist()
        return found


def _counted(
    participants: Sequence[Participant],
    wanted: Callable[[Participant], Iterable[str]],
    had: Callable[[Participant], Iterable[str]],
) -> tuple[Matrix, Matrix]:
    """How often each wants each item, and whether (1 or 0) each has it."""
    columns: dict[str, int] = {}
    for one in participants:
        for item in (*wanted(one), *had(one)):
            columns.setdefault(item, len(columns))
    wants, has = np.zeros((2, len(participants), len(columns)), dtype=np.int64)
    for row, one in enumerate(participants):
        for item in wanted(one):
            wants[row, columns[item]] += 1
        for item in had(one):
            has[row, columns[item]] = 1
    return wants, has
