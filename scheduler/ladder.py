"""How few breaks? The exact model is asked from the proven bound upwards, by as many threads as there are cores.

"Are this many breaks possible?" is decided much faster than the fewest is found: what is then forbidden spreads before
any search. A "no" for everybody raises the bound; a "yes" is a better placement, whoever was asked about. So while one
thread asks about everybody, others ask about timetables in which only a few may wait (those who wait in the best
placement, or a single one), which are decided faster still: local branching (Fischetti and Lodi 2003) on people.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from ortools.sat.python import cp_model

from scheduler.exact import ExactModel
from scheduler.placement import Placement
from scheduler.tiers import breaks_and_idle
from scheduler.watch import Watch

# CP-SAT's deterministic seconds for a question about everybody in the first turn, and what each turn multiplies by.
_FIRST_EFFORT, _GROWTH = 1.0, 3
# A question about few people is decided so much sooner.
_FEW_ARE_EASIER = 4
# What is learnt about sums takes longer, and goes further where tables are scarce.
_COUNTED_TAKES = 3
# How far from the bound a placement may be for those who wait in it to be worth asking about.
_NEAR = 10


@dataclass(frozen=True, slots=True)
class Question:
    """Are ``most`` breaks possible (``None``: any number) where only ``waiting`` (``None``: anybody) may have one?

    With ``fewest`` it is asked how few there can be, by core-based search; with ``counted`` the model counts the tables
    of a slot clause by clause.
    """

    most: int | None
    effort: float
    waiting: frozenset[int] | None = None
    fewest: bool = False
    counted: bool = False


@dataclass
class Ladder:
    """The questions about one model, its best placement so far, and the bound that the answers prove.

    ``bound`` holds over all units of ``model``; ``impossible`` says that they have no placement at all. ``better``
    hears of each improvement.
    """

    model: ExactModel
    watch: Watch
    best: Placement | None
    bound: int
    better: Callable[[Placement], None] = lambda _: None
    impossible: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _asked: dict[int, tuple[Question, cp_model.CpSolver]] = field(default_factory=dict)
    # Who is known not to be the only one with a break.
    _not_alone: set[int] = field(default_factory=set)
    # The bound up to which all questions of a turn have been asked.
    _asked_up_to: int = -1

    def __post_init__(self) -> None:
        # What the model says of breaks is part of it before any copy is made, by whichever thread.
        self.total = self.model.breaks

    def learn(self, placement: Placement, bound: int) -> None:
        """Take a better placement, or a higher bound, found elsewhere."""
        if self._breaks(placement) < self.fewest:
            self.best = placement
        self.bound = max(self.bound, bound)

    @property
    def fewest(self) -> float:
        """The breaks of the best placement, infinite where there is none."""
        return float("inf") if self.best is None else self._breaks(self.best)

    @property
    def settled(self) -> bool:
        return self.fewest <= self.bound or self.impossible or self.watch.over()

    def climb(self, turn: int) -> None:
        """Ask until the bound is reached, the watch is over, or all questions of this turn have been asked.

        The first turn, 0, asks about everybody only: who waits in a good placement is not known yet.
        Cost: a bounded effort for each question; with one worker the same questions are asked on any machine.
        """
        self._asked_up_to = before = -1
        while max(self._asked_up_to, before) < self.bound and not self.settled:
            # An answer may raise the bound when the others have run out of questions about the one before.
            before = self.bound
            self._ask_in_threads(self._questions(turn))

    def _ask_in_threads(self, questions: Iterator[Question]) -> None:
        threads = [
            threading.Thread(target=self._ask_all, args=(questions, number), daemon=True)
            for number in range(1, self.watch.options.workers)
        ]
        for thread in threads:
            thread.start()
        self._ask_all(questions, 0)
        for thread in threads:
            thread.join()

    def _questions(self, turn: int) -> Iterator[Question]:
        """Yield what to ask next; the best placement and the bound may change between two questions."""
        effort, bound = _FIRST_EFFORT * _GROWTH**turn, -1
        if self.best is None:
            yield Question(None, effort)
        while bound < self.bound < self.fewest:
            bound = self.bound
            yield Question(bound, effort)
            if turn and bound == self.bound and self.model.all_held:
                yield Question(bound, _COUNTED_TAKES * effort, counted=True)
            if turn and bound == self.bound and bound + 1 < self.fewest:
                yield Question(bound + 1, effort)
            if bound and bound == self.bound:
                yield Question(None, effort, fewest=True)
            for waiting in self._few(bound) if turn else ():
                if bound < self.bound:
                    break
                yield Question(max(1, bound), effort / _FEW_ARE_EASIER, waiting)
        self._asked_up_to = max(bound, 0)

    def _few(self, bound: int) -> Iterator[frozenset[int]]:
        """Yield who may wait in the narrower questions: those who do now, or each alone where one break is left."""
        now: frozenset[int] = frozenset()
        if self.best is not None and self.fewest <= bound + _NEAR:
            now = frozenset(np.flatnonzero(breaks_and_idle(self.model.problem, self.best)[0]).tolist())
            if self.fewest > max(1, bound):
                yield now
        if bound <= 1:
            meetings = self.model.meetings
            order = sorted(self.model.waits, key=lambda p: (p not in now, -int(meetings[p])))
            yield from (frozenset([p]) for p in order if p not in self._not_alone)

    @cached_property
    def _counting(self) -> ExactModel:
        return self.model.counting_tables()

    def _ask_all(self, questions: Iterator[Question], number: int) -> None:
        while True:
            with self._lock:
                question = None if self.settled else next(questions, None)
                if question is None:
                    return
                solver = self._solver(question, number)
                self._asked[number] = question, solver
            copy = self._asking(question)
            with self.watch.guarding(solver):
                status = solver.solve(copy)
            with self._lock:
                del self._asked[number]
                self._heard(question, status, solver)

    def _heard(self, question: Question, status: cp_model.CpSolverStatus, solver: cp_model.CpSolver) -> None:
        """Take the answer, and stop the questions that it settles."""
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            placement = self.model.placement(solver)
            if self._breaks(placement) < self.fewest:
                self.best = placement
                self.better(placement)
        elif status == cp_model.INFEASIBLE:
            if question.most is None:
                self.impossible = True
            elif question.waiting is None:
                self.bound = max(self.bound, question.most + 1)
            elif question.most == 1:
                self._not_alone |= question.waiting
        if question.fewest and status in (cp_model.OPTIMAL, cp_model.FEASIBLE, cp_model.UNKNOWN):
            self.bound = max(self.bound, int(np.ceil(solver.best_objective_bound - 1e-6)))
        for other, search in self._asked.values():
            known = other.most is None and not other.fewest and self.best is not None
            moot = other.most is not None and (self.fewest <= other.most or other.most < self.bound)
            if self.settled or known or moot:
                search.stop_search()

    def _asking(self, question: Question) -> cp_model.CpModel:
        model = self._counting if question.counted else self.model
        total, copy = (model.breaks if question.counted else self.total), model.model.clone()
        if question.fewest:
            copy.add(total >= self.bound)
            copy.minimize(total)
        if question.most is None:
            return copy
        copy.add(total <= question.most)
        for p, waits in model.waits.items():
            never = question.most == 0 or (question.most == 1 and p in self._not_alone)
            if never or not (question.waiting is None or p in question.waiting):
                copy.add(waits == 0)
        return copy

    def _solver(self, question: Question, number: int) -> cp_model.CpSolver:
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.linearization_level = 0
        solver.parameters.optimize_with_core = question.fewest
        solver.parameters.cp_model_presolve = not question.counted
        solver.parameters.random_seed = self.watch.options.seed + number
        solver.parameters.max_deterministic_time = question.effort
        solver.parameters.catch_sigint_signal = False
        if self.watch.remaining() < float("inf"):
            solver.parameters.max_time_in_seconds = max(0.01, self.watch.remaining())
        return solver

    def _breaks(self, placement: Placement) -> int:
        return int(breaks_and_idle(self.model.problem, placement)[0].sum())
