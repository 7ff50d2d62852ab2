"""Counters say what they count: every assignment of a few literals, tried."""

from itertools import product

import pytest
from ortools.sat.python import cp_model

from scheduler.exact.totalizer import reached


def counted(size: int, most: int, held: tuple[bool, ...], exactly: bool, wanted: dict[int, bool]) -> bool:
    """Return whether the counter lets ``held`` be, with the literals ``wanted`` of what is reached as they are told."""
    model = cp_model.CpModel()
    literals = [model.new_bool_var("") for _ in range(size)]
    found = reached(model, literals, most, exactly=exactly)
    for literal, value in zip(literals, held, strict=True):
        model.add(literal == int(value))
    for number, value in wanted.items():
        model.add(found[number - 1] == int(value))
    return cp_model.CpSolver().solve(model) == cp_model.OPTIMAL


@pytest.mark.parametrize("size", [2, 3, 5])
@pytest.mark.parametrize("exactly", [False, True])
def test_counter_says_what_it_counts(size: int, exactly: bool):
    for most in range(size + 1):
        for held in product((False, True), repeat=size):
            number = sum(held)
            assert counted(size, most, held, exactly, {}) == (number <= most)
            if number > most:
                continue
            for so_many in range(1, min(most, size) + 1):
                # What is reached is said; what is not is denied where both directions are told.
                assert counted(size, most, held, exactly, {so_many: True}) == (so_many <= number or not exactly)
                assert counted(size, most, held, exactly, {so_many: False}) == (so_many > number)
