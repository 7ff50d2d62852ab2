"""Small events and timetables, written out so that a test can say what an agenda must show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scheduler.format.event import Event, parse_event
from scheduler.format.schedule import Schedule, parse_schedule


def slots(day: str, *starts: str, minutes: int = 6) -> list[dict[str, Any]]:
    """Slots of one day, named ``<day's last digits>-<start>``."""
    found = []
    for start in starts:
        hour, minute = map(int, start.split(":"))
        end = hour * 60 + minute + minutes
        found.append(
            {
                "id": f"{day[-2:]}-{start}",
                "start": f"{day}T{start}",
                "end": f"{day}T{end // 60:02}:{end % 60:02}",
            }
        )
    return found


def participant(id: str, kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "kind": kind, "name": name, **more}


def event_of(participants: Sequence[dict[str, Any]], slots: Sequence[dict[str, Any]], **more: Any) -> Event:
    """An event with thirty tables; wishes for people who are not among ``participants`` are left out."""
    known = {person["id"] for person in participants}
    people = [
        {**person, **{key: [id for id in person.get(key, ()) if id in known] for key in ("wishes", "vetoes")}}
        for person in participants
    ]
    tables = [{"id": f"t{i}", "name": f"Table {i}"} for i in range(1, 31)]
    return parse_event(
        {
            "format": "passerelle-event/1",
            "title": "Rencontres du canal : associations et entreprises",
            "tables": tables,
            "slots": list(slots),
            "participants": people,
            **more,
        }
    )


def schedule_of(*meetings: tuple[str, str, str, str | None], facilitator: str | None = None) -> Schedule:
    """A timetable of ``(participant, participant, slot, table)``."""
    return parse_schedule(
        {
            "format": "passerelle-schedule/1",
            "status": "feasible",
            "meetings": [
                {"between": [a, b], "slot": slot, "table": table, "facilitator": facilitator, "score": 10}
                for a, b, slot, table in meetings
            ],
            "tiers": [
                {"name": "shortfall", "value": 0, "bound": 0},
                {"name": "value", "value": 40, "bound": 44},
                {"name": "breaks", "value": 1, "bound": None},
                {"name": "idle_slots", "value": 1, "bound": None},
                {"name": "table_moves", "value": 2, "bound": None},
            ],
            "seconds": 0.5,
        }
    )


AFTERNOON = slots("2027-03-18", "14:00", "14:07", "14:14", "14:35", "14:42", "14:49")
"""Six slots with a coffee break of fifteen minutes after the third."""

GARDENS = participant(
    "a1",
    "association",
    "Les Jardins du Canal",
    needs=["skills.communication", "goods.it"],
    offers=["visibility.image"],
    themes=["environment"],
    zone="roubaix",
    wishes=["c2", "c1"],
)
ROOF = participant("a2", "association", "Un toit à soi", needs=["money.donation"], vetoes=["c3"])
PRINTER = participant(
    "c1",
    "company",
    "Imprimerie Vasseur",
    needs=["visibility.image"],
    offers=["skills.communication"],
    themes=["environment", "culture"],
    zone="roubaix",
    wishes=["a1"],
)
STUDIO = participant("c2", "company", "Studio Pixel", offers=["skills.digital"], wishes=["a2", "a1"])
BAKERY = participant("c3", "company", "Boulangerie Coopérative", offers=["goods.food"])


def small_event(**more: Any) -> Event:
    """Two associations and three companies in one afternoon."""
    return event_of([GARDENS, ROOF, PRINTER, STUDIO, BAKERY], AFTERNOON, **more)


def small_schedule() -> Schedule:
    """``a1`` meets three partners with a wait and the coffee break between, ``a2`` one."""
    return schedule_of(
        ("a1", "c1", "18-14:00", "t7"),
        ("a1", "c2", "18-14:14", "t3"),
        ("a1", "c3", "18-14:42", "t12"),
        ("c1", "a2", "18-14:35", "t1"),
    )


def full_event(associations: int, companies: int, rounds: int, **more: Any) -> tuple[Event, Schedule]:
    """An event in which everybody meets somebody else in every slot, by turning one circle against the other."""
    starts = [f"{(840 + 7 * i) // 60:02}:{(840 + 7 * i) % 60:02}" for i in range(rounds)]
    items = ("skills.digital", "goods.it", "knowledge.training", "visibility.image")
    people = [
        participant(f"a{i}", "association", f"Association {i}", needs=[items[i % 4]], offers=[items[(i + 1) % 4]])
        for i in range(associations)
    ]
    people += [
        participant(f"c{i}", "company", f"Compagnie {i}", needs=[items[(i + 1) % 4]], offers=[items[i % 4]])
        for i in range(companies)
    ]
    event = event_of(people, slots("2027-03-18", *starts), **more)
    pairs = min(associations, companies)
    meetings = [
        (f"a{i}", f"c{(i + turn) % companies}", slot.id, f"t{i % 30 + 1}")
        for turn, slot in enumerate(event.slots)
        for i in range(pairs)
    ]
    return event, schedule_of(*meetings)
