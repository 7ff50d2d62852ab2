"""The tables of those who stay seated, chosen once it is known when everybody meets: one for each of them and day.

Mostly each gets a table of its own, by an assignment that keeps what is wanted (Kuhn 1955), and the others find theirs
where a seated participant is idle. Of assignments that are as good one with short ways for those who move is taken:
tables that follow one another in the file are neighbours (``walking``). Where tables are too few, because features are
scarce, two of them take turns at one: a small CP-SAT model of the day says how.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from scheduler.problem.bounded import bounded_solver
from scheduler.problem.placement import Placement
from scheduler.problem.problem import NO_TABLE, Problem
from scheduler.problem.staying import suiting_of, with_tables
from scheduler.tables.walking import nearer

# Beyond this many pairs of a participant and a table whoever comes first chooses first.
_LARGEST_ASSIGNMENT = 1_000_000
_IMPOSSIBLE = 10**6
# In CP-SAT's deterministic seconds.
_EFFORT = 30.0

# For somebody seated, on a day: how much each table is wanted.
Wanted = Mapping[tuple[int, int], Mapping[int, int]]
# The same on one day.
Wishes = Mapping[int, Mapping[int, int]]


def places_of(problem: Problem, placement: Placement, wanted: Wanted | None = None) -> list[frozenset[int]]:
    """Return for each meeting the tables at which it may be, those of the seated chosen; none for meetings online.

    Meetings of one slot find different tables among these. ``wanted`` is kept where it can be.
    Raises ``ValueError`` where those who stay seated find no tables.
    Cost: an assignment a day; exponential at worst where tables have to be shared.
    """
    types = [frozenset(places) for places in problem.table_types]
    kinds = problem.table_type[placement.units].tolist()
    places = [frozenset() if kind == NO_TABLE else types[kind] for kind in kinds]
    if not problem.seated.any():
        return places
    before: dict[int, int] = {}
    for day in np.unique(problem.day[placement.slots]).tolist():
        meetings = np.flatnonzero((problem.day[placement.slots] == day) & (np.array(kinds) != NO_TABLE)).tolist()
        today = _Day(problem, placement, day, meetings, places)
        chosen = today.chosen({p: _wishes(wanted, p, day, before.get(p)) for p in today.suiting})
        before |= chosen
        for m, staying in today.seated_of.items():
            places[m] = frozenset(chosen[p] for p in staying)
    return places


def _wishes(wanted: Wanted | None, p: int, day: int, before: int | None) -> Mapping[int, int]:
    """Return how much each table is wanted; where nothing is said, the one of an earlier day, to be found again."""
    wishes = {table: 2 * amount for table, amount in (wanted or {}).get((p, day), {}).items()}
    if before is not None:
        wishes[before] = wishes.get(before, 0) + 1
    return wishes


def with_tables_for(problem: Problem, placement: Placement, wanted: Mapping[int, int] | None = None) -> Problem | None:
    """Return ``problem`` with tables of the seated chosen so that ``placement`` is legal.

    These are the ones ``wanted``, by participant, or those that it has, where the meetings find their tables at them.
    ``None`` where somebody would have to be at different tables on different days, or there are no such tables.
    Cost: that of ``places_of``.
    """
    if problem.any_table is None and not len(problem.undecided):
        return problem
    options = [with_tables(problem, {p: frozenset({table}) for p, table in wanted.items()})] if wanted else []
    if problem.any_table is not None:
        options.append(problem)
    for chosen in options:
        if _stand(chosen, placement):
            return chosen
    try:
        places = places_of(problem.widest, placement)
    except ValueError:
        return None
    table_of: dict[int, int] = {}
    for u, tables in zip(placement.units.tolist(), places, strict=True):
        for p in (int(problem.a[u]), int(problem.b[u])):
            if problem.seated[p] and tables and table_of.setdefault(p, min(tables)) not in tables:
                return None
    chosen = with_tables(problem, {p: frozenset({table}) for p, table in table_of.items()})
    return chosen if _stand(chosen, placement) else None


def stands(problem: Problem, placement: Placement) -> bool:
    """Return whether ``placement`` is legal with the tables of the seated that ``problem`` has chosen, if any."""
    return problem.any_table is None or _stand(problem, placement)


def _stand(problem: Problem, placement: Placement) -> bool:
    """Return whether the meetings find different tables among those that their types allow."""
    if not problem.allowed[placement.units, placement.slots].all():
        return False
    types = [frozenset(places) for places in problem.table_types]
    waiting: dict[int, list[frozenset[int]]] = defaultdict(list)
    kinds = problem.table_type[placement.units].tolist()
    for kind, s in zip(kinds, placement.slots.tolist(), strict=True):
        if kind != NO_TABLE:
            waiting[s].append(types[kind])
    return all(map(all_seated, waiting.values()))


@dataclass
class _Day:
    """The meetings on site of one day; ``places`` says of every meeting at which tables it may be."""

    problem: Problem
    placement: Placement
    day: int
    meetings: Sequence[int]
    places: Sequence[frozenset[int]]

    def __post_init__(self) -> None:
        problem = self.problem
        self.slot = self.placement.slots.tolist()
        self.seated_of: dict[int, list[int]] = {}
        self.suiting: dict[int, frozenset[int]] = {}
        for m in self.meetings:
            u = int(self.placement.units[m])
            staying = [p for p in (int(problem.a[u]), int(problem.b[u])) if problem.seated[p]]
            if staying:
                self.seated_of[m] = staying
            for p in staying:
                if p not in self.suiting:
                    self.suiting[p] = suiting_of(problem, p, self.day)
                self.suiting[p] &= self.places[m]
        self.others = [m for m in self.meetings if m not in self.seated_of]

    def chosen(self, wishes: Wishes) -> dict[int, int]:
        """Return the table of everybody who stays seated and has a meeting on site."""
        apart = all(len(staying) == 1 for staying in self.seated_of.values())
        found = self._each_its_own(wishes) if apart else None
        if found is not None and self._others_fit(found):
            near = nearer(found, self.suiting, wishes, self._ways(), self.problem.tables)
            return near if self._others_fit(near) else found
        found = self._in_turns(wishes)
        if found is None:
            raise ValueError("more of those who stay seated than tables that fit them")
        return found

    def _each_its_own(self, wishes: Wishes) -> dict[int, int] | None:
        if len(self.suiting) * self.problem.tables > _LARGEST_ASSIGNMENT:
            return self._one_by_one(wishes)
        from scipy.optimize import linear_sum_assignment

        people = list(self.suiting)
        costs = np.full((len(people), self.problem.tables), _IMPOSSIBLE)
        for row, p in enumerate(people):
            for table in self.suiting[p]:
                costs[row, table] = -wishes[p].get(table, 0)
        rows, columns = linear_sum_assignment(costs)
        if len(rows) < len(people) or (costs[rows, columns] == _IMPOSSIBLE).any():
            return None
        return {people[row]: int(table) for row, table in zip(rows, columns, strict=True)}

    def _one_by_one(self, wishes: Wishes) -> dict[int, int] | None:
        found: dict[int, int] = {}
        free = set(range(self.problem.tables))
        # Who has the fewest tables to choose from first, then who wants one most.
        order = sorted(self.suiting, key=lambda p: (len(self.suiting[p]), -max(wishes[p].values(), default=0), p))
        for p in order:
            left = self.suiting[p] & free
            if not left:
                return None
            found[p] = max(left, key=lambda table: (wishes[p].get(table, 0), -table))
            free.remove(found[p])
        return found

    def _ways(self) -> Counter[tuple[int, int]]:
        """Return how many go from one who stays seated straight to another."""
        problem = self.problem
        agenda: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for m, staying in self.seated_of.items():
            u = int(self.placement.units[m])
            for p in (int(problem.a[u]), int(problem.b[u])):
                if p not in staying and problem.delegates[p] == 1:
                    agenda[p].append((self.slot[m], staying[0]))
        found: Counter[tuple[int, int]] = Counter()
        for visits in agenda.values():
            found.update((one, other) for (_, one), (_, other) in pairwise(sorted(visits)) if one != other)
        return found

    def _others_fit(self, chosen: Mapping[int, int]) -> bool:
        """Return whether the meetings without anybody seated find tables beside these."""
        taken: dict[int, set[int]] = defaultdict(set)
        for m, staying in self.seated_of.items():
            taken[self.slot[m]].add(chosen[staying[0]])
        waiting: dict[int, list[frozenset[int]]] = defaultdict(list)
        for m in self.others:
            waiting[self.slot[m]].append(self.places[m])
        return all(all_seated([place - taken[s] for place in places]) for s, places in waiting.items())

    def _in_turns(self, wishes: Wishes) -> dict[int, int] | None:
        from ortools.sat.python import cp_model

        model = cp_model.CpModel()
        stays = {p: {t: model.new_bool_var("") for t in sorted(tables)} for p, tables in self.suiting.items()}
        if not all(stays.values()):
            return None
        taken: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
        for own in stays.values():
            model.add_exactly_one(own.values())
        for m in self.meetings:
            staying = self.seated_of.get(m, [])
            at = stays[staying[0]] if staying else {t: model.new_bool_var("") for t in sorted(self.places[m])}
            if not staying:
                model.add_exactly_one(at.values())
            for other in staying[1:]:
                for t in range(self.problem.tables):
                    model.add(at.get(t, 0) == stays[other].get(t, 0))
            for t, literal in at.items():
                taken[self.slot[m], t].append(literal)
        for together in taken.values():
            model.add_at_most_one(together)
        model.maximize(sum(wishes[p].get(t, 0) * literal for p, own in stays.items() for t, literal in own.items()))
        solver = bounded_solver(_EFFORT)
        if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        return {p: next(t for t, literal in own.items() if solver.boolean_value(literal)) for p, own in stays.items()}


def all_seated(places: Sequence[Collection[int]]) -> bool:
    """Return whether meetings find different tables, each one of its ``places``, by augmenting paths (Kuhn 1955)."""
    at: dict[int, int] = {}

    def seat(m: int, seen: set[int]) -> bool:
        for table in places[m]:
            if table not in seen:
                seen.add(table)
                if table not in at or seat(at[table], seen):
                    at[table] = m
                    return True
        return False

    return all(seat(m, set()) for m in range(len(places)))
