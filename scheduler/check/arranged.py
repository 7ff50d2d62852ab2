"""The meetings of a schedule whose ids are known, arranged for the rules of the check, and what they are worth.

Written from the format alone, as ``scheduler.check.schedule``, which judges them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from scheduler.check.tiers import TIERS, published_score
from scheduler.format.event import Event, MeetingRule, Participant
from scheduler.format.schedule import Meeting
from scheduler.format.sentence import Sentence

PairKey = frozenset[str]


@dataclass(frozen=True, slots=True)
class Held:
    """One meeting of the file with its participants and the position of its slot."""

    meeting: Meeting
    a: Participant
    b: Participant
    slot: int

    @property
    def participants(self) -> tuple[Participant, Participant]:
        return (self.a, self.b)

    @property
    def on_site(self) -> bool:
        return not (self.a.remote or self.b.remote)

    @property
    def helped(self) -> bool:
        return self.a.needs_facilitator or self.b.needs_facilitator

    @property
    def told(self) -> Sentence:
        return told(self.meeting)


@dataclass
class Arranged:
    """The meetings whose ids are known, arranged for the rules.

    ``settled`` slots lie in the past: their meetings count, but are themselves not judged.
    """

    event: Event
    meetings: Sequence[Meeting]
    settled: frozenset[int] = frozenset()
    held: list[Held] = field(init=False)
    of_pair: dict[PairKey, list[Held]] = field(init=False)
    of_participant: dict[str, list[Held]] = field(init=False)
    of_slot: dict[int, list[Held]] = field(init=False)

    def __post_init__(self) -> None:
        people = {participant.id: participant for participant in self.event.participants}
        position = {slot.id: i for i, slot in enumerate(self.event.slots)}
        self.held = sorted(
            (
                Held(meeting, people[meeting.between[0]], people[meeting.between[1]], position[meeting.slot])
                for meeting in self.meetings
                if meeting.slot in position and len(people.keys() & set(meeting.between)) == 2
            ),
            key=lambda held: held.slot,
        )
        self.of_pair, self.of_participant, self.of_slot = defaultdict(list), defaultdict(list), defaultdict(list)
        for held in self.held:
            self.of_pair[frozenset(held.meeting.between)].append(held)
            self.of_slot[held.slot].append(held)
            for participant in held.participants:
                self.of_participant[participant.id].append(held)
        self._listed: dict[PairKey, list[MeetingRule]] = defaultdict(list)
        for rule in self.event.meetings:
            self._listed[frozenset(rule.between)].append(rule)
        self._given = {frozenset(given.between): given.score for given in self.event.affinities or ()}
        self._kinds = {frozenset(kinds) for kinds in self.event.may_meet}

    def judged(self) -> Iterator[Held]:
        return (held for held in self.held if held.slot not in self.settled)

    # What they are worth

    def score(self, held: Held) -> int:
        """Return what the meeting is worth by the file."""
        if self.event.affinities is not None:
            return self._given.get(frozenset(held.meeting.between), 0)
        return published_score(held.a, held.b, self.event.rules.weights)

    def stretches(self, participant: Participant) -> list[list[int]]:
        """Return for each day the lengths of the stretches without a meeting between two meetings."""
        slots = self.event.slots
        busy = sorted({held.slot for held in self.of_participant.get(participant.id, ())})
        days = groupby(busy, lambda slot: slots[slot].start.date())
        return [[later - sooner - 1 for sooner, later in pairwise(own) if later - sooner > 1] for _, own in days]

    def table_moves(self, participant: Participant) -> int:
        if participant.delegates > 1:
            return 0
        on_site = [held for held in self.of_participant.get(participant.id, ()) if held.on_site]
        return sum(
            sooner.meeting.table != later.meeting.table
            for sooner, later in pairwise(on_site)
            if self._day(sooner) == self._day(later)
        )

    def _day(self, held: Held) -> object:
        return self.event.slots[held.slot].start.date()

    def tiers(self) -> dict[str, int]:
        """Return the five values, by name."""
        totals = dict.fromkeys(TIERS, 0)
        totals["value"] = sum(self.score(held) for held in self.held)
        for participant in self.event.participants:
            meetings = len(self.of_participant.get(participant.id, ()))
            runs = [length for day in self.stretches(participant) for length in day]
            totals["shortfall"] += max(0, participant.min_meetings - meetings)
            totals["value"] += sum(self.event.rules.coverage[:meetings])
            totals["breaks"] += len(runs)
            totals["idle_slots"] += sum(runs)
            totals["table_moves"] += self.table_moves(participant)
        return totals


def told(meeting: Meeting) -> Sentence:
    one, other = meeting.between
    return Sentence("meeting_in_slot", one=one, other=other, slot=meeting.slot)


def pair_of(pair: PairKey) -> str:
    return " – ".join(sorted(pair))


def slots_of(meetings: Sequence[Held]) -> str:
    return ", ".join(held.meeting.slot for held in meetings)
