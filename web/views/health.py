"""For whoever watches the machine."""

from typing import Any

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from web.db import get_session
from web.domain.health import hanging, worker_is_alive
from web.forms.api import Health
from web.queue import redis_answers
from web.security import allow
from web.views.openapi import Call, described

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@allow("public")
@described(Call("Whether the parts answer, and what hangs", {200: Health, 503: Health}, public=True))
def healthz() -> ResponseReturnValue:
    """200 when the database answers and a worker is alive, 503 otherwise.

    What is slower or held up without them being away (mails, computations, Redis) is told in ``errors`` with a 200:
    to start the program again would not help.
    """
    settings = current_app.extensions["passerelle.settings"]
    hangs: dict[str, str] = {}
    worker = database = False
    try:
        worker = worker_is_alive(get_session())
        hangs = hanging(get_session())
        database = True
    except SQLAlchemyError:
        worker = False
    if not database:
        hangs = {"database": "the database does not answer"}
    elif not worker:
        hangs = {"worker": "no worker gave a sign of life", **hangs}
    redis = redis_answers(settings)
    if not redis:
        hangs["redis"] = "Redis does not answer: limits are counted by each process, work is found a few seconds later"
    ok = database and worker
    report: dict[str, Any] = {
        "status": ("degraded" if hangs else "ok") if ok else "unavailable",
        "database": database,
        "worker": worker,
        "jobs": "jobs" not in hangs,
        "mails": "mails" not in hangs,
        "redis": redis if settings.redis_url else None,
    }
    if hangs:
        report["errors"] = [{"path": path, "message": message} for path, message in hangs.items()]
    return jsonify(report), 200 if ok else 503


# A probe on the machine itself speaks plain http, whatever BASE_URL says of the way in from outside.
healthz.talisman_view_options = {"force_https": False}  # type: ignore[attr-defined]
