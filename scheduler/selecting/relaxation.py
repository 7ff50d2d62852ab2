"""The event with its slots added up: linear rows that every schedule respects, and exact bounds from their duals.

A schedule that respects every slot respects every sum over slots; so the best solution of these rows is worth at
least as much as the best schedule. Floating-point duals are only a hint here: any non-negative multipliers give a
valid bound by weak duality, and that bound is evaluated in integers (Neumaier and Shcherbina, *Safe bounds in linear
and mixed-integer linear programming*, 2004). So no rounding error can make a bound wrong.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from scheduler.format.proof import DualsProof, Row
from scheduler.problem.problem import BoolArray, IntArray, Problem
from scheduler.selecting.matrix import Rows
from scheduler.selecting.shapes import shapes
from scheduler.selecting.side_rows import side_rows

if TYPE_CHECKING:
    from scipy import optimize, sparse

FloatArray = npt.NDArray[np.float64]

# Sums beyond this might wrap around in 64 bits: such a denominator gives no bound.
_LARGEST_SUM = 2.0**61
_NO_BOUND = 2**62
# How far above a whole number the search's own bound may be by rounding alone.
_ROUNDING = 1e-4
# Duals of such programs are multiples of small fractions; each denominator gives a valid bound, the best is taken.
_DENOMINATORS = (1, 2, 3, 4, 6, 12, 1000)


@dataclass(frozen=True)
class Relaxation:
    """Integer rows ``matrix @ x <= limits`` over units and runs of meetings, ``lower <= x <= upper``.

    The first ``count`` columns are units (0 or 1); then come, participant by participant, the runs of ``shapes``.
    ``worth`` is tier 2 of a solution, ``avoided`` the shortfall that it avoids; both int, one entry a column.
    ``names`` are the rows as a proof names them (``scheduler.format.proof``), where they can be named. The last
    ``choices`` columns are whole numbers too.
    """

    count: int
    matrix: sparse.csr_array
    limits: IntArray
    lower: IntArray
    upper: IntArray
    worth: IntArray
    avoided: IntArray
    names: tuple[Row, ...] = ()
    choices: int = 0

    @staticmethod
    def of(problem: Problem) -> Relaxation:
        """Return the relaxation of ``problem``."""
        runs = [shapes(problem, p) for p in range(problem.participants)]
        ids = [participant.id for participant in problem.event.participants]
        names: list[Row] = []
        U = problem.units
        rows = Rows()
        column = U
        ones = np.ones(U + sum(map(len, runs)), dtype=np.int64)
        upper, worth, avoided = (
            [problem.allowed.any(axis=1).astype(np.int64)],
            [problem.score],
            [np.zeros(U, dtype=np.int64)],
        )
        for p, units in enumerate(problem.units_of):
            columns = np.arange(column, column + len(runs[p]))
            column += len(runs[p])
            coefficients = np.concatenate([ones[units], -ones[columns]])
            ends = np.concatenate([units, columns])
            rows.add(ends, coefficients, 0)
            rows.add(ends, -coefficients, 0)
            names += [("meetings", ids[p]), ("turns", ids[p])]
            upper.append(np.array([length for length, _, _ in runs[p]], dtype=np.int64))
            worth.append(np.array([earned for _, _, earned in runs[p]], dtype=np.int64))
            avoided.append(np.array([saved for _, saved, _ in runs[p]], dtype=np.int64))
        for name, units, limit in side_rows(problem):
            rows.add(units, ones[units], limit)
            names.append(name)
        highest = np.concatenate(upper)
        lowest = np.zeros(column, dtype=np.int64)
        lowest[:U][problem.required] = 1
        matrix, limits = rows.built(column)
        parts = matrix, limits, lowest, highest, np.concatenate(worth), np.concatenate(avoided)
        return Relaxation(U, *parts, tuple(names))

    def with_row(self, coefficients: IntArray, limit: int, *, name: Row | None = None) -> Relaxation:
        """Return this relaxation with the row ``coefficients @ x <= limit`` added; without a name nothing has one."""
        from scipy import sparse

        matrix = sparse.csr_array(sparse.vstack([self.matrix, sparse.csr_array(coefficients[None, :])]))
        names = (*self.names, name) if self.names and name is not None else ()
        return replace(self, matrix=matrix, limits=np.append(self.limits, limit), names=names)

    def with_shortfall(self, shortfall: int, all_minimums: int) -> Relaxation:
        """Return this relaxation for solutions of no more than this ``shortfall``.

        With the row of the value beside it, lexicographic optima of any shortfall are as narrow a face as those of 0.
        """
        return self.with_row(-self.avoided, shortfall - all_minimums, name=("shortfall",))

    def with_choices(self, most: IntArray, rows: Sequence[tuple[IntArray, IntArray, int]]) -> Relaxation:
        """Return this relaxation with columns from 0 to ``most`` more, worth nothing, and unnamed ``rows`` over all.

        A row is its columns, their coefficients and its limit.
        """
        from scipy import sparse

        count = len(most)
        width = len(self.worth) + count
        gathered = Rows()
        for columns, coefficients, limit in rows:
            gathered.add(columns, coefficients, limit)
        matrix, limits = gathered.built(width)
        wider = sparse.hstack([self.matrix, sparse.csr_array((len(self.limits), count))])
        nothing = np.zeros(count, dtype=np.int64)
        return Relaxation(
            count=self.count,
            matrix=sparse.csr_array(sparse.vstack([wider, matrix])),
            limits=np.concatenate([self.limits, limits]),
            lower=np.concatenate([self.lower, nothing]),
            upper=np.concatenate([self.upper, most]),
            worth=np.concatenate([self.worth, nothing]),
            avoided=np.concatenate([self.avoided, nothing]),
            choices=count,
        )

    def units_of(self, solution: FloatArray) -> IntArray:
        """Return the units that ``solution`` holds, ascending."""
        return np.flatnonzero(solution[: self.count] > 0.5)


@dataclass(frozen=True, slots=True)
class Optimum:
    """A solution, the integer value of its objective, and a proven upper bound on it; why, where rows have names.

    ``searched`` is the bound that the integer program has come to by its own search.
    """

    solution: FloatArray
    value: int
    bound: int
    searched: int
    proof: DualsProof | None = None


def _linear(relaxation: Relaxation, objective: IntArray, time_limit: float = float("inf")) -> optimize.OptimizeResult:
    """Return the linear program's solution of greatest ``objective``, with the duals of its rows."""
    # Loading it takes half a second, which those who need no linear program do not pay.
    from scipy import optimize

    return optimize.linprog(
        -objective.astype(float),
        A_ub=relaxation.matrix,
        b_ub=relaxation.limits,
        bounds=np.column_stack([relaxation.lower, relaxation.upper]),
        method="highs",
        options={} if np.isinf(time_limit) else {"time_limit": max(time_limit, 0.1)},
    )


def maximise(relaxation: Relaxation, objective: IntArray, time_limit: float = float("inf")) -> Optimum | None:
    """Return an integral solution of greatest ``objective`` with its bound; ``None`` where no solution exists.

    The linear program comes first: where it is integral already, as on two-sided events, nothing else is needed.
    Raises ``TimeoutError`` where the limit (seconds) passed before any solution was found.
    """
    if not len(objective):
        # Nobody can meet anybody; the linear solver refuses programs of no columns.
        return Optimum(np.zeros(0), 0, 0, 0)
    from scipy import optimize

    bounds = optimize.Bounds(relaxation.lower, relaxation.upper)
    linear = _linear(relaxation, objective, time_limit)
    if linear.status == 2:
        return None
    if linear.status != 0:
        raise TimeoutError
    bound, proof = proven_bound(relaxation, objective, -linear.ineqlin.marginals)
    solution, searched = linear.x, bound
    if np.abs(solution - np.round(solution)).max(initial=0.0) > 1e-6:
        integral = np.zeros(len(objective), dtype=np.int64)
        integral[: relaxation.count] = 1
        integral[len(integral) - relaxation.choices :] = 1
        mixed = optimize.milp(
            -objective.astype(float),
            constraints=optimize.LinearConstraint(relaxation.matrix, -np.inf, relaxation.limits),
            bounds=bounds,
            integrality=integral,
            options={} if np.isinf(time_limit) else {"time_limit": max(time_limit, 0.1)},
        )
        if mixed.status == 2:
            return None
        if mixed.x is None:
            raise TimeoutError
        solution = mixed.x
        if mixed.mip_dual_bound is not None:
            searched = min(bound, math.floor(_ROUNDING - mixed.mip_dual_bound))
    solution = np.round(solution)
    return Optimum(solution, int(objective @ solution.astype(np.int64)), bound, searched, proof)


@dataclass(frozen=True, slots=True)
class Relaxed:
    """A solution of the linear program, perhaps in parts, and a proven upper bound: ``total`` over ``denominator``.

    ``reduced`` int [columns] are the reduced costs, times ``denominator``: what a column adds to the bound.
    """

    solution: FloatArray
    total: int
    denominator: int
    reduced: IntArray

    @property
    def bound(self) -> int:
        return self.total // self.denominator


def relaxed(relaxation: Relaxation, objective: IntArray, time_limit: float = float("inf")) -> Relaxed | None:
    """Return the linear program's optimum of ``objective``; ``None`` where there is none, or not in time (seconds).

    Cost: one linear program, O(non-zeros) for each denominator tried.
    """
    linear = _linear(relaxation, objective, time_limit)
    if linear.status != 0:
        return None
    duals = np.maximum(-linear.ineqlin.marginals, 0)
    found = [
        Relaxed(linear.x, total, denominator, reduced)
        for denominator, total, reduced in _by_denominators(relaxation, objective, duals)
    ]
    return min(found, key=lambda one: (one.total / one.denominator, one.denominator), default=None)


def proven_bound(relaxation: Relaxation, objective: IntArray, duals: FloatArray) -> tuple[int, DualsProof | None]:
    """Return an upper bound on ``objective`` over ``relaxation``, valid whatever ``duals`` are, and its proof.

    ``None``: the rows have no names, or no denominator gives a bound. Cost: O(non-zeros) for each denominator tried.
    """
    multipliers = np.maximum(duals, 0)
    found = _by_denominators(relaxation, objective, multipliers)
    bound, best = min(((total // denominator, denominator) for denominator, total, _ in found), default=(_NO_BOUND, 0))
    return bound, _named(relaxation, multipliers, best) if best else None


def _named(relaxation: Relaxation, multipliers: FloatArray, denominator: int) -> DualsProof | None:
    """Return ``multipliers`` rounded to the ``denominator`` as weights of named rows; ``None`` where they have none."""
    if not relaxation.names:
        return None
    weights = np.rint(multipliers * denominator).astype(np.int64).tolist()
    rows = tuple((name, weight) for name, weight in zip(relaxation.names, weights, strict=True) if weight)
    return DualsProof(denominator=denominator, rows=rows)


def loose_columns(relaxation: Relaxation, objective: IntArray, value: int) -> tuple[BoolArray, DualsProof | None]:
    """Return bool [columns]: those that may differ between solutions worth ``value`` or more; others keep a bound.

    By weak duality whoever leaves the bound at which a column's reduced cost is best loses at least that cost; with
    the weights of rows that say so, ``None`` where rows have no names. All columns may differ where the program cannot
    be solved. Cost: one linear program, then O(non-zeros) for each denominator.
    """
    loose, proof = np.ones(len(objective), dtype=np.bool_), None
    if not len(objective):
        return loose, proof
    linear = _linear(relaxation, objective)
    if linear.status != 0:
        return loose, proof
    duals = np.maximum(-linear.ineqlin.marginals, 0)
    for denominator, total, reduced in _by_denominators(relaxation, objective, duals):
        still_loose = total - np.abs(reduced) >= denominator * value
        if still_loose.sum() < loose.sum():
            loose, proof = still_loose, _named(relaxation, duals, denominator)
    return loose, proof


def _by_denominators(
    relaxation: Relaxation, objective: IntArray, duals: FloatArray
) -> Iterator[tuple[int, int, IntArray]]:
    """Yield each denominator that gives a bound, with that bound and the reduced costs, both times it."""
    parts = relaxation.matrix, relaxation.limits, relaxation.lower, relaxation.upper, objective, duals
    for denominator in _DENOMINATORS:
        found = _reduced(*parts, denominator)
        if found is not None:
            yield denominator, *found


def _reduced(
    matrix: sparse.csr_array,
    limits: IntArray,
    lower: IntArray,
    upper: IntArray,
    objective: IntArray,
    multipliers: FloatArray,
    denominator: int,
) -> tuple[int, IntArray] | None:
    """Return an upper bound on ``objective @ x`` where ``lower <= x <= upper`` and ``matrix @ x <= limits``.

    For multipliers ``y`` of at least 0 every solution has ``c x <= y b + sum of max over its bounds of (c - y A) x``.
    They are rounded to the ``denominator`` and all of it is computed in integers: the bound and the reduced costs
    ``c - y A``, both times the denominator; ``None`` where 64 bits do not hold them.
    """
    y = np.rint(multipliers * denominator).astype(np.int64)
    largest = np.maximum(np.abs(lower), np.abs(upper)).astype(float)
    size = float(np.abs(y).astype(float) @ np.abs(limits)) + float(
        (denominator * np.abs(objective).astype(float) + np.abs(matrix).T @ np.abs(y).astype(float)) @ largest
    )
    if size > _LARGEST_SUM:
        return None
    reduced = denominator * objective - matrix.T.astype(np.int64) @ y
    return int(y @ limits) + int(np.maximum(reduced * lower, reduced * upper).sum()), reduced
