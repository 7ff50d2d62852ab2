"""What slotting brings: units and the slot of each. A module of its own, so that reading it loads no solver."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.problem.problem import IntArray


@dataclass(frozen=True, slots=True)
class Placement:
    """Units held and the slot of each; ``units`` ascending."""

    units: IntArray
    slots: IntArray
