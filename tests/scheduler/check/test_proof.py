"""Proofs evaluated again: what gives its bound stands, what is bent is caught, and what rests on trust is said."""

import json

import pytest

from scheduler.check.duals import BadProof, greatest_value, least_shortfall
from scheduler.check.proof import proof_faults, verify_proofs
from scheduler.format.event import Event, parse_event
from scheduler.format.proof import DualsProof
from scheduler.format.schedule import Schedule, parse_schedule, schedule_json
from scheduler.problem.watch import SolveOptions
from scheduler.samples.sample import sample_event
from scheduler.solve import solve
from tests.scheduler.builders import event, people, rule, slots, tables, worth

# Four could meet in pairs; two tables in one slot and a side of two make four points at most.
EVENT = event(
    slots=slots(2),
    participants=people("a0", "a1", "c0", "c1", a0={"min_meetings": 2}, c0={"max_meetings": 1}),
    affinities=worth({"a0 c0": 9, "a0 c1": 4, "a1 c0": 8, "a1 c1": 3}),
    tables=tables(1),
    rules={"coverage": [5]},
)


def duals(*rows: tuple[list[object], int], denominator: int = 1) -> DualsProof:
    return DualsProof.model_validate({"denominator": denominator, "rows": rows})


def written(case: Event, tier: str, **changes: object) -> Schedule:
    """The schedule of the event with one of its tiers changed."""
    raw = json.loads(schedule_json(solve(case, SolveOptions(workers=1))))
    found = next(one for one in raw["tiers"] if one["name"] == tier)
    found.update(changes)
    return parse_schedule(raw)


def standing(case: Event, schedule: Schedule) -> dict[str, str]:
    return {verdict.tier: verdict.standing for verdict in verify_proofs(case, schedule)}


def value(*rows: tuple[list[object], int], case: Event = EVENT, shortfall: int = 0) -> int:
    return greatest_value(case, duals(*rows), shortfall)


# With no rows everything that could earn does: 24 for the pairs, 5 for the first meeting of each.
EVERYTHING = 9 + 4 + 8 + 3 + 4 * 5


def test_no_rows_leave_everything_to_be_earned():
    assert value() == EVERYTHING
    assert least_shortfall(EVENT, duals()) == 0


@pytest.mark.parametrize(
    ("row", "weight", "change"),
    [
        # Each pair of a0 may earn 2 less, each of its two turns 2 more.
        (["meetings", "a0"], 2, -2 - 2 + 2 + 2),
        # The other way round a turn earns less, a pair more.
        (["turns", "a0"], 2, 2 + 2 - 2),
        (["slots", "a0", None], 2, -2 - 2 + 2 * 2),
        (["slots", "a0", ["s0"]], 2, 2),
        (["tables", None, None], 3, -4 * 3 + 3 * 2),
        (["tables", ["t0"], None], 3, -4 * 3 + 3 * 2),
        (["tables", None, ["s1"]], 3, 3),
        (["facilitators", None], 3, 0),
        (["present", None], 1, -4 + 4),
        # Two turns of a0 avoid shortfall and are asked to avoid two.
        (["shortfall"], 7, 7 + 7 - 2 * 7),
    ],
)
def test_a_row_weighs_what_it_says(row, weight, change):
    assert value((row, weight)) == EVERYTHING + change


def test_rows_of_equal_names_add_up_and_the_denominator_divides():
    twice = value((["meetings", "c0"], 2), (["meetings", "c0"], 3))

    assert twice == value((["meetings", "c0"], 5))
    assert greatest_value(EVENT, duals((["meetings", "c0"], 10), denominator=2), 0) == twice
    assert greatest_value(EVENT, duals((["meetings", "c0"], 1), denominator=2), 0) == EVERYTHING - 1


def test_more_shortfall_shown_loosens_the_row_of_shortfall():
    assert value((["shortfall"], 7), shortfall=1) == value((["shortfall"], 7)) + 7


def test_a_required_pair_earns_even_at_a_loss():
    required = EVENT.model_copy(update={"meetings": (event(meetings=[rule("a0 c1")]).meetings)})

    assert value((["meetings", "c1"], 10)) == EVERYTHING - 4 - 3 + 2 * 10
    assert value((["meetings", "c1"], 10), case=required) == EVERYTHING - 10 - 3 + 2 * 10


def test_rows_count_only_meetings_that_are_confined_to_them():
    case = event(
        slots=slots(3),
        participants=people(
            "a0", "c0", "c1", c0={"unavailable": ["s2"], "home_table": "t0"}, c1={"needs_facilitator": True}
        ),
        affinities=worth({"a0 c0": 9, "a0 c1": 4}),
        tables=tables(2),
        facilitators=[{"id": "f0", "unavailable": ["s0"]}],
    )

    assert value(case=case) == 13
    # c1 comes with a facilitator, who is there in s1 and s2.
    assert value((["slots", "a0", ["s0", "s1"]], 1), case=case) == 13 - 1 + 2
    assert value((["slots", "a0", ["s1", "s2"]], 1), case=case) == 13 - 1 + 2
    assert value((["facilitators", ["s1", "s2"]], 1), case=case) == 13 - 1 + 2
    assert value((["facilitators", ["s0", "s1"]], 1), case=case) == 13 + 1
    assert value((["tables", ["t0"], None], 1), case=case) == 13 - 1 + 3
    assert value((["tables", ["t1"], None], 1), case=case) == 13 + 3
    assert value((["present", ["s0", "s1"]], 1), case=case) == 13 - 1 + 1 + 1


def test_one_person_for_several_meets_once_in_a_slot():
    case = event(
        slots=slots(2),
        participants=people("a0", "a1", "c0"),
        affinities=worth({"a0 c0": 9, "a1 c0": 4, "a0 a1": 7}),
        may_meet=[["association", "company"], ["association", "association"]],
        same_person=[["a0", "a1"]],
    )

    # They do not meet each other; both other meetings count in the row of their person.
    assert value(case=case) == 13
    assert value((["person", "a0", None], 1), case=case) == 13 - 2 + 2
    with pytest.raises(BadProof, match="one person with nobody else"):
        value((["person", "c0", None], 1), case=case)


def test_turns_are_no_more_than_pauses_leave():
    case = event(slots=slots(5), affinities=worth({"a0 c0": 9}), rules={"coverage": [1] * 5, "max_in_a_row": 2})

    # Four of five slots each, for six participants.
    assert value(case=case) == 9 + 4 * len(case.participants)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (["turns", "nobody"], "the event has no participant nobody"),
        (["slots", "a0", ["s0", "never"]], "no slot never"),
        (["tables", ["t7"], None], "no table t7"),
    ],
)
def test_a_row_of_what_the_event_does_not_have_is_refused(row, why):
    with pytest.raises(BadProof, match=why):
        value((row, 1))


def test_tables_of_an_event_that_names_none_limit_nothing():
    with pytest.raises(BadProof, match="names no tables"):
        value((["tables", None, None], 1), case=event(affinities=worth({"a0 c0": 5})))


def test_the_shortfall_cannot_prove_itself():
    with pytest.raises(BadProof, match="in tier value only"):
        least_shortfall(EVENT, duals((["shortfall"], 1)))


def test_what_solve_writes_stands():
    schedule = solve(EVENT, SolveOptions(workers=1))

    assert schedule.status == "optimal"
    assert standing(EVENT, schedule) == {"shortfall": "checked", "value": "checked", "breaks": "checked"}
    assert list(proof_faults(verify_proofs(EVENT, schedule))) == []


def full() -> Event:
    """An event in which tables, presence and minimums all bind."""
    raw = sample_event(8, 6, 5, 3, seed=3).model_dump(mode="json")
    raw["meetings"], raw["rules"]["max_break_difference"] = [], None
    for one in raw["participants"]:
        one.update(min_meetings=3, needs_facilitator=False, home_table=None, requires=[])
    if raw["affinities"] is None:
        del raw["affinities"]
    return parse_event(raw)


@pytest.mark.parametrize("tier", ["shortfall", "value"])
def test_a_bent_multiplier_is_caught(tier):
    case = full()
    schedule = solve(case, SolveOptions(workers=1))
    proof = schedule.tier(tier).proof
    assert isinstance(proof, DualsProof)
    assert len(proof.rows) > 3
    assert standing(case, schedule)[tier] == "checked"
    caught = 0
    for k, (row, weight) in enumerate(proof.rows):
        for bent in {max(0, weight - 1), weight + 1, 0, 2 * weight} - {weight}:
            rows = (*proof.rows[:k], (row, bent), *proof.rows[k + 1 :])
            raw = json.loads(schedule_json(schedule))
            target = next(one for one in raw["tiers"] if one["name"] == tier)
            target["proof"]["rows"] = json.loads(
                DualsProof(denominator=proof.denominator, rows=rows).model_dump_json()
            )["rows"]
            verdict = next(one for one in verify_proofs(case, parse_schedule(raw)) if one.tier == tier)
            # Another multiplier may prove as much; what it proves is never taken for more than it is.
            assert verdict.standing in ("checked", "refuted")
            caught += verdict.standing == "refuted"
        # Each row matters: without it the bound is not proven any more, or it was not needed.
    assert caught >= len(proof.rows)


@pytest.mark.parametrize("tier", ["shortfall", "value"])
def test_a_bent_bound_is_caught(tier):
    case = full()
    schedule = solve(case, SolveOptions(workers=1))
    bound = schedule.tier(tier).bound
    assert bound
    better = bound - 1 if tier == "value" else bound + 1
    bent = schedule.model_copy(
        update={
            "tiers": tuple(
                one.model_copy(update={"bound": better}) if one.name == tier else one for one in schedule.tiers
            )
        }
    )

    (fault,) = proof_faults(verify_proofs(case, bent))
    assert fault == f"tier {tier}: its proof gives {bound}, the schedule says {better}"


@pytest.mark.parametrize(
    ("tier", "changes", "verdict"),
    [
        ("breaks", {"proof": {"by": "search", "solver": "CP-SAT"}}, "trusted"),
        ("breaks", {"bound": None}, "refuted"),
        ("breaks", {"proof": None}, "untold"),
        ("value", {"proof": {"by": "zero"}}, "refuted"),
        ("breaks", {"proof": {"by": "duals", "denominator": 1, "rows": []}}, "refuted"),
        ("idle_slots", {"bound": 1, "proof": {"by": "zero"}}, "refuted"),
    ],
)
def test_each_proof_has_its_verdict(tier, changes, verdict):
    assert standing(EVENT, written(EVENT, tier, **changes))[tier] == verdict


def test_the_solver_that_is_trusted_is_named():
    schedule = written(EVENT, "breaks", proof={"by": "search", "solver": "CP-SAT"})

    assert [verdict.solver for verdict in verify_proofs(EVENT, schedule)] == ["", "", "CP-SAT"]
