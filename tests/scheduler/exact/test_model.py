"""The exact model: it keeps each rule by itself, and counts the tiers as the check does."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from ortools.sat.python import cp_model

from scheduler.exact.model import Answer, ExactModel
from scheduler.format.event import Event
from scheduler.problem.problem import build_problem
from scheduler.problem.watch import SolveOptions, Watch
from scheduler.problem.worth import worth
from tests.properties.strategies import events
from tests.scheduler.builders import event, people, rule, slots, tables
from tests.scheduler.builders import worth as affinities


def watch() -> Watch:
    return Watch(SolveOptions(workers=1))


def best(case: Event, tier: str = "value", **limits: int) -> Answer:
    """The best of one tier over all units, others held to ``limits``; value is maximised, the others minimised."""
    model = ExactModel(problem := build_problem(case), np.arange(problem.units), all_held=False)
    for name, limit in limits.items():
        told = expression(model, name)
        model.model.add(told >= limit if name == "value" else told <= limit)
    return model.minimise(-expression(model, tier) if tier == "value" else expression(model, tier), watch())


def expression(model: ExactModel, tier: str) -> cp_model.LinearExprT:
    return model.add_breaks().total if tier == "breaks" else getattr(model.add_worth(), tier)


def most(case: Event) -> int:
    """The number of meetings that fit."""
    answer = best(case)
    assert answer.placement is not None
    return len(answer.placement.units)


def full(*pairs: str, **fields: Any) -> Event:
    return event(affinities=affinities(dict.fromkeys(pairs, 1)), **fields)


ALL = ("a0 c0", "a0 c1", "a1 c0", "a1 c1")


@pytest.mark.parametrize(("count", "held"), [(1, 2), (2, 4), (3, 4)])
def test_model_one_meeting_a_slot(count, held):
    assert most(full(*ALL, slots=slots(count))) == held


def test_model_several_delegates():
    crowd = people("a0", "a1", "c0", "c1", a0={"delegates": 2})

    assert most(full(*ALL, slots=slots(1), participants=crowd)) == 2
    assert most(full("a0 c0", "a0 c1", slots=slots(1), participants=crowd)) == 2


def test_model_maximum():
    assert most(full(*ALL, participants=people("a0", "a1", "c0", "c1", a0={"max_meetings": 1}))) == 3


def test_model_tables():
    assert most(full(*ALL, slots=slots(2), tables=tables(1))) == 2


def test_model_tables_with_features():
    asking = people("a0", "a1", "c0", "c1", a0={"requires": ["quiet"]}, a1={"requires": ["quiet"]})

    assert most(full(*ALL, slots=slots(2), tables=tables(3, ["quiet"]), participants=asking)) == 2
    assert most(full(*ALL, slots=slots(2), tables=tables(3, ["quiet"], ["quiet"]), participants=asking)) == 4


def test_model_tables_of_several_kinds_share_what_they_have_in_common():
    # t0 is for the first, t1 for the last, either for the one between; t2 is for none of them.
    asking = people(
        "a0",
        "a1",
        "a2",
        "c0",
        "c1",
        "c2",
        a0={"requires": ["low"]},
        a1={"requires": ["quiet"]},
        a2={"requires": ["wide"]},
    )
    three = tables(3, ["low", "quiet"], ["wide", "quiet"])

    assert most(full("a0 c0", "a1 c1", slots=slots(1), tables=three, participants=asking)) == 2
    assert most(full("a0 c0", "a1 c1", "a2 c2", slots=slots(1), tables=three, participants=asking)) == 2


def test_model_home_tables_leave_the_others_the_rest():
    # c0 and c1 sit at the only two tables; a2 and c2 find no third.
    hosts = people("a0", "a1", "a2", "c0", "c1", "c2", c0={"home_table": "t0"}, c1={"home_table": "t1"})

    assert most(full("a0 c0", "a1 c1", "a2 c2", slots=slots(1), tables=tables(2), participants=hosts)) == 2


def test_model_online_needs_no_table():
    online = people("a0", "a1", "c0", "c1", c1={"remote": True})

    assert most(full("a0 c0", "a1 c1", slots=slots(1), tables=tables(1), participants=online)) == 2


def test_model_facilitators():
    asking = people("a0", "a1", "c0", "c1", a0={"needs_facilitator": True}, a1={"needs_facilitator": True})
    helpers = [{"id": "f0"}, {"id": "f1", "unavailable": ["s0"]}]

    assert most(full("a0 c0", "a1 c1", slots=slots(1), facilitators=helpers[:1], participants=asking)) == 1
    assert most(full(*ALL, slots=slots(2), facilitators=helpers, participants=asking)) == 3


def test_model_required_is_held_though_it_earns_less():
    case = event(affinities=affinities({"a0 c0": 9, "a1 c0": 1}), slots=slots(1), meetings=[rule("a1 c0")])
    answer = best(case)

    assert answer.bound == -1


def test_model_twins_in_different_slots():
    crowd = people("a0", "c0", a0={"delegates": 2}, c0={"delegates": 2})
    twice = [rule("a0 c0"), rule("a0 c0")]

    assert best(event(slots=slots(1), participants=crowd, meetings=twice)).infeasible
    assert most(event(slots=slots(2), participants=crowd, meetings=twice)) == 2


def test_model_after():
    order = [rule("a0 c0", after=[["a1", "c1"]]), rule("a1 c1")]
    problem = build_problem(case := event(slots=slots(2), meetings=order))
    answer = best(case)

    assert answer.placement is not None
    assert answer.placement.slots[problem.rule[answer.placement.units] == 0] == [1]
    assert best(event(slots=slots(1), meetings=order)).infeasible


def test_model_after_in_a_circle():
    order = [rule("a0 c0", after=[["a1", "c1"]]), rule("a1 c1", after=[["a0", "c0"]])]

    assert best(event(meetings=order)).infeasible


def test_model_break_difference():
    # a0 cannot but have a break, and nobody else can.
    absent = people("a0", "c0", "c1", a0={"unavailable": ["s1"]})
    both = [rule("a0 c0"), rule("a0 c1")]

    assert not best(event(participants=absent, meetings=both, rules={"max_break_difference": 1})).infeasible
    assert best(event(participants=absent, meetings=both, rules={"max_break_difference": 0})).infeasible


def test_model_break_difference_is_not_evened_out_by_breaks_that_nobody_has():
    # All but a2 and c2 have a break in s1; these two meet once. A literal that stands for the end of a break must not
    # be true with a meeting alone.
    ids = ("a0", "a1", "a2", "c0", "c1", "c2")
    case = event(
        participants=people(*ids, **{id: {"unavailable": ["s1"]} for id in ids}),
        affinities=affinities({"a2 c2": 1}),
        meetings=[rule(pair) for pair in ALL],
        rules={"max_break_difference": 0},
    )

    assert best(case, "breaks").infeasible


@pytest.mark.parametrize("fewest", ["shortfall", "breaks"])
def test_model_limits_hold(fewest):
    case = full(*ALL, participants=people("a0", "a1", "c0", "c1", a0={"min_meetings": 2}))
    answer = best(case, fewest, shortfall=0, value=4, breaks=0)

    assert answer.bound == 0
    assert answer.placement is not None
    assert worth(build_problem(case), answer.placement) == (0, 4, 0, 0)


def test_model_where_all_units_are_held():
    problem = build_problem(full(*ALL))

    held = ExactModel(problem, np.array([0, 3]), all_held=True).minimise(None, watch())
    assert held.placement is not None
    assert held.placement.units.tolist() == [0, 3]
    assert (
        ExactModel(build_problem(full(*ALL, slots=slots(1))), np.arange(4), all_held=True)
        .minimise(None, watch())
        .infeasible
    )


def test_model_of_nothing():
    problem = build_problem(event())
    answer = ExactModel(problem, np.arange(0), all_held=False).minimise(None, watch())

    assert answer.placement is not None
    assert len(answer.placement.units) == 0


def test_model_stopped_before_it_began_knows_nothing():
    problem = build_problem(full(*ALL))
    stopped = Watch(SolveOptions(workers=1, time_limit=0.0))
    answer = ExactModel(problem, np.arange(4), all_held=False).minimise(None, stopped)

    assert not answer.infeasible


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(events(people=5, slots=4, room=True))
def test_model_counts_as_the_tiers_do(case: Event):
    problem = build_problem(case)
    assume(not problem.impossible)
    for tier in ("shortfall", "value", "breaks"):
        model = ExactModel(problem, np.arange(problem.units), all_held=False)
        # Held to the most meetings that there can be, so that breaks are not avoided by meeting nobody.
        full_house = model.minimise(-sum(model.x.values()), watch()) if model.x else Answer(None, 0)
        if full_house.infeasible or full_house.placement is None:
            return
        model.model.add(sum(model.x.values()) >= len(full_house.placement.units))
        answer = model.minimise(-expression(model, tier) if tier == "value" else expression(model, tier), watch())
        assert answer.placement is not None
        shortfall, value, breaks, _ = worth(problem, answer.placement)
        assert answer.bound == {"shortfall": shortfall, "value": -value, "breaks": breaks}[tier]


def test_model_seated_with_two_delegates_has_one_table():
    case = event(
        slots=slots(1),
        tables=tables(3),
        affinities=affinities({"a0 c0": 5, "a1 c0": 4}),
        participants=people("a0", "a1", "c0", c0={"delegates": 2}),
        rules={"seated": ["company"]},
    )
    problem = build_problem(case).widest
    model = ExactModel(problem, np.arange(problem.units), all_held=False)

    assert model.minimise(-model.add_worth().value, watch()).bound == -5


@pytest.mark.parametrize(("seats", "possible"), [(2, False), (3, True)])
def test_model_tells_tables_apart_where_more_stay_than_there_are(seats: int, possible: bool):
    # Any two of three are busy together once: two tables are enough in each slot, and not for the day.
    quiet = {"requires": ["quiet"]}
    pairs = ["a0 c0", "a1 c1", "a0 c1", "a1 c2", "a0 c2", "a1 c0"]
    case = event(
        slots=slots(3),
        tables=tables(4, *[["quiet"]] * seats),
        affinities=[],
        participants=people("a0", "a1", "c0", "c1", "c2", c0=quiet, c1=quiet, c2=quiet),
        meetings=[rule(pair, slot=f"s{k // 2}") for k, pair in enumerate(pairs)],
        rules={"seated": ["company"]},
    )
    problem = build_problem(case).widest
    answer = ExactModel(problem, np.arange(problem.units), all_held=True).minimise(None, watch())

    assert (answer.placement is not None) == possible
    assert answer.infeasible == (not possible)


@pytest.mark.parametrize(("count", "possible"), [(2, False), (3, True)])
def test_model_has_two_who_stay_and_must_meet_at_one_table(count: int, possible: bool):
    # c0 and c1, c1 and c2 share a table, which holds one meeting at a time: a0 has to wait for it.
    case = event(
        slots=slots(count),
        tables=tables(4),
        affinities=[],
        participants=people("a0", "c0", "c1", "c2"),
        may_meet=[["association", "company"]],
        meetings=[rule(pair) for pair in ("c0 c1", "c1 c2", "a0 c0")],
        rules={"seated": ["company"]},
    )
    problem = build_problem(case).widest
    answer = ExactModel(problem, np.arange(problem.units), all_held=True).minimise(None, watch())

    assert (answer.placement is not None, answer.infeasible) == (possible, not possible)
