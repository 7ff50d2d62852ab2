"""A conflict of requirements in short: the numbers that tell it, where counting does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scheduler.feasibility.reason import Reason
from scheduler.feasibility.requirement import asking
from scheduler.format.event import Event
from scheduler.format.requirement import Requirement
from scheduler.problem.problem import NO_TABLE, build_problem


def summarised(requirements: Sequence[Requirement], event: Event) -> Reason | None:
    """Return the conflict of ``requirements`` as numbers that tell it; ``None`` where counting does not tell it.

    Cost: that of building the problem a few times.
    """
    if all(one.kind != "meeting" for one in requirements):
        return None
    kinds = {one.kind for one in requirements}
    rules = [event.meetings[one.subject] for one in requirements if one.kind == "meeting"]
    if kinds & {"after", "break_difference"}:
        return Reason("circle", {"meetings": len(rules)}) if _is_circle(requirements, event) else None
    if len(rules) == 1 or kinds & {"seated", "same_person", "max_in_a_row"}:
        return None
    shared = set(rules[0].between).intersection(*(rule.between for rule in rules))
    problem = build_problem(asking(event, requirements))
    open_to = np.flatnonzero(problem.allowed.any(axis=0))
    count, slots = len(rules), len(open_to)
    if "tables" in kinds or "seat" in kinds:
        seated = [problem.table_types[k] for k in set(problem.table_type.tolist()) - {NO_TABLE}]
        tables = len(set().union(*seated))
        if count <= tables * slots:
            return None
        return Reason("too_few_tables", {"meetings": count, "slots": slots, "tables": tables})
    if "facilitator" in kinds:
        free = int(problem.free_facilitators[open_to].sum())
        if count <= free:
            return None
        return Reason("too_few_facilitators", {"meetings": count, "slots": slots, "free": free})
    # A pair that is required several times shares both; whoever is told should be the one who is short of slots.
    for one in sorted((event.participant(id) for id in shared), key=lambda one: not one.unavailable):
        own = [r for r, rule in enumerate(event.meetings) if rule.status == "required" and one.id in rule.between]
        away = Requirement("away", event.participant_index[one.id])
        every = [Requirement("meeting", r) for r in own]
        others = [kept for kept in requirements if kept.kind != "meeting"]
        # All that is required of somebody says more than the few that are already too many, if they share the slots.
        for meetings in (every, requirements):
            allowed = build_problem(asking(event, [*meetings, *others])).allowed
            count, slots = sum(kept.kind == "meeting" for kept in meetings), int(allowed.any(axis=0).sum())
            if "maximum" in kinds and one.max_meetings is not None and count > one.max_meetings:
                return Reason("too_many", {"who": one.label, "meetings": count, "most": one.max_meetings})
            if count > slots * one.delegates:
                told = {"who": one.label, "meetings": count, "slots": slots, "delegates": one.delegates}
                return Reason("too_few_slots", {**told, "away": away in requirements})
    return None


def _is_circle(requirements: Sequence[Requirement], event: Event) -> bool:
    """Return whether the orders among ``requirements`` alone go round in a circle."""
    after: dict[frozenset[str], set[frozenset[str]]] = {}
    for one in requirements:
        if one.kind == "after" and one.pair is not None:
            after.setdefault(frozenset(event.meetings[one.subject].between), set()).add(frozenset(one.pair))
    left = dict(after)
    while free := [pair for pair, sooner in left.items() if not sooner & left.keys()]:
        for pair in free:
            del left[pair]
    return bool(left)
