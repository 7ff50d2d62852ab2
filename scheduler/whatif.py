"""What more or fewer tables and slots are worth: the best value for each, by selection, and placed to be sure.

More tables never hurt. So for each number of slots the tables are taken from the fewest to the most: what has its
place with fewer keeps it with more, only what is worth more then is added, and where the limit of the most tables is
reached nothing is left to compute.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from scheduler.format.errors import EventFault, InvalidInput
from scheduler.format.event import Event
from scheduler.format.sentence import expected
from scheduler.problem.capacities import resources_of
from scheduler.problem.placement import Placement
from scheduler.problem.problem import IntArray, Problem, build_problem
from scheduler.problem.worth import breaks_and_idle
from scheduler.resizing.resized import event_with_slots, event_with_tables, scored
from scheduler.selecting.relaxation import Relaxation, maximise
from scheduler.selecting.select import is_network, select_again, select_by_program
from scheduler.selecting.shapes import Order
from scheduler.slotting import matching as slotting
from scheduler.slotting.chains import Chains
from scheduler.slotting.construction import place_all
from scheduler.slotting.open import OpenPlaces

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
    """What one more table, or slot, changes; ``breaks`` is ``None`` where they were not estimated.

    ``placed``: both timetables were found, so that the change is sure; else it is one of limits.
    """

    shortfall: int
    value: int
    wishes: int
    breaks: int | None = None
    placed: bool = True


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


def whatif(
    event: Event,
    tables: Sequence[int] = (),
    slots: Sequence[int] = (),
    *,
    breaks: bool = False,
    seconds: float = float("inf"),
) -> Grid:
    """Return what ``event`` is worth with each of these numbers of tables and slots (empty: those it has, ± 2).

    Cutting takes the last ones away. Added slots follow in the rhythm of the last ones, and whoever is not there in
    the last slot is not there after it either; added tables have no features. In an event without tables there is no
    limit to them, and the grid's tables are plain ones.

    With ``breaks`` those of each cell that is placed are estimated by a short annealing, so they may be a few too
    many; no new one is begun after so many ``seconds``.

    Raises ``InvalidInput`` for numbers below 1. Cost: a flow for each cell, and a linear program for each in which it
    finds no places; with ``breaks`` some tenths of a second a cell that has any.
    """
    tables = sorted(set(tables)) or _around(len(event.tables))
    slots = sorted(set(slots)) or _around(len(event.slots))
    faults = [
        EventFault(name, expected("numbers_from_one", "found", found=number))
        for name, numbers in (("tables", tables), ("slots", slots))
        for number in numbers
        if number < 1
    ]
    if faults:
        raise InvalidInput(faults)
    event = scored(event)
    have_tables, have_slots = len(event.tables) or None, len(event.slots)
    columns: dict[int, Mapping[int | None, Cell]] = {}
    started = time.monotonic()
    # What is asked first of all is answered first.
    for count in sorted({*slots, have_slots, have_slots + 1}, key=lambda n: (n not in (have_slots, have_slots + 1), n)):
        wanted: set[int | None] = set()
        if count in slots:
            wanted |= set(tables)
        if count == have_slots:
            wanted |= {have_tables, *([have_tables + 1] if have_tables else [])}
        if count == have_slots + 1:
            wanted.add(have_tables)
        columns[count] = _column(
            event_with_slots(event, count), wanted, lambda: not breaks or time.monotonic() - started > seconds
        )
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


def _around(number: int) -> list[int]:
    return [n for n in range(number - 2, number + 3) if n >= 1]


def _gain(now: Cell, more: Cell) -> Gain | None:
    if now.value is None or more.value is None:
        return None
    assert now.shortfall is not None and more.shortfall is not None
    assert now.wishes is not None and more.wishes is not None
    breaks = None if now.breaks is None or more.breaks is None else more.breaks - now.breaks
    return Gain(
        more.shortfall - now.shortfall,
        more.value - now.value,
        more.wishes - now.wishes,
        breaks,
        now.placed and more.placed,
    )


def _column(event: Event, numbers: set[int | None], over: Callable[[], bool]) -> Mapping[int | None, Cell]:
    """Return the cells of one number of slots, from the fewest tables up: what has its place there keeps it with more.

    Breaks are estimated until ``over()``.
    """
    order = sorted(numbers, key=lambda n: float("inf") if n is None else n)
    cases = {count: _Case(event_with_tables(event, count)) for count in order}
    limit = cases[order[-1]].limit
    bests: dict[int | None, _Best | None] = {}
    before: _Best | None = None
    for count in order:
        case = cases[count]
        reached = case.worth(before) if before is not None and before.slots is not None else None
        # Nothing is better than the limit of the most tables.
        best = before if reached is not None and reached == limit else case.best(before)
        if best is not None and best.slots is None and reached is not None and reached == case.worth(best):
            best = before
        bests[count] = before = best
    cells = {count: cases[count].cell(count, bests[count]) for count in order}
    for count in order:
        best = bests[count]
        if best is not None and best.slots is not None and not over():
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


class _Case:
    """One event of the grid."""

    def __init__(self, event: Event) -> None:
        self.event = event
        self.problem: Problem = build_problem(event)
        self.resources = resources_of(self.problem, np.arange(self.problem.units))

    @property
    def impossible(self) -> bool:
        """Whether a required meeting finds no place even alone, or somebody who stays seated has no table."""
        return bool(self.problem.impossible) or 0 < self.problem.tables < int(self.problem.seated.sum())

    @cached_property
    def unit(self) -> dict[UnitKey, int]:
        """The units by what they are."""
        problem = self.problem
        keys = zip(problem.a.tolist(), problem.b.tolist(), problem.rule.tolist(), strict=True)
        return {key: u for u, key in enumerate(keys)}

    @cached_property
    def key(self) -> dict[int, UnitKey]:
        """What the units are."""
        return {u: key for key, u in self.unit.items()}

    def units_of(self, keys: Iterable[UnitKey]) -> IntArray:
        """Return the units of ``keys``, ascending."""
        return np.array(sorted(self.unit[key] for key in keys), dtype=np.int64)

    def worth(self, best: _Best) -> tuple[int, int] | None:
        """Return shortfall and value of ``best``; ``None`` where it cannot all be held here."""
        if self.impossible or not best.units <= self.unit.keys():
            return None
        units = self.units_of(best.units)
        return self.problem.shortfall_of(units), self.problem.value_of(units)

    @cached_property
    def limit(self) -> tuple[int, int] | None:
        """Shortfall and value that no timetable of this event is better than; ``None`` where there is none at all."""
        if self.impossible:
            return None
        units = self._flow if self._flow is not None else self._selected
        return None if units is None else (self.problem.shortfall_of(units), self.problem.value_of(units))

    def best(self, before: _Best | None) -> _Best | None:
        """Return the best selection; ``None`` where required meetings cannot be held.

        ``before`` is that of fewer tables: its slots are where most of the meetings can stay.
        """
        if self.impossible:
            return None
        # A flow counts less than the program does: where all of it finds its places nothing is better.
        if self._flow is not None:
            found = self._placed(self._flow, before)
            if found is not None:
                return found
        units = self._selected
        if units is None:
            return None
        return self._placed(units, before) or _Best(frozenset(self.key[u] for u in units.tolist()), None)

    @cached_property
    def _flow(self) -> IntArray | None:
        # What can be had at best does not hang on the tables chosen for those who stay seated.
        return select_again(self.problem.widest, self._wished)

    def _placed(self, units: IntArray, before: _Best | None) -> _Best | None:
        """Return ``units`` with slots, as near to those of ``before`` as can be; ``None`` where not all found one."""
        found = None
        if before is not None and before.slots is not None and before.units <= self.unit.keys():
            placement = self._placement(before.slots)
            lost, added = np.setdiff1d(placement.units, units), np.setdiff1d(units, placement.units)
            chains = Chains.into(self.problem, placement)
            found = None if chains is None else chains.placed(lost, added)
        if found is None:
            found = self._matched(units)
        if found is None:
            return None
        slots = {self.key[u]: s for u, s in zip(found.units.tolist(), found.slots.tolist(), strict=True)}
        return _Best(frozenset(slots), slots)

    def _matched(self, units: IntArray) -> Placement | None:
        """Return ``units`` with slots found by matchings."""
        problem = self.problem
        if slotting.suits(problem):
            slots = slotting.slot_units(problem, units)
        elif self.resources is None or problem.sides is None or problem.break_difference is not None:
            return None
        else:
            slots = place_all(OpenPlaces.beside(problem, self.resources, Placement.empty(), 0), units)
        return None if (slots == slotting.UNPLACED).any() else Placement(units, slots)

    def _placement(self, slots: Mapping[UnitKey, int]) -> Placement:
        return Placement.of({self.unit[key]: s for key, s in slots.items()})

    def annealed(self, best: _Best) -> tuple[_Best, int]:
        """Return the same units with fewer breaks after a short annealing, and how many are left."""
        from scheduler.breaks.annealing import Annealing, suits

        assert best.slots is not None
        placement = self._placement(best.slots)
        if suits(self.problem, placement.units):
            annealing = Annealing(self.problem, placement, 0)
            annealing.run(lambda: False, rounds=1)
            placement = annealing.best
            pairs = zip(placement.units.tolist(), placement.slots.tolist(), strict=True)
            best = _Best(best.units, {self.key[u]: s for u, s in pairs})
        return best, int(breaks_and_idle(self.problem, placement)[0].sum())

    @property
    def _wished(self) -> IntArray:
        """How many wishes [U] each unit honours."""
        people = self.event.participants
        wishes = {(p.id, wish) for p in people for wish in p.wishes}
        pairs = [
            (people[a].id, people[b].id) for a, b in zip(self.problem.a.tolist(), self.problem.b.tolist(), strict=True)
        ]
        return np.array([((a, b) in wishes) + ((b, a) in wishes) for a, b in pairs], dtype=np.int64)

    @cached_property
    def _selected(self) -> IntArray | None:
        problem = self.problem.widest
        if not is_network(problem):
            # Both tiers in one program: half the time of one after the other, and nearly always proven as well.
            relaxation = Relaxation.of(problem)
            found = maximise(relaxation, relaxation.avoided * Order.of(problem).shortfall + relaxation.worth)
            if found is None:
                return None
            if found.value == found.bound:
                return relaxation.units_of(found.solution)
        selection = select_by_program(problem)
        return None if selection is None else selection.units

    def cell(self, tables: int | None, best: _Best | None) -> Cell:
        slots = len(self.event.slots)
        if best is None:
            return Cell(tables, slots, None, None, None, None, False)
        units = self.units_of(best.units)
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
