"""The tiers of an exact model one after the other, each held at its best while the next is sought."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ortools.sat.python import cp_model

from scheduler.exact.model import ExactModel
from scheduler.problem.placement import Placement
from scheduler.problem.watch import Watch


@dataclass
class TierByTier:
    """A search of ``model``: ``best`` is where it stands (``None``: nowhere yet), ``infeasible``: it has no solution.

    ``effort`` bounds each tier in CP-SAT's deterministic seconds, ``longest`` all of them in seconds of the watch.
    """

    model: ExactModel
    watch: Watch
    effort: float
    best: Placement | None = None
    longest: float = float("inf")
    infeasible: bool = False

    def __post_init__(self) -> None:
        self._end = self.watch.seconds + self.longest

    def lower(
        self,
        objective: cp_model.LinearExprT,
        reached: Callable[[Placement], int],
        *,
        at_least: int | None = None,
        hint: Placement | None = None,
    ) -> int | None:
        """Minimise ``objective`` and hold it at what the best has ``reached``; return a bound proven, if any.

        The search begins at ``hint``, or at the best; ``at_least`` is a bound known from elsewhere. Nothing is held
        where nothing was found. Cost: that of ``ExactModel.minimise``.
        """
        answer = self.model.minimise(
            objective,
            self.watch,
            hint=hint or self.best,
            effort=self.effort,
            at_least=at_least,
            longest=self._end - self.watch.seconds,
        )
        self.infeasible = answer.infeasible
        self.best = answer.placement or self.best
        if self.best is None:
            return None
        self.model.model.add(objective <= reached(self.best))
        return answer.bound
