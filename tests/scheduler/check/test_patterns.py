"""A proof by patterns from the files alone: it gives its bound, and whoever bends it gains nothing."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from pydantic import ValidationError

from scheduler.breaks.patterns import PatternBound, busy_pattern_bound, idle_slots_bound
from scheduler.breaks.prices import Kept
from scheduler.check.duals import BadProof
from scheduler.check.patterns import fewest_by_patterns
from scheduler.format.event import Event
from scheduler.format.proof import PatternsProof
from scheduler.problem.problem import build_problem
from scheduler.selecting.face import optimal_face
from scheduler.selecting.select import select
from tests.properties.brute_force import Exhaustive
from tests.scheduler.builders import event, people, rule, slots, tables, worth

# a0 holds both slots in the middle of those of a1 at the one table, and the pair worth least is never held.
WAITING = event(
    slots=slots(4),
    tables=tables(1),
    participants=people("a0", "a1", "c0", "c1", "c2", "c3", a0={"unavailable": ["s0", "s3"]}, a1={"min_meetings": 3}),
    affinities=worth({"a0 c0": 5, "a0 c1": 5, "a1 c2": 9, "a1 c3": 9, "a0 c2": 1}),
    rules={"coverage": [2, 1]},
)
# Of c0 and c1, who leave after the first slot, either is as good; c2 comes for the last.
TIED = event(
    slots=slots(4),
    participants=people(
        *("a0", "c0", "c1", "c2", "c3"),
        a0={"max_meetings": 3},
        c0={"unavailable": ["s1", "s2", "s3"]},
        c1={"unavailable": ["s1", "s2", "s3"]},
        c2={"unavailable": ["s0", "s1", "s2"]},
    ),
    affinities=worth({"a0 c0": 1, "a0 c1": 1, "a0 c2": 5, "a0 c3": 5}),
)
# One in the morning, one in the afternoon.
TWICE = event(
    slots=slots(5),
    participants=people(
        "a0", "c0", "c1", c0={"unavailable": ["s2", "s3", "s4"]}, c1={"unavailable": ["s0", "s1", "s2"]}
    ),
    affinities=worth({"a0 c0": 1, "a0 c1": 1}),
)


def bound_of(event: Event, idle: bool = False) -> tuple[PatternBound, dict[str, int]]:
    """The bound on breaks, or idle slots, of the best schedules, and the tiers that it goes with."""
    problem = build_problem(event)
    selection = select(problem)
    assert selection is not None
    units = selection.units
    shown = {"shortfall": problem.shortfall_of(units), "value": problem.value_of(units)}
    face = optimal_face(problem, units)
    found = busy_pattern_bound(problem, face, shown["value"], shortfall=shown["shortfall"])
    assert found is not None
    shown["breaks"] = found.breaks
    if idle:
        found = idle_slots_bound(problem, face, Kept(shown["value"], shown["shortfall"], found.breaks), 60.0)
        assert found is not None
    return found, shown


def proof_of(event: Event, idle: bool = False) -> tuple[PatternsProof, dict[str, int]]:
    found, shown = bound_of(event, idle)
    assert isinstance(found.proof, PatternsProof)
    return found.proof, shown


@pytest.mark.parametrize(
    ("event", "tier", "least"),
    [
        (WAITING, "breaks", 1),
        (WAITING, "idle_slots", 2),
        (TIED, "breaks", 1),
        (TIED, "idle_slots", 1),
        (TWICE, "breaks", 1),
        (TWICE, "idle_slots", 1),
    ],
)
def test_proof_by_patterns_gives_its_bound(event: Event, tier: str, least: int):
    proof, shown = proof_of(event, idle=tier == "idle_slots")

    assert fewest_by_patterns(event, proof, tier, shown) == least


def test_proof_by_patterns_sees_who_meets_whom():
    # Each of the four is needed by two in slots that leave somebody waiting, whoever it is; sums over slots see none.
    fixed = [rule("a0 c0", slot="s0"), rule("a1 c1", slot="s2"), rule("a0 c1"), rule("a1 c0")]
    crossed = event(
        slots=slots(4), participants=people("a0", "a1", "c0", "c1", a0={"unavailable": ["s1"]}), meetings=fixed
    )
    found, shown = bound_of(crossed)
    proof = found.proof

    assert found.breaks > 0 and isinstance(proof, PatternsProof)
    assert fewest_by_patterns(crossed, proof, "breaks", shown) == found.breaks


def test_proof_by_patterns_knows_pauses():
    row = event(
        slots=slots(4),
        participants=people("a0", "c0", "c1", "c2"),
        affinities=worth({"a0 c0": 1, "a0 c1": 1, "a0 c2": 1}),
        rules={"max_in_a_row": 2},
    )
    proof, shown = proof_of(row)

    assert fewest_by_patterns(row, proof, "breaks", shown) == 1


def bent(proof: PatternsProof) -> Iterator[PatternsProof]:
    """The proof with each of its numbers bent a little and a lot, one at a time, and with less that is settled."""
    written = proof.model_dump(mode="json")

    def bend(part: Any) -> Iterator[Any]:
        if isinstance(part, dict):
            for key, value in part.items():
                yield from ({**part, key: other} for other in bend(value))
        elif isinstance(part, list):
            for k, value in enumerate(part):
                yield from ([*part[:k], other, *part[k + 1 :]] for other in bend(value))
        elif isinstance(part, int):
            yield from (max(0, part - 1), part + 1, 2 * part, part + 10**6)

    for other in (*bend(written), {**written, "settled": None}, {**written, "prices": []}):
        with suppress(ValidationError):
            yield PatternsProof.model_validate(other)


@pytest.mark.parametrize("tier", ["breaks", "idle_slots"])
@pytest.mark.parametrize("event", [WAITING, TIED, TWICE])
def test_bent_proof_by_patterns_never_says_more_than_is_true(event: Event, tier: str):
    proof, shown = proof_of(event, idle=tier == "idle_slots")
    best = [worth for worth in Exhaustive(event).plans if worth[:2] == (shown["shortfall"], shown["value"])]
    breaks, idle = min(worth[2:] for worth in best)
    assert breaks == shown["breaks"]
    right = fewest_by_patterns(event, proof, tier, shown)

    found = []
    for other in bent(proof):
        try:
            found.append(fewest_by_patterns(event, other, tier, shown))
        except BadProof:
            found.append(-1)

    assert max(found) <= (breaks if tier == "breaks" else idle)
    # And it is noticed where it matters: it gives less than it should.
    assert any(one < right for one in found)


def test_proof_by_patterns_says_nothing_of_what_is_not_settled():
    proof, shown = proof_of(WAITING)

    # At a lower value others may be held, and nobody need wait.
    assert fewest_by_patterns(WAITING, proof, "breaks", {**shown, "value": shown["value"] - 10}) == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"meetings": (("nobody", 1),)}, "no participant nobody"),
        ({"meetings": (("a0", 1), ("a0", 2))}, "twice"),
        ({"tables": (1, 2)}, "4 slots, found 2"),
        ({"breaks": 1}, "tier idle_slots"),
    ],
)
def test_proof_by_patterns_that_does_not_fit_the_event_is_told(change: dict[str, Any], said: str):
    proof, shown = proof_of(WAITING)

    with pytest.raises(BadProof, match=said):
        fewest_by_patterns(WAITING, proof.model_copy(update=change), "breaks", shown)
