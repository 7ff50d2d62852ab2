"""What more or fewer tables and slots are worth: the best value for each, by selection, and placed to be sure.

Fewer tables never help. So for each number of slots the tables are taken from the most to the fewest, and a selection
that still finds its places with fewer tables is still the best one: only where it does not is another computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from itertools import combinations, pairwise

import numpy as np

from scheduler import slotting
from scheduler.affinity import may_meet, score_pair
from scheduler.errors import EventFault, InvalidInput
from scheduler.event import Affinity, Event, MeetingRule, Participant, Slot, Table
from scheduler.placement import Placement
from scheduler.placing import place_all
from scheduler.problem import IntArray, Problem, build_problem
from scheduler.relaxation import Relaxation, maximise
from scheduler.resources import resources_of
from scheduler.seats import Seats
from scheduler.selection import is_network, select, shapes
from scheduler.tiers import breaks_and_idle

# What a unit is, whatever the numbers of tables and slots: its participants, and the entry that it comes from.
UnitKey = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Cell:
    """What an event with so many tables (``None``: no limit) and slots is worth.

    ``shortfall`` and ``value`` are the best possible with slots added up, ``None`` where required meetings cannot be
    held; ``placed`` says that every meeting found a slot and a table, so that they are reached and not just limits.
    ``wishes`` counts the wishes honoured. ``breaks`` is ``None`` where they were not estimated.
    """

    tables: int | None
    slots: int
    shortfall: int | None
    value: int | None
    wishes: int | None
    breaks: int | None
    placed: bool


@dataclass(frozen=True, slots=True)
class Gain:
    """What one more table, or slot, changes."""

    shortfall: int
    value: int
    wishes: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells by tables, then slots; ``now`` is the event as it is. ``wishes`` is how many there are to honour."""

    tables: tuple[int, ...]
    slots: tuple[int, ...]
    cells: tuple[tuple[Cell, ...], ...]
    now: Cell
    one_more_table: Gain | None
    one_more_slot: Gain | None
    wishes: int

    def cell(self, tables: int, slots: int) -> Cell:
        """Return the cell of these numbers; raises ``ValueError`` where the grid does not hold them."""
        return self.cells[self.tables.index(tables)][self.slots.index(slots)]


def whatif(event: Event, tables: Sequence[int] = (), slots: Sequence[int] = (), *, breaks: bool = False) -> Grid:
    """Return what ``event`` is worth with each of these numbers of tables and slots (empty: those it has, ± 2).

    Cutting takes the last ones away. Added slots follow in the rhythm of the last ones, and whoever is not there in
    the last slot is not there after it either; added tables have no features. In an event without tables there is no
    limit to them, and the grid's tables are plain ones.

    With ``breaks`` those of each cell that is placed are estimated by a short annealing, so they may be a few too many.

    Raises ``InvalidInput`` for numbers below 1. Cost: a linear program for each number of slots, and one for each
    number of tables that binds; with ``breaks`` some tenths of a second a cell that has any.
    """
    tables = sorted(set(tables)) or _around(len(event.tables))
    slots = sorted(set(slots)) or _around(len(event.slots))
    faults = [
        EventFault(name, f"expected numbers of at least 1, found {number}")
        for name, numbers in (("tables", tables), ("slots", slots))
        for number in numbers
        if number < 1
    ]
    if faults:
        raise InvalidInput(faults)
    event = _scored(event)
    have_tables, have_slots = len(event.tables) or None, len(event.slots)
    columns: dict[int, Mapping[int | None, Cell]] = {}
    for count in sorted({*slots, have_slots, have_slots + 1}):
        wanted: set[int | None] = set()
        if count in slots:
            wanted |= set(tables)
        if count == have_slots:
            wanted |= {have_tables, *([have_tables + 1] if have_tables else [])}
        if count == have_slots + 1:
            wanted.add(have_tables)
        columns[count] = _column(event_with_slots(event, count), wanted, breaks)
    now = columns[have_slots][have_tables]
    return Grid(
        tables=tuple(tables),
        slots=tuple(slots),
        cells=tuple(tuple(columns[s][t] for s in slots) for t in tables),
        now=now,
        one_more_table=_gain(now, columns[have_slots][have_tables + 1]) if have_tables else None,
        one_more_slot=_gain(now, columns[have_slots + 1][have_tables]),
        wishes=sum(len(participant.wishes) for participant in event.participants),
    )


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


def _scored(event: Event) -> Event:
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


def _around(number: int) -> list[int]:
    return [n for n in range(number - 2, number + 3) if n >= 1]


def _gain(now: Cell, more: Cell) -> Gain | None:
    if now.value is None or more.value is None:
        return None
    assert now.shortfall is not None and more.shortfall is not None
    assert now.wishes is not None and more.wishes is not None
    return Gain(more.shortfall - now.shortfall, more.value - now.value, more.wishes - now.wishes)


def _column(event: Event, numbers: set[int | None], breaks: bool) -> Mapping[int | None, Cell]:
    """Return the cells of one number of slots, from no limit and the most tables down to the fewest."""
    order = sorted(numbers, key=lambda n: float("-inf") if n is None else -n)
    cases = {count: _Case(event_with_tables(event, count)) for count in order}
    bests: dict[int | None, _Best | None] = {}
    best: _Best | None = None
    for count in order:
        kept = best.on(cases[count]) if best is not None else None
        bests[count] = best = kept or cases[count].best()
    cells = {count: cases[count].cell(count, bests[count]) for count in order}
    # What is placed with fewer tables has its place with more.
    for fewer, more in pairwise(reversed(order)):
        one, other = cells[fewer], cells[more]
        if one.placed and (one.shortfall, one.value) == (other.shortfall, other.value):
            cells[more], bests[more] = replace(one, tables=more), bests[fewer]
    if breaks:
        for count in reversed(order):
            best = bests[count]
            if best is not None and best.slots is not None:
                # The next number of tables starts from these slots where it holds the same meetings.
                annealed, found = cases[count].annealed(best)
                bests.update({n: annealed for n in order if bests[n] is best})
                cells[count] = replace(cells[count], breaks=found)
    return cells


@dataclass(frozen=True)
class _Best:
    """The best selection, by what its units are; with their slots where each found its place, else ``None``."""

    units: frozenset[UnitKey]
    slots: Mapping[UnitKey, int] | None

    def on(self, case: _Case) -> _Best | None:
        """Return this selection where it finds its places in ``case`` too: then nothing is better there."""
        if self.slots is None or not case.has(self.units):
            return None
        return self if case.fits(self.slots) else case.placed(self.units)


class _Case:
    """One event of the grid."""

    def __init__(self, event: Event) -> None:
        self.event = event
        self.problem: Problem = build_problem(event)
        self.resources = resources_of(self.problem, np.arange(self.problem.units))

    @cached_property
    def unit(self) -> dict[UnitKey, int]:
        """The units by what they are."""
        problem = self.problem
        keys = zip(problem.a.tolist(), problem.b.tolist(), problem.rule.tolist(), strict=True)
        return {key: u for u, key in enumerate(keys)}

    def has(self, keys: frozenset[UnitKey]) -> bool:
        """Return whether all of these can be held here, and nothing else must be that cannot."""
        return not self.problem.impossible and keys <= self.unit.keys()

    def fits(self, slots: Mapping[UnitKey, int]) -> bool:
        """Return whether these units fit in these slots."""
        if self.resources is None:
            return False
        return Seats.beside(self.problem, self.resources, self._placement(slots), 0).fits

    def _placement(self, slots: Mapping[UnitKey, int]) -> Placement:
        held = np.array(sorted((self.unit[key], s) for key, s in slots.items()), dtype=np.int64).reshape(-1, 2)
        return Placement(held[:, 0].copy(), held[:, 1].copy())

    def placed(self, keys: frozenset[UnitKey]) -> _Best | None:
        """Return these units with slots found by matchings; ``None`` where not all find one."""
        problem = self.problem
        units = np.array(sorted(self.unit[key] for key in keys), dtype=np.int64)
        if slotting.suits(problem):
            slots = slotting.slot_units(problem, units)
        elif self.resources is None or problem.sides is None or problem.break_difference is not None:
            return None
        else:
            nobody = np.zeros(0, dtype=np.int64)
            slots = place_all(Seats.beside(problem, self.resources, Placement(nobody, nobody), 0), units)
        if (slots == slotting.UNPLACED).any():
            return None
        named = {u: key for key, u in self.unit.items()}
        return _Best(keys, {named[u]: s for u, s in zip(units.tolist(), slots.tolist(), strict=True)})

    def annealed(self, best: _Best) -> tuple[_Best, int]:
        """Return the same units with fewer breaks after a short annealing, and how many are left."""
        from scheduler.annealing import Annealing, suits

        assert best.slots is not None
        placement = self._placement(best.slots)
        if suits(self.problem, placement.units):
            annealing = Annealing(self.problem, placement, 0)
            annealing.run(lambda: False, rounds=1)
            placement = annealing.best
            named = {u: key for key, u in self.unit.items()}
            pairs = zip(placement.units.tolist(), placement.slots.tolist(), strict=True)
            best = _Best(best.units, {named[u]: s for u, s in pairs})
        return best, int(breaks_and_idle(self.problem, placement)[0].sum())

    def best(self) -> _Best | None:
        """Return the best selection; ``None`` where required meetings cannot be held."""
        units = None if self.problem.impossible else self._selected()
        if units is None:
            return None
        named = {u: key for key, u in self.unit.items()}
        keys = frozenset(named[u] for u in units.tolist())
        return self.placed(keys) or _Best(keys, None)

    def _selected(self) -> IntArray | None:
        problem = self.problem
        if not is_network(problem):
            # Both tiers in one program: half the time of one after the other, and nearly always proven as well.
            relaxation = Relaxation.of(problem, [shapes(problem, p) for p in range(problem.participants)])
            heavy = int(problem.score.sum()) + problem.coverage_of(problem.maximum) + 1
            found = maximise(relaxation, relaxation.avoided * heavy + relaxation.worth)
            if found is None:
                return None
            if found.value == found.bound:
                return relaxation.units_of(found.solution)
        selection = select(problem)
        return None if selection is None else selection.units

    def cell(self, tables: int | None, best: _Best | None) -> Cell:
        slots = len(self.event.slots)
        if best is None:
            return Cell(tables, slots, None, None, None, None, False)
        units = np.array(sorted(self.unit[key] for key in best.units), dtype=np.int64)
        problem = self.problem
        return Cell(
            tables=tables,
            slots=slots,
            shortfall=problem.shortfall_of(units),
            value=problem.value_of(units),
            wishes=self._wishes(units),
            breaks=None,
            placed=best.slots is not None,
        )

    def _wishes(self, units: IntArray) -> int:
        people, problem = self.event.participants, self.problem
        pairs = {
            frozenset((people[a].id, people[b].id))
            for a, b in zip(problem.a[units].tolist(), problem.b[units].tolist(), strict=True)
        }
        return sum(frozenset((p.id, wish)) in pairs for p in people for wish in p.wishes)
