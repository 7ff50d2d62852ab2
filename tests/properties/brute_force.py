"""Exhaustive search over the schedules of a tiny event: what is truly possible, to hold the solver against.

Written from the format like the check is, but the other way round: schedules are built here, never judged.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product

from scheduler.format.event import Event, MeetingRule, Participant, Weights

Worth = tuple[int, int, int, int]
# A schedule without tables: for each unit the position of its slot, or None where it is not held.
Plan = tuple[int | None, ...]


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
        return True

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
        return all(self.seatings(plan, s) and self._helped(plan, s) for s in range(len(self.event.slots)))

    def held(self, plan: Plan, slot: int) -> list[Unit]:
        """The meetings of ``plan`` in the slot at position ``slot``."""
        return [unit for unit, s in zip(self.units, plan, strict=True) if s == slot]

    def _helped(self, plan: Plan, slot: int) -> bool:
        name = self.event.slots[slot].id
        free = sum(name not in facilitator.unavailable for facilitator in self.event.facilitators)
        return sum(unit.helped for unit in self.held(plan, slot)) <= free

    def seatings(self, plan: Plan, slot: int) -> list[dict[frozenset[str], str]]:
        """Every way to seat a slot; one empty way where there is nothing to seat."""
        if not self.event.tables:
            return [{}]
        seatings: list[dict[frozenset[str], str]] = [{}]
        for unit in self.held(plan, slot):
            if unit.on_site:
                needed = {*unit.a.requires, *unit.b.requires}
                homes = {unit.a.home_table, unit.b.home_table} - {None}
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
        for seating in product(*(self.seatings(plan, s) for s in range(len(self.event.slots)))):
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
