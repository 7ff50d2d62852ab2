"""The best timetable known: never lost, whoever offers what at the same time."""

import threading
import time

import numpy as np

from scheduler.problem.incumbent import Incumbent, Rank
from scheduler.problem.placement import Placement
from scheduler.problem.problem import Problem, build_problem
from scheduler.problem.worth import rank
from tests.properties.placements import tiny_problems
from tests.scheduler.builders import event, slots, worth


def one_pair() -> Problem:
    return build_problem(event(affinities=worth({"a0 c0": 5, "a0 c1": 3}), slots=slots(4)))


def held(*pairs: tuple[int, int]) -> Placement:
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return Placement(table[:, 0], table[:, 1])


def test_incumbent_keeps_what_is_better_and_says_so():
    incumbent = Incumbent(one_pair())
    assert (incumbent.best, incumbent.rank) == (None, None)
    assert not incumbent.offer(None)
    assert not incumbent.reaches(0, 0)

    first, better, apart = held((1, 0)), held((0, 0), (1, 1)), held((0, 0), (1, 2))
    assert incumbent.offer(first)
    assert incumbent.best is first
    assert incumbent.offer(better)
    assert not incumbent.offer(first)
    # As many meetings, but one waits.
    assert not incumbent.offer(apart)
    assert incumbent.best is better
    assert incumbent.rank == (0, -8, 0, 0)


def test_incumbent_keeps_the_first_of_two_that_are_as_good():
    incumbent = Incumbent(one_pair())
    one, other = held((0, 0)), held((0, 1))
    assert incumbent.offer(one)
    assert not incumbent.offer(other)
    assert incumbent.best is one


def test_incumbent_reaches_the_shortfall_and_value_that_it_has():
    incumbent = Incumbent(one_pair())
    incumbent.offer(held((0, 0), (1, 2)))
    assert incumbent.reaches(0, 8)
    assert not incumbent.reaches(0, 7)
    assert not incumbent.reaches(1, 8)
    assert not incumbent.reaches(0, None)


def test_incumbent_of_many_threads_is_the_best_of_all_and_told_one_at_a_time():
    problem, placements = max(tiny_problems(40), key=lambda case: len(case[1]))
    told: list[Rank] = []
    inside = threading.Lock()

    at_once: list[Rank] = []

    def hear() -> None:
        now = incumbent.rank
        assert now is not None
        told.append(now)
        if not inside.acquire(blocking=False):
            at_once.append(now)
            return
        # Long enough for another to come in, if it could.
        time.sleep(0.002)
        inside.release()

    incumbent = Incumbent(problem, hear)
    begin = threading.Barrier(4)
    accepted = [0] * 4

    def offer_all(number: int) -> None:
        # From the worst to the best: while one is told of an improvement, the others come with the next.
        mine = sorted(placements, key=lambda placement: rank(problem, placement), reverse=True)
        begin.wait()
        for placement in mine:
            accepted[number] += incumbent.offer(placement)

    threads = [threading.Thread(target=offer_all, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert incumbent.rank == min(rank(problem, placement) for placement in placements)
    assert incumbent.best is not None
    assert rank(problem, incumbent.best) == incumbent.rank
    assert not at_once
    assert told == sorted(set(told), reverse=True)
    assert len(told) == sum(accepted)


def test_incumbent_told_of_a_better_one_may_be_offered_another():
    """Whoever hears of an improvement may offer what it makes of it."""
    problem = one_pair()
    waiting = [held((0, 0), (1, 1))]
    incumbent = Incumbent(problem, lambda: waiting and incumbent.offer(waiting.pop()))
    assert incumbent.offer(held((0, 0)))
    assert incumbent.reaches(0, 8)
