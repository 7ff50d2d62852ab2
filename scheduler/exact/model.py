"""The exact model: every hard rule and the first three tiers as one CP-SAT model, its constraints named.

Used to place given units (all of them held), to choose freely among units, to ask how few breaks there can be, and to
say which requirements cannot hold together. What makes it quick are constraints that follow from others: a participant
who holds d meetings is busy in d slots, an even number of participants is busy in each slot (Bofill et al., *The
meet-and-greet of constraint solving*, 2022), and whoever never waits and has begun by slot s is done by s + d.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from scheduler.exact.objective import Breaks, Worth
from scheduler.exact.rules import Rules
from scheduler.exact.sums import Sums
from scheduler.exact.variables import Solution, Variables, as_units
from scheduler.problem.bounded import bounded_solver
from scheduler.problem.placement import Placement
from scheduler.problem.problem import IntArray, Problem
from scheduler.problem.watch import Watch


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search brought: the best placement (``None``: none found), and a proven limit on the objective.

    ``infeasible`` says that the model is proven to have no solution at all.
    """

    placement: Placement | None
    bound: int | None
    infeasible: bool = False


class ExactModel:
    """The rules of one event over some of its units, as a CP-SAT model.

    With ``all_held`` every unit of ``units`` must be held (slotting and compaction of a selection); otherwise units
    are chosen freely, required ones and those of ``always`` excepted. Units of ``settled`` have been held, with more
    delegates than there now are if need be. Worth and breaks are added where they are asked for.
    Size: one Boolean for each unit and slot that it may take.
    """

    def __init__(
        self,
        problem: Problem,
        units: IntArray,
        *,
        all_held: bool,
        always: Sequence[int] = (),
        settled: Sequence[int] = (),
        sums: Sums | None = None,
        even: bool = True,
    ) -> None:
        self.problem = problem
        self.all_held, self.always = all_held, tuple(always)
        self.units = as_units(units)
        sure = set(self.units) if all_held else {*always, *np.flatnonzero(problem.required).tolist()}
        sums = sums or Sums(cp_model.CpModel())
        self.model = sums.model
        self.variables = Variables(problem, self.units, sure, settled, sums, even=even)
        self.x = self.variables.x
        # The least shortfall and the most value, where it was told to have them.
        self.kept: tuple[int, int] | None = None
        self._worth: Worth | None = None
        self._breaks: Breaks | None = None
        Rules(self.variables).add()
        if problem.break_difference is not None:
            self._keep_breaks_alike(problem.break_difference)

    def _keep_breaks_alike(self, difference: int) -> None:
        self.add_breaks().add_alike(difference)

    def add_worth(self) -> Worth:
        """Return shortfall and value; what they count is added to the model once."""
        if self._worth is None:
            self._worth = Worth(self.variables)
        return self._worth

    def add_breaks(self) -> Breaks:
        """Return the breaks; what they count is added to the model once."""
        if self._breaks is None:
            self._breaks = Breaks(self.variables)
        return self._breaks

    def keep_worth(self, shortfall: int, value: int) -> None:
        """Add that the schedule has no more ``shortfall`` and no less ``value``."""
        self.kept = shortfall, value
        worth = self.add_worth()
        self.model.add(worth.shortfall <= shortfall)
        self.model.add(worth.value >= value)

    def placement(self, solution: Solution) -> Placement:
        """Return what ``solution`` holds."""
        return self.variables.placement(solution)

    def minimise(
        self,
        objective: cp_model.LinearExprT | None,
        watch: Watch,
        *,
        hint: Placement | None = None,
        effort: float = 60.0,
        at_least: int | None = None,
        longest: float = float("inf"),
    ) -> Answer:
        """Return the best placement found for ``objective`` (``None``: any legal one) with a proven lower bound.

        ``effort`` bounds the work in CP-SAT's deterministic seconds, so that a run without a time limit gives the
        same answer on a busy machine; the watch's time limit and wish to stop hold as well, and ``longest`` seconds.
        ``at_least`` is a bound known from elsewhere. Cost: exponential at worst.
        """
        self.model.clear_objective()  # type: ignore[no-untyped-call]
        if objective is not None and not isinstance(objective, int):
            if at_least is not None:
                self.model.add(objective >= at_least)
            self.model.minimize(objective)
        self.variables.hint(hint)
        solver = bounded_solver(effort, watch.options.seed, min(longest, watch.remaining()))
        parameters = solver.parameters
        if objective is None or isinstance(objective, int):
            # Any solution will do: what one thread finds at once takes a portfolio seconds to set up.
            parameters.linearization_level = 0
        else:
            parameters.num_workers = max(1, watch.options.workers)
            if watch.options.workers > 1:
                parameters.subsolvers.extend(["core", "default_lp", "quick_restart_no_lp", "max_lp"])
        with watch.guarding(solver):
            status = solver.solve(self.model)
        if status == cp_model.INFEASIBLE:
            return Answer(None, None, infeasible=True)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return Answer(None, None)
        placement = self.placement(solver)
        if objective is None:
            return Answer(placement, None)
        if isinstance(objective, int):
            return Answer(placement, objective)
        limit = int(np.ceil(solver.best_objective_bound - 1e-6))
        return Answer(placement, limit if at_least is None else max(limit, at_least))
