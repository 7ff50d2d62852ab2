"""A proof by patterns evaluated again: what is settled, everybody's cheapest pattern, and all of it added up.

What the prices mean and how a bound follows from them is said in ``scheduler.format.proof``; nothing here is shared
with what finds them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from scheduler.check.candidates import Candidate, Candidates
from scheduler.check.duals import BadProof, Weights, total_of
from scheduler.format.event import Event, Participant
from scheduler.format.proof import DualsProof, PatternsProof
from scheduler.format.sentence import Sentence, expected

# Beyond every sum of prices: what cannot be.
_NEVER = 2**200


@dataclass(frozen=True, slots=True)
class _Pair:
    """A meeting that may be held; ``held``: in any case."""

    candidate: Candidate
    held: bool


@dataclass(frozen=True, slots=True)
class _Duties:
    """What is known of the meetings of somebody: in all, by the end of each slot, and in each slot."""

    fewest: int
    most: int
    by_then: tuple[int, ...]
    at_most: tuple[int, ...]
    fixed: tuple[int, ...]
    room: tuple[int, ...]


def fewest_by_patterns(event: Event, proof: PatternsProof, tier: str, shown: Mapping[str, int]) -> int:
    """Return the number below which no schedule of ``event`` goes in ``tier`` (breaks or idle_slots), by ``proof``.

    ``shown`` are the tiers of the schedule. Raises ``BadProof`` where the proof names what the event does not have, or
    what it takes as settled cannot be. Cost: O(slots x meetings) for each participant with duties of its own.
    """
    if (proof.breaks is not None) != (tier == "idle_slots"):
        raise BadProof(Sentence("price_of_breaks_tier"))
    missing = {"shortfall", "value", "breaks"} - shown.keys()
    if missing:
        raise BadProof(Sentence("tier_not_shown", tier=sorted(missing)[0]))
    candidates = Candidates(event)
    prices = _Prices(event, proof)
    pairs = list(_pairs(event, candidates, proof.settled, shown["shortfall"], shown["value"]))
    total = proof.value * shown["value"] - proof.shortfall * shown["shortfall"]
    total -= (proof.breaks or 0) * shown["breaks"] + len(event.tables) * sum(prices.tables)
    for pair in pairs:
        paid = prices.paid(pair.candidate)
        total += paid if pair.held else min(paid, 0)
    total += sum(_cheapest_patterns(event, candidates, prices, pairs))
    return max(0, -(-total // proof.denominator))


def _pairs(
    event: Event, candidates: Candidates, settled: DualsProof | None, shortfall: int, value: int
) -> Iterator[_Pair]:
    """Yield the meetings that may be held in a schedule of this ``shortfall`` and ``value``."""
    if settled is None:
        yield from (_Pair(candidate, candidate.required) for candidate in candidates)
        return
    weights = Weights(event, settled, shortfall)
    most = total_of(weights, points_of_value=settled.denominator, points_of_shortfall=weights.avoided)
    spare = most - settled.denominator * value
    for candidate in candidates:
        # What holding it can still earn; whoever does without loses that much, whoever holds what costs, likewise.
        rest = settled.denominator * candidate.points - weights.of(candidate)
        if candidate.required or rest > spare:
            yield _Pair(candidate, held=True)
        elif -rest <= spare:
            yield _Pair(candidate, held=False)


class _Prices:
    """The prices of a proof by participant."""

    def __init__(self, event: Event, proof: PatternsProof) -> None:
        self.event, self.proof = event, proof
        slots = len(event.slots)
        self.tables = proof.tables or (0,) * slots
        known = {participant.id for participant in event.participants}
        self._of: dict[str, tuple[int, ...]] = {}
        for some in proof.prices:
            for id in some.participants:
                if id in self._of:
                    raise BadProof(Sentence("prices_of_slots_twice", participant=id))
                self._of[id] = tuple(some.slots)
        more = dict(proof.meetings)
        if len(more) < len(proof.meetings):
            raise BadProof(Sentence("price_of_meetings_twice"))
        lengths = {len(own) for own in (*self._of.values(), self.tables)}
        if lengths != {slots}:
            raise BadProof(expected("price_for_each_slot", "found", slots=slots, found=max(lengths - {slots})))
        for id in (*self._of, *more):
            if id not in known:
                raise BadProof(Sentence("no_such_participant", id=id))
        for id, price in more.items():
            self._of[id] = tuple(own + price for own in self._of.get(id, (0,) * slots))
        self._nothing = (0,) * slots

    def of(self, id: str) -> tuple[int, ...]:
        """Return what a meeting costs this participant in each slot."""
        return self._of.get(id, self._nothing)

    def paid(self, candidate: Candidate) -> int:
        """Return the least that the meeting pays, in whichever of its slots it is held."""
        table = 0 if candidate.tables is None else 1
        cheapest = min(
            table * tables - one - other
            for s, (tables, one, other) in enumerate(
                zip(self.tables, self.of(candidate.a), self.of(candidate.b), strict=True)
            )
            if candidate.slots >> s & 1
        )
        return cheapest - self.proof.value * candidate.points

    def totals(self, participant: Participant, most: int) -> tuple[int, ...]:
        """Return what it costs to have 0, 1, ... ``most`` meetings in all."""
        coverage = self.event.rules.coverage
        return tuple(
            self.proof.shortfall * max(0, participant.min_meetings - held) - self.proof.value * sum(coverage[:held])
            for held in range(most + 1)
        )


def _cheapest_patterns(event: Event, candidates: Candidates, prices: _Prices, pairs: Sequence[_Pair]) -> Iterator[int]:
    """Yield what the cheapest pattern of each participant costs; raises ``BadProof`` where somebody has none."""
    own: dict[str, list[_Pair]] = defaultdict(list)
    for pair in pairs:
        own[pair.candidate.a].append(pair)
        own[pair.candidate.b].append(pair)
    patterns = _Patterns(event, candidates, prices.proof)
    # Many have like duties and prices.
    known: dict[tuple[_Duties, tuple[int, ...], tuple[int, ...]], int] = {}
    for participant in event.participants:
        duties = _duties(event, candidates, participant, own[participant.id])
        key = duties, prices.of(participant.id), prices.totals(participant, max(duties.most, 0))
        if key not in known:
            known[key] = patterns.cheapest(*key)
        if known[key] >= _NEVER // 2:
            raise BadProof(Sentence("no_pattern", participant=participant.id))
        yield known[key]


def _duties(event: Event, candidates: Candidates, participant: Participant, pairs: Sequence[_Pair]) -> _Duties:
    """Return what ``pairs``, the meetings that it may hold, leave to ``participant``."""
    slots = range(len(event.slots))
    together = min(participant.delegates, len(event.participants))
    held = [pair.candidate.slots for pair in pairs if pair.held]
    room = [min(together, sum(pair.candidate.slots >> s & 1 for pair in pairs)) for s in slots]
    sooner = list(accumulate(room))
    most = min(len(pairs), candidates.most(participant), sooner[-1])
    # Slots are bits, so the last of a set is its highest bit, and the first its lowest.
    over = [sum(own.bit_length() - 1 <= s for own in held) for s in slots]
    later = [sum((own & -own).bit_length() - 1 > s for own in held) for s in slots]
    return _Duties(
        fewest=len(held),
        most=most,
        by_then=tuple(max(0, over[s], len(held) - (sooner[-1] - sooner[s])) for s in slots),
        at_most=tuple(min(sooner[s], most - later[s]) for s in slots),
        fixed=tuple(sum(own == 1 << s for own in held) for s in slots),
        room=tuple(room),
    )


class _Patterns:
    """The dynamic program over slots: on each day somebody has not begun, is busy, in a break, or over."""

    def __init__(self, event: Event, candidates: Candidates, proof: PatternsProof) -> None:
        slots = range(len(event.slots))
        self.a_break, self.idle = (proof.denominator, 0) if proof.breaks is None else (proof.breaks, proof.denominator)
        dates = [slot.start.date() for slot in event.slots]
        self.begins = [s > 0 and dates[s] != dates[s - 1] for s in slots]
        self.goes_on = [candidates.goes_on(s) for s in slots]
        self.in_a_row = event.rules.max_in_a_row

    def cheapest(self, duties: _Duties, prices: Sequence[int], totals: Sequence[int]) -> int:
        """Return what the cheapest pattern costs that keeps to ``duties``, ``_NEVER`` or near it if there is none."""
        if duties.most < duties.fewest:
            return _NEVER
        before, resting, over = [_NEVER] * (duties.most + 1), [_NEVER] * (duties.most + 1), [_NEVER] * (duties.most + 1)
        before[0] = 0
        # Being busy in the first, second, ... slot of a row; where there is no limit all slots of a row are alike.
        rows = [[_NEVER] * (duties.most + 1) for _ in range(self.in_a_row or 1)]
        for s, price in enumerate(prices):
            busy = [min(own) for own in zip(*rows, strict=True)]
            if self.begins[s]:
                before = [min(own) for own in zip(before, busy, over, strict=True)]
                nothing = [_NEVER] * (duties.most + 1)
                busy = resting = over = nothing
                rows = [nothing for _ in rows]
            arriving = [[min(own) for own in zip(before, resting, strict=True)], *rows[:-1]]
            if self.in_a_row is None or not self.goes_on[s]:
                arriving = [
                    [min(own) for own in zip(arriving[0], busy, strict=True)],
                    *([_NEVER] * len(busy) for _ in rows[1:]),
                ]
            rows = [self._met(own, duties, s, price) for own in arriving]
            if duties.fixed[s]:
                before = resting = over = [_NEVER] * (duties.most + 1)
            else:
                enter, stay = self.a_break + self.idle, self.idle
                resting = _kept([min(x + enter, y + stay) for x, y in zip(busy, resting, strict=True)], duties, s)
                over = _kept([min(own) for own in zip(busy, over, strict=True)], duties, s)
                before = _kept(before, duties, s)
        ended = (min(own) for own in zip(before, over, *rows, strict=True))
        return min(
            cost + total if used >= duties.fewest else _NEVER
            for used, (cost, total) in enumerate(zip(ended, totals, strict=True))
        )

    @staticmethod
    def _met(arriving: Sequence[int], duties: _Duties, s: int, price: int) -> list[int]:
        """Return the costs once the meetings of slot ``s`` are held."""
        found = [_NEVER] * len(arriving)
        for held in range(max(1, duties.fixed[s]), duties.room[s] + 1):
            for used in range(held, len(arriving)):
                found[used] = min(found[used], arriving[used - held] + held * price)
        return _kept(found, duties, s)


def _kept(costs: Sequence[int], duties: _Duties, s: int) -> list[int]:
    """Return ``costs`` where the meetings up to slot ``s`` are neither too few nor too many."""
    least, most = duties.by_then[s], duties.at_most[s]
    return [cost if least <= used <= most and cost < _NEVER // 2 else _NEVER for used, cost in enumerate(costs)]
