"""Progress on standard error: one line that is rewritten on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from typing import TextIO

from scheduler.format.schedule import Tier
from scheduler.problem.watch import Progress

_REDRAW = 0.1
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Console:
    """A listener for ``solve``: shows the stage and the tiers as they improve."""

    def __init__(self, stream: TextIO, time_limit: float | None) -> None:
        self.stream = stream
        self.live = stream.isatty()
        self.time_limit = time_limit
        self._last = ""
        self._drawn = -1.0
        self._frame = 0

    def __call__(self, progress: Progress) -> None:
        text = f"{progress.stage}: {tiers_line(progress.tiers)}" if progress.tiers else f"{progress.stage}…"
        if self.live:
            now = time.monotonic()
            if now - self._drawn >= _REDRAW or progress.stage == "tables":
                self._drawn = now
                self._frame += 1
                self._write(f"\r\x1b[2K{self._bar(progress.seconds)} {progress.seconds:6.1f} s  {text}")
        elif text != self._last:
            self._write(f"{progress.seconds:8.2f} s  {text}\n")
        self._last = text

    def close(self) -> None:
        """Leave the cursor on a fresh line."""
        if self.live and self._drawn >= 0:
            self._write("\n")

    def _bar(self, seconds: float) -> str:
        if self.time_limit is None:
            return _SPINNER[self._frame % len(_SPINNER)]
        done = min(20, int(20 * seconds / max(self.time_limit, 0.001)))
        return "[" + "█" * done + "·" * (20 - done) + "]"

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()


def tiers_line(tiers: tuple[Tier, ...]) -> str:
    """Return the tiers in one line: ``=`` marks what is proven best, the bound stands in brackets elsewhere."""
    parts = []
    for tier in tiers:
        limit = "" if tier.bound is None else " =" if tier.proven else f" [{tier.bound}]"
        parts.append(f"{tier.name.replace('_', ' ')} {tier.value}{limit}")
    return " · ".join(parts)
