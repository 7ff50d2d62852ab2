"""What a schedule file may say of its worth: the published score of a pair, the tiers, their bounds, its status.

Written from the format alone, as ``scheduler.check.schedule``, which reads the meetings.
"""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.format.event import Participant, Weights
from scheduler.format.schedule import Schedule, Tier
from scheduler.format.sentence import Sentence

TIERS = ("shortfall", "value", "breaks", "idle_slots", "table_moves")
_PROVEN_FOR_OPTIMAL = ("shortfall", "value", "breaks")


def published_score(a: Participant, b: Participant, weights: Weights) -> int:
    """Return the score of a pair by the table in the format; the same for (a, b) and (b, a)."""
    gains = (_gain(a, b, weights), _gain(b, a, weights))
    earned = sum(gains)
    if min(gains) > 0:
        earned += weights.reciprocity
    earned += weights.theme * min(len({*a.themes} & {*b.themes}), weights.themes_counted)
    ranks = [one.wishes.index(other.id) for one, other in ((a, b), (b, a)) if other.id in one.wishes]
    earned += sum(max(weights.wish_first - rank, weights.wish_last) for rank in ranks)
    if len(ranks) == 2:
        earned += weights.mutual
    if earned <= 0:
        return 0
    if a.zone is not None and a.zone == b.zone:
        earned += weights.zone
    return max(1, earned + a.boost + b.boost)


def _gain(asking: Participant, offering: Participant, weights: Weights) -> int:
    categories = {offer.split(".")[0] for offer in offering.offers}
    exact = sum(need in offering.offers for need in asking.needs)
    near = sum(need not in offering.offers and need.split(".")[0] in categories for need in asking.needs)
    return weights.need * exact + weights.category * near


def tier_faults(values: dict[str, int], schedule: Schedule) -> Iterator[Sentence]:
    """Yield where the tiers of ``schedule`` are not ``values``, contradict their bounds, or belie its status."""
    names = [tier.name for tier in schedule.tiers]
    # A replanned schedule tells its disruptions before the five.
    expected = [*(["disruptions"] if names[:1] == ["disruptions"] else []), *TIERS]
    if names != expected:
        yield Sentence("tiers_differ", names=", ".join(expected), found=", ".join(names) or "none")
        return
    for tier in schedule.tiers:
        if tier.name in values and tier.value != values[tier.name]:
            yield Sentence(
                "tier_differs",
                tier=tier.name,
                computed=values[tier.name],
                value=tier.value,
            )
        yield from _bound_faults(tier)
    proven = {tier.name for tier in schedule.tiers if tier.proven}
    optimal = is_optimal(schedule)
    if schedule.status == "optimal" and not optimal:
        open_tiers = [name for name in _PROVEN_FOR_OPTIMAL if name not in proven]
        yield Sentence("status_not_optimal", tiers=", ".join(open_tiers))
    if schedule.status == "feasible" and optimal and proven.issuperset(expected[:1]):
        yield Sentence("status_optimal")


def is_optimal(schedule: Schedule) -> bool:
    """Return whether bound and value are equal in tiers 1 to 3."""
    return {tier.name for tier in schedule.tiers if tier.proven}.issuperset(_PROVEN_FOR_OPTIMAL)


def _bound_faults(tier: Tier) -> Iterator[Sentence]:
    if tier.bound is None:
        return
    if tier.name == "value" and tier.bound < tier.value:
        yield Sentence("bound_exceeded", value=tier.value, bound=tier.bound)
    if tier.name != "value" and tier.bound > tier.value:
        yield Sentence("bound_undercut", tier=tier.name, value=tier.value, bound=tier.bound)
