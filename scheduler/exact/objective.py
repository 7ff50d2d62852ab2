"""What the tiers count in the exact model: shortfall and value, and breaks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from ortools.sat.python import cp_model

from scheduler.exact.variables import Variables
from scheduler.selecting.shapes import shapes


class Worth:
    """``shortfall`` and ``value`` as expressions, by runs of meetings of decreasing worth; adds the runs to the model.

    They are exact where shortfall is minimised or bounded from above, and value maximised or bounded from below.
    """

    def __init__(self, variables: Variables) -> None:
        problem, model = variables.problem, variables.model
        avoided, earned = [], []
        for p, held in enumerate(variables.held):
            runs = shapes(problem, p)
            filled = [model.new_int_var(0, length, f"run_{p}") for length, _, _ in runs]
            model.add(sum(filled) == sum(held))
            avoided += [amount for amount, (_, saves, _) in zip(filled, runs, strict=True) if saves]
            earned += [points * amount for amount, (_, _, points) in zip(filled, runs, strict=True) if points]
        scores = [int(problem.score[u]) * literal for (u, _), literal in variables.x.items() if problem.score[u]]
        self.shortfall: cp_model.LinearExprT = int(problem.minimum.sum()) - (sum(avoided) if avoided else 0)
        self.value: cp_model.LinearExprT = cp_model.LinearExpr.sum([*scores, *earned])


class Breaks:
    """The breaks of each participant, ``of``, and their ``total``, as expressions; adds what they need to the model.

    ``ends`` are, for each participant who may have a break, the literals of meetings that end one, ``waits`` if any
    does. ``fewest`` are the breaks of whoever has the fewest, where they may not differ much.
    """

    def __init__(self, variables: Variables) -> None:
        self.variables, self.problem, self.model = variables, variables.problem, variables.model
        self.ends: dict[int, list[cp_model.IntVar]] = {}
        self.waits: dict[int, cp_model.IntVar] = {}
        self.fewest: cp_model.IntVar | None = None
        self.of = [self._of(p, busy) for p, busy in enumerate(variables.add_busy())]
        self.total: cp_model.LinearExprT = sum(self.of)

    def _of(self, p: int, busy: dict[int, cp_model.IntVar]) -> cp_model.LinearExprT:
        """Return the breaks of ``p``: the meetings that end one, a literal each."""
        ends: list[cp_model.IntVar] = []
        days = [[s for s in busy if self.problem.day[s] == day] for day in np.unique(self.problem.day)]
        for slots in days if self.variables.meetings[p] > 1 else ():
            begun = self._since(slots, busy)
            ends += self._ends_of_breaks(slots, busy, begun)
        if ends:
            self.ends[p] = ends
            self.waits[p] = self.model.new_bool_var(f"waits_{p}")
            self.model.add_max_equality(self.waits[p], ends)
            if self.variables.meetings_known(p) and len(busy) == max(map(len, days)):
                self._in_one_run(p, busy)
        return sum(ends)

    def _since(self, slots: Sequence[int], busy: dict[int, cp_model.IntVar]) -> dict[int, cp_model.IntVar]:
        """Return for each of ``slots`` whether there was a meeting in it or in one named before it."""
        found: dict[int, cp_model.IntVar] = {}
        before: cp_model.IntVar | None = None
        for s in slots:
            since = busy[s]
            if before is not None:
                since = self.model.new_bool_var("")
                self.model.add_max_equality(since, [before, busy[s]])
            found[s] = before = since
        return found

    def _ends_of_breaks(
        self, slots: Sequence[int], busy: dict[int, cp_model.IntVar], begun: dict[int, cp_model.IntVar]
    ) -> list[cp_model.IntVar]:
        """Return for each of ``slots``, those of one day, whether it ends a break: busy, not just before, but earlier.

        A sum of literals that can all be false is what core-based search is quick at.
        """
        ends: list[cp_model.IntVar] = []
        for before, s in pairwise(slots):
            if before == slots[0] and before == s - 1:
                continue
            reasons = [busy[s], begun[before], *([~busy[before]] if before == s - 1 else [])]
            end = self.model.new_bool_var("")
            self.model.add_bool_or(end, *(~reason for reason in reasons))
            for reason in reasons:
                self.model.add_implication(end, reason)
            ends.append(end)
        return ends

    def _in_one_run(self, p: int, busy: dict[int, cp_model.IntVar]) -> None:
        """Add that ``p``, whose d meetings are on one day, is done by slot s + d if begun by s and never waiting."""
        degree, waits = int(self.variables.meetings[p]), self.waits[p]
        slots = list(busy)
        begun, to_come = self._since(slots, busy), self._since(slots[::-1], busy)
        for s in range(slots[0], slots[-1] - degree + 1):
            first = [begun[t] for t in slots if t <= s][-1]
            rest = next(to_come[t] for t in slots if t >= s + degree)
            self.model.add_bool_or(waits, ~first, ~rest)
            # All of them within fewer than d slots is too many.
            self.model.add_bool_or(first, rest)

    def add_alike(self, difference: int) -> None:
        """Add that nobody has more breaks than ``difference`` above whoever has the fewest."""
        # Whoever cannot have a break, for want of meetings, settles the fewest.
        settled = any(isinstance(breaks, int) for breaks in self.of)
        fewest: cp_model.LinearExprT = 0
        if not settled:
            fewest = self.fewest = self.model.new_int_var(0, self.problem.slots, "fewest_breaks")
        for breaks in self.of:
            if not isinstance(breaks, int):
                self.model.add(breaks <= fewest + difference)
                if not settled:
                    self.model.add(breaks >= fewest)

    def add_few(self, difference: int) -> None:
        """Add that nobody has more breaks than ``difference``: as above where there are not enough for everybody."""
        for ends in self.ends.values():
            self.variables.sums.at_most(ends, difference)
