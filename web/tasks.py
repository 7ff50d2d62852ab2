"""What the worker does: thin wrappers around domain functions, each safe to run twice, each in a lane of its own.

    @lane("mail.send", every=3)
    def send_mail() -> None: ...       # a thread of the worker calls it every three seconds, and when it is woken

Lanes never wait for each other: a mail server that hangs holds up mails, and nothing else. ``web.queue.enqueue(name)``
wakes the lane `name`; the rows in the database are the truth, and each lane finds those that wait by itself.
"""

import logging
import os
import signal
import socket
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import redis
from flask import Flask, current_app

from web.config import Settings
from web.db import get_session, is_away
from web.domain import health
from web.domain.mail import sending as mail
from web.domain.people import drafts, presence, reminding, retention, traces
from web.domain.people.lists import taking
from web.domain.timetable import solving as scheduling
from web.exports import attached
from web.exports.press import close_press
from web.files import reason
from web.queue import Bell, make_huey, queued_call

log = logging.getLogger(__name__)

# Between two tries to reach a queue that was away, in seconds.
QUEUE_PAUSE = 3.0
# How far behind others a lane that gives way stands for a processor: where all are busy it has a fifteenth of one's
# time, and works at its own pace as soon as any is free.
NICER = 12


@dataclass
class Lane:
    """One kind of work; `error` says what was wrong around its last call. See `lane` for the others."""

    name: str
    function: Callable[..., Any]
    every: float
    threads: int
    gives_way: bool = False
    error: str = ""


class Waking:
    """Counts the calls of a lane, so that none is missed by a thread that was still at work when it came."""

    def __init__(self) -> None:
        self.calls = 0
        self._changed = threading.Condition()

    def ring(self) -> None:
        with self._changed:
            self.calls += 1
            self._changed.notify_all()

    def wait(self, known: int, seconds: float) -> None:
        """Wait until there is a call beyond the `known` ones, at most `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self.calls != known, seconds)


LANES: dict[str, Lane] = {}


def lane(
    name: str, *, every: float, threads: int = 1, gives_way: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Have each worker call the function about every `every` seconds in `threads` threads, and whenever it is woken.

    `gives_way`: to whoever waits for a page; only where nobody does has it a processor for itself.

    The function may give a sentence that says what is wrong around it, for whoever watches the machine.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        LANES[name] = Lane(name, function, every, threads, gives_way)
        return function

    return register


def worker_name() -> str:
    """This process, as it signs its claims."""
    return f"{socket.gethostname()}:{os.getpid()}"


# A room that registers writes thirty mails a second, and nobody in it waits for one.
@lane("mail.send", every=3, gives_way=True)
def send_mail() -> str:
    """Send what waits in the outbox; says what holds the mails up, if anything does."""
    session = get_session()
    reminding.take_back(session)
    round = mail.send_round(session, worker_name())
    if round.held is not None:
        return f"{round.held.refusal}: {round.held}"
    # Nothing was tried: what held the mails up before is still unanswered, as long as some wait.
    return LANES["mail.send"].error if not round.tried and mail.some_wait(session) else ""


@lane("mail.attach", every=3)
def attach_agendas() -> str:
    """Make the sheets and calendar files that mails wait for; says what is wrong with printing, if anything."""
    return attached.attach_waiting(get_session())


@lane("schedule.run", every=2, threads=2)
def run_jobs(job_id: int | None = None) -> None:
    """Compute the job, or all that wait, unless somebody already does."""
    if job_id is not None:
        scheduling.run_job(get_session(), job_id, worker_name())
        return
    while (waiting := scheduling.next_job(get_session())) is not None:
        scheduling.run_job(get_session(), waiting, worker_name())


@lane("schedule.sweep", every=3)
def sweep_jobs() -> None:
    """Find jobs whose worker died."""
    scheduling.sweep(get_session())


@lane("people.remind", every=300)
def remind() -> None:
    """Write the reminders that are due."""
    reminding.remind_all(get_session())


@lane("privacy.settle", every=60)
def settle_erasures() -> None:
    """Take out of files what was erased from the tables."""
    traces.settle(get_session())


@lane("privacy.retention", every=3600)
def let_go() -> None:
    """Once a day let go what is kept of people for too long."""
    drafts.forget_old_drafts(get_session())
    taking.let_go(get_session())
    if retention.run_daily(get_session(), current_app.extensions["passerelle.settings"].retention_months) is not None:
        traces.settle(get_session())


@lane("presence.ask", every=300)
def ask_presence() -> None:
    """Ask the participants of tomorrow's events whether they come."""
    presence.ask_presence(get_session())


@lane("worker.beat", every=5)
def beat() -> None:
    """Tell that this worker lives, and what is wrong around its lanes."""
    health.beat(get_session(), worker_name(), report(LANES))


def report(lanes: Mapping[str, Lane]) -> dict[str, str]:
    """What is wrong around each lane, by its name; empty where nothing is."""
    return {one.name: one.error for one in lanes.values()}


def init_app(app: Flask, settings: Settings) -> None:
    """Give the application its way to wake the worker; in tests a call is carried out at once."""
    if not settings.testing:
        app.extensions["passerelle.call"] = Bell(settings).ring
        return

    def call(name: str, arguments: list[Any]) -> None:
        with app.app_context():
            LANES[name].function(*arguments)

    app.extensions["passerelle.call"] = queued_call(make_huey(settings), call)


def run_worker(app: Flask) -> None:
    """Work until told to stop by SIGTERM or SIGINT: every lane in threads of its own. Does not return before."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signal, _frame: stop.set())
    with working(app, stop):
        # Signals are heard between two waits.
        while not stop.wait(0.5):
            pass
    close_press()
    with app.app_context():
        scheduling.release(get_session(), worker_name())


@contextmanager
def working(app: Flask, stop: threading.Event) -> Iterator[None]:
    """Have all lanes run while the block lasts. Their threads are daemons: none is waited for at the end."""
    woken = {name: Waking() for name in LANES}
    threads = [threading.Thread(target=_listen, args=(app, woken, stop), name="queue", daemon=True)]
    for one in LANES.values():
        threads += [
            threading.Thread(target=_run_lane, args=(app, one, woken[one.name], stop), name=one.name, daemon=True)
            for _number in range(one.threads)
        ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()


def _run_lane(app: Flask, one: Lane, woken: Waking, stop: threading.Event) -> None:
    if one.gives_way:
        _give_way()
    while not stop.is_set():
        known = woken.calls
        try:
            with app.app_context():
                one.error = one.function() or ""
        except Exception as error:
            # A lane must outlive a bad moment; the next round tries again.
            _tell(one, error)
            one.error = type(error).__name__
        woken.wait(known, one.every)


def _give_way() -> None:
    """Put this thread behind others. Linux knows the place of each; elsewhere a lane is as good as the others."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + NICER)


def _tell(one: Lane, error: Exception) -> None:
    """Log why a round of a lane failed; a database that is away once, however often it is tried."""
    if not is_away(error):
        log.exception("%s failed", one.name)
    elif one.error != type(error).__name__:
        log.warning("%s waits: the database cannot be used (%s).", one.name, reason(getattr(error, "orig", error)))


def _listen(app: Flask, woken: Mapping[str, Waking], stop: threading.Event) -> None:
    """Wake the lanes that are called. A queue that is away is tried again and told once; the lanes go on without."""

    def wake(name: str, _arguments: list[Any]) -> None:
        if name in woken:
            woken[name].ring()

    settings: Settings = app.extensions["passerelle.settings"]
    huey = None
    away = False
    while not stop.is_set():
        try:
            if huey is None:
                huey = make_huey(settings)
                queued_call(huey, wake)
            task = huey.dequeue()
            if away:
                log.info("The queue answers again.")
            away = False
            if task is not None:
                huey.execute(task)
            elif not huey.storage.blocking:
                stop.wait(0.2)
        except (OSError, sqlite3.Error, redis.RedisError) as error:
            if not away:
                log.warning("The queue is away (%s): waiting rows are looked for all the same.", type(error).__name__)
            away = True
            stop.wait(QUEUE_PAUSE)
        except Exception:
            log.exception("A queued call could not be read")
            stop.wait(QUEUE_PAUSE)
