"""Plain events beyond those of ``scheduler.samples``: short visits, and rotations where everybody meets everybody."""

from __future__ import annotations

from random import Random

from scheduler.format.event import Event, parse_event
from scheduler.samples.sample import COVERAGE, benchmark_event


def with_short_visits(event: Event, share: float, seed: int = 1) -> Event:
    """Return ``event`` with that share of its people there for one stretch of 4 to 12 slots only."""
    random = Random(f"visits {seed}")
    slots = [slot.id for slot in event.slots]
    people = []
    for person in event.participants:
        if random.random() < share:
            stay = random.randint(4, 12)
            first = random.randint(0, max(0, len(slots) - stay))
            away = (*slots[:first], *slots[first + stay :])
            person = person.model_copy(update={"unavailable": away})
        people.append(person)
    return event.model_copy(update={"participants": tuple(people)})


def full_rotation(associations: int, companies: int, seed: int = 0) -> Event:
    """Return an event in which everybody of one side can meet everybody of the other, in as many slots as that takes.

    With seed 0 all meetings are worth the same, else between 1 and 60.
    """
    random = Random(f"rotation {associations} {companies} {seed}")
    base = benchmark_event(1, 1, max(associations, companies), min(associations, companies))
    ids = [f"a{i + 1}" for i in range(associations)], [f"c{j + 1}" for j in range(companies)]
    people = [{"id": id, "kind": "association"} for id in ids[0]] + [{"id": id, "kind": "company"} for id in ids[1]]
    return parse_event(
        {
            "format": base.format,
            "title": f"Rotation {associations} × {companies}",
            "slots": [slot.model_dump(mode="json") for slot in base.slots],
            "tables": [table.model_dump(mode="json") for table in base.tables],
            "participants": people,
            "affinities": [
                {"between": [a, c], "score": random.randint(1, 60) if seed else 10} for a in ids[0] for c in ids[1]
            ],
            "rules": {"coverage": list(COVERAGE)},
        }
    )
