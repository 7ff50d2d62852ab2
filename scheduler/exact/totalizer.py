"""Sums as clauses: totalizers (Bailleux and Boufkhad, *Efficient CNF encoding of Boolean cardinality*, 2003).

A search that learns clauses can speak of partial sums only where they are literals.
"""

from __future__ import annotations

from collections.abc import Sequence

from ortools.sat.python import cp_model

_Literals = Sequence[cp_model.IntVar]


def reached(model: cp_model.CpModel, literals: _Literals, most: int, *, exactly: bool = False) -> _Literals:
    """Add that at most ``most`` of ``literals`` hold; return literals that say that at least 1, 2, ... ``most`` do.

    One that is false says that so many do not hold; with ``exactly`` one that is true says that so many do.
    Size: a literal for each number that the literals of each half, quarter, ... may reach; n x most clauses at worst,
    twice as many with ``exactly``.
    """
    counted = _total(model, literals, most + 1, exactly)
    for so_many in counted[most:]:
        model.add_bool_or(~so_many)
    return counted[:most]


def _total(model: cp_model.CpModel, literals: _Literals, most: int, exactly: bool) -> _Literals:
    """Return literals that say that at least 1, 2, ... of ``literals`` hold; ``most`` stands for so many and more."""
    if len(literals) < 2:
        return literals
    half = len(literals) // 2
    one, other = (_total(model, part, most, exactly) for part in (literals[:half], literals[half:]))
    both = [model.new_bool_var("") for _ in range(min(most, len(one) + len(other)))]
    for i in range(len(one) + 1):
        for j in range(len(other) + 1):
            at_least = [~part[k - 1] for part, k in ((one, i), (other, j)) if k]
            if 0 < i + j <= len(both):
                model.add_bool_or(*at_least, both[i + j - 1])
            if exactly and i + j < len(both):
                model.add_bool_or(*one[i : i + 1], *other[j : j + 1], ~both[i + j])
    return both
