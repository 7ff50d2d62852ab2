"""CP-SAT with the bounds that each of our searches has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ortools.sat.python import cp_model


def bounded_solver(effort: float, seed: int = 1, seconds: float = float("inf")) -> cp_model.CpSolver:
    """Return a solver of one thread that ends after ``effort`` in CP-SAT's deterministic seconds, or so many seconds.

    The effort alone gives the same answer on a busy machine. Ctrl-C is left to whoever watches the search.
    """
    # Loading it takes a moment that those who only read events do not pay.
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = effort
    solver.parameters.catch_sigint_signal = False
    if seconds < float("inf"):
        solver.parameters.max_time_in_seconds = max(0.01, seconds)
    return solver
