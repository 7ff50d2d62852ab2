"""The matching of one slot: the most urgent meetings that seats and tables can hold."""

from itertools import combinations
from random import Random

import numpy as np
import pytest

from scheduler.slotting.urgency import SCALE, most_urgent, urgency


def worth_of_best(
    left: list[int], right: list[int], urgent: list[int], seats: list[int], scarce: list[bool], room: int
):
    """The urgency of the best choice, by trying all of them."""
    best = 0
    for count in range(1, len(urgent) + 1):
        for chosen in combinations(range(len(urgent)), count):
            ends = [p for k in chosen for p in (left[k], right[k])]
            if all(ends.count(p) <= seats[p] for p in ends) and sum(scarce[k] for k in chosen) <= room:
                best = max(best, sum(urgent[k] for k in chosen))
    return best


def drawn(seed: int, shared: float):
    """Meetings of three and three people, a ``shared`` part of which take one of few tables."""
    random = Random(seed)
    pairs = [(a, c) for a in range(3) for c in range(3, 6) if random.random() < 0.7] or [(0, 3)]
    left, right = [a for a, _ in pairs], [c for _, c in pairs]
    scarce = [random.random() < shared for _ in pairs]
    seats = [random.choice([1, 1, 2]) for _ in range(6)]
    return left, right, [random.randint(1, 9) for _ in pairs], seats, scarce, random.randint(0, 3)


def taken_of(case) -> list[int]:
    left, right, urgent, seats, scarce, room = case
    found = most_urgent(*map(np.array, (left, right, urgent, seats, scarce)), room)
    return [int(k) for k in found]


@pytest.mark.parametrize("seed", range(40))
def test_matching_is_the_most_urgent_where_every_meeting_takes_a_table(seed: int):
    case = drawn(seed, shared=1.0)
    assert sum(case[2][k] for k in taken_of(case)) == worth_of_best(*case)


@pytest.mark.parametrize("seed", range(40))
def test_matching_holds_no_more_than_seats_and_tables_allow(seed: int):
    left, right, _, seats, scarce, room = case = drawn(seed, shared=0.6)
    found = taken_of(case)
    ends = [p for k in found for p in (left[k], right[k])]

    assert found == sorted(found)
    assert all(ends.count(p) <= seats[p] for p in ends)
    assert sum(scarce[k] for k in found) <= room


def test_matching_drops_the_least_urgent_where_some_need_no_table():
    # Each on the left could as well meet online, so no gate is as wide as the tables.
    case = [0, 0, 1, 1], [2, 3, 2, 3], [5, 1, 1, 7], [1, 1, 1, 1], [True, False, False, True], 1
    assert taken_of(case) == [3]


def test_urgency_outweighs_several_who_could_as_well_meet_later_by_one_who_must_meet_now():
    waiting, room = np.array([3, 1, 1, 1, 1]), np.array([3, 9, 9, 9, 9])
    found = urgency(waiting, room, (np.array([0, 1, 2]), np.array([3, 3, 4])), np.array([9, 9, 9]))

    assert found[0] >= SCALE**2
    assert found[0] > found[1] + found[2]
