"""The meetings that may be held at all, read from an event file for the check of proofs.

Written from the format alone. A set of slots is an integer with one bit for each, in the order of the file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import combinations

from scheduler.check.tiers import published_score
from scheduler.format.event import Event, MeetingRule, Participant

PairKey = frozenset[str]
# A gap between two slots that ends a row of meetings.
_INTERRUPTION = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One meeting that may be held: a pair, or one entry of a pair that is required several times.

    ``slots`` are those in which it can be held; ``tables`` those at which, ``None`` where it takes none.
    """

    a: str
    b: str
    points: int
    required: bool
    slots: int
    tables: frozenset[str] | None
    helped: bool


@dataclass
class Candidates:
    """The candidates of an event. Cost of listing them: a score for each pair of kinds that may meet."""

    event: Event
    people: dict[str, Participant] = field(init=False)
    present: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        event = self.event
        self.people = {participant.id: participant for participant in event.participants}
        self._bit = {slot.id: 1 << s for s, slot in enumerate(event.slots)}
        self.every_slot = (1 << len(event.slots)) - 1
        self.present = {p.id: self.every_slot & ~self.bits(p.unavailable) for p in event.participants}
        self.free = [
            sum(slot.id not in facilitator.unavailable for facilitator in event.facilitators) for slot in event.slots
        ]
        self._with_help = self.bits([slot.id for slot, free in zip(event.slots, self.free, strict=True) if free])
        self._person = {id: number for number, group in enumerate(event.same_person) for id in group}
        self._places: dict[tuple[frozenset[str], frozenset[str]], frozenset[str]] = {}

    def bits(self, slots: Sequence[str]) -> int:
        """Return the set of these slots; raises ``KeyError`` for an id that the event does not have."""
        found = 0
        for slot in slots:
            found |= self._bit[slot]
        return found

    def most(self, participant: Participant) -> int:
        """Return the most meetings that ``participant`` can hold: in one slot it meets everybody once at most."""
        together = min(participant.delegates, len(self.people))
        room = together * self.busy_at_most(self.present[participant.id])
        return room if participant.max_meetings is None else min(room, participant.max_meetings)

    def busy_at_most(self, present: int) -> int:
        """Return in how many of these slots one can have meetings: a pause only where it cannot be put off."""
        most, busy, row = self.event.rules.max_in_a_row, 0, 0
        for s in range(len(self.event.slots)):
            if not self.goes_on(s):
                row = 0
            row = row + 1 if present >> s & 1 and row != most else 0
            busy += row > 0
        return busy

    def goes_on(self, slot: int) -> bool:
        """Return whether the slot of this position is in one row with the one before it."""
        before, this = self.event.slots[slot - 1], self.event.slots[slot]
        return slot > 0 and before.start.date() == this.start.date() and this.start - before.end < _INTERRUPTION

    def person_of(self, id: str) -> frozenset[str]:
        """Return all who are one person with this participant, itself included."""
        return frozenset(self.event.same_person[self._person[id]]) if id in self._person else frozenset((id,))

    def __iter__(self) -> Iterator[Candidate]:
        rules: dict[PairKey, list[MeetingRule]] = defaultdict(list)
        for rule in self.event.meetings:
            rules[frozenset(rule.between)].append(rule)
        points = dict(self._eligible())
        for pair, worth in points.items():
            if pair not in rules:
                yield from self._possible(pair, worth, None)
        given = {frozenset(affinity.between): affinity.score for affinity in self.event.affinities or ()}
        for pair, entries in rules.items():
            a, b = (self.people[id] for id in pair)
            worth = (
                published_score(a, b, self.event.rules.weights) if self.event.affinities is None else given.get(pair, 0)
            )
            for rule in entries:
                if rule.status != "forbidden":
                    yield from self._possible(pair, worth, rule)

    def _eligible(self) -> Iterator[tuple[PairKey, int]]:
        """Yield the pairs whose kinds and score let them meet."""
        kinds = {frozenset(pair) for pair in self.event.may_meet}
        if self.event.affinities is not None:
            for affinity in self.event.affinities:
                if frozenset(self.people[id].kind for id in affinity.between) in kinds:
                    yield frozenset(affinity.between), affinity.score
            return
        for a, b in combinations(self.event.participants, 2):
            if frozenset((a.kind, b.kind)) in kinds:
                points = published_score(a, b, self.event.rules.weights)
                if points > 0:
                    yield frozenset((a.id, b.id)), points

    def _possible(self, pair: PairKey, points: int, rule: MeetingRule | None) -> Iterator[Candidate]:
        """Yield the meeting where no veto is against it and some slot and table can take it."""
        a, b = (self.people[id] for id in pair)
        if b.id in a.vetoes or a.id in b.vetoes or b.id in self.person_of(a.id):
            return
        helped = a.needs_facilitator or b.needs_facilitator
        slots = self.present[a.id] & self.present[b.id]
        if helped:
            slots &= self._with_help
        if rule is not None and rule.slot is not None:
            slots &= self._bit[rule.slot]
        if rule is not None and rule.session is not None:
            slots &= self.bits([slot.id for slot in self.event.slots if slot.session == rule.session])
        tables = self.tables(a, b)
        if slots and (tables is None or tables):
            yield Candidate(a.id, b.id, points, rule is not None and rule.status == "required", slots, tables, helped)

    def tables(self, a: Participant, b: Participant) -> frozenset[str] | None:
        """Return the tables at which the two may meet; ``None`` where they need none."""
        if a.remote or b.remote or not self.event.tables:
            return None
        homes = frozenset(home for home in (a.home_table, b.home_table) if home is not None)
        asked = homes, frozenset((*a.requires, *b.requires))
        if asked not in self._places:
            self._places[asked] = frozenset(
                table.id for table in self.event.tables if homes <= {table.id} and asked[1] <= frozenset(table.features)
            )
        return self._places[asked]
