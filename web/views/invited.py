"""What the invited may open by their own link: the form that knows them, and the page that stops reminders.

Looking changes nothing: a mail program that opens every link registers nobody and stops nothing.
"""

from typing import Any

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, refresh
from flask_babel import gettext as _

from web.db import get_session
from web.domain.errors import Refused
from web.domain.event.programme import Window, kinds_of, window
from web.domain.people import stopping
from web.domain.people.invited import invitation_by_token
from web.domain.people.registration import send_link_of_invited
from web.extensions import csrf, limiter
from web.forms.registration import RegistrationForm
from web.models import Invitation
from web.security import allow, current_event
from web.views.limits import VENUE_LINKS
from web.views.phrases import phrases
from web.views.public import closed_page, registration_page

blueprint = Blueprint("invited", __name__, url_prefix="/e/<slug>")
# The form of everybody is shown here too.
blueprint.context_processor(phrases)
links_limited = limiter.limit(VENUE_LINKS)


@blueprint.after_request
def personal(response: Response) -> Response:
    """These addresses are somebody's own: no search engine keeps them."""
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _invitation(token: str) -> Invitation:
    """Whose link it is; without one a page that says so, and leads to the form for everybody."""
    found = invitation_by_token(get_session(), current_event(), token)
    if found is None:
        abort(Response(render_template("inviting/unknown.html", window=window(current_event())), 404))
    _speak(found.language)
    return found


def _speak(language: str) -> None:
    """Have the page in the language of the mail that led to it, unless another one was asked for."""
    g.personal_language = language
    refresh()


@blueprint.get("/invited/<token>")
@allow("public")
def form(slug: str, token: str) -> ResponseReturnValue:
    event, one = current_event(), _invitation(token)
    if one.registration_id is not None:
        return render_template("inviting/answered.html", token=token, registration=one.registration)
    state = window(event)
    if state not in (Window.OPEN, Window.DRAFT):
        return closed_page(state, 200)
    known: dict[str, Any] = {name: getattr(one, name) for name in ("name", "contact_name", "email", "phone")}
    if one.kind in kinds_of(event):
        known["kind"] = one.kind
    return registration_page(RegistrationForm(event, get_locale().language, invitation=token, **known))


@blueprint.post("/invited/<token>")
@allow("public")
@links_limited
def link(slug: str, token: str) -> ResponseReturnValue:
    """Mail the personal link of whoever has answered this invitation."""
    one = _invitation(token)
    try:
        send_link_of_invited(get_session(), one)
    except Refused as refused:
        flash(str(refused), "warning")
    else:
        flash(_("The personal link is on its way to the address given in the registration."), "success")
    return redirect(url_for(".form", slug=slug, token=token), 303)


@blueprint.get("/no-reminders/<token>")
@allow("public")
def no_reminders(slug: str, token: str) -> ResponseReturnValue:
    who = stopping.reader(get_session(), current_event(), token)
    if who is None:
        return render_template("inviting/unknown.html", window=window(current_event())), 404
    _speak(who.language)
    return render_template("inviting/no_reminders.html", token=token, stopped=who.no_reminders)


@blueprint.post("/no-reminders/<token>")
@allow("public")
@links_limited
def stop_reminders(slug: str, token: str) -> ResponseReturnValue:
    """Stop them. A mail program's own button sends this too, without cookies (RFC 8058): the address is the proof."""
    if not stopping.stop(get_session(), current_event(), token):
        return render_template("inviting/unknown.html", window=window(current_event())), 404
    if request.form.get("List-Unsubscribe") == "One-Click":
        return Response(status=204)
    return redirect(url_for(".no_reminders", slug=slug, token=token), 303)


csrf.exempt(stop_reminders)
