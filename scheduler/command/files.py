"""Files in and out for commands: read whole with sentences for what is wrong, written whole or not at all."""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scheduler.check.foreign import parse_timetable
from scheduler.format.event import Event, parse_event
from scheduler.format.schedule import Schedule
from scheduler.format.sentence import Sentence
from scheduler.format.warnings import warnings_of
from scheduler.wording.commands import in_words
from scheduler.wording.warnings import warning_sentence

# More than any event that a machine could solve; a file beyond it is a mistake, told before memory runs out.
_LARGEST_FILE = 1 << 30


@contextmanager
def without_collector() -> Iterator[None]:
    """Keep Python from looking for garbage: a short command makes none, and on large files it took a third of it."""
    wanted = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if wanted:
            gc.enable()


class Unusable(Exception):
    """A file that cannot be read or written; ``message`` says why."""

    def __init__(self, message: Sentence) -> None:
        self.message = message
        super().__init__(message)


def read_bytes(path: Path) -> bytes:
    """Return the bytes of ``path`` (``-``: standard input); raises ``Unusable`` with a sentence."""
    try:
        if str(path) == "-":
            return sys.stdin.buffer.read()
        if path.stat().st_size > _LARGEST_FILE:
            size = path.stat().st_size
            raise Unusable(Sentence("file_too_large", path=path, size=size))
        return path.read_bytes()
    except OSError as error:
        raise Unusable(Sentence("file_unreadable", path=path, error=error.strerror)) from None


def read_event(path: Path) -> Event:
    """Return the event of an event file; raises ``InvalidEvent`` or ``Unusable``."""
    return parse_event(read_bytes(path))


def read_schedule(path: Path, event: Event) -> Schedule:
    """Return the schedule of a schedule file of ``event``, what it does not say derived where it can be.

    Raises ``InvalidSchedule`` or ``Unusable``.
    """
    return parse_timetable(read_bytes(path), event)


def tell_warnings(event: Event, language: str) -> None:
    """Say on standard error what the event probably does not mean."""
    for warning in warnings_of(event):
        print(in_words("warning", language, warning=warning_sentence(warning, language)), file=sys.stderr)


def write_output(path: Path | None, content: str | bytes) -> None:
    """Write ``content`` to ``path`` (``None``: standard output) whole or not at all.

    Raises ``OSError`` with the name of ``path``.
    """
    data = content.encode() if isinstance(content, str) else content
    if path is None or str(path) == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    try:
        _write_whole(path, data)
    except OSError as error:
        # Not that of the draft, of which nobody knows.
        error.filename = str(path)
        raise


def _write_whole(path: Path, data: bytes) -> None:
    """A full disk or a kill in the middle must leave the file of before."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
