"""Colleagues on their organisation's page, each with a link of their own: more of the personal link."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from web.db import get_session
from web.domain.errors import Missing, Refused
from web.domain.mail.addresses import has_confirmed
from web.domain.people import colleagues
from web.domain.people.registration import is_editable
from web.forms.colleagues import ColleagueForm, OwnMailsForm
from web.security import allow, current_actor, current_colleague, current_registration
from web.views.participant import back, blueprint, changes_limited


def _page(form: ColleagueForm | None = None, status: int = 200) -> ResponseReturnValue:
    me, one = current_registration(), current_colleague()
    own_form = None if one is None else OwnMailsForm(formdata=None, obj=one)
    form = form or ColleagueForm(formdata=None, language=get_locale().language)
    page = render_template(
        "participant/colleagues.html",
        form=form,
        own_form=own_form,
        colleagues=colleagues.colleagues_of(get_session(), me),
        unreached=colleagues.unreached(get_session(), me),
        has_confirmed=has_confirmed,
        has_room=is_editable(me),
        most=colleagues.MOST,
    )
    return page, status


@blueprint.get("/colleagues")
@allow("participant")
def list_colleagues(token: str) -> ResponseReturnValue:
    return _page()


@blueprint.post("/colleagues")
@allow("participant", colleagues=False)
@changes_limited
def add_colleague(token: str) -> ResponseReturnValue:
    form = ColleagueForm()
    if not form.validate_on_submit():
        return _page(form, 422)
    try:
        added = colleagues.add(get_session(), current_registration(), **form.values(), actor=current_actor())
    except Refused as error:
        form.form_errors.append(str(error))
        return _page(form, error.status)
    tell_added(form, added is not None)
    return back("participant.list_colleagues", token)


def tell_added(form: ColleagueForm, is_new: bool) -> None:
    """Say what came of the form, here and on the organiser's page."""
    who = form.values()
    if is_new:
        flash(_("The link for %(name)s is on its way to %(email)s.", name=who["name"], email=who["email"]), "success")
    else:
        flash(_("Somebody with the address %(email)s has a link already.", email=who["email"]), "warning")


@blueprint.post("/colleagues/<int:colleague_id>/link")
@allow("participant", colleagues=False)
@changes_limited
def send_colleague_link(token: str, colleague_id: int) -> ResponseReturnValue:
    tell_sent(colleague_id)
    return back("participant.list_colleagues", token)


def tell_sent(colleague_id: int) -> None:
    """Mail the link again, and say what came of it."""
    try:
        one = colleagues.resend(get_session(), current_registration(), colleague_id, current_actor())
    except (Missing, Refused) as error:
        flash(str(error), "warning")
    else:
        flash(_("The link for %(name)s is on its way to %(email)s.", name=one.name, email=one.email), "success")


@blueprint.post("/colleagues/<int:colleague_id>/remove")
@allow("participant", colleagues=False)
@changes_limited
def remove_colleague(token: str, colleague_id: int) -> ResponseReturnValue:
    tell_removed(colleague_id)
    return back("participant.list_colleagues", token)


def tell_removed(colleague_id: int) -> None:
    """Remove a colleague, and say what came of it."""
    try:
        name = colleagues.remove(get_session(), current_registration(), colleague_id, current_actor())
    except Missing as error:
        flash(str(error), "warning")
    else:
        flash(_("%(name)s is removed: the link works no more.", name=name), "success")


@blueprint.post("/colleagues/mails")
@allow("participant")
@changes_limited
def own_mails(token: str) -> ResponseReturnValue:
    """A colleague's own; the first contact's mails are those of the registration."""
    one, form = current_colleague(), OwnMailsForm()
    if one is not None and form.validate_on_submit():
        colleagues.choose(
            get_session(),
            one,
            wants_mails=bool(form.wants_mails.data),
            language=form.language.data,
            actor=current_actor(),
        )
        flash(_("Your changes are saved."), "success")
    return redirect(url_for("participant.list_colleagues", token=token), 303)
