"""A part of a timetable solved exactly: some meetings freed, all others as they stand, every rule kept.

The open places beside the meetings that stay are the Booleans of a CP-SAT model; what those meetings have used up
(slots of participants, tables, facilitators, runs of worth) is taken off its capacities. So the model is as small as
the part, whatever the size of the event (Shaw, *Using constraint programming and local search methods to solve vehicle
routing problems*, 1998).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np
from ortools.sat.python import cp_model

from scheduler.problem.bounded import bounded_solver
from scheduler.problem.capacities import Resources
from scheduler.problem.placement import Placement
from scheduler.problem.problem import BoolArray, IntArray, Problem
from scheduler.problem.watch import Watch
from scheduler.problem.worth import breaks_alike, breaks_and_idle, busy_persons, busy_slots
from scheduler.slotting.open import OpenPlaces

# Whether something is so: known, or a literal.
Known = cp_model.IntVar | bool


@dataclass(frozen=True, slots=True)
class Part:
    """What is freed: the held meetings of ``freed`` bool [U]; ``candidates`` bool [U] may be held in ``slots`` [S]."""

    freed: BoolArray
    candidates: BoolArray
    slots: BoolArray


@dataclass(frozen=True, slots=True)
class Outcome:
    """The timetable with the best of the part (``None``: none in time), and whether it is proven so."""

    placement: Placement | None
    proven: bool


@dataclass(frozen=True, slots=True)
class Gaps:
    """For each participant literals that count its breaks, and its idle slots."""

    ends: dict[int, list[cp_model.IntVar]]
    idle: dict[int, list[cp_model.IntVar]]

    def cost(self, a_break: int) -> cp_model.LinearExprT:
        """Return all idle slots, and all breaks at that price, as one number to minimise."""
        breaks = [one for own in self.ends.values() for one in own]
        slots = [one for own in self.idle.values() for one in own]
        return cp_model.LinearExpr.weighted_sum([*breaks, *slots], [a_break] * len(breaks) + [1] * len(slots))


class PartModel:
    """The model of one part. ``places`` is the number of Booleans: a unit in a slot each."""

    def __init__(self, problem: Problem, resources: Resources, held: Placement, part: Part) -> None:
        self.problem = problem
        stays = ~part.freed[held.units]
        rest = held.only(stays)
        among = np.flatnonzero(part.candidates | part.freed)
        open_places = OpenPlaces.beside(problem, resources, rest, 0, among)
        # A freed meeting may stay where it is, whatever else the part leaves open.
        old = np.full(problem.units, -1, dtype=np.int64)
        old[held.units[~stays]] = held.slots[~stays]
        self.open_places = open_places.only(
            part.slots[open_places.slots] | (old[open_places.units] == open_places.slots)
        )
        self.held = held
        self.old = old
        self.model = cp_model.CpModel()
        self.x = [self.model.new_bool_var("") for _ in range(self.places)]
        self._units_once()
        self._participants_a_slot()
        self._resources_a_slot()
        self._orders()
        if problem.row_windows:
            self._pauses()
        self.avoided: list[cp_model.LinearExprT] = []
        self.earned: list[cp_model.LinearExprT] = []
        self._runs()
        if problem.break_difference is not None:
            self._breaks_alike(problem.break_difference)

    @property
    def places(self) -> int:
        return len(self.open_places.units)

    # Rules

    def _units_once(self) -> None:
        for u, places in _grouped(self.open_places.units):
            literals = [self.x[k] for k in places]
            if self.problem.required[u]:
                self.model.add_exactly_one(literals)
            elif len(literals) > 1:
                self.model.add_at_most_one(literals)

    def _participants_a_slot(self) -> None:
        problem, open_places = self.problem, self.open_places
        for key, literals in self._by_seat(problem.person).items():
            self._at_most(literals, int(open_places.free[key // problem.slots, key % problem.slots]))

    def _by_seat(self, person: IntArray) -> dict[int, list[cp_model.IntVar]]:
        """Return for each participant (as ``person`` [P] names it) times S plus slot the places in which it meets."""
        problem, open_places = self.problem, self.open_places
        ends = person[np.concatenate([problem.a[open_places.units], problem.b[open_places.units]])]
        keys = ends * problem.slots + np.concatenate([open_places.slots, open_places.slots])
        return {key: [self.x[k % self.places] for k in places] for key, places in _grouped(keys)}

    def _pauses(self) -> None:
        """Leave every person a slot without a meeting in each window that may not be full."""
        problem = self.problem
        places = self._by_seat(problem.person)
        already = busy_persons(problem, self.open_places.held)
        for p in sorted({key // problem.slots for key in places}):
            for window in problem.row_windows:
                busy = [self._busy(already[p, s], places.get(p * problem.slots + s, ())) for s in window]
                literals = [one for one in busy if not isinstance(one, bool)]
                self._at_most(literals, problem.most_in_window - sum(one is True for one in busy))

    def _resources_a_slot(self) -> None:
        open_places = self.open_places
        for s, places in _grouped(open_places.slots):
            for r in range(len(open_places.left)):
                using = [self.x[k] for k in places if open_places.resources.uses[open_places.units[k], r]]
                self._at_most(using, int(open_places.left[r, s]))

    def _orders(self) -> None:
        """Keep the order of meetings, and entries of one pair apart; what stays is seen to by the open places."""
        open_places = self.open_places
        for clash in open_places.clashes():
            self.model.add_at_most_one(self.x[k] for k in clash)

    def _at_most(self, literals: Sequence[cp_model.IntVar], most: int) -> None:
        if most == 1 and len(literals) > 1:
            self.model.add_at_most_one(literals)
        elif len(literals) > max(most, 0):
            self.model.add(cp_model.LinearExpr.sum(literals) <= most)

    # What it is worth

    def _runs(self) -> None:
        """Add the shortfall avoided and the coverage earned beside the meetings that stay, and the maxima."""
        problem, open_places = self.problem, self.open_places
        of: dict[int, list[cp_model.IntVar]] = defaultdict(list)
        for p, places in _grouped(np.concatenate([problem.a[open_places.units], problem.b[open_places.units]])):
            of[p] = [self.x[k % self.places] for k in places]
        for p, literals in of.items():
            runs = open_places.runs(p)
            if all(not avoided and not earned for _, avoided, earned in runs):
                self._at_most(literals, sum(length for length, _, _ in runs))
                continue
            filled = [self.model.new_int_var(0, length, "") for length, _, _ in runs]
            self.model.add(cp_model.LinearExpr.sum(filled) == cp_model.LinearExpr.sum(literals))
            self.avoided += [amount for amount, (_, avoided, _) in zip(filled, runs, strict=True) if avoided]
            self.earned += [points * amount for amount, (_, _, points) in zip(filled, runs, strict=True) if points]

    def worth(self) -> cp_model.LinearExprT:
        """Return shortfall avoided, then value, as one number to maximise."""
        open_places = self.open_places
        scores = cp_model.LinearExpr.weighted_sum(self.x, self.problem.score[open_places.units].tolist())
        return cp_model.LinearExpr.sum([scores, *self.earned, *(open_places.heavy * one for one in self.avoided)])

    @property
    def worth_now(self) -> int:
        """What ``worth`` is of the freed meetings where they stand now."""
        problem, rest = self.problem, self.open_places.held.units
        avoided = problem.shortfall_of(rest) - problem.shortfall_of(self.held.units)
        return self.open_places.heavy * avoided + problem.value_of(self.held.units) - problem.value_of(rest)

    # Breaks

    def _breaks_alike(self, difference: int) -> None:
        """Let nobody have more breaks than the difference allows beside somebody without any: safe, if not needed."""
        now = breaks_and_idle(self.problem, self.held)[0]
        for p, ends in self.gaps.ends.items():
            self._at_most(ends, max(difference, int(now[p])))

    @cached_property
    def gaps(self) -> Gaps:
        """What the concerned participants wait, whole agendas counted."""
        problem = self.problem
        places = self._by_seat(np.arange(problem.participants))
        already = busy_slots(problem, self.open_places.held)
        ends: dict[int, list[cp_model.IntVar]] = defaultdict(list)
        idle: dict[int, list[cp_model.IntVar]] = defaultdict(list)
        for p in sorted({key // problem.slots for key in places}):
            for day in range(int(problem.day.max()) + 1):
                slots = np.flatnonzero(problem.day == day).tolist()
                busy = [self._busy(already[p, s], places.get(p * problem.slots + s, ())) for s in slots]
                waiting = self._waiting(busy)
                idle[p] += waiting.values()
                for k, here in waiting.items():
                    ends[p] += self._end(here, busy[k + 1])
        return Gaps(dict(ends), dict(idle))

    def _busy(self, already: bool, literals: Sequence[cp_model.IntVar]) -> Known:
        if already or not literals:
            return bool(already)
        return self._any(literals)

    def _any(self, literals: Sequence[Known]) -> Known:
        open_ones = [one for one in literals if not isinstance(one, bool)]
        if any(one is True for one in literals):
            return True
        if len(open_ones) < 2:
            return open_ones[0] if open_ones else False
        found = self.model.new_bool_var("")
        self.model.add_max_equality(found, open_ones)
        return found

    def _waiting(self, busy: Sequence[Known]) -> dict[int, cp_model.IntVar]:
        """Return for each slot that may lie in a break, by its position in the day, a literal that is true if it does.

        The literals are bounded from below only: whoever counts them minimises them, or allows so many.
        """
        begun, coming = list(accumulate(busy, self._either)), list(accumulate(busy[::-1], self._either))[::-1]
        found: dict[int, cp_model.IntVar] = {}
        for k in range(1, len(busy) - 1):
            here, reasons = busy[k], (begun[k - 1], coming[k + 1])
            if here is True or any(one is False for one in reasons):
                continue
            idle = self.model.new_bool_var("")
            others: list[cp_model.LiteralT] = [~one for one in reasons if not isinstance(one, bool)]
            self.model.add_bool_or([idle, *([] if isinstance(here, bool) else [here]), *others])
            found[k] = idle
        return found

    def _either(self, one: Known, other: Known) -> Known:
        return self._any([one, other])

    def _end(self, waiting: cp_model.IntVar, busy_after: Known) -> Iterator[cp_model.IntVar]:
        """Yield the literal that says that a break ends with a meeting right after, where it may."""
        if busy_after is True:
            yield waiting
        elif not isinstance(busy_after, bool):
            end = self.model.new_bool_var("")
            self.model.add_bool_or(end, ~waiting, ~busy_after)
            yield end

    # Searching

    def solve(self, watch: Watch, effort: float, seed: int) -> Outcome:
        """Return the best found within ``effort`` (CP-SAT's deterministic seconds), from what is held now."""
        for k, (u, s) in enumerate(zip(self.open_places.units.tolist(), self.open_places.slots.tolist(), strict=True)):
            self.model.add_hint(self.x[k], int(self.old[u] == s))
        solver = bounded_solver(effort, seed, watch.remaining())
        # Parts are nearly matchings: the linear relaxation ends most of them, and preparing them longer costs more.
        solver.parameters.linearization_level = 2
        solver.parameters.cp_model_probing_level = 0
        solver.parameters.symmetry_level = 0
        with watch.guarding(solver):
            status = solver.solve(self.model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return Outcome(None, status == cp_model.INFEASIBLE)
        taken = np.array([solver.boolean_value(literal) for literal in self.x], dtype=np.bool_)
        placement = self.open_places.with_meetings(self.open_places.units[taken], self.open_places.slots[taken])
        return Outcome(placement if breaks_alike(self.problem, placement) else None, status == cp_model.OPTIMAL)


def _grouped(keys: IntArray) -> Iterator[tuple[int, list[int]]]:
    """Yield each key with the positions at which it stands. Cost: one sort."""
    order = np.argsort(keys, kind="stable")
    values, starts = np.unique(keys[order], return_index=True)
    ends = [*starts[1:].tolist(), len(keys)]
    for value, start, end in zip(values.tolist(), starts.tolist(), ends[: len(values)], strict=True):
        yield value, order[start:end].tolist()
