"""A timetable changed a meeting at a time: what fits is what breaks no rule, and everything can be taken back."""

from random import Random

import numpy as np
import pytest

from scheduler.problem.capacities import resources_of
from scheduler.problem.placement import Placement
from scheduler.problem.problem import Problem
from scheduler.slotting.timetable import Timetable
from tests.properties.placements import tiny_problems
from tests.scheduler.broken_rules import broken_rules


def timetable_of(problem: Problem, held: Placement) -> Timetable | None:
    """``held`` as a timetable; ``None`` where its tables cannot be counted a slot at a time."""
    resources = None if len(problem.undecided) else resources_of(problem, np.arange(problem.units))
    return None if resources is None else Timetable(problem, resources, held)


def broken(problem: Problem, placement: Placement) -> list[str]:
    """What ``placement`` breaks, but for what it does not hold, and breaks that are not alike."""
    return [line for line in broken_rules(problem, placement) if "not held" not in line and "breaks" not in line]


@pytest.mark.parametrize("rules", [False, True])
def test_timetable_fits_what_breaks_no_rule_and_nothing_else(rules: bool):
    answers = []
    for number, (problem, placements) in enumerate(tiny_problems(100, rules=rules)):
        whole = Random(number).choice(placements)
        kept = np.array(Random(number).choices([True, False], weights=[3, 1], k=len(whole.units)), dtype=np.bool_)
        held = Placement(whole.units[kept], whole.slots[kept])
        timetable = timetable_of(problem, held)
        if timetable is None:
            continue
        for u in np.setdiff1d(np.arange(problem.units), held.units).tolist():
            for s in timetable.slots_of(u):
                more = Placement(np.append(held.units, u), np.append(held.slots, s))
                answers.append(timetable.fits(u, s))
                assert answers[-1] == (broken(problem, more) == []), (number, u, s)
    assert answers.count(True) >= 100
    assert answers.count(False) >= 100


@pytest.mark.parametrize("rules", [False, True])
def test_timetable_is_as_before_once_all_is_taken_back(rules: bool):
    taken = 0
    for number, (problem, placements) in enumerate(tiny_problems(60, rules=rules)):
        random = Random(number)
        held = random.choice(placements)
        timetable = timetable_of(problem, held)
        if timetable is None:
            continue
        places = [(u, s) for u in range(problem.units) for s in timetable.slots_of(u)]
        before = [timetable.fits(u, s) for u, s in places], [list(left) for left in timetable.left]
        mark = timetable.mark
        for _ in range(20):
            u, s = random.choice(places)
            if u in timetable.slot:
                timetable.lift(u)
            else:
                taken += timetable.take(u, s)
        timetable.back_to(mark)

        assert timetable.placement.units.tolist() == held.units.tolist()
        assert timetable.placement.slots.tolist() == held.slots.tolist()
        assert ([timetable.fits(u, s) for u, s in places], timetable.left) == before
    assert taken >= 60
