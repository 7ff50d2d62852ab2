"""Keeping processes alive: who was killed or crashed is started again, after growing pauses where it dies at once."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
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


class ChildKeeper:
    """Keeps one child process alive. One that dies at once is started again after growing pauses.

    `name` is what the log calls it. `secret`: what each one started reads from its standard input.
    """

    def __init__(self, name: str, arguments: Sequence[str], secret: bytes = b"") -> None:
        self.name, self.secret = name, secret
        self.command = [sys.executable, "-m", "web", *arguments, "--parent", str(os.getpid())]
        self.stopping = threading.Event()
        self.process: subprocess.Popen[bytes] | None = None
        self.thread = threading.Thread(target=self._keep, name=f"{name}-keeper", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def _keep(self) -> None:
        pause = SHORTEST_PAUSE
        while not self.stopping.is_set():
            started = time.monotonic()
            status = self._start().wait()
            if self.stopping.is_set():
                return
            pause = next_pause(pause, time.monotonic() - started)
            log.warning("The %s ended with status %s; it is started again in %.1f s.", self.name, status, pause)
            self.stopping.wait(pause)

    def _start(self) -> subprocess.Popen[bytes]:
        self.process = process = subprocess.Popen(self.command, stdin=subprocess.PIPE if self.secret else None)
        if process.stdin is not None:
            # One that has died already reads nothing; its end is noticed by whoever waits for it.
            with suppress(OSError), process.stdin:
                process.stdin.write(self.secret)
        return process

    def ask(self) -> None:
        """Have the process end, soon."""
        self.stopping.set()
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def stop(self, patience: float) -> None:
        """End the process: first asked, after `patience` seconds killed. A worker then begins its job anew."""
        self.ask()
        process = self.process
        if process is None:
            return
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def can_keep() -> bool:
    """Whether this system has the signals that keeping needs."""
    return os.name == "posix"
