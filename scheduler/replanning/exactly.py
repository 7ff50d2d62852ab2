"""Replanning by the exact model alone, for events whose rules do not add up over places: differences of breaks, more
kinds of tables than can be counted as sets, and small ones in which it matters where those who stay seated are.

The tiers are optimised one after the other, each held at its best while the next is sought.
"""

from __future__ import annotations

import numpy as np

from scheduler.exact.model import ExactModel
from scheduler.exact.tiers import TierByTier
from scheduler.feasibility.conflict import conflicting_requirements
from scheduler.format.errors import Infeasible, NoScheduleFound
from scheduler.problem.placement import Placement
from scheduler.problem.watch import Watch
from scheduler.problem.worth import worth as worth_of
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
    worth, tiers = model.add_worth(), TierByTier(model, watch, _EFFORT)

    def gone(best: Placement) -> int:
        return situation.disruptions(best) - situation.lost

    watch.tell("keeping")
    fewest = tiers.lower(
        count - kept, lambda best: max(gone(best), allowed - situation.lost), at_least=0, hint=keepable
    )
    if tiers.infeasible:
        raise Infeasible(problem.event, conflicting_requirements(problem, watch))
    if tiers.best is None:
        raise NoScheduleFound()
    least = situation.lost + (fewest or 0)
    watch.tell("choosing")
    shortfall = tiers.lower(worth.shortfall, lambda best: problem.shortfall_of(best.units), at_least=0)
    value = tiers.lower(-worth.value, lambda best: -problem.value_of(best.units))
    if situation.disruptions(tiers.best) > least:
        # What may go stays all the same where its going earns nothing.
        tiers.lower(count - kept, gone, at_least=least - situation.lost)
    watch.tell("breaks")
    breaks = tiers.lower(model.add_breaks().total, lambda best: worth_of(problem, best)[2], at_least=0)
    most = None if value is None else -value
    return Plan(tiers.best, situation.disruptions(tiers.best), least, shortfall or 0, most, breaks or 0)
