"""The independent check: every rule and every tier of the format counted again, from the two files alone.

Written from the description of the format, it shares no code with the algorithms, so that an error there cannot hide
an error here. It goes meeting by meeting and participant by participant, slowly and plainly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scheduler.event import Event, MeetingRule, Participant
from scheduler.schedule import Meeting, Schedule

_TIERS = ("shortfall", "value", "breaks", "idle_slots", "table_moves")
_PROVING = _TIERS[:3]


@dataclass(frozen=True, slots=True)
class Report:
    """What the check found: ``faults``, a sentence each (none: the schedule is legal), and the five tiers counted anew.

    ``tiers`` is empty where meetings refer to things that the event does not have, because nothing can be counted then.
    """

    faults: tuple[str, ...]
    tiers: Mapping[str, int]


def verify(event: Event, schedule: Schedule) -> Report:
    """Return all that is wrong with ``schedule`` as a timetable for ``event``, and what it is truly worth.

    Cost: linear in the files, but for the matching of pairs that are required several times.
    """
    unknown = tuple(_unknown(event, schedule.meetings))
    if unknown:
        return Report(unknown, {})
    faults = [fault for check in _CHECKS for fault in check(event, schedule.meetings)]
    tiers = count_tiers(event, schedule.meetings)
    faults += _score_faults(schedule, _scores(event, schedule.meetings))
    faults += _tier_faults(schedule, tiers)
    return Report(tuple(faults), tiers)


def count_tiers(event: Event, meetings: Sequence[Meeting]) -> dict[str, int]:
    """Return the five tiers of ``meetings``, counted from the event."""
    held = _by_participant(event, meetings)
    shortfall = sum(max(0, p.min_meetings - len(held[p.id])) for p in event.participants)
    scores = _scores(event, meetings)
    value = sum(scores[meeting.pair] for meeting in meetings)
    for own in held.values():
        value += sum(event.rules.coverage[: len(own)])
    breaks = idle = moves = 0
    for participant in event.participants:
        for day in _days(event, held[participant.id]):
            stretches = _stretches(event, day)
            breaks += len(stretches)
            idle += sum(stretches)
            if participant.delegates == 1:
                tables = [meeting.table for meeting in day if not _online(event, meeting)]
                moves += sum(before != after for before, after in pairwise(tables))
    return dict(zip(_TIERS, (shortfall, value, breaks, idle, moves), strict=True))


def _scores(event: Event, meetings: Sequence[Meeting]) -> dict[frozenset[str], int]:
    """Return what each pair that meets is worth: as the event's affinities say, else by the table of the format."""
    if event.affinities is not None:
        given = {frozenset(affinity.between): affinity.score for affinity in event.affinities}
        return {meeting.pair: given.get(meeting.pair, 0) for meeting in meetings}
    return {meeting.pair: _score(event, *map(event.participant, meeting.between)) for meeting in meetings}


def _score(event: Event, a: Participant, b: Participant) -> int:
    points = event.rules.weights
    for_a, for_b = _needs_met(event, a, b), _needs_met(event, b, a)
    total = for_a + for_b
    if for_a and for_b:
        total += points.reciprocity
    total += points.theme * min(points.themes_counted, len(set(a.themes) & set(b.themes)))
    for one, other in ((a, b), (b, a)):
        if other.id in one.wishes:
            total += max(points.wish_first - one.wishes.index(other.id), points.wish_last)
    if a.id in b.wishes and b.id in a.wishes:
        total += points.mutual
    if total and a.zone is not None and a.zone == b.zone:
        total += points.zone
    return max(1, total + a.boost + b.boost) if total else 0


def _needs_met(event: Event, taker: Participant, giver: Participant) -> int:
    points = event.rules.weights
    offered_categories = {offer.split(".")[0] for offer in giver.offers}
    total = 0
    for need in taker.needs:
        if need in giver.offers:
            total += points.need
        elif need.split(".")[0] in offered_categories:
            total += points.category
    return total


def _unknown(event: Event, meetings: Sequence[Meeting]) -> Iterator[str]:
    facilitators = {facilitator.id for facilitator in event.facilitators}
    for meeting in meetings:
        for id in meeting.between:
            if id not in event.participant_index:
                yield f"{_name(meeting)}: unknown participant {id}"
        if meeting.slot not in event.slot_index:
            yield f"{_name(meeting)}: unknown slot {meeting.slot}"
        if meeting.table is not None and meeting.table not in event.table_index:
            yield f"{_name(meeting)}: unknown table {meeting.table}"
        if meeting.facilitator is not None and meeting.facilitator not in facilitators:
            yield f"{_name(meeting)}: unknown facilitator {meeting.facilitator}"
        if meeting.between[0] == meeting.between[1]:
            yield f"{_name(meeting)}: a participant meets itself"


# Rule 1: who may meet, and how often


def _eligibility_faults(event: Event, meetings: Sequence[Meeting]) -> Iterator[str]:
    rules = _rules(event)
    listed = {frozenset(given.between) for given in event.affinities or ()}
    scores = _scores(event, meetings)
    kinds = {frozenset(pair) for pair in event.may_meet}
    times: dict[frozenset[str], int] = defaultdict(int)
    for meeting in meetings:
        times[meeting.pair] += 1
        a, b = (event.participant(id) for id in meeting.between)
        statuses = {rule.status for rule in rules.get(meeting.pair, ())}
        if b.id in a.vetoes or a.id in b.vetoes:
            yield f"{_name(meeting)}: rule 1, held against a veto"
        if "forbidden" in statuses:
            yield f"{_name(meeting)}: rule 1, the meeting is forbidden"
        elif not statuses:
            if frozenset((a.kind, b.kind)) not in kinds:
                yield f"{_name(meeting)}: rule 1, {a.kind} and {b.kind} may not meet"
            if event.affinities is not None and meeting.pair not in listed:
                yield f"{_name(meeting)}: rule 1, the pair has no affinity listed"
            if event.affinities is None and scores[meeting.pair] == 0:
                yield f"{_name(meeting)}: rule 1, nothing is a reason for the pair to meet"
    for pair, held in times.items():
        entries = [rule for rule in rules.get(pair, ()) if rule.status == "required"]
        if held > max(1, len(entries)):
            yield f"{_pair(pair)}: rule 1, held {held} times, at most {max(1, len(entries))} allowed"


# Rule 2: participants in slots


def _presence_faults(event: Event, meetings: Sequence[Meeting]) -> Iterator[str]:
    held = _by_participant(event, meetings)
    for participant in event.participants:
        own = held[participant.id]
        in_slot: dict[str, list[Meeting]] = defaultdict(list)
        for meeting in own:
            in_slot[meeting.slot].append(meeting)
        for slot, together in in_slot.items():
            if len(together) > participant.delegates:
                found = f"{len(together)} meetings, {participant.delegates} delegates"
                yield f"{participant.id} in {slot}: rule 2, {found}"
            if len({meeting.pair for meeting in together}) < len(together):
                yield f"{participant.id} in {slot}: rule 2, meets the same partner twice at once"
            if slot in participant.unavailable:
                yield f"{participant.id} in {slot}: rule 2, unavailable"
        if participant.max_meetings is not None and len(own) > participant.max_meetings:
            yield f"{participant.id}: rule 2, {len(own)} meetings, at most {participant.max_meetings} wanted"


# Rule 3: tables


def _table_faults(event: Event, meetings: Sequence[Meeting]) -> Iterator[str]:
    features = {table.id: set(table.features) for table in event.tables}
    taken: dict[tuple[str, str], Meeting] = {}
    for meeting in meetings:
        if _online(event, meeting) or not event.tables:
            if meeting.table is not None:
                why = "online" if event.tables else "in an event without tables"
                yield f"{_name(meeting)}: rule 3, at table {meeting.table} though {why}"
            continue
        if meeting.table is None:
            yield f"{_name(meeting)}: rule 3, on site without a table"
            continue
        if (meeting.slot, meeting.table) in taken:
            other = taken[meeting.slot, meeting.table]
            yield f"{_name(meeting)}: rule 3, table {meeting.table} is taken by {_name(other)}"
        taken[meeting.slot, meeting.table] = meeting
        for participant in map(event.participant, meeting.between):
            if participant.home_table not in (None, meeting.table):
                yield f"{_name(meeting)}: rule 3, {participant.id} is at home at {participant.home_table}"
            lacking = set(participant.requires) - features[meeting.table]
            if lacking:
                yield f"{_name(meeting)}: rule 3, table {meeting.table} lacks {', '.join(sorted(lacking))}"


# Rule 4: facilitators


def _facilitator_faults(event: Event, meetings: Sequence[Meeting]) -> Iterator[str]:
    away = {facilitator.id: set(facilitator.unavailable) for facilitator in event.facilitators}
    taken: set[tuple[str, str]] = set()
    for meeting in meetings:
        needed = any(event.participant(id).needs_facilitator for id in meeting.between)
        if meeting.facilitator is None:
            if needed:
                yield f"{_name(meeting)}: rule 4, needs a facilitator"
            continue
        if not needed:
            yield f"{_name(meeting)}: rule 4, {meeting.facilitator} is not asked for"
        if meeting.slot in away[meeting.facilitator]:
            yield f"{_name(meeting)}: rule 4, {meeting.facilitator} is unavailable"
        if (meeting.slot, meeting.facilitator) in taken:
            yield f"{_name(meeting)}: rule 4, {meeting.facilitator} is in another meeting of the slot"
        taken.add((meeting.slot, meeting.facilitator))


# Rule 5: what is asked of single meetings, and of the breaks of all


def _requirement_faults(event: Event, meetings: Sequence[Meeting]) -> Iterator[str]:
    held: dict[frozenset[str], list[Meeting]] = defaultdict(list)
    for meeting in meetings:
        held[meeting.pair].append(meeting)
    for pair, rules in _rules(event).items():
        if rules[0].status == "forbidden":
            continue
        required = rules[0].status == "required"
        own = held.get(pair, [])
        if required and len(own) < len(rules):
            yield f"{_pair(pair)}: rule 5, required {len(rules)} times, held {len(own)} times"
        elif len(own) <= len(rules) and not _all_matched(own, rules, lambda m, r: _meets(event, m, r, held)):
            yield f"{_pair(pair)}: rule 5, slot, session or order are not as asked"


def _meets(event: Event, meeting: Meeting, rule: MeetingRule, held: Mapping[frozenset[str], Sequence[Meeting]]) -> bool:
    position = event.slot_index[meeting.slot]
    if rule.slot not in (None, meeting.slot):
        return False
    if rule.session is not None and event.slots[position].session != rule.session:
        return False
    earlier = [other for pair in rule.after for other in held.get(frozenset(pair), ())]
    return all(event.slot_index[other.slot] < position for other in earlier)


def _all_matched(
    meetings: Sequence[Meeting], rules: Sequence[MeetingRule], fits: Callable[[Meeting, MeetingRule], bool]
) -> bool:
    """Return whether each meeting can be given an entry of its own that it fits (augmenting paths, Berge 1957)."""
    chosen: dict[int, int] = {}

    def augment(m: int, seen: set[int]) -> bool:
        for r, rule in enumerate(rules):
            if r not in seen and fits(meetings[m], rule):
                seen.add(r)
                if r not in chosen or augment(chosen[r], seen):
                    chosen[r] = m
                    return True
        return False

    return all(augment(m, set()) for m in range(len(meetings)))


def _break_difference_faults(event: Event, meetings: Sequence[Meeting]) -> Iterator[str]:
    most = event.rules.max_break_difference
    if most is None or not event.participants:
        return
    held = _by_participant(event, meetings)
    breaks = {
        participant.id: sum(len(_stretches(event, day)) for day in _days(event, held[participant.id]))
        for participant in event.participants
    }
    few, many = min(breaks, key=breaks.__getitem__), max(breaks, key=breaks.__getitem__)
    if breaks[many] - breaks[few] > most:
        yield f"rule 5, {many} has {breaks[many]} breaks and {few} has {breaks[few]}: more than {most} apart"


_CHECKS: tuple[Callable[[Event, Sequence[Meeting]], Iterator[str]], ...] = (
    _eligibility_faults,
    _presence_faults,
    _table_faults,
    _facilitator_faults,
    _requirement_faults,
    _break_difference_faults,
)


# What the file says of itself


def _tier_faults(schedule: Schedule, counted: Mapping[str, int]) -> Iterator[str]:
    names = [tier.name for tier in schedule.tiers if tier.name != "disruptions"]
    if names != list(_TIERS):
        yield f"tiers: expected {', '.join(_TIERS)}, found {', '.join(names)}"
        return
    for tier in schedule.tiers:
        if tier.name in counted and tier.value != counted[tier.name]:
            yield f"tier {tier.name}: the file says {tier.value}, counted {counted[tier.name]}"
        if tier.bound is not None:
            beyond = tier.bound < tier.value if tier.name == "value" else tier.bound > tier.value
            if beyond:
                yield f"tier {tier.name}: the value {tier.value} is better than the bound {tier.bound}"
    proven = all(schedule.tier(name).proven for name in _PROVING)
    if proven != (schedule.status == "optimal"):
        yield f"status: the file says {schedule.status}, its bounds say {'optimal' if proven else 'feasible'}"


def _score_faults(schedule: Schedule, scores: Mapping[frozenset[str], int]) -> Iterator[str]:
    for meeting in schedule.meetings:
        if meeting.score != scores[meeting.pair]:
            yield f"{_name(meeting)}: the file says score {meeting.score}, counted {scores[meeting.pair]}"


# Small words


def _rules(event: Event) -> dict[frozenset[str], list[MeetingRule]]:
    found: dict[frozenset[str], list[MeetingRule]] = defaultdict(list)
    for rule in event.meetings:
        found[frozenset(rule.between)].append(rule)
    return found


def _by_participant(event: Event, meetings: Sequence[Meeting]) -> dict[str, list[Meeting]]:
    """Return the meetings of each participant in slot order; everybody has an entry."""
    held: dict[str, list[Meeting]] = {participant.id: [] for participant in event.participants}
    for meeting in sorted(meetings, key=lambda meeting: event.slot_index[meeting.slot]):
        for id in meeting.between:
            held[id].append(meeting)
    return held


def _days(event: Event, meetings: Sequence[Meeting]) -> list[list[Meeting]]:
    """Return the meetings of one participant, split by the date on which their slot starts."""
    days: dict[object, list[Meeting]] = defaultdict(list)
    for meeting in meetings:
        days[event.slots[event.slot_index[meeting.slot]].start.date()].append(meeting)
    return list(days.values())


def _stretches(event: Event, day: Sequence[Meeting]) -> list[int]:
    """Return the lengths, in slots, of the stretches without a meeting between two slots with one."""
    slots = sorted({event.slot_index[meeting.slot] for meeting in day})
    return [after - before - 1 for before, after in pairwise(slots) if after - before > 1]


def _online(event: Event, meeting: Meeting) -> bool:
    return any(event.participant(id).remote for id in meeting.between)


def _name(meeting: Meeting) -> str:
    return f"{meeting.between[0]}–{meeting.between[1]} in {meeting.slot}"


def _pair(pair: frozenset[str]) -> str:
    return "–".join(sorted(pair))
