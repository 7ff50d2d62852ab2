"""An announced timetable read against the event as it now is: what happened, what can stay, what is lost.

Everything that came before the first slot still to plan is settled: it counts in the tiers and limits what the
participants may still do, but is itself no longer judged. So the rest is an ordinary problem over the slots ahead.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scheduler.format.errors import EventFault, InvalidInput
from scheduler.format.event import Event, MeetingRule
from scheduler.format.references import unknown_id
from scheduler.format.schedule import Meeting, Schedule
from scheduler.format.score import score_pair
from scheduler.format.sentence import expected
from scheduler.problem.placement import Placement
from scheduler.problem.problem import NO_TABLE, Problem, build_problem
from scheduler.problem.staying import for_whom_it_matters, with_tables_chosen

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Disturbance:
    """What happened: who is absent, who comes only at a slot, the first slot that can still be changed, what stays.

    ``pinned`` are pairs whose announced meeting keeps its slot whatever ``--allow-disruptions`` says.
    """

    absent: frozenset[str] = frozenset()
    late: Mapping[str, str] | None = None
    from_slot: str | None = None
    pinned: tuple[Pair, ...] = ()

    def check(self, event: Event, announced: Schedule) -> None:
        """Raise ``InvalidInput`` with every id that neither the event nor the timetable knows."""
        known = {id for meeting in announced.meetings for id in meeting.between} | event.participant_index.keys()
        faults = [
            EventFault(f"{name} {id}", unknown_id("participant", id, known))
            for name, ids in (("absent", sorted(self.absent)), ("late", sorted(self.late or ())))
            for id in ids
            if id not in known
        ]
        slots = [(f"late {id}", slot) for id, slot in sorted((self.late or {}).items())]
        if self.from_slot is not None:
            slots.append(("from_slot", self.from_slot))
        faults += [
            EventFault(path, unknown_id("slot", slot, event.slot_index))
            for path, slot in slots
            if slot not in event.slot_index
        ]
        held = {meeting.pair for meeting in announced.meetings}
        faults += [
            EventFault(f"pinned {one}={other}", expected("two_who_meet", "none"))
            for one, other in self.pinned
            if frozenset((one, other)) not in held
        ]
        if faults:
            raise InvalidInput(faults)


@dataclass(frozen=True)
class Situation:
    """The event and its announced timetable at the moment of replanning.

    Attributes
    ----------
    event : as it now is, with absences; requirements that nobody can meet any more are merely allowed.
    problem : units of the slots ahead, then one unit for each settled meeting, required in its slot. Those who stay
        seated have the tables announced for them, where that matters and where it can be.
    first : position of the first slot that can still be changed.
    past : the settled meetings, worth what the event now says.
    settled : the settled units and their slots.
    keepable : the announced later meetings that could stay in their slots, each by itself.
    meetings : for each of ``keepable`` the announced meeting.
    lost : the announced later meetings, between two who are still there, that no timetable can keep.
    """

    event: Event
    problem: Problem
    first: int
    past: tuple[Meeting, ...]
    settled: Placement
    keepable: Placement
    meetings: tuple[Meeting, ...]
    lost: int

    @staticmethod
    def of(event: Event, announced: Schedule, disturbance: Disturbance) -> Situation:
        """Return the situation; raises ``InvalidInput`` where ``disturbance`` names what does not exist.

        Cost: that of ``build_problem``, and linear in the timetable.
        """
        disturbance.check(event, announced)
        first = event.slot_index[disturbance.from_slot] if disturbance.from_slot is not None else 0
        past = [m for m in announced.meetings if event.slot_index.get(m.slot, first) < first]
        people = event.participant_index.keys() - disturbance.absent
        later = [
            m
            for m in announced.meetings
            if event.slot_index.get(m.slot, first) >= first and m.pair <= people and len(m.pair) == 2
        ]
        present = _with_absences(event, disturbance, first)
        present = _without_lapsed(present, disturbance, first, past)
        present = _with_pins(present, disturbance.pinned, later)
        problem = build_problem(_ahead(present, first, past)).widest
        past = list(worth_now(event, past))
        counted = [m for m in past if m.pair <= event.participant_index.keys() and len(m.pair) == 2]
        problem, settled = _with_settled(problem, present, counted)
        kept = _kept_units(problem, present, later)
        problem = _staying_on(problem, present, past, later)
        order = sorted(kept)
        return Situation(
            event=present,
            problem=problem,
            first=first,
            past=tuple(past),
            settled=settled,
            keepable=Placement(
                np.array(order, dtype=np.int64),
                np.array([present.slot_index[kept[u].slot] for u in order], dtype=np.int64),
            ),
            meetings=tuple(kept[u] for u in order),
            lost=len(later) - len(kept),
        )

    def disruptions(self, placement: Placement) -> int:
        """Return tier 0 of ``placement``: what nobody can keep, and what is not where it was announced."""
        slot = np.full(self.problem.units, -1, dtype=np.int64)
        slot[placement.units] = placement.slots
        return self.lost + int((slot[self.keepable.units] != self.keepable.slots).sum())


@dataclass(frozen=True, slots=True)
class Plan:
    """Where everything is held, with the proven limits of tiers 0 to 3 (``None``: not known)."""

    placement: Placement
    disruptions: int
    least: int
    shortfall_bound: int
    value_bound: int | None
    breaks_bound: int


def _with_absences(event: Event, disturbance: Disturbance, first: int) -> Event:
    """Return ``event`` with the absent unavailable from ``first`` on, and the late until they come."""
    ids = [slot.id for slot in event.slots]
    missed: dict[str, list[str]] = {id: ids[first : event.slot_index[s]] for id, s in (disturbance.late or {}).items()}
    missed |= dict.fromkeys(disturbance.absent, ids[first:])
    if not missed:
        return event
    return event.model_copy(
        update={
            "participants": tuple(
                p.model_copy(update={"unavailable": tuple(dict.fromkeys([*p.unavailable, *missed[p.id]]))})
                if p.id in missed
                else p
                for p in event.participants
            )
        }
    )


def _without_lapsed(event: Event, disturbance: Disturbance, first: int, past: Sequence[Meeting]) -> Event:
    """Return ``event`` with the requirements that time or an absence has made impossible merely allowed."""
    if not any(rule.status == "required" for rule in event.meetings):
        return event
    times = Counter(meeting.pair for meeting in past)
    missing = disturbance.absent | (disturbance.late or {}).keys()
    rules = []
    for rule in event.meetings:
        excused = first > 0 or not missing.isdisjoint(rule.between)
        if rule.status == "required" and excused and not _has_slot(rule, event, first):
            if not times[frozenset(rule.between)]:
                rule = rule.model_copy(update={"status": "allowed"})
            times[frozenset(rule.between)] -= 1
        rules.append(rule)
    return event.model_copy(update={"meetings": tuple(rules)})


def _has_slot(rule: MeetingRule, event: Event, first: int) -> bool:
    """Return whether ``rule`` leaves its pair a slot ahead in which both are there."""
    away = {slot for id in rule.between for slot in event.participant(id).unavailable}
    return any(
        rule.slot in (None, slot.id) and rule.session in (None, slot.session) and slot.id not in away
        for slot in event.slots[first:]
    )


def _with_pins(event: Event, pinned: Iterable[Pair], later: Sequence[Meeting]) -> Event:
    """Return ``event`` with the pinned meetings required in their announced slots."""
    rules = list(event.meetings)
    slot_of = {meeting.pair: meeting.slot for meeting in later}
    for pair in pinned:
        slot = slot_of.get(frozenset(pair))
        if slot is None or slot not in event.slot_index:
            continue
        known = [r for r, rule in enumerate(rules) if frozenset(rule.between) == frozenset(pair)]
        if not known:
            rules.append(MeetingRule(between=pair, status="required", slot=slot))
        elif rules[known[0]].status != "forbidden":
            rules[known[0]] = rules[known[0]].model_copy(update={"status": "required", "slot": slot})
    return event.model_copy(update={"meetings": tuple(rules)}) if pinned else event


def _ahead(event: Event, first: int, past: Sequence[Meeting]) -> Event:
    """Return ``event`` as it is for the slots from ``first`` on: nobody can meet before, nor again who has met."""
    if first == 0:
        return event
    gone = [slot.id for slot in event.slots[:first]]
    people = tuple(
        p.model_copy(update={"unavailable": tuple(dict.fromkeys([*gone, *p.unavailable]))}) for p in event.participants
    )
    return event.model_copy(update={"participants": people, "meetings": tuple(_rules_ahead(event, past))})


def _rules_ahead(event: Event, past: Sequence[Meeting]) -> Iterable[MeetingRule]:
    met: dict[frozenset[str], list[str]] = defaultdict(list)
    for meeting in past:
        if len(meeting.pair) == 2 and meeting.pair <= event.participant_index.keys():
            met[meeting.pair].append(meeting.slot)
    # What was to come before a meeting already held can no longer be held in the right order.
    late = {
        frozenset(pair)
        for rule in event.meetings
        if frozenset(rule.between) in met
        for pair in rule.after
        if frozenset(pair) not in met
    }
    entries: dict[frozenset[str], list[MeetingRule]] = defaultdict(list)
    for rule in event.meetings:
        entries[frozenset(rule.between)].append(rule)
    for pair in [*met, *late]:
        entries.setdefault(pair, [])
    for pair, rules in entries.items():
        for slot in met.get(pair, ()):
            session = event.slots[event.slot_index[slot]].session
            fitting = [r for r in rules if r.slot in (None, slot) and r.session in (None, session)]
            # The most confined entry is the one that was meant; without a fitting one any is taken as held.
            chosen = max(fitting or rules, key=lambda r: (r.slot is not None, r.session is not None), default=None)
            if chosen is not None:
                rules.remove(chosen)
        if not rules or (pair in late and rules[0].status == "allowed"):
            one, other = sorted(pair)
            yield MeetingRule(between=(one, other), status="forbidden")
        else:
            yield from rules


def worth_now(event: Event, past: Sequence[Meeting]) -> Iterable[Meeting]:
    """Yield the settled meetings with the scores that the event now gives; place and time stay to the letter."""
    given: dict[frozenset[str], int] = {}
    if past and event.affinities is not None:
        given = {frozenset(affinity.between): affinity.score for affinity in event.affinities}
    for meeting in past:
        points = meeting.score
        if meeting.pair <= event.participant_index.keys():
            if event.affinities is not None:
                points = given.get(meeting.pair, 0)
            else:
                one, other = (event.participant(id) for id in meeting.between)
                points = score_pair(one, other, event.rules.weights).points
        yield meeting if points == meeting.score else meeting.model_copy(update={"score": points})


def _with_settled(problem: Problem, event: Event, past: Sequence[Meeting]) -> tuple[Problem, Placement]:
    """Return ``problem`` with a unit for each settled meeting, and these units in their slots."""
    index = event.participant_index
    ends = np.array([sorted((index[m.between[0]], index[m.between[1]])) for m in past], dtype=np.int64).reshape(-1, 2)
    slots = np.array([event.slot_index[m.slot] for m in past], dtype=np.int64)
    count, before = len(past), problem.units
    held = np.bincount(ends.ravel(), minlength=problem.participants).astype(np.int64)
    room = problem.room
    limits = [p.max_meetings for p in event.participants]
    most = np.array(
        [r if limit is None else limit for limit, r in zip(limits, (held + room).tolist(), strict=True)], dtype=np.int64
    )
    allowed = np.zeros((count, problem.slots), dtype=np.bool_)
    allowed[np.arange(count), slots] = True
    available = problem.available.copy()
    available[ends[:, 0], slots] = available[ends[:, 1], slots] = True
    whole = replace(
        problem,
        a=np.concatenate([problem.a, ends[:, 0]]),
        b=np.concatenate([problem.b, ends[:, 1]]),
        score=np.concatenate([problem.score, np.array([m.score for m in past], dtype=np.int64)]),
        required=np.concatenate([problem.required, np.ones(count, dtype=np.bool_)]),
        allowed=np.concatenate([problem.allowed, allowed]),
        table_type=np.concatenate([problem.table_type, np.full(count, NO_TABLE, dtype=np.int64)]),
        facilitated=np.concatenate([problem.facilitated, np.zeros(count, dtype=np.bool_)]),
        rule=np.concatenate([problem.rule, np.full(count, -1, dtype=np.int64)]),
        available=available,
        maximum=held + np.minimum(room, np.maximum(most - held, 0)),
    )
    return whole, Placement(np.arange(before, before + count), slots)


def _staying_on(problem: Problem, event: Event, past: Sequence[Meeting], later: Sequence[Meeting]) -> Problem:
    """Return ``problem`` with those who stay seated where they are today, and at their announced tables if can be.

    A table that is gone binds nobody, nor does one that is not the home that somebody now has.
    """
    if not problem.seated.any():
        return problem
    stays = problem.stays.copy()
    wanted: dict[int, Counter[int]] = defaultdict(Counter)
    for meetings, happened in ((past, True), (later, False)):
        for meeting in meetings:
            table, s = event.table_index.get(meeting.table or ""), event.slot_index.get(meeting.slot)
            for p in (event.participant_index.get(id) for id in meeting.between):
                if p is None or table is None or s is None or not problem.seated[p]:
                    continue
                wanted[p][table] += 1
                if happened and event.participants[p].home_table is None:
                    stays[p, problem.day[s]] = table
    problem = replace(problem, stays=stays)
    problem = replace(problem, undecided=for_whom_it_matters(problem))
    return with_tables_chosen(problem, {p: tables.most_common(1)[0][0] for p, tables in wanted.items()})


def _kept_units(problem: Problem, event: Event, later: Sequence[Meeting]) -> dict[int, Meeting]:
    """Return the unit of each announced later meeting that could stay where it is; the others find none."""
    index, P = event.participant_index, problem.participants
    keys = [P * min(ends) + max(ends) for m in later for ends in [[index[id] for id in m.between]]]
    pairs = np.where(problem.allowed.any(axis=1), P * problem.a + problem.b, -1)
    units: dict[int, list[int]] = defaultdict(list)
    for u in np.flatnonzero(np.isin(pairs, np.array(keys, dtype=np.int64))).tolist():
        units[int(pairs[u])].append(u)
    asked: dict[int, list[Meeting]] = defaultdict(list)
    for key, meeting in zip(keys, later, strict=True):
        if meeting.slot in event.slot_index:
            asked[key].append(meeting)
    found: dict[int, Meeting] = {}
    for key, meetings in asked.items():
        for meeting in meetings:
            _place(meeting, units.get(key, ()), found, problem, event.slot_index, set())
    return found


def _place(
    meeting: Meeting,
    units: Sequence[int],
    found: dict[int, Meeting],
    problem: Problem,
    slot_index: Mapping[str, int],
    seen: set[int],
) -> bool:
    """Give ``meeting`` one of the entries of its pair, moving others along an augmenting path if need be."""
    for u in units:
        if u not in seen and problem.allowed[u, slot_index[meeting.slot]]:
            seen.add(u)
            if u not in found or _place(found[u], units, found, problem, slot_index, seen):
                found[u] = meeting
                return True
    return False
