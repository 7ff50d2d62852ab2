"""New meetings for free seats: what stays is not touched.

Who meets is a flow over the open places, slots added up, whose value is a proven bound; when is a matching a slot.
Nearly always all that the flow chose finds its slot, and the result is proven. Otherwise the program of ``seats``
decides, exactly where it is small.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ortools.graph.python import min_cost_flow

from scheduler.problem import BoolArray, IntArray
from scheduler.relaxation import Optimum, Relaxation, maximise
from scheduler.seats import Seats
from scheduler.watch import Watch

# Up to this many open places the exact program answers within a second or two.
_LARGEST_PROGRAM = 20_000
_SCALE = 1000
# Beyond this the flow's costs would leave 64 bits.
_LARGEST_COST = 2**40


@dataclass(frozen=True, slots=True)
class Filling:
    """New meetings and their slots, and proven limits on what any others could add to those that stay.

    ``avoided`` limits the shortfall avoided, ``worth`` the value added while that shortfall is avoided; ``None``:
    not known.
    """

    units: IntArray
    slots: IntArray
    avoided: int | None
    worth: int | None


def fill(seats: Seats, watch: Watch) -> Filling | None:
    """Return new meetings of greatest worth for ``seats``; ``None`` where not all required ones find a seat.

    Cost: one flow over the units with an open place and one a slot; beyond that the program, exponential at worst.
    """
    nothing = np.zeros(0, dtype=np.int64)
    if not len(seats.units):
        return None if len(seats.required) else Filling(nothing, nothing, 0, 0)
    quick = None if len(seats.required) else _by_flow(seats)
    if quick is not None and _proven(seats, quick):
        return quick
    if quick is None or (len(seats.units) <= _LARGEST_PROGRAM and not watch.over()):
        return by_program(seats, seats.program(), watch) or quick
    return quick


def by_program(seats: Seats, program: Relaxation, watch: Watch, preferred: BoolArray | None = None) -> Filling | None:
    """Return the places that ``program`` takes, least shortfall first, then most value, then most of ``preferred``.

    ``None`` where it has no solution, or none was found in time.
    """
    try:
        least: Optimum | None = None
        if program.avoided.any():
            least = maximise(program, program.avoided, watch.remaining())
            if least is None:
                return None
            program = program.with_row(-program.avoided, -least.value)
        best = maximise(program, program.worth, watch.remaining())
        if best is None:
            return None
        solution = best.solution
        if preferred is not None:
            program = program.with_row(-program.worth, -best.value)
            wanted = np.zeros(len(program.worth), dtype=np.int64)
            wanted[: program.count] = preferred
            dearest = maximise(program, wanted, watch.remaining())
            solution = solution if dearest is None else dearest.solution
    except TimeoutError:
        return None
    chosen = program.units_of(solution)
    return Filling(seats.units[chosen], seats.slots[chosen], least.bound if least else 0, best.bound)


def limits(seats: Seats) -> tuple[int, int] | None:
    """Return the shortfall avoided by the best selection of open places, slots added up, and its worth.

    No filling avoids more shortfall, none that avoids as much is worth more. ``None`` where the meetings do not join
    two sides.
    """
    found = _selection(seats)
    return None if found is None else found[1:]


def placing(seats: Seats, units: IntArray) -> IntArray:
    """Return a slot for each of ``units``, -1 where matchings found none. Requires two sides."""
    state = _Placing(seats)
    state.match(units)
    return np.array([state.taken.get(u, -1) for u in units.tolist()], dtype=np.int64)


def gains(seats: Seats, units: IntArray) -> tuple[int, int]:
    """Return the shortfall avoided and the value added by holding ``units`` beside what stays."""
    problem, held = seats.problem, seats.held.units
    everything = np.concatenate([held, units])
    return (
        problem.shortfall_of(held) - problem.shortfall_of(everything),
        problem.value_of(everything) - problem.value_of(held),
    )


def _proven(seats: Seats, filling: Filling) -> bool:
    return gains(seats, filling.units) == (filling.avoided, filling.worth)


def _by_flow(seats: Seats) -> Filling | None:
    found = _selection(seats)
    if found is None:
        return None
    wanted, avoided, worth = found
    placing = _Placing(seats)
    placing.match(wanted)
    placing.add_the_best()
    units = np.array(placing.units, dtype=np.int64)
    same = gains(seats, units)[0] == avoided
    # With more shortfall than the flow the value could be greater than the flow's.
    return Filling(units, np.array(placing.slots, dtype=np.int64), avoided, worth if same else None)


def _selection(seats: Seats) -> tuple[IntArray, int, int] | None:
    """Return the units of a flow of greatest worth over the open places, the shortfall it avoids and its worth."""
    problem = seats.problem
    sides = problem.sides
    if sides is None:
        return None
    units = np.unique(seats.units)
    P, U = problem.participants, len(units)
    source, gate, sink = P, P + 1, P + 2
    everyone = np.unique(np.concatenate([problem.a[units], problem.b[units]]))
    runs = [(int(p), *run) for p in everyone for run in seats.runs(int(p))]
    heavy = int(problem.score[units].sum()) + sum(length * earned for _, length, _, earned in runs) + 1
    if heavy * 4 >= _LARGEST_COST:
        return None
    left = np.where(sides[problem.a[units]] == 0, problem.a[units], problem.b[units])
    right = problem.a[units] + problem.b[units] - left
    tails, heads, caps, costs = [source], [gate], [min(U, _tables_left(seats))], [0]
    room = _slots_open(seats)
    for p in everyone.tolist():
        # A participant takes at most as many new meetings as it has open slots.
        tails.append(P + 3 + p if sides[p] == 0 else p)
        heads.append(p if sides[p] == 0 else P + 3 + p)
        caps.append(int(room[p]))
        costs.append(0)
    for p, length, avoided, earned in runs:
        tails.append(gate if sides[p] == 0 else P + 3 + p)
        heads.append(P + 3 + p if sides[p] == 0 else sink)
        caps.append(length)
        costs.append(-(avoided * heavy + earned))
    flow = min_cost_flow.SimpleMinCostFlow()
    begin = len(tails)
    flow.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([np.array(tails), left]).astype(np.int32),
        np.concatenate([np.array(heads), right]).astype(np.int32),
        np.concatenate([np.array(caps), np.ones(U)]).astype(np.int64),
        np.concatenate([np.array(costs), -problem.score[units]]).astype(np.int64),
    )
    flow.add_arc_with_capacity_and_unit_cost(source, sink, U, 0)
    flow.set_node_supply(source, U)
    flow.set_node_supply(sink, -U)
    if flow.solve() != flow.OPTIMAL:
        return None
    chosen = units[flow.flows(np.arange(begin, begin + U)) > 0]
    return chosen, *gains(seats, chosen)


def _tables_left(seats: Seats) -> int:
    """Return how many new meetings the tables and facilitators of the open slots can take, where all need one."""
    used = seats.resources.uses[seats.units]
    limits = [
        int(np.maximum(seats.left[r][np.unique(seats.slots)], 0).sum())
        for r in range(len(seats.left))
        if used[:, r].all()
    ]
    return min(limits, default=len(seats.units))


def _slots_open(seats: Seats) -> IntArray:
    """Return for each participant the seats that it has in slots with an open place of its own."""
    problem = seats.problem
    touched = np.zeros((problem.participants, problem.slots), dtype=np.bool_)
    touched[problem.a[seats.units], seats.slots] = True
    touched[problem.b[seats.units], seats.slots] = True
    room: IntArray = (np.maximum(seats.free, 0) * touched).sum(axis=1)
    return room


class _Placing:
    """New meetings taken one after the other, each only where it breaks no rule."""

    def __init__(self, seats: Seats) -> None:
        self.seats = seats
        self.free = seats.free.copy()
        self.left = seats.left.copy()
        self.room = seats.problem.maximum - seats.degree
        self.units: list[int] = []
        self.slots: list[int] = []
        self.taken: dict[int, int] = {}
        self.orders: dict[int, list[tuple[int, bool]]] = {}
        for later, sooner in seats.problem.after:
            self.orders.setdefault(later, []).append((sooner, True))
            self.orders.setdefault(sooner, []).append((later, False))
        self.twins = {u: group for group in seats.problem.twins for u in group}

    def take(self, u: int, s: int) -> bool:
        """Hold ``u`` in ``s`` if that is still possible; return whether it was."""
        problem = self.seats.problem
        a, b = int(problem.a[u]), int(problem.b[u])
        uses = self.seats.resources.uses[u]
        if u in self.taken or self.free[a, s] <= 0 or self.free[b, s] <= 0 or self.room[a] <= 0 or self.room[b] <= 0:
            return False
        if (self.left[uses, s] <= 0).any() or any(self.taken.get(v) == s for v in self.twins.get(u, ())):
            return False
        for v, u_is_later in self.orders.get(u, ()):
            t = self.taken.get(v)
            if t is not None and (t >= s if u_is_later else t <= s):
                return False
        self.free[[a, b], s] -= 1
        self.room[[a, b]] -= 1
        self.left[uses, s] -= 1
        self.taken[u] = s
        self.units.append(u)
        self.slots.append(s)
        return True

    def match(self, wanted: IntArray) -> None:
        """Give slots to ``wanted``: the narrowest slot first, in each a matching of greatest urgency."""
        seats = self.seats
        asked = np.isin(seats.units, wanted)
        units, slots = seats.units[asked], seats.slots[asked]
        waiting = np.isin(np.arange(seats.problem.units), wanted)
        count = np.bincount(slots, minlength=seats.problem.slots)
        for s in sorted(set(slots.tolist()), key=lambda s: (count[s], s)):
            here = units[(slots == s) & waiting[units]]
            urgency = self._urgency(waiting, units[waiting[units]], slots[waiting[units]], here)
            for k in self._matching(here, urgency, s):
                if self.take(int(here[k]), int(s)):
                    waiting[here[k]] = False
            ahead = slots != s
            units, slots = units[ahead], slots[ahead]

    def _urgency(self, waiting: BoolArray, units: IntArray, slots: IntArray, here: IntArray) -> IntArray:
        """Return how urgent ``here`` are: meetings still to place over places still open, for all that they need.

        Squares, so that one that must be placed now outweighs several that could as well wait.
        """
        problem, resources = self.seats.problem, self.seats.resources
        P, S = problem.participants, problem.slots
        rest = np.flatnonzero(waiting)
        a, b = problem.a[here], problem.b[here]
        open_to = np.zeros((P, S), dtype=np.bool_)
        open_to[problem.a[units], slots] = open_to[problem.b[units], slots] = True
        room = np.maximum((np.maximum(self.free, 0) * open_to).sum(axis=1), 1)
        pressure = problem.degrees(rest) * _SCALE // room
        own = _SCALE // np.maximum(np.bincount(units, minlength=problem.units)[here], 1)
        total: IntArray = pressure[a] ** 2 + pressure[b] ** 2 + own**2 + 1
        ahead = np.unique(slots)
        for r in range(len(self.left)):
            needed = int(resources.uses[rest, r].sum()) * _SCALE // max(int(self.left[r][ahead].sum()), 1)
            total += resources.uses[here, r] * min(needed, _SCALE) ** 2
        return total

    def _matching(self, units: IntArray, urgency: IntArray, s: int) -> list[int]:
        problem, sides = self.seats.problem, self.seats.problem.sides
        assert sides is not None
        left = np.where(sides[problem.a[units]] == 0, problem.a[units], problem.b[units])
        right = problem.a[units] + problem.b[units] - left
        P, U = problem.participants, len(units)
        lefts, rights = np.unique(left), np.unique(right)
        flow = min_cost_flow.SimpleMinCostFlow()
        tails = np.concatenate([np.full(len(lefts), P), rights, left, [P]])
        heads = np.concatenate([lefts, np.full(len(rights), P + 1), right, [P + 1]])
        caps = np.concatenate([self.free[lefts, s], self.free[rights, s], np.ones(U, dtype=np.int64), [U]])
        costs = np.concatenate([np.zeros(len(lefts) + len(rights), dtype=np.int64), -urgency, [0]])
        flow.add_arcs_with_capacity_and_unit_cost(
            tails.astype(np.int32), heads.astype(np.int32), np.maximum(caps, 0), costs
        )
        flow.set_node_supply(P, U)
        flow.set_node_supply(P + 1, -U)
        flow.solve()
        first = len(lefts) + len(rights)
        chosen = np.flatnonzero(flow.flows(np.arange(first, first + U)) > 0)
        return sorted(chosen.tolist(), key=lambda k: (-int(urgency[k]), k))

    def add_the_best(self) -> None:
        """Take what is left in the order of its worth: shortfall first, then score and coverage."""
        seats = self.seats
        problem = seats.problem
        earned = np.concatenate([problem.coverage, [0]])
        last = len(problem.coverage)
        gained = True
        while gained:
            gained = False
            degree = problem.maximum - self.room
            below = (degree < problem.minimum).astype(np.int64)
            bonus = earned[np.minimum(degree, last)]
            a, b = problem.a[seats.units], problem.b[seats.units]
            ok = (self.free[a, seats.slots] > 0) & (self.free[b, seats.slots] > 0)
            ok &= (self.room[a] > 0) & (self.room[b] > 0)
            for r in range(len(self.left)):
                ok &= ~seats.resources.uses[seats.units, r] | (self.left[r][seats.slots] > 0)
            places = np.flatnonzero(ok)
            worth = (problem.score[seats.units] + bonus[a] + bonus[b])[places]
            short = (below[a] + below[b])[places]
            for k in places[np.lexsort((places, -worth, -short))].tolist():
                gained |= self.take(int(seats.units[k]), int(seats.slots[k]))
