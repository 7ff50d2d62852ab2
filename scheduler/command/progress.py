"""Progress on standard error: one line that is rewritten on a terminal, plain lines elsewhere."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

from scheduler.format.schedule import Schedule
from scheduler.problem.watch import Progress
from scheduler.wording.commands import decimal, in_words
from scheduler.wording.stages import stage_words
from scheduler.wording.tiers import status_name, tiers_line

_REDRAW = 0.1
_TICK = 1.0
# Where nobody looks at a terminal, a sign of life is enough; a log should not fill up with it.
_QUIET = 5.0
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Console:
    """A listener for ``solve``: shows what it does and the tiers as they improve, and that it is alive meanwhile.

    Used as a context: a thread of its own redraws the line every second, since a search may have nothing to tell for
    minutes.
    """

    def __init__(
        self,
        stream: TextIO,
        time_limit: float | None,
        language: str = "en",
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.stream = stream
        self.live = stream.isatty()
        self.time_limit = time_limit
        self.language = language
        self._clock = clock
        self._lock = threading.Lock()
        self._heard: tuple[Progress, float] | None = None
        self._last = ""
        self._drawn = -1.0
        self._frame = 0
        self._closed = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Console:
        self._ticker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __call__(self, progress: Progress) -> None:
        with self._lock:
            now = self._clock()
            first = self._heard is None
            self._heard = progress, now
            text = self._text(progress)
            if self.live:
                if now - self._drawn >= _REDRAW or progress.stage == "tables":
                    self._draw(progress.seconds, now)
            elif text != self._last:
                self._line(progress.seconds, f"{text} ({self._hint()})" if first else text, now)
            self._last = text

    def tick(self) -> None:
        """Show that the search goes on, where nothing was shown for a while."""
        with self._lock:
            if self._heard is None or self._closed.is_set():
                return
            progress, heard = self._heard
            now = self._clock()
            if now - self._drawn < (_TICK if self.live else _QUIET) * 0.9:
                return
            seconds = progress.seconds + now - heard
            if self.live:
                self._draw(seconds, now)
            else:
                self._line(seconds, self._text(progress), now)

    def close(self) -> None:
        """Leave the cursor on a fresh line, and say no more."""
        with self._lock:
            if not self._closed.is_set() and self.live and self._drawn >= 0:
                self._write("\n")
            self._closed.set()

    def _tick(self) -> None:
        while not self._closed.wait(_TICK):
            self.tick()

    def _text(self, progress: Progress) -> str:
        stage = stage_words(progress.stage, self.language)
        if not progress.tiers:
            return f"{stage}…"
        return in_words("progress", self.language, stage=stage, tiers=tiers_line(progress.tiers, self.language))

    def _hint(self) -> str:
        code = "keeps_best" if self.time_limit is None else "keeps_best_at_most"
        return in_words(code, self.language, limit=self.time_limit)

    def _draw(self, seconds: float, now: float) -> None:
        assert self._heard is not None
        self._drawn = now
        self._frame += 1
        clock = f"{decimal(seconds, 1, self.language):>6}"
        text = f"{self._text(self._heard[0])} · {self._hint()}"
        whole = f"{self._bar(seconds)} {clock} s  {text}"
        # Only one line is rewritten: what a terminal would wrap is cut.
        self._write(f"\r\x1b[2K{whole[: shutil.get_terminal_size().columns - 1]}")

    def _line(self, seconds: float, text: str, now: float) -> None:
        self._drawn = now
        clock = f"{decimal(seconds, 2, self.language):>8}"
        self._write(f"{clock} s  {text}\n")

    def _bar(self, seconds: float) -> str:
        if self.time_limit is None:
            return _SPINNER[self._frame % len(_SPINNER)]
        done = min(20, int(20 * seconds / max(self.time_limit, 0.001)))
        return "[" + "█" * done + "·" * (20 - done) + "]"

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()


def outcome(schedule: Schedule, language: str, to_be_told: int | None = None) -> str:
    """Return in one line how a run ended: the status, the tiers, how many are ``to_be_told``, the seconds it took."""
    return in_words(
        "outcome" if to_be_told is None else "outcome_told",
        language,
        status=status_name(schedule.status, language),
        tiers=tiers_line(schedule.tiers, language),
        count=to_be_told,
        seconds=decimal(schedule.seconds, 2, language),
    )
