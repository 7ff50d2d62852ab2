"""Rows of slots: what interrupts them, and how many meetings they leave."""

from random import Random

import numpy as np
import pytest

from scheduler.problem.problem import build_problem
from scheduler.problem.rows import fills_row, most_busy, too_long, windows_of
from tests.scheduler.builders import event, people, slots


def row_of(count: int, most: int, days: int = 1) -> tuple[tuple[int, ...], ...]:
    return windows_of(event(slots=slots(count, days), rules={"max_in_a_row": most}))


def test_windows_are_all_rows_of_one_slot_more():
    assert row_of(4, 2) == ((0, 1, 2), (1, 2, 3))


def test_windows_do_not_span_the_night():
    assert row_of(4, 1, days=2) == ((0, 1), (2, 3))


def test_windows_where_the_event_is_no_longer_than_a_row():
    assert row_of(3, 3) == ()
    assert row_of(3, 10**9) == ()


def test_windows_of_no_limit():
    assert windows_of(event()) == ()


@pytest.mark.parametrize(("minutes", "windows"), [(9, ((0, 1),)), (10, ())])
def test_windows_end_at_a_gap_of_ten_minutes(minutes: int, windows: tuple[tuple[int, ...], ...]):
    grid = [
        {"id": "s0", "start": "2027-03-18T09:00", "end": "2027-03-18T09:10"},
        {"id": "s1", "start": f"2027-03-18T09:{10 + minutes}", "end": "2027-03-18T09:40"},
    ]

    assert windows_of(event(slots=grid, rules={"max_in_a_row": 1})) == windows


@pytest.mark.parametrize(
    ("present", "most", "busy"), [("111111", 2, 4), ("111111", 1, 3), ("110111", 2, 4), ("011110", 3, 3), ("000", 1, 0)]
)
def test_most_busy_slots(present: str, most: int, busy: int):
    available = np.array([[letter == "1" for letter in present]])

    assert most_busy(available, row_of(len(present), most)).tolist() == [busy]


def test_maximum_is_what_pauses_leave():
    some = people("a0", "c0", "c1", c0={"delegates": 2}, c1={"unavailable": ["s1"]})
    problem = build_problem(event(participants=some, slots=slots(5), rules={"max_in_a_row": 1}))

    assert problem.maximum.tolist() == [3, 6, 3]
    assert problem.most_in_window == 1


def test_bits_say_the_same_as_windows():
    random = Random(1)
    for _ in range(2000):
        count, most = random.randint(1, 9), random.randint(1, 4)
        goes_on = [s > 0 and random.random() < 0.8 for s in range(count)]
        windows = [
            range(start, start + most + 1)
            for start in range(count - most)
            if all(goes_on[start + 1 : start + most + 1])
        ]
        joins = sum(1 << s for s in {s for window in windows for s in window[1:]})
        s = random.randrange(count)
        busy = random.getrandbits(count)
        full = [window for window in windows if all((busy | 1 << s) >> t & 1 for t in window)]
        assert too_long(busy | 1 << s, joins, most) == bool(full)
        assert fills_row(busy, s, joins, most) == any(s in window for window in full)
