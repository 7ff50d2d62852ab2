"""For whoever watches the machine."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from web.db import get_session
from web.domain.health import worker_is_alive
from web.forms.api import Health
from web.security import allow
from web.views.openapi import Call, described

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@allow("public")
@described(Call("Whether the database answers and a worker is alive", {200: Health, 503: Health}, public=True))
def healthz() -> ResponseReturnValue:
    """200 when the database answers and a worker is alive, 503 otherwise."""
    try:
        worker = worker_is_alive(get_session())
        database = True
    except SQLAlchemyError:
        worker = database = False
    ok = database and worker
    report = {"status": "ok" if ok else "unavailable", "database": database, "worker": worker}
    if not ok:
        silent = "the database does not answer" if not database else "no worker gave a sign of life"
        report["errors"] = [{"path": "", "message": silent}]
    return jsonify(report), 200 if ok else 503


# A probe on the machine itself speaks plain http, whatever BASE_URL says of the way in from outside.
healthz.talisman_view_options = {"force_https": False}
