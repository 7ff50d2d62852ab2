"""When, where it is planned who is busy in which slots: matchings that keep to the plan, mostly.

A plan says for each participant when it meets, never whom, so it seldom can be followed to the letter. A participant
who misses a slot in the middle of a run has one break more; one who begins later, or is busy in a slot beside its run,
has none. The slots at both ends come first: what goes amiss then does so in the middle of the day, where those who may
begin or end are many.
"""

from __future__ import annotations

import numpy as np

from scheduler.problem.problem import BoolArray, IntArray, Problem
from scheduler.slotting.matching import GOING_ON, by_matchings, forced, inserted

# What a slot gains somebody for whom it is planned: within a run, at its edge (less with slots to spare), alone.
_WITHIN, _EDGE, _SPARE_EDGE, _ALONE = (round(share * GOING_ON) for share in (2.5, 2.0, 1.2, 1.0))
# And one for whom it is not: between two runs; where it is behind its plan, beside one or apart from all; where not.
_CLOSING, _BESIDE, _APART, _NEEDLESS = (round(share * GOING_ON) for share in (1.08, 0.9, 0.2, -2.0))


def slots_in_plan(problem: Problem, units: IntArray, wanted: BoolArray) -> IntArray:
    """Return a slot for each of ``units`` (``UNPLACED`` where none was found), near to ``wanted`` bool [P, S].

    Requires two sides; sees the rules that ``matching.slot_units`` sees, at the same cost.
    """
    order = sorted(range(problem.slots), key=lambda s: (-abs(2 * s - problem.slots + 1), s))
    return inserted(problem, units, by_matchings(problem, units, order, _Following(problem, units, wanted)))


class _Following:
    """What a slot gains each participant, by its plan and what came of it so far."""

    def __init__(self, problem: Problem, units: IntArray, wanted: BoolArray) -> None:
        self.problem, self.units, self.wanted = problem, units, wanted

    def __call__(self, s: int, slots: IntArray, open_slots: BoolArray, asked: IntArray) -> IntArray:
        problem, units = self.problem, self.units
        waiting = units[slots < 0]
        planned = self.wanted & open_slots
        spare = planned.sum(axis=1) - problem.degrees(waiting)
        before, after = (self._busy(s, s + step, slots, open_slots) for step in (-1, 1))
        within, beside = before & after, before | after
        following = np.where(within, _WITHIN, np.where(beside, np.where(spare > 0, _SPARE_EDGE, _EDGE), _ALONE))
        leaving = np.where(within, _CLOSING, np.where(spare >= 0, _NEEDLESS, np.where(beside, _BESIDE, _APART)))
        gain = np.where(self.wanted[:, s], following, leaving) + forced(problem, waiting, open_slots)
        a, b = problem.a[units[asked]], problem.b[units[asked]]
        # A meeting that has few slots left in the plans of both goes before one that has many.
        together = np.maximum((planned[a] & planned[b]).sum(axis=1), 1)
        return np.asarray(gain[a] + gain[b] + GOING_ON // together, dtype=np.int64)

    def _busy(self, s: int, neighbour: int, slots: IntArray, open_slots: BoolArray) -> BoolArray:
        """Return bool [P]: who is busy in the slot beside ``s``, or will be as planned; nobody on another day."""
        problem = self.problem
        if not 0 <= neighbour < problem.slots or problem.day[neighbour] != problem.day[s]:
            return np.zeros(problem.participants, dtype=np.bool_)
        if open_slots[neighbour]:
            return self.wanted[:, neighbour]
        return problem.degrees(self.units[slots == neighbour]) > 0
