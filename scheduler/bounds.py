"""Proven limits on the tiers after value, over all schedules that are as good in the tiers before."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scheduler.placement import Placement
from scheduler.problem import Problem
from scheduler.tiers import worth
from scheduler.watch import Watch

# Up to this many unit-slot pairs the exact model is asked over every selection.
_LARGEST_EXACT = 4_000


def break_bound(
    problem: Problem, best: Placement, watch: Watch, better: Callable[[Placement], None] = lambda _: None
) -> int:
    """Return a number of breaks that no schedule of the shortfall and value of ``best`` can go below.

    On small events by the exact model over all selections, which may find fewer breaks on its way (told to
    ``better``); otherwise 0, which always holds.
    """
    shortfall, value, breaks, _ = worth(problem, best)
    if breaks == 0 or problem.allowed.sum() > _LARGEST_EXACT or watch.over():
        return 0
    # Loading the solver behind it takes a second, which most events never need.
    from scheduler.exact import ExactModel

    model = ExactModel(problem, np.arange(problem.units), all_held=False)
    model.model.add(model.shortfall <= shortfall)
    model.model.add(model.value >= value)
    answer = model.minimise(model.breaks, watch, hint=best, effort=20.0, at_least=0)
    if answer.placement is not None:
        better(answer.placement)
    return answer.bound or 0
