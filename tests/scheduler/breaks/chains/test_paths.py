"""Annealing over paths: whatever the event, the meetings and every rule are kept, and what is counted is so."""

from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest

from scheduler.breaks.annealing import Annealing, suits
from scheduler.breaks.chains import general as kempe
from scheduler.breaks.chains import paths as kempe_paths
from scheduler.breaks.chains.bits import random_state
from scheduler.exact.model import ExactModel
from scheduler.problem.capacities import resources_of
from scheduler.problem.placement import Placement
from scheduler.problem.problem import Problem, build_problem
from scheduler.problem.watch import SolveOptions, Watch
from scheduler.problem.worth import breaks_and_idle
from tests.properties.tiny import tiny_event
from tests.scheduler.broken_rules import broken_rules
from tests.scheduler.builders import event, people, rule, slots, tables, worth
from tests.scheduler.legal import assert_legal

EVENTS = 120
# So few that the search is still hot and wild, and then a long cold one.
SHORT, LONG = 500, 20_000


def start_of(problem: Problem) -> Placement | None:
    """Some legal placement of many units, with no eye to breaks."""
    model = ExactModel(problem, np.arange(problem.units), all_held=False)
    objective = -sum(model.x.values()) if model.x else None
    return model.minimise(objective, Watch(SolveOptions(workers=1)), effort=0.5).placement


def drawn(seed: int, **more: Any) -> tuple[Problem, Placement] | None:
    """A random event of single delegates with a placement; ``None`` where it has none or does not suit."""
    case = tiny_event(Random(seed), people=(5, 9), slots=(4, 8), single=True, **more)
    problem = build_problem(case)
    start = None if problem.impossible else start_of(problem)
    return (problem, start) if start is not None and suits(problem, start.units) else None


def annealed(
    problem: Problem, start: Placement, seed: int, moves: int, kernel: Any = kempe_paths.anneal
) -> tuple[Placement, Placement, tuple[int, int]]:
    """The best and the last placement of one run, and what it counted in the best."""
    fixed = Annealing(problem, start, seed)._fixed
    last = start.slots.copy()
    best, breaks, idle = kernel(last, *fixed, 5, random_state(seed), moves, 8.0, 0.7)
    return Placement(start.units, best), Placement(start.units, last), (int(breaks), int(idle))


def counted(problem: Problem, placement: Placement) -> tuple[int, int]:
    breaks, idle = breaks_and_idle(problem, placement)
    return int(breaks.sum()), int(idle.sum())


def distinct(problem: Problem, placement: Placement) -> bool:
    """Whether nobody is asked for twice in a slot, and every slot has its tables."""
    resources = resources_of(problem, placement.units)
    assert resources is not None
    return all(
        (problem.degrees(placement.units[placement.slots == s]) <= 1).all()
        and (resources.uses[placement.slots == s].sum(axis=0) <= resources.capacity[:, s]).all()
        for s in range(problem.slots)
    )


def assert_in_place(problem: Problem, placement: Placement) -> None:
    """Every rule but the difference in breaks, which the search may exceed on its way."""
    units, where = placement.units, placement.slots
    resources = resources_of(problem, units)
    assert resources is not None
    assert problem.allowed[units, where].all()
    for s in range(problem.slots):
        assert (problem.degrees(units[where == s]) <= 1).all()
        assert (resources.uses[where == s].sum(axis=0) <= resources.capacity[:, s]).all()
    slot_of = dict(zip(units.tolist(), where.tolist(), strict=True))
    for later, earlier in problem.after:
        assert later not in slot_of or earlier not in slot_of or slot_of[earlier] < slot_of[later]


@pytest.mark.parametrize("sides", [True, False])
@pytest.mark.parametrize("moves", [SHORT, LONG])
def test_paths_keep_every_rule_and_count_right_on_any_event(sides: bool, moves: int):
    examined = ordered = typed = several_days = twins = limited = absent = 0
    for seed in range(EVENTS):
        found = drawn(seed, sides=sides)
        if found is None:
            continue
        problem, start = found
        examined += 1
        ordered += bool(problem.after)
        typed += len(problem.table_types) > 1
        several_days += bool(problem.day.max())
        twins += bool(problem.twins)
        limited += problem.break_difference is not None
        absent += not problem.available.all()
        best, last, counts = annealed(problem, start, seed, moves)

        assert counts == counted(problem, best) <= counted(problem, start)
        assert_legal(problem, best)
        assert_in_place(problem, last)
    # What is easily lost sight of was there.
    assert examined > EVENTS // 3
    assert min(ordered, typed, several_days, twins, limited, absent) > 0


@pytest.mark.parametrize("idle_cost", [1, 8])
def test_paths_remember_the_best_whatever_idle_slots_cost(idle_cost: int):
    # Where idle slots weigh much, more breaks and even more than the difference allows can be taken for fewer of them.
    remembered = 0
    for seed in range(150):
        random = Random(seed)
        left, right = random.choice(((1, 4), (2, 2), (2, 3), (3, 3)))
        short = random.randint(8, 20)
        rules = {"max_break_difference": random.choice((None, 0, 1))}
        problem = whole(left, right, slots=slots(short), rules=rules, tables=tables(random.choice((0, 1, 2))))
        start = None
        while start is None or not distinct(problem, start):
            start = placed(problem, random.choices(range(short), k=problem.units))
        fixed = Annealing(problem, start, seed)._fixed
        for moves in range(1, 100, 3):
            best, breaks, idle = kempe_paths.anneal(
                start.slots.copy(), *fixed, idle_cost, random_state(moves), moves, 8.0, 2.0
            )
            if breaks < problem.units * problem.slots:
                found = Placement(start.units, best)
                assert counted(problem, found) == (breaks, idle)
                each = breaks_and_idle(problem, found)[0]
                assert problem.break_difference is None or each.max() <= problem.break_difference
                remembered += bool((best != start.slots).any())
    assert remembered > 1000


def test_paths_run_on_from_where_they_stopped():
    for seed in range(0, EVENTS, 3):
        if (found := drawn(seed)) is None:
            continue
        problem, here = found
        state, fixed = random_state(seed), Annealing(problem, here, seed)._fixed
        where = here.slots.copy()
        for _ in range(5):
            best, breaks, idle = kempe_paths.anneal(where, *fixed, 1, state, SHORT, 6.0, 2.0)
            assert_in_place(problem, Placement(here.units, where))
            if breaks < problem.units * problem.slots:
                assert counted(problem, Placement(here.units, best)) == (breaks, idle)


def test_paths_are_the_same_for_the_same_seed():
    differ = False
    for seed in range(0, EVENTS, 3):
        if (found := drawn(seed)) is None:
            continue
        (one, last, counts), (same, as_last, as_counts) = (annealed(*found, seed, SHORT) for _ in range(2))
        assert (one.slots == same.slots).all()
        assert (last.slots == as_last.slots).all()
        assert counts == as_counts
        differ |= bool((annealed(*found, seed + 1, SHORT)[1].slots != last.slots).any())
    assert differ


def test_paths_and_chains_agree():
    fewer = more = 0
    for seed in range(EVENTS):
        if (found := drawn(seed)) is None:
            continue
        problem, start = found
        by_paths, _, paths = annealed(problem, start, seed, LONG)
        by_chains, last, chains = annealed(problem, start, seed, LONG, kempe.anneal)
        assert chains == counted(problem, by_chains)
        assert_legal(problem, by_paths)
        assert_legal(problem, by_chains)
        assert_in_place(problem, last)
        fewer += paths < chains
        more += paths > chains
    # On events so small both find the fewest, nearly always.
    assert fewer + more <= 3


def whole(left: int, right: int, **fields: Any) -> Problem:
    """Everybody of ``left`` associations with everybody of ``right`` companies."""
    ids = [f"a{i}" for i in range(left)] + [f"c{j}" for j in range(right)]
    pairs = dict.fromkeys((f"a{i} c{j}" for i, j in product(range(left), range(right))), 1)
    everyone = people(*ids, **fields.pop("more", {}))
    return build_problem(event(**{"participants": everyone, "affinities": worth(pairs), **fields}))


def placed(problem: Problem, where: list[int]) -> Placement:
    return Placement(np.arange(problem.units), np.array(where, dtype=np.int64))


def test_paths_move_a_meeting_out_of_the_way():
    # a0 waits in s1; its path in s1 and s2 is one meeting long.
    problem = whole(1, 2, slots=slots(3))
    best, _, counts = annealed(problem, placed(problem, [0, 2]), 0, SHORT)

    assert counts == (0, 0)
    assert abs(int(best.slots[0] - best.slots[1])) == 1


def test_paths_swap_a_cycle_where_nothing_else_can_move():
    # Two by two in two slots is one cycle: it can be swapped as a whole, and nothing can be alone.
    problem = whole(2, 2, slots=slots(2), tables=tables(2))
    start = placed(problem, [0, 1, 1, 0])
    assert_legal(problem, start)
    met = {tuple(annealed(problem, start, seed, 40)[1].slots.tolist()) for seed in range(20)}
    assert met == {(0, 1, 1, 0), (1, 0, 0, 1)}


def test_paths_of_twins_are_a_cycle():
    problem = build_problem(
        event(
            participants=people("a0", "a1", "c0", "c1"), slots=slots(5), meetings=[rule("a0 c0")] * 2 + [rule("a1 c1")]
        )
    )
    start = placed(problem, [0, 4, 2])
    best, last, counts = annealed(problem, start, 1, LONG)

    assert counts == (0, 0)
    assert_legal(problem, best)
    assert_in_place(problem, last)


def test_paths_need_a_second_one_where_every_table_is_taken():
    # Six meetings of six people at two tables in three slots: no place is free, and breaks are there to be lost.
    pairs = ["a0 c0", "a0 c1", "a1 c0", "a1 c1", "a2 c2"]
    problem = build_problem(
        event(
            participants=people("a0", "a1", "a2", "a3", "c0", "c1", "c2", "c3"),
            affinities=worth(dict.fromkeys([*pairs, "a3 c3"], 1)),
            slots=slots(3),
            tables=tables(2),
        )
    )
    start = placed(problem, [0, 2, 2, 0, 1, 1])
    assert_legal(problem, start)
    assert counted(problem, start) == (4, 4)
    best, last, counts = annealed(problem, start, 0, LONG)

    assert counts == (0, 0)
    assert_legal(problem, best)
    assert_in_place(problem, last)


def test_paths_count_breaks_by_day():
    problem = whole(1, 2, slots=slots(4, days=2))
    start = placed(problem, [0, 2])

    assert annealed(problem, start, 0, SHORT)[2] == (0, 0)
    assert counted(problem, start) == (0, 0)


def test_paths_from_a_start_beyond_the_difference_return_what_respects_it_or_say_so():
    # a0 waits twice, which nobody else does; one break more than anybody else is one too many.
    problem = whole(1, 3, slots=slots(5), rules={"max_break_difference": 0})
    start = placed(problem, [0, 2, 4])
    best, _, counts = annealed(problem, start, 0, LONG)

    assert counts == counted(problem, best) == (0, 0)
    assert_legal(problem, best)
    # So few proposals that none of them need be the right one.
    best, _, (breaks, _) = annealed(problem, start, 0, 0)
    assert breaks > problem.units


def test_paths_are_taken_where_all_have_one_delegate_and_only_there():
    problem = whole(2, 2, slots=slots(4))
    several = whole(2, 2, slots=slots(4), more={"a0": {"delegates": 2}})

    assert Annealing(problem, placed(problem, [0, 1, 1, 0]), 0)._kernel is kempe_paths.anneal
    assert Annealing(several, placed(several, [0, 1, 1, 0]), 0)._kernel is kempe.anneal


def test_paths_move_in_many_slots():
    # As many slots as there are bits to be had.
    problem = whole(3, 3, slots=slots(62))
    best, last, counts = annealed(problem, placed(problem, [0, 30, 61, 31, 61, 0, 61, 0, 29]), 0, 200_000)

    assert counts == (0, 0)
    assert_legal(problem, best)
    assert_in_place(problem, last)


@pytest.mark.parametrize("kernel", [kempe_paths.anneal, kempe.anneal])
def test_chains_keep_the_rules_of_the_room(kernel: Any):
    examined = grouped = paused = moved = 0
    for seed in range(2 * EVENTS):
        found = drawn(seed, rules=True)
        if found is None or broken_rules(*found):
            continue
        problem, start = found
        if problem.break_difference is not None:
            continue
        examined += 1
        grouped += bool(problem.groups)
        paused += bool(problem.joins)
        for moves in (SHORT, LONG):
            best, last, counts = annealed(problem, start, seed, moves, kernel)
            assert counts == counted(problem, best) <= counted(problem, start)
            assert broken_rules(problem, best) == broken_rules(problem, last) == []
            moved += bool((last.slots != start.slots).any())
    assert min(examined, grouped, paused) > EVENTS // 4
    assert moved > examined


@pytest.mark.parametrize("kernel", [kempe_paths.anneal, kempe.anneal])
def test_chains_of_one_person_keep_its_pauses(kernel: Any):
    # The volunteer of a0 and a1 has met somebody in s0 and s2; without a pause all would fit in s0 to s2.
    problem = whole(2, 2, slots=slots(7), same_person=[["a0", "a1"]], rules={"max_in_a_row": 2})
    start = placed(problem, [0, 3, 1, 6])
    assert broken_rules(problem, start) == []

    best, last, _ = annealed(problem, start, 0, LONG, kernel)
    assert broken_rules(problem, best) == broken_rules(problem, last) == []


def test_chains_of_one_person_are_never_in_two_places():
    problem = whole(2, 2, slots=slots(4), same_person=[["a0", "a1"]])
    best, last, counts = annealed(problem, placed(problem, [0, 3, 1, 2]), 0, LONG)

    assert broken_rules(problem, best) == broken_rules(problem, last) == []
    assert counts[0] <= counted(problem, placed(problem, [0, 3, 1, 2]))[0]
