"""Short ways between tables: those who stay seated change tables as long as others then walk less.

Who goes from one table to another is fixed; which tables these are is a quadratic assignment on a line (Koopmans and
Beckmann, *Assignment problems and the location of economic activities*, 1957). Exchanging the best pairs
finds a good one at once; the number of moves between tables stays what it is.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from scheduler.problem.problem import IntArray

FloatArray = npt.NDArray[np.float64]

# Beyond this many tables all exchanges together take too long to weigh.
_MOST_TABLES = 200
_MOST_ROUNDS = 40


def nearer(
    chosen: Mapping[int, int],
    suiting: Mapping[int, frozenset[int]],
    wishes: Mapping[int, Mapping[int, int]],
    ways: Mapping[tuple[int, int], int],
    tables: int,
) -> dict[int, int]:
    """Return tables for the participants of ``chosen``, each at most as far from one another as there.

    ``ways`` counts who goes from one participant to another; tables are as far apart as they stand in the file. Each
    keeps to the tables that suit it, and no wish for a table is given up. Cost: O(T^3) a round, for T tables.
    """
    if tables > _MOST_TABLES or not ways or len(set(chosen.values())) < len(chosen):
        return dict(chosen)
    people = list(chosen)
    row = {p: k for k, p in enumerate(people)}
    # A table that nobody has is one more that may be exchanged.
    spare = sorted(set(range(tables)) - set(chosen.values()))
    place = np.array([*chosen.values(), *spare], dtype=np.int64)
    N = len(place)
    # Whole numbers, kept as floats because matrices of these multiply faster.
    flow = np.zeros((N, N))
    for (one, other), count in ways.items():
        flow[row[one], row[other]] += count
        flow[row[other], row[one]] += count
    suits = np.ones((N, tables), dtype=np.bool_)
    worth = np.zeros((N, tables), dtype=np.int64)
    for p, k in row.items():
        suits[k] = False
        suits[k, list(suiting[p])] = True
        for table, amount in wishes[p].items():
            worth[k, table] = amount
    for _ in range(_MOST_ROUNDS):
        change = _changes(flow, place)
        here = worth[np.arange(N), place]
        gained = worth[:, place] + worth[:, place].T - here[:, None] - here[None, :]
        change[~(suits[:, place] & suits[:, place].T & (gained >= 0))] = 0
        if not _exchanged(flow, place, change):
            break
    return {p: int(place[k]) for p, k in row.items()}


def _changes(flow: FloatArray, place: IntArray) -> FloatArray:
    """Return how much longer all ways are when two rows exchange their places: [rows, rows]."""
    apart = np.abs(place[:, None] - place[None, :]).astype(float)
    sums = flow @ apart
    own = np.diag(sums)
    found: FloatArray = sums + sums.T - own[:, None] - own[None, :] + 2 * flow * apart
    return found


def _exchanged(flow: FloatArray, place: IntArray, change: FloatArray) -> bool:
    """Exchange the places of disjoint pairs, the best first, that still make the ways shorter; say whether any did."""
    ones, others = np.nonzero(np.triu(change < 0))
    touched: set[int] = set()
    for k in np.argsort(change[ones, others], kind="stable").tolist():
        one, other = int(ones[k]), int(others[k])
        if one in touched or other in touched:
            continue
        apart_one, apart_other = np.abs(place - place[one]), np.abs(place - place[other])
        differs = (flow[one] - flow[other]) * (apart_other - apart_one)
        differs[[one, other]] = 0
        if differs.sum() < 0:
            place[[one, other]] = place[[other, one]]
            touched |= {one, other}
    return bool(touched)
