"""Replanning by the exact model alone, for events whose rules do not add up over places: differences of breaks, more
kinds of tables than can be counted as sets, and small ones in which it matters where those who stay seated are.

The tiers are optimised one after the other, each held at its best while the next is sought.
"""

from __future__ import annotations

import numpy as np

from scheduler.exact.model import Answer, ExactModel
from scheduler.feasibility.conflict import conflicting_requirements
from scheduler.format.errors import Infeasible, NoScheduleFound
from scheduler.problem.watch import Watch
from scheduler.replanning.situation import Plan, Situation

# CP-SAT's deterministic seconds for each tier.
_EFFORT = 20.0


def planned_exactly(situation: Situation, allowed: int, watch: Watch) -> Plan:
    """Return the plan with the fewest disruptions, or at most ``allowed``, then shortfall, value and breaks.

    Raises ``Infeasible`` and ``NoScheduleFound``. Cost: exponential at worst, bounded by a fixed effort a tier.
    """
    problem, keepable = situation.problem.widest, situation.keepable
    model = ExactModel(problem, np.arange(problem.units), all_held=False, settled=situation.settled.units.tolist())
    places = zip(keepable.units.tolist(), keepable.slots.tolist(), strict=True)
    kept = sum(model.x[place] for place in places)
    count = len(keepable.units)
    watch.tell("keeping")
    answer = model.minimise(count - kept, watch, hint=keepable, effort=_EFFORT, at_least=0)
    if answer.infeasible:
        raise Infeasible(problem.event, conflicting_requirements(problem, watch))
    if answer.placement is None:
        raise NoScheduleFound("the time was over before any legal schedule was found")
    best = answer.placement
    least = situation.lost + (answer.bound or 0)
    model.model.add(count - kept <= max(situation.disruptions(best), allowed) - situation.lost)
    watch.tell("choosing")
    answer = model.minimise(model.shortfall, watch, hint=best, effort=_EFFORT, at_least=0)
    best = answer.placement or best
    shortfall, shortfall_bound = problem.shortfall_of(best.units), _bound(answer, 0)
    model.model.add(model.shortfall <= shortfall)
    answer = model.minimise(-model.value, watch, hint=best, effort=_EFFORT)
    best = answer.placement or best
    value_bound = None if answer.bound is None else -answer.bound
    model.model.add(model.value >= problem.value_of(best.units))
    if situation.disruptions(best) > least:
        # What may go stays all the same where its going earns nothing.
        answer = model.minimise(count - kept, watch, hint=best, effort=_EFFORT, at_least=least - situation.lost)
        best = answer.placement or best
        model.model.add(count - kept <= situation.disruptions(best) - situation.lost)
    watch.tell("breaks")
    answer = model.minimise(model.breaks, watch, hint=best, effort=_EFFORT, at_least=0)
    best = answer.placement or best
    return Plan(best, situation.disruptions(best), least, shortfall_bound, value_bound, _bound(answer, 0))


def _bound(answer: Answer, otherwise: int) -> int:
    return otherwise if answer.bound is None else answer.bound
