"""Which requirements cannot hold together: a minimal set of them.

First comes a proof that concerns few meetings: by counting (``counting``), else the assumptions that the exact
model needed to refute all of them at once. QuickXplain (Junker, *QuickXplain: preferred explanations and relaxations
for over-constrained problems*, 2004) then leaves out what the conflict does not need, with O(k log(n / k)) tests for
k of n requirements; each test asks whether what is left can be met, of an event that holds nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from scheduler.feasibility.counting import contradiction
from scheduler.feasibility.requirement import about, asking, requirements_of
from scheduler.format.event import Event
from scheduler.format.requirement import Requirement
from scheduler.problem.bounded import bounded_solver
from scheduler.problem.problem import IntArray, Problem, build_problem
from scheduler.problem.watch import Watch

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

# CP-SAT's deterministic seconds for one test. One that is not over by then counts as "can be met": the set told is
# then larger, never wrong.
_EFFORT = 10.0
# The refutation of everything is first tried without preparing the model, which takes longer than most refutations.
_FIRST_EFFORT = 2.0
# Contradictions that deserve to be looked for before anything else are found with far less.
_LITTLE_EFFORT = 0.2


def conflicting_requirements(problem: Problem, watch: Watch) -> list[Requirement]:
    """Return requirements that cannot hold together, none of which can be left out.

    Where time ran out the set may hold more than it needs. Cost: tenths of a second for hundreds of requirements that
    count or order refutes; exponential at worst.
    """
    return evident_conflict(problem, watch) or _Search(problem, watch).conflict()


def evident_conflict(problem: Problem, watch: Watch) -> list[Requirement]:
    """Return a conflict that is found in some hundredths of a second, minimal as well; an empty list: none is evident.

    Cost: a maximum flow for each participant and resource with required meetings. Where most meetings are required a
    short search of the exact model as well: such events need it anyway.
    """
    if problem.impossible:
        return impossible_alone(problem)
    units = contradiction(problem)
    if units is None and 0 < problem.units <= 2 * int(problem.required.sum()):
        units = _Search(problem, watch).core(efforts=(_LITTLE_EFFORT,))
    return [] if units is None else _Search(problem, watch).least(units)


def impossible_alone(problem: Problem) -> list[Requirement]:
    """Return a required meeting that finds no slot or table even alone, with what leaves it none.

    There may be others; each is a conflict of its own.
    """
    rule, event = problem.impossible[0], problem.event
    everything = [Requirement("meeting", rule), *about(event, [rule])]
    return _quick_explain([], [], everything, lambda kept: not build_problem(asking(event, kept)).impossible)


class _Search:
    """The conflict of one problem, known to exist."""

    def __init__(self, problem: Problem, watch: Watch) -> None:
        self.problem = problem
        self.watch = watch
        self.event: Event = problem.event

    @cached_property
    def plain(self) -> bool:
        """Whether the event says all. While an announced timetable is put right the problem also says what is over."""
        return _alike(build_problem(self.event), self.problem)

    def conflict(self) -> list[Requirement]:
        """Return a minimal conflict: without the difference of breaks if that is not needed for one."""
        core = self.core()
        if core is not None:
            return self.least(core)
        if self.problem.break_difference is None:
            return self._minimal(list(requirements_of(self.event)))
        core = self.core(breaks=True)
        meetings = self._meetings(np.flatnonzero(self.problem.required) if core is None else core)
        # Whoever could have fewer breaks may be anybody: all that keeps people from meeting counts.
        others = [one for one in requirements_of(self.event) if one.kind != "meeting"]
        return self._minimal([*meetings, *others])

    def least(self, units: IntArray) -> list[Requirement]:
        """Return a minimal conflict among what is asked of ``units``, which cannot all be held."""
        meetings = self._meetings(units)
        return self._minimal([*meetings, *about(self.event, [one.subject for one in meetings])])

    def _meetings(self, units: IntArray) -> list[Requirement]:
        return [Requirement("meeting", int(rule)) for rule in self.problem.rule[units] if rule >= 0]

    def _minimal(self, candidates: list[Requirement]) -> list[Requirement]:
        if not self.plain:
            candidates = [one for one in candidates if one.kind in ("meeting", "after", "maximum", "break_difference")]
        return _quick_explain([], [], candidates, self._possible)

    def _possible(self, kept: Sequence[Requirement]) -> bool:
        """Return whether a schedule respects ``kept``, as far as the effort of one test tells."""
        breaks = any(one.kind == "break_difference" for one in kept)
        problem = build_problem(asking(self.event, kept)) if self.plain else _narrowed(self.problem, kept)
        if problem.impossible or contradiction(problem) is not None:
            return False
        # Optional meetings can only help where breaks are compared: they may fill one.
        units = np.arange(problem.units) if breaks else np.flatnonzero(problem.required)
        return not self._refuted(problem, units)

    def _refuted(self, problem: Problem, units: IntArray) -> bool:
        from ortools.sat.python import cp_model

        from scheduler.exact.model import ExactModel

        model = ExactModel(problem.widest, units, all_held=False, settled=_settled(problem)).model
        solver = bounded_solver(_EFFORT, self.watch.options.seed, self.watch.remaining())
        with self.watch.guarding(solver):
            return bool(solver.solve(model) == cp_model.INFEASIBLE)

    def core(self, *, breaks: bool = False, efforts: Sequence[float] = (_FIRST_EFFORT, _EFFORT)) -> IntArray | None:
        """Return required units that already cannot be held together; ``None`` where that was not proven.

        Their breaks are compared where ``breaks`` says so: then meetings that are not required may be held as well.
        """
        from ortools.sat.python import cp_model

        from scheduler.exact.model import ExactModel

        problem = self.problem
        asked = np.flatnonzero(problem.required & (problem.rule >= 0))
        free = problem.required.copy()
        free[asked] = False
        units = np.arange(problem.units) if breaks else np.flatnonzero(problem.required)
        relaxed = replace(problem, required=free, break_difference=problem.break_difference if breaks else None)
        exact = ExactModel(relaxed.widest, units, all_held=False, settled=_settled(problem))
        places: dict[int, list[cp_model.IntVar]] = {}
        for (u, _), literal in exact.x.items():
            places.setdefault(u, []).append(literal)
        held = {u: exact.model.new_bool_var("") for u in asked.tolist()}
        for u, literal in held.items():
            exact.model.add_bool_or(*places.get(u, []), ~literal)
        exact.model.add_assumptions(held.values())
        of_index = {literal.index: u for u, literal in held.items()}
        for effort in efforts:
            solver = bounded_solver(effort, self.watch.options.seed, self.watch.remaining())
            if effort < _EFFORT:
                solver.parameters.cp_model_presolve = False
                solver.parameters.linearization_level = 0
            with self.watch.guarding(solver):
                status = solver.solve(exact.model)
            if status == cp_model.INFEASIBLE:
                found = [of_index[index] for index in solver.sufficient_assumptions_for_infeasibility()]
                return np.array(sorted(found), dtype=np.int64)
            if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
                return None
        return None


def _settled(problem: Problem) -> list[int]:
    """Return the units that have been held already: required by no rule of the event."""
    return np.flatnonzero(problem.required & (problem.rule < 0)).tolist()


def _alike(one: Problem, other: Problem) -> bool:
    names = ("a", "b", "required", "allowed", "rule", "maximum")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def _quick_explain(
    background: list[Requirement],
    added: Collection[Requirement],
    candidates: list[Requirement],
    possible: Callable[[Sequence[Requirement]], bool],
) -> list[Requirement]:
    """Return the members of ``candidates`` in a minimal conflict with ``background``, known to exist."""
    if added and not possible(background):
        return []
    if len(candidates) <= 1:
        return candidates
    half = len(candidates) // 2
    first, second = candidates[:half], candidates[half:]
    of_second = _quick_explain(background + first, first, second, possible)
    of_first = _quick_explain(background + of_second, of_second, first, possible)
    return of_first + of_second


def _narrowed(problem: Problem, kept: Iterable[Requirement]) -> Problem:
    """Return ``problem`` with only ``kept`` asked of it, and all that is no requirement (presence, tables, vetoes)."""
    kept = list(kept)
    event = problem.event
    rules = [one.subject for one in kept if one.kind == "meeting"]
    orders = {(one.subject, frozenset(one.pair or ())) for one in kept if one.kind == "after"}
    limited = {one.subject for one in kept if one.kind == "maximum"}
    room = problem.available.sum(axis=1) * np.minimum(problem.delegates, problem.participants)

    def pair(unit: int) -> frozenset[str]:
        return frozenset((event.participants[problem.a[unit]].id, event.participants[problem.b[unit]].id))

    return replace(
        problem,
        required=problem.required & ((problem.rule < 0) | np.isin(problem.rule, rules)),
        after=tuple(
            (later, sooner) for later, sooner in problem.after if (int(problem.rule[later]), pair(sooner)) in orders
        ),
        maximum=np.array([problem.maximum[p] if p in limited else room[p] for p in range(problem.participants)]),
        break_difference=problem.break_difference if any(one.kind == "break_difference" for one in kept) else None,
    )
