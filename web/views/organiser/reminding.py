"""Reminders: their rules, whom they would reach today, and those that were written."""

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError

from web.db import get_session
from web.domain.people.outstanding import FINDERS
from web.domain.people.reminder_plan import Plan, local_clock, plan_of, save_plan
from web.domain.people.reminding import due
from web.domain.people.unasked import written
from web.forms.reminding import RemindersForm, occasion_label, until_label
from web.forms.version import version_of
from web.models import utcnow
from web.security import allow, current_actor, current_event
from web.views.organiser.outbox import state_label as mail_state_label
from web.views.organiser.setup import conflict

blueprint = Blueprint("reminding", __name__, url_prefix="/reminders")


@blueprint.get("/")
@allow("organiser")
def index(event_id: int) -> ResponseReturnValue:
    plan = plan_of(get_session(), event_id)
    return _page(RemindersForm(plan), plan)


def _page(form: RemindersForm, plan: Plan, status: int = 200) -> ResponseReturnValue:
    """`plan`: by which the preview is made, whether or not it is saved."""
    event, now = current_event(), utcnow()
    page = render_template(
        "inviting/reminders.html",
        form=form,
        occasions=list(FINDERS),
        occasion_label=occasion_label,
        until_label=until_label,
        mail_state_label=mail_state_label,
        today=local_clock(event, now),
        goes_today=plan.may_go_on(local_clock(event, now).date()),
        due=due(get_session(), event, replace(plan, version=max(plan.version, 1)), now),
        saved=plan_of(get_session(), event.id).version > 0,
        written=written(get_session(), event.id),
        conflict=status == 409,
    )
    return page, status


@blueprint.post("/")
@allow("organiser")
def save(event_id: int) -> ResponseReturnValue:
    """Save the rules, or show whom they would reach today."""
    event, plan = current_event(), plan_of(get_session(), event_id)
    form = RemindersForm(plan)
    if not form.validate_on_submit():
        return _page(form, plan, 422)
    typed = replace(plan, rules=form.rules(), weekends=form.weekends.data)
    if request.form.get("then") == "preview":
        return _page(form, typed)
    try:
        save_plan(get_session(), event, typed.rules, typed.weekends, version_of(form), current_actor())
    except StaleDataError:
        conflict(form, plan_of(get_session(), event_id).version)
        return _page(form, typed, 409)
    flash(_("Saved. Reminders go by these rules from now on."), "success")
    return redirect(url_for(".index", event_id=event_id), 303)
