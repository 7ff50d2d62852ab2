"""How sums of literals are stated: as linear constraints, or clause by clause for a search that learns about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ortools.sat.python import cp_model

from scheduler.exact.totalizer import reached


class Sums:
    """Sums as linear constraints of ``model``."""

    def __init__(self, model: cp_model.CpModel) -> None:
        self.model = model

    def at_most(self, literals: Sequence[cp_model.IntVar], most: int) -> None:
        if most == 1:
            self.model.add_at_most_one(literals)
        elif len(literals) > most:
            self.model.add(sum(literals) <= most)

    def exactly(self, literals: Sequence[cp_model.IntVar], number: int) -> None:
        self.model.add(sum(literals) == number)


class CountedSums(Sums):
    """Sums as counters made of clauses. Raises ``TimeoutError`` where ``over`` returns true before all is counted."""

    def __init__(self, model: cp_model.CpModel, over: Callable[[], bool]) -> None:
        super().__init__(model)
        self._over = over

    def at_most(self, literals: Sequence[cp_model.IntVar], most: int) -> None:
        if self._over():
            raise TimeoutError
        if most == 1 or len(literals) <= most:
            # CP-SAT learns about these as they are.
            super().at_most(literals, most)
        else:
            reached(self.model, literals, most)

    def exactly(self, literals: Sequence[cp_model.IntVar], number: int) -> None:
        if number == len(literals):
            self.model.add_bool_and(literals)
        else:
            self.model.add_bool_or(reached(self.model, literals, number, exactly=True)[-1])
