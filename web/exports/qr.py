"""QR codes as one filled outline: sharp at any size, no hairlines between modules, few bytes."""

from __future__ import annotations

from typing import Final, NamedTuple

import segno

QUIET_ZONE: Final = 2


class QrOutline(NamedTuple):
    """``size``: side of the square, in modules, quiet zone included; ``path``: SVG path data of the dark modules."""

    size: int
    path: str


def qr_outline(text: str) -> QrOutline:
    """Return the QR code of ``text`` (error level M). Raises ``ValueError`` where it is too long for a QR code."""
    matrix = segno.make(text, error="m", micro=False, boost_error=False).matrix
    runs = []
    for y, row in enumerate(matrix, start=QUIET_ZONE):
        x = 0
        while x < len(row):
            end = x
            while end < len(row) and row[end]:
                end += 1
            if end > x:
                runs.append(f"M{x + QUIET_ZONE} {y}h{end - x}v1h{x - end}z")
            x = end + 1
    return QrOutline(len(matrix) + 2 * QUIET_ZONE, "".join(runs))
