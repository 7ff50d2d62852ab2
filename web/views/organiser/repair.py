"""Repairing the announced timetable: what has happened, the proposal, and the button that makes it true."""

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from web.db import get_session
from web.domain.errors import Faults, Missing, Refused
from web.domain.people.participants import expected_or_waiting
from web.domain.timetable import anew, repair
from web.domain.timetable.drift import drift
from web.domain.timetable.origin import origin_of
from web.domain.timetable.publishing import Untrue
from web.domain.timetable.solving import without_meetings
from web.forms.repair import RepairForm
from web.forms.schedule import wants_attachments
from web.security import allow, current_actor, current_event, current_schedule
from web.views.faults import refusal

blueprint = Blueprint("repair", __name__, url_prefix="/events/<int:event_id>/repair")


@blueprint.get("/")
@allow("organiser")
def page(event_id: int) -> ResponseReturnValue:
    """What has happened; ``who``, ``table`` and ``round`` in the address are what is already chosen."""
    event = current_event()
    form = RepairForm.of(event, expected_or_waiting(get_session(), event), formdata=None)
    form.from_slot.data = repair.now_slot(event) or ""
    form.people[0].form.who.data = request.args.get("who", "")
    form.tables.data, form.cut.data = request.args.getlist("table"), request.args.getlist("round")
    return _page(form)


@blueprint.post("/")
@allow("organiser")
def propose(event_id: int) -> ResponseReturnValue:
    session, event = get_session(), current_event()
    form = RepairForm.of(event, expected_or_waiting(session, event))
    if not form.validate_on_submit():
        return _page(form, 422)
    try:
        version = repair.propose_repair(session, event, form.said(), current_actor())
    except (Refused, Faults) as error:
        return _page(form, error.status, refusal(error))
    return redirect(url_for("repair.proposal", event_id=event_id, schedule_id=version.id), 303)


@blueprint.get("/<int:schedule_id>/")
@allow("organiser")
def proposal(event_id: int, schedule_id: int) -> ResponseReturnValue:
    """Who changes what, what is lost, and that fewer changes are impossible."""
    session, event = get_session(), current_event()
    found = repair.proposal_of(session, current_schedule())
    if found is None:
        raise Missing
    known = {one.id: one for one in found.event.participants}
    told, without = repair.people_to_tell(session, event, found)
    applied = event.published_schedule_id == found.version.id
    alone = [] if applied else without_meetings(found.version, get_locale().language)
    return render_template(
        "repair/proposal.html",
        version=found.version,
        found=found,
        beside=anew.beside(found),
        origin=origin_of(session, found.version),
        changes=sorted(((known[id], change) for id, change in found.changes.items()), key=lambda one: one[0].label),
        told=told,
        without=without,
        applied=applied,
        alone=[one for one in alone if one[0] in found.changes],
        outdated=repair.is_outdated(event, found.version),
        can_undo=repair.can_undo(event, found.version),
    )


@blueprint.post("/<int:schedule_id>/anew")
@allow("organiser")
def compute_anew(event_id: int, schedule_id: int) -> ResponseReturnValue:
    """What computing everything anew would disturb: asked for by the page once it is there, or by its button."""
    session, version = get_session(), current_schedule()
    busy = False
    try:
        anew.compute_anew(session, version)
    except anew.Busy:
        busy = True
    if not request.headers.get("HX-Request"):
        return redirect(url_for("repair.proposal", event_id=event_id, schedule_id=schedule_id), 303)
    found = repair.proposal_of(session, version)
    if found is None:
        raise Missing
    return render_template("repair/beside.html", version=version, beside=anew.beside(found), found=found, busy=busy)


@blueprint.post("/<int:schedule_id>/adjust")
@allow("organiser")
def adjust(event_id: int, schedule_id: int) -> ResponseReturnValue:
    """Another proposal: for what the event and its timetable are by now, with more changes, with a meeting that stays,
    with somebody who is left alone."""
    session, version = get_session(), current_schedule()
    found = repair.proposal_of(session, version)
    if found is None:
        raise Missing
    said, pair, who = found.said, request.form.getlist("keep"), request.form.get("alone", "")
    said = replace(said, from_slot=repair.later(current_event(), said.from_slot))
    if len(pair) == 2:
        said = said.keeping(pair[0], pair[1])
    elif "again" in request.form:
        pass
    elif who:
        said = said.sparing(who)
    else:
        said = said.with_one_more()
    try:
        made = repair.adjust(session, version, said, current_actor())
    except (Refused, Faults) as error:
        flash(refusal(error), "error")
        return redirect(url_for("repair.proposal", event_id=event_id, schedule_id=schedule_id), 303)
    return redirect(url_for("repair.proposal", event_id=event_id, schedule_id=made.id), 303)


@blueprint.post("/<int:schedule_id>/apply")
@allow("organiser")
def apply(event_id: int, schedule_id: int) -> ResponseReturnValue:
    try:
        done = repair.apply(get_session(), current_schedule(), current_actor(), attach=wants_attachments())
    except (Refused, Faults, Untrue) as error:
        flash(refusal(error), "error")
    else:
        flash(
            ngettext("Done: %(num)d mail is on its way.", "Done: %(num)d mails are on their way.", done.mails),
            "success",
        )
    return redirect(url_for("repair.proposal", event_id=event_id, schedule_id=schedule_id), 303)


@blueprint.post("/<int:schedule_id>/undo")
@allow("organiser")
def undo(event_id: int, schedule_id: int) -> ResponseReturnValue:
    try:
        again = repair.undo(get_session(), current_schedule(), current_actor())
    except (Refused, Faults, Untrue) as error:
        flash(refusal(error), "error")
        return redirect(url_for("repair.proposal", event_id=event_id, schedule_id=schedule_id), 303)
    flash(
        _("Undone: the timetable of before is announced again, as version %(number)s.", number=again.number), "success"
    )
    return redirect(url_for("schedule.show", event_id=event_id, schedule_id=again.id), 303)


def _page(form: RepairForm, status: int = 200, refusal: str | None = None) -> ResponseReturnValue:
    session, event = get_session(), current_event()
    return render_template("repair/said.html", form=form, refusal=refusal, drift=drift(session, event)), status
