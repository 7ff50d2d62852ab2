"""How good a schedule is, told to people: aims with proofs, wishes honoured, meetings shared out, the worst off."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from scheduler.check.proof import Standing, verify_proofs
from scheduler.format.event import Event, Participant
from scheduler.format.schedule import Schedule

# The larger, the better; every other tier is the smaller, the better.
MAXIMISED = frozenset({"value"})
WORST_SHOWN = 10
# Participants up to whom proofs are checked again while a page is waited for: a fraction of a second.
CHECKED_AT_ONCE = 250


@dataclass(frozen=True)
class TierReport:
    """One aim. `gap`: how far from the best possible it may still be (0 = proven best), in the aim's own unit;
    `percent`: the same of the bound, for the value; ``None`` where nothing is known."""

    name: str
    value: int
    bound: int | None
    # What the check without the solver says of the limit; `None` where it was not asked.
    standing: Standing | None = None

    @property
    def proven(self) -> bool:
        return self.bound == self.value

    @property
    def gap(self) -> int | None:
        return None if self.bound is None else abs(self.bound - self.value)

    @property
    def percent(self) -> float | None:
        """Rounded up to a hundredth, so that what is said is always true."""
        if self.bound is None or self.bound <= 0 or self.name not in MAXIMISED:
            return None
        return -(-Fraction(self.bound - self.value, self.bound) * 10_000 // 1) / 100


@dataclass(frozen=True)
class RankReport:
    """The wishes of one rank (from 1): how many there are and how many are honoured."""

    rank: int
    wished: int
    honoured: int

    @property
    def percent(self) -> int:
        return round(100 * self.honoured / self.wished) if self.wished else 0


@dataclass(frozen=True)
class Served:
    """What one participant gets. `breaks`: waits between two meetings of a day."""

    participant: Participant
    meetings: int
    missing: int
    wishes: int
    honoured: int
    points: int
    breaks: int


@dataclass(frozen=True)
class Quality:
    tiers: list[TierReport]
    ranks: list[RankReport]
    # Number of meetings -> how many participants of each kind have so many.
    distribution: list[tuple[int, dict[str, int]]]
    kinds: list[str]
    worst: list[Served]
    everybody: list[Served]

    @property
    def wishes(self) -> int:
        return sum(rank.wished for rank in self.ranks)

    @property
    def honoured(self) -> int:
        return sum(rank.honoured for rank in self.ranks)

    @property
    def mean(self) -> float:
        return sum(one.meetings for one in self.everybody) / len(self.everybody) if self.everybody else 0.0

    @property
    def fewest(self) -> int:
        return min((one.meetings for one in self.everybody), default=0)

    @property
    def most(self) -> int:
        return max((one.meetings for one in self.everybody), default=0)


def tier_reports(tiers: Sequence[Mapping[str, Any]]) -> list[TierReport]:
    """The aims of a schedule file or of a row of progress."""
    return [TierReport(tier["name"], tier["value"], tier["bound"]) for tier in tiers]


@dataclass(frozen=True)
class Turn:
    """Who has more meetings in one timetable than in another, and who fewer, of those in both: names, by gain."""

    more: list[str]
    fewer: list[str]


def turn(former: Quality, other: Quality) -> Turn:
    """Who gains and who loses meetings where `other` takes the place of `former`. Cost: the participants."""
    before = {served.participant.id: served.meetings for served in former.everybody}
    gained = [
        (served.meetings - before[served.participant.id], served.participant.label)
        for served in other.everybody
        if served.participant.id in before
    ]
    return Turn(
        [name for gain, name in sorted(gained, key=lambda one: (-one[0], one[1])) if gain > 0],
        [name for gain, name in sorted(gained) if gain < 0],
    )


def quality(event: Event, schedule: Schedule, *, proofs: bool = False) -> Quality:
    """Everything about `schedule` that the panel shows; with `proofs` these are checked again, in events up to a size.

    Cost: the meetings and the wishes; with `proofs` also a score for each pair that may meet.
    """
    partners: dict[str, set[str]] = {one.id: set() for one in event.participants}
    slots: dict[str, set[int]] = {one.id: set() for one in event.participants}
    held: Counter[str] = Counter()
    points: Counter[str] = Counter()
    for meeting in schedule.meetings:
        one, other = meeting.between
        for me, partner in ((one, other), (other, one)):
            partners[me].add(partner)
            slots[me].add(event.slot_index[meeting.slot])
            held[me] += 1
            points[me] += meeting.score
    everybody = [
        Served(
            participant=one,
            meetings=held[one.id],
            missing=max(0, one.min_meetings - held[one.id]),
            wishes=len(one.wishes),
            honoured=sum(wish in partners[one.id] for wish in one.wishes),
            points=points[one.id],
            breaks=_breaks(event, slots[one.id]),
        )
        for one in event.participants
    ]
    kinds = list(dict.fromkeys(one.kind for one in event.participants))
    return Quality(
        tiers=_aims(event, schedule, proofs=proofs),
        ranks=_ranks(event, partners),
        distribution=_distribution(everybody, kinds),
        kinds=kinds,
        worst=sorted(everybody, key=_badness, reverse=True)[:WORST_SHOWN],
        everybody=everybody,
    )


def _aims(event: Event, schedule: Schedule, *, proofs: bool) -> list[TierReport]:
    standings: dict[str, Standing] = {}
    if proofs and len(event.participants) <= CHECKED_AT_ONCE:
        standings = {verdict.tier: verdict.standing for verdict in verify_proofs(event, schedule)}
    return [TierReport(tier.name, tier.value, tier.bound, standings.get(tier.name)) for tier in schedule.tiers]


def _badness(one: Served) -> tuple[int, int, Fraction, int, int]:
    """Missing meetings first, then few meetings, wishes not honoured, waits, few points."""
    unmet = Fraction(one.wishes - one.honoured, one.wishes) if one.wishes else Fraction(0)
    return one.missing, -one.meetings, unmet, one.breaks, -one.points


def _ranks(event: Event, partners: dict[str, set[str]]) -> list[RankReport]:
    wished: Counter[int] = Counter()
    honoured: Counter[int] = Counter()
    for one in event.participants:
        for rank, wish in enumerate(one.wishes, start=1):
            wished[rank] += 1
            honoured[rank] += wish in partners[one.id]
    return [RankReport(rank, wished[rank], honoured[rank]) for rank in sorted(wished)]


def _distribution(everybody: list[Served], kinds: list[str]) -> list[tuple[int, dict[str, int]]]:
    most = max((one.meetings for one in everybody), default=0)
    rows: list[tuple[int, dict[str, int]]] = [(number, dict.fromkeys(kinds, 0)) for number in range(most + 1)]
    for one in everybody:
        rows[one.meetings][1][one.participant.kind] += 1
    first = next((i for i, (_, counts) in enumerate(rows) if any(counts.values())), 0)
    return rows[first:]


def _breaks(event: Event, busy: set[int]) -> int:
    """Stretches without a meeting between two slots with one, on the same day."""
    found = 0
    ordered = sorted(busy)
    for before, after in pairwise(ordered):
        same_day = event.slots[before].start.date() == event.slots[after].start.date()
        found += same_day and after > before + 1
    return found
