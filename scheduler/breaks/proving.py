"""Prices as a proof that a schedule file carries (``scheduler.format.proof.PatternsProof``)."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from scheduler.breaks.prices import Prices
from scheduler.format.proof import LARGEST_PRICE, PatternsProof, SlotPrices
from scheduler.problem.problem import IntArray, Problem
from scheduler.selecting.face import Face


def patterns_proof(problem: Problem, face: Face, prices: Prices) -> PatternsProof | None:
    """Return the proof that ``prices`` make over ``face``; ``None`` where nothing says why that is all there is.

    Participants whose prices differ by the same in every slot share one row. Cost: O(P S), and that of the face.
    """
    settled = None if problem.required.all() else face.settled()
    if settled is None and not _is_everything(problem, face):
        return None
    if max(int(np.abs(prices.slots).max(initial=0)), abs(prices.value), abs(prices.shortfall)) > LARGEST_PRICE:
        return None
    ids = [participant.id for participant in problem.event.participants]
    sharing: dict[bytes, list[int]] = defaultdict(list)
    level = prices.slots.max(axis=1)
    for p, row in enumerate(prices.slots - level[:, None]):
        sharing[row.tobytes()].append(p)
    rows, meetings = [], []
    for sharers in sharing.values():
        # The level of most is part of the row, so that few have a price of their own.
        levels, counts = np.unique(level[sharers], return_counts=True)
        usual = int(levels[counts.argmax()])
        slots = prices.slots[sharers[0]] - level[sharers[0]] + usual
        if slots.any():
            rows.append(SlotPrices(participants=tuple(ids[p] for p in sharers), slots=tuple(slots.tolist())))
        meetings += [(ids[p], int(level[p]) - usual) for p in sharers if level[p] != usual]
    return PatternsProof(
        denominator=prices.denominator,
        prices=tuple(rows),
        meetings=tuple(meetings),
        tables=tuple(prices.tables.tolist()) if prices.tables.any() else (),
        value=prices.value,
        shortfall=prices.shortfall,
        breaks=prices.breaks,
        settled=settled,
    )


def _is_everything(problem: Problem, face: Face) -> bool:
    """Return whether ``face`` takes nothing as settled but what is required."""
    held: IntArray = np.flatnonzero(problem.required)
    return np.array_equal(face.always, held) and len(held) + len(face.sometimes) == problem.units
