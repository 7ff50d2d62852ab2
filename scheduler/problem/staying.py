"""The tables of those who stay seated: chosen at once where the choice matters, left open where any will do.

A participant of a kind in ``rules.seated`` keeps one table on a day. Where all tables suit everybody, any timetable
with no more meetings in a slot than tables finds such tables afterwards. Where features or homes matter, tables are
chosen before meetings are: each seated participant gets one as a home, by a flow from participants to classes of like
tables that loses the least of what their meetings are worth, required ones first. What the choice rules out is still
possible in ``Problem.widest``, from which limits are proven.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from ortools.graph.python import min_cost_flow

if TYPE_CHECKING:
    from scheduler.problem.problem import BoolArray, IntArray, Problem

_NO_TABLE = -1
# A required meeting lost outweighs all scores, and two seated at one table outweigh a table that suits badly.
_LARGEST_LOSS = 2**20
_MOST_UNABLE = 1000
# How much more a meeting counts that both would choose.
_LIKELY = 10


@dataclass(frozen=True)
class AnyTable:
    """What the units would be if those who stay seated could be at any table: see ``Problem`` for the names.

    ``chosen`` are the tables, one of which each of them is taken to have instead, by positions.
    """

    table_type: IntArray
    table_types: tuple[tuple[int, ...], ...]
    allowed: BoolArray
    undecided: IntArray
    chosen: Mapping[int, frozenset[int]]


def with_tables_chosen(
    problem: Problem, wanted: Mapping[int, int] | None = None, weight: IntArray | None = None
) -> Problem:
    """Return ``problem`` with a table for each of its ``undecided``, as if it were their home, or one of like tables.

    Those of ``wanted`` are kept where they suit and are wanted once; ``weight`` int [U] is how much each unit counts
    (``None``: its score, and more where both would choose it). Units that find no place at the tables chosen have no
    slot left. Cost: a minimum-cost flow over participants and classes of tables, and O(U log U).
    """
    if not len(problem.undecided):
        return problem
    if weight is None:
        weight = (problem.score + 1) * np.where(_among_the_best(problem), _LIKELY, 1)
    return with_tables(problem, _chosen(problem, wanted or {}, weight))


def with_tables(problem: Problem, tables_of: Mapping[int, frozenset[int]]) -> Problem:
    """Return ``problem`` with the seated participants of ``tables_of`` at one of these tables each, by positions.

    Who share several tables must be no more than these, so that each can have one of its own.
    """
    problem = problem.widest
    kinds: dict[frozenset[int], int] = {}
    kind = np.zeros(problem.participants, dtype=np.int64)
    for p, tables in tables_of.items():
        kind[p] = kinds.setdefault(tables, len(kinds)) + 1
    chosen = list(kinds)
    # Units that are alike in their own type and in the tables of both ends are alike in what is left.
    width = max(len(chosen), len(problem.table_types)) + 2
    parts = problem.table_type + 1, kind[problem.a], kind[problem.b]
    keys, first, alike = np.unique(
        (parts[0] * width + parts[1]) * width + parts[2], return_index=True, return_inverse=True
    )
    types: dict[tuple[int, ...], int] = {}
    type_of = np.full(len(keys), _NO_TABLE, dtype=np.int64)
    fits = np.ones(len(keys), dtype=np.bool_)
    for i, u in enumerate(first.tolist()):
        if problem.table_type[u] != _NO_TABLE:
            places = frozenset(problem.table_types[problem.table_type[u]])
            for k in {int(kind[problem.a[u]]), int(kind[problem.b[u]])} - {0}:
                places &= chosen[k - 1]
            type_of[i] = types.setdefault(tuple(sorted(places)), len(types))
            fits[i] = bool(places)
    alike = alike.ravel()
    return replace(
        problem,
        table_type=type_of[alike],
        table_types=tuple(types),
        allowed=problem.allowed & fits[alike, None],
        undecided=np.zeros(0, dtype=np.int64),
        any_table=AnyTable(problem.table_type, problem.table_types, problem.allowed, problem.undecided, tables_of),
    )


def for_whom_it_matters(problem: Problem) -> IntArray:
    """Return the seated participants, by position, for whom it matters at which table they are.

    Where all tables suit all meetings, and there is one for each of them, that is nobody but those with several
    delegates, who can hold no more than one meeting at their one table, and those who are known to stay somewhere.
    """
    on_site = problem.table_type != _NO_TABLE
    seated_a, seated_b = problem.seated[problem.a] & on_site, problem.seated[problem.b] & on_site
    known = np.union1d(problem.a[seated_a], problem.b[seated_b])
    uniform = all(len(places) == problem.tables for places in problem.table_types)
    if uniform and len(known) <= problem.tables and not (seated_a & seated_b).any():
        known = known[(problem.delegates[known] > 1) | (problem.stays[known] != _NO_TABLE).any(axis=1)]
    return np.asarray(known, dtype=np.int64)


def classes_of(problem: Problem, single: set[int]) -> list[tuple[int, ...]]:
    """Return the tables in classes of those that suit the same units; each of ``single`` is one by itself."""
    classes: dict[object, list[int]] = defaultdict(list)
    for t in range(problem.tables):
        suits = tuple(k for k, places in enumerate(map(set, problem.table_types)) if t in places)
        classes[(t,) if t in single else (suits, None)].append(t)
    return [tuple(tables) for tables in classes.values()]


def home_tables(problem: Problem) -> set[int]:
    """Return the tables that are somebody's home; a home that the event no longer has is none."""
    index = problem.event.table_index
    homes = (participant.home_table or "" for participant in problem.event.participants)
    return {index[home] for home in homes if home in index}


def suiting_of(problem: Problem, p: int, day: int | None = None) -> frozenset[int]:
    """Return the tables at which the seated participant ``p`` can be: its home, or those with all that it requires.

    Where it is known to stay somewhere already, on ``day`` or (``None``) on any, that table only.
    """
    stays = problem.stays[p] if day is None else problem.stays[p, [day]]
    known = frozenset(stays.tolist()) - {_NO_TABLE}
    one = problem.event.participants[p]
    return frozenset(
        t
        for t, table in enumerate(problem.event.tables)
        if one.home_table in (None, table.id) and set(one.requires) <= set(table.features) and (not known or t in known)
    )


def _chosen(problem: Problem, wanted: Mapping[int, int], weight: IntArray) -> dict[int, frozenset[int]]:
    """Return the tables of each undecided participant: a class of like ones with a table for each, else one alone."""
    staying = staying_of(problem)
    kept = _kept(staying.suiting, staying.groups, wanted)
    groups = {leader: members for leader, members in staying.groups.items() if leader not in kept}
    left = [tuple(table for table in tables if table not in kept.values()) for tables in staying.classes]
    # Where those that are kept leave no table at all, one is shared.
    staying = replace(staying, groups=groups, classes=[tables for tables in left if tables] or staying.classes)
    taken = _assigned(problem, weight, staying.suiting, groups, staying.classes) if groups else {}
    return {p: frozenset({table}) for p, table in kept.items()} | staying.tables_of(taken)


@dataclass(frozen=True)
class Staying:
    """Who stays where: ``groups`` of the seated at one table each, by a leader, and ``classes`` of like tables.

    ``suiting`` are the tables at which each of the undecided can be. All by positions.
    """

    problem: Problem
    suiting: Mapping[int, frozenset[int]]
    groups: Mapping[int, list[int]]
    classes: list[tuple[int, ...]]

    def told_apart(self, most: int) -> Staying:
        """Return the same with each table a class by itself in classes of at most ``most``."""
        classes = [
            part for tables in self.classes for part in ([(t,) for t in tables] if len(tables) <= most else [tables])
        ]
        return replace(self, classes=classes)

    def suits(self, leader: int, k: int) -> bool:
        """Return whether the whole group of ``leader`` can be at the tables of class ``k``."""
        return all(self.classes[k][0] in self.suiting[p] for p in self.groups[leader])

    def tables_of(self, taken: Mapping[int, int], load: Mapping[int, int] | None = None) -> dict[int, frozenset[int]]:
        """Return for each undecided participant its tables, ``taken`` being the class of each group.

        ``load`` is how many slots each group needs its table for: where tables are shared, these are evened out.
        """
        load = load or {}
        many = Counter(taken.values())
        found: dict[int, frozenset[int]] = {}
        given: Counter[int] = Counter()
        for leader in sorted(taken, key=lambda leader: -load.get(leader, 1)):
            k = taken[leader]
            tables, members = self.classes[k], self.groups[leader]
            # Whoever suits no table is given one that does not exist, so that none of their meetings is possible.
            possible = self.suits(leader, k)
            together = len(members) == 1 and self.problem.delegates[leader] == 1 and many[k] <= len(tables)
            if not together:
                # More of them than tables take turns.
                tables = (min(tables, key=lambda table: given[table]),)
                given[tables[0]] += load.get(leader, 1)
            found |= dict.fromkeys(members, frozenset(tables if possible else {self.problem.tables}))
        return found


def staying_of(problem: Problem) -> Staying:
    """Return what there is to choose for the ``undecided`` of ``problem``. Cost: O(undecided x tables)."""
    suiting = {p: suiting_of(problem, p) for p in problem.undecided.tolist()}
    groups: dict[int, list[int]] = defaultdict(list)
    for p, leader in _who_share(problem, suiting).items():
        groups[leader].append(p)
    known = set(problem.stays[problem.undecided].ravel().tolist()) - {_NO_TABLE}
    return Staying(problem, suiting, dict(groups), classes_of(problem, known | home_tables(problem)))


def _kept(
    suiting: Mapping[int, frozenset[int]], groups: Mapping[int, list[int]], wanted: Mapping[int, int]
) -> dict[int, int]:
    """Return the tables of ``wanted`` that suit, and that nobody else wants as well."""
    found: dict[int, int] = {}
    for members in groups.values():
        tables = {wanted[p] for p in members if p in wanted}
        if len(tables) == 1:
            (table,) = tables
            if table not in found.values() and all(table in suiting[p] for p in members):
                found |= dict.fromkeys(members, table)
    return found


def _who_share(problem: Problem, suiting: Mapping[int, frozenset[int]]) -> dict[int, int]:
    """Return for each undecided participant a leader: one for those whom required meetings bring to one table."""
    leaders = {p: p for p in suiting}
    for u in np.flatnonzero(problem.required & (problem.table_type != _NO_TABLE)).tolist():
        a, b = int(problem.a[u]), int(problem.b[u])
        if a in leaders and b in leaders:
            old, new = leaders[b], leaders[a]
            leaders = {p: new if leader == old else leader for p, leader in leaders.items()}
    return leaders


def _assigned(
    problem: Problem,
    weight: IntArray,
    suiting: Mapping[int, frozenset[int]],
    groups: Mapping[int, list[int]],
    classes: list[tuple[int, ...]],
) -> dict[int, int]:
    """Return for each group, by its leader, the class of its table: the least worth is lost, the fewest share."""
    position = {leader: i for i, leader in enumerate(groups)}
    losses = _losses(problem, weight, suiting, groups, classes)
    N, C = len(groups), len(classes)
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs = []
    for leader, i in position.items():
        for k in range(C):
            arcs.append((leader, k))
            flow.add_arc_with_capacity_and_unit_cost(i, N + k, 1, int(losses[i, k]))
        flow.set_node_supply(i, 1)
    for k, tables in enumerate(classes):
        flow.add_arc_with_capacity_and_unit_cost(N + k, N + C, len(tables), 0)
        flow.add_arc_with_capacity_and_unit_cost(N + k, N + C, N, _LARGEST_LOSS)
    flow.set_node_supply(N + C, -N)
    flow.solve()
    return {leader: k for arc, (leader, k) in enumerate(arcs) if flow.flow(arc)}


def _losses(
    problem: Problem,
    weight: IntArray,
    suiting: Mapping[int, frozenset[int]],
    groups: Mapping[int, list[int]],
    classes: list[tuple[int, ...]],
) -> IntArray:
    """Return what each group loses at each class of tables: int [groups, classes], from 0 to well below sharing."""
    group_of = np.full(problem.participants, -1, dtype=np.int64)
    for i, members in enumerate(groups.values()):
        group_of[members] = i
    lacking = np.array(
        [[tables[0] not in places for tables in classes] for places in map(set, problem.table_types)], dtype=np.int64
    ).reshape(-1, len(classes))
    lost = np.zeros((len(groups), len(classes)), dtype=np.int64)
    unable = np.zeros_like(lost)
    for ends in (problem.a, problem.b):
        units = np.flatnonzero((problem.table_type != _NO_TABLE) & (group_of[ends] >= 0))
        missing = lacking[problem.table_type[units]]
        np.add.at(lost, group_of[ends[units]], missing * weight[units, None])
        np.add.at(unable, group_of[ends[units]], missing * problem.required[units, None])
    scaled = lost * 1000 // max(int(lost.max(initial=0)), 1)
    unable = np.minimum(unable, _MOST_UNABLE)
    for i, members in enumerate(groups.values()):
        for k, tables in enumerate(classes):
            if not all(tables[0] in suiting[p] for p in members):
                unable[i, k] = _MOST_UNABLE + 1
    return scaled + unable * (_LARGEST_LOSS * 4)


def _among_the_best(problem: Problem) -> BoolArray:
    """Return bool [U]: whether the unit is one of the best of both its participants, as many as each may hold."""
    found = np.ones(problem.units, dtype=np.bool_)
    for ends in (problem.a, problem.b):
        order = np.lexsort((-problem.score, ends))
        sizes = np.bincount(ends, minlength=problem.participants)
        rank = np.arange(problem.units) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        found[order] &= rank < problem.maximum[ends[order]]
    return found
