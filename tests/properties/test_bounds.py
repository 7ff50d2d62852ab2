"""Every bound against the truth: on hundreds of tiny events, all of whose schedules are known."""

from itertools import chain

import numpy as np
import pytest

from scheduler.breaks.patterns import PatternBound, bound_by_selections, busy_pattern_bound, idle_slots_bound
from scheduler.breaks.prices import Kept
from scheduler.check.patterns import fewest_by_patterns
from scheduler.format.proof import PatternsProof
from scheduler.problem.problem import IntArray, Problem
from scheduler.selecting.face import Face, by_prices, optimal_face
from scheduler.selecting.relaxation import Relaxation, loose_columns
from scheduler.selecting.shapes import shapes
from scheduler.solve import solve
from scheduler.tables.seating import fewest_moves
from tests.properties.truth import EXAMINED, OPTIONS, PARTS, Truth, examined


@pytest.mark.parametrize("part", range(PARTS))
def test_bounds_of_solve_are_never_beyond_the_truth(part: int):
    for truth in examined(part):
        schedule = solve(truth.event, OPTIONS)
        shortfall, value, breaks, idle, moves = (tier.value for tier in schedule.tiers)
        bounds = [tier.bound for tier in schedule.tiers]
        worths = truth.worths
        assert (shortfall, value, breaks, idle) in worths
        assert bounds[0] is None or bounds[0] <= truth.best[0]
        worths = {worth for worth in worths if worth[0] == shortfall}
        assert bounds[1] is None or bounds[1] >= max(worth[1] for worth in worths)
        worths = {worth for worth in worths if worth[1] == value}
        assert bounds[2] is None or bounds[2] <= min(worth[2] for worth in worths)
        worths = {worth for worth in worths if worth[2] == breaks}
        assert bounds[3] is None or bounds[3] <= min(worth[3] for worth in worths)
        assert (
            bounds[4] is None or bounds[4] <= truth.exhaustive.fewest_moves((shortfall, value, breaks, idle)) <= moves
        )


def test_events_with_a_schedule_examined_are_as_many_as_said():
    assert sum(len(examined(part)) for part in range(PARTS)) == EXAMINED


@pytest.mark.parametrize("part", range(PARTS))
def test_face_holds_every_best_selection_whichever_it_starts_from(part: int):
    for truth in examined(part):
        for start in truth.selections[:3]:
            assert_holds(optimal_face(truth.problem, start), truth)


@pytest.mark.parametrize("part", range(PARTS))
def test_prices_of_the_best_flow_leave_every_best_selection_possible(part: int):
    for truth in examined(part):
        problem = truth.problem.widest
        found = by_prices(problem, truth.selections[0])
        assert found is not None
        sometimes = found[0]
        assert_holds(Face(np.setdiff1d(truth.selections[0], sometimes), sometimes), truth)


def assert_holds(face: Face, truth: Truth) -> None:
    """No best schedule is without a unit of ``always``, or with one of neither."""
    assert not np.intersect1d(face.always, face.sometimes).size
    for selection in truth.selections:
        assert np.isin(face.always, selection).all()
        assert np.isin(selection, np.union1d(face.always, face.sometimes)).all()


@pytest.mark.parametrize("part", range(PARTS))
def test_columns_that_are_not_loose_are_the_same_in_every_best_selection(part: int):
    for truth in examined(part):
        problem = truth.problem
        relaxation = Relaxation.of(problem)
        if relaxation.avoided.any():
            relaxation = relaxation.with_shortfall(truth.best[0], int(problem.minimum.sum()))
        loose, _ = loose_columns(relaxation, relaxation.worth, truth.best[1])
        columns = np.array([columns_of(problem, selection) for selection in truth.selections])
        if columns.shape[1]:
            assert (relaxation.matrix @ columns.T <= relaxation.limits[:, None]).all()
            assert not (columns != columns[0])[:, ~loose].any()


def columns_of(problem: Problem, selection: IntArray) -> list[int]:
    """The solution of the relaxation that stands for ``selection``: its runs filled in order."""
    columns = np.isin(np.arange(problem.units), selection).astype(int).tolist()
    for p, degree in enumerate(problem.degrees(selection).tolist()):
        left = degree
        for length, _, _ in shapes(problem, p):
            columns.append(min(left, length))
            left -= columns[-1]
    return columns


def test_pattern_bounds_are_never_beyond_the_truth_and_mostly_reach_it():
    reached = hard = 0
    for truth in chain.from_iterable(map(examined, range(PARTS))):
        problem, fewest = truth.problem, min(worth[2] for worth in truth.best_worths)
        if not truth.selections[0].size:
            continue
        face = optimal_face(problem, truth.selections[-1])
        shortfall, value = truth.best
        bound = busy_pattern_bound(problem, face, value, shortfall=shortfall)
        anyway = busy_pattern_bound(problem, face, None)
        assert bound is not None and anyway is not None and anyway.breaks <= fewest
        assert_proven(truth, bound, "breaks", fewest, fewest)
        one_by_one = bound_by_selections(problem.widest, face, Kept(value, shortfall), float("inf"))
        if one_by_one is not None:
            assert_proven(truth, one_by_one, "breaks", fewest, fewest)
        for most in (fewest, fewest + 1):
            idle = idle_slots_bound(problem, face, Kept(value, shortfall, most), float("inf"))
            assert idle is not None
            least = min(worth[3] for worth in truth.best_worths if worth[2] <= most)
            assert_proven(truth, idle, "idle_slots", least, most)
        if fewest:
            hard += 1
            reached += bound.breaks == fewest
    assert hard >= 90
    # Otherwise the bound would say less than it did.
    assert reached >= 0.7 * hard


def assert_proven(truth: Truth, bound: PatternBound, tier: str, least: int, breaks: int) -> None:
    """The bound is not beyond what is truly ``least``, and its proof gives it from the files alone."""
    assert bound.breaks <= least
    if isinstance(bound.proof, PatternsProof):
        shown = {"shortfall": truth.best[0], "value": truth.best[1], "breaks": breaks}
        assert bound.breaks <= fewest_by_patterns(truth.event, bound.proof, tier, shown) <= least
    else:
        # Only where there is nothing to prove, or no linear program says why the rest is settled.
        assert bound.proof is not None or truth.problem.sides is None


@pytest.mark.parametrize("part", range(PARTS))
def test_fewest_moves_are_never_beyond_the_truth(part: int):
    for truth in examined(part):
        face = optimal_face(truth.problem, truth.selections[0])
        for worth in truth.best_worths:
            least = fewest_moves(truth.problem, face.always, face.sometimes, worth[2])
            assert least <= truth.exhaustive.fewest_moves(worth)
