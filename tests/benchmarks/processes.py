"""Running a command as a process of its own and measuring all of it: start, reading, solving, writing."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Run:
    """``status`` of the process (``None``: ended by us), seconds, peak memory in bytes, its lines with their times."""

    status: int | None
    seconds: float
    peak: int
    lines: tuple[tuple[float, str], ...]

    @property
    def last_line(self) -> str:
        return next((text for _, text in reversed(self.lines) if text.strip()), "")


def measure(command: Sequence[str | Path], kill_after: float, environment: Mapping[str, str] | None = None) -> Run:
    """Run ``command`` in the project's folder and return what it took; after ``kill_after`` seconds it is ended.

    ``environment`` comes on top of our own. The lines are those of standard error. Peak memory is that of the process
    or its largest child.
    """
    started = time.monotonic()
    process = subprocess.Popen(
        [str(word) for word in command],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    ended = threading.Event()

    def end() -> None:
        ended.set()
        os.killpg(process.pid, signal.SIGKILL)

    timer = threading.Timer(kill_after, end)
    timer.start()
    assert process.stderr is not None
    try:
        with process.stderr as stream:
            lines = tuple((time.monotonic() - started, line.rstrip("\n")) for line in stream)
        # The process may close its error stream long before its end, so the timer runs on.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    except BaseException:
        end()
        raise
    finally:
        timer.cancel()
        timer.join()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - started
    return Run(None if ended.is_set() else process.returncode, seconds, usage.ru_maxrss * 1024, lines)
