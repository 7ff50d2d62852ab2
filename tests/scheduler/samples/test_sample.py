"""Sample events: realistic, valid, feasible, the same for the same seed."""

import time

import pytest

from scheduler.check.schedule import verify
from scheduler.format.event import event_json, parse_event
from scheduler.format.score import score_pair
from scheduler.problem.watch import SolveOptions
from scheduler.samples.sample import IN_A_ROW, benchmark_event, sample_event, seated_event
from scheduler.solve import solve


def test_sample_default_size():
    event = sample_event()

    kinds = [participant.kind for participant in event.participants]
    assert (kinds.count("association"), kinds.count("company")) == (32, 22)
    assert (len(event.slots), len(event.tables)) == (17, 22)


def test_sample_same_seed_same_event():
    assert event_json(sample_event(seed=7)) == event_json(sample_event(seed=7))


def test_sample_other_seed_other_event():
    assert sample_event(seed=1) != sample_event(seed=2)


@pytest.mark.parametrize(
    "sizes", [(0, 0, 1, 0), (1, 1, 1, 1), (0, 5, 3, 2), (3, 3, 200, 0), (5, 40, 29, 3), (40, 5, 56, 9)]
)
def test_sample_is_valid_at_any_size(sizes):
    event = sample_event(*sizes)

    assert parse_event(event_json(event)) == event
    assert (len(event.participants), len(event.slots), len(event.tables)) == (sizes[0] + sizes[1], *sizes[2:])


def test_sample_has_something_of_everything():
    event = sample_event()
    people = event.participants

    assert sum(participant.remote for participant in people) == 2
    assert any(participant.unavailable for participant in people)
    assert any(participant.vetoes for participant in people)
    assert any(participant.delegates == 2 for participant in people)
    assert any(participant.home_table for participant in people)
    assert any(participant.requires for participant in people)
    assert any(participant.needs_facilitator for participant in people)
    assert any(not participant.wishes for participant in people)
    assert {rule.status for rule in event.meetings} == {"required", "forbidden"}
    assert any(rule.slot for rule in event.meetings)
    assert any(rule.session for rule in event.meetings)
    assert any(rule.after for rule in event.meetings)
    assert event.facilitators
    assert event.rules.coverage == (40, 25, 15, 10)
    assert all(6 <= participant.max_meetings <= 10 for participant in people)


def test_sample_wishes_follow_affinity():
    event = sample_event(60, 60)
    weights = event.rules.weights.model_copy(update={"wish_first": 0, "wish_last": 0, "mutual": 0})
    companies = [participant for participant in event.participants if participant.kind == "company"]
    wished, all_pairs = [], []
    for one in event.participants[:60]:
        for other in companies:
            points = score_pair(one, other, weights).points
            all_pairs.append(points)
            if other.id in one.wishes:
                wished.append(points)

    assert sum(wished) / len(wished) > 1.5 * sum(all_pairs) / len(all_pairs)


def test_sample_names_are_unique_for_thousands():
    started = time.monotonic()
    names = [participant.name for participant in sample_event(5000, 5000, 40, 2000).participants]

    assert len(set(names)) == 10_000
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("count", [17, 28, 29, 100])
def test_sample_slots_never_reach_the_night(count):
    for slot in sample_event(2, 2, count, 2).slots:
        assert 9 <= slot.start.hour <= 18
        assert slot.start.date() == slot.end.date()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sample_is_feasible(seed):
    event = sample_event(12, 10, 9, 6, seed)

    schedule = solve(event, SolveOptions(time_limit=5.0, workers=2))

    assert not verify(event, schedule).faults
    assert schedule.meetings


def test_benchmark_gives_each_association_its_partners():
    event = benchmark_event(30, 20, 12, 8, partners=5)

    assert parse_event(event_json(event)) == event
    assert len(event.affinities) == 30 * 5
    assert all(given.score >= 1 for given in event.affinities)


def test_benchmark_all_pairs_without_a_limit():
    assert len(benchmark_event(30, 20, 12, 8).affinities) == 600


def test_benchmark_same_seed_same_event():
    assert benchmark_event(9, 9, 5, 3, 4, seed=3) == benchmark_event(9, 9, 5, 3, 4, seed=3)


def test_benchmark_holds_maxima_between_the_capacities():
    maxima = {
        participant.max_meetings for participant in benchmark_event(40, 40, 12, 20, 5, capacities=(4, 6)).participants
    }

    assert maxima == {4, 5, 6}


@pytest.mark.parametrize(
    "sizes", [(1, 1, 1, 1), (2, 9, 3, 1), (20, 20, 4, 1), (30, 5, 4, 2), (6, 6, 5, 0), (9, 1, 12, 3)]
)
def test_sample_is_feasible_where_room_is_scarce(sizes):
    event = sample_event(*sizes)

    schedule = solve(event, SolveOptions(time_limit=4.0, workers=2))

    assert not verify(event, schedule).faults
    assert schedule.meetings


def test_sample_names_no_organisation_twice_and_codes_are_the_product_s():
    event = sample_event(200, 200)

    assert len({participant.name for participant in event.participants}) == 400
    codes = {code for participant in event.participants for code in (*participant.needs, *participant.offers)}
    assert all(code.count(".") == 1 and code == code.lower() for code in codes)


@pytest.mark.parametrize("sizes", [(0, 0, 1, 0), (1, 1, 1, 1), (0, 5, 3, 2), (5, 40, 29, 3), (32, 22, 17, 22)])
def test_seated_sample_is_valid_at_any_size(sizes):
    event = seated_event(*sizes)

    assert parse_event(event_json(event)) == event
    assert (event.rules.seated, event.rules.max_in_a_row) == (("company",), IN_A_ROW)


def test_seated_sample_is_feasible_and_solved_by_its_rules():
    event = seated_event()
    schedule = solve(event, SolveOptions(time_limit=10.0, workers=1))

    assert verify(event, schedule).faults == []
    assert [len(group) for group in event.same_person] == [2]
    tables = {}
    for meeting in schedule.meetings:
        company = next(id for id in meeting.between if id.startswith("c"))
        if meeting.table:
            tables.setdefault(company, set()).add(meeting.table)
    assert {len(places) for places in tables.values()} == {1}
    assert schedule.tier("value").proven


@pytest.mark.parametrize(("slots", "leaving"), [(6, 0), (17, 1)])
def test_sample_has_the_last_facilitator_leave_early_on_a_long_day(slots: int, leaving: int):
    event = sample_event(32, 22, slots, 22)

    assert len(event.facilitators) > 1
    leave = [facilitator for facilitator in event.facilitators if facilitator.unavailable]
    assert leave == list(event.facilitators[-leaving:] if leaving else ())
    assert all(one.unavailable == tuple(slot.id for slot in event.slots[-2:]) for one in leave)
