"""Waitress with the system's own way to wait for many connections: epoll on Linux, kqueue on a Mac.

Waitress itself asks each connection, before each wait, whether it wants to read or to write, and hands the system the
list of all of them: with the phones of a full room most of a request's time goes into connections that ask for nothing.
Here a connection is asked when something happened to it, and the system keeps the list. Parsing, buffers, threads and
limits are Waitress's. It also closes a connection after each answer without a length, thus after each 304: here a phone
keeps its connection.

Two facts carry it. All that Waitress listens to goes through one mapping of files to objects: `Connections`. And what a
thread that answers has changed it tells by `pull_trigger`: the thread knows of which connection it speaks.
"""

import logging
import threading
import time
from collections import deque
from contextlib import suppress
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from typing import Any
from wsgiref.types import WSGIApplication

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher, WSGITask
from waitress.utilities import Error

log = logging.getLogger(__name__)

# Seconds between two looks at what depends on nothing but time: connections that were silent for too long.
LOOK = 1.0
# Seconds that a request may take to arrive, its head and all of it: whoever sends a byte now and then is never silent.
HEAD_ARRIVES, ALL_ARRIVES = 60.0, 300.0


class Connections(dict[int, Any]):
    """Whom to tell of each file: the listening sockets, the connections, and the pipes that wake the loop."""

    def __init__(self) -> None:
        super().__init__()
        self.selector = DefaultSelector()
        # What the selector waits for on each file.
        self.awaited: dict[int, int] = {}
        # Those that may want something else by now; filled by any thread.
        self.changed: deque[Any] = deque()
        # Whether nothing more is taken in.
        self.ending = False

    def __setitem__(self, file: int, one: Any) -> None:
        super().__setitem__(file, one)
        # Not yet to be asked: it is being made.
        self.changed.append(one)

    def __delitem__(self, file: int) -> None:
        self._ignore(file)
        super().__delitem__(file)

    def is_awaited(self, one: Any) -> bool:
        """Whether what `one` wants is what is waited for."""
        return self.awaited.get(one._fileno, 0) == self._wanted(one)

    def settle(self, one: Any) -> None:
        """Wait for what `one` wants from now on, until it and the selector agree.

        A thread that changes what is wanted looks at `is_awaited` afterwards; so whoever comes second sees the other.
        """
        while one._fileno is not None and not self.is_awaited(one):
            file, wanted = one._fileno, self._wanted(one)
            try:
                self._await(file, wanted)
            except (KeyError, OSError, ValueError):
                # Closed meanwhile, by the thread that served it.
                self._ignore(file)
                if not isinstance(one, Connection):
                    raise
                one.handle_close()

    def _await(self, file: int, wanted: int) -> None:
        if not wanted:
            self.selector.unregister(file)
        elif self.awaited.get(file):
            self.selector.modify(file, wanted)
        else:
            self.selector.register(file, wanted)
        self.awaited[file] = wanted

    def _ignore(self, file: int) -> None:
        if self.awaited.pop(file, 0):
            with suppress(KeyError, OSError, ValueError):
                self.selector.unregister(file)

    def turn(self, seconds: float) -> None:
        """Wait for something to happen, at most `seconds`, and see to it."""
        while self.changed:
            self.settle(self.changed.popleft())
        # All are looked up before the first is told: what it closes may give its number to another.
        happened = [(self.get(key.fd), events) for key, events in self.selector.select(seconds)]
        for one, events in happened:
            if one is None or one._fileno is None:
                continue
            read = bool(events & EVENT_READ and self._wanted(one) & EVENT_READ)
            if read:
                wasyncore.read(one)
            if events & EVENT_WRITE and one._fileno is not None:
                wasyncore.write(one)
            # Having read a whole request it wants no more for now, and mostly nothing more comes: left as it is, it
            # costs the system no call. Where more comes, that is seen here once.
            if not read or one.writable():
                self.settle(one)

    def end(self) -> None:
        """Take in nothing more; what is to be sent is sent."""
        self.ending = True
        self.changed.extend(list(self.values()))

    def close(self) -> None:
        """Close all of them."""
        wasyncore.close_all(self, ignore_all=True)
        self.selector.close()

    def _wanted(self, one: Any) -> int:
        reads = one.readable() and not (self.ending and isinstance(one, Connection))
        # A listening socket is never written to.
        return (EVENT_READ if reads else 0) | (EVENT_WRITE if one.writable() and not one.accepting else 0)


class Answer(WSGITask):
    """A request that is being answered."""

    def set_close_on_finish(self) -> None:
        """Close afterwards, but not for want of a length where there is no body to have one."""
        asked = self.version == "1.0" or self.request.headers.get("CONNECTION", "").lower() == "close"
        if self.has_body or asked:
            super().set_close_on_finish()


class TooSlow(Error):
    """What whoever took too long to ask is told."""

    code, reason = 408, "Request Timeout"


class Connection(HTTPChannel):
    task_class = Answer
    request: HTTPRequestParser | None
    # When the request that is still arriving was begun, or was read on after the one before it had its answer.
    began = 0.0

    def received(self, data: bytes) -> bool:
        arriving = self.request
        taken: bool = super().received(data)
        if self.request is not arriving:
            self.began = time.monotonic()
        return taken

    def service(self) -> None:
        _thread.serves = self
        super().service()
        self.began = time.monotonic()

    def give_up(self, head: float, whole: float) -> None:
        """Answer a request that has not arrived in these seconds as one that nobody waits for any more, and close."""
        with self.requests_lock:
            request = self.request
            # While another is answered, nothing is read: then it is not the client who is slow.
            if request is None or self.requests or self.total_outbufs_len:
                return
            most = whole if request.headers_finished else head
            if time.monotonic() - self.began < most:
                return
            request.error = TooSlow(f"The request did not arrive within {most:g} seconds.")
            request.completed = True
            self.request = None
            self.requests.append(request)
            self.server.add_task(self)


# Of each thread that answers: the connection that it answers on.
_thread = threading.local()


class Listener(TcpWSGIServer):
    channel_class = Connection
    head_arrives, all_arrives = HEAD_ARRIVES, ALL_ARRIVES

    def pull_trigger(self) -> None:
        """Have the loop look at the connection that this thread serves, where it waits for something else."""
        one: Connection = _thread.serves
        if not self._map.is_awaited(one):
            self._map.changed.append(one)
            self.trigger.pull_trigger()

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        for one in list(self.active_channels.values()):
            one.give_up(self.head_arrives, self.all_arrives)
        self._map.changed.extend(one for one in self.active_channels.values() if one.will_close)


class _Threads(ThreadedTaskDispatcher):
    # It would tell of each request that has to wait for a thread: a line for each phone of a room.
    queue_logger = logging.getLogger("waitress.queue")
    queue_logger.setLevel(logging.ERROR)


class Server:
    """An application served at all addresses of a host. Listens once it is made.

    `settings` are Waitress's; a request has `head_arrives` seconds for its head and `all_arrives` for all of it. Raises
    `OSError` where the address cannot be listened on, `ValueError` where it is none.
    """

    def __init__(
        self,
        application: WSGIApplication,
        *,
        head_arrives: float = HEAD_ARRIVES,
        all_arrives: float = ALL_ARRIVES,
        **settings: Any,
    ) -> None:
        adjusted = Adjustments(**settings)
        self.connections = Connections()
        self.threads = _Threads()
        self.listeners: list[Listener] = []
        self._stopping = threading.Event()
        try:
            for address in adjusted.listen:
                one = Listener(application, self.connections, dispatcher=self.threads, adj=adjusted, sockinfo=address)
                one.head_arrives, one.all_arrives = head_arrives, all_arrives
                self.listeners.append(one)
        except OSError:
            self.connections.close()
            raise
        self.threads.set_thread_count(adjusted.threads)

    def run(self) -> None:
        """Serve until `stop` is called."""
        while not self._stopping.is_set():
            self.connections.changed.extend(self.listeners)
            self.connections.turn(LOOK)

    def stop(self) -> None:
        """Have `run` come back. May be called by a signal's handler: it raises nothing into whatever runs just now."""
        self._stopping.set()
        with suppress(OSError):
            self.listeners[0].trigger.pull_trigger()

    def close(self, patience: float) -> None:
        """Listen no more, give those who have asked something their answer, for `patience` seconds, then close all."""
        for one in self.listeners:
            wasyncore.dispatcher.close(one)
        self.connections.end()
        end = time.monotonic() + patience
        while (unanswered := self._unanswered()) and time.monotonic() < end:
            self.connections.turn(0.05)
        if unanswered:
            log.warning("%d requests were not answered within %g s and are given up.", unanswered, patience)
        self.threads.set_thread_count(0)
        self.connections.close()

    def _unanswered(self) -> int:
        open_now = [one for one in list(self.connections.values()) if isinstance(one, Connection)]
        return sum(bool(one.requests or one.total_outbufs_len) for one in open_now)
