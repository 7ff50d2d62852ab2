"""What is known of when somebody meets, whichever selection of a face is held.

Counted in meetings, not in busy slots: two delegates may hold two in one slot.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scheduler.problem.problem import BoolArray, IntArray, Problem
from scheduler.selecting.face import Face


@dataclass(frozen=True, slots=True)
class Duties:
    """What each of N participants (or groups of like ones) keeps to.

    ``fewest`` and ``most`` int [N]: the meetings of the whole event, at least and at most. ``by_then`` and ``at_most``
    int [N, S]: those up to and including each slot. ``fixed`` and ``room`` int [N, S]: those of the slot itself.
    """

    fewest: IntArray
    most: IntArray
    by_then: IntArray
    at_most: IntArray
    fixed: IntArray
    room: IntArray

    def of(self, chosen: IntArray) -> Duties:
        """Return the duties of the ``chosen`` positions, in that order."""
        return Duties(
            self.fewest[chosen],
            self.most[chosen],
            self.by_then[chosen],
            self.at_most[chosen],
            self.fixed[chosen],
            self.room[chosen],
        )

    @property
    def rows(self) -> IntArray:
        """Everything of each participant in one row, so that like ones have equal rows."""
        counts = (self.fewest[:, None], self.most[:, None], self.by_then, self.at_most, self.fixed, self.room)
        return np.concatenate(counts, axis=1)


def duties_of(problem: Problem, face: Face, *, partners: bool = True) -> Duties:
    """Return the duties of all participants under the selections of ``face``.

    Meetings confined to the slots up to some slot are held by then, those confined to later ones are not yet. Without
    ``partners`` it is left out when those are there whom somebody meets, so that more participants have like duties.
    Cost: O(U S).
    """
    always, every = face.always, np.concatenate([face.always, face.sometimes])
    held = problem.degrees(always)
    delegates = np.minimum(problem.delegates, problem.participants)
    room: IntArray = problem.available.astype(np.int64) * delegates[:, None]
    if partners:
        room = np.minimum(room, _counted(problem, every, problem.allowed[every]))
    sooner = np.cumsum(room, axis=1)
    in_all = sooner[:, -1]
    most = np.minimum(np.minimum(held + problem.degrees(face.sometimes), problem.maximum), in_all)
    # Who is there from when to when says enough of those whom no rule confines.
    confined = always if partners else always[problem.rule[always] >= 0]
    allowed = problem.allowed[confined]
    slots = np.arange(problem.slots)
    last = problem.slots - 1 - allowed[:, ::-1].argmax(axis=1)
    over = _counted(problem, confined, last[:, None] <= slots)
    later = _counted(problem, confined, allowed.argmax(axis=1)[:, None] > slots)
    fixed = _counted(problem, confined, allowed & (allowed.sum(axis=1) == 1)[:, None])
    return Duties(
        fewest=held,
        most=most,
        by_then=np.maximum(np.maximum(over, held[:, None] - (in_all[:, None] - sooner)), 0),
        at_most=np.minimum(sooner, most[:, None] - later),
        fixed=fixed,
        room=room,
    )


def _counted(problem: Problem, units: IntArray, holds: BoolArray) -> IntArray:
    """Return int [P, S]: for how many of the units of each participant ``holds`` [units, S]."""
    # Loading it takes a tenth of a second, which those who need no bound on breaks do not pay.
    from scipy import sparse

    ends = np.concatenate([problem.a[units], problem.b[units]])
    shape = (problem.participants, len(units))
    columns = np.concatenate([np.arange(len(units))] * 2)
    incidence = sparse.csr_array((np.ones(len(ends), dtype=np.int64), (ends, columns)), shape=shape)
    return np.asarray(incidence @ holds.astype(np.int64), dtype=np.int64)
