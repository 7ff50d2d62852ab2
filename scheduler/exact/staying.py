"""The tables of those who stay seated, chosen by the exact model itself: nothing that is possible is left out.

For each of them and each day one literal a class of like tables, of which one holds. Where a class has fewer tables
than might want to stay there, or who meets whom needs one and the same table, its tables are told apart, so that two
of them may take turns at one.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
from ortools.sat.python import cp_model

from scheduler.problem.problem import NO_TABLE
from scheduler.problem.staying import classes_of, home_tables, suiting_of

if TYPE_CHECKING:
    from scheduler.exact.variables import Variables

# For somebody seated, on a day, by class of tables: whether it stays there.
Stays = dict[tuple[int, int], dict[int, cp_model.IntVar]]


class StayingTables:
    """Tables a slot where some of the seated may be at any table (``Problem.undecided``)."""

    def __init__(self, variables: Variables) -> None:
        self.variables, self.problem = variables, variables.problem
        self.undecided = set(self.problem.undecided.tolist())
        self.classes = self._classes()
        self.stays = self._stays()

    def add(self) -> None:
        """Add that meetings find tables in each slot, those of the seated the ones at which they stay."""
        for s in range(self.problem.slots):
            into: dict[int, list[cp_model.LinearExprT]] = defaultdict(list)
            others: dict[int, list[cp_model.IntVar]] = defaultdict(list)
            own: dict[int, list[cp_model.IntVar]] = defaultdict(list)
            for u, literal in self.variables.in_slot(s):
                kind = int(self.problem.table_type[u])
                if kind == NO_TABLE:
                    continue
                seated = self._seated_of(u)
                for p in seated:
                    own[p].append(literal)
                if seated:
                    self._at_their_tables(u, s, literal, into)
                else:
                    others[kind].append(literal)
            for kind, literals in others.items():
                self._anywhere(kind, s, literals, into)
            for k, taken in into.items():
                self.variables.model.add(cp_model.LinearExpr.sum(taken) <= len(self.classes[k]))
            for literals in own.values():
                self.variables.sums.at_most(literals, 1)

    def _seated_of(self, u: int) -> list[int]:
        return [p for p in (int(self.problem.a[u]), int(self.problem.b[u])) if p in self.undecided]

    def _classes(self) -> list[tuple[int, ...]]:
        problem = self.problem
        single = home_tables(problem)
        single |= set(problem.stays[problem.undecided].ravel().tolist()) - {NO_TABLE}
        if any(len(self._seated_of(u)) == 2 for u in self.variables.units if problem.table_type[u] != NO_TABLE):
            single = set(range(problem.tables))
        classes = classes_of(problem, single)
        for day in self._days:
            suiting = [suiting_of(problem, p, day) for p in self.undecided]
            for tables in classes:
                if sum(tables[0] in places for places in suiting) > len(tables):
                    single |= set(tables)
        return classes_of(problem, single)

    @property
    def _days(self) -> list[int]:
        return [int(day) for day in np.unique(self.problem.day)]

    def _stays(self) -> Stays:
        found: Stays = {}
        for p in sorted(self.undecided):
            for day in self._days:
                suiting = suiting_of(self.problem, p, day)
                places = [k for k, tables in enumerate(self.classes) if tables[0] in suiting]
                literals = {k: self.variables.model.new_bool_var(f"stays_{p}_{day}_{k}") for k in places}
                if literals:
                    self.variables.model.add_exactly_one(literals.values())
                found[p, day] = literals
        return found

    def _at_their_tables(
        self, u: int, s: int, literal: cp_model.IntVar, into: dict[int, list[cp_model.LinearExprT]]
    ) -> None:
        model, day = self.variables.model, int(self.problem.day[s])
        places = set(self.problem.table_types[self.problem.table_type[u]])
        here = [self.stays[p, day] for p in self._seated_of(u)]
        kinds = [k for k, t in enumerate(self.classes) if t[0] in places and all(k in stays for stays in here)]
        at = {k: literal if len(kinds) == 1 else model.new_bool_var("") for k in kinds}
        if len(kinds) != 1:
            model.add_exactly_one([*at.values(), ~literal])
        for k, there in at.items():
            into[k].append(there)
            for stays in here:
                model.add_implication(there, stays[k])

    def _anywhere(
        self, kind: int, s: int, literals: list[cp_model.IntVar], into: dict[int, list[cp_model.LinearExprT]]
    ) -> None:
        places = set(self.problem.table_types[kind])
        flows = []
        for k, tables in enumerate(self.classes):
            if tables[0] in places:
                flow = self.variables.model.new_int_var(0, min(len(literals), len(tables)), f"tables_{kind}_{s}_{k}")
                flows.append(flow)
                into[k].append(flow)
        self.variables.model.add(cp_model.LinearExpr.sum(literals) == cp_model.LinearExpr.sum(flows))
