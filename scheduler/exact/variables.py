"""The variables of the exact model: which unit is held in which slot, and who is busy when."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from ortools.sat.python import cp_model

from scheduler.exact.sums import Sums
from scheduler.problem.placement import Placement
from scheduler.problem.problem import NO_TABLE, IntArray, Problem


class Solution(Protocol):
    """A solver that has found one, or what it hands to those who listen."""

    def boolean_value(self, expression: cp_model.LiteralT) -> bool: ...


class Variables:
    """A Boolean of ``sums.model`` for each of ``units`` and slot that it may take, found by unit, slot and seat.

    ``sure`` are the units that every solution holds. Units of ``settled`` have been held, with more delegates than
    there now are if need be. ``even`` says whether the solver is told that participants are busy in pairs.
    """

    def __init__(
        self, problem: Problem, units: Sequence[int], sure: set[int], settled: Sequence[int], sums: Sums, *, even: bool
    ) -> None:
        self.problem, self.units, self.sure = problem, units, sure
        self.model, self.sums, self.even = sums.model, sums, even
        self.x: dict[tuple[int, int], cp_model.IntVar] = {
            (u, int(s)): self.model.new_bool_var(f"x_{u}_{s}")
            for u in units
            for s in np.flatnonzero(problem.allowed[u])
        }
        self.of_unit: dict[int, list[cp_model.IntVar]] = defaultdict(list)
        self.of_slot: dict[int, list[tuple[int, cp_model.IntVar]]] = defaultdict(list)
        self.of_seat: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
        # For each participant the literals of all its possible meetings.
        self.held: list[list[cp_model.IntVar]] = [[] for _ in range(problem.participants)]
        for (u, s), literal in self.x.items():
            self.of_unit[u].append(literal)
            self.of_slot[s].append((u, literal))
            for p in (int(problem.a[u]), int(problem.b[u])):
                self.of_seat[p, s].append(literal)
                self.held[p].append(literal)
        been = Counter(
            (int(p), int(s))
            for u in settled
            for s in np.flatnonzero(problem.allowed[u])
            for p in (problem.a[u], problem.b[u])
        )
        # By person and slot, what has been held.
        self.been: Counter[tuple[int, int]] = Counter()
        for (p, s), count in been.items():
            self.been[int(problem.person[p]), s] += count
        # By participant and slot, where more have been held than there are delegates now.
        self.crowded = {seat: count for seat, count in been.items() if count > problem.delegates[seat[0]]}
        self._doubled = {p for p, _ in self.crowded}
        # The most meetings of each participant, and those that it holds in any case.
        self.meetings = problem.degrees(np.array(units, dtype=np.int64))
        self._fixed = problem.degrees(np.array([u for u in units if u in sure], dtype=np.int64))
        self._busy: list[dict[int, cp_model.IntVar]] | None = None

    def in_slot(self, s: int) -> list[tuple[int, cp_model.IntVar]]:
        """Return the units that may be held in the slot, with their literals."""
        return self.of_slot[s]

    def meetings_known(self, p: int) -> bool:
        """Return whether ``p`` holds the same number of meetings, one a slot, whatever is chosen."""
        single = self.problem.delegates[p] == 1 and p not in self._doubled
        return bool(single and self._fixed[p] == self.meetings[p])

    def add_busy(self) -> list[dict[int, cp_model.IntVar]]:
        """Return for each participant and slot in which it may meet whether it does; added to the model once."""
        if self._busy is None:
            self._busy = self._new_busy()
            self._add_what_follows(self._busy)
        return self._busy

    def _new_busy(self) -> list[dict[int, cp_model.IntVar]]:
        found: list[dict[int, cp_model.IntVar]] = [{} for _ in range(self.problem.participants)]
        for (p, s), literals in sorted(self.of_seat.items()):
            busy = self.model.new_bool_var(f"busy_{p}_{s}")
            if self.problem.delegates[p] == 1 and (p, s) not in self.crowded:
                self.model.add_exactly_one([*literals, ~busy])
            else:
                self.model.add_max_equality(busy, literals)
            found[p][s] = busy
        return found

    def _add_what_follows(self, busy: Sequence[dict[int, cp_model.IntVar]]) -> None:
        """Add the number of busy slots of a participant, and of busy participants in a slot."""
        for p, slots in enumerate(busy):
            if slots and self.meetings_known(p):
                self.sums.exactly(list(slots.values()), int(self.meetings[p]))
        if not self.even or (self.problem.delegates != 1).any() or self.crowded:
            return
        seated = bool(self.problem.tables) and bool((self.problem.table_type != NO_TABLE).all())
        for s in range(self.problem.slots):
            literals = [literal for _, literal in self.of_slot[s]]
            present = [slots[s] for slots in busy if s in slots]
            if literals:
                # Two for each meeting: an integer of its own lets the solver see that the number is even.
                most = min(len(present) // 2, self.problem.tables if seated else len(literals))
                meetings = self.model.new_int_var(0, most, f"meetings_{s}")
                self.model.add(sum(literals) == meetings)
                self.model.add(sum(present) == 2 * meetings)

    def placement(self, solution: Solution) -> Placement:
        """Return what ``solution`` holds."""
        return Placement.of(dict(place for place, literal in self.x.items() if solution.boolean_value(literal)))

    def hint(self, hint: Placement | None) -> None:
        """Let the next search begin at ``hint``, or (``None``) wherever it likes."""
        self.model.clear_hints()  # type: ignore[no-untyped-call]
        if hint is not None:
            held = set(zip(hint.units.tolist(), hint.slots.tolist(), strict=True))
            for key, literal in self.x.items():
                self.model.add_hint(literal, int(key in held))


def as_units(units: IntArray) -> list[int]:
    """Return the positions as plain integers, which CP-SAT's expressions want."""
    return [int(u) for u in units]
