"""What is proven of the first two tiers so far, and why."""

from __future__ import annotations

from dataclasses import dataclass, field

from scheduler.format.proof import Proof
from scheduler.problem.problem import Problem
from scheduler.selecting.bounds import Bound, proof_of
from scheduler.selecting.select import Selection


@dataclass
class Limits:
    """Bounds on shortfall, and bounds on value, each with the most shortfall of the schedules for which it holds."""

    shortfalls: list[Bound] = field(default_factory=lambda: [Bound.natural()])
    values: list[tuple[int, Bound]] = field(default_factory=list)

    def learn(self, problem: Problem, selection: Selection) -> None:
        """Take the bounds that come with a selection."""
        self.shortfalls.append(selection.shortfall)
        self.values.append((problem.shortfall_of(selection.units), selection.value))

    @property
    def shortfall(self) -> int:
        """The least shortfall that is possible, as far as is proven."""
        return max(bound.limit or 0 for bound in self.shortfalls)

    def value(self, shortfall: int) -> int | None:
        """Return the most value of schedules of no more than this shortfall, as far as is proven."""
        return min((bound.limit for bound in self._values(shortfall) if bound.limit is not None), default=None)

    def proven(self, shortfall: int, value: int) -> bool:
        """Return whether no schedule has less shortfall, nor with this more value."""
        return (shortfall, value) == (self.shortfall, self.value(shortfall))

    def why_shortfall(self) -> Proof | None:
        return proof_of(self.shortfall, self.shortfalls)

    def why_value(self, shortfall: int) -> Proof | None:
        return proof_of(self.value(shortfall), self._values(shortfall))

    def _values(self, shortfall: int) -> list[Bound]:
        return [bound for most, bound in self.values if most >= shortfall]
