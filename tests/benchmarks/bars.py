"""The bars: what must be reached on each event, as a sentence and as a test of what was measured."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.benchmarks.judging import Verdict
from tests.benchmarks.processes import Run

_GIB = 1 << 30
_VALUE = re.compile(r"\bvalue (\d+)")
_BREAKS = re.compile(r"\bbreaks (\d+)")


@dataclass(frozen=True)
class Measured:
    """A legal schedule: the run that made it, the verdict on it, and the least proven limit on the value."""

    run: Run
    verdict: Verdict
    value_bound: int | None

    def value_at_least(self, share: float) -> bool:
        return self._enough(self.verdict.tiers["value"], share)

    def value_in_time(self, share: float, seconds: float) -> bool:
        """Whether the progress lines told of that share of the bound within ``seconds`` of the start."""
        if self.run.seconds <= seconds:
            return self.value_at_least(share)
        told = list(self._told(_VALUE, seconds))
        return bool(told) and self._enough(max(told), share)

    def breaks_improved(self) -> bool:
        """Whether breaks became fewer while it ran, or are as few as can be."""
        if self.verdict.bounds["breaks"] == self.verdict.tiers["breaks"]:
            return True
        told = list(self._told(_BREAKS, float("inf")))
        return bool(told) and self.verdict.tiers["breaks"] < told[0]

    def _enough(self, value: int, share: float) -> bool:
        return self.value_bound is not None and value >= share * self.value_bound

    def _told(self, what: re.Pattern[str], until: float) -> Iterator[int]:
        return (int(match[1]) for seconds, line in self.run.lines if seconds <= until and (match := what.search(line)))


@dataclass(frozen=True)
class Bar:
    words: str
    cleared: Callable[[Measured], bool]


def _near_bound(measured: Measured) -> bool:
    bound = measured.verdict.bounds["breaks"]
    return bound is not None and measured.verdict.tiers["breaks"] <= 1.03 * bound


BARS = {
    "tiny": Bar("tiers 1–3 proven", lambda m: m.verdict.optimal),
    "sample": Bar("tiers 1–3 proven in 3 s", lambda m: m.verdict.optimal and m.run.seconds <= 3),
    "60": Bar(
        "value at bound, breaks within 3 % of theirs in 20 s",
        lambda m: m.value_at_least(1) and _near_bound(m) and m.run.seconds <= 20,
    ),
    "200": Bar(
        "value at bound, breaks ≤ 20 in 30 s",
        lambda m: m.value_at_least(1) and m.verdict.tiers["breaks"] <= 20 and m.run.seconds <= 30,
    ),
    "1000": Bar(
        "value ≥ 99.99 % in 10 s, breaks improving, ≤ 2 GiB",
        lambda m: m.value_in_time(0.9999, 10) and m.breaks_improved() and m.run.peak <= 2 * _GIB,
    ),
    "5000": Bar(
        "value ≥ 99.9 % in 60 s, ≤ 6 GiB",
        lambda m: m.value_at_least(0.999) and m.run.seconds <= 60 and m.run.peak <= 6 * _GIB,
    ),
}
B2B_EACH, B2B_ALL = 30.0, 120.0
B2B_WORDS = f"each at the published optimum with proof, each in {B2B_EACH:g} s, all in {B2B_ALL:g} s"
