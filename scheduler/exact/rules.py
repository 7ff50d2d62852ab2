"""The hard rules of the exact model, a method each."""

from __future__ import annotations

from collections import defaultdict

from ortools.sat.python import cp_model

from scheduler.exact.staying import StayingTables
from scheduler.exact.variables import Variables
from scheduler.problem.problem import NO_TABLE


class Rules:
    """What every solution over ``variables`` keeps, but for the breaks that may not differ much (``objective``)."""

    def __init__(self, variables: Variables) -> None:
        self.variables, self.problem = variables, variables.problem
        self.model, self.sums = variables.model, variables.sums

    def add(self) -> None:
        """Add all of them to the model."""
        self.each_unit_once()
        self.delegates_a_slot()
        self.one_body_a_slot()
        self.pauses_in_rows()
        self.meetings_at_most()
        self.twins_apart()
        self.tables_a_slot()
        self.facilitators_a_slot()
        self.after_in_order()

    def each_unit_once(self) -> None:
        for u in self.variables.units:
            literals = self.variables.of_unit.get(u, [])
            if u in self.variables.sure:
                self.model.add_exactly_one(literals)
            else:
                self.model.add_at_most_one(literals)

    def delegates_a_slot(self) -> None:
        for (p, s), literals in self.variables.of_seat.items():
            self.sums.at_most(literals, self.variables.crowded.get((p, s), int(self.problem.delegates[p])))

    def one_body_a_slot(self) -> None:
        for members in self.problem.groups:
            for s in range(self.problem.slots):
                literals = [literal for p in members for literal in self.variables.of_seat.get((p, s), ())]
                if literals and self.variables.been[members[0], s] <= 1:
                    self.sums.at_most(literals, 1)

    def pauses_in_rows(self) -> None:
        """In each window of slots everybody has one free, all that has been held excepted."""
        if not self.problem.row_windows:
            return
        grouped = {p: members for members in self.problem.groups for p in members}
        busy_of = self.variables.add_busy()
        for p in range(self.problem.participants):
            members = grouped.get(p, (p,))
            if p != members[0]:
                continue
            for window in self.problem.row_windows:
                busy = [[busy_of[q][s] for q in members if s in busy_of[q]] for s in window]
                if not all(busy) or all(self.variables.been[p, s] for s in window):
                    continue
                if len(members) == 1:
                    self.model.add_bool_or(~literal for literals in busy for literal in literals)
                else:
                    self.sums.at_most([literal for literals in busy for literal in literals], len(window) - 1)

    def meetings_at_most(self) -> None:
        for p, held in enumerate(self.variables.held):
            most = int(self.problem.maximum[p])
            if self.variables.meetings[p] > most:
                self.sums.at_most(held, most)

    def twins_apart(self) -> None:
        x, known = self.variables.x, set(self.variables.units)
        for group in self.problem.twins:
            for s in range(self.problem.slots):
                self.model.add_at_most_one(x[u, s] for u in group if u in known and (u, s) in x)

    def tables_a_slot(self) -> None:
        """Meetings of a slot find different tables: a transport from types of meetings to classes of like tables."""
        if not self.problem.tables:
            return
        if len(self.problem.undecided):
            StayingTables(self.variables).add()
            return
        types = self.problem.table_types
        used = sorted({int(self.problem.table_type[u]) for u in self.variables.units} - {NO_TABLE})
        classes: dict[tuple[int, ...], int] = defaultdict(int)
        for t in range(self.problem.tables):
            classes[tuple(k for k in used if t in types[k])] += 1
        for s in range(self.problem.slots):
            seated = [(int(self.problem.table_type[u]), literal) for u, literal in self.variables.of_slot[s]]
            self.sums.at_most([literal for k, literal in seated if k != NO_TABLE], self.problem.tables)
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
            helped = [literal for u, literal in self.variables.of_slot[s] if self.problem.facilitated[u]]
            self.sums.at_most(helped, int(self.problem.free_facilitators[s]))

    def after_in_order(self) -> None:
        x, slots, known = self.variables.x, self.problem.slots, set(self.variables.units)
        for later, earlier in self.problem.after:
            if later in known and earlier in known:
                # In every slot: the later one held here or before means that the earlier one is not held here or after.
                for s in range(slots):
                    if (later, s) in x:
                        behind = (x[earlier, t] for t in range(s, slots) if (earlier, t) in x)
                        self.model.add_at_most_one([x[later, s], *behind])
