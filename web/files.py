"""Files that a full disk or a kill in the middle leaves as they were, and that nobody else on the machine may read."""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

# What `written_aside` leaves when its process is killed; nothing of value is ever in it.
UNFINISHED = ".part"


@contextmanager
def written_aside(path: Path) -> Iterator[BinaryIO]:
    """An open file that takes the place of `path` at the end of the block, or never: whole, on the disk, mode 0600.

    Raises `OSError`; `path` is then as it was.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=UNFINISHED)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync(path.parent)


def sync(path: Path) -> None:
    """Have what `path` holds on the disk: what is in a file, or the names in a folder where the system can do that."""
    if os.name == "nt" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def reason(error: Exception) -> str:
    """Why it went wrong, as a part of a sentence."""
    return str(getattr(error, "strerror", None) or error).strip().splitlines()[0] or type(error).__name__


def make_private(folder: Path) -> None:
    """Take from everybody but the owner the rights to `folder` and to all in it. Cost: one look at each file.

    Links are not followed, and what belongs to somebody else, or is shared by all as a temporary folder is, stays.
    """
    _take_rights(folder)
    for path, folders, files in os.walk(folder):
        for name in folders + files:
            _take_rights(Path(path, name))


def _take_rights(path: Path) -> None:
    try:
        found = path.lstat()
        ours = found.st_uid == os.geteuid() and not stat.S_ISLNK(found.st_mode) and not found.st_mode & stat.S_ISVTX
        if ours and found.st_mode & 0o077:
            path.chmod(stat.S_IMODE(found.st_mode) & 0o700)
    except FileNotFoundError:
        # Another process has just removed it: a mail's draft, a database's log.
        return
