"""Who stays where tables break: counting slot by slot against the exact program over all places."""

import random
from functools import cache
from itertools import combinations

import numpy as np
import pytest

from scheduler.format.event import Event
from scheduler.format.schedule import Schedule
from scheduler.problem.capacities import resources_of
from scheduler.problem.watch import SolveOptions, Watch
from scheduler.replanning.excess import thin_out
from scheduler.replanning.filling import gains
from scheduler.replanning.keeping import _by_program, choose_kept
from scheduler.replanning.situation import Disturbance, Situation
from scheduler.replanning.trading import trade
from scheduler.samples.sample import sample_event
from scheduler.slotting.open import OpenPlaces
from scheduler.solve import solve
from tests.scheduler.builders import event, people, slots, tables, worth


@cache
def announced_sample(seed: int) -> tuple[Event, Schedule]:
    sample = sample_event(10, 8, 8, 7, seed)
    return sample, solve(sample, SolveOptions(time_limit=0.5, workers=1))


def without_tables(event: Event, lost: int, dice: random.Random) -> Event:
    plain = [table.id for table in event.tables if not table.features]
    gone = set(dice.sample(plain, lost))
    people = tuple(p.model_copy(update={"home_table": None}) if p.home_table in gone else p for p in event.participants)
    kept = tuple(table for table in event.tables if table.id not in gone)
    return event.model_copy(update={"tables": kept, "participants": people})


def situation_of(event: Event, announced: Schedule) -> tuple[Situation, OpenPlaces]:
    situation = Situation.of(event, announced, Disturbance())
    problem = situation.problem
    resources = resources_of(problem, np.arange(problem.units))
    assert resources is not None
    return situation, OpenPlaces.beside(problem, resources, situation.settled, situation.first)


@pytest.mark.parametrize("seed", range(6))
def test_counting_agrees_with_the_program(seed: int):
    before, announced = announced_sample(seed)
    situation, apart = situation_of(without_tables(before, 1 + seed % 3, random.Random(seed)), announced)
    watch = Watch(SolveOptions(workers=1))

    thinned = thin_out(apart, situation.keepable)
    exact = _by_program(situation, apart, thinned, 0, watch)
    found = choose_kept(situation, apart, 0, watch)

    assert exact is not None and found is not None
    assert situation.lost + thinned.excess <= exact.least
    assert (found.gone, found.least) == (exact.gone, exact.least)
    assert gains(apart, found.filling.units) == gains(apart, exact.filling.units)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("gone", [0, 2, 5])
def test_limit_of_a_trade_holds_for_the_exact_program(seed: int, gone: int):
    before, announced = announced_sample(seed)
    situation, apart = situation_of(without_tables(before, 2, random.Random(seed)), announced)
    watch = Watch(SolveOptions(workers=1))
    thinned = thin_out(apart, situation.keepable)
    exact = _by_program(situation, apart, thinned, gone, watch)
    assert exact is not None

    traded = trade(apart, situation.keepable.units, len(situation.keepable.units) - exact.gone)

    assert traded is not None
    avoided, value = gains(apart, exact.filling.units)
    assert traded.weight * avoided + value <= traded.limit
    assert len(traded.gone) <= exact.gone


def test_more_may_stay_only_for_less_worth():
    before, announced = announced_sample(3)
    guest = before.participants[0].model_copy(update={"id": "guest"})
    situation, apart = situation_of(
        before.model_copy(update={"participants": (*before.participants, guest)}), announced
    )
    units = situation.keepable.units
    limits = [traded.limit for gone in range(0, 12, 3) if (traded := trade(apart, units, len(units) - gone))]

    assert len(limits) == 4
    assert limits == sorted(limits)
    assert limits[0] < limits[-1]


def test_counting_lets_others_go_only_where_a_flow_says_whom():
    # Everybody may meet everybody: there are no two sides, so no flow, though more than the excess may go.
    ids = [f"c{k}" for k in range(6)]
    pairs = {f"{one} {other}": 1 + k for k, (one, other) in enumerate(combinations(ids, 2))}
    kinds = {"participants": people(*ids), "may_meet": [["company", "company"]], "affinities": worth(pairs)}
    before = event(slots=slots(4), tables=tables(3), **kinds)
    situation, apart = situation_of(
        event(slots=slots(4), tables=tables(2), **kinds), solve(before, SolveOptions(workers=1))
    )
    watch = Watch(SolveOptions(workers=1))
    thinned = thin_out(apart, situation.keepable)
    allowed = situation.lost + thinned.excess + 3

    assert trade(apart, situation.keepable.units, 1) is None
    found = choose_kept(situation, apart, allowed, watch)
    exact = _by_program(situation, apart, thinned, allowed, watch)

    assert found is not None and exact is not None
    assert found.gone <= allowed
    assert gains(apart, found.filling.units) == gains(apart, exact.filling.units)
