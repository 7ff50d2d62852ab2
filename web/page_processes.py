"""What a full room asks for at once is answered beside the server, by several processes.

Making a page is Python at work, and one process has one processor for it, whatever the number of its threads. So the
pages that a whole room asks for, those of `web.views.unchanged`, are shared out by their link: each page is made by one
process, unless that has fallen behind, and given from its memory afterwards. Whoever registers is answered by the one
that has least to do (`answered_beside`). They share nothing but the database, as the server and the worker do, and what
limits count, which stands in the server (`web.counts`); and the server, which hands on what they say, is free for
everybody else meanwhile.

Of a page only an answer of 200 or 304 counts. Whatever else one of them says, and all that goes wrong with it, is as if
it had not been asked: the server makes the page itself, counts what is to be counted, and says what there is to be
said. So no limit is doubled, and a process that is dead or has not started yet costs nobody a page; one that hangs is
ended, and started again. Of a form that was sent each answer counts; where none comes, the server does what was asked
for, whether or not the process had done it: that is for views that may be asked twice.
"""

import io
import logging
import os
import re
import secrets
import shutil
import signal
import socket
import struct
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, closing, suppress
from itertools import count
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener, answer_challenge, deliver_challenge
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

from flask import Flask

from web.counts import Ask, Question, asking
from web.keeper import ChildKeeper, can_keep

log = logging.getLogger(__name__)

Environ = dict[str, Any]
Answer = tuple[str, list[tuple[str, str]], bytes]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
Addresses = dict[str, re.Pattern[str]]
Turn = AbstractContextManager[Any]
View = TypeVar("View", bound=Callable[..., Any])

# Each has a hundred megabytes of its own.
MOST = 4
# Seconds after which one that does not answer hangs: longer than a page waits for a database that has fallen silent.
PATIENCE = 20.0
# Times as long for one that writes: longer than it waits for its turn (`web.db.BUSY`).
_FORM_PATIENCE = 3
# The whole address of such a page; which ends there are is asked of the application.
_PATH = re.compile(r"/p/([A-Za-z0-9_-]{20,100})/([a-z.]*)")
# A page whose own process is at so many more than another one is made by that.
_BEHIND = 2
# Bytes of a form that is handed on; one with a picture the server reads itself.
_LARGEST_FORM = 256 * 1024
# Seconds for whoever ends: nobody waits for them any more.
_COURTESY = 0.5


def usual_number() -> int:
    """How many this machine is good for: one for each processor, `MOST` at most, none where there is but one."""
    if not can_keep():
        return 0
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MOST, processors) if processors > 1 else 0


def answered_beside(view: View) -> View:
    """Declare that a view may answer in such a process. Asked twice for one thing it must do it once: see above."""
    view.answered_beside = True  # type: ignore[attr-defined]
    return view


def addresses_beside(app: Flask) -> Addresses:
    """By method, the whole addresses of the views that `answered_beside` declares."""
    found = defaultdict(list)
    for rule in app.url_map.iter_rules():
        if getattr(app.view_functions[rule.endpoint], "answered_beside", False):
            for method in (rule.methods or set()) & {"GET", "POST"}:
                found[method].append(re.sub("<[a-z_]+>", "[^/]+", re.escape(rule.rule)))
    return {method: re.compile("|".join(rules)) for method, rules in found.items()}


class PageProcesses:
    """A WSGI application in front of `further`, which hands requests to `number` processes, at least one.

    `ends`: the ends of the addresses of personal links that are shared out; `addresses`: those besides, by method;
    `counted`: what to say to one of the processes that counts; `patience`: seconds for one answer. The processes live
    from `start` to `stop`.
    """

    def __init__(
        self,
        further: Application,
        ends: Iterable[str],
        addresses: Addresses,
        counted: Ask,
        number: int,
        patience: float = PATIENCE,
    ) -> None:
        self.further, self.ends, self.patience = further, frozenset(ends), patience
        self.addresses, self.counted = addresses, counted
        self._folder = Path(tempfile.mkdtemp(prefix="passerelle-"))
        self._key = secrets.token_bytes(32)
        self._addresses = [str(self._folder / str(one)) for one in range(number)]
        self._keepers = [
            ChildKeeper("page process", ["pages", "--listen", address], self._key) for address in self._addresses
        ]
        self._thread = threading.local()
        # How many pages each of them is at.
        self._busy, self._lock = [0] * number, threading.Lock()
        self._next = count()

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
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if method not in ("GET", "POST") or environ.get("SCRIPT_NAME"):
            return None
        match = _PATH.fullmatch(path) if method == "GET" else None
        if match is not None and match[2] in self.ends:
            own, slack = crc32(match[1].encode()), _BEHIND
        elif method in self.addresses and self.addresses[method].fullmatch(path):
            own, slack = next(self._next), 0
        else:
            return None
        body = _body_of(environ) if method == "POST" else b""
        if body is None:
            return None
        one = self._turn(own % len(self._busy), slack)
        said = {name: value for name, value in environ.items() if isinstance(value, (str, tuple))}
        try:
            answer = self._ask(one, said, body)
        finally:
            with self._lock:
                self._busy[one] -= 1
        return answer if answer is not None and (method == "POST" or answer[0][:3] in ("200", "304")) else None

    def _turn(self, own: int, slack: int) -> int:
        """Which process answers, counted as busy with it: `own`, which may have made the page before.

        Another where that is at more than `slack` others beyond what one of them is at: nobody waits for one while
        another has nothing to do.
        """
        with self._lock:
            least = min(self._busy)
            one = own if self._busy[own] <= least + slack else self._busy.index(least)
            self._busy[one] += 1
        return one

    def _ask(self, one: int, environ: Environ, body: bytes) -> Answer | None:
        """What that process answers; ``None`` where it does not. Each thread has connections of its own to each."""
        # Who writes may have to wait for others first, and is not taken for one that hangs.
        seconds = self.patience * (_FORM_PATIENCE if body else 1)
        known: dict[tuple[int, float], Connection] = self._thread.__dict__.setdefault("connections", {})
        # Kept again only after an answer: what is said later to this request must not be taken for that to the next.
        connection, process = known.pop((one, seconds), None), self._keepers[one].process
        try:
            if connection is None:
                connection = self._connect(one, seconds)
            connection.send((environ, body))
            while isinstance(said := connection.recv(), Question):
                connection.send(self.counted(said))
            known[one, seconds] = connection
            answer: Answer = said
            return answer
        except BlockingIOError:
            # It hangs.
            if process is not None:
                process.kill()
        except (OSError, EOFError, AuthenticationError):
            # Not there yet, or no more.
            pass
        if connection is not None:
            connection.close()
        return None

    def _connect(self, one: int, seconds: float) -> Connection:
        """A connection to that process, each of which knows that the other has the key.

        It raises `BlockingIOError` where it is waited for longer than `seconds` at once, now and later; now `OSError`,
        `EOFError` or `AuthenticationError` where there is none to be had.
        """
        # Not `multiprocessing.connection.Client`, which waits for a process that hangs as long as that does. By the
        # socket, so that nothing is read or written without a limit.
        with socket.socket(socket.AF_UNIX) as made:
            for limit in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                made.setsockopt(socket.SOL_SOCKET, limit, struct.pack("ll", *divmod(int(seconds * 1e6), 10**6)))
            made.connect(self._addresses[one])
            connection = Connection(made.detach())
        try:
            answer_challenge(connection, self._key)
            deliver_challenge(connection, self._key)
        except BaseException:
            connection.close()
            raise
        return connection


def _body_of(environ: Environ) -> bytes | None:
    """The form that was sent, which can be read again afterwards; ``None`` where it is too large to be handed on."""
    length = environ.get("CONTENT_LENGTH", "")
    if not length.isdecimal() or int(length) > _LARGEST_FORM:
        return None
    body: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


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
    # More threads only take the one processor from each other; but one has it while another waits for a server.
    at_once = 1 if app.extensions["passerelle.settings"].is_sqlite else 2
    # One that was killed left its name there.
    with suppress(FileNotFoundError):
        Path(address).unlink()
    try:
        with Listener(address, backlog=64, authkey=key) as listener:
            _listen(listener, application, at_once)
    finally:
        with suppress(OSError):
            Path(address).parent.rmdir()


def _listen(listener: Listener, application: Application, at_once: int) -> None:
    # Apart: nobody waits for a page because others wait to write.
    # A lock wakes the next one with a fraction of what a semaphore needs for it.
    turn = threading.Lock if at_once == 1 else lambda: threading.Semaphore(at_once)
    turns: dict[str, Turn] = {method: turn() for method in ("GET", "POST")}
    while True:
        try:
            connection = listener.accept()
        except (OSError, EOFError, AuthenticationError) as error:
            log.warning("A connection was not taken: %s", error)
            continue
        threading.Thread(target=_answer_all, args=(application, connection, turns), name="pages", daemon=True).start()


def _answer_all(application: Application, connection: Connection, turns: Mapping[str, Turn]) -> None:
    def ask(question: Question) -> Any:
        connection.send(question)
        return connection.recv()

    with closing(connection), suppress(OSError, EOFError), asking(ask):
        while True:
            environ, body = connection.recv()
            with turns[environ["REQUEST_METHOD"]]:
                answer = _answer(application, environ, body)
            connection.send(answer)


def _answer(application: Application, environ: Environ, body: bytes) -> Answer:
    said: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        said[:] = [(status, headers)]

    environ |= {"wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr, "wsgi.multithread": True}
    environ |= {"wsgi.multiprocess": True, "wsgi.run_once": False}
    parts = application(environ, start_response)
    try:
        body = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    ((status, headers),) = said
    return status, headers, body
