"""An event with more or fewer tables and slots than it has, and with its scores written out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import combinations, pairwise

from scheduler.format.event import Affinity, Event, MeetingRule, Participant, Slot, Table
from scheduler.format.score import may_meet, score_pair


def event_with_tables(event: Event, count: int | None) -> Event:
    """Return ``event`` with its first ``count`` tables, plain ones added where it has fewer (``None``: none at all)."""
    known = set(event.table_index)
    names = (name for k in range(1, 10**9) if (name := f"table {k}") not in known)
    added = [Table(id=next(names)) for _ in range((count or 0) - len(event.tables))]
    return _copied(event, tables=(*event.tables[: count or 0], *added))


def event_with_slots(event: Event, count: int) -> Event:
    """Return ``event`` with its first ``count`` slots, more in the same rhythm added where it has fewer."""
    if count == len(event.slots):
        return event
    if count < len(event.slots):
        return _without_slots(event, {slot.id for slot in event.slots[count:]})
    added = list(_more_slots(event, count - len(event.slots)))
    last, names = event.slots[-1].id, [slot.id for slot in added]

    def longer(unavailable: tuple[str, ...]) -> tuple[str, ...]:
        return (*unavailable, *names) if last in unavailable else unavailable

    return _copied(
        event,
        slots=(*event.slots, *added),
        participants=tuple(
            p.model_copy(update={"unavailable": longer(p.unavailable)}) if last in p.unavailable else p
            for p in event.participants
        ),
        facilitators=tuple(f.model_copy(update={"unavailable": longer(f.unavailable)}) for f in event.facilitators),
    )


def scored(event: Event) -> Event:
    """Return ``event`` with its scores as given affinities, so that they are computed once for all cells."""
    if event.affinities is not None:
        return event
    people = event.participants
    ruled = {frozenset(rule.between) for rule in event.meetings}
    given = []
    for a, b in combinations(people, 2):
        listed = frozenset((a.id, b.id)) in ruled
        if listed or may_meet(event, a, b):
            points = score_pair(a, b, event.rules.weights).points
            if points or listed:
                given.append(Affinity.model_construct(between=(a.id, b.id), score=points))
    return _copied(event, affinities=tuple(given))


def _more_slots(event: Event, count: int) -> Iterable[Slot]:
    last = event.slots[-1]
    same_day = [slot for slot in event.slots[:-1] if slot.start.date() == last.start.date()]
    rhythm = last.start - same_day[-1].start if same_day else last.end - last.start
    # A pause before the last slot is no rhythm.
    rhythm = min([rhythm, *(b.start - a.start for a, b in pairwise(same_day))])
    known = set(event.slot_index)
    names = (name for k in range(1, 10**9) if (name := f"slot {k}") not in known)
    for k in range(1, count + 1):
        shift: timedelta = rhythm * k
        yield last.model_copy(update={"id": next(names), "start": last.start + shift, "end": last.end + shift})


def _without_slots(event: Event, gone: set[str]) -> Event:
    def without(participant: Participant) -> Participant:
        kept = tuple(id for id in participant.unavailable if id not in gone)
        same = len(kept) == len(participant.unavailable)
        return participant if same else participant.model_copy(update={"unavailable": kept})

    def confined(rule: MeetingRule) -> MeetingRule:
        # A session that no slot has leaves the meeting no place: it is reported where it is required.
        return rule.model_copy(update={"slot": None, "session": "\0gone"}) if rule.slot in gone else rule

    return _copied(
        event,
        slots=tuple(slot for slot in event.slots if slot.id not in gone),
        participants=tuple(without(participant) for participant in event.participants),
        meetings=tuple(confined(rule) for rule in event.meetings),
    )


def _copied(event: Event, **update: object) -> Event:
    """Return ``event`` with other parts; nothing that was computed from the old ones comes along."""
    return Event.model_construct(**{**{name: getattr(event, name) for name in Event.model_fields}, **update})
