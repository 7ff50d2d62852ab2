"""Work on what strangers have made, in a process of its own: so much time and memory, and no more.

What unpacks a picture or draws letters is native code that a file may crash, or have ask for all memory there is. The
process that answers requests hands it over and goes on, whatever becomes of it.
"""

import os
import subprocess
import sys

from web.paths import PACKAGE

MEGABYTE = 1024 * 1024


class Stopped(Exception):
    """The work was not done: it crashed, took too long, or wanted more memory than it may have."""


def confined(module: str, sent: bytes, *, seconds: int, megabytes: int) -> bytes:
    """What ``python -m module`` writes when it is given `sent`: its own first lines call `confine`.

    `seconds` of a processor, and of waiting four times as many, since others may have it; `megabytes` of addresses.
    Raises `Stopped`. Cost: the start of a process, a fifth of a second, beside the work.
    """
    path = os.pathsep.join(filter(None, (str(PACKAGE.parent), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-m", module, str(seconds), str(megabytes)]
    try:
        done = subprocess.run(
            command,
            input=sent,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=4 * seconds,
            env={**os.environ, "PYTHONPATH": path},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Stopped("took too long") from error
    if done.returncode != 0:
        raise Stopped(f"ended with {done.returncode}")
    return done.stdout


def confine() -> bytes:
    """In the process itself: hold it to what its arguments say, and give what it was sent."""
    seconds, megabytes = (int(text) for text in sys.argv[1:3])
    try:
        import resource
    except ImportError:
        # Windows knows no such limits; time is still watched from outside.
        return sys.stdin.buffer.read()
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * MEGABYTE, megabytes * MEGABYTE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return sys.stdin.buffer.read()
