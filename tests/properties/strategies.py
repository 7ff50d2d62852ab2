"""Small random events with every rule of the format, most of them feasible; they shrink to the plainest that fails."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any, TypeVar

from hypothesis import strategies as st

from scheduler.format.event import Event, Weights, parse_event

T = TypeVar("T")

NEEDS = ("skills.law", "skills.digital", "goods.it", "money")
FEATURES = ("accessible", "quiet")
MAY_MEET = (
    [["association", "company"]],
    [["company", "company"]],
    [["association", "company"], ["company", "company"], ["public", "association"]],
    [["association", "company"], ["company", "company"], ["association", "association"]],
)


@st.composite
def events(draw: st.DrawFn, *, people: int = 6, slots: int = 5, room: bool = False) -> Event:
    """Valid events of at most ``people`` participants and ``slots`` slots; with ``room`` hard rule 6 is drawn too."""
    grid = draw(_slots(slots))
    tables = [{"id": f"t{k}", "features": draw(_some(FEATURES))} for k in range(draw(st.sampled_from([0, 2, 1, 3])))]
    features = sorted({feature for table in tables for feature in table["features"]})
    slot_ids = [slot["id"] for slot in grid]
    facilitators = [
        {"id": f"f{k}", "unavailable": draw(_few(slot_ids))} for k in range(draw(st.sampled_from([1, 2, 0])))
    ]
    may_meet = draw(st.sampled_from(MAY_MEET))
    kinds = sorted({kind for pair in may_meet for kind in pair})
    ids = [f"p{i}" for i in range(draw(st.sampled_from([*range(people - 1, people + 1), *range(2, people - 1)])))]
    # Taking turns makes many pairs that may meet; chance alone often makes none.
    kind_of = {
        id: draw(st.sampled_from(kinds)) if draw(_rarely(6)) else kinds[i % len(kinds)] for i, id in enumerate(ids)
    }
    participants = [
        draw(_participant(id, kind_of[id], [other for other in ids if other != id], slot_ids, tables, features))
        for id in ids
    ]
    event: dict[str, Any] = {
        "format": "passerelle-event/1",
        "slots": grid,
        "tables": tables,
        "facilitators": facilitators,
        "may_meet": may_meet,
        "participants": participants,
        "same_person": draw(_groups(participants)) if room else [],
        "meetings": draw(_meetings(ids, grid)),
        "rules": {
            "seated": draw(_seated(participants, may_meet, tables)) if room else [],
            "max_in_a_row": draw(st.integers(1, 3)) if room and draw(_rarely(3)) else None,
            "coverage": sorted(draw(st.lists(st.integers(0, 40), max_size=3)), reverse=True),
            "max_break_difference": draw(st.integers(0, 2)) if draw(_rarely(5)) else None,
            "weights": draw(_weights()) if draw(_rarely(4)) else {},
        },
    }
    if draw(st.booleans()):
        everybody = list(combinations(ids, 2))
        pairs = draw(st.lists(st.sampled_from(everybody), unique=True, min_size=len(everybody) // 2))
        event["affinities"] = [{"between": list(pair), "score": draw(st.integers(0, 30))} for pair in pairs]
    return parse_event(event)


@st.composite
def _slots(draw: st.DrawFn, most: int) -> list[dict[str, Any]]:
    start = datetime(2027, 3, 18, 14)
    found = []
    for i in range(draw(st.sampled_from([*range(most - 1, most + 1), *range(1, most - 1)]))):
        # Now and then a night, and now and then a gap that interrupts a row, or all but.
        gap = timedelta(minutes=draw(st.sampled_from([8, 15, 16])) if draw(_rarely(4)) else 8)
        start += timedelta(days=1) if i and draw(_rarely(5)) else gap
        session = draw(st.sampled_from([None, "am", "pm"]))
        end = start + timedelta(minutes=6)
        found.append({"id": f"s{i}", "start": start.isoformat(), "end": end.isoformat(), "session": session})
    return found


@st.composite
def _participant(
    draw: st.DrawFn,
    id: str,
    kind: str,
    others: Sequence[str],
    slots: Sequence[str],
    tables: Sequence[dict[str, Any]],
    features: Sequence[str],
) -> dict[str, Any]:
    least = draw(st.sampled_from([0, 1, 2]))
    return {
        "id": id,
        "kind": kind,
        "needs": draw(_some(NEEDS, least=1)),
        "offers": draw(_some(NEEDS, least=1)),
        "themes": draw(_some(("sport", "culture", "youth", "health"))),
        "wishes": draw(st.lists(st.sampled_from(others), unique=True, max_size=3)),
        "vetoes": draw(_few(others)),
        "min_meetings": least,
        "max_meetings": draw(st.sampled_from([3, 2, max(least, 1), least])) if draw(_rarely(3)) else None,
        "delegates": draw(st.integers(2, 3)) if draw(_rarely(5)) else 1,
        "unavailable": draw(_few(slots)),
        "remote": draw(_rarely(6)),
        "home_table": draw(st.sampled_from(tables))["id"] if tables and draw(_rarely(8)) else None,
        "requires": draw(_few(features)) if features else [],
        "needs_facilitator": draw(_rarely(6)),
        "zone": draw(st.sampled_from([None, "north", "south"])),
        "boost": draw(st.integers(-20, 20)) if draw(_rarely(4)) else 0,
    }


@st.composite
def _groups(draw: st.DrawFn, participants: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Now and then two or three who are one person; whoever came with several delegates is none of them."""
    ids = [participant["id"] for participant in participants if participant["delegates"] == 1]
    if len(ids) < 2 or not draw(_rarely(4)):
        return []
    chosen = draw(st.lists(st.sampled_from(ids), unique=True, min_size=2, max_size=4))
    return [chosen[:2], chosen[2:]] if len(chosen) == 4 else [chosen]


@st.composite
def _seated(
    draw: st.DrawFn,
    participants: Sequence[dict[str, Any]],
    may_meet: Sequence[Sequence[str]],
    tables: Sequence[dict[str, Any]],
) -> list[str]:
    """Now and then a kind that stays seated, where the file would be sound."""
    kinds = sorted({participant["kind"] for participant in participants})
    sound = [
        kind
        for kind in kinds
        if [kind, kind] not in may_meet
        and (not tables or sum(p["kind"] == kind and not p["remote"] for p in participants) <= len(tables))
    ]
    return [draw(st.sampled_from(sound))] if sound and draw(_rarely(2)) else []


@st.composite
def _meetings(draw: st.DrawFn, ids: Sequence[str], slots: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    pairs = draw(st.lists(st.sampled_from(list(combinations(ids, 2))), unique=True, max_size=4))
    sessions = sorted({slot["session"] for slot in slots} - {None})
    found = []
    for pair in pairs:
        status = draw(st.sampled_from(["allowed", "required", "forbidden"]))
        times = draw(st.integers(2, 3)) if status == "required" and draw(_rarely(4)) else 1
        for _ in range(times):
            # Those that have rules themselves, most of all: they are held.
            others = [list(one) for one in (*pairs, *combinations(ids, 2)) if one != pair]
            found.append(
                {
                    "between": list(pair) if draw(st.booleans()) else [pair[1], pair[0]],
                    "status": status,
                    "slot": draw(st.sampled_from(slots))["id"] if draw(_rarely(4)) else None,
                    "session": draw(st.sampled_from(sessions)) if sessions and draw(_rarely(4)) else None,
                    "after": draw(_one_or_two(others)) if others and draw(_rarely(3)) else [],
                }
            )
    return found


def _rarely(one_in: int) -> st.SearchStrategy[bool]:
    return st.integers(0, one_in - 1).map(lambda number: number == one_in - 1)


def _one_or_two(pairs: Sequence[list[str]]) -> st.SearchStrategy[list[list[str]]]:
    return st.lists(st.sampled_from(pairs), unique_by=tuple, min_size=1, max_size=2)


@st.composite
def _weights(draw: st.DrawFn) -> dict[str, int]:
    names = draw(st.lists(st.sampled_from(sorted(Weights.model_fields)), unique=True, min_size=1, max_size=4))
    return {name: draw(st.integers(0, 12)) for name in names}


def _some(values: Sequence[T], least: int = 0) -> st.SearchStrategy[list[T]]:
    return st.lists(st.sampled_from(values), unique=True, min_size=least, max_size=3)


@st.composite
def _few(draw: st.DrawFn, values: Sequence[T]) -> list[T]:
    """Mostly nothing of ``values``, now and then one or two."""
    return draw(st.lists(st.sampled_from(values), unique=True, min_size=1, max_size=2)) if draw(_rarely(8)) else []
