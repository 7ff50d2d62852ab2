"""Which bounds of a schedule file stand, evaluated again from the two files, and which have to be believed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from scheduler.check.duals import BadProof, greatest_value, least_shortfall
from scheduler.check.patterns import fewest_by_patterns
from scheduler.format.event import Event
from scheduler.format.proof import DualsProof, PatternsProof, SearchProof, ZeroProof
from scheduler.format.schedule import Schedule, Tier
from scheduler.format.sentence import Sentence

# A bound of which tiers is proven: those after them are told for what they are worth.
TIERS = ("shortfall", "value", "breaks")

Standing = Literal["checked", "trusted", "untold", "refuted"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be thought of the bound of one tier.

    ``checked``: it follows from the files, without the solver; ``trusted``: a search by ``solver`` ended, which is
    not repeated; ``untold``: the file says no reason, or no bound; ``refuted``: its proof does not give it, as
    ``fault`` says.
    """

    tier: str
    standing: Standing
    solver: str = ""
    fault: Sentence | None = None


def verify_proofs(event: Event, schedule: Schedule) -> list[Verdict]:
    """Return a verdict for each tier of ``schedule`` that has a proof, and for the first three in any case.

    That the tiers are worth what the file says is for ``scheduler.check.schedule.verify``; a proof that needs the
    shortfall or the value takes the one shown. Cost: linear in the meetings that may be held, for each proof.
    """
    return [_verdict(event, schedule, tier) for tier in schedule.tiers if tier.name in TIERS or tier.proof is not None]


def proof_faults(verdicts: list[Verdict]) -> Iterator[Sentence]:
    """Yield the faults of the proofs."""
    for verdict in verdicts:
        if verdict.standing == "refuted":
            yield Sentence("tier_fault", tier=verdict.tier, fault=verdict.fault)


def _verdict(event: Event, schedule: Schedule, tier: Tier) -> Verdict:
    proof = tier.proof
    if proof is None:
        return Verdict(tier.name, "untold")
    if tier.bound is None:
        return Verdict(tier.name, "refuted", fault=Sentence("proof_without_bound"))
    if isinstance(proof, SearchProof):
        return Verdict(tier.name, "trusted", solver=proof.solver)
    try:
        limit = _limit(event, schedule, tier)
    except BadProof as bad:
        return Verdict(tier.name, "refuted", fault=Sentence("proof_not_valid", why=bad.why))
    if tier.bound < limit if tier.name == "value" else tier.bound > limit:
        return Verdict(
            tier.name,
            "refuted",
            fault=Sentence("proof_gives_other", limit=limit, bound=tier.bound),
        )
    return Verdict(tier.name, "checked")


def _limit(event: Event, schedule: Schedule, tier: Tier) -> int:
    """Return the limit that the proof of ``tier`` gives; raises ``BadProof``."""
    proof = tier.proof
    if isinstance(proof, ZeroProof):
        if tier.name == "value":
            raise BadProof(Sentence("value_unlimited"))
        return 0
    if isinstance(proof, DualsProof):
        if tier.name == "shortfall":
            return least_shortfall(event, proof)
        if tier.name == "value":
            return greatest_value(event, proof, _shown(schedule, "shortfall"))
        raise BadProof(Sentence("duals_tier", tier=tier.name))
    assert isinstance(proof, PatternsProof)
    if tier.name not in ("breaks", "idle_slots"):
        raise BadProof(Sentence("patterns_tier", tier=tier.name))
    return fewest_by_patterns(event, proof, tier.name, {shown.name: shown.value for shown in schedule.tiers})


def _shown(schedule: Schedule, name: str) -> int:
    for tier in schedule.tiers:
        if tier.name == name:
            return tier.value
    raise BadProof(Sentence("tier_not_shown", tier=name))
