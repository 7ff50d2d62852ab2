"""Sums as clauses: sequential counters (Sinz, *Towards an optimal CNF encoding of cardinality constraints*, 2005).

A search that learns clauses can speak of partial sums only where they are literals.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from ortools.sat.python import cp_model


def at_most(model: cp_model.CpModel, literals: Sequence[cp_model.IntVar], most: int) -> None:
    """Add to ``model`` that at most ``most`` of ``literals`` hold: a literal for each number reached by each of them.

    Size: n x most literals, twice as many clauses.
    """
    before: list[cp_model.IntVar] = []
    for k, literal in enumerate(literals):
        reached = [model.new_bool_var("") for _ in range(min(k + 1, most))]
        for number, (now, earlier) in enumerate(zip_longest(reached, before)):
            if earlier is not None and now is not None:
                model.add_implication(earlier, now)
            if number == 0:
                model.add_implication(literal, now)
            elif now is not None:
                model.add_bool_or(~literal, ~before[number - 1], now)
        if len(before) == most:
            model.add_bool_or(~literal, ~before[-1])
        before = reached
