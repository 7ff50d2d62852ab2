"""Locks between processes of one machine. The system takes them back when a process ends, however it ends."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where whoever starts two programs in one folder has to take care
    fcntl = None  # type: ignore[assignment]


class Occupied(Exception):
    """Another process holds the lock."""


@contextmanager
def locked(path: Path, *, shared: bool = False, wait: bool = True) -> Iterator[None]:
    """Hold the lock named by the file `path`, alone or with others who share it. Raises `Occupied` unless `wait`."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        if fcntl is not None:
            try:
                fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                raise Occupied(f"{path} is held by another process") from None
        yield
    finally:
        os.close(descriptor)
