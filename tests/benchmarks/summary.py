"""What the results of one solver on one family come to, and the events in which it does worst."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tests.benchmarks.bars import gap, percent
from tests.benchmarks.runs import Result


@dataclass(frozen=True)
class Summary:
    """``bounds`` are the least proven limits on the value by the name of the event, whoever proved them."""

    results: Sequence[Result]
    bounds: Mapping[str, int]

    @property
    def held(self) -> list[Result]:
        return [result for result in self.results if result.verdict is not None]

    @property
    def nothing(self) -> list[Result]:
        """Those with neither a legal schedule nor a proof that there is none."""
        return [result for result in self.results if result.verdict is None and not result.infeasible]

    @property
    def impossible(self) -> int:
        return sum(result.infeasible for result in self.results)

    def legal_within(self, seconds: float) -> int:
        return sum((result.first or seconds) <= seconds for result in self.held)

    @property
    def at_bound(self) -> int:
        return self.impossible + sum(self._at_bound(result) for result in self.held)

    @property
    def proven(self) -> int:
        return sum(result.settled for result in self.results)

    @property
    def rechecked(self) -> int:
        """So many of the proven need no trust in a search: their proofs were evaluated again from the files."""
        return sum(result.settled and result.verdict.rechecked for result in self.held if result.verdict)

    def sum_of(self, tier: str) -> int:
        return sum(result.verdict.tiers[tier] for result in self.results if result.verdict is not None)

    @property
    def worst_gap(self) -> str:
        return percent(max(map(self.gap_of, self.held))) if self.held else "–"

    def spread(self, seconds: Callable[[Result], float | None]) -> str:
        """Return median and worst of ``seconds``, those without left out: "0.8 / 2.4"."""
        known = [value for result in self.results if (value := seconds(result)) is not None]
        return f"{median(known):.1f} / {max(known):.1f}" if known else "–"

    @property
    def memory(self) -> int:
        return max((result.run.peak for result in self.results), default=0)

    @property
    def wishes(self) -> str:
        honoured = sum(result.verdict.honoured for result in self.results if result.verdict)
        wishes = sum(result.verdict.wishes for result in self.results if result.verdict)
        return f"{100 * honoured // wishes} %" if wishes else "–"

    def gap_of(self, result: Result) -> float:
        return gap(result, self.bounds.get(result.case.name))

    def worst(self) -> list[str]:
        """Return a phrase for each way in which an event falls behind the others, with the event."""
        found = [f"no schedule of {result.case.name} ({result.remark})" for result in self.nothing]
        found += [f"proof refuted in {r.case.name}: {r.verdict.refuted[0]}" for r in self.held if r.verdict.refuted]
        open_ones = [result for result in self.held if not result.settled]
        if open_ones:
            widest = max(open_ones, key=self.gap_of)
            if self.gap_of(widest) > 0:
                found.append(f"widest gap {percent(self.gap_of(widest))} in {widest.case.name}")
            found.append(f"not proven: {', '.join(_with_breaks(result) for result in open_ones)}")
        if self.held:
            slowest = max(self.held, key=lambda result: result.first or 0.0)
            found.append(f"slowest to be legal {slowest.first:.1f} s: {slowest.case.name}")
        if self.results:
            longest = max(self.results, key=lambda result: result.run.seconds)
            found.append(f"longest {longest.run.seconds:.1f} s: {longest.case.name}")
            latest = max(self.results, key=lambda result: result.late)
            if latest.late > 0:
                found.append(f"{latest.late:.1f} s over the limit: {latest.case.name}")
        return found

    def _at_bound(self, result: Result) -> bool:
        assert result.verdict is not None
        return result.verdict.tiers["shortfall"] == result.verdict.bounds["shortfall"] and self.gap_of(result) == 0


def least_bounds(results: Sequence[Result]) -> dict[str, int]:
    """Return for each event the least limit on its value that any of ``results`` proves."""
    found: dict[str, int] = {}
    for result in results:
        bound = result.verdict.bounds["value"] if result.verdict else None
        if bound is not None:
            found[result.case.name] = min(bound, found.get(result.case.name, bound))
    return found


def contradictions(results: Sequence[Result]) -> list[str]:
    """Return a phrase for each claim of one of ``results`` that the legal schedule of another refutes."""
    found = []
    held = [result for result in results if result.verdict is not None]
    for claim in results:
        same = [result for result in held if result.case.name == claim.case.name and result is not claim]
        beaten = [f"{result.solver} refutes {claim.solver}" for result in same if _refutes(result, claim)]
        found += [f"{claim.case.name}: {words}" for words in beaten]
    return found


def _refutes(result: Result, claim: Result) -> bool:
    assert result.verdict is not None
    if claim.verdict is None:
        return claim.infeasible
    tiers, bounds = result.verdict.tiers, claim.verdict.bounds
    if tiers["shortfall"] < (bounds["shortfall"] or 0):
        return True
    # A bound is told for the values that the claim shows in the tiers before.
    if tiers["shortfall"] != claim.verdict.tiers["shortfall"]:
        return False
    if bounds["value"] is not None and tiers["value"] > bounds["value"]:
        return True
    return tiers["value"] == claim.verdict.tiers["value"] and tiers["breaks"] < (bounds["breaks"] or 0)


def _with_breaks(result: Result) -> str:
    assert result.verdict is not None
    return f"{result.case.name} ({result.verdict.tiers['breaks']} [{result.verdict.bounds['breaks']}])"
