"""An announced timetable put right after a disturbance, with nobody disturbed who need not be.

situation = the event as it now is: what is settled, what can stay, what nobody can keep
keeping   = the announced meetings that stay: all of them where counting allows, else the most    -> tier 0, proven
filling   = new meetings for open places, nobody moved who stays                                 -> tiers 1 and 2
descent   = fewer breaks by moving new meetings alone                                            -> tiers 3 and 4
reseating = announced tables stay wherever they can                                              -> tier 5
check     = every rule again, by code that shares nothing with the above
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from scheduler.format.errors import IllegalSchedule, Infeasible, NoScheduleFound
from scheduler.format.event import Event
from scheduler.format.schedule import Meeting, Schedule, Tier
from scheduler.problem.capacities import Resources, resources_of
from scheduler.problem.placement import Placement
from scheduler.problem.problem import IntArray, Problem
from scheduler.problem.watch import Progress, SolveOptions, Watch
from scheduler.problem.worth import breaks_and_idle, worth
from scheduler.replanning.changes import changes_between
from scheduler.replanning.descent import break_limit, with_fewer_breaks
from scheduler.replanning.filling import fill, limits
from scheduler.replanning.keeping import Keeping, choose_kept
from scheduler.replanning.reseating import reseat
from scheduler.replanning.situation import Disturbance, Pair, Plan, Situation
from scheduler.slotting.open import OpenPlaces
from scheduler.slotting.skeleton import without_uneven_breaks
from scheduler.tables.meetings import meetings_of

# Unit-slot pairs up to which the exact model is asked where the tables of those who stay seated matter.
_LARGEST_EXACT = 5_000
# The same where breaks are compared: at once, and where new meetings alone cannot be left out to even them out.
_LARGEST_WITH_BREAKS, _LARGEST_EXACT_WITH_BREAKS = 3_000, 10_000


def replan(
    event: Event,
    announced: Schedule,
    *,
    absent: Iterable[str] = (),
    late: Mapping[str, str] | None = None,
    from_slot: str | None = None,
    allow_disruptions: int = 0,
    pinned: Iterable[Pair] = (),
    options: SolveOptions | None = None,
    listener: Callable[[Progress], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Schedule:
    """Return the timetable of ``event`` that disturbs the fewest announced meetings, then is worth most.

    ``event`` is the event as it now is; what ``announced`` held before ``from_slot`` is kept to the letter. ``absent``
    are ids of participants who take part no more, ``late`` maps an id to the slot at which its participant arrives.
    Up to ``allow_disruptions`` announced meetings may go where that earns shortfall or value, ``pinned`` pairs never.
    The schedule has the tier ``disruptions`` before the five, and ``changes`` for exactly those whose agenda differs.

    Raises ``InvalidInput`` for ids that do not exist, ``Infeasible`` where no timetable respects all requirements,
    ``NoScheduleFound`` where time ran out first, ``IllegalSchedule`` should the check refuse the result.
    Cost: linear in the event and a flow over the open places, where nobody need be disturbed.
    """
    watch = Watch(options or SolveOptions(), listener, stop)
    disturbance = Disturbance(frozenset(absent), dict(late or {}), from_slot, tuple(pinned))
    watch.tell("situation")
    situation = Situation.of(event, announced, disturbance)
    if situation.problem.impossible:
        from scheduler.solve import refuse_impossible

        refuse_impossible(situation.problem)
    plan = _planned(situation, allow_disruptions, watch)
    watch.tell("tables")
    schedule = _schedule(situation, plan, announced, watch)
    _check(situation, schedule)
    return schedule


def _planned(situation: Situation, allowed: int, watch: Watch) -> Plan:
    problem = situation.problem
    resources = resources_of(problem, np.arange(problem.units))
    small = problem.any_table is not None and problem.widest.allowed.sum() <= _LARGEST_EXACT
    small = small or (problem.break_difference is not None and problem.allowed.sum() <= _LARGEST_WITH_BREAKS)
    plan = None if resources is None or small else _evened(situation, _by_places(situation, resources, allowed, watch))
    if plan is None:
        from scheduler.replanning.exactly import planned_exactly

        return planned_exactly(situation, allowed, watch)
    return plan if problem.any_table is None else _with_widest_limits(situation, plan, watch)


def _evened(situation: Situation, plan: Plan) -> Plan | None:
    """Return ``plan`` without the meetings that make breaks differ too much, new ones rather than announced ones.

    ``None`` where the exact model is small enough to say better which announced ones must go.
    """
    problem = situation.problem
    fixed = problem.required.copy()
    fixed[situation.settled.units] = True
    kept = fixed.copy()
    kept[situation.keepable.units] = True
    placement = without_uneven_breaks(problem, plan.placement, kept)
    if placement is None and problem.allowed.sum() > _LARGEST_EXACT_WITH_BREAKS:
        placement = without_uneven_breaks(problem, plan.placement, fixed)
    if placement is None:
        return None
    return replace(plan, placement=placement, disruptions=situation.disruptions(placement))


def _by_places(situation: Situation, resources: Resources, allowed: int, watch: Watch) -> Plan:
    problem = situation.problem
    watch.tell("keeping")
    if not allowed:
        plan = _with_all_kept(situation, resources, watch)
        if plan is not None:
            return plan
    apart = OpenPlaces.beside(problem, resources, situation.settled, situation.first)
    keeping = choose_kept(situation, apart, allowed, watch)
    if keeping is None:
        _refuse(problem, watch)
    assert keeping is not None
    return _with_some_kept(situation, apart, keeping, watch)


def _with_all_kept(situation: Situation, resources: Resources, watch: Watch) -> Plan | None:
    """Return the plan in which all stays that can stay by itself; ``None`` where that is not possible together."""
    problem, settled, kept = situation.problem, situation.settled, situation.keepable
    held = kept.with_more(settled.units, settled.slots)
    open_places = OpenPlaces.beside(problem, resources, held, situation.first)
    if not open_places.fits:
        return None
    watch.tell("filling")
    filling = fill(open_places, watch)
    if filling is None:
        return None
    slots = with_fewer_breaks(open_places, filling.units, filling.slots, watch)
    return Plan(
        placement=open_places.with_meetings(filling.units, slots),
        disruptions=situation.lost,
        least=situation.lost,
        shortfall_bound=0 if filling.avoided is None else problem.shortfall_of(held.units) - filling.avoided,
        value_bound=None if filling.worth is None else problem.value_of(held.units) + filling.worth,
        breaks_bound=break_limit(open_places),
    )


def _with_some_kept(situation: Situation, apart: OpenPlaces, keeping: Keeping, watch: Watch) -> Plan:
    """Return the plan in which the announced meetings of ``keeping`` stay; limits hold whichever others had."""
    problem, filling, stays = situation.problem, keeping.filling, keeping.stays
    open_places = apart.with_held(Placement(filling.units, filling.slots).only(stays))
    slots = with_fewer_breaks(open_places, filling.units[~stays], filling.slots[~stays], watch)
    placement = open_places.with_meetings(filling.units[~stays], slots)
    settled = situation.settled.units
    shortfall_bound = 0 if filling.avoided is None else max(0, problem.shortfall_of(settled) - filling.avoided)
    same = problem.shortfall_of(placement.units) == shortfall_bound
    return Plan(
        placement=placement,
        disruptions=situation.disruptions(placement),
        least=keeping.least,
        shortfall_bound=shortfall_bound,
        value_bound=problem.value_of(settled) + filling.worth if filling.worth is not None and same else None,
        breaks_bound=break_limit(apart.with_held(keeping.certain)),
    )


def _with_widest_limits(situation: Situation, plan: Plan, watch: Watch) -> Plan:
    """Return ``plan`` with limits that hold whatever tables those who stay seated get."""
    problem, kept, settled = situation.problem.widest, situation.keepable, situation.settled
    resources = resources_of(problem, np.arange(problem.units))
    unknown = replace(plan, least=situation.lost, shortfall_bound=0, value_bound=None, breaks_bound=0)
    if resources is None:
        return unknown
    open_places = OpenPlaces.beside(problem, resources, settled, situation.first)
    reach: tuple[int | None, int | None] | None = None
    breaks = 0
    if plan.disruptions == situation.lost:
        # Whatever disturbs as few keeps all that can stay.
        open_places = open_places.with_held(kept)
        filling = fill(open_places, watch) if open_places.fits else None
        reach = None if filling is None else (filling.avoided, filling.worth)
        breaks = break_limit(open_places)
    reach = reach or limits(open_places)
    if reach is None or reach[0] is None:
        return replace(unknown, breaks_bound=breaks)
    held = open_places.held.units
    shortfall = max(0, problem.shortfall_of(held) - reach[0])
    same = problem.shortfall_of(plan.placement.units) == shortfall
    value = problem.value_of(held) + reach[1] if same and reach[1] is not None else None
    return replace(unknown, shortfall_bound=shortfall, value_bound=value, breaks_bound=breaks)


def _refuse(problem: Problem, watch: Watch) -> None:
    """Say why there is no timetable: the requirements that cannot hold together, or the time that was over."""
    if watch.over():
        raise NoScheduleFound()
    from scheduler.feasibility.conflict import conflicting_requirements

    raise Infeasible(problem.event, conflicting_requirements(problem, watch))


def _schedule(situation: Situation, plan: Plan, announced: Schedule, watch: Watch) -> Schedule:
    """Return the plan with tables, told in ids, together with what is settled."""
    problem, placement = situation.problem, plan.placement
    coming = placement.only(~np.isin(placement.units, situation.settled.units))
    before = {int(u): meeting for u, meeting in zip(situation.keepable.units, situation.meetings, strict=True)}
    kept = [before.get(u) for u in coming.units.tolist()]
    seating = reseat(problem, coming, *_announced_places(situation, kept))
    meetings = (*situation.past, *meetings_of(problem, coming, seating, kept))
    order = situation.event.slot_index
    meetings = tuple(sorted(meetings, key=lambda meeting: order[meeting.slot]))
    shortfall, value, _, _ = worth(problem, placement)
    breaks, idle = (int(counts.sum()) for counts in breaks_and_idle(problem, placement))
    moves = _table_moves(situation.event, meetings)
    tiers = (
        Tier(name="disruptions", value=plan.disruptions, bound=plan.least),
        Tier(name="shortfall", value=shortfall, bound=plan.shortfall_bound),
        Tier(name="value", value=value, bound=plan.value_bound),
        Tier(name="breaks", value=breaks, bound=plan.breaks_bound),
        Tier(name="idle_slots", value=idle, bound=breaks),
        Tier(name="table_moves", value=moves, bound=0 if moves == 0 else None),
    )
    return Schedule(
        status="optimal" if all(tier.proven for tier in tiers[:4]) else "feasible",
        meetings=meetings,
        tiers=tiers,
        seconds=round(watch.seconds, 3),
        changes=changes_between(announced.meetings, meetings),
    )


def _announced_places(situation: Situation, kept: Sequence[Meeting | None]) -> tuple[IntArray, IntArray]:
    """Return the announced tables and facilitators by position, -1 where there was none or it is gone."""
    tables = situation.event.table_index
    helpers = {helper.id: f for f, helper in enumerate(situation.event.facilitators)}
    return (
        np.array([-1 if m is None else tables.get(m.table or "", -1) for m in kept], dtype=np.int64),
        np.array([-1 if m is None else helpers.get(m.facilitator or "", -1) for m in kept], dtype=np.int64),
    )


def _table_moves(event: Event, meetings: Sequence[Meeting]) -> int:
    """Return tier 5 of ``meetings``, which stand in the order of slots."""
    index, day = event.participant_index, {slot.id: slot.start.date() for slot in event.slots}
    agendas: dict[tuple[str, object], list[str | None]] = {}
    for meeting in meetings:
        if not meeting.pair <= index.keys() or any(event.participant(id).remote for id in meeting.between):
            continue
        for id in meeting.between:
            if event.participant(id).delegates == 1:
                agendas.setdefault((id, day[meeting.slot]), []).append(meeting.table)
    return sum(one != other for tables in agendas.values() for one, other in pairwise(tables))


def _check(situation: Situation, schedule: Schedule) -> None:
    """Raise ``IllegalSchedule`` where the independent check finds a fault in what is not settled."""
    from scheduler.check.schedule import Timetable
    from scheduler.check.tiers import tier_faults

    timetable = Timetable(situation.event, schedule.meetings, settled=frozenset(range(situation.first)))
    faults = [*timetable.faults(), *timetable.score_faults(), *tier_faults(timetable.tiers(), schedule)]
    if faults:
        raise IllegalSchedule("; ".join(faults))
