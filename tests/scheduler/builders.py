"""Small events written out: the plainest one, and what a test changes in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hypothesis import strategies as st

from scheduler.check.schedule import verify
from scheduler.check.tiers import TIERS
from scheduler.format.event import Event, parse_event
from scheduler.format.schedule import Meeting, Schedule, Tier

Raw = dict[str, Any]


def slots(count: int, days: int = 1, sessions: Sequence[str | None] = ()) -> list[Raw]:
    """``count`` slots named s0, s1…, spread over ``days`` days, with their sessions in order."""
    found: list[Raw] = []
    for i in range(count):
        day = 18 + i * days // count
        minutes = 9 * 60 + 10 * i
        start, end = (f"2027-03-{day}T{m // 60:02}:{m % 60:02}" for m in (minutes, minutes + 8))
        found.append({"id": f"s{i}", "start": start, "end": end, "session": sessions[i] if sessions else None})
    return found


def tables(count: int, *features: Sequence[str]) -> list[Raw]:
    """``count`` tables named t0, t1…, with their features in order."""
    return [{"id": f"t{i}", "features": list(features[i]) if i < len(features) else []} for i in range(count)]


def people(*ids: str, **more: Raw) -> list[Raw]:
    """Participants by id: ``a…`` are associations, all others companies; ``more`` says what else is true of one."""
    return [{"id": id, "kind": "association" if id[0] == "a" else "company", **more.get(id, {})} for id in ids]


def worth(scores: dict[str, int]) -> list[Raw]:
    """Affinities from ``{"a0 c0": 5}``."""
    return [{"between": pair.split(), "score": score} for pair, score in scores.items()]


def rule(pair: str, status: str = "required", **more: Any) -> Raw:
    """An entry of ``meetings`` for the pair ``"a0 c0"``."""
    return {"between": pair.split(), "status": status, **more}


def raw_event(**fields: Any) -> Raw:
    """An event file: two associations, two companies, three slots, unless ``fields`` says otherwise."""
    return {
        "format": "passerelle-event/1",
        "slots": slots(3),
        "participants": people("a0", "a1", "c0", "c1"),
        **fields,
    }


def event(**fields: Any) -> Event:
    """The event of ``raw_event``."""
    return parse_event(raw_event(**fields))


def held(pair: str, slot: str, table: str | None = None, helper: str | None = None, score: int = 0) -> Meeting:
    """A meeting of the pair ``"a0 c0"``."""
    one, other = pair.split()
    return Meeting(between=(one, other), slot=slot, table=table, facilitator=helper, score=score)


def schedule_of(event: Event, meetings: Iterable[Meeting], **tiers: int) -> Schedule:
    """A schedule of these meetings whose tiers are right, except where ``tiers`` says otherwise; nothing is proven."""
    meetings = tuple(meetings)
    blank = Schedule(status="feasible", meetings=meetings, tiers=(), seconds=0.0)
    right = {**verify(event, blank).tiers, **tiers}
    return blank.model_copy(update={"tiers": tuple(Tier(name=name, value=right[name], bound=None) for name in TIERS)})


def places(schedule: Schedule) -> set[tuple[str, str]]:
    """What a schedule holds, as pairs such as ``("a0 c0", "s1")``."""
    return {(" ".join(sorted(meeting.between)), meeting.slot) for meeting in schedule.meetings}


@st.composite
def two_sided(draw: st.DrawFn, delegates: int = 2) -> Event:
    """A two-sided event that is a network: scores, coverage, minimums, maximums, delegates, tables."""
    left, right = (draw(st.integers(1, 6)) for _ in range(2))
    ids = [f"a{i}" for i in range(left)] + [f"c{i}" for i in range(right)]
    more = {}
    for id in ids:
        least = draw(st.integers(0, 3))
        most = draw(st.sampled_from([None, least, least + 2]))
        more[id] = {"min_meetings": least, "max_meetings": most, "delegates": draw(st.integers(1, delegates))}
    pairs = [f"a{i} c{j}" for i in range(left) for j in range(right)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, min_size=1))
    return event(
        slots=slots(draw(st.integers(1, 5))),
        participants=people(*ids, **more),
        tables=tables(draw(st.integers(0, 3))),
        affinities=worth({pair: draw(st.integers(0, 40)) for pair in chosen}),
        rules={"coverage": sorted(draw(st.lists(st.integers(0, 40), max_size=4)), reverse=True)},
    )
