"""The exact model with its sums as clauses, so that a search can learn about partial sums.

What is learnt while looking for few breaks is mostly about how many tables are taken, and how many breaks there are,
so far: with literals for these a single search goes down from a good timetable to the best one and proves it, all it
learns on the way kept (Bofill et al., *The meet-and-greet of constraint solving*, 2022, who solve it as MaxSAT).
Presolve would take the literals out again, so such a model is solved without.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from ortools.sat.python import cp_model

from scheduler.exact.model import ExactModel
from scheduler.exact.sums import CountedSums
from scheduler.exact.totalizer import reached


class CountedModel(ExactModel):
    """``model`` anew with sums of literals as counters, to be searched for the fewest breaks.

    There must be at least ``least``, at most ``most`` of them: no literal stands for more. ``seed`` says in which order
    participants are counted: which partial sums can be spoken of decides how lucky a search is. Raises
    ``TimeoutError`` where ``over`` returns true before all is counted, which for large models takes seconds.
    """

    def __init__(
        self, model: ExactModel, least: int, most: int, seed: int, over: Callable[[], bool] = lambda: False
    ) -> None:
        self.most = most
        super().__init__(
            model.problem,
            np.array(model.units, dtype=np.int64),
            all_held=model.all_held,
            always=model.always,
            sums=CountedSums(cp_model.CpModel(), over),
            even=False,
        )
        if model.kept is not None:
            self.keep_worth(*model.kept)
        self.count_breaks(least, seed)

    def count_breaks(self, least: int, seed: int) -> None:
        """Minimise the breaks, counted in a random order."""
        of = self.add_breaks().ends
        order = np.random.default_rng(seed).permutation(list(of)).tolist()
        counted = reached(self.model, [end for p in order for end in of[p]], self.most)
        for so_many in counted[:least]:
            self.model.add_bool_or(so_many)
        self.model.minimize(sum(counted))

    def _keep_breaks_alike(self, difference: int) -> None:
        if self.most >= self.problem.participants:
            super()._keep_breaks_alike(difference)
        else:
            # Not enough for everybody to have one.
            self.add_breaks().add_few(difference)
