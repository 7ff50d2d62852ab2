"""A participant's own logo, and the logos of those whom they may meet: more pages of the personal link.

It has a page for itself: no fault elsewhere then loses a picture that was chosen on a phone, nor a picture what was
typed elsewhere.
"""

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError

from web.db import get_session
from web.domain.people import registration
from web.domain.people.logos import logo_seen_by, set_logo
from web.extensions import limiter
from web.forms.logo import LogoForm
from web.security import allow, current_actor, current_registration
from web.views.participant import blueprint, by_link, changes_limited
from web.views.pictures import NOTHING_RUNS, picture_answer

# Each picture takes a process; who tries several sends a few.
pictures_limited = limiter.limit("20 per 10 minutes", key_func=by_link)


def _page(form: LogoForm, status: int = 200) -> ResponseReturnValue:
    return render_template("participant/logo.html", form=form), status


@blueprint.get("/logo")
@allow("participant")
def logo(token: str) -> ResponseReturnValue:
    me = current_registration()
    registration.check_editable(me)
    return _page(LogoForm(me))


@blueprint.post("/logo")
@allow("participant")
@changes_limited
@pictures_limited
def logo_post(token: str) -> ResponseReturnValue:
    me = current_registration()
    form, drawn = LogoForm(me), None
    if "without" not in request.form:
        registration.check_editable(me)
        drawn = form.drawn() if form.validate_on_submit() else None
        if drawn is None:
            return _page(form, 422)
    try:
        changed = set_logo(get_session(), me, drawn, seen=form.seen.data or "", actor=current_actor())
    except StaleDataError:
        form.show_anew(me)
        return _page(form, 409)
    if drawn is not None:
        flash(_("Your logo is saved."), "success")
    elif changed:
        flash(_("Your logo is taken away."), "success")
    return redirect(url_for("participant.logo", token=token), 303)


@blueprint.get("/logos/<digest>")
@allow("participant")
def logo_picture(token: str, digest: str) -> Response:
    return picture_answer(logo_seen_by(get_session(), current_registration(), digest))


logo_picture.talisman_view_options = dict(NOTHING_RUNS)  # type: ignore[attr-defined]
