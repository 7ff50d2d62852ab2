"""The rows of a linear program, gathered one by one or in groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scheduler.problem.problem import BoolArray, IntArray

if TYPE_CHECKING:
    from scipy import sparse


class Rows:
    """Rows of a sparse matrix, ``matrix @ x <= limits``: each its columns, their values and its limit."""

    def __init__(self) -> None:
        self._count = 0
        self._rows: list[IntArray] = []
        self._columns: list[IntArray] = []
        self._values: list[IntArray] = []
        self._limits: list[IntArray] = []

    def add(self, columns: IntArray, values: IntArray, limit: int) -> None:
        """Add one row."""
        self._put(np.full(len(columns), self._count), columns, values, np.array([limit], dtype=np.int64))

    def group(
        self, of: IntArray, limits: IntArray, wanted: BoolArray, sign: int = 1, columns: IntArray | None = None
    ) -> None:
        """Add for each group that is ``wanted`` the row: its entries, times ``sign``, are at most its limit.

        ``of`` int [entries] is the group of each, and ``columns`` its column (``None``: as they stand).
        """
        number = np.cumsum(wanted) - 1 + self._count
        entries = np.flatnonzero(wanted[of])
        here = entries if columns is None else columns[entries]
        self._put(number[of[entries]], here, np.full(len(entries), sign, dtype=np.int64), limits[wanted])

    def _put(self, rows: IntArray, columns: IntArray, values: IntArray, limits: IntArray) -> None:
        self._rows.append(rows)
        self._columns.append(columns)
        self._values.append(values)
        self._limits.append(limits)
        self._count += len(limits)

    def built(self, width: int) -> tuple[sparse.csr_array, IntArray]:
        """Return the matrix of ``width`` columns and the limits."""
        # Loading it takes a tenth of a second, which those who need no program do not pay.
        from scipy import sparse

        rows, columns, values, limits = (
            np.concatenate([*parts, np.zeros(0, dtype=np.int64)])
            for parts in (self._rows, self._columns, self._values, self._limits)
        )
        return sparse.csr_array((values.astype(float), (rows, columns)), shape=(self._count, width)), limits
