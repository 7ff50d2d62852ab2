"""Waking the worker. What has to be done stands in the database, written with the deed; a queued call only wakes.

So a call that is lost, repeated or impossible does no harm: the worker looks for waiting rows by itself every few
seconds (see `web.tasks`), and nobody is told that a deed failed because the worker could not be woken.
"""

import logging
import threading
import time
from typing import Any

import redis
from flask import current_app
from huey import Huey, RedisHuey, SqliteHuey
from redis.backoff import NoBackoff
from redis.retry import Retry

from web.config import Settings

log = logging.getLogger(__name__)

# A queue that did not answer is left alone for so long, so that no request waits for it again meanwhile.
SILENCE = 10.0
# A room that registers asks for the same look thirty times a second, and each call would be a file written to the disk.
# What comes within a second of a call is found by it or by the worker's own look, five seconds later at most.
ECHO = 1.0


def make_huey(settings: Settings) -> Huey:
    """The queue: Redis where `redis_url` is set, a SQLite file in ``var`` otherwise; at once in tests.

    Raises `OSError`, `sqlite3.Error` or `redis.RedisError` where there is no place for it.
    """
    if settings.testing:
        return SqliteHuey("passerelle", filename=str(settings.queue_file), immediate=True, immediate_use_memory=True)
    if settings.redis_url:
        pool = redis.ConnectionPool.from_url(
            settings.redis_url, socket_connect_timeout=1.0, socket_timeout=3.0, retry=Retry(NoBackoff(), 0)
        )
        return RedisHuey("passerelle", connection_pool=pool)
    return SqliteHuey("passerelle", filename=str(settings.queue_file), timeout=1.0)


class Bell:
    """One process's end of the queue, made when it is first rung: an application starts without it too."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.quiet_until = 0.0
        self._task: Any = None
        self._rung: dict[str, float] = {}
        self._lock = threading.Lock()

    def ring(self, name: str, arguments: list[Any]) -> None:
        """Queue the call; a second one without arguments, within a moment, is heard with the first.

        Raises what the queue raises, `TimeoutError` while it is left alone.
        """
        now = time.monotonic()
        if now < self.quiet_until:
            raise TimeoutError("the queue did not answer a moment ago")
        if not arguments and now < self._rung.get(name, 0.0) + ECHO:
            return
        try:
            self._queued()(name, arguments)
            self._rung[name] = now
        except Exception:
            self.quiet_until = time.monotonic() + SILENCE
            raise

    def _queued(self) -> Any:
        with self._lock:
            if self._task is None:
                self._task = queued_call(make_huey(self.settings), _nothing)
            return self._task


def queued_call(huey: Huey, function: Any) -> Any:
    """The one task of the queue, which has `function` called with a name and a list of arguments."""

    # The queue knows a task by the module of its function too: one function here, for who rings and for who listens.
    def call(name: str, arguments: list[Any]) -> None:
        function(name, arguments)

    return huey.task(name="call")(call)


def _nothing(name: str, arguments: list[Any]) -> None:
    """What a queued call does in a process that only queues."""


def enqueue(name: str, *arguments: Any) -> None:
    """Wake the worker for the task registered under `name`; call it after the transaction is committed.

    Best effort: what cannot be queued is logged, never raised, for the deed is done and its row waits in the table.
    """
    try:
        current_app.extensions["passerelle.call"](name, list(arguments))
    except Exception as error:
        # Whatever a queue's driver may raise (a full disk, no connection, a locked file): the rows are safe.
        log.warning("The worker could not be woken for %s: %s. It looks by itself.", name, type(error).__name__)


def redis_answers(settings: Settings) -> bool:
    """Whether the Redis of these settings answers within a second; true where none is set."""
    if not settings.redis_url:
        return True
    try:
        with redis.Redis.from_url(
            settings.redis_url, socket_connect_timeout=1.0, socket_timeout=1.0, retry=Retry(NoBackoff(), 0)
        ) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
