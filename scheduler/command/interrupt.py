"""Ctrl-C as a wish to stop, told to the search, instead of a trace."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Stopping:
    """Ctrl-C asks the search to end with the best so far; a second Ctrl-C ends at once.

    The search runs in a thread of its own, because Python runs signal handlers in the main thread only, and native
    code there would keep them waiting.
    """

    def __init__(self) -> None:
        self._event = threading.Event()

    def asked(self) -> bool:
        return self._event.is_set()

    def run(self, work: Callable[[], T]) -> T:
        """Return what ``work`` returns; raises what it raises."""
        results: list[T] = []
        failures: list[BaseException] = []

        def worker() -> None:
            try:
                results.append(work())
            except BaseException as failure:
                failures.append(failure)

        before = {number: signal.signal(number, self._handle) for number in (signal.SIGINT, signal.SIGTERM)}
        thread = threading.Thread(target=worker, daemon=True)
        try:
            thread.start()
            while thread.is_alive():
                thread.join(0.1)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        if failures:
            raise failures[0]
        return results[0]

    def _handle(self, number: int, _frame: object) -> None:
        if self._event.is_set():
            raise KeyboardInterrupt
        self._event.set()
