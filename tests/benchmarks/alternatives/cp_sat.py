"""The plain model given to OR-Tools CP-SAT, one objective after the other, each with two thirds of the time left."""

from __future__ import annotations

import math
import os
import time

from ortools.sat.python import cp_model

from scheduler.problem.problem import BoolArray, Problem
from tests.benchmarks.alternatives.answers import Answer
from tests.benchmarks.alternatives.plain_model import OBJECTIVES, PlainModel, plain_model


def answer(problem: Problem, seconds: float) -> Answer:
    """Return the best found in ``seconds``, with what CP-SAT proves of each objective."""
    import numpy as np

    end = time.monotonic() + seconds
    plain = plain_model(problem)
    model, columns = _translated(plain)
    held: BoolArray | None = None
    bounds: dict[str, int] = {}
    for name in OBJECTIVES:
        terms = plain.objectives[name]
        used = np.flatnonzero(terms)
        if not len(used):
            bounds[name] = 0
            if held is not None or name != OBJECTIVES[-1]:
                continue
        objective = cp_model.LinearExpr.weighted_sum([columns[c] for c in used], terms[used].tolist())
        model.minimize(objective)
        model.clear_hints()  # type: ignore[no-untyped-call]
        if held is not None:
            for column, value in zip(columns, held.tolist(), strict=True):
                model.add_hint(column, value)
        solver = cp_model.CpSolver()
        left = end - time.monotonic()
        solver.parameters.max_time_in_seconds = max(0.05, left if name == OBJECTIVES[-1] else left * 2 / 3)
        solver.parameters.num_workers = os.cpu_count() or 1
        status = solver.solve(model)
        if status == cp_model.INFEASIBLE:
            return Answer(None, infeasible=True)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            break
        held = np.array([solver.boolean_value(column) for column in columns], dtype=np.bool_)
        reached = int(terms[held].sum())
        limit = math.ceil(solver.best_objective_bound - 1e-6)
        bounds[name] = -limit if name == "value" else limit
        model.add(objective <= reached)
    if held is None:
        return Answer(None)
    return Answer(plain.placement(held), bounds)


def _translated(plain: PlainModel) -> tuple[cp_model.CpModel, list[cp_model.IntVar]]:
    model = cp_model.CpModel()
    columns = [model.new_bool_var("") for _ in range(plain.matrix.shape[1])]
    starts, entries = plain.matrix.indptr.tolist(), plain.matrix.indices.tolist()
    values = plain.matrix.data.tolist()
    for row, (low, high) in enumerate(zip(plain.low.tolist(), plain.high.tolist(), strict=True)):
        own = slice(starts[row], starts[row + 1])
        among = [columns[c] for c in entries[own]]
        if low <= 0 and high == 1 and all(value == 1 for value in values[own]):
            model.add_at_most_one(among)
        else:
            model.add_linear_constraint(cp_model.LinearExpr.weighted_sum(among, values[own]), low, high)
    return model, columns
