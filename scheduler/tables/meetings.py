"""From units, slots and tables to the meetings of a schedule file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scheduler.format.schedule import Meeting
from scheduler.problem.placement import Placement
from scheduler.problem.problem import NO_TABLE, Problem
from scheduler.tables.seating import Seating


def meetings_of(
    problem: Problem, placement: Placement, seating: Seating, announced: Sequence[Meeting | None] | None = None
) -> tuple[Meeting, ...]:
    """Return the meetings with their ids, in the order of slots, then participants.

    ``announced`` are the meetings that the units of ``placement`` were before, ``None`` for new ones: who of the two
    stands first stays so.
    """
    event = problem.event
    order = np.lexsort((problem.b[placement.units], problem.a[placement.units], placement.slots))
    found = []
    for k in order.tolist():
        u, table, helper = int(placement.units[k]), int(seating.tables[k]), int(seating.facilitators[k])
        was = None if announced is None else announced[k]
        two = event.participants[problem.a[u]].id, event.participants[problem.b[u]].id
        found.append(
            Meeting(
                between=two if was is None else was.between,
                slot=event.slots[placement.slots[k]].id,
                table=None if table == NO_TABLE else event.tables[table].id,
                facilitator=None if helper < 0 else event.facilitators[helper].id,
                score=int(problem.score[u]),
            )
        )
    return tuple(found)
