"""How few breaks? Asked of the exact model from both sides: upwards from the proven bound, downwards from the best.

From below, "are this many breaks possible?" is decided much faster than the fewest is found: what is then forbidden
spreads before any search. A "no" raises the bound by one. From above, a single search over counted sums
(``counted``) goes from the best placement down, and keeps all that it learns on the way. Either side may end it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import ClassVar

import numpy as np
from ortools.sat.python import cp_model

from scheduler.exact.counted import CountedModel
from scheduler.exact.model import ExactModel
from scheduler.problem.bounded import bounded_solver
from scheduler.problem.incumbent import Incumbent
from scheduler.problem.parameters import EFFORTS
from scheduler.problem.placement import Placement
from scheduler.problem.watch import Watch


class Manner(Enum):
    """How a question is put: plainly, by core-based search for the fewest, or with sums counted clause by clause."""

    PLAIN = "plain"
    FEWEST = "fewest"
    COUNTED = "counted"


@dataclass(frozen=True, slots=True)
class Question:
    """Are ``most`` breaks possible (``None``: any number)? Unless put plainly, also how few there can be."""

    most: int | None
    effort: float
    manner: Manner = Manner.PLAIN


@dataclass
class Ladder:
    """The questions about one model, and the bound that the answers prove.

    ``incumbent`` has the best placement, of this shortfall and value. ``bound`` holds over all units of ``model``;
    ``impossible`` says that they have no placement at all. Several threads may climb and descend at once.
    """

    turns: ClassVar[range] = range(len(EFFORTS.down))
    model: ExactModel
    watch: Watch
    incumbent: Incumbent
    bound: int
    impossible: bool = False
    given_up: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        # What the model says of breaks is part of it before any copy is made, by whichever thread.
        self.breaks = self.model.add_breaks()
        self.total = self.breaks.total

    @property
    def best(self) -> Placement | None:
        return self.incumbent.best

    @property
    def fewest(self) -> float:
        """The breaks of the best placement, infinite where there is none."""
        rank = self.incumbent.rank
        return float("inf") if rank is None else rank[2]

    @property
    def settled(self) -> bool:
        return self.fewest <= self.bound or self.impossible or self.given_up or self.watch.over()

    def climb(self, turn: int) -> None:
        """Ask upwards until the bound is reached, the watch is over, or all questions of this turn have been asked.

        Cost: a bounded effort for each question; the same questions are asked on any machine.
        """
        for question in self._upwards(turn):
            if self.settled:
                break
            self._ask(question, 0)

    def place(self) -> None:
        """Look for any placement where there is none; gives up the whole search where a bounded effort finds none."""
        if not self.settled and self.best is None:
            self._ask(Question(None, EFFORTS.any_breaks), 0)
            self.given_up = self.best is None

    def descend(self, turn: int, number: int = 0, longest: float = float("inf")) -> None:
        """Search downwards from the best placement, with a bounded effort; ``number`` makes two searches differ.

        After ``longest`` seconds it is given up, whatever effort is left.
        """
        if not self.settled and self.best is not None:
            most, seed = int(self.fewest) - 1, number + turn * self.watch.options.workers
            self._ask(Question(most, EFFORTS.down[turn], Manner.COUNTED), seed, longest)

    def _upwards(self, turn: int) -> Iterator[Question]:
        """Yield what to ask next; the best placement and the bound may change between two questions."""
        bound = -1
        while bound < self.bound < self.fewest:
            bound = self.bound
            yield Question(bound, EFFORTS.plain[turn])
            if EFFORTS.counted[turn] and bound == self.bound:
                yield Question(bound, EFFORTS.counted[turn], Manner.COUNTED)
            if bound > 1 and bound == self.bound:
                # Where the bound is 1 this would ask whether one is enough, which was just asked.
                yield Question(None, EFFORTS.plain[turn], Manner.FEWEST)

    def _ask(self, question: Question, number: int, longest: float = float("inf")) -> None:
        seed = self.watch.options.seed + number
        try:
            model = self._asking(question, seed)
            solver = self._solver(question, seed, longest)
        except TimeoutError:
            return
        reporter = _Reporter(self)
        with self.watch.guarding(solver, lambda: self._moot(question)):
            status = solver.solve(model, reporter)
        if reporter.failure is not None:
            raise reporter.failure
        self._heard(question, status, solver)

    def _moot(self, question: Question) -> bool:
        """Return whether the answer to ``question`` is known by now, or of no more use."""
        most, plain = question.most, question.manner is Manner.PLAIN
        answered = plain and self.fewest <= (float("inf") if most is None else most) and self.best is not None
        return self.settled or answered or (most is not None and most < self.bound)

    def _heard(self, question: Question, status: cp_model.CpSolverStatus, solver: cp_model.CpSolver) -> None:
        bound = 0
        if status == cp_model.INFEASIBLE:
            # With so many breaks allowed, none was forbidden.
            all_ends = sum(map(len, self.breaks.ends.values()))
            self.impossible = self.impossible or question.most is None or question.most >= all_ends
            bound = 0 if question.most is None else question.most + 1
        elif question.manner is not Manner.PLAIN and np.isfinite(solver.best_objective_bound):
            bound = int(np.ceil(solver.best_objective_bound - 1e-6))
        with self._lock:
            self.bound = max(self.bound, bound)

    def _asking(self, question: Question, seed: int) -> cp_model.CpModel:
        if question.manner is Manner.COUNTED:
            assert question.most is not None
            over = partial(self._moot, question)
            return CountedModel(self.model, min(self.bound, question.most), question.most, seed, over).model
        copy = self.model.model.clone()
        if question.manner is Manner.FEWEST:
            copy.add(self.total >= self.bound)
            copy.minimize(self.total)
        if question.most is not None:
            copy.add(self.total <= question.most)
            if self.breaks.fewest is not None and question.most < self.model.problem.participants:
                # Not enough for everybody to have one.
                copy.add(self.breaks.fewest == 0)
        if question.most == 0:
            for waits in self.breaks.waits.values():
                copy.add(waits == 0)
        return copy

    def _solver(self, question: Question, seed: int, longest: float = float("inf")) -> cp_model.CpSolver:
        solver = bounded_solver(question.effort, seed, min(longest, self.watch.remaining()))
        solver.parameters.linearization_level = 0
        solver.parameters.optimize_with_core = question.manner is Manner.FEWEST
        solver.parameters.cp_model_presolve = question.manner is not Manner.COUNTED
        return solver


class _Reporter(cp_model.CpSolverSolutionCallback):
    """Tells the ladder of each placement as soon as a search has it."""

    def __init__(self, ladder: Ladder) -> None:
        super().__init__()
        self.ladder = ladder
        self.failure: Exception | None = None

    def on_solution_callback(self) -> None:
        try:
            self.ladder.incumbent.offer(self.ladder.model.placement(self))
        except Exception as failure:
            # Not through the native code that called: it is raised again once that has returned.
            self.failure = failure
            self.stop_search()
