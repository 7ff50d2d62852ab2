"""Replanning against exhaustive search: the past to the letter, the fewest disruptions, then shortfall and value."""

from collections import Counter
from itertools import islice

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from scheduler.check.replan import verify_replan
from scheduler.format.errors import Infeasible
from scheduler.format.event import Event
from scheduler.format.schedule import Meeting, Schedule
from scheduler.problem.watch import SolveOptions
from scheduler.replan import replan
from tests.properties.brute_force import Exhaustive, Plan
from tests.properties.strategies import events

OPTIONS = SolveOptions(time_limit=20.0, workers=1, seed=1)
SMALL = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
MOST_PLANS = 20_000


def disturbed(case: Event, away: dict[str, set[str]], without_table: bool, without_helper: bool) -> Event:
    """The event on the day: who is away when, their requirements lapsed, perhaps the last table or helper lost."""
    parts = {name: getattr(case, name) for name in Event.model_fields}
    parts["participants"] = tuple(
        p.model_copy(update={"unavailable": tuple({*p.unavailable, *away.get(p.id, ())})}) for p in case.participants
    )
    parts["meetings"] = tuple(
        rule.model_copy(update={"status": "allowed"})
        if rule.status == "required" and not away.keys().isdisjoint(rule.between)
        else rule
        for rule in case.meetings
    )
    parts["tables"] = case.tables[:-1] if without_table else case.tables
    parts["facilitators"] = case.facilitators[:-1] if without_helper else case.facilitators
    return Event(**parts)


def can_lose_a_table(case: Event) -> bool:
    """Whether the event without its last table is still one: nobody's home, no feature required, a table for each."""
    left = {feature for table in case.tables[:-1] for feature in table.features}
    seated = [p for p in case.participants if p.kind in case.rules.seated and not p.remote]
    return len(case.tables) > max(1, len(seated)) and all(
        p.home_table != case.tables[-1].id and left.issuperset(p.requires) for p in case.participants
    )


@st.composite
def announcements(draw: st.DrawFn, case: Event) -> Schedule:
    """Some legal schedule of ``case``, good or bad."""
    exhaustive = Exhaustive(case)
    plans = [plan for same in exhaustive.plans.values() for plan in same]
    assume(plans)
    plan = draw(st.sampled_from(plans))
    # The first few ways to seat it differ in the last slots; that is enough.
    seating_of = draw(st.sampled_from(list(islice(exhaustive.seatings(plan), 50))))
    meetings = []
    for s, slot in enumerate(case.slots):
        seating = seating_of[s]
        helpers = [helper.id for helper in case.facilitators if slot.id not in helper.unavailable]
        meetings += [
            Meeting(
                between=(unit.a.id, unit.b.id),
                slot=slot.id,
                table=seating.get(unit.pair),
                facilitator=helpers.pop() if unit.helped else None,
                score=unit.score,
            )
            for unit in exhaustive.held(plan, s)
        ]
    return Schedule(status="feasible", meetings=tuple(meetings), tiers=(), seconds=0.0)


def can_stay_seated(exhaustive: Exhaustive, plan: Plan, announced: Schedule, first: int) -> bool:
    """Whether ``plan`` finds tables, those of the announced slots before ``first`` being what they were."""
    if not first or not exhaustive.event.rules.seated:
        return True
    names = [slot.id for slot in exhaustive.event.slots]
    before = [{m.pair: m.table for m in announced.meetings if m.slot == name and m.table} for name in names[:first]]
    return any(list(seating[:first]) == before for seating in exhaustive.seatings(plan))


def chosen_by(exhaustive: Exhaustive, plan: Plan) -> set[tuple[frozenset[str], int]]:
    return {(unit.pair, slot) for unit, slot in zip(exhaustive.units, plan, strict=True) if slot is not None}


def places(case: Event, meetings: tuple[Meeting, ...]) -> set[tuple[frozenset[str], int]]:
    return {(meeting.pair, case.slot_index[meeting.slot]) for meeting in meetings}


@SMALL
@given(events(people=4, slots=3, room=True), st.data())
def test_replan_agrees_with_exhaustive_search(case: Event, data: st.DataObject):
    assume(Exhaustive(case).size <= MOST_PLANS)
    announced = data.draw(announcements(case), label="announced")
    first = data.draw(st.integers(0, len(case.slots) - 1), label="first")
    ids = [p.id for p in case.participants]
    absent = data.draw(st.sampled_from([None, *ids]), label="absent")
    late = data.draw(st.sampled_from([None, *(id for id in ids if id != absent)]), label="late")
    until = data.draw(st.integers(first, len(case.slots) - 1), label="until")
    names = [slot.id for slot in case.slots]
    away = {id: set(slots) for id, slots in ((absent, names[first:]), (late, names[first:until])) if id}
    # With the past judged by other tables or helpers than it had, exhaustive search would refuse it.
    without_table = first == 0 and can_lose_a_table(case) and data.draw(st.booleans(), label="without table")
    without_helper = first == 0 and bool(case.facilitators) and data.draw(st.booleans(), label="without helper")
    allowed = data.draw(st.integers(0, 2), label="allowed")
    # Only required pairs are listed several times, and those of the absent lapse.
    pairs = Counter(frozenset(rule.between) for rule in case.meetings)
    assume(all(times == 1 or away.keys().isdisjoint(pair) for pair, times in pairs.items()))
    now = disturbed(case, away, without_table, without_helper)
    present = now.model_copy(update={"participants": case.participants})
    exhaustive = Exhaustive(now)
    before = places(case, announced.meetings)
    past = {(pair, slot) for pair, slot in before if slot < first}
    counted = {(pair, slot) for pair, slot in before - past if absent not in pair}
    options, breaks_of = [], []
    for (shortfall, value, breaks, _), plans in exhaustive.plans.items():
        for plan in plans:
            chosen = chosen_by(exhaustive, plan)
            if {(pair, slot) for pair, slot in chosen if slot < first} == past and can_stay_seated(
                exhaustive, plan, announced, first
            ):
                options.append((len(counted - chosen), shortfall, -value))
                breaks_of.append((*options[-1], breaks))
    try:
        schedule: Schedule | None = replan(
            present,
            announced,
            absent=[absent] if absent else [],
            late={late: names[until]} if late else {},
            from_slot=names[first],
            allow_disruptions=allowed,
            options=OPTIONS,
        )
    except Infeasible:
        schedule = None

    event("infeasible" if schedule is None else schedule.status)
    if schedule is None:
        assert not options
        return
    disruptions, shortfall, value, *_ = (tier.value for tier in schedule.tiers)
    least = min(options)[0]
    best = min((short, negative) for lost, short, negative in options if lost <= max(least, allowed))
    assert disruptions <= max(least, allowed)
    assert disruptions == len(counted - places(case, schedule.meetings))
    assert (shortfall, -value) == best
    assert disruptions == min(lost for lost, *worth in options if tuple(worth) == best)
    assert {m for m in schedule.meetings if case.slot_index[m.slot] < first} == {
        m for m in announced.meetings if case.slot_index[m.slot] < first
    }
    report = verify_replan(
        present,
        announced,
        schedule,
        names[first],
        absent=[absent] if absent else [],
        late={late: names[until]} if late else {},
        allow_disruptions=allowed,
    )
    assert not report.faults
    bounds = [tier.bound for tier in schedule.tiers]
    assert bounds[0] == least
    assert bounds[1] is not None and bounds[1] <= shortfall
    assert bounds[2] is None or bounds[2] >= value
    # A bound holds given the tiers before.
    assert bounds[3] is not None
    assert bounds[3] <= min(breaks for *tiers, breaks in breaks_of if tuple(tiers) == (disruptions, *best))
