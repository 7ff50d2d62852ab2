"""Thin queue wrappers around domain functions; each is safe to run twice.

A task is registered by name and called through the queue with ``web.queue.enqueue(name, …)``::

    @task("mail.send")
    def send_mail() -> None: ...

    @every(10)
    def sweep() -> None: ...          # run by each worker about every ten seconds
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from flask import Flask
from huey import Huey

from web.config import Settings
from web.db import get_session
from web.domain import health, mail, scheduling, traces
from web.queue import make_huey

log = logging.getLogger(__name__)

TASKS: dict[str, Callable[..., Any]] = {}
PERIODIC: list[tuple[float, Callable[[], Any]]] = []


def task(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function under `name`; it runs in an application context of its own."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        TASKS[name] = function
        return function

    return register


def every(seconds: float) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Have each worker call the function about every `seconds`, in an application context of its own."""

    def register(function: Callable[[], Any]) -> Callable[[], Any]:
        PERIODIC.append((seconds, function))
        return function

    return register


def worker_name() -> str:
    """This process, as it signs its claims."""
    return f"{socket.gethostname()}:{os.getpid()}"


@task("mail.send")
@every(5)
def send_mail() -> None:
    """Send what waits in the outbox."""
    mail.send_waiting(get_session(), worker_name())


@task("schedule.run")
def run_job(job_id: int) -> None:
    """Compute what the job asks for, unless somebody already does."""
    scheduling.run_job(get_session(), job_id, worker_name())


@every(3)
def sweep_jobs() -> None:
    """Find jobs whose worker died, and those that no worker took."""
    scheduling.sweep(get_session())


@task("privacy.settle")
@every(60)
def settle_erasures() -> None:
    """Take out of files what was erased from the tables."""
    traces.settle(get_session())


@every(5)
def beat() -> None:
    """Tell that this worker lives."""
    health.beat(get_session(), worker_name())


def init_app(app: Flask, settings: Settings) -> None:
    huey = make_huey(settings)

    @huey.task(name="call")
    def call(name: str, arguments: list[Any]) -> None:
        with app.app_context():
            TASKS[name](*arguments)

    app.extensions["passerelle.huey"] = huey
    app.extensions["passerelle.call"] = call


def run_worker(app: Flask) -> None:
    """Work until told to stop: queued calls in two threads, periodic functions in one more. Does not return before."""
    huey: Huey = app.extensions["passerelle.huey"]
    stop = threading.Event()
    threads = [threading.Thread(target=_repeat, args=(app, *entry, stop), daemon=True) for entry in PERIODIC]
    for thread in threads:
        thread.start()
    try:
        huey.create_consumer(workers=2, periodic=False, check_worker_health=True, max_delay=1.0).run()
    finally:
        stop.set()
        with app.app_context():
            scheduling.release(get_session(), worker_name())


def _repeat(app: Flask, seconds: float, function: Callable[[], Any], stop: threading.Event) -> None:
    while not stop.is_set():
        started = time.monotonic()
        try:
            with app.app_context():
                function()
        except Exception:
            # The loop must outlive a bad moment (a database restarting); the next round tries again.
            log.exception("%s failed", function.__name__)
        stop.wait(max(0.5, seconds - (time.monotonic() - started)))
