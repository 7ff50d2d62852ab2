"""A proof by duals evaluated again: rows rebuilt from their names, and all of it added up in integers.

What the rows mean and how a bound follows from them is said in ``scheduler.format.proof``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from scheduler.check.candidates import Candidate, Candidates
from scheduler.format.event import Event, Participant
from scheduler.format.proof import DualsProof, Row
from scheduler.format.sentence import Sentence


class BadProof(Exception):
    """The proof names what the event does not have, or a row that does not hold for it, as ``why`` says."""

    def __init__(self, why: Sentence) -> None:
        self.why = why
        super().__init__(why)


@dataclass
class Weights:
    """The weights of a proof, arranged by what their rows count. ``limits`` is the sum of weight x limit.

    ``shortfall`` is the shortfall shown, ``None`` where a proof may not use it.
    """

    event: Event
    proof: DualsProof
    shortfall: int | None
    candidates: Candidates = field(init=False)
    limits: int = 0
    # Per participant: the weight of its meetings less that of its turns, and of sets of slots.
    meetings: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    slots: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    # Weights of a set of tables, ``None`` for all, within a set of slots.
    tables: list[tuple[frozenset[str] | None, int, int]] = field(default_factory=list)
    facilitators: list[tuple[int, int]] = field(default_factory=list)
    present: list[tuple[int, int]] = field(default_factory=list)
    avoided: int = 0

    def __post_init__(self) -> None:
        self.candidates = Candidates(self.event)
        self._shared: dict[tuple[int, frozenset[str] | None, bool], int] = {}
        for row, weight in self.proof.rows:
            self._add(row, weight)

    def _add(self, row: Row, weight: int) -> None:
        if row[0] == "turns":
            self.meetings[self._participant(row[1]).id] -= weight
        elif row[0] == "meetings":
            self.meetings[self._participant(row[1]).id] += weight
        elif row[0] == "slots":
            participant, slots = self._participant(row[1]), self._slots(row[2])
            there = self.candidates.busy_at_most(slots & self.candidates.present[participant.id])
            self.slots[participant.id].append((slots, weight))
            self.limits += weight * participant.delegates * there
        elif row[0] == "person":
            slots = self._slots(row[2])
            person = self.candidates.person_of(self._participant(row[1]).id)
            if len(person) < 2:
                raise BadProof(Sentence("one_person_alone", participant=row[1]))
            for id in person:
                self.slots[id].append((slots, weight))
            self.limits += weight * self.candidates.busy_at_most(slots)
        elif row[0] == "tables":
            tables, slots = self._tables(row[1]), self._slots(row[2])
            self.tables.append((tables, slots, weight))
            count = len(self.event.tables) if tables is None else len(tables)
            self.limits += weight * count * slots.bit_count()
        elif row[0] == "facilitators":
            slots = self._slots(row[1])
            self.facilitators.append((slots, weight))
            self.limits += weight * sum(free for s, free in enumerate(self.candidates.free) if slots >> s & 1)
        elif row[0] == "present":
            slots = self._slots(row[1])
            self.present.append((slots, weight))
            self.limits += weight * sum(self._pairs_at_most(s) for s in range(len(self.event.slots)) if slots >> s & 1)
        else:
            if self.shortfall is None:
                raise BadProof(Sentence("shortfall_row_in_value_only"))
            self.avoided += weight
            self.limits += weight * (self.shortfall - sum(p.min_meetings for p in self.event.participants))

    def _pairs_at_most(self, slot: int) -> int:
        present = (p for p in self.event.participants if self.candidates.present[p.id] >> slot & 1)
        return sum(participant.delegates for participant in present) // 2

    def _participant(self, id: str) -> Participant:
        if id not in self.candidates.people:
            raise BadProof(Sentence("no_such_participant", id=id))
        return self.candidates.people[id]

    def _slots(self, ids: Sequence[str] | None) -> int:
        if ids is None:
            return self.candidates.every_slot
        try:
            return self.candidates.bits(ids)
        except KeyError as unknown:
            raise BadProof(Sentence("no_such_slot", id=unknown.args[0])) from None

    def _tables(self, ids: Sequence[str] | None) -> frozenset[str] | None:
        known = {table.id for table in self.event.tables}
        if not known:
            raise BadProof(Sentence("no_tables_to_limit"))
        for id in ids or ():
            if id not in known:
                raise BadProof(Sentence("no_such_table", id=id))
        return None if ids is None else frozenset(ids)

    def of(self, candidate: Candidate) -> int:
        """Return the weight of all rows that count this meeting."""
        total = self.meetings.get(candidate.a, 0) + self.meetings.get(candidate.b, 0)
        for id in (candidate.a, candidate.b):
            total += sum(weight for slots, weight in self.slots.get(id, ()) if not candidate.slots & ~slots)
        key = candidate.slots, candidate.tables, candidate.helped
        if key not in self._shared:
            self._shared[key] = self._of_what_is_shared(candidate)
        return total + self._shared[key]

    def _of_what_is_shared(self, candidate: Candidate) -> int:
        total = sum(weight for slots, weight in self.present if not candidate.slots & ~slots)
        if candidate.helped:
            total += sum(weight for slots, weight in self.facilitators if not candidate.slots & ~slots)
        for tables, slots, weight in self.tables:
            at = candidate.tables is not None and (tables is None or candidate.tables <= tables)
            total += weight if at and not candidate.slots & ~slots else 0
        return total


def least_shortfall(event: Event, proof: DualsProof) -> int:
    """Return the shortfall below which no schedule of ``event`` goes, by ``proof``; raises ``BadProof``.

    Cost: linear in the meetings that may be held and in the proof.
    """
    weights = Weights(event, proof, None)
    avoided = total_of(weights, points_of_value=0, points_of_shortfall=proof.denominator) // proof.denominator
    return max(0, sum(participant.min_meetings for participant in event.participants) - avoided)


def greatest_value(event: Event, proof: DualsProof, shortfall: int) -> int:
    """Return the value beyond which no schedule of this ``shortfall`` goes, by ``proof``; raises ``BadProof``.

    Cost: linear in the meetings that may be held and in the proof.
    """
    weights = Weights(event, proof, shortfall)
    return (
        total_of(weights, points_of_value=proof.denominator, points_of_shortfall=weights.avoided) // proof.denominator
    )


def total_of(weights: Weights, points_of_value: int, points_of_shortfall: int) -> int:
    """Return the sum of weight x limit and of what pairs and turns can still earn, times the denominator."""
    total = weights.limits
    for candidate in weights.candidates:
        rest = points_of_value * candidate.points - weights.of(candidate)
        total += rest if candidate.required else max(0, rest)
    for participant in weights.event.participants:
        total += _turns(weights, participant, points_of_value, points_of_shortfall)
    return total


def _turns(weights: Weights, participant: Participant, points_of_value: int, points_of_shortfall: int) -> int:
    """Return what the turns of ``participant`` can still earn."""
    most, coverage = weights.candidates.most(participant), weights.event.rules.coverage
    price = weights.meetings.get(participant.id, 0)
    # From the last cut on all turns earn the same.
    cuts = sorted({k for k in (*range(len(coverage) + 1), participant.min_meetings) if k <= most} | {most})
    total = 0
    for begin, end in pairwise(cuts):
        points = points_of_value * coverage[begin] if begin < len(coverage) else 0
        points += points_of_shortfall if begin < participant.min_meetings else 0
        total += max(0, points + price) * (end - begin)
    return total
