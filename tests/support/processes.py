"""Private servers for tests: started in a folder of their own, awaited, and ended by their process id."""

import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running(
    command: Sequence[str],
    *,
    ready: Callable[[], bool],
    log: Path,
    folder: Path | None = None,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
    seconds: float = 60,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` while the block lasts, entered once `ready()` is true.

    Raises `AssertionError` with the end of the log when the process ends early or is not ready in `seconds`.
    """
    process = started(command, ready=ready, log=log, folder=folder, env=env, user=user, seconds=seconds)
    try:
        yield process
    finally:
        stop(process)


def started(
    command: Sequence[str],
    *,
    ready: Callable[[], bool],
    log: Path,
    folder: Path | None = None,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
    seconds: float = 60,
) -> subprocess.Popen[bytes]:
    """The process of `command` once `ready()` is true, for whoever ends it; raises as `running` does."""
    groups: list[str] | None = [] if user else None
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=env,
            user=user,
            group=user,
            extra_groups=groups,
        )
    try:
        _await(process, ready, log, seconds)
    except BaseException:
        stop(process)
        raise
    return process


def soon(check: Callable[[], bool], seconds: float = 30) -> bool:
    """Whether `check` holds within so many `seconds`."""
    end = time.monotonic() + seconds
    while not (holds := check()) and time.monotonic() < end:
        time.sleep(0.1)
    return holds


def stop(process: subprocess.Popen[bytes], seconds: float = 15) -> int:
    """Ask `process` to end, insist after `seconds`; its exit status."""
    process.terminate()
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def children_of(parent: int) -> set[int]:
    """The processes below `parent`, by their ids."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.add(int(status.parent.name))
    return found


def _await(process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not ready():
        ended = process.poll() is not None
        if ended or time.monotonic() > end:
            what = f"ended with status {process.returncode}" if ended else f"was not ready after {seconds:g} s"
            tail = log.read_text(errors="replace")[-4000:]
            raise AssertionError(f"{process.args!r} {what}:\n{tail}")
        time.sleep(0.05)
