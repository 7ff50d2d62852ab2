"""The compiled chains made ready: once for each installation, in a process of its own, so that nobody waits for it.

Numba keeps what it has compiled beside the source. Until that is there a search does without chains; a marker in the
same folder, named for the sources and the versions that the code was compiled from, says that it is.
"""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
import time
from dataclasses import replace
from functools import cache
from pathlib import Path

_SOURCES = ("bits.py", "general.py", "paths.py", "warming.py")
# A compilation takes half a minute on a slow machine; one that has not ended after that many seconds never will.
_GIVEN_UP = 600.0


def is_ready() -> bool:
    """Return whether the chains are compiled. Cost: one look at a file."""
    return _marker().exists()


def warm_up_in_background() -> None:
    """Start compiling in a process of its own, unless it is ready or under way. Returns at once."""
    if is_ready() or not _claimed():
        return
    subprocess.Popen(
        [sys.executable, "-m", "scheduler.breaks.chains.warming"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd=Path(__file__).parents[3],
    )


def warm_up() -> None:
    """Compile the chains, or load them where they are compiled, and say so. Cost: half a minute the first time."""
    import numpy as np

    from scheduler.breaks.annealing import Annealing
    from scheduler.problem.placement import Placement
    from scheduler.problem.problem import build_problem
    from scheduler.samples.sample import benchmark_event

    problem = build_problem(benchmark_event(2, 2, 3, 2))
    placement = Placement(np.arange(1), np.zeros(1, dtype=np.int64))
    # Whoever has a delegate more is moved by the general chains, all others along paths.
    for more in (0, 1):
        several = replace(problem, delegates=problem.delegates + more)
        Annealing(several, placement, seed=1).run(lambda: False, goal=-1, rounds=1)
    _marker().parent.mkdir(parents=True, exist_ok=True)
    _marker().touch()
    _claim().unlink(missing_ok=True)


@cache
def _marker() -> Path:
    return _folder() / f"ready-{_key()}"


def _claim() -> Path:
    return _folder() / f"compiling-{_key()}"


def _claimed() -> bool:
    """Return whether this process is the one to start the compilation."""
    try:
        _folder().mkdir(parents=True, exist_ok=True)
        if _claim().exists() and time.time() - _claim().stat().st_mtime > _GIVEN_UP:
            _claim().unlink(missing_ok=True)
        os.close(os.open(_claim(), os.O_CREAT | os.O_EXCL))
    except OSError:
        return False
    return True


@cache
def _folder() -> Path:
    """Return where Numba keeps compiled code: as it is told, beside the source, else in the user's own folder."""
    told = os.environ.get("NUMBA_CACHE_DIR")
    if told:
        return Path(told)
    beside = Path(__file__).parent / "__pycache__"
    writable = beside if beside.exists() else beside.parent
    return beside if os.access(writable, os.W_OK) else Path.home() / ".cache" / "passerelle"


@cache
def _key() -> str:
    """Return what the compiled code depends on, in short: sources, versions, and the kind of processor.

    Of the sources their dates as well: Numba compiles again whatever was written again, were it the same.
    """
    from importlib.metadata import version

    digest = hashlib.sha256()
    for name in _SOURCES:
        source = Path(__file__).parent / name
        digest.update(source.read_bytes() + str(source.stat().st_mtime_ns).encode())
    told = (version("numba"), version("llvmlite"), version("numpy"), sys.version, platform.processor(), _processor())
    digest.update("\n".join(told).encode())
    return digest.hexdigest()[:16]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line for line in lines if line.startswith(("model name", "Model"))), platform.machine())


if __name__ == "__main__":
    if hasattr(os, "nice"):
        # Whoever is waiting for a timetable comes first.
        os.nice(15)
    warm_up()
