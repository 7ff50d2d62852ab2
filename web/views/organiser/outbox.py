"""The mails of an event."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from web.db import get_session
from web.domain.health import mail_refusal
from web.domain.mail import outbox
from web.models import Attaching, MailState
from web.security import CONTENT_SECURITY_POLICY, allow, current_actor, current_event

blueprint = Blueprint("outbox", __name__, url_prefix="/events/<int:event_id>/mails")
TONES = {"queued": "info", "claimed": "info", "sent": "good", "failed": "bad", outbox.FILED: "info"}


_STATES = [*(one.value for one in MailState), outbox.FILED]


def state_label(state: str) -> str:
    return {
        MailState.QUEUED: _("waiting"),
        MailState.CLAIMED: _("being sent"),
        MailState.SENT: _("sent"),
        outbox.FILED: _("written to the folder"),
        MailState.FAILED: _("failed"),
    }[state]


def attaching_label(outcome: str) -> str:
    return {
        Attaching.WANTED: _("the agenda to print and the calendar file, which are being made"),
        Attaching.MADE: _("the agenda to print (PDF) and the calendar file"),
        Attaching.NO_SHEET: _("the calendar file alone: the agenda could not be printed here"),
        Attaching.LEFT_OUT: _("nothing: the files were not made in time, or are too large for the mail server"),
        Attaching.OUTDATED: _("nothing: a later timetable was published before this mail left"),
    }[Attaching(outcome)]


@blueprint.get("/")
@allow("organiser")
def index(event_id: int) -> str:
    state = request.args.get("state", "")
    state = state if state in _STATES else ""
    text = request.args.get("q", "")[:200]
    page = request.args.get("page", 1, type=int)
    found = outbox.mails(get_session(), current_event(), state, page, text)
    return render_template(
        "organiser/outbox.html",
        found=found,
        state=state,
        text=text,
        states=_STATES,
        state_label=state_label,
        attaching_label=attaching_label,
        refusal=mail_refusal(get_session()),
    )


@blueprint.get("/<int:mail_id>/")
@allow("organiser")
def show(event_id: int, mail_id: int) -> str:
    mail = outbox.mail(get_session(), current_event(), mail_id)
    return render_template("organiser/mail.html", mail=mail, state_label=state_label, attaching_label=attaching_label)


# The one page of the site with a frame: for `html` below it.
show.talisman_view_options = {"content_security_policy": CONTENT_SECURITY_POLICY | {"frame-src": "'self'"}}  # type: ignore[attr-defined]


@blueprint.get("/<int:mail_id>/html")
@allow("organiser")
def html(event_id: int, mail_id: int) -> str:
    """A mail as mail programs show it, for the frame on its page.

    Its styles stand in it, as those programs want them. It is a document of no origin, which runs and fetches nothing.
    """
    return outbox.html_of(get_session(), current_event(), mail_id)


html.talisman_view_options = {  # type: ignore[attr-defined]
    "content_security_policy": {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
        "sandbox": "",
    },
    "frame_options": "SAMEORIGIN",
}


@blueprint.post("/<int:mail_id>/retry")
@allow("organiser")
def retry(event_id: int, mail_id: int) -> ResponseReturnValue:
    if outbox.retry(get_session(), current_event(), mail_id, current_actor()):
        flash(_("The mail is tried again now."), "success")
    else:
        flash(_("This mail is sent already, or on its way."), "info")
    return redirect(url_for(".show", event_id=event_id, mail_id=mail_id))


@blueprint.post("/retry")
@allow("organiser")
def retry_failed(event_id: int) -> ResponseReturnValue:
    number = outbox.retry_failed(get_session(), current_event(), current_actor())
    flash(ngettext("%(num)d mail is tried again now.", "%(num)d mails are tried again now.", number), "success")
    return redirect(url_for(".index", event_id=event_id))
