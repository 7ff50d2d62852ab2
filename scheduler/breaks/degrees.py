"""How many meetings each participant should have, where only some optimal selections hold a unit.

At given prices of slots the cheapest patterns say what each number of meetings costs a participant. Which units of the
face are then best is a linear program of a row for each participant whose meetings vary; its duals are what another
meeting is worth to each of them, so that the prices are as good over the whole face as for one of its selections.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scheduler.breaks.cheapest import IMPOSSIBLE, CheapestPatterns
from scheduler.breaks.duties import Duties
from scheduler.breaks.prices import FloatArray, Kept, Prices
from scheduler.problem.problem import NO_TABLE, IntArray, Problem
from scheduler.selecting.face import Face


def with_meetings_priced(
    problem: Problem, face: Face, kept: Kept, duties: Duties, prices: Prices, time_limit: float
) -> tuple[Prices, FloatArray] | None:
    """Return ``prices`` with what meetings, value and shortfall cost over ``face``, and how far each unit is used.

    ``prices`` are of slots alone. ``None`` where there was no time. Cost: one linear program of about as many columns
    as units and participants vary.
    """
    if not len(face.sometimes):
        return prices, np.zeros(0)
    # Loading it takes half a second, which those who need no linear program do not pay.
    from scipy import optimize, sparse

    varying = np.flatnonzero(problem.degrees(face.sometimes))
    patterns = CheapestPatterns(problem, duties.of(varying))
    costs = patterns.by_total(prices.slots[varying], *prices.costs)
    # One column for each participant and number of meetings, then one for each unit.
    who, total = np.nonzero(costs < IMPOSSIBLE)
    row_of = np.full(problem.participants, -1, dtype=np.int64)
    row_of[varying] = np.arange(len(varying))
    units, choices, size = face.sometimes, len(who), len(varying)
    columns, numbers = np.arange(choices), choices + np.arange(len(units))
    ends = (row_of[problem.a[units]], row_of[problem.b[units]])
    equal = sparse.csr_array(
        (
            np.concatenate([np.ones(choices), total, -np.ones(2 * len(units))]),
            (
                np.concatenate([who, size + who, size + ends[0], size + ends[1]]),
                np.concatenate([columns, columns, numbers, numbers]),
            ),
        ),
        shape=(2 * size, choices + len(units)),
    )
    held = problem.degrees(face.always)
    settled = problem.degrees(units) == 0
    short = np.maximum(problem.minimum[varying][who] - total, 0)
    most, limits = [], []
    if kept.value is not None:
        most.append(np.concatenate([-problem.earned_by(total), -problem.score[units]]))
        limits.append(int(problem.score[face.always].sum()) + problem.coverage_of(held * settled) - kept.value)
    if kept.shortfall is not None:
        most.append(np.concatenate([short, np.zeros(len(units), dtype=np.int64)]))
        limits.append(kept.shortfall - int((np.maximum(problem.minimum - held, 0) * settled).sum()))
    seated = problem.table_type != NO_TABLE
    if problem.tables:
        # All places together; which of them is for the prices of slots to say.
        most.append(np.concatenate([np.zeros(choices, dtype=np.int64), seated[units]]))
        limits.append(problem.tables * problem.slots - int(seated[face.always].sum()))
    # Where prices have no wish of their own, one selection and not a mixture of some.
    preferred = np.zeros(len(units)) if prices.slots.any() else np.linspace(0.0, 1e-3, len(units))
    result = optimize.linprog(
        np.concatenate([costs[who, total] / prices.denominator, preferred]),
        A_eq=equal,
        b_eq=np.concatenate([np.ones(size), held[varying]]),
        **({"A_ub": np.array(most), "b_ub": np.array(limits)} if most else {}),
        bounds=np.column_stack([np.zeros(choices + len(units)), np.repeat([np.inf, 1.0], [choices, len(units)])]),
        method="highs",
        options={} if np.isinf(time_limit) else {"time_limit": max(time_limit, 0.1)},
    )
    if result.status != 0:
        return None
    more: IntArray = np.zeros(problem.participants, dtype=np.int64)
    more[varying] = np.rint(-result.eqlin.marginals[size:] * prices.denominator)
    tiers = iter(np.rint(-result.ineqlin.marginals * prices.denominator).astype(np.int64).tolist() if most else ())
    value = next(tiers) if kept.value is not None else 0
    shortfall = next(tiers) if kept.shortfall is not None else 0
    tables = prices.tables + (max(next(tiers), 0) if problem.tables else 0)
    priced = replace(prices, slots=prices.slots + more[:, None], tables=tables, value=value, shortfall=shortfall)
    return priced, result.x[choices:]
