"""What keeps two participants from meeting: refusals that hold in any timetable, and obstacles in the announced one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from scheduler.feasibility.counting import crowded
from scheduler.format.event import Event, MeetingRule, Participant, Slot
from scheduler.format.score import explain_pair, may_meet
from scheduler.problem.capacities import resources_of
from scheduler.problem.placement import Placement
from scheduler.problem.problem import NO_TABLE, IntArray, Problem
from scheduler.problem.rows import fills_row
from scheduler.problem.worth import breaks_and_idle
from scheduler.tables.staying import all_seated

ReasonKind = Literal[
    # In any timetable.
    "veto",
    "forbidden",
    "kinds",
    "no_score",
    "one_person",
    "never_together",
    "confined",
    "no_table",
    "no_facilitator",
    # In the announced one.
    "full",
    "required",
    "busy",
    "person",
    "pause",
    "stays",
    "tables",
    "facilitators",
    "order",
    "breaks",
    "open",
    "together",
]
REFUSALS: frozenset[ReasonKind] = frozenset(
    ("veto", "forbidden", "kinds", "no_score", "one_person", "never_together", "confined", "no_table", "no_facilitator")
)


@dataclass(frozen=True, slots=True)
class Encounter:
    """A meeting named without its place: who, and what it is worth."""

    between: tuple[str, str]
    score: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a meeting is not held.

    ``who`` is whom the reason lies with (an id; ``None``: both, or nobody); ``meetings`` are those that stand in the
    way: for ``full`` the ones worth at least as much of all ``count``, for ``required`` those that must be held.
    ``slots`` are the slots concerned: for ``busy`` those in which both are there, for ``person`` (who is in a meeting
    for somebody else), ``pause``, ``stays`` (a table that does not suit), ``tables``, ``facilitators``, ``order`` and
    ``breaks`` those in which both are free but that is lacking, for ``open`` those in which it could still be
    added. ``together``: others are worth more together, as the price says.
    """

    kind: ReasonKind
    who: str | None = None
    meetings: tuple[Encounter, ...] = ()
    slots: tuple[str, ...] = ()
    count: int = 0


class Obstacles:
    """Reasons in one announced timetable.

    ``stays`` are the tables at which those who stay seated are announced to be, by participant and day; ``problem``
    knows of no choice of tables.
    """

    def __init__(
        self, event: Event, problem: Problem, announced: Placement, stays: Mapping[tuple[int, int], int]
    ) -> None:
        self.stays = stays
        self.event = event
        self.problem = problem
        self.held = announced.units
        self.slot_of = announced.slots
        self.slot_at = dict(zip(self.held.tolist(), self.slot_of.tolist(), strict=True))
        self.degree = problem.degrees(self.held)
        self.busy = np.zeros((problem.participants, problem.slots), dtype=np.int64)
        np.add.at(self.busy, (problem.a[self.held], self.slot_of), 1)
        np.add.at(self.busy, (problem.b[self.held], self.slot_of), 1)

    # In any timetable

    def refusals(self, participant_id: str, partner_id: str) -> Iterator[Reason]:
        """Yield why the pair, of which the problem has no unit, cannot meet in any timetable of the event."""
        event = self.event
        one, other = event.participant(participant_id), event.participant(partner_id)
        pair = frozenset((one.id, other.id))
        rules = self._rules.get(pair, ())
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
            listed = event.affinities is None or pair in self._scored
            if not listed or (event.affinities is None and explain_pair(event, one, other).points == 0):
                yield Reason("no_score")
                return
        if any(pair <= {*group} for group in event.same_person):
            yield Reason("one_person")
            return
        present = [slot for slot in event.slots if slot.id not in {*one.unavailable, *other.unavailable}]
        together = [slot.id for slot in present if _lets(rules, slot)]
        if not together:
            yield Reason("confined" if present else "never_together")
        elif event.tables and not (one.remote or other.remote) and not self._shared_tables(one, other):
            yield Reason("no_table")
        elif (one.needs_facilitator or other.needs_facilitator) and not any(
            self.problem.free_facilitators[event.slot_index[id]] for id in together
        ):
            yield Reason("no_facilitator", slots=tuple(together))

    @cached_property
    def _rules(self) -> dict[frozenset[str], list[MeetingRule]]:
        found: dict[frozenset[str], list[MeetingRule]] = defaultdict(list)
        for rule in self.event.meetings:
            found[frozenset(rule.between)].append(rule)
        return dict(found)

    @cached_property
    def _scored(self) -> frozenset[frozenset[str]]:
        return frozenset(frozenset(given.between) for given in self.event.affinities or ())

    def _shared_tables(self, one: Participant, other: Participant) -> list[str]:
        return [
            table.id
            for table in self.event.tables
            if all(p.home_table in (None, table.id) and set(p.requires) <= set(table.features) for p in (one, other))
        ]

    # In the announced timetable

    def obstacles(self, participant_id: str, partner_id: str, unit: int) -> Iterator[Reason]:
        """Yield what stands in the way of ``unit``, an eligible meeting of the two that is not held."""
        problem, index = self.problem, self.event.participant_index
        slots = np.flatnonzero(problem.allowed[unit])
        required = self._required_in_the_way(unit, [index[participant_id], index[partner_id]])
        full = [id for id in (participant_id, partner_id) if self.degree[index[id]] >= problem.maximum[index[id]]]
        told = [self._full(id, unit) for id in full]
        yield from told
        if required:
            yield Reason("required", meetings=required)
            return
        if not full:
            told = list(self._in_slots(unit, slots, np.array([index[participant_id], index[partner_id]])))
            yield from told
        # An agenda full of better meetings says all; one that holds lesser ones does not say why these stay.
        if all(reason.kind == "full" and len(reason.meetings) < reason.count for reason in told):
            yield Reason("together")

    def _full(self, id: str, unit: int) -> Reason:
        p = self.event.participant_index[id]
        units = self.held[(self.problem.a[self.held] == p) | (self.problem.b[self.held] == p)]
        mine = sorted((self.encounter(u) for u in units.tolist()), key=lambda m: (-m.score, m.between))
        better = tuple(m for m in mine if m.score >= self.problem.score[unit])
        return Reason("full", id, better, count=len(mine))

    def _required_in_the_way(self, unit: int, ids: Sequence[int]) -> tuple[Encounter, ...]:
        """Return required meetings that leave ``unit`` no slot, or no table or facilitator, whatever else is held.

        By counting, as in ``feasibility.counting``; an empty tuple proves nothing.
        """
        problem = self.problem
        must = np.flatnonzero(problem.required)
        for p in ids if len(must) else ():
            own = must[(problem.a[must] == p) | (problem.b[must] == p)]
            if len(own) >= problem.maximum[p]:
                return self._encounters(own)
            found = crowded(problem.allowed[np.append(own, unit)], np.full(problem.slots, problem.delegates[p]))
            if found is not None:
                return self._encounters(own[found[found < len(own)]])
        resources = resources_of(problem, np.append(must, unit)) if len(must) else None
        for r in range(len(resources.capacity) if resources is not None else 0):
            assert resources is not None
            using = np.append(must, unit)[resources.uses[:, r]]
            if len(using) and using[-1] == unit:
                found = crowded(problem.allowed[using], resources.capacity[r])
                if found is not None:
                    return self._encounters(using[found[found < len(using) - 1]])
        return ()

    def _encounters(self, units: IntArray) -> tuple[Encounter, ...]:
        return tuple(self.encounter(u) for u in units.tolist())

    def _in_slots(self, unit: int, slots: IntArray, ids: IntArray) -> Iterator[Reason]:
        """Yield what is lacking in the slots in which both are there, neither of them having a full agenda."""
        problem = self.problem
        free = slots[(self.busy[np.ix_(ids, slots)] < problem.delegates[ids][:, None]).all(axis=0)]
        free = np.array([s for s in free.tolist() if not self._twin_in(unit, s)], dtype=np.int64)
        if not len(free):
            yield Reason("busy", slots=self._names(slots))
            return
        asked: tuple[tuple[ReasonKind, Callable[[int, int], bool]], ...] = (
            ("person", self._in_one_place),
            ("pause", self._rested),
            ("stays", self._stays_well),
            ("tables", self._seated),
            ("facilitators", self._helped),
            ("order", self._in_order),
            ("breaks", self._breaks_alike),
        )
        checks = [(kind, np.array([holds(unit, s) for s in free.tolist()], dtype=np.bool_)) for kind, holds in asked]
        room = np.logical_and.reduce([ok for _, ok in checks])
        if room.any():
            yield Reason("open", slots=self._names(free[room]))
            return
        for kind, ok in checks:
            if not ok.all():
                yield Reason(kind, self._with_whom(kind, unit), slots=self._names(free[~ok]))

    def _with_whom(self, kind: ReasonKind, unit: int) -> str | None:
        """Return whom of ``unit`` the reason lies with: who speaks for others as well, or who stays seated."""
        problem, people = self.problem, self.event.participants
        ends = int(problem.a[unit]), int(problem.b[unit])
        shared = {p for members in problem.groups for p in members}
        concerned = {"person": [p for p in ends if p in shared], "stays": [p for p in ends if problem.seated[p]]}
        found = concerned.get(kind, [])
        return people[found[0]].id if len(found) == 1 else None

    def _mates(self, p: int) -> list[int]:
        return np.flatnonzero(self.problem.person == self.problem.person[p]).tolist()

    def _in_one_place(self, unit: int, s: int) -> bool:
        """Return whether nobody who takes part is in a meeting of ``s`` for another participant."""
        ends = int(self.problem.a[unit]), int(self.problem.b[unit])
        return not any(self.busy[q, s] for p in ends for q in self._mates(p) if q != p)

    def _rested(self, unit: int, s: int) -> bool:
        problem = self.problem
        for p in (int(problem.a[unit]), int(problem.b[unit])) if problem.joins else ():
            busy = np.flatnonzero(self.busy[self._mates(p)].any(axis=0))
            if fills_row(sum(1 << t for t in busy.tolist()), s, problem.joins, problem.most_in_window):
                return False
        return True

    def _places(self, unit: int, s: int) -> set[int]:
        """Return the tables at which ``unit`` can be in slot ``s``, with who stays seated where it is that day."""
        problem = self.problem
        ends = int(problem.a[unit]), int(problem.b[unit])
        tables = [self.stays[p, int(problem.day[s])] for p in ends if (p, int(problem.day[s])) in self.stays]
        return set(problem.table_types[problem.table_type[unit]]).intersection(*({table} for table in tables))

    def _stays_well(self, unit: int, s: int) -> bool:
        return self.problem.table_type[unit] == NO_TABLE or bool(self._places(unit, s))

    def _twin_in(self, unit: int, s: int) -> bool:
        return any(self.slot_at.get(v) == s for group in self.problem.twins if unit in group for v in group)

    def _seated(self, unit: int, s: int) -> bool:
        """Return whether the meetings of slot ``s`` and ``unit`` find different tables."""
        problem = self.problem
        if problem.table_type[unit] == NO_TABLE or not self._stays_well(unit, s):
            return True
        together = np.append(self.held[self.slot_of == s], unit).tolist()
        places = [self._places(u, s) for u in together if problem.table_type[u] != NO_TABLE]
        return all_seated(places)

    def _helped(self, unit: int, s: int) -> bool:
        problem = self.problem
        taken = int(problem.facilitated[self.held[self.slot_of == s]].sum())
        return not problem.facilitated[unit] or taken < problem.free_facilitators[s]

    def _in_order(self, unit: int, s: int) -> bool:
        slot = self.slot_at
        return all(
            not (later == unit and slot.get(sooner, -1) >= s) and not (sooner == unit and slot.get(later, s + 1) <= s)
            for later, sooner in self.problem.after
        )

    def _breaks_alike(self, unit: int, s: int) -> bool:
        difference = self.problem.break_difference
        if difference is None:
            return True
        breaks = breaks_and_idle(self.problem, Placement(np.append(self.held, unit), np.append(self.slot_of, s)))[0]
        return int(breaks.max()) - int(breaks.min()) <= difference

    def encounter(self, unit: int) -> Encounter:
        """Return ``unit`` by the ids of its participants."""
        people, problem = self.event.participants, self.problem
        return Encounter((people[problem.a[unit]].id, people[problem.b[unit]].id), int(problem.score[unit]))

    def _names(self, slots: IntArray) -> tuple[str, ...]:
        return tuple(self.event.slots[s].id for s in slots.tolist())


def _lets(rules: Sequence[MeetingRule], slot: Slot) -> bool:
    """Return whether one of ``rules``, where there are any, lets the pair meet in ``slot``."""
    confined = [rule.slot in (None, slot.id) and rule.session in (None, slot.session) for rule in rules]
    return any(confined) or not confined
