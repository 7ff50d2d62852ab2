"""The plain model given to HiGHS as a mixed-integer program, one objective after the other, as for CP-SAT."""

from __future__ import annotations

import math
import time

import highspy
import numpy as np

from scheduler.problem.problem import BoolArray, IntArray, Problem
from tests.benchmarks.alternatives.answers import Answer
from tests.benchmarks.alternatives.plain_model import NO_LIMIT, OBJECTIVES, PlainModel, plain_model


def answer(problem: Problem, seconds: float) -> Answer:
    """Return the best found in ``seconds``, with what HiGHS proves of each objective."""
    end = time.monotonic() + seconds
    plain = plain_model(problem)
    solver = _translated(plain)
    held: BoolArray | None = None
    bounds: dict[str, int] = {}
    for name in OBJECTIVES:
        terms = plain.objectives[name]
        if not terms.any():
            bounds[name] = 0
            if held is not None or name != OBJECTIVES[-1]:
                continue
        _aim(solver, terms)
        if held is not None:
            solution = highspy.HighsSolution()
            solution.col_value = held.astype(float).tolist()
            solver.setSolution(solution)
        left = end - time.monotonic()
        # The clock of HiGHS goes on from one run to the next.
        allowed = max(0.05, left if name == OBJECTIVES[-1] else left * 2 / 3)
        solver.setOptionValue("time_limit", solver.getRunTime() + allowed)
        solver.run()
        if solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            return Answer(None, infeasible=True)
        information = solver.getInfo()
        if information.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            break
        held = np.array(solver.getSolution().col_value) > 0.5
        if math.isfinite(information.mip_dual_bound):
            limit = math.ceil(information.mip_dual_bound - 1e-6)
            bounds[name] = -limit if name == "value" else limit
        _hold(solver, terms, int(terms[held].sum()))
    if held is None:
        return Answer(None)
    return Answer(plain.placement(held), bounds)


def _translated(plain: PlainModel) -> highspy.Highs:
    rows, columns = plain.matrix.shape
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = columns, rows
    model.col_cost_ = np.zeros(columns)
    model.col_lower_, model.col_upper_ = np.zeros(columns), np.ones(columns)
    # A large number in place of infinity would spoil the scaling.
    model.row_lower_ = np.where(plain.low > -NO_LIMIT, plain.low, -highspy.kHighsInf)
    model.row_upper_ = np.where(plain.high < NO_LIMIT, plain.high, highspy.kHighsInf)
    model.integrality_ = [highspy.HighsVarType.kInteger] * columns
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = plain.matrix.indptr
    model.a_matrix_.index_ = plain.matrix.indices
    model.a_matrix_.value_ = plain.matrix.data.astype(float)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.passModel(model)
    return solver


def _aim(solver: highspy.Highs, terms: IntArray) -> None:
    columns = np.arange(len(terms), dtype=np.int32)
    solver.changeColsCost(len(columns), columns, terms.astype(float))


def _hold(solver: highspy.Highs, terms: IntArray, most: int) -> None:
    """Keep the objective from getting worse than it is."""
    used = np.flatnonzero(terms).astype(np.int32)
    solver.addRow(-highspy.kHighsInf, float(most), len(used), used, terms[used].astype(float))
