"""What an alternative answers, and the schedule made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from scheduler.check.schedule import verify
from scheduler.format.schedule import TIER_NAMES, Meeting, Schedule, Tier
from scheduler.problem.placement import Placement
from scheduler.problem.problem import NO_TABLE, Problem
from scheduler.tables.seating import Seating, seat


@dataclass(frozen=True)
class Answer:
    """A placement (``None``: none found) with its seats where it chose them, and the bounds proven by tier.

    ``infeasible`` says that there is proven to be no legal placement.
    """

    placement: Placement | None
    bounds: Mapping[str, int] = field(default_factory=dict)
    seating: Seating | None = None
    infeasible: bool = False


def schedule_of(problem: Problem, answer: Answer, seconds: float) -> Schedule:
    """Return the schedule of ``answer``; its tiers are counted by ``verify``. A table moves as it may.

    Where ``problem`` has chosen tables for those who stay seated, what is proven of it is not proven of the event.
    """
    assert answer.placement is not None
    bounds = answer.bounds if problem.any_table is None else {}
    seating = answer.seating or seat(problem, answer.placement)
    meetings = tuple(_meetings(problem, answer.placement, seating))
    blank = Schedule(status="feasible", meetings=meetings, tiers=(), seconds=round(seconds, 3))
    values = verify(problem.event, blank).tiers
    tiers = tuple(
        Tier.model_validate({"name": name, "value": values[name], "bound": bounds.get(name)}) for name in TIER_NAMES
    )
    optimal = all(tier.proven for tier in tiers[:3])
    return blank.model_copy(update={"tiers": tiers, "status": "optimal" if optimal else "feasible"})


def _meetings(problem: Problem, placement: Placement, seating: Seating) -> Iterator[Meeting]:
    # The solver has such a function too, but alternatives should not wait for all that its module loads.
    event = problem.event
    columns = (placement.units, placement.slots, seating.tables, seating.facilitators)
    for u, slot, table, helper in zip(*(column.tolist() for column in columns), strict=True):
        yield Meeting(
            between=(event.participants[problem.a[u]].id, event.participants[problem.b[u]].id),
            slot=event.slots[slot].id,
            table=None if table == NO_TABLE else event.tables[table].id,
            facilitator=None if helper < 0 else event.facilitators[helper].id,
            score=int(problem.score[u]),
        )


def only_required(problem: Problem) -> None:
    """Raise ``ValueError`` unless every meeting of ``problem`` is required."""
    if not problem.required.all():
        raise ValueError("for events whose meetings are all required only")


def in_order(units: Sequence[int], slots: Sequence[int]) -> Placement:
    """Return the placement of ``units``, ascending, in ``slots``."""
    import numpy as np

    order = np.argsort(np.array(units, dtype=np.int64), kind="stable")
    return Placement(np.array(units, dtype=np.int64)[order], np.array(slots, dtype=np.int64)[order])
