"""The rows of a linear program, gathered one by one or in groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scheduler.problem.problem import BoolArray, IntArray

if TYPE_CHECKING:
    from scipy import sparse


class Rows:
    """Rows of a sparse matrix, gathered; groups of like rows at once."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.count = 0
        self.rows: list[IntArray] = []
        self.columns: list[IntArray] = []
        self.values: list[IntArray] = []
        self.limits: list[IntArray] = []

    def add(self, columns: IntArray, values: IntArray, limit: int) -> None:
        self.rows.append(np.full(len(columns), self.count))
        self.columns.append(columns)
        self.values.append(values)
        self.limits.append(np.array([limit]))
        self.count += 1

    def group(
        self, of: IntArray, limits: IntArray, wanted: BoolArray, sign: int = 1, columns: IntArray | None = None
    ) -> None:
        """Add for each group that is ``wanted`` the row: its entries, times ``sign``, are at most its limit."""
        number = np.cumsum(wanted) - 1 + self.count
        entries = np.flatnonzero(wanted[of])
        self.rows.append(number[of[entries]])
        self.columns.append(entries if columns is None else columns[entries])
        self.values.append(np.full(len(entries), sign, dtype=np.int64))
        self.limits.append(limits[wanted])
        self.count += int(wanted.sum())

    def built(self) -> tuple[sparse.csr_array, IntArray]:
        # Loading it takes a tenth of a second, which those who need no program do not pay.
        from scipy import sparse

        values = np.concatenate(self.values).astype(float)
        where = (np.concatenate(self.rows), np.concatenate(self.columns))
        limits = np.concatenate(self.limits).astype(np.int64)
        return sparse.csr_array((values, where), shape=(self.count, self.width)), limits
