"""What anybody may see: the home page, an event's page, the registration form."""

from flask import Blueprint, render_template

from web.db import get_session
from web.domain.events import public_events
from web.security import allow, current_event

blueprint = Blueprint("public", __name__)


@blueprint.get("/")
@allow("public")
def home() -> str:
    return render_template("public/home.html", events=public_events(get_session()))


@blueprint.get("/e/<slug>/")
@allow("public")
def event(slug: str) -> str:
    return render_template("public/event.html", event=current_event())
