"""A timetable changed by hand: where a meeting may go, what it may change places with, who could meet there instead.

Whether a change may be is asked of the check of schedules itself (`scheduler.check.schedule`), so that no second
reading of the rules can differ from the first. It is asked of the part of the timetable that the change can touch: the
participants concerned with all their meetings, what shares a table or a facilitator with them in the slots concerned,
and every meeting that a rule on pairs speaks of. What lies outside is the same before and after, and so are its faults.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import combinations

from scheduler.check.arranged import Held
from scheduler.check.candidates import Candidates
from scheduler.check.schedule import Timetable
from scheduler.check.tiers import TIERS, is_optimal, published_score
from scheduler.format.errors import EventFault, InvalidSchedule
from scheduler.format.event import Affinity, Event
from scheduler.format.schedule import Meeting, Schedule, Tier
from scheduler.format.sentence import Sentence

# The more of them the better; of all others the fewer.
_WANTED = frozenset({"value"})
# Where a rule is against one table it may still be for another; where it is against the time it is so at all of them.
TABLES_TRIED = 8


class Hindrance(StrEnum):
    """Why a change may not be: the first of these that holds."""

    AWAY = "away"
    BUSY = "busy"
    FULL = "full"
    NO_TABLE = "no_table"
    NO_FACILITATOR = "no_facilitator"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Why:
    """What stands in the way of a change: of which participant (``None``: of the room), and whom they meet instead.

    `rule` is the sentence of the check where a rule of the event is what hinders.
    """

    kind: Hindrance
    participant: str | None = None
    partner: str | None = None
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Meetings taken out and meetings put in, and what comes of it.

    `effect` has for each tier how much it grows; `wishes` how many wishes more are honoured. `why` says why the change
    may not be; ``None`` where it may. Of one that may not be, `added` says where it was tried.
    """

    removed: tuple[Meeting, ...]
    added: tuple[Meeting, ...]
    effect: dict[str, int] = field(default_factory=dict)
    wishes: int = 0
    why: Why | None = None

    @property
    def rank(self) -> tuple[int, ...]:
        """What it costs, tier by tier: the smaller the better."""
        return tuple(-self.effect[name] if name in _WANTED else self.effect[name] for name in TIERS)


@dataclass
class _Part(Timetable):
    """Some meetings of an event, judged; what a pair is worth is asked once for all who share `scores`."""

    scores: dict[tuple[str, str], int] = field(kw_only=True)

    def score(self, held: Held) -> int:
        pair = held.meeting.between
        if pair not in self.scores:
            self.scores[pair] = super().score(held)
        return self.scores[pair]


class Editor:
    """An event and its timetable, asked again and again what one change would do.

    Cost: some milliseconds a change that is looked at; 60 × 60 with 20 slots has 19 places for a meeting.
    """

    def __init__(self, event: Event, schedule: Schedule) -> None:
        self.event, self.schedule = event, schedule
        self._candidates = Candidates(event)
        self._of_slot: dict[str, list[Meeting]] = defaultdict(list)
        self._of: dict[str, list[Meeting]] = defaultdict(list)
        for meeting in schedule.meetings:
            self._of_slot[meeting.slot].append(meeting)
            for id in meeting.between:
                self._of[id].append(meeting)
        ruled = {frozenset(rule.between) for rule in event.meetings}
        ruled |= {frozenset(pair) for rule in event.meetings for pair in rule.after}
        self._ruled = [meeting for meeting in schedule.meetings if meeting.pair in ruled]
        self._scores: dict[tuple[str, str], int] = {}

    def meeting(self, one: str, other: str, slot: str) -> Meeting:
        """The meeting of these two in this slot. Raises ``KeyError`` where there is none."""
        for meeting in self._of[one]:
            if meeting.slot == slot and other in meeting.between:
                return meeting
        raise KeyError((one, other, slot))

    def moves(self, meeting: Meeting) -> list[Change]:
        """One change for each other slot, at the table that suits best: those that may be first, best of them first."""
        return _sorted(
            self._placed(meeting, slot.id, (meeting,), keep=meeting.table)
            for slot in self.event.slots
            if slot.id != meeting.slot
        )

    def move(self, meeting: Meeting, slot: str, table: str | None = None) -> Change:
        """`meeting` in `slot`, at `table` (``None``: at the one that suits best)."""
        return self._placed(meeting, slot, (meeting,), keep=meeting.table, only=table)

    def tables(self, meeting: Meeting) -> list[Change]:
        """One change for each other table at which the meeting may be held in its slot."""
        others = (table for table in self._tables(meeting) or () if table != meeting.table)
        return [
            change for change in _sorted(self.move(meeting, meeting.slot, table) for table in others) if not change.why
        ]

    def exchanges(self, meeting: Meeting) -> list[Change]:
        """The changes of places with another meeting of one of the two, each at the other's time: those that may be."""
        mine = set(meeting.between)
        others = [one for id in meeting.between for one in self._of[id] if one.slot != meeting.slot]
        changes = (self.exchange(meeting, one) for one in others if set(one.between) != mine)
        return [change for change in _sorted(changes) if not change.why]

    def exchange(self, one: Meeting, other: Meeting) -> Change:
        """The two meetings, each in the slot of the other; each keeps its table where it can."""
        both = (one, other)
        first = self._placed(one, other.slot, both, keep=one.table)
        return first if first.why else self._placed(other, one.slot, both, keep=other.table, beside=first.added)

    def removal(self, meeting: Meeting) -> Change:
        """The meeting taken out."""
        return self._judged((meeting,), ())

    def additions(self, participant: str, slot: str) -> list[Change]:
        """The meetings that `participant` could have in `slot` beside what is there: those that may be, best first.

        Raises ``KeyError`` for an unknown id. Cost: a change looked at for each possible partner who is free then.
        """
        free = self._free(slot)
        if participant not in free:
            return []
        met = {id for one in self._of[participant] for id in one.between}
        partners = [id for id in free if id not in met and id != participant and self._eligible({participant, id})]
        changes = (self.addition(participant, partner, slot) for partner in partners)
        return [change for change in _sorted(changes) if not change.why]

    def pairs(self, slot: str, table: str, most: int) -> list[Change]:
        """The meetings of pairs that do not meet yet which could be held in `slot` at `table`: the best `most` of them.

        Those worth most are looked at first. Raises ``KeyError`` for an unknown slot.
        """
        eligible = self._eligible(set(self._free(slot)))
        for meeting in self.schedule.meetings:
            eligible.pop(meeting.pair, None)
        found: list[Change] = []
        for pair in sorted(eligible, key=lambda pair: (-eligible[pair], sorted(pair))):
            one, other = sorted(pair, key=self.event.participant_index.__getitem__)
            change = self.addition(one, other, slot, table)
            if change.why is None:
                found.append(change)
            if len(found) == most:
                break
        return _sorted(found)

    def addition(self, one: str, other: str, slot: str, table: str | None = None) -> Change:
        """A meeting of these two in `slot`, at `table` (``None``: at the one that suits best)."""
        score = self._score(one, other)
        new = Meeting(between=(one, other), slot=slot, table=None, facilitator=None, score=score)
        return self._placed(new, slot, (), only=table)

    def changed(self, change: Change) -> Schedule:
        """The timetable after `change`: its worth anew, and of its limits those that still hold.

        A limit is proven given the tiers before it, so it holds while they keep their values. Raises `InvalidSchedule`
        where the change may not be, with what the check of the whole timetable says against it.
        """
        made = replayed(self.event, self.schedule, [(change.removed, change.added)])
        before = Counter(Timetable(self.event, self.schedule.meetings).faults())
        faults = list((Counter(Timetable(self.event, made.meetings).faults()) - before).elements())
        if faults:
            raise InvalidSchedule([EventFault("meetings", fault) for fault in faults])
        return made

    # Where it may be

    def _placed(
        self,
        meeting: Meeting,
        slot: str,
        removed: tuple[Meeting, ...],
        *,
        keep: str | None = None,
        only: str | None = None,
        beside: tuple[Meeting, ...] = (),
    ) -> Change:
        """`meeting` in `slot` instead of those `removed`, together with those put `beside` it: the best such change."""
        there = [one for one in (*self._of_slot[slot], *beside) if one.slot == slot and one not in removed]
        why = self._in_the_way(meeting, slot, there, removed)
        helped, facilitator = self._facilitator(meeting, slot, there)
        places = self._places(meeting, slot, there, keep, only)
        if why is None and helped and facilitator is None:
            why = Why(Hindrance.NO_FACILITATOR)
        if why is None and not places:
            why = Why(Hindrance.NO_TABLE)
        if why is not None:
            tried = meeting.model_copy(update={"slot": slot, "table": only, "facilitator": None})
            return Change(removed, (*beside, tried), why=why)
        first: Change | None = None
        for table in places:
            new = meeting.model_copy(update={"slot": slot, "table": table, "facilitator": facilitator})
            change = self._judged(removed, (*beside, new))
            if change.why is None:
                return change
            first = first or change
        assert first is not None
        return first

    def _in_the_way(
        self, meeting: Meeting, slot: str, there: list[Meeting], removed: tuple[Meeting, ...]
    ) -> Why | None:
        """What of the two themselves is in the way; the check has the last word on all else."""
        found = (self._hindered(id, slot, there, removed) for id in meeting.between)
        return next((why for why in found if why is not None), None)

    def _hindered(self, id: str, slot: str, there: list[Meeting], removed: tuple[Meeting, ...]) -> Why | None:
        """Why this participant can take no meeting in `slot` beside those `there`, whomever they would meet."""
        who = self.event.participant(id)
        if slot in who.unavailable:
            return Why(Hindrance.AWAY, id)
        theirs = [one for one in there if id in one.between]
        if len(theirs) >= who.delegates:
            return Why(Hindrance.BUSY, id, *(other for other in theirs[0].between if other != id))
        if who.max_meetings is not None and len(self._of[id]) - _count(removed, id) >= who.max_meetings:
            return Why(Hindrance.FULL, id)
        return None

    def _free(self, slot: str) -> list[str]:
        """Those who could take one more meeting in `slot`, in the order of the event. ``KeyError``: no such slot."""
        there = self._of_slot[self.event.slots[self.event.slot_index[slot]].id]
        return [one.id for one in self.event.participants if self._hindered(one.id, slot, there, ()) is None]

    def _facilitator(self, meeting: Meeting, slot: str, there: list[Meeting]) -> tuple[bool, str | None]:
        """Whether the meeting needs a facilitator, and one who is free in `slot`: its own rather than another."""
        if not any(self.event.participant(id).needs_facilitator for id in meeting.between):
            return False, None
        taken = {one.facilitator for one in there}
        free = [one.id for one in self.event.facilitators if slot not in one.unavailable and one.id not in taken]
        return True, meeting.facilitator if meeting.facilitator in free else next(iter(free), None)

    def _tables(self, meeting: Meeting) -> list[str] | None:
        """The tables at which the two may meet, in the order of the event; ``None`` where they need none."""
        fitting = self._candidates.tables(*(self.event.participant(id) for id in meeting.between))
        return None if fitting is None else [table.id for table in self.event.tables if table.id in fitting]

    def _places(
        self, meeting: Meeting, slot: str, there: list[Meeting], keep: str | None, only: str | None
    ) -> list[str | None]:
        """The free tables, those first for which the two get up least often."""
        fitting = self._tables(meeting)
        if fitting is None:
            return [None]
        taken = {one.table for one in there}
        free = [table for table in fitting if table not in taken and only in (None, table)]
        beside = [table for id in meeting.between for table in self._beside(id, slot, meeting)]
        free.sort(key=lambda table: (-beside.count(table), table != keep))
        return list(free[:TABLES_TRIED])

    def _beside(self, id: str, slot: str, meeting: Meeting) -> Iterator[str | None]:
        """The tables of the meetings before and after `slot` on that day, apart from `meeting`."""
        if self.event.participant(id).delegates > 1:
            return
        index, slots = self.event.slot_index, self.event.slots
        here = index[slot]
        own = [
            (index[one.slot], one.table)
            for one in self._of[id]
            if one.table is not None
            and _key(one) != _key(meeting)
            and slots[index[one.slot]].start.date() == slots[here].start.date()
        ]
        yield from (
            table
            for _, table in (
                *sorted(one for one in own if one[0] < here)[-1:],
                *sorted(one for one in own if one[0] > here)[:1],
            )
        )

    def _judged(self, removed: tuple[Meeting, ...], added: tuple[Meeting, ...]) -> Change:
        """The change with its effect, or with the rule that it breaks."""
        before, after = self._part(removed, added)
        faults = list((Counter(after.faults()) - Counter(before.faults())).elements())
        if faults:
            return Change(removed, added, why=Why(Hindrance.RULE, rule=faults[0]))
        worth, now = after.tiers(), before.tiers()
        effect = {name: worth[name] - now[name] for name in TIERS}
        wishes = sum(map(self._wishes, added)) - sum(map(self._wishes, removed))
        return Change(removed, added, effect, wishes)

    def _part(self, removed: tuple[Meeting, ...], added: tuple[Meeting, ...]) -> tuple[Timetable, Timetable]:
        """What the change can touch, before and after it."""
        if self.event.rules.max_break_difference is not None:
            part = list(self.schedule.meetings)
        else:
            touched = (*removed, *added)
            people = {mate for meeting in touched for id in meeting.between for mate in self._candidates.person_of(id)}
            meetings = [one for id in people for one in self._of[id]]
            meetings += [one for slot in {one.slot for one in touched} for one in self._beside_in(slot, removed, added)]
            part = list({id(one): one for one in (*meetings, *self._ruled)}.values())
        gone = {id(one) for one in removed}
        event = self._event_of([*part, *added])
        left = [*(one for one in part if id(one) not in gone), *added]
        return _Part(event, part, scores=self._scores), _Part(event, left, scores=self._scores)

    def _beside_in(self, slot: str, removed: tuple[Meeting, ...], added: tuple[Meeting, ...]) -> list[Meeting]:
        """The meetings of `slot` whose place the change can touch: all of them where there may be more than tables."""
        there = self._of_slot[slot]
        more = sum(one.slot == slot for one in added) - sum(one.slot == slot for one in removed)
        if self.event.tables and len(there) + max(0, more) > len(self.event.tables):
            return there
        tables = {one.table for one in (*removed, *added)} - {None}
        helpers = {one.facilitator for one in (*removed, *added)} - {None}
        return [one for one in there if one.table in tables or one.facilitator in helpers]

    def _event_of(self, meetings: list[Meeting]) -> Event:
        """The event without those whom none of `meetings` is about: the check reads all of an event."""
        if self.event.rules.max_break_difference is not None:
            return self.event
        pairs = {meeting.pair for meeting in meetings}
        people = {id for pair in pairs for id in pair} | self._named
        given = None
        if self.event.affinities is not None:
            given = tuple(self._affinities[pair] for pair in pairs if pair in self._affinities)
        # Made of parts that were read and checked already.
        fields = {name: getattr(self.event, name) for name in Event.model_fields}
        present = tuple(one for one in self.event.participants if one.id in people)
        return Event.model_construct(**{**fields, "participants": present, "affinities": given})

    @cached_property
    def _named(self) -> set[str]:
        """Whom rules on pairs, and those on who is one person, speak of."""
        pairs = [pair for rule in self.event.meetings for pair in (rule.between, *rule.after)]
        return {id for group in (*pairs, *self.event.same_person) for id in group}

    # Who and how much

    def _eligible(self, people: AbstractSet[str]) -> dict[frozenset[str], int]:
        """The pairs among `people` whose meeting may be held at all, with what it is worth by itself.

        Cost: a score for each pair of kinds that may meet, so that it is asked of no more people than it must.
        """
        pairs = map(frozenset, combinations(people, 2))
        known = None if self.event.affinities is None else self._affinities
        parts = {
            "participants": tuple(map(self.event.participant, people)),
            "meetings": tuple(rule for rule in self.event.meetings if people >= set(rule.between)),
            "affinities": None if known is None else tuple(known[pair] for pair in pairs if pair in known),
        }
        fields = {name: getattr(self.event, name) for name in Event.model_fields}
        candidates = Candidates(Event.model_construct(**{**fields, **parts}))
        return {frozenset((one.a, one.b)): one.points for one in candidates}

    def _score(self, one: str, other: str) -> int:
        if self.event.affinities is None:
            a, b = (self.event.participant(id) for id in (one, other))
            return published_score(a, b, self.event.rules.weights)
        given = self._affinities.get(frozenset((one, other)))
        return 0 if given is None else given.score

    @cached_property
    def _affinities(self) -> dict[frozenset[str], Affinity]:
        return {frozenset(one.between): one for one in self.event.affinities or ()}

    def _wishes(self, meeting: Meeting) -> int:
        one, other = meeting.between
        wished = self.event.participant(one).wishes, self.event.participant(other).wishes
        return (other in wished[0]) + (one in wished[1])


def replayed(
    event: Event, schedule: Schedule, steps: Iterable[tuple[Sequence[Meeting], Sequence[Meeting]]]
) -> Schedule:
    """`schedule` after each step has taken its meetings out and put its meetings in; what may be is not asked again.

    Its worth is counted anew, and of its limits those are kept that still hold: each is proven given the tiers before
    it, so it holds while they keep their values. Raises `InvalidSchedule` where a meeting to be taken out is not there.
    """
    held = {_key(meeting): meeting for meeting in schedule.meetings}
    for removed, added in steps:
        for meeting in removed:
            if held.pop(_key(meeting), None) is None:
                raise InvalidSchedule([EventFault("meetings", Sentence("meeting_gone"))])
        held |= {_key(meeting): meeting for meeting in added}
    order = event.slot_index
    meetings = tuple(sorted(held.values(), key=lambda one: (order[one.slot], one.table or "", one.between)))
    tiers = _tiers(schedule, Timetable(event, meetings).tiers())
    made = Schedule(status="feasible", meetings=meetings, tiers=tiers, seconds=schedule.seconds)
    return made.model_copy(update={"status": "optimal" if is_optimal(made) else "feasible"})


def _tiers(schedule: Schedule, worth: dict[str, int]) -> tuple[Tier, ...]:
    found, holds = [], True
    for tier in schedule.tiers:
        # Disruptions are counted from an announced timetable that is not at hand.
        if tier.name in worth:
            value = worth[tier.name]
            limit = {} if holds else {"bound": None, "proof": None}
            found.append(tier.model_copy(update={"value": value, **limit}))
            holds = holds and value == tier.value
    return tuple(found)


def _key(meeting: Meeting) -> tuple[frozenset[str], str]:
    return meeting.pair, meeting.slot


def _count(meetings: Iterable[Meeting], id: str) -> int:
    return sum(id in one.between for one in meetings)


def _order(change: Change) -> tuple[object, ...]:
    return (True, ()) if change.why else (False, change.rank)


def _sorted(changes: Iterable[Change]) -> list[Change]:
    """The changes that may be first, the best of them first; as they come where they are alike."""
    return sorted(changes, key=_order)
