"""What is told of a timetable against the check of timetables, which knows nothing of drift."""

from datetime import datetime
from random import Random
from typing import Any

import pytest

from scheduler.check.schedule import Timetable
from scheduler.format.event import Event, MeetingRule, Participant
from scheduler.format.schedule import Schedule
from scheduler.problem.watch import SolveOptions
from scheduler.samples.sample import sample_event
from web.domain.timetable.distance import Announced, Code, Now, Severity, distance

LONG_BEFORE = datetime(2000, 1, 1)
# What cannot be told of a single meeting is told without one.
WITHOUT_MEETINGS = ("rule 5", "rule 6", "rule 2: {who} has {count} meetings")


@pytest.fixture(scope="module")
def solved() -> tuple[Event, Schedule]:
    from scheduler.solve import solve

    event = sample_event()
    return event, solve(event, SolveOptions(time_limit=3, seed=1))


def with_one(event: Event, random: Random, **values: Any) -> Event:
    """`event` with those values of one participant changed; a value may be a function of the participant."""
    place = random.randrange(len(event.participants))
    one = event.participants[place]
    new = {name: value(one) if callable(value) else value for name, value in values.items()}
    people = list(event.participants)
    people[place] = one.model_copy(update=new)
    return event.model_copy(update={"participants": tuple(people)})


def without(event: Event, name: str, random: Random) -> Event:
    items = list(getattr(event, name))
    if len(items) > 1:
        del items[random.randrange(len(items))]
    return event.model_copy(update={name: tuple(items)})


def changed(event: Event, random: Random) -> Event:
    """`event` after one thing has happened."""
    some_slots = tuple(slot.id for slot in event.slots if random.random() < 0.3)
    some_table = random.choice([*event.tables, None])
    a, b = random.sample(event.participants, 2)

    def other_features() -> Event:
        tables = tuple(one.model_copy(update={"features": ()}) for one in event.tables)
        return event.model_copy(update={"tables": tables})

    def away() -> Event:
        helpers = tuple(one.model_copy(update={"unavailable": some_slots}) for one in event.facilitators)
        return event.model_copy(update={"facilitators": helpers})

    def vetoes(one: Participant) -> tuple[str, ...]:
        return tuple(other.id for other in event.participants if other.id != one.id and random.random() < 0.5)

    return random.choice(
        [
            lambda: without(event, "participants", random),
            lambda: without(event, "slots", random),
            lambda: without(event, "tables", random),
            lambda: without(event, "facilitators", random),
            lambda: with_one(event, random, unavailable=some_slots),
            lambda: with_one(event, random, delegates=1),
            lambda: with_one(event, random, remote=lambda one: not one.remote),
            lambda: with_one(event, random, requires=("accessible", "quiet")),
            lambda: with_one(event, random, home_table=some_table and some_table.id),
            lambda: with_one(event, random, needs_facilitator=True),
            lambda: with_one(event, random, vetoes=vetoes),
            lambda: with_one(event, random, needs=(), offers=(), themes=(), wishes=(), zone=None),
            lambda: with_one(event, random, kind="company"),
            other_features,
            away,
            lambda: event.model_copy(update={"same_person": ((a.id, b.id),)}),
            lambda: event.model_copy(update={"may_meet": (("association", "association"),)}),
            lambda: event.model_copy(
                update={"meetings": (*event.meetings, MeetingRule(between=(a.id, b.id), status="forbidden"))}
            ),
        ]
    )()


@pytest.mark.parametrize("seed", range(60))
def test_what_no_item_breaks_can_be_held_as_the_check_says(solved: tuple[Event, Schedule], seed: int) -> None:
    event, schedule = solved
    random = Random(seed)
    now = event
    for _change in range(random.randint(1, 3)):
        now = changed(now, random)
    items = distance(Announced(event, schedule), Now(now, LONG_BEFORE))
    broken = [meeting for item in items for meeting in item.meetings]
    assert all((item.severity == Severity.RED) == bool(item.meetings) for item in items)
    assert set(broken) <= set(schedule.meetings)
    kept = [meeting for meeting in schedule.meetings if meeting not in broken]
    people = {one.id for one in now.participants}
    assert all(meeting.pair <= people and meeting.slot in now.slot_index for meeting in kept)
    against = [
        fault
        for fault in Timetable(now, kept).faults()
        if not str(getattr(fault, "template", fault)).startswith(WITHOUT_MEETINGS)
        # A helper whom nobody asks for any more disturbs nobody.
        and "needs none" not in fault
    ]
    assert against == []
    assert items or now == event or not any(Timetable(now, schedule.meetings).faults())


def test_nothing_has_changed_in_an_event_that_is_the_same(solved: tuple[Event, Schedule]) -> None:
    event, schedule = solved
    assert distance(Announced(event, schedule, "Salle des Fêtes"), Now(event, LONG_BEFORE, "Salle des Fêtes")) == ()
    (item,) = distance(Announced(event, schedule, "Salle des Fêtes"), Now(event, LONG_BEFORE, "Halle"))
    assert item.code == Code.PLACE
