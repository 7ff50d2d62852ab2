"""Placements whose tables are to be chosen."""

import numpy as np

from scheduler.format.event import Event
from scheduler.problem.placement import Placement
from scheduler.problem.problem import Problem, build_problem


def placed(case: Event, at: dict[str, int]) -> tuple[Problem, Placement]:
    """The pairs of ``at`` in their slots."""
    problem = build_problem(case)
    ids = [participant.id for participant in case.participants]
    units = {f"{ids[a]} {ids[b]}": u for u, (a, b) in enumerate(zip(problem.a, problem.b, strict=True))}
    chosen = sorted((units[pair], slot) for pair, slot in at.items())
    return problem, Placement(np.array([u for u, _ in chosen]), np.array([s for _, s in chosen]))
