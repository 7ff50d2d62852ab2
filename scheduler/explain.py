"""Why a wish, or a good partner, was not met: the true reason, and what forcing the meeting would cost the others.

Reasons come from the event and the announced timetable themselves; costs are computed by ``forcing``. All of it as
typed values that have words in French and English (``explain_words``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from scheduler.affinity import explain_pair, may_meet
from scheduler.errors import EventFault, InvalidInput
from scheduler.event import Event, MeetingRule, Participant, Slot
from scheduler.faults import show
from scheduler.forcing import Forcing
from scheduler.problem import IntArray, Problem, build_problem
from scheduler.resources import resources_of
from scheduler.schedule import Schedule

ReasonKind = Literal[
    "veto",
    "forbidden",
    "kinds",
    "no_score",
    "never_together",
    "no_table",
    "full",
    "required",
    "busy",
    "tables",
    "facilitators",
    "open",
]

# Beyond the wishes this many partners of best score are explained.
MOST_PARTNERS = 10


@dataclass(frozen=True, slots=True)
class Encounter:
    """A meeting named without its place: who, and what it is worth."""

    between: tuple[str, str]
    score: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a meeting is not held.

    ``who`` is whom the reason lies with (an id; ``None``: both, or nobody); ``meetings`` are those that stand in the
    way: for ``full`` the ones worth at least as much, for ``required`` those that must be held. ``slots`` are the
    slots concerned: for ``busy``, ``tables`` and ``facilitators`` those in which both are there, for ``open`` those in
    which the meeting could still be added.
    """

    kind: ReasonKind
    who: str | None = None
    meetings: tuple[Encounter, ...] = ()
    slots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Price:
    """What forcing the meeting changes in tiers 1 and 2, and for whom; slots are only counted, not given out."""

    shortfall: int
    value: int
    lost: tuple[Encounter, ...]
    gained: tuple[Encounter, ...]


@dataclass(frozen=True, slots=True)
class NotMet:
    """One partner that was not met: ``wish`` is its rank among the wishes from 0, ``None`` for none.

    ``price`` is ``None`` where the rules leave no room for the meeting, whatever others give up.
    """

    participant: str
    partner: str
    score: int
    wish: int | None
    reasons: tuple[Reason, ...]
    price: Price | None
    event: Event = field(repr=False, compare=False)

    def words(self, language: str = "fr") -> str:
        """Return the answer as a paragraph in ``language`` (``fr`` or ``en``)."""
        from scheduler.explain_words import paragraph

        return paragraph(self, language)


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that one participant may ask: its wishes that were not met, in their order, then good partners not met."""

    participant: str
    not_met: tuple[NotMet, ...]

    def words(self, language: str = "fr") -> list[str]:
        """Return a paragraph for each answer in ``language`` (``fr`` or ``en``)."""
        return [answer.words(language) for answer in self.not_met]


def explain(event: Event, schedule: Schedule, participant_id: str) -> Explanation:
    """Return why ``participant_id`` does not meet each wish, and each of the best partners, that ``schedule`` lacks.

    Raises ``InvalidInput`` for an id that the event does not know. Cost: that of ``Explainer``, and a flow a partner.
    """
    return Explainer(event, schedule).explain(participant_id)


class Explainer:
    """Answers about one timetable: what does not depend on the participant is computed once."""

    def __init__(self, event: Event, schedule: Schedule) -> None:
        self.event = event
        self.problem: Problem = build_problem(event)
        problem = self.problem
        self.units: dict[tuple[int, int], list[int]] = {}
        for u, pair in enumerate(zip(problem.a.tolist(), problem.b.tolist(), strict=True)):
            self.units.setdefault(pair, []).append(u)
        self.held, self.slot_of = self._held(schedule)
        self.slot_at = dict(zip(self.held.tolist(), self.slot_of.tolist(), strict=True))
        self.met = {meeting.pair for meeting in schedule.meetings}
        bound = next((tier.bound for tier in schedule.tiers if tier.name == "value"), None)
        self.forcing = Forcing(problem, self.held, bound)
        self.degree = problem.degrees(self.held)
        self.busy = np.zeros((problem.participants, problem.slots), dtype=np.int64)
        np.add.at(self.busy, (problem.a[self.held], self.slot_of), 1)
        np.add.at(self.busy, (problem.b[self.held], self.slot_of), 1)
        self.resources = resources_of(problem, np.arange(problem.units))

    def _held(self, schedule: Schedule) -> tuple[IntArray, IntArray]:
        """Return the units of the timetable, ascending, and their slots; meetings the event no longer has are none."""
        index, slots = self.event.participant_index, self.event.slot_index
        found: dict[int, int] = {}
        for meeting in schedule.meetings:
            if not meeting.pair <= index.keys() or meeting.slot not in slots:
                continue
            one, other = sorted(index[id] for id in meeting.between)
            free = [u for u in self.units.get((one, other), ()) if u not in found]
            fitting = [u for u in free if self.problem.allowed[u, slots[meeting.slot]]]
            if fitting:
                found[fitting[0]] = slots[meeting.slot]
        units = sorted(found)
        return np.array(units, dtype=np.int64), np.array([found[u] for u in units], dtype=np.int64)

    def explain(self, participant_id: str) -> Explanation:
        """Return the explanation for one participant; raises ``InvalidInput`` for an id that the event lacks."""
        if participant_id not in self.event.participant_index:
            raise InvalidInput(
                [EventFault("participant", f"expected the id of a participant, found {show(participant_id)}")]
            )
        wishes = self.event.participant(participant_id).wishes
        partners = [id for id in wishes if frozenset((participant_id, id)) not in self.met]
        partners += self._good_partners(participant_id, set(wishes))
        ranks = {id: rank for rank, id in enumerate(wishes)}
        return Explanation(
            participant_id, tuple(self.not_met(participant_id, partner, ranks.get(partner)) for partner in partners)
        )

    def not_met(self, participant_id: str, partner_id: str, wish: int | None = None) -> NotMet:
        """Return why the two do not meet, and what forcing them to would cost."""
        one, other = (self.event.participant(id) for id in (participant_id, partner_id))
        units = [u for u in self._units_between(participant_id, partner_id) if u not in self.slot_at]
        if not units:
            reasons = tuple(self._refusals(participant_id, partner_id))
            score = explain_pair(self.event, one, other).points
            return NotMet(participant_id, partner_id, score, wish, reasons, None, self.event)
        unit = units[0]
        reasons = tuple(self._obstacles(participant_id, partner_id, unit))
        score = int(self.problem.score[unit])
        return NotMet(participant_id, partner_id, score, wish, reasons, self._price(unit), self.event)

    def _good_partners(self, participant_id: str, wished: set[str]) -> list[str]:
        """Return the eligible partners not met and not wished for, the best scores first."""
        problem, people = self.problem, self.event.participants
        p = self.event.participant_index[participant_id]
        found: dict[str, int] = {}
        for u in problem.units_of[p].tolist():
            partner = people[int(problem.a[u]) + int(problem.b[u]) - p].id
            if partner not in wished and frozenset((participant_id, partner)) not in self.met and problem.score[u]:
                found[partner] = int(problem.score[u])
        return sorted(found, key=lambda id: (-found[id], self.event.participant_index[id]))[:MOST_PARTNERS]

    def _units_between(self, one: str, other: str) -> list[int]:
        index = self.event.participant_index
        a, b = sorted((index[one], index[other]))
        return self.units.get((a, b), [])

    def _refusals(self, participant_id: str, partner_id: str) -> Iterator[Reason]:
        """Yield why the pair cannot meet in any timetable of the event."""
        event = self.event
        one, other = event.participant(participant_id), event.participant(partner_id)
        pair = frozenset((one.id, other.id))
        rules = [rule for rule in event.meetings if frozenset(rule.between) == pair]
        for asking, asked in ((one, other), (other, one)):
            if asked.id in asking.vetoes:
                yield Reason("veto", asking.id)
        if any(rule.status == "forbidden" for rule in rules):
            yield Reason("forbidden")
            return
        if not rules:
            if not may_meet(event, one, other):
                yield Reason("kinds")
                return
            listed = event.affinities is None or any(frozenset(given.between) == pair for given in event.affinities)
            if not listed or (event.affinities is None and explain_pair(event, one, other).points == 0):
                yield Reason("no_score")
                return
        together = [slot.id for slot in event.slots if self._both_there(slot, one, other, rules)]
        if not together:
            yield Reason("never_together")
            return
        if event.tables and not (one.remote or other.remote) and not self._shared_tables(participant_id, partner_id):
            yield Reason("no_table")
        elif (one.needs_facilitator or other.needs_facilitator) and not any(
            self.problem.free_facilitators[event.slot_index[id]] for id in together
        ):
            yield Reason("facilitators", slots=tuple(together))

    @staticmethod
    def _both_there(slot: Slot, one: Participant, other: Participant, rules: Sequence[MeetingRule]) -> bool:
        """Return whether both are there in ``slot``, and one of ``rules``, where there are any, lets them meet then."""
        confined = [rule.slot in (None, slot.id) and rule.session in (None, slot.session) for rule in rules]
        there = slot.id not in one.unavailable and slot.id not in other.unavailable
        return there and (any(confined) or not confined)

    def _shared_tables(self, participant_id: str, partner_id: str) -> list[str]:
        both = [self.event.participant(id) for id in (participant_id, partner_id)]
        return [
            table.id
            for table in self.event.tables
            if all(p.home_table in (None, table.id) and set(p.requires) <= set(table.features) for p in both)
        ]

    def _obstacles(self, participant_id: str, partner_id: str, unit: int) -> Iterator[Reason]:
        """Yield what stands in the way of an eligible pair in this timetable."""
        problem, event = self.problem, self.event
        index = event.participant_index
        full = [id for id in (participant_id, partner_id) if self.degree[index[id]] >= problem.maximum[index[id]]]
        for id in full:
            yield self._full(id, unit)
        slots = np.flatnonzero(problem.allowed[unit])
        required = self._required_in_the_way(participant_id, partner_id, slots)
        if required:
            yield Reason("required", meetings=required)
        if full:
            return
        ids = np.array([index[participant_id], index[partner_id]])
        free = slots[(self.busy[np.ix_(ids, slots)] < problem.delegates[ids][:, None]).all(axis=0)]
        if not len(free):
            yield Reason("busy", slots=self._names(slots))
            return
        kinds, open_slots = self._shared_limits(unit, free)
        if len(open_slots):
            yield Reason("open", slots=self._names(open_slots))
        for kind in kinds if not len(open_slots) else ():
            yield Reason(kind, slots=self._names(free))

    def _full(self, id: str, unit: int) -> Reason:
        mine = self._encounters(id)
        return Reason("full", id, tuple(m for m in mine if m.score >= self.problem.score[unit]))

    def _encounters(self, id: str) -> list[Encounter]:
        """Return the meetings that ``id`` holds, the best first."""
        p = self.event.participant_index[id]
        units = self.held[(self.problem.a[self.held] == p) | (self.problem.b[self.held] == p)]
        return sorted((self._encounter(u) for u in units.tolist()), key=lambda m: (-m.score, m.between))

    def _required_in_the_way(self, one: str, other: str, slots: IntArray) -> tuple[Encounter, ...]:
        """Return the required meetings of the two where these alone leave no slot in which both are free."""
        problem, index = self.problem, self.event.participant_index
        must = problem.required[self.held]
        units, when = self.held[must], self.slot_of[must]
        ids = [index[one], index[other]]
        own = np.isin(problem.a[units], ids) | np.isin(problem.b[units], ids)
        taken = set(when[own].tolist())
        counts = [int(((problem.a[units] == p) | (problem.b[units] == p)).sum()) for p in ids]
        if set(slots.tolist()) <= taken or any(n >= problem.maximum[p] for n, p in zip(counts, ids, strict=True)):
            return tuple(self._encounter(u) for u in units[own].tolist())
        return ()

    def _shared_limits(self, unit: int, free: IntArray) -> tuple[list[ReasonKind], IntArray]:
        """Return which of tables and facilitators run out in ``free`` slots, and the slots in which neither does."""
        problem = self.problem
        if self.resources is None:
            return ["tables"], free[:0]
        kinds: list[ReasonKind] = []
        room = np.ones(len(free), dtype=np.bool_)
        for r in range(len(self.resources.capacity)):
            if self.resources.uses[unit, r]:
                used = np.bincount(self.slot_of[self.resources.uses[self.held, r]], minlength=problem.slots)
                left = (self.resources.capacity[r] - used)[free] > 0
                if not left.all():
                    last = r == len(self.resources.capacity) - 1 and bool(problem.facilitated.any())
                    kinds.append("facilitators" if last else "tables")
                room &= left
        ordered = [s for s in free[room].tolist() if self._in_order(unit, s)]
        return list(dict.fromkeys(kinds)), np.array(ordered, dtype=np.int64)

    def _in_order(self, unit: int, s: int) -> bool:
        slot = self.slot_at
        return all(
            not (later == unit and slot.get(sooner, -1) >= s) and not (sooner == unit and slot.get(later, s + 1) <= s)
            for later, sooner in self.problem.after
        )

    def _price(self, unit: int) -> Price | None:
        forced = self.forcing.cost(unit)
        if forced is None:
            return None
        return Price(
            forced.shortfall,
            forced.value,
            tuple(self._encounter(u) for u in forced.lost.tolist()),
            tuple(self._encounter(u) for u in forced.gained.tolist()),
        )

    def _encounter(self, unit: int) -> Encounter:
        people, problem = self.event.participants, self.problem
        return Encounter((people[problem.a[unit]].id, people[problem.b[unit]].id), int(problem.score[unit]))

    def _names(self, slots: IntArray) -> tuple[str, ...]:
        return tuple(self.event.slots[s].id for s in slots.tolist())
