"""The provisional round: asking for agreement, the answers as they come in, what was declined planned anew; and who has
said, the day before, that they come."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from web.db import get_session
from web.domain.errors import Faults, Missing, Refused
from web.domain.event.programme import local_now
from web.domain.people import presence
from web.domain.timetable import agreeing, answers
from web.domain.timetable.drift import drift
from web.domain.timetable.publishing import Untrue
from web.domain.timetable.versions import event_of
from web.forms.agreement import AskForm
from web.security import allow, current_actor, current_event, current_registration, current_schedule
from web.views.faults import refusal
from web.views.organiser.grids import heading
from web.views.provisional import reason_words

blueprint = Blueprint("agreement", __name__, url_prefix="/events/<int:event_id>/agreement")


def _page(event_id: int) -> ResponseReturnValue:
    return redirect(url_for("agreement.page", event_id=event_id), 303)


@blueprint.get("/")
@allow("organiser")
def page(event_id: int) -> str:
    """Who has confirmed, who has declined what and why, who is silent."""
    session, event = get_session(), current_event()
    found = agreeing.standing(session, event)
    return render_template(
        "agreement/page.html",
        found=found,
        until=None if found is None or found.until is None else local_now(event, found.until),
        drift=None if found is None else drift(session, event, found.version),
        reason_words=reason_words(),
    )


@blueprint.get("/<int:schedule_id>/ask")
@allow("organiser")
def ask(event_id: int, schedule_id: int) -> ResponseReturnValue:
    """What asking would do, before it is done."""
    try:
        agreeing.check_may_ask(current_event(), current_schedule())
    except Refused as error:
        flash(str(error), "error")
        return redirect(url_for("schedule.show", event_id=event_id, schedule_id=schedule_id), 303)
    return _ask_page(AskForm.of(current_event(), formdata=None))


def _ask_page(form: AskForm, status: int = 200) -> ResponseReturnValue:
    version, event = current_schedule(), current_event()
    told, without = agreeing.people_to_ask(get_session(), event, version)
    page = render_template(
        "agreement/ask.html",
        value=event_of(version),
        form=form,
        told=told,
        without=without,
        asked=event.provisional_schedule_id == version.id,
        again=event.provisional_schedule_id is not None,
        confirmed=request.form.getlist("confirmed"),
        **heading(version),
    )
    return page, status


@blueprint.post("/<int:schedule_id>/ask")
@allow("organiser")
def ask_post(event_id: int, schedule_id: int) -> ResponseReturnValue:
    event, form = current_event(), AskForm()
    if not form.validate_on_submit():
        return _ask_page(form, 422)
    try:
        done = agreeing.ask(
            get_session(),
            current_schedule(),
            form.moment(event),
            current_actor(),
            confirmed=frozenset(request.form.getlist("confirmed")),
        )
    except Faults as faults:
        form.show(faults)
        return _ask_page(form, faults.status)
    except Untrue as error:
        flash(_("Nobody was asked: confirm each sentence below, or compute again."), "error")
        return _ask_page(form, error.status)
    except Refused as error:
        flash(str(error), "error")
        return redirect(url_for("schedule.show", event_id=event_id, schedule_id=schedule_id), 303)
    if done.already:
        flash(_("Answers are taken until the moment that you have set. Nobody was mailed."), "success")
    else:
        flash(
            ngettext("Asked: %(num)d mail is on its way.", "Asked: %(num)d mails are on their way.", done.mails),
            "success",
        )
    return _page(event_id)


@blueprint.post("/remind")
@allow("organiser")
def remind(event_id: int) -> ResponseReturnValue:
    try:
        done = agreeing.remind(get_session(), current_event(), current_actor())
    except Refused as error:
        flash(str(error), "error")
    else:
        flash(
            ngettext("Reminded: %(num)d mail is on its way.", "Reminded: %(num)d mails are on their way.", done.mails),
            "success",
        )
    return _page(event_id)


@blueprint.post("/close")
@allow("organiser")
def close(event_id: int) -> ResponseReturnValue:
    agreeing.close(get_session(), current_event(), current_actor())
    flash(_("No more answers are taken."), "success")
    return _page(event_id)


@blueprint.post("/answers/<int:registration_id>/agree")
@allow("organiser")
def agree(event_id: int, registration_id: int) -> ResponseReturnValue:
    """What somebody has said by telephone, in their name."""
    event = current_event()
    try:
        answers.agree(get_session(), current_registration(), event.provisional_schedule_id or 0, current_actor())
    except Refused as error:
        flash(str(error), "error")
    return _page(event_id)


@blueprint.post("/answers/<int:registration_id>/take-back")
@allow("organiser")
def take_back(event_id: int, registration_id: int) -> ResponseReturnValue:
    """A refusal that was talked over: the two may meet after all."""
    answers.take_back(get_session(), current_registration(), request.form.get("partner", ""), current_actor())
    return _page(event_id)


@blueprint.post("/replan")
@allow("organiser")
def replan(event_id: int) -> ResponseReturnValue:
    try:
        version = agreeing.replan(get_session(), current_event(), current_actor())
    except (Refused, Faults) as error:
        flash(refusal(error), "error")
        return _page(event_id)
    return redirect(url_for("agreement.proposal", event_id=event_id, schedule_id=version.id), 303)


@blueprint.get("/<int:schedule_id>/")
@allow("organiser")
def proposal(event_id: int, schedule_id: int) -> str:
    """Who changes what where the declined meetings are planned anew."""
    version = current_schedule()
    found = agreeing.replanned(get_session(), version)
    if found is None:
        raise Missing
    people = found.event.participant_index
    changes = [(found.event.participant(id), change) for id, change in found.changes.items() if id in people]
    return render_template(
        "agreement/proposal.html",
        value=found.event,
        found=found,
        changes=sorted(changes, key=lambda one: one[0].label.casefold()),
        **heading(version),
    )


@blueprint.get("/presence")
@allow("organiser")
def present(event_id: int) -> str:
    """Who is expected and has not said that they come."""
    session, event = get_session(), current_event()
    expected = presence.expected(session, event)
    return render_template(
        "agreement/presence.html",
        expected=expected,
        silent=[one for one in expected if not presence.has_confirmed(one)],
        asked=presence.is_asked(event),
        mailed=presence.was_asked(event),
    )


@blueprint.post("/presence/<int:registration_id>")
@allow("organiser")
def present_post(event_id: int, registration_id: int) -> ResponseReturnValue:
    """What somebody has said by telephone, in their name."""
    try:
        presence.confirm_presence(get_session(), current_registration(), current_actor())
    except Refused as error:
        flash(str(error), "error")
    return redirect(url_for("agreement.present", event_id=event_id), 303)
