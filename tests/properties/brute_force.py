"""Exhaustive search over the schedules of a tiny event: what is truly possible, to hold the solver against.

Written from the format like the check is, but the other way round: schedules are built here, never judged.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise, product

from scheduler.format.event import Event, MeetingRule, Participant, Weights

Worth = tuple[int, int, int, int]
# A schedule without tables: for each unit the position of its slot, or None where it is not held.
Plan = tuple[int | None, ...]
# For a participant and a day the table at which it stays.
Stays = dict[tuple[str, date], str]


@dataclass(frozen=True)
class Unit:
    """One meeting that may be held; ``rule`` is the entry that it comes from."""

    a: Participant
    b: Participant
    score: int
    rule: MeetingRule | None

    @property
    def pair(self) -> frozenset[str]:
        return frozenset((self.a.id, self.b.id))

    @property
    def required(self) -> bool:
        return self.rule is not None and self.rule.status == "required"

    @property
    def on_site(self) -> bool:
        return not self.a.remote and not self.b.remote

    @property
    def helped(self) -> bool:
        return self.a.needs_facilitator or self.b.needs_facilitator


class Exhaustive:
    """All schedules of one event."""

    def __init__(self, event: Event) -> None:
        self.event = event
        self.days = [slot.start.date() for slot in event.slots]
        self.units = list(self._units())

    @property
    def size(self) -> int:
        """How many plans there are at most."""
        total = 1
        for unit in self.units:
            total *= len(self._slots(unit)) + (not unit.required)
        return total

    @cached_property
    def plans(self) -> dict[Worth, list[Plan]]:
        """The plans that respect every rule, by their first four tiers. Empty: the event has no schedule."""
        found: dict[Worth, list[Plan]] = {}
        choices = [[*self._slots(unit), *([] if unit.required else [None])] for unit in self.units]
        for plan in self._grown(choices, ()):
            if self._legal(plan):
                found.setdefault(self._worth(plan), []).append(plan)
        return found

    def fewest_moves(self, worth: Worth) -> int:
        """The least table moves of the schedules whose first four tiers are ``worth``."""
        return min(self._fewest_moves(plan) for plan in self.plans[worth])

    # Which meetings there are

    def _units(self) -> Iterator[Unit]:
        people, event = self.event.participants, self.event
        kinds = {frozenset(pair) for pair in event.may_meet}
        given = {frozenset(affinity.between): affinity.score for affinity in event.affinities or ()}
        for i, a in enumerate(people):
            for b in people[i + 1 :]:
                pair = frozenset((a.id, b.id))
                rules = [rule for rule in event.meetings if frozenset(rule.between) == pair]
                score = given.get(pair, 0) if event.affinities is not None else formula(a, b, event.rules.weights)
                worthwhile = pair in given if event.affinities is not None else score > 0
                refused = b.id in a.vetoes or a.id in b.vetoes
                for rule in rules:
                    # A required meeting against a veto stays, without a slot: there is no schedule then.
                    if rule.status == "required" or (rule.status == "allowed" and not refused):
                        yield Unit(a, b, score, rule)
                if not rules and worthwhile and not refused and frozenset((a.kind, b.kind)) in kinds:
                    yield Unit(a, b, score, None)

    def _slots(self, unit: Unit) -> list[int]:
        if unit.b.id in unit.a.vetoes or unit.a.id in unit.b.vetoes:
            return []
        return [
            s
            for s, slot in enumerate(self.event.slots)
            if slot.id not in unit.a.unavailable
            and slot.id not in unit.b.unavailable
            and (unit.rule is None or unit.rule.slot in (None, slot.id))
            and (unit.rule is None or unit.rule.session in (None, slot.session))
        ]

    # Which schedules

    def _grown(self, choices: Sequence[Sequence[int | None]], plan: Plan) -> Iterator[Plan]:
        if len(plan) == len(choices):
            yield plan
            return
        for slot in choices[len(plan)]:
            longer = (*plan, slot)
            if slot is None or self._fits(longer):
                yield from self._grown(choices, longer)

    def _fits(self, plan: Plan) -> bool:
        """Whether the last meeting of ``plan`` fits its participants, who fit all before."""
        unit, slot = self.units[len(plan) - 1], plan[-1]
        for participant in (unit.a, unit.b):
            own = [k for k, s in enumerate(plan) if s is not None and participant.id in self.units[k].pair]
            together = [self.units[k].pair for k in own if plan[k] == slot]
            if len(together) > participant.delegates or len(set(together)) < len(together):
                return False
            if participant.max_meetings is not None and len(own) > participant.max_meetings:
                return False
        return all(self._one_body(plan, group) for group in self.event.same_person if unit.pair & {*group})

    def _one_body(self, plan: Plan, group: Sequence[str]) -> bool:
        """Whether those of ``group`` are nowhere in two places: each of their appearances has a slot of its own."""
        appearances = [s for unit, s in zip(self.units, plan, strict=False) for id in group if id in unit.pair]
        slots = [s for s in appearances if s is not None]
        return len(slots) == len(set(slots))

    def _legal(self, plan: Plan) -> bool:
        for unit, slot in zip(self.units, plan, strict=True):
            if slot is not None and unit.rule is not None:
                named = [frozenset(pair) for pair in unit.rule.after]
                for other, other_slot in zip(self.units, plan, strict=True):
                    if other.pair in named and other_slot is not None and other_slot >= slot:
                        return False
        difference = self.event.rules.max_break_difference
        if difference is not None and self.event.participants:
            breaks = [len(self._stretches(plan, participant)) for participant in self.event.participants]
            if max(breaks) - min(breaks) > difference:
                return False
        if not all(self._pauses(plan, person) for person in self._persons()):
            return False
        return all(self._helped(plan, s) for s in range(len(self.event.slots))) and any(self.seatings(plan))

    def _persons(self) -> list[set[str]]:
        groups = [{*group} for group in self.event.same_person]
        return [*groups, *({p.id} for p in self.event.participants if not any(p.id in group for group in groups))]

    def _pauses(self, plan: Plan, person: set[str]) -> bool:
        most, row = self.event.rules.max_in_a_row, 0
        if most is None:
            return True
        busy = {s for unit, s in zip(self.units, plan, strict=True) if s is not None and unit.pair & person}
        for s, slot in enumerate(self.event.slots):
            before = self.event.slots[s - 1]
            apart = s == 0 or self.days[s - 1] != self.days[s] or (slot.start - before.end).total_seconds() >= 600
            row = 0 if s not in busy else 1 if apart else row + 1
            if row > most:
                return False
        return True

    def _stays(self, plan: Plan) -> Iterator[Stays]:
        """Every way to give those who stay seated a table for each day on which they meet somebody on site."""
        seated = [p.id for p in self.event.participants if p.kind in self.event.rules.seated]
        needed = [
            (id, day)
            for id in (seated if self.event.tables else [])
            for day in sorted({*self.days})
            if any(
                s is not None and self.days[s] == day and unit.on_site and id in unit.pair
                for unit, s in zip(self.units, plan, strict=True)
            )
        ]
        for tables in product([table.id for table in self.event.tables], repeat=len(needed)):
            yield dict(zip(needed, tables, strict=True))

    def held(self, plan: Plan, slot: int) -> list[Unit]:
        """The meetings of ``plan`` in the slot at position ``slot``."""
        return [unit for unit, s in zip(self.units, plan, strict=True) if s == slot]

    def _helped(self, plan: Plan, slot: int) -> bool:
        name = self.event.slots[slot].id
        free = sum(name not in facilitator.unavailable for facilitator in self.event.facilitators)
        return sum(unit.helped for unit in self.held(plan, slot)) <= free

    def seatings(self, plan: Plan) -> Iterator[tuple[dict[frozenset[str], str], ...]]:
        """Yield every way to seat the meetings of ``plan``: for each slot the table of each pair."""
        for stays in self._stays(plan):
            yield from product(*(self._seatings_of(plan, s, stays) for s in range(len(self.event.slots))))

    def _seatings_of(self, plan: Plan, slot: int, stays: Stays) -> list[dict[frozenset[str], str]]:
        """Return every way to seat a slot, given who stays where; one empty way where there is nothing to seat."""
        if not self.event.tables:
            return [{}]
        seatings: list[dict[frozenset[str], str]] = [{}]
        for unit in self.held(plan, slot):
            if unit.on_site:
                needed = {*unit.a.requires, *unit.b.requires}
                homes = {unit.a.home_table, unit.b.home_table} - {None}
                homes |= {stays[id, self.days[slot]] for id in unit.pair if (id, self.days[slot]) in stays}
                tables = [t.id for t in self.event.tables if needed <= {*t.features} and homes <= {t.id}]
                seatings = [
                    {**seating, unit.pair: table}
                    for seating in seatings
                    for table in tables
                    if table not in seating.values()
                ]
        return seatings

    # What they are worth

    def _worth(self, plan: Plan) -> Worth:
        held = [unit for unit, slot in zip(self.units, plan, strict=True) if slot is not None]
        times = Counter(id for unit in held for id in unit.pair)
        people = self.event.participants
        stretches = [length for participant in people for length in self._stretches(plan, participant)]
        return (
            sum(max(0, participant.min_meetings - times[participant.id]) for participant in people),
            sum(unit.score for unit in held)
            + sum(sum(self.event.rules.coverage[: times[participant.id]]) for participant in people),
            len(stretches),
            sum(stretches),
        )

    def _stretches(self, plan: Plan, participant: Participant) -> list[int]:
        pairs = zip(self.units, plan, strict=True)
        busy = sorted({slot for unit, slot in pairs if slot is not None and participant.id in unit.pair})
        return [
            later - sooner - 1
            for sooner, later in pairwise(busy)
            if later - sooner > 1 and self.days[sooner] == self.days[later]
        ]

    def _fewest_moves(self, plan: Plan) -> int:
        fewest: int | None = None
        for seating in self.seatings(plan):
            moves = sum(self._moves(plan, participant, seating) for participant in self.event.participants)
            fewest = moves if fewest is None else min(fewest, moves)
        assert fewest is not None
        return fewest

    def _moves(self, plan: Plan, participant: Participant, seating: Sequence[dict[frozenset[str], str]]) -> int:
        if participant.delegates > 1:
            return 0
        visits = sorted(
            (slot, seating[slot].get(unit.pair, ""))
            for unit, slot in zip(self.units, plan, strict=True)
            if slot is not None and unit.on_site and participant.id in unit.pair
        )
        return sum(
            one != other and self.days[sooner] == self.days[later] for (sooner, one), (later, other) in pairwise(visits)
        )


def formula(a: Participant, b: Participant, weights: Weights) -> int:
    """The score of a pair, row by row of the table in the format."""
    directions = []
    for asking, offering in ((a, b), (b, a)):
        points = 0
        for need in asking.needs:
            if need in offering.offers:
                points += weights.need
            elif any(offer.split(".")[0] == need.split(".")[0] for offer in offering.offers):
                points += weights.category
        directions.append(points)
    score = sum(directions) + (weights.reciprocity if all(directions) else 0)
    score += min(weights.themes_counted, len({*a.themes} & {*b.themes})) * weights.theme
    for wishing, wished in ((a, b), (b, a)):
        if wished.id in wishing.wishes:
            score += max(weights.wish_first - wishing.wishes.index(wished.id), weights.wish_last)
    if b.id in a.wishes and a.id in b.wishes:
        score += weights.mutual
    if not score:
        return 0
    if a.zone is not None and a.zone == b.zone:
        score += weights.zone
    return max(1, score + a.boost + b.boost)
