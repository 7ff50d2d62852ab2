"""Where an event stands with its people, and whom to ring."""

from flask import Blueprint, render_template
from flask_babel import gettext as _
from flask_babel import ngettext

from web.db import get_session
from web.domain.people.standing import Step, ToRing, Why, funnel, to_ring
from web.forms.reminding import occasion_label
from web.security import allow, current_event

blueprint = Blueprint("standing", __name__, url_prefix="/standing")


def step_label(step: str) -> str:
    return {
        Step.INVITED: _("Invited"),
        Step.STARTED: _("Form begun"),
        Step.REGISTERED: _("Registered"),
        Step.ACCEPTED: _("Accepted to take part"),
        Step.CHOSE: _("Wishes made"),
        Step.CONFIRMED: _("Confirmed"),
    }[Step(step)]


def why_label(one: ToRing) -> str:
    """Why somebody is rung, in a sentence."""
    days = ngettext("%(num)d day", "%(num)d days", one.days)
    if one.why == Why.UNREACHED:
        return _("The mail could not be delivered.")
    if one.why == Why.UNDECIDED:
        return _("Waits for your decision for %(days)s.", days=days)
    what = occasion_label(one.occasion or "")
    return _("%(what)s: no answer for %(days)s, reminded %(times)s times.", what=what, days=days, times=one.reminders)


@blueprint.get("/")
@allow("organiser")
def index(event_id: int) -> str:
    stages = funnel(get_session(), current_event())
    return render_template(
        "inviting/standing.html",
        stages=stages,
        most=max(stage.number for stage in stages),
        step_label=step_label,
        ringing=to_ring(get_session(), current_event()),
        why_label=why_label,
    )
