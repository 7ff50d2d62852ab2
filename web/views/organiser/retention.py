"""How long the event keeps people, and what goes then."""

from flask import Blueprint, current_app, render_template
from flask_babel import gettext as _

from web.db import get_session
from web.domain.people.retention import preview
from web.security import allow, current_event

blueprint = Blueprint("retention", __name__, url_prefix="/events/<int:event_id>/data")


def _labels() -> dict[str, str]:
    """What goes, in the order in which the page tells it."""
    return {
        "participants": _("Participants, with all that they said and the rules on their meetings"),
        "drafts": _("Registration forms begun and not sent"),
        "invitations": _("Invitations"),
        "choices": _("Wishes, and whom somebody would rather not meet"),
        "facilitators": _("Facilitators"),
        "timetables": _("Timetables, with everybody’s agenda"),
        "computations": _("Computations, with their reasons"),
        "lists": _("Lists that were sent, on their way into the event"),
        "mails": _("Mails, whether sent or not"),
        "messages": _("Messages that you wrote, drafts too"),
        "log": _("Entries of the log"),
    }


@blueprint.get("/")
@allow("organiser")
def index(event_id: int) -> str:
    months = current_app.extensions["passerelle.settings"].retention_months
    found = preview(get_session(), current_event(), months)
    return render_template(
        "organiser/retention.html",
        found=found,
        months=months,
        labels=_labels(),
        is_due=found.is_due,
    )
