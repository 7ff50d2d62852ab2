"""The exact model with its sums as clauses, so that a search can learn about partial sums.

What is learnt while looking for few breaks is mostly about how many tables are taken, and how many breaks there are,
so far: with literals for these a single search goes down from a good timetable to the best one and proves it, all it
learns on the way kept (Bofill et al., *The meet-and-greet of constraint solving*, 2022, who solve it as MaxSAT).
Presolve would take the literals out again, so such a model is solved without.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from ortools.sat.python import cp_model

from scheduler.exact.model import ExactModel
from scheduler.exact.totalizer import reached


class CountedModel(ExactModel):
    """``model`` anew with sums of literals as counters, to be searched for the fewest breaks.

    There must be at least ``least``, at most ``most`` of them: no literal stands for more. ``seed`` says in which order
    participants are counted: which partial sums can be spoken of decides how lucky a search is. Raises
    ``TimeoutError`` where ``over`` returns true before all is counted, which for large models takes seconds.
    """

    even = False

    def __init__(
        self, model: ExactModel, least: int, most: int, seed: int, over: Callable[[], bool] = lambda: False
    ) -> None:
        self.most = most
        self._over = over
        units = np.array(model.units, dtype=np.int64)
        super().__init__(model.problem, units, all_held=model.all_held, always=model.always)
        if model.worth is not None:
            self.of_worth(*model.worth)
        self.count_breaks(least, seed)

    def count_breaks(self, least: int, seed: int) -> None:
        _ = self.breaks
        order = np.random.default_rng(seed).permutation(list(self.ends)).tolist()
        ends = [end for p in order for end in self.ends[p]]
        counted = reached(self.model, ends, self.most)
        for so_many in counted[:least]:
            self.model.add_bool_or(so_many)
        self.model.minimize(sum(counted))

    def at_most(self, literals: Sequence[cp_model.IntVar], most: int) -> None:
        if self._over():
            raise TimeoutError
        if most == 1 or len(literals) <= most:
            # The search has a way of its own with these.
            super().at_most(literals, most)
        else:
            reached(self.model, literals, most)

    def exactly(self, literals: Sequence[cp_model.IntVar], number: int) -> None:
        if number == len(literals):
            self.model.add_bool_and(literals)
        else:
            self.model.add_bool_or(reached(self.model, literals, number, exactly=True)[-1])

    def breaks_alike(self, difference: int) -> None:
        if self.most >= self.problem.participants:
            super().breaks_alike(difference)
            return
        # Not enough for everybody to have one.
        _ = self.breaks
        for ends in self.ends.values():
            self.at_most(ends, difference)
