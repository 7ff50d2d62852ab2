"""A day on which everything happens: a chain of random disturbances, each replanned from the answer before.

Run as ``python -m tests.benchmarks.replan_chain``: fifty disturbances of the sample event, each step checked, and its
value set against a proven limit on what planning the rest of the day anew could give.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from scheduler.event import Event, Participant, event_json, parse_event
from scheduler.replan import replan
from scheduler.replanning.filling import limits
from scheduler.replanning.situation import Disturbance, Situation
from scheduler.resources import resources_of
from scheduler.sample import sample_event
from scheduler.schedule import Schedule
from scheduler.seats import Seats
from scheduler.solve import solve
from scheduler.verify_replan import verify_replan
from scheduler.watch import SolveOptions

OPTIONS = SolveOptions(workers=1)


@dataclass(frozen=True)
class Step:
    """One disturbance and its answer; ``limit`` is what no plan for the rest of the day could exceed."""

    what: str
    event: Event
    announced: Schedule
    schedule: Schedule
    from_slot: str
    absent: tuple[str, ...] = ()
    late: dict[str, str] = field(default_factory=dict)
    limit: int | None = None
    seconds: float = 0.0

    @property
    def faults(self) -> list[str]:
        return verify_replan(
            self.event, self.announced, self.schedule, self.from_slot, absent=self.absent, late=self.late
        ).faults


def chain(event: Event, announced: Schedule, steps: int, seed: int) -> Iterator[Step]:
    """Yield ``steps`` disturbances of ``event``, time passing evenly over its slots."""
    dice = random.Random(seed)
    for k in range(steps):
        first = min(k * len(event.slots) // (steps + 1), len(event.slots) - 1)
        step = _disturbed(event, announced, first, dice, k)
        begun = time.perf_counter()
        schedule = replan(
            step.event, announced, absent=step.absent, late=step.late, from_slot=step.from_slot, options=OPTIONS
        )
        seconds = time.perf_counter() - begun
        yield replace(step, schedule=schedule, seconds=seconds, limit=_limit(step))
        # From now on the event itself says who is away.
        situation = Situation.of(step.event, announced, _disturbance(step))
        event, announced = parse_event(event_json(situation.event)), schedule


def _disturbance(step: Step) -> Disturbance:
    return Disturbance(frozenset(step.absent), step.late, step.from_slot)


def _limit(step: Step) -> int | None:
    """Return a proven limit on the value of any plan for the rest of the day, announced meetings moved at will."""
    situation = Situation.of(step.event, step.announced, _disturbance(step))
    problem = situation.problem
    resources = resources_of(problem, np.arange(problem.units))
    if resources is None:
        return None
    seats = Seats.beside(problem, resources, situation.settled, situation.first)
    found = limits(seats)
    return None if found is None else problem.value_of(situation.settled.units) + found[1]


def _disturbed(event: Event, announced: Schedule, first: int, dice: random.Random, k: int) -> Step:
    here = [p for p in event.participants if event.slots[-1].id not in p.unavailable]
    blank = Step("", event, announced, announced, event.slots[first].id)
    kind = dice.choice(["absent", "late", "walk-in", "table", "veto", "wish", "leaver", "nothing"])
    somebody = dice.choice(here)
    if kind == "absent":
        return replace(blank, what=f"{somebody.id} is absent", absent=(somebody.id,))
    if kind == "late":
        slot = event.slots[dice.randrange(first, len(event.slots))].id
        return replace(blank, what=f"{somebody.id} comes at {slot}", late={somebody.id: slot})
    if kind == "walk-in":
        guest = somebody.model_copy(update={"id": f"walk-in {k}", "name": "", "home_table": None})
        grown = _with(event, participants=(*event.participants, guest))
        return replace(blank, what=f"a walk-in like {somebody.id}", event=grown)
    if kind == "table" and len(event.tables) > 2:
        lost = dice.choice([t for t in event.tables if not t.features])
        kept = tuple(table for table in event.tables if table is not lost)
        people = tuple(
            p.model_copy(update={"home_table": None}) if p.home_table == lost.id else p for p in event.participants
        )
        return replace(blank, what=f"{lost.id} breaks", event=_with(event, tables=kept, participants=people))
    if kind == "veto":
        ruled = {frozenset(rule.between) for rule in event.meetings}
        other = dice.choice([p for p in event.participants if frozenset((p.id, somebody.id)) not in ruled | {somebody}])
        if other.id == somebody.id:
            return replace(blank, what="nothing")
        changed = somebody.model_copy(update={"vetoes": tuple({*somebody.vetoes, other.id})})
        return replace(blank, what=f"{somebody.id} refuses {other.id}", event=_changed(event, changed))
    if kind == "wish":
        other = dice.choice([p for p in event.participants if p.kind != somebody.kind])
        changed = somebody.model_copy(update={"wishes": tuple(dict.fromkeys([other.id, *somebody.wishes]))})
        return replace(blank, what=f"{somebody.id} wishes {other.id}", event=_changed(event, changed))
    if kind == "leaver":
        rest = [slot.id for slot in event.slots[dice.randrange(first, len(event.slots)) :]]
        changed = somebody.model_copy(update={"unavailable": tuple(dict.fromkeys([*somebody.unavailable, *rest]))})
        return replace(blank, what=f"{somebody.id} leaves at {rest[0]}", event=_changed(event, changed))
    return replace(blank, what="nothing")


def _changed(event: Event, participant: Participant) -> Event:
    return _with(event, participants=tuple(participant if p.id == participant.id else p for p in event.participants))


def _with(event: Event, **parts: object) -> Event:
    return Event.model_construct(**{**{name: getattr(event, name) for name in Event.model_fields}, **parts})


def main() -> int:
    """Print the chain, and return 0 where every step is legal and worth 98 % of the limit."""
    event = sample_event(32, 22, 17, 22, 1)
    steps = list(chain(event, solve(event, replace(OPTIONS, time_limit=5.0)), 50, seed=1))
    shares = []
    for step in steps:
        value, disruptions = step.schedule.tier("value").value, step.schedule.tier("disruptions")
        share = 1.0 if not step.limit else value / step.limit
        shares.append(share)
        told = len(step.schedule.changes or ())
        print(
            f"{step.from_slot:>4}  {step.what:<28} disruptions {disruptions.value} (least {disruptions.bound}), "
            f"{told:2} told, {share:.2%} of the limit, {step.seconds:.3f} s{'  ILLEGAL' if step.faults else ''}"
        )
    print(f"worst {min(shares):.2%}, mean {statistics.mean(shares):.2%} of what planning anew could give at most")
    return 0 if min(shares) >= 0.98 and not any(step.faults for step in steps) else 1


if __name__ == "__main__":
    sys.exit(main())
