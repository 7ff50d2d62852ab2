"""The independent check of a replanned schedule: the past to the letter, disruptions counted, changes exact.

Like ``scheduler.check.schedule`` it is written from the format alone and shares nothing with what replans.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import reduce

from scheduler.check.schedule import Report, Timetable, counted, unknown_ids
from scheduler.check.tiers import tier_faults
from scheduler.format.event import Event, MeetingRule
from scheduler.format.schedule import Change, Meeting, Schedule
from scheduler.format.sentence import Sentence

Place = tuple[frozenset[str], str]


def verify_replan(
    event: Event,
    announced: Schedule,
    new: Schedule,
    from_slot: str | None = None,
    absent: Collection[str] = (),
    late: Mapping[str, str] | None = None,
    allow_disruptions: int = 0,
) -> Report:
    """Return every fault of ``new`` as a replan of ``announced``, and its tiers recomputed, disruptions first.

    ``event`` is the event as it now is; ``absent`` and ``late`` are counted as unavailable on top of what it says.
    What lies before ``from_slot`` must be as announced and is not judged by the rules: a table may be gone by now.
    A required meeting for which no slot is left is not missed. Whether fewer disruptions were possible is checked
    only where that is plain: where the announced meetings that can stay are legal together.
    Cost: linear in the files, as ``verify``.
    """
    first = event.slot_index[from_slot] if from_slot is not None else 0
    today = _with_absences(event, first, absent, late or {})
    past, ahead = _split(event, announced.meetings, first)
    new_past, new_ahead = _split(event, new.meetings, first)
    today = without_lapsed(today, first, past)
    settled = frozenset(range(first))
    timetable = Timetable(today, new.meetings, settled)

    unknown = list(unknown_ids(event, new_ahead))
    faults = [*unknown, *_past_faults(past, new_past), *timetable.faults(), *timetable.score_faults()]
    still_there = event.participant_index.keys() - set(absent)
    affected = [meeting for meeting in ahead if meeting.pair <= still_there]
    disruptions = _disruptions(affected, new.meetings)
    tiers = {"disruptions": disruptions, **timetable.tiers()}
    if not unknown:
        faults += tier_faults(tiers, new)
    if "disruptions" not in {tier.name for tier in new.tiers}:
        faults.append(Sentence("tiers_without_disruptions"))
    faults += _needless(today, past, affected, settled, disruptions, allow_disruptions)
    faults += _change_faults(announced.meetings, new)
    return Report(counted(faults), tiers)


# The event on the day


def _with_absences(event: Event, first: int, absent: Collection[str], late: Mapping[str, str]) -> Event:
    ids = [slot.id for slot in event.slots]
    missed = {id: set(ids[first : event.slot_index[slot]]) for id, slot in late.items()}
    missed |= {id: set(ids[first:]) for id in absent}
    people = tuple(
        participant.model_copy(update={"unavailable": (*participant.unavailable, *missed.get(participant.id, ()))})
        for participant in event.participants
    )
    return event.model_copy(update={"participants": people})


def without_lapsed(event: Event, first: int, past: Sequence[Meeting]) -> Event:
    """Return ``event`` with the required meetings for which no slot is left merely allowed."""
    times = Counter(meeting.pair for meeting in past)

    def lapsed(rule: MeetingRule) -> bool:
        away = {slot for id in rule.between for slot in event.participant(id).unavailable}
        return not any(
            rule.slot in (None, slot.id) and rule.session in (None, slot.session) and slot.id not in away
            for slot in event.slots[first:]
        )

    rules = []
    for rule in event.meetings:
        pair = frozenset(rule.between)
        if rule.status == "required" and lapsed(rule):
            if not times[pair]:
                rule = rule.model_copy(update={"status": "allowed"})
            times[pair] -= 1
        rules.append(rule)
    return event.model_copy(update={"meetings": tuple(rules)})


def _split(event: Event, meetings: Iterable[Meeting], first: int) -> tuple[list[Meeting], list[Meeting]]:
    """Return the meetings before and from slot ``first`` on; those in a slot that is gone count as later."""
    past: list[Meeting] = []
    ahead: list[Meeting] = []
    for meeting in meetings:
        (past if event.slot_index.get(meeting.slot, first) < first else ahead).append(meeting)
    return past, ahead


# What must hold


def _past_faults(announced: Sequence[Meeting], new: Sequence[Meeting]) -> Iterator[Sentence]:
    before, after = Counter(map(_letter, announced)), Counter(map(_letter, new))
    for pair, slot, table, helper in before - after:
        yield Sentence("past_not_kept", pair=_pair(pair), slot=slot, table=table, helper=helper)
    for pair, slot, table, helper in after - before:
        yield Sentence("past_not_happened", pair=_pair(pair), slot=slot, table=table, helper=helper)


def _letter(meeting: Meeting) -> tuple[frozenset[str], str, str | None, str | None]:
    """What of a meeting happened; its score is what the event now says."""
    return meeting.pair, meeting.slot, meeting.table, meeting.facilitator


def _disruptions(announced: Iterable[Meeting], new: Iterable[Meeting]) -> int:
    """Return how many of the announced meetings are not where they were."""
    kept = Counter((meeting.pair, meeting.slot) for meeting in new)
    return (Counter((meeting.pair, meeting.slot) for meeting in announced) - kept).total()


def _needless(
    event: Event,
    past: Sequence[Meeting],
    announced: Sequence[Meeting],
    settled: frozenset[int],
    disruptions: int,
    allowed: int,
) -> Iterator[Sentence]:
    """Yield a fault where more was disrupted than needed: what can stay by itself could have stayed together."""
    can_stay = [meeting for meeting in announced if not _cannot_stay(event, meeting)]
    helpers = {None, *(helper.id for helper in event.facilitators)}
    places = {None, *event.table_index}
    if any(meeting.table not in places or meeting.facilitator not in helpers for meeting in can_stay):
        # Whether another table, or helper, would do is for more than a glance.
        return
    forced = len(announced) - len(can_stay)
    together = Timetable(event, [*past, *can_stay], settled)
    if disruptions > forced + allowed and not any(together.faults()):
        most = Sentence("forced_and_allowed" if allowed else "forced", forced=forced, allowed=allowed)
        yield Sentence("disruptions_needless", most=most, found=disruptions)


def _cannot_stay(event: Event, meeting: Meeting) -> bool:
    """Return whether the meeting cannot stay in its slot, whatever else is held."""
    one, other = (event.participant(id) for id in meeting.between)
    statuses = {rule.status for rule in event.meetings if frozenset(rule.between) == meeting.pair}
    return (
        meeting.slot not in event.slot_index
        or meeting.slot in {*one.unavailable, *other.unavailable}
        or one.id in other.vetoes
        or other.id in one.vetoes
        or "forbidden" in statuses
    )


def _change_faults(announced: Sequence[Meeting], new: Schedule) -> Iterator[Sentence]:
    """Yield where ``changes`` is not one entry for each participant whose agenda differs, with what differs."""
    if new.changes is None:
        yield Sentence("changes_missing")
        return
    expected = _differences(announced, new.meetings)
    told = Counter(change.participant for change in new.changes)
    for id in sorted(id for id, times in told.items() if times > 1):
        yield Sentence("changes_repeated", id=id, count=told[id])
    for id in sorted(expected.keys() - told.keys()):
        yield Sentence("change_missing", id=id)
    for id in sorted(told.keys() - expected.keys()):
        yield Sentence("change_needless", id=id)
    for change in new.changes:
        wanted = expected.get(change.participant)
        if wanted is None:
            continue
        for name, found in _told(change).items():
            if Counter(wanted[name]) != Counter(found):
                wanted_words, found_words = _listed(wanted[name]), _listed(found)
                id = change.participant
                yield Sentence("change_differs", id=id, name=name, wanted=wanted_words, found=found_words)


def _told(change: Change) -> dict[str, list[Meeting]]:
    return {name: list(getattr(change, name)) for name in ("cancelled", "added", "moved", "retabled")}


def _differences(announced: Sequence[Meeting], new: Sequence[Meeting]) -> dict[str, dict[str, list[Meeting]]]:
    """Return for each participant whose agenda differs what was cancelled, and as it now is what is new."""
    found: dict[str, dict[str, list[Meeting]]] = defaultdict(
        lambda: {"cancelled": [], "added": [], "moved": [], "retabled": []}
    )
    before, after = _by_place(announced), _by_place(new)
    gone: dict[frozenset[str], list[Meeting]] = defaultdict(list)
    come: dict[frozenset[str], list[Meeting]] = defaultdict(list)
    for place, meeting in before.items():
        if place not in after:
            gone[place[0]].append(meeting)
    for place, meeting in after.items():
        if place not in before:
            come[place[0]].append(meeting)
        elif _letter(before[place]) != _letter(meeting):
            _tell(found, "retabled", [meeting])
    for pair in {**gone, **come}:
        moved = min(len(gone[pair]), len(come[pair]))
        _tell(found, "moved", come[pair][:moved])
        _tell(found, "cancelled", gone[pair][moved:])
        _tell(found, "added", come[pair][moved:])
    return dict(found)


def _by_place(meetings: Iterable[Meeting]) -> dict[Place, Meeting]:
    return {(meeting.pair, meeting.slot): meeting for meeting in meetings}


def _tell(found: dict[str, dict[str, list[Meeting]]], what: str, meetings: Iterable[Meeting]) -> None:
    for meeting in meetings:
        for id in meeting.between:
            found[id][what].append(meeting)


def _listed(meetings: Iterable[Meeting]) -> Sentence:
    named = [Sentence("pair_in_slot", pair=_pair(meeting.pair), slot=meeting.slot) for meeting in meetings]
    return reduce(lambda some, one: Sentence("some_and_one", some=some, one=one), named or [Sentence("none")])


def _pair(pair: frozenset[str]) -> str:
    return " – ".join(sorted(pair))
