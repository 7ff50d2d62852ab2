"""Which requirements cannot hold together: a minimal set of them, in words.

QuickXplain (Junker, *QuickXplain: preferred explanations and relaxations for over-constrained problems*, 2004) finds
a set of which no member can be left out, with O(k log(n / k)) tests for k of n requirements; each test asks the exact
model whether the others can be met.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from scheduler.event import Event
from scheduler.problem import Problem
from scheduler.watch import Watch

# One test that is not over by then counts as "can be met": the set told is then larger, never wrong.
_EFFORT = 10.0


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing asked of the timetable; ``subject`` is a position in the event's meetings or participants."""

    kind: Literal["meeting", "slot", "session", "after", "maximum", "break_difference"]
    subject: int = 0
    pair: tuple[str, str] | None = None

    def words(self, event: Event, language: str = "en") -> str:
        """Return the requirement as a sentence in ``language`` (``fr`` or ``en``)."""
        if self.kind == "break_difference":
            most = event.rules.max_break_difference
            if language == "fr":
                return f"les nombres de pauses de deux participants diffèrent d’au plus {most}"
            return f"the numbers of breaks of any two participants differ by at most {most}"
        if self.kind == "maximum":
            participant = event.participants[self.subject]
            if language == "fr":
                return f"{participant.label} a au plus {participant.max_meetings} rendez-vous"
            return f"{participant.label} has at most {participant.max_meetings} meetings"
        rule = event.meetings[self.subject]
        one, other = (event.participant(id).label for id in rule.between)
        french = f"le rendez-vous {one} – {other}"
        english = f"the meeting {one} – {other}"
        if self.kind == "meeting":
            return f"{french} a lieu" if language == "fr" else f"{english} is held"
        if self.kind == "slot":
            return (
                f"{french} est fixé au créneau {rule.slot}" if language == "fr" else f"{english} is in slot {rule.slot}"
            )
        if self.kind == "session":
            if language == "fr":
                return f"{french} est dans la session « {rule.session} »"
            return f"{english} is in session {rule.session}"
        assert self.pair is not None
        first, second = (event.participant(id).label for id in self.pair)
        if language == "fr":
            return f"{french} vient après {first} – {second}"
        return f"{english} comes after {first} – {second}"


def conflicting_requirements(problem: Problem, watch: Watch) -> list[Requirement]:
    """Return requirements that cannot hold together, none of which can be left out.

    Without a single test to the contrary (everything timed out) all requirements are returned.
    """
    found = list(_requirements(problem.event))

    def possible(kept: Sequence[Requirement]) -> bool:
        return _possible(problem, kept, watch)

    return _quick_explain([], [], found, possible)


def impossible_alone(problem: Problem) -> list[Requirement]:
    """Return the required meetings that find no slot or table even with nothing else to hold."""
    return [Requirement("meeting", rule) for rule in problem.impossible]


def _requirements(event: Event) -> Iterable[Requirement]:
    for r, rule in enumerate(event.meetings):
        if rule.status == "required":
            yield Requirement("meeting", r)
        if rule.status != "forbidden":
            for pair in rule.after:
                yield Requirement("after", r, pair)
    for p, participant in enumerate(event.participants):
        if participant.max_meetings is not None:
            yield Requirement("maximum", p)
    if event.rules.max_break_difference is not None:
        yield Requirement("break_difference")


def _quick_explain(
    background: list[Requirement],
    added: list[Requirement],
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


def _possible(problem: Problem, kept: Sequence[Requirement], watch: Watch) -> bool:
    """Return whether a schedule respects ``kept`` and all that is no requirement (presence, tables, vetoes)."""
    event = problem.event
    rules = {requirement.subject for requirement in kept if requirement.kind == "meeting"}
    orders = {(r.subject, frozenset(r.pair)) for r in kept if r.kind == "after" and r.pair is not None}
    limited = {requirement.subject for requirement in kept if requirement.kind == "maximum"}
    breaks = any(requirement.kind == "break_difference" for requirement in kept)
    required = np.array([int(r) in rules for r in problem.rule], dtype=np.bool_) & problem.required
    after = tuple(
        (later, earlier)
        for later, earlier in problem.after
        if (int(problem.rule[later]), _pair(event, problem, earlier)) in orders
    )
    room = problem.available.sum(axis=1) * np.minimum(problem.delegates, problem.participants)
    relaxed = replace(
        problem,
        required=required,
        after=after,
        maximum=np.array([problem.maximum[p] if p in limited else room[p] for p in range(problem.participants)]),
        break_difference=problem.break_difference if breaks else None,
    )
    from scheduler.exact import ExactModel

    # Optional meetings can only help where breaks are compared: they may fill one.
    units = np.arange(problem.units) if breaks else np.flatnonzero(required)
    answer = ExactModel(relaxed, units, all_held=False).minimise(None, watch, effort=_EFFORT)
    return not answer.infeasible


def _pair(event: Event, problem: Problem, unit: int) -> frozenset[str]:
    return frozenset((event.participants[problem.a[unit]].id, event.participants[problem.b[unit]].id))
