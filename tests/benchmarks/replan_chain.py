"""A day on which everything happens: a chain of random disturbances, each replanned from the answer before.

Run as ``python -m tests.benchmarks.replan_chain``: fifty disturbances of the sample event, each step checked, and its
value set against a full re-solve of the rest of the day, in which announced meetings are moved and cancelled at will.
What is missing to that is the price of disturbing nobody: each step is proven best among those that disturb as few.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from scheduler.check.replan import verify_replan
from scheduler.format.event import Event, Participant, Table, event_json, parse_event
from scheduler.format.schedule import Schedule
from scheduler.problem.watch import SolveOptions
from scheduler.replan import replan
from scheduler.replanning.situation import Disturbance, Situation
from scheduler.samples.sample import sample_event
from scheduler.solve import solve

KINDS = (
    *("absent", "late", "leaver", "walk-in", "veto", "wish"),
    *("table", "facilitator", "slot cut", "slot added", "nothing"),
)
SIZES, STEPS, SHARE = (32, 22, 17, 22), 50, 0.98
OPTIONS = SolveOptions(workers=1)


@dataclass(frozen=True)
class Step:
    """One disturbance and its answer."""

    what: str
    event: Event
    announced: Schedule
    schedule: Schedule
    from_slot: str
    absent: tuple[str, ...] = ()
    late: dict[str, str] = field(default_factory=dict)
    allowed: int = 0
    seconds: float = 0.0

    @cached_property
    def faults(self) -> list[str]:
        """What the independent check finds wrong with the answer."""
        files = self.event, self.announced, self.schedule, self.from_slot
        return verify_replan(*files, absent=self.absent, late=self.late, allow_disruptions=self.allowed).faults

    @cached_property
    def resolved(self) -> Schedule:
        """The rest of the day planned anew: what is past stays, and nothing else had been announced."""
        first = self.event.slot_index[self.from_slot]
        past = [m for m in self.announced.meetings if self.event.slot_index.get(m.slot, first) < first]
        blank = self.announced.model_copy(update={"meetings": tuple(past)})
        return replan(self.event, blank, absent=self.absent, late=self.late, from_slot=self.from_slot, options=OPTIONS)

    @property
    def share(self) -> float:
        """The value as a share of that of the re-solve."""
        full = self.resolved.tier("value").value
        return self.schedule.tier("value").value / full if full else 1.0


def chain(event: Event, announced: Schedule, steps: int, seed: int, allowed: int = 0) -> Iterator[Step]:
    """Yield ``steps`` disturbances of ``event``, time passing evenly over its slots; ``allowed`` disruptions each."""
    dice, first = random.Random(seed), 0
    for k in range(steps):
        # Slots come and go at the end of the day only, so what is past keeps its place.
        first = max(first, min(k * len(event.slots) // (steps + 1), len(event.slots) - 1))
        step = _disturbed(event, announced, first, dice, k)
        begun = time.perf_counter()
        schedule = replan(
            step.event,
            announced,
            absent=step.absent,
            late=step.late,
            from_slot=step.from_slot,
            allow_disruptions=allowed,
            options=OPTIONS,
        )
        yield replace(step, schedule=schedule, allowed=allowed, seconds=time.perf_counter() - begun)
        # From now on the event itself says who is away.
        situation = Situation.of(step.event, announced, Disturbance(frozenset(step.absent), step.late, step.from_slot))
        event, announced = parse_event(event_json(situation.event)), schedule


def sample_chain(seed: int, allowed: int = 0) -> Iterator[Step]:
    """Yield the chain of the sample event and the dice of ``seed``."""
    event = sample_event(*SIZES, seed)
    return chain(event, solve(event, replace(OPTIONS, time_limit=5.0)), STEPS, seed, allowed)


def _disturbed(event: Event, announced: Schedule, first: int, dice: random.Random, k: int) -> Step:
    here = [p for p in event.participants if event.slots[-1].id not in p.unavailable]
    nothing = Step("nothing", event, announced, announced, event.slots[first].id)
    kind = dice.choice(KINDS)
    if kind in ("table", "facilitator", "slot cut", "slot added"):
        return _with_other_means(nothing, first, kind, dice)
    if not here or kind == "nothing":
        return nothing
    somebody = dice.choice(here)
    if kind == "absent":
        return replace(nothing, what=f"{somebody.id} is absent", absent=(somebody.id,))
    if kind == "late":
        slot = event.slots[dice.randrange(first, len(event.slots))].id
        return replace(nothing, what=f"{somebody.id} comes at {slot}", late={somebody.id: slot})
    if kind == "walk-in":
        guest = somebody.model_copy(update={"id": f"walk-in {k}", "name": "", "home_table": None})
        grown = _with(event, participants=(*event.participants, guest))
        return replace(nothing, what=f"a walk-in like {somebody.id}", event=grown)
    if kind == "leaver":
        rest = [slot.id for slot in event.slots[dice.randrange(first, len(event.slots)) :]]
        changed = somebody.model_copy(update={"unavailable": tuple(dict.fromkeys([*somebody.unavailable, *rest]))})
        return replace(nothing, what=f"{somebody.id} leaves at {rest[0]}", event=_changed(event, changed))
    return _minded(nothing, somebody, kind, dice)


def _with_other_means(nothing: Step, first: int, kind: str, dice: random.Random) -> Step:
    """Return the step in which a table, a facilitator or the last slot is lost, or a slot is added at the end."""
    event = nothing.event
    plain = [table for table in event.tables if not table.features]
    if kind == "table" and plain and len(event.tables) > 2:
        return _without_table(nothing, dice.choice(plain))
    if kind == "facilitator" and event.facilitators:
        gone = dice.choice(event.facilitators)
        others = tuple(helper for helper in event.facilitators if helper is not gone)
        return replace(nothing, what=f"{gone.id} goes home", event=_with(event, facilitators=others))
    last = event.slots[-1]
    if kind == "slot cut" and len(event.slots) > first + 2:
        return replace(nothing, what=f"{last.id} is cut", event=_without_last_slot(event))
    if kind == "slot added":
        end = last.end + (last.end - last.start)
        added = last.model_copy(update={"id": f"{last.id}+", "start": last.end, "end": end})
        return replace(nothing, what=f"{added.id} is added", event=_with(event, slots=(*event.slots, added)))
    return nothing


def _without_last_slot(event: Event) -> Event:
    cut = event.slots[-1].id

    def there(unavailable: tuple[str, ...]) -> dict[str, object]:
        return {"unavailable": tuple(id for id in unavailable if id != cut)}

    return _with(
        event,
        slots=event.slots[:-1],
        participants=tuple(p.model_copy(update=there(p.unavailable)) for p in event.participants),
        facilitators=tuple(f.model_copy(update=there(f.unavailable)) for f in event.facilitators),
        meetings=tuple(rule.model_copy(update={"slot": None}) if rule.slot == cut else rule for rule in event.meetings),
    )


def _without_table(nothing: Step, lost: Table) -> Step:
    event = nothing.event
    kept = tuple(table for table in event.tables if table is not lost)
    people = tuple(
        p.model_copy(update={"home_table": None}) if p.home_table == lost.id else p for p in event.participants
    )
    return replace(nothing, what=f"{lost.id} breaks", event=_with(event, tables=kept, participants=people))


def _minded(nothing: Step, somebody: Participant, kind: str, dice: random.Random) -> Step:
    """Return the step in which ``somebody`` refuses another, or wishes one of another kind."""
    event = nothing.event
    # Who is ruled to meet cannot refuse: the file would contradict itself.
    ruled = {id for rule in event.meetings if somebody.id in rule.between for id in rule.between} | {somebody.id}
    if kind == "veto":
        others = [p for p in event.participants if p.id not in ruled]
    else:
        others = [p for p in event.participants if p.kind != somebody.kind]
    if not others:
        return nothing
    other = dice.choice(others)
    if kind == "veto":
        changed = somebody.model_copy(update={"vetoes": (*somebody.vetoes, other.id)})
        return replace(nothing, what=f"{somebody.id} refuses {other.id}", event=_changed(event, changed))
    changed = somebody.model_copy(update={"wishes": tuple(dict.fromkeys([other.id, *somebody.wishes]))})
    return replace(nothing, what=f"{somebody.id} wishes {other.id}", event=_changed(event, changed))


def _changed(event: Event, participant: Participant) -> Event:
    return _with(event, participants=tuple(participant if p.id == participant.id else p for p in event.participants))


def _with(event: Event, **parts: object) -> Event:
    return Event.model_construct(**{**{name: getattr(event, name) for name in Event.model_fields}, **parts})


def main() -> int:
    """Print the chain of each seed, or a summary as JSON; return 0 where all steps are legal and worth ``SHARE``."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.replan_chain", description=__doc__)
    parser.add_argument(
        "--seeds", type=lambda text: [int(seed) for seed in text.split(",")], default=[1], metavar="N,N"
    )
    parser.add_argument("--allow-disruptions", type=int, default=0, metavar="N", help="in each step, those beyond need")
    parser.add_argument("--json", action="store_true", help="one line for each seed")
    options = parser.parse_args()
    cleared = True
    for seed in options.seeds:
        steps = []
        for step in sample_chain(seed, options.allow_disruptions):
            steps.append(step)
            if not options.json:
                print(_line(step), flush=True)
        summary = _summary(seed, steps)
        cleared &= bool(summary["worst"] >= SHARE and summary["legal"] == len(steps))
        print(json.dumps(summary) if options.json else _in_words(summary), flush=True)
    return 0 if cleared else 1


def _line(step: Step) -> str:
    disruptions = step.schedule.tier("disruptions")
    return (
        f"{step.from_slot:>4}  {step.what:<28} disruptions {disruptions.value} (least {disruptions.bound}), "
        f"{len(step.schedule.changes or ()):2} told, {step.share:.2%} of a re-solve, {step.seconds:.3f} s"
        f"{'  ILLEGAL' if step.faults else ''}"
    )


def _summary(seed: int, steps: list[Step]) -> dict[str, float]:
    shares = [step.share for step in steps]
    return {
        "seed": seed,
        "steps": len(steps),
        "legal": sum(not step.faults for step in steps),
        "fewest": sum(step.schedule.tier("disruptions").proven for step in steps),
        "proven": sum(step.schedule.tier("value").proven for step in steps),
        "worst": min(shares),
        "mean": statistics.mean(shares),
        "seconds": max(step.seconds for step in steps),
    }


def _in_words(summary: dict[str, float]) -> str:
    return (
        f"seed {summary['seed']}: {summary['legal']} of {summary['steps']} legal, {summary['fewest']} with the fewest "
        f"disruptions and {summary['proven']} with the most value beside, proven; worst {summary['worst']:.2%}, "
        f"mean {summary['mean']:.2%} of a re-solve; slowest {summary['seconds']:.2f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
