"""A function killed as by ``kill -9``, or refused by the system, at its n-th touch of files, in its own process."""

import errno
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

# What Python tells its audit hooks of before it happens.
TOUCHES = frozenset({"open", "os.chmod", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "sqlite3.connect"})


def killed_at(place: int, folder: Path, function: Callable[[], Any]) -> bool:
    """Run `function` in a child that is killed before its `place`-th touch (from 1) of a path with `folder` in it.

    False where it came to its end before: there are fewer places. Raises `AssertionError` where it failed.
    """
    child = os.fork()
    if child == 0:
        _run(place, str(folder), function)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the function failed before it was killed"
    return False


def refused_from(place: int, folder: Path, function: Callable[[], Any]) -> bool:
    """Run `function` in a child whose renames of a path with `folder` in it are refused from the `place`-th on.

    False where it came to its end before. Raises `AssertionError` where it failed though nothing was refused.
    """
    child = os.fork()
    if child == 0:
        _run_refused(place, str(folder), function)
    _, status = os.waitpid(child, 0)
    assert os.WEXITSTATUS(status) in (0, _REFUSED), "the function failed by itself"
    return os.WEXITSTATUS(status) == _REFUSED


_REFUSED = 3


def _run_refused(place: int, folder: str, function: Callable[[], Any]) -> None:
    renamed = 0

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal renamed
        if event == "os.rename" and folder in str(arguments[0]):
            renamed += 1
            if renamed >= place:
                raise OSError(errno.EIO, os.strerror(errno.EIO))

    sys.addaudithook(hook)
    status = 1
    try:
        function()
        status = 0 if renamed < place else _REFUSED
    finally:
        os._exit(status)


def _run(place: int, folder: str, function: Callable[[], Any]) -> None:
    touched = 0

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal touched
        if event in TOUCHES and folder in str(arguments[0]):
            touched += 1
            if touched == place:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    status = 1
    try:
        function()
        status = 0
    finally:
        # Nothing of the tests' own must run twice.
        os._exit(status)
