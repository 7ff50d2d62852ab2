"""Keeping processes alive: who was killed or crashed is started again, after growing pauses where it dies at once."""

import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from types import FrameType

log = logging.getLogger(__name__)

SHORTEST_LIFE = 5.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
# Ctrl-C in a terminal reaches both processes: the one that is kept has so many seconds to end by itself.
COURTESY = 2.0


def next_pause(pause: float, lived: float) -> float:
    """Seconds to wait before the next start of a process that lived for `lived` seconds."""
    return SHORTEST_PAUSE if lived > SHORTEST_LIFE else min(LONGEST_PAUSE, pause * 2)


def keep(command: Sequence[str]) -> int:
    """Run `command`, again and again while it is ended by a signal (a crash, want of memory); its exit status at last.

    A process that ends by itself is not started again: it has said why. SIGTERM and SIGINT are passed on, and end it.
    """
    asked = threading.Event()
    process: subprocess.Popen[bytes] | None = None

    def end(number: int, _frame: FrameType | None) -> None:
        asked.set()
        if process is None:
            return
        if number == signal.SIGTERM:
            process.terminate()
        else:
            later = threading.Timer(COURTESY, process.terminate)
            later.daemon = True
            later.start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    pause = SHORTEST_PAUSE
    while True:
        started = time.monotonic()
        process = subprocess.Popen(command)
        if asked.is_set():
            # Asked while it was being started, when there was nobody to pass it on to.
            process.terminate()
        status = process.wait()
        if status >= 0 or asked.is_set():
            return status if status >= 0 else 128 - status
        pause = next_pause(pause, time.monotonic() - started)
        log.warning("The web process was ended by signal %s; it is started again in %.1f s.", -status, pause)
        asked.wait(pause)
        if asked.is_set():
            return 0


def can_keep() -> bool:
    """Whether this system has the signals that keeping needs."""
    return os.name == "posix"
