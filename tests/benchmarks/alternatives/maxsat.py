"""The plain model as MaxSAT for PySAT's RC2 (Ignatiev, Morgado, Marques-Silva 2019): a soft clause for each break.

RC2 proves its way up from below, so it has nothing to show before it is done.
"""

from __future__ import annotations

from pysat.card import CardEnc, EncType
from pysat.examples.rc2 import RC2
from pysat.formula import WCNF

from scheduler.problem.problem import Problem
from tests.benchmarks.alternatives.answers import Answer, only_required
from tests.benchmarks.alternatives.plain_model import PlainModel, plain_model


def answer(problem: Problem, seconds: float) -> Answer:
    """Return the fewest breaks, or that nothing is legal. Raises ``ValueError`` where not all is required."""
    import numpy as np

    only_required(problem)
    plain = plain_model(problem)
    with RC2(_translated(plain)) as solver:
        found = solver.compute()
    if found is None:
        return Answer(None, infeasible=True)
    held = np.array(found[: plain.matrix.shape[1]]) > 0
    placement = plain.placement(held)
    breaks = int(plain.objectives["breaks"][held].sum())
    value = problem.value_of(placement.units)
    return Answer(placement, {"shortfall": problem.shortfall_of(placement.units), "value": value, "breaks": breaks})


def _translated(plain: PlainModel) -> WCNF:
    """Return clauses for each row, whose coefficients are 1 and -1: the negation of a literal turns -1 into 1."""
    formula = WCNF()
    columns = plain.matrix.shape[1]
    top = columns
    # Every column gets its number even where no clause names it.
    formula.nv = columns
    starts, entries, values = (
        array.tolist() for array in (plain.matrix.indptr, plain.matrix.indices, plain.matrix.data)
    )
    for row, (low, high) in enumerate(zip(plain.low.tolist(), plain.high.tolist(), strict=True)):
        own = slice(starts[row], starts[row + 1])
        literals = [c + 1 if value > 0 else -(c + 1) for c, value in zip(entries[own], values[own], strict=True)]
        negated = sum(value < 0 for value in values[own])
        least, most = low + negated, high + negated
        for encode, bound, binding in (
            (CardEnc.atleast, least, least > 0),
            (CardEnc.atmost, most, most < len(literals)),
        ):
            if binding and not 0 <= bound <= len(literals):
                formula.append([])
            elif binding:
                for clause in encode(literals, bound=bound, top_id=top, encoding=EncType.seqcounter).clauses:
                    formula.append(clause)
                    top = max(top, *map(abs, clause))
    for column in plain.objectives["breaks"].nonzero()[0].tolist():
        formula.append([-(column + 1)], weight=1)
    return formula
