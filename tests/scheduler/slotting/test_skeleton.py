"""The first timetable: required meetings alone, the selection around them, and nothing left out that still fits."""

from random import Random

import numpy as np
import pytest

from scheduler.problem.capacities import Resources, resources_of
from scheduler.problem.placement import Placement
from scheduler.problem.problem import Problem, build_problem
from scheduler.problem.worth import breaks_alike, breaks_and_idle
from scheduler.slotting.skeleton import around, required_alone, without_uneven_breaks
from tests.benchmarks.families.random_rules import random_event
from tests.properties.placements import tiny_problems
from tests.scheduler.broken_rules import broken_rules
from tests.scheduler.builders import event, people, rule, slots, tables, worth


def resources_in(problem: Problem) -> Resources:
    resources = resources_of(problem, np.arange(problem.units))
    assert resources is not None
    return resources


def empty() -> Placement:
    return Placement(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


def broken(problem: Problem, placement: Placement) -> list[str]:
    """What ``placement`` breaks, but for breaks that are not alike, which come later."""
    return [line for line in broken_rules(problem, placement) if "breaks" not in line]


def fits_more(problem: Problem, placement: Placement) -> bool:
    """Whether some unit can be held beside ``placement`` with all others where they are."""
    for u in np.setdiff1d(np.arange(problem.units), placement.units).tolist():
        for s in np.flatnonzero(problem.allowed[u]).tolist():
            more = Placement(np.append(placement.units, u), np.append(placement.slots, s))
            if not broken(problem, more):
                return True
    return False


@pytest.mark.parametrize("rules", [False, True])
def test_required_alone_holds_what_is_required_and_nothing_else(rules: bool):
    found = some = 0
    for problem, _ in tiny_problems(100, rules=rules):
        placement = required_alone(problem, resources_in(problem))
        some += bool(problem.required.any())
        if placement is None:
            continue
        assert placement.units.tolist() == np.flatnonzero(problem.required).tolist()
        assert broken(problem, placement) == []
        found += len(placement.units) > 0
    # All of these events have a schedule; not to find one is allowed, but rare.
    assert some >= 40
    assert found >= 0.9 * some


def test_required_alone_finds_nothing_where_nothing_is_possible():
    problem = build_problem(event(slots=slots(1), meetings=[rule("a0 c0"), rule("a0 c1")]))
    assert required_alone(problem, resources_in(problem)) is None


def test_required_alone_moves_others_along_chains():
    """Six associations and six companies, every pair required, in six slots: not one place is left over."""
    pairs = [(i, j) for i in range(6) for j in range(6)]
    problem = build_problem(
        event(
            slots=slots(6),
            participants=people(*(f"{side}{i}" for side in "ac" for i in range(6))),
            meetings=[rule(f"a{i} c{j}") for i, j in pairs],
        )
    )
    placement = required_alone(problem, resources_in(problem))
    assert placement is not None
    assert broken(problem, placement) == []


@pytest.mark.parametrize("rules", [False, True])
def test_around_keeps_the_skeleton_and_leaves_nothing_out_that_fits(rules: bool):
    full = 0
    for number, (problem, placements) in enumerate(tiny_problems(100, rules=rules)):
        skeleton = required_alone(problem, resources_in(problem))
        if skeleton is None:
            continue
        random = Random(number)
        wanted = np.array(sorted(random.choice(placements).units.tolist()), dtype=np.int64)
        found = around(problem, resources_in(problem), skeleton, wanted)

        assert broken(problem, found) == []
        assert np.isin(skeleton.units, found.units).all()
        assert not fits_more(problem, found)
        full += bool(np.isin(wanted, found.units).all())
    assert full >= 70


@pytest.mark.parametrize("seed", range(1, 7))
def test_around_an_event_of_many_rules_breaks_none(seed: int):
    problem = build_problem(random_event(16, 15, seed))
    skeleton = required_alone(problem, resources_in(problem))
    assert skeleton is not None
    found = around(problem, resources_in(problem), skeleton, np.arange(problem.units))

    assert broken(problem, found) == []
    assert len(found.units) > len(skeleton.units)


def test_around_leaves_out_what_the_skeleton_holds_where_it_is_not_allowed():
    problem = build_problem(
        event(
            affinities=worth({"a0 c0": 1}),
            slots=slots(2),
            participants=people("a0", "c0", c0={"unavailable": ["s0"]}),
        )
    )
    found = around(problem, resources_in(problem), Placement(np.array([0]), np.array([0])), np.zeros(0, dtype=np.int64))
    assert found.units.tolist() == [0]
    assert found.slots.tolist() == [1]


def test_around_gives_required_meetings_their_place_before_wanted_ones():
    scores = worth({"a0 c0": 9, "a1 c1": 0})
    problem = build_problem(event(affinities=scores, slots=slots(1), tables=tables(1), meetings=[rule("a1 c1")]))
    found = around(problem, resources_in(problem), empty(), np.flatnonzero(problem.score == 9))
    assert problem.required[found.units].tolist() == [True]


def test_around_takes_shortfall_before_score_and_score_before_less():
    everybody = people("a0", "a1", "c0", "c1", a1={"min_meetings": 1})
    problem = build_problem(
        event(affinities=worth({"a0 c0": 9, "a1 c0": 1, "a1 c1": 2}), slots=slots(1), participants=everybody)
    )
    found = around(problem, resources_in(problem), empty(), np.zeros(0, dtype=np.int64))
    assert sorted(problem.score[found.units].tolist()) == [2, 9]
    crowded = build_problem(
        event(affinities=worth({"a0 c0": 9, "a1 c0": 1}), slots=slots(1), participants=everybody, tables=tables(1))
    )
    found = around(crowded, resources_in(crowded), empty(), np.zeros(0, dtype=np.int64))
    assert crowded.score[found.units].tolist() == [1]


def test_without_uneven_breaks_drops_meetings_until_breaks_are_alike():
    dropped = 0
    for number, (problem, placements) in enumerate(tiny_problems(60, slots=(4, 5))):
        if problem.break_difference is not None:
            continue
        placement = Random(number).choice(placements)
        breaks = breaks_and_idle(problem, placement)[0]
        strict = build_problem(
            problem.event.model_copy(
                update={"rules": problem.event.rules.model_copy(update={"max_break_difference": 0})}
            )
        )
        found = without_uneven_breaks(strict, placement)

        if found is None:
            assert problem.required.any()
            continue
        assert breaks_alike(strict, found)
        assert np.isin(found.units, placement.units).all()
        if breaks.max() == breaks.min():
            assert found is placement
        else:
            dropped += 1
            assert len(found.units) < len(placement.units)
    assert dropped >= 15


def test_without_uneven_breaks_never_drops_what_is_required():
    scores = worth({"a0 c0": 1, "a0 c1": 5, "a1 c0": 3})
    problem = build_problem(
        event(affinities=scores, slots=slots(3), meetings=[rule("a0 c0")], rules={"max_break_difference": 0})
    )
    ids = [participant.id for participant in problem.event.participants]
    names = [f"{ids[a]} {ids[b]}" for a, b in zip(problem.a, problem.b, strict=True)]
    held = sorted((names.index(pair), s) for pair, s in {"a0 c0": 0, "a0 c1": 2, "a1 c0": 1}.items())
    placement = Placement(*np.array(held, dtype=np.int64).T)
    found = without_uneven_breaks(problem, placement)

    assert found is not None
    assert {names[u] for u in found.units} == {"a0 c0", "a1 c0"}


def test_without_uneven_breaks_finds_nothing_where_what_is_required_is_uneven():
    meetings = [rule("a0 c0"), rule("a0 c1")]
    problem = build_problem(event(slots=slots(3), meetings=meetings, rules={"max_break_difference": 0}))
    assert without_uneven_breaks(problem, Placement(np.array([0, 1]), np.array([0, 2]))) is None
    assert without_uneven_breaks(problem, Placement(np.array([0, 1]), np.array([0, 1]))) is not None


def test_around_looks_for_no_more_chains_once_it_is_over():
    """A legal timetable stands all the same: what no chain was looked for is left out."""
    scores = worth({"a0 c1": 1, "a1 c0": 1, "a0 c0": 9})
    problem = build_problem(event(affinities=scores, slots=slots(2)))
    dear = np.flatnonzero(problem.score == 9)
    others = np.flatnonzero(problem.score == 1)
    skeleton = Placement(others, np.arange(2))
    found = [around(problem, resources_in(problem), skeleton, dear, lambda over=over: over) for over in (False, True)]

    assert [len(placement.units) for placement in found] == [3, 2]
    assert broken(problem, found[1]) == []
