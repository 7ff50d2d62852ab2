"""Who works on an event."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from web.db import get_session
from web.domain.errors import Faults
from web.domain.team import team
from web.domain.team.access import role_in
from web.forms.participants import OFFERED_ROLES, InviteForm, role_label
from web.models import Role
from web.security import allow, current_actor, current_event, signed_in_user

blueprint = Blueprint("team", __name__, url_prefix="/events/<int:event_id>/team")


def _page(form: InviteForm, status: int = 200) -> ResponseReturnValue:
    members = team.members(get_session(), current_event())
    page = render_template(
        "organiser/team.html",
        members=members,
        form=form,
        roles=OFFERED_ROLES,
        role_label=role_label,
        me=signed_in_user(),
    )
    return page, status


@blueprint.get("/")
@allow("organiser")
def index(event_id: int) -> ResponseReturnValue:
    return _page(InviteForm())


@blueprint.post("/")
@allow("organiser")
def invite(event_id: int) -> ResponseReturnValue:
    form = InviteForm()
    if not form.validate_on_submit():
        return _page(form, 422)
    try:
        user = team.invite(
            get_session(),
            current_event(),
            email=form.email.data,
            role=Role(form.role.data),
            actor=current_actor(),
        )
    except Faults as faults:
        form.email.errors = [fault.message for fault in faults.faults]
        return _page(form, 422)
    flash(_("The invitation is on its way to %(email)s.", email=user.email), "success")
    return redirect(url_for(".index", event_id=event_id))


@blueprint.post("/<int:member_id>/invite")
@allow("organiser")
def invite_again(event_id: int, member_id: int) -> ResponseReturnValue:
    user = team.invite_again(get_session(), current_event(), member_id, current_actor())
    flash(_("The invitation is on its way to %(email)s.", email=user.email), "success")
    return redirect(url_for(".index", event_id=event_id))


@blueprint.post("/<int:member_id>/role")
@allow("organiser")
def role(event_id: int, member_id: int) -> ResponseReturnValue:
    wanted = request.form.get("role", "")
    if wanted not in OFFERED_ROLES:
        flash(_("Choose a role."), "warning")
        return redirect(url_for(".index", event_id=event_id))
    team.change_role(get_session(), current_event(), member_id, Role(wanted), current_actor())
    flash(_("Saved."), "success")
    # Somebody who gives up the organiser's role sees this page no more.
    still = role_in(get_session(), signed_in_user(), event_id) == Role.ORGANISER
    return redirect(url_for(".index", event_id=event_id) if still else url_for("events.index"))


@blueprint.post("/<int:member_id>/remove")
@allow("organiser")
def remove(event_id: int, member_id: int) -> ResponseReturnValue:
    removed = team.remove_member(get_session(), current_event(), member_id, current_actor())
    flash(_("Removed from the team."), "success")
    own = removed == signed_in_user().id
    return redirect(url_for("events.index") if own else url_for(".index", event_id=event_id))
