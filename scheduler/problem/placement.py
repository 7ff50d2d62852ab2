"""What slotting brings: units and the slot of each. A module of its own, so that reading it loads no solver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scheduler.problem.problem import BoolArray, IntArray


@dataclass(frozen=True, slots=True)
class Placement:
    """Units held and the slot of each; ``units`` ascending."""

    units: IntArray
    slots: IntArray

    @staticmethod
    def empty() -> Placement:
        """Return the placement that holds nothing."""
        return Placement.of({})

    @staticmethod
    def of(slot_of: Mapping[int, int]) -> Placement:
        """Return the placement of the units of ``slot_of`` in their slots."""
        held = np.array(sorted(slot_of.items()), dtype=np.int64).reshape(-1, 2)
        return Placement(held[:, 0].copy(), held[:, 1].copy())

    @property
    def slot_of(self) -> dict[int, int]:
        """The slot of each unit held."""
        return dict(zip(self.units.tolist(), self.slots.tolist(), strict=True))

    def only(self, kept: BoolArray) -> Placement:
        """Return what is marked in ``kept``, one entry a unit held."""
        return Placement(self.units[kept], self.slots[kept])

    def with_more(self, units: IntArray, slots: IntArray) -> Placement:
        """Return this together with other ``units``, in any order, in their ``slots``."""
        everything = np.concatenate([self.units, units])
        order = np.argsort(everything, kind="stable")
        return Placement(everything[order], np.concatenate([self.slots, slots])[order])
