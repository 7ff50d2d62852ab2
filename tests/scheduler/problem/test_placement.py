"""Placements made of slots, picked from and put together: units ascending whatever the order of what is given."""

import numpy as np

from scheduler.problem.placement import Placement


def told(placement: Placement) -> list[tuple[int, int]]:
    return list(zip(placement.units.tolist(), placement.slots.tolist(), strict=True))


def test_placement_of_slots_stands_in_the_order_of_units():
    placement = Placement.of({5: 1, 2: 0, 9: 1})

    assert told(placement) == [(2, 0), (5, 1), (9, 1)]
    assert placement.slot_of == {5: 1, 2: 0, 9: 1}


def test_empty_placement_holds_nothing_and_takes_more():
    assert told(Placement.empty()) == []
    assert Placement.empty().units.dtype == np.int64
    assert told(Placement.empty().with_more(np.array([3, 1]), np.array([0, 2]))) == [(1, 2), (3, 0)]


def test_placement_with_more_keeps_each_unit_with_its_slot():
    found = Placement.of({2: 0, 7: 1}).with_more(np.array([9, 4]), np.array([5, 6]))

    assert told(found) == [(2, 0), (4, 6), (7, 1), (9, 5)]


def test_placement_picked_from_keeps_what_is_marked():
    assert told(Placement.of({2: 0, 5: 1, 9: 1}).only(np.array([True, False, True]))) == [(2, 0), (9, 1)]
