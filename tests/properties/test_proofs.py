"""Every proof against the truth: evaluated from the files alone it gives its bound, and no schedule is beyond it."""

from itertools import chain

import pytest

from scheduler.check.duals import greatest_value, least_shortfall
from scheduler.check.proof import verify_proofs
from scheduler.format.event import Event
from scheduler.format.proof import DualsProof, Proof
from scheduler.selecting.bounds import Bound
from scheduler.selecting.select import Selection, select, select_by_program, value_bound
from scheduler.solve import solve
from tests.properties.truth import OPTIONS, PARTS, Truth, examined


def limit(event: Event, proof: Proof | None, shortfall: int | None) -> int:
    """What the proof gives: of the value at a shortfall, or of the shortfall."""
    if proof is None or proof.by == "zero":
        return 0
    assert isinstance(proof, DualsProof)
    return least_shortfall(event, proof) if shortfall is None else greatest_value(event, proof, shortfall)


def assert_proven(truth: Truth, selection: Selection) -> None:
    shortfall = truth.problem.shortfall_of(selection.units)
    assert selection.shortfall.limit == limit(truth.event, selection.shortfall.proof, None) <= truth.best[0]
    assert_value_proven(truth, selection.value, shortfall)


def assert_value_proven(truth: Truth, bound: Bound, shortfall: int) -> None:
    values = [worth[1] for worth in truth.worths if worth[0] <= shortfall]
    assert bound.limit is not None
    # Weights of rows that count more than the bound needed may give a better one.
    assert bound.limit >= limit(truth.event, bound.proof, shortfall) >= max(values, default=0)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("way", [select, select_by_program])
def test_proofs_of_selections_give_their_bounds_and_nothing_is_beyond_them(part, way):
    for truth in examined(part):
        selection = way(truth.problem)
        assert selection is not None
        assert_proven(truth, selection)


def test_proofs_of_values_hold_at_any_shortfall():
    for truth in chain.from_iterable(map(examined, range(PARTS))):
        for shortfall in {worth[0] for worth in truth.worths}:
            assert_value_proven(truth, value_bound(truth.problem, shortfall), shortfall)


@pytest.mark.parametrize("part", range(PARTS))
def test_proofs_that_solve_writes_stand(part: int):
    for truth in examined(part):
        schedule = solve(truth.event, OPTIONS)
        verdicts = verify_proofs(truth.event, schedule)
        assert [verdict.fault for verdict in verdicts if verdict.standing == "refuted"] == []
        assert {verdict.tier for verdict in verdicts} >= {"shortfall", "value", "breaks"}
