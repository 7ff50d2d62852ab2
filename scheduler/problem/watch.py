"""How a run is watched: time, stopping, and progress told while it goes on."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from scheduler.format.event import Event
from scheduler.format.schedule import Tier

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SolveOptions:
    """How hard to try: ``time_limit`` in seconds (``None``: until proven or no gain), threads, and the seed.

    ``patience`` is after how many seconds without any gain to stop (``None``: never for that alone).
    """

    time_limit: float | None = None
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    seed: int = 0
    patience: float | None = None

    @property
    def asked_limit(self) -> float | None:
        """The time limit that may shape the search: one worker does the same on any machine until time is over."""
        return None if self.workers == 1 else self.time_limit


# What a command does that was told no limit: seconds for any event, seconds more for each participant and slot.
PATIENCE = 60.0
_LIMIT, _LIMIT_A_PLACE = 60.0, 1 / 2000


def default_limit(event: Event) -> float:
    """Return the seconds that a command gives ``event`` where nobody says: a minute, more for a large one."""
    return round(_LIMIT + len(event.participants) * len(event.slots) * _LIMIT_A_PLACE)


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known ``seconds`` after the start: the stage under way and the tiers so far (empty before the first)."""

    seconds: float
    stage: str
    tiers: tuple[Tier, ...]


class Stoppable(Protocol):
    """A search that another thread may ask to stop."""

    def stop_search(self) -> None: ...


@dataclass
class Watch:
    """The clock, the wish to stop and the listener of one run. The only mutable thing that stages share."""

    options: SolveOptions
    listener: Callable[[Progress], None] = lambda _: None
    stop: Callable[[], bool] = lambda: False
    clock: Callable[[], float] = time.monotonic
    started: float = field(init=False)
    # Seconds of the time limit that the search leaves to what comes after it.
    kept: float = 0.0
    _tiers: tuple[Tier, ...] = ()
    # When the tiers were last told to be others than before.
    _gained: float = 0.0

    def __post_init__(self) -> None:
        self.started = self.clock()

    @property
    def seconds(self) -> float:
        return self.clock() - self.started

    def keep(self, seconds: float) -> None:
        """Keep so many seconds of the time limit for tables and the check, a tenth of it at most."""
        if self.options.time_limit is not None:
            self.kept = min(seconds, self.options.time_limit / 10)

    def remaining(self) -> float:
        """Return the seconds left for the search before the time limit; infinite where there is none."""
        ends = [] if self.options.time_limit is None else [self.options.time_limit - self.kept]
        if self.options.patience is not None:
            ends.append(self._gained + self.options.patience)
        return max(0.0, min(ends, default=float("inf")) - self.seconds)

    def over(self) -> bool:
        """Return whether the run should end now with the best it has."""
        return self.stop() or self.remaining() <= 0

    def tell(self, stage: str, tiers: tuple[Tier, ...] | None = None) -> None:
        """Tell the listener which stage is under way, with new tiers where there are any."""
        if tiers is not None:
            if tiers != self._tiers:
                self._gained = self.seconds
            self._tiers = tiers
        self.listener(Progress(self.seconds, stage, self._tiers))

    def unless_over(self, work: Callable[[], T]) -> T | None:
        """Return what ``work`` returns, or ``None`` as soon as this run is over; raises what ``work`` raises.

        For native code that cannot be asked to stop: it is left to end by itself in a thread of its own.
        """
        results: list[T] = []
        failures: list[Exception] = []

        def worker() -> None:
            try:
                results.append(work())
            except Exception as failure:
                failures.append(failure)

        thread = threading.Thread(target=worker, daemon=True)
        thread.start()
        while thread.is_alive() and not self.over():
            thread.join(0.02)
        if failures:
            raise failures[0]
        return results[0] if results else None

    @contextmanager
    def guarding(self, search: Stoppable, moot: Callable[[], bool] = lambda: False) -> Iterator[None]:
        """Ask ``search`` to stop as soon as this run is over, or the search ``moot``.

        Native searches do not look at Python's flags. Asked again and again: a search that has not begun hears nothing.
        """
        done = threading.Event()

        def look() -> None:
            while not done.wait(0.02):
                if self.over() or moot():
                    search.stop_search()

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
