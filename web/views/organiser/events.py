"""The organiser's events: list, one event."""

from flask import Blueprint, render_template

from web.db import get_session
from web.domain.events import events_of
from web.security import allow, current_event, signed_in_user

blueprint = Blueprint("events", __name__, url_prefix="/events")


@blueprint.get("/")
@allow("organiser", "desk", "committee")
def index() -> str:
    return render_template("organiser/events.html", events=events_of(get_session(), signed_in_user()))


@blueprint.get("/<int:event_id>/")
@allow("organiser")
def show(event_id: int) -> str:
    return render_template("organiser/event.html", event=current_event())
