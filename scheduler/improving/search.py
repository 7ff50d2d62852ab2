"""Large neighbourhoods in turn until an aim is reached: which part to free, how large, and what to keep.

A part is chosen around a trouble, as the aim names it: some slots with all that is held there, or some participants
with their whole agendas. Parts that are solved quickly grow, parts that are not shrink (Shaw 1998; Ropke and Pisinger,
*An adaptive large neighborhood search heuristic for the pickup and delivery problem with time windows*, 2006).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from scheduler.improving.aims import Aim, Trouble
from scheduler.improving.part import Part, PartModel
from scheduler.problem.capacities import Resources, resources_of
from scheduler.problem.incumbent import Incumbent
from scheduler.problem.parameters import EFFORTS, PARTS, SHARES
from scheduler.problem.placement import Placement
from scheduler.problem.problem import BoolArray, IntArray, Problem
from scheduler.problem.watch import Watch
from scheduler.tables.staying import stands, with_tables_for


@dataclass
class Width:
    """How many slots (or participants) a part of one kind frees: more after a proof, fewer after none."""

    now: float
    least: int
    most: int

    def learn(self, proven: bool) -> None:
        self.now = min(self.now * 1.15, float(self.most)) if proven else max(self.now * 0.8, float(self.least))


@dataclass
class Improving:
    """The search for what ``aim`` asks for, from the best of ``incumbent``, which must have one."""

    problem: Problem
    resources: Resources
    incumbent: Incumbent
    aim: Aim
    watch: Watch
    # Parts in a row without any gain after which the search is tired.
    patience: int = PARTS.patience
    moot: Callable[[], bool] = lambda: False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _vain: int = 0

    def __post_init__(self) -> None:
        best = self.incumbent.best
        assert best is not None, "a legal timetable comes first"
        # Tables of the seated that another part of the search has chosen may be others.
        standing = with_tables_for(self.problem, best)
        self._stuck = standing is None
        if standing is not None and standing is not self.problem:
            self.problem = standing
            self.resources = resources_of(standing, np.arange(standing.units)) or self.resources
        self._current = best
        self._gained = self.watch.seconds

    def run(self, number: int | None = None) -> None:
        """Improve until the aim is reached, the search is tired or moot, or the watch is over.

        ``number`` says which of several searches this is; ``None``: it has all workers for itself.

        With one worker the result depends on the seed alone where no time limit is reached. Cost: tenths of a second
        a part.
        """
        workers = min(2, self.watch.options.workers)
        if number is not None or workers == 1:
            self._improve(number or 0)
            return
        with ThreadPoolExecutor(workers) as pool:
            for done in [pool.submit(self._improve, number) for number in range(workers)]:
                done.result()

    @property
    def _over(self) -> bool:
        return self._stuck or self.aim.lacks(self._current) <= 0 or self._tired or self.watch.over() or self.moot()

    @property
    def _tired(self) -> bool:
        limit = self.watch.options.asked_limit
        too_long = limit is not None and self.watch.seconds - self._gained > SHARES.tired * limit
        return self._vain >= self.patience or too_long

    def _improve(self, number: int) -> None:
        random = np.random.default_rng([self.watch.options.seed, number])
        slots = Width(*PARTS.slots, self.problem.slots)
        people = Width(*PARTS.people, PARTS.most_people)
        turn = number
        while not self._over:
            turn += 1
            base = self._latest()
            trouble = self.aim.trouble(base, random)
            width = people if turn % 3 == 0 else slots
            choose = self._people if width is people else self._slots
            model = PartModel(self.problem, self.resources, base, choose(base, trouble, int(width.now), random))
            self.aim.put(model)
            outcome = model.solve(self.watch, EFFORTS.part, int(random.integers(2**30)))
            width.learn(outcome.proven)
            self._take(base, outcome.placement)

    def _latest(self) -> Placement:
        """Return where the search stands; what somebody else has found meanwhile, where that is better."""
        best = self.incumbent.best
        with self._lock:
            better = best is not None and self.aim.lacks(best) < self.aim.lacks(self._current)
            if best is not None and better and stands(self.problem, best):
                self._current, self._vain = best, 0
            return self._current

    def _take(self, base: Placement, found: Placement | None) -> None:
        """Go on from ``found`` where it is no worse than where the search stands; notice a gain."""
        gained = found is not None and self.aim.lacks(found) < self.aim.lacks(base)
        self.incumbent.offer(found)
        with self._lock:
            self._vain = 0 if gained else self._vain + 1
            if gained:
                self._gained = self.watch.seconds
            if found is None:
                return
            here, there = self.aim.lacks(self._current), self.aim.lacks(found)
            # Sideways only from where it stands: another thread may have gone on meanwhile.
            if there < here or (there == here and self._current is base):
                self._current = found

    # Which part

    def _slots(self, base: Placement, trouble: Trouble, width: int, random: np.random.Generator) -> Part:
        """Free some slots, those of the trouble among them, and of what is held there the nearest to it."""
        problem = self.problem
        chosen = np.zeros(problem.slots, dtype=np.bool_)
        width = min(width, problem.slots)
        if not len(trouble.slots) or random.random() < PARTS.anywhere:
            first = int(random.integers(problem.slots))
            chosen[(first + np.arange(width)) % problem.slots] = True
        else:
            chosen[random.choice(trouble.slots, min(max(1, width - 1), len(trouble.slots)), replace=False)] = True
            others = np.flatnonzero(~chosen)
            chosen[random.choice(others, min(width - int(chosen.sum()), len(others)), replace=False)] = True
        inside = base.units[chosen[base.slots]]
        freed = _marked(problem.units, self._nearest(inside, trouble.people, random))
        near = np.asarray(problem.allowed[:, chosen].any(axis=1), dtype=np.bool_)
        if len(inside) > self.aim.most_freed:
            people = _marked(problem.participants, np.concatenate([trouble.people, _ends(problem, freed)]))
            near = near & people[problem.a] & people[problem.b]
        return Part(freed, self._likely(near, base), chosen)

    def _people(self, base: Placement, trouble: Trouble, width: int, random: np.random.Generator) -> Part:
        """Free the agendas of some participants: those of the trouble, then of those whom they meet or could meet."""
        problem = self.problem
        held = _marked(problem.units, base.units)
        near = held | self.aim.possible(base)
        chosen = set(trouble.people.tolist()) or {int(random.integers(problem.participants))}
        while len(chosen) < min(width, problem.participants):
            p = int(random.choice(sorted(chosen)))
            own = problem.units_of[p][near[problem.units_of[p]]]
            if not len(own) or random.random() < PARTS.anywhere:
                chosen.add(int(random.integers(problem.participants)))
            else:
                u = int(random.choice(own))
                chosen.add(int(problem.a[u] + problem.b[u] - p))
        people = _marked(problem.participants, np.array(sorted(chosen)))
        touched: BoolArray = people[problem.a] | people[problem.b]
        return Part(held & touched, self._likely(touched, base), np.ones(problem.slots, dtype=np.bool_))

    def _nearest(self, units: IntArray, start: IntArray, random: np.random.Generator) -> IntArray:
        """Return ``units`` where they are few, else those that hang together with the participants ``start``."""
        if len(units) <= self.aim.most_freed:
            return units
        problem = self.problem
        people = _marked(problem.participants, start)
        chosen = np.zeros(len(units), dtype=np.bool_)
        while chosen.sum() < self.aim.most_freed:
            more = np.flatnonzero(~chosen & (people[problem.a[units]] | people[problem.b[units]]))
            if not len(more):
                # What hangs together is exhausted: go on from somewhere else.
                people[problem.a[units[int(random.choice(np.flatnonzero(~chosen)))]]] = True
                continue
            fitting = more[: self.aim.most_freed - int(chosen.sum())]
            chosen[fitting] = True
            people[problem.a[units[fitting]]] = people[problem.b[units[fitting]]] = True
        return units[chosen]

    def _likely(self, near: BoolArray, base: Placement) -> BoolArray:
        """Return those of ``near`` bool [U] that a better timetable could hold, the likeliest where they are many."""
        near = near & self.aim.possible(base)
        near[base.units] = False
        found = np.flatnonzero(near)
        if len(found) > PARTS.candidates:
            found = found[np.argsort(self.aim.unlikely[found], kind="stable")[: PARTS.candidates]]
        return _marked(self.problem.units, found)


def _marked(count: int, positions: IntArray) -> BoolArray:
    found = np.zeros(count, dtype=np.bool_)
    found[positions] = True
    return found


def _ends(problem: Problem, units: BoolArray) -> IntArray:
    return np.concatenate([problem.a[units], problem.b[units]])
