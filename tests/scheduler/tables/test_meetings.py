"""From units to meetings of a file: in the order of slots, and told as they were announced."""

import numpy as np

from scheduler.problem.placement import Placement
from scheduler.problem.problem import NO_TABLE, build_problem
from scheduler.tables.meetings import meetings_of
from scheduler.tables.seating import Seating
from tests.scheduler.builders import event, held, tables, worth


def test_meetings_stand_in_the_order_of_slots_and_name_the_two_as_announced():
    problem = build_problem(event(affinities=worth({"a0 c0": 5, "a1 c1": 2}), tables=tables(2)))
    placement, nobody = Placement(np.array([0, 1]), np.array([2, 0])), np.array([-1, -1])
    seating = Seating(np.array([1, NO_TABLE]), nobody, 0)

    told = [held("a1 c1", "s0", score=2), held("a0 c0", "s2", "t1", score=5)]
    assert list(meetings_of(problem, placement, seating)) == told
    before = [held("c0 a0", "s1", "t0", score=9), None]
    assert list(meetings_of(problem, placement, seating, before)) == [told[0], held("c0 a0", "s2", "t1", score=5)]
