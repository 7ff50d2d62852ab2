"""The pages of a full room are made beside the server, by several processes.

Making a page is Python at work, and one process has one processor for it, whatever the number of its threads. So the
pages that a whole room asks for at once, those of `web.views.unchanged`, are shared out by their link: each page is
made by one process, unless that has fallen behind, and given from its memory afterwards. They share nothing but the
database, as the server and the worker do; and the server, which hands on what they say, is free for everybody else
meanwhile.

Only an answer of 200 or 304 counts. Whatever else one of them says, and all that goes wrong with it, is as if it had
not been asked: the server makes the page itself, counts what is to be counted, and says what there is to be said. So no
limit is doubled, and a process that is dead or has not started yet costs nobody a page; one that hangs is ended, and
started again.
"""

import io
import logging
import os
import re
import secrets
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any
from zlib import crc32

from flask import Flask

from web.keeper import ChildKeeper, can_keep

log = logging.getLogger(__name__)

Environ = dict[str, Any]
Answer = tuple[str, list[tuple[str, str]], bytes]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

# Each has a hundred megabytes of its own.
MOST = 4
# Seconds after which one that does not answer hangs: longer than a page waits for a database that has fallen silent.
PATIENCE = 20.0
# The whole address of such a page; which ends there are is asked of the application.
_PATH = re.compile(r"/p/([A-Za-z0-9_-]{20,100})/([a-z.]*)")
# Pages that one of them makes at a time: more threads than that only take the one processor from each other, and a
# second has it while the first waits for the database.
_AT_ONCE = 2
# Seconds for whoever ends: nobody waits for them any more.
_COURTESY = 0.5


def usual_number() -> int:
    """How many this machine is good for: one for each processor, `MOST` at most, none where there is but one."""
    if not can_keep():
        return 0
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MOST, processors) if processors > 1 else 0


class PageProcesses:
    """A WSGI application in front of `further`, which hands pages to `number` processes, at least one.

    `ends`: the ends of the addresses that are shared out; `patience`: seconds for one page. The processes live from
    `start` to `stop`.
    """

    def __init__(self, further: Application, ends: Iterable[str], number: int, patience: float = PATIENCE) -> None:
        self.further, self.ends, self.patience = further, frozenset(ends), patience
        self._folder = Path(tempfile.mkdtemp(prefix="passerelle-"))
        self._key = secrets.token_bytes(32)
        self._addresses = [str(self._folder / str(one)) for one in range(number)]
        self._keepers = [
            ChildKeeper("page process", ["pages", "--listen", address], self._key) for address in self._addresses
        ]
        self._thread = threading.local()
        # How many pages each of them is at.
        self._busy, self._lock = [0] * number, threading.Lock()

    def start(self) -> None:
        for keeper in self._keepers:
            keeper.start()

    def stop(self) -> None:
        for keeper in self._keepers:
            keeper.ask()
        for keeper in self._keepers:
            keeper.stop(_COURTESY)
        shutil.rmtree(self._folder, ignore_errors=True)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        found = self._made_elsewhere(environ)
        if found is None:
            return self.further(environ, start_response)
        status, headers, body = found
        start_response(status, headers)
        return [body]

    def _made_elsewhere(self, environ: Environ) -> Answer | None:
        if environ["REQUEST_METHOD"] != "GET" or environ.get("SCRIPT_NAME"):
            return None
        match = _PATH.fullmatch(environ["PATH_INFO"])
        if match is None or match[2] not in self.ends:
            return None
        one = self._turn(match[1])
        try:
            answer = self._ask(one, {name: value for name, value in environ.items() if isinstance(value, (str, tuple))})
        finally:
            with self._lock:
                self._busy[one] -= 1
        return answer if answer is not None and answer[0][:3] in ("200", "304") else None

    def _turn(self, token: str) -> int:
        """Which process makes the page of that link, counted as busy with it: its own, which may have made it before.

        Another where its own has fallen behind: nobody waits for one of them while the other has nothing to do.
        """
        own = crc32(token.encode()) % len(self._busy)
        with self._lock:
            least = min(self._busy)
            one = own if self._busy[own] <= least + _AT_ONCE else self._busy.index(least)
            self._busy[one] += 1
        return one

    def _ask(self, one: int, environ: Environ) -> Answer | None:
        """What that process answers; ``None`` where it does not. Each thread has a connection of its own to each."""
        known: dict[int, Connection] = self._thread.__dict__.setdefault("connections", {})
        # Kept again only after an answer: what is said later to this request must not be taken for that to the next.
        connection, process = known.pop(one, None), self._keepers[one].process
        try:
            if connection is None:
                connection = Client(self._addresses[one], authkey=self._key)
            connection.send(environ)
            if connection.poll(self.patience):
                answer: Answer = connection.recv()
                known[one] = connection
                return answer
            if process is not None:
                process.kill()
        except (OSError, EOFError, AuthenticationError):
            # Not there yet, or no more.
            pass
        if connection is not None:
            connection.close()
        return None


def make_pages(app: Flask, address: str) -> None:
    """Be one of those processes: make the pages that are asked for at `address`, until this process is ended.

    The key that opens the connections is read from standard input. Each connection has a thread. Call it in the main
    thread.
    """
    key = sys.stdin.buffer.read()
    if not key:
        # The server ended before it could say it, and without one anybody could ask.
        return
    # What is ended in order leaves no name behind, neither its own nor, the last one, that of the folder.
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit())
    application = app.extensions["passerelle.revalidation"].further
    # One that was killed left its name there.
    with suppress(FileNotFoundError):
        Path(address).unlink()
    try:
        with Listener(address, backlog=64, authkey=key) as listener:
            _listen(listener, application)
    finally:
        with suppress(OSError):
            Path(address).parent.rmdir()


def _listen(listener: Listener, application: Application) -> None:
    turns = threading.Semaphore(_AT_ONCE)
    while True:
        try:
            connection = listener.accept()
        except (OSError, EOFError, AuthenticationError) as error:
            log.warning("A connection was not taken: %s", error)
            continue
        threading.Thread(target=_answer_all, args=(application, connection, turns), name="pages", daemon=True).start()


def _answer_all(application: Application, connection: Connection, turns: threading.Semaphore) -> None:
    with closing(connection), suppress(OSError, EOFError):
        while True:
            environ = connection.recv()
            with turns:
                answer = _answer(application, environ)
            connection.send(answer)


def _answer(application: Application, environ: Environ) -> Answer:
    said: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        said[:] = [(status, headers)]

    environ |= {"wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr, "wsgi.multithread": True}
    environ |= {"wsgi.multiprocess": True, "wsgi.run_once": False}
    parts = application(environ, start_response)
    try:
        body = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    ((status, headers),) = said
    return status, headers, body
