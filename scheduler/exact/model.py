"""The exact model: every hard rule and the first three tiers as one CP-SAT model, its constraints named.

Used in three ways: to place a given selection (all of it held), to choose freely among all units, and to say which
requirements cannot hold together. What makes it quick are constraints that follow from others: a participant who
holds d meetings is busy in d slots, an even number of participants is busy in each slot (Bofill et al., *The
meet-and-greet of constraint solving*, 2022), and whoever never waits and has begun by slot s is done by s + d.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Protocol

import numpy as np
from ortools.sat.python import cp_model

from scheduler.exact.staying import StayingTables
from scheduler.problem.placement import Placement
from scheduler.problem.problem import NO_TABLE, IntArray, Problem
from scheduler.problem.watch import Watch
from scheduler.selecting.shapes import shapes

__all__ = ["Answer", "ExactModel", "Placement"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search brought: the best placement (``None``: none found), and a proven limit on the objective.

    ``infeasible`` says that the model is proven to have no solution at all.
    """

    placement: Placement | None
    bound: int | None
    infeasible: bool = False


class Solution(Protocol):
    """A solver that has found one, or what it hands to those who listen."""

    def boolean_value(self, expression: cp_model.LiteralT) -> bool: ...


class ExactModel:
    """The rules of one event over some of its units, as a CP-SAT model.

    With ``all_held`` every unit of ``units`` must be held (slotting and compaction of a selection); otherwise units
    are chosen freely, required ones and those of ``always`` excepted. Units of ``settled`` have been held, with more
    delegates than there now are if need be.
    Size: one Boolean for each unit and slot that it may take.
    """

    # Whether the solver is told that participants are busy in pairs.
    even = True

    def __init__(
        self,
        problem: Problem,
        units: IntArray,
        *,
        all_held: bool,
        always: Sequence[int] = (),
        settled: Sequence[int] = (),
    ) -> None:
        self.problem = problem
        self.all_held, self.always = all_held, tuple(always)
        self.units = [int(u) for u in units]
        self._sure = set(self.units) if all_held else {*always, *np.flatnonzero(problem.required).tolist()}
        self.model = cp_model.CpModel()
        self.x: dict[tuple[int, int], cp_model.IntVar] = {
            (u, int(s)): self.model.new_bool_var(f"x_{u}_{s}")
            for u in self.units
            for s in np.flatnonzero(problem.allowed[u])
        }
        self._of_unit: dict[int, list[cp_model.IntVar]] = defaultdict(list)
        self._of_slot: dict[int, list[tuple[int, cp_model.IntVar]]] = defaultdict(list)
        self._of_seat: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
        for (u, s), literal in self.x.items():
            self._of_unit[u].append(literal)
            self._of_slot[s].append((u, literal))
            for p in (int(problem.a[u]), int(problem.b[u])):
                self._of_seat[p, s].append(literal)
        # The least shortfall and the most value, where it was told to have them.
        self.worth: tuple[int, int] | None = None
        # For each participant who may have a break the meetings that end one, and whether any does: see ``breaks_of``.
        self.ends: dict[int, list[cp_model.IntVar]] = {}
        # The breaks of whoever has the fewest, where they may not differ much.
        self.fewest_breaks: cp_model.IntVar | None = None
        self.waits: dict[int, cp_model.IntVar] = {}
        been = Counter(
            (int(p), int(s))
            for u in settled
            for s in np.flatnonzero(problem.allowed[u])
            for p in (problem.a[u], problem.b[u])
        )
        # By person and slot, what has been held.
        self._been = Counter({(int(problem.person[p]), s): 0 for p, s in been})
        for (p, s), count in been.items():
            self._been[int(problem.person[p]), s] += count
        self._crowded = {seat: count for seat, count in been.items() if count > problem.delegates[seat[0]]}
        self._doubled = {p for p, _ in self._crowded}
        # The most meetings of each participant.
        self.meetings = problem.degrees(np.array(self.units, dtype=np.int64))
        self._fixed = problem.degrees(np.array([u for u in self.units if u in self._sure], dtype=np.int64))
        self.each_unit_once()
        self.delegates_a_slot()
        self.one_body_a_slot()
        self.pauses_in_rows()
        self.meetings_at_most()
        self.twins_apart()
        self.tables_a_slot()
        self.facilitators_a_slot()
        self.after_in_order()
        if problem.break_difference is not None:
            self.breaks_alike(problem.break_difference)

    # Hard rules

    def each_unit_once(self) -> None:
        for u in self.units:
            if u in self._sure:
                self.model.add_exactly_one(self._of_unit.get(u, []))
            else:
                self.model.add_at_most_one(self._of_unit.get(u, []))

    def delegates_a_slot(self) -> None:
        for (p, s), literals in self._of_seat.items():
            delegates = self._crowded.get((p, s), int(self.problem.delegates[p]))
            self.at_most(literals, delegates)

    def one_body_a_slot(self) -> None:
        for members in self.problem.groups:
            for s in range(self.problem.slots):
                literals = [literal for p in members for literal in self._of_seat.get((p, s), ())]
                if literals and self._been[members[0], s] <= 1:
                    self.at_most(literals, 1)

    def pauses_in_rows(self) -> None:
        """In each window of slots everybody has one free, all that has been held excepted."""
        grouped = {p: members for members in self.problem.groups for p in members}
        for p in range(self.problem.participants) if self.problem.row_windows else ():
            members = grouped.get(p, (p,))
            if p != members[0]:
                continue
            for window in self.problem.row_windows:
                busy = [[self.busy[q][s] for q in members if s in self.busy[q]] for s in window]
                if not all(busy) or all(self._been[p, s] for s in window):
                    continue
                if len(members) == 1:
                    self.model.add_bool_or(~literal for literals in busy for literal in literals)
                else:
                    self.at_most([literal for literals in busy for literal in literals], len(window) - 1)

    def in_slot(self, s: int) -> list[tuple[int, cp_model.IntVar]]:
        """Return the units that may be held in the slot, with their literals."""
        return self._of_slot[s]

    def meetings_at_most(self) -> None:
        for p, held in enumerate(self.held):
            most = int(self.problem.maximum[p])
            if self.meetings[p] > most:
                self.at_most(held, most)

    def twins_apart(self) -> None:
        known = set(self.units)
        for group in self.problem.twins:
            for s in range(self.problem.slots):
                self.model.add_at_most_one(self.x[u, s] for u in group if u in known and (u, s) in self.x)

    def tables_a_slot(self) -> None:
        """Meetings of a slot find different tables: a transport from types of meetings to classes of like tables."""
        if not self.problem.tables:
            return
        if len(self.problem.undecided):
            StayingTables(self).add()
            return
        types = self.problem.table_types
        used = sorted({int(self.problem.table_type[u]) for u in self.units} - {NO_TABLE})
        classes: dict[tuple[int, ...], int] = defaultdict(int)
        for t in range(self.problem.tables):
            classes[tuple(k for k in used if t in types[k])] += 1
        for s in range(self.problem.slots):
            seated = [(int(self.problem.table_type[u]), literal) for u, literal in self._of_slot[s]]
            literals = [literal for k, literal in seated if k != NO_TABLE]
            self.at_most(literals, self.problem.tables)
            if len(used) < 2 and not (used and len(types[used[0]]) < self.problem.tables):
                continue
            into: dict[tuple[int, ...], list[cp_model.IntVar]] = defaultdict(list)
            for k in used:
                asking = [literal for own, literal in seated if own == k]
                most = min(len(asking), len(types[k]))
                flows = []
                for served in classes:
                    if k in served and most:
                        flow = self.model.new_int_var(0, min(most, classes[served]), f"tables_{k}_{s}")
                        flows.append(flow)
                        into[served].append(flow)
                if asking:
                    self.model.add(sum(asking) == sum(flows))
            for served, flows in into.items():
                self.model.add(sum(flows) <= classes[served])

    def facilitators_a_slot(self) -> None:
        for s in range(self.problem.slots):
            helped = [literal for u, literal in self._of_slot[s] if self.problem.facilitated[u]]
            self.at_most(helped, int(self.problem.free_facilitators[s]))

    def after_in_order(self) -> None:
        known = set(self.units)
        for later, earlier in self.problem.after:
            if later in known and earlier in known:
                # In every slot: the later one held here or before means that the earlier one is not held here or after.
                for s in range(self.problem.slots):
                    literal = self.x.get((later, s))
                    if literal is not None:
                        self.model.add_at_most_one(
                            [
                                literal,
                                *(self.x[earlier, t] for t in range(s, self.problem.slots) if (earlier, t) in self.x),
                            ]
                        )

    def breaks_alike(self, difference: int) -> None:
        # Whoever cannot have a break, for want of meetings, settles the fewest.
        settled = any(isinstance(breaks, int) for breaks in self.breaks_of)
        fewest: cp_model.LinearExprT = 0
        if not settled:
            fewest = self.fewest_breaks = self.model.new_int_var(0, self.problem.slots, "fewest_breaks")
        for breaks in self.breaks_of:
            if not isinstance(breaks, int):
                self.model.add(breaks <= fewest + difference)
                if not settled:
                    self.model.add(breaks >= fewest)

    def of_worth(self, shortfall: int, value: int) -> None:
        """Add that the schedule has no more ``shortfall`` and no less ``value``."""
        self.worth = shortfall, value
        self.model.add(self.shortfall <= shortfall)
        self.model.add(self.value >= value)

    # How sums are stated

    def at_most(self, literals: Sequence[cp_model.IntVar], most: int) -> None:
        if most == 1:
            self.model.add_at_most_one(literals)
        elif len(literals) > most:
            self.model.add(sum(literals) <= most)

    def exactly(self, literals: Sequence[cp_model.IntVar], number: int) -> None:
        self.model.add(sum(literals) == number)

    # What the tiers count

    @cached_property
    def held(self) -> list[list[cp_model.IntVar]]:
        """For each participant the literals of all its possible meetings."""
        found: list[list[cp_model.IntVar]] = [[] for _ in range(self.problem.participants)]
        for (p, _), literals in self._of_seat.items():
            found[p] += literals
        return found

    @cached_property
    def busy(self) -> list[dict[int, cp_model.IntVar]]:
        """For each participant and slot in which it may meet, whether it does."""
        found: list[dict[int, cp_model.IntVar]] = [{} for _ in range(self.problem.participants)]
        for (p, s), literals in sorted(self._of_seat.items()):
            busy = self.model.new_bool_var(f"busy_{p}_{s}")
            if self.problem.delegates[p] == 1 and (p, s) not in self._crowded:
                self.model.add_exactly_one([*literals, ~busy])
            else:
                self.model.add_max_equality(busy, literals)
            found[p][s] = busy
        self._busy_implied(found)
        return found

    def _busy_implied(self, busy: Sequence[dict[int, cp_model.IntVar]]) -> None:
        """Add what follows: the number of busy slots of a participant, and of busy participants in a slot."""
        for p, slots in enumerate(busy):
            if slots and self._meetings_known(p):
                self.exactly(list(slots.values()), int(self.meetings[p]))
        if not self.even or (self.problem.delegates != 1).any() or self._crowded:
            return
        seated = bool(self.problem.tables) and bool((self.problem.table_type != NO_TABLE).all())
        for s in range(self.problem.slots):
            literals = [literal for _, literal in self._of_slot[s]]
            present = [slots[s] for slots in busy if s in slots]
            if literals:
                # Two for each meeting: an integer of its own lets the solver see that the number is even.
                most = min(len(present) // 2, self.problem.tables if seated else len(literals))
                meetings = self.model.new_int_var(0, most, f"meetings_{s}")
                self.model.add(sum(literals) == meetings)
                self.model.add(sum(present) == 2 * meetings)

    def _meetings_known(self, p: int) -> bool:
        """Return whether ``p`` holds the same number of meetings, one a slot, whatever is chosen."""
        return bool(self._fixed[p] == self.meetings[p] and self.problem.delegates[p] == 1) and p not in self._doubled

    @cached_property
    def breaks_of(self) -> list[cp_model.LinearExprT]:
        """For each participant its number of breaks: the meetings that end one, a literal each."""
        found: list[cp_model.LinearExprT] = []
        for p, busy in enumerate(self.busy):
            ends: list[cp_model.IntVar] = []
            days = [[s for s in busy if self.problem.day[s] == day] for day in np.unique(self.problem.day)]
            for slots in days if self.meetings[p] > 1 else ():
                begun = self._since(slots, busy)
                ends += self._ends_of_breaks(slots, busy, begun)
            if ends:
                self.ends[p] = ends
                self.waits[p] = self.model.new_bool_var(f"waits_{p}")
                self.model.add_max_equality(self.waits[p], ends)
                if self._meetings_known(p) and len(busy) == max(map(len, days)):
                    self._in_one_run(p)
            found.append(sum(ends))
        return found

    def _since(self, slots: Sequence[int], busy: dict[int, cp_model.IntVar]) -> dict[int, cp_model.IntVar]:
        """Return for each of ``slots`` whether there was a meeting in it or in one named before it."""
        found: dict[int, cp_model.IntVar] = {}
        before: cp_model.IntVar | None = None
        for s in slots:
            since = busy[s]
            if before is not None:
                since = self.model.new_bool_var("")
                self.model.add_max_equality(since, [before, busy[s]])
            found[s] = before = since
        return found

    def _ends_of_breaks(
        self, slots: Sequence[int], busy: dict[int, cp_model.IntVar], begun: dict[int, cp_model.IntVar]
    ) -> list[cp_model.IntVar]:
        """Return for each of ``slots``, those of one day, whether it ends a break: busy, not just before, but earlier.

        A sum of literals that can all be false is what core-based search is quick at.
        """
        ends: list[cp_model.IntVar] = []
        for before, s in pairwise(slots):
            if before == slots[0] and before == s - 1:
                continue
            reasons = [busy[s], begun[before], *([~busy[before]] if before == s - 1 else [])]
            end = self.model.new_bool_var("")
            self.model.add_bool_or(end, *(~reason for reason in reasons))
            for reason in reasons:
                self.model.add_implication(end, reason)
            ends.append(end)
        return ends

    def _in_one_run(self, p: int) -> None:
        """Add that ``p``, whose d meetings are on one day, is done by slot s + d if begun by s and never waiting."""
        busy, degree, waits = self.busy[p], int(self.meetings[p]), self.waits[p]
        slots = list(busy)
        begun, to_come = self._since(slots, busy), self._since(slots[::-1], busy)
        for s in range(slots[0], slots[-1] - degree + 1):
            first = [begun[t] for t in slots if t <= s][-1]
            rest = next(to_come[t] for t in slots if t >= s + degree)
            self.model.add_bool_or(waits, ~first, ~rest)
            # All of them within fewer than d slots is too many.
            self.model.add_bool_or(first, rest)

    @cached_property
    def _runs(self) -> tuple[cp_model.LinearExprT, cp_model.LinearExprT]:
        """The shortfall avoided and the coverage earned, by runs of meetings of decreasing worth."""
        avoided, earned = [], []
        for p, held in enumerate(self.held):
            runs = shapes(self.problem, p)
            filled = [self.model.new_int_var(0, length, f"run_{p}") for length, _, _ in runs]
            self.model.add(sum(filled) == sum(held))
            avoided += [amount for amount, (_, saves, _) in zip(filled, runs, strict=True) if saves]
            earned += [points * amount for amount, (_, _, points) in zip(filled, runs, strict=True) if points]
        return (sum(avoided) if avoided else 0), (sum(earned) if earned else 0)

    @cached_property
    def shortfall(self) -> cp_model.LinearExprT:
        """Tier 1, exactly where it is minimised or bounded from above."""
        return -self._runs[0] + int(self.problem.minimum.sum())

    @cached_property
    def value(self) -> cp_model.LinearExprT:
        """Tier 2, exactly where it is maximised or bounded from below."""
        scores = [int(self.problem.score[u]) * literal for (u, _), literal in self.x.items() if self.problem.score[u]]
        return cp_model.LinearExpr.sum([*scores, self._runs[1]])

    @cached_property
    def breaks(self) -> cp_model.LinearExprT:
        """Tier 3."""
        return sum(self.breaks_of)

    # Searching

    def minimise(
        self,
        objective: cp_model.LinearExprT | None,
        watch: Watch,
        *,
        hint: Placement | None = None,
        effort: float = 60.0,
        at_least: int | None = None,
        longest: float = float("inf"),
    ) -> Answer:
        """Return the best placement found for ``objective`` (``None``: any legal one) with a proven lower bound.

        ``effort`` bounds the work in CP-SAT's deterministic seconds, so that a run without a time limit gives the
        same answer on a busy machine; the watch's time limit and wish to stop hold as well, and ``longest`` seconds.
        ``at_least`` is a bound known from elsewhere. Cost: exponential at worst.
        """
        self.model.clear_objective()  # type: ignore[no-untyped-call]
        if objective is not None and not isinstance(objective, int):
            if at_least is not None:
                self.model.add(objective >= at_least)
            self.model.minimize(objective)
        self._hint(hint)
        solver = cp_model.CpSolver()
        parameters = solver.parameters
        parameters.random_seed = watch.options.seed
        parameters.max_deterministic_time = effort
        parameters.catch_sigint_signal = False
        if objective is None or isinstance(objective, int):
            # Any solution will do: what one thread finds at once takes a portfolio seconds to set up.
            parameters.num_workers, parameters.linearization_level = 1, 0
        else:
            parameters.num_workers = max(1, watch.options.workers)
            if watch.options.workers > 1:
                parameters.subsolvers.extend(["core", "default_lp", "quick_restart_no_lp", "max_lp"])
        longest = min(longest, watch.remaining())
        if longest < float("inf"):
            parameters.max_time_in_seconds = max(0.01, longest)
        with watch.guarding(solver):
            status = solver.solve(self.model)
        if status == cp_model.INFEASIBLE:
            return Answer(None, None, infeasible=True)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return Answer(None, None)
        placement = self.placement(solver)
        if objective is None:
            return Answer(placement, None)
        if isinstance(objective, int):
            return Answer(placement, objective)
        limit = int(np.ceil(solver.best_objective_bound - 1e-6))
        return Answer(placement, limit if at_least is None else max(limit, at_least))

    def placement(self, solution: Solution) -> Placement:
        held = sorted(key for key, literal in self.x.items() if solution.boolean_value(literal))
        units, slots = (np.array([key[k] for key in held], dtype=np.int64) for k in (0, 1))
        return Placement(units, slots)

    def _hint(self, hint: Placement | None) -> None:
        self.model.clear_hints()  # type: ignore[no-untyped-call]
        if hint is not None:
            held = set(zip(hint.units.tolist(), hint.slots.tolist(), strict=True))
            for key, literal in self.x.items():
                self.model.add_hint(literal, int(key in held))
