"""Handing work to the worker. A queued call only wakes it: what has to be done stands in the database.

So a lost or repeated call does no harm: the worker also looks for waiting rows by itself (see `web.tasks`).
"""

from typing import Any

from flask import current_app
from huey import Huey, RedisHuey, SqliteHuey

from web.config import Settings


def make_huey(settings: Settings) -> Huey:
    """The queue: Redis where `redis_url` is set, a SQLite file in ``var`` otherwise; at once in tests."""
    if settings.testing:
        return SqliteHuey("passerelle", filename=str(settings.queue_file), immediate=True, immediate_use_memory=True)
    if settings.redis_url:
        return RedisHuey("passerelle", url=settings.redis_url)
    return SqliteHuey("passerelle", filename=str(settings.queue_file))


def enqueue(name: str, *arguments: Any) -> None:
    """Have the worker call the task registered under `name`; call it after the transaction is committed."""
    current_app.extensions["passerelle.call"](name, list(arguments))
