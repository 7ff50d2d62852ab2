"""An event's timetables: the list of versions, one version as grids, its quality, versions side by side, publishing."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from scheduler.format.event import Event as EventValue
from web.db import get_session
from web.domain.errors import Refused
from web.domain.event.vocabulary import Vocabulary
from web.domain.timetable import answered_words
from web.domain.timetable import solving as scheduling
from web.domain.timetable.agreeing import standing
from web.domain.timetable.answered import Answered, apart, groups
from web.domain.timetable.difference import difference
from web.domain.timetable.drift import drift
from web.domain.timetable.grid import Timetable
from web.domain.timetable.origin import origin_of
from web.domain.timetable.publishing import Unapplied, Untrue, people_to_tell
from web.domain.timetable.quality import Quality, quality, tier_reports, turn
from web.domain.timetable.reasons import reasons
from web.domain.timetable.shortage import shortages, waiting
from web.domain.timetable.spare import spare
from web.domain.timetable.versions import (
    annotate,
    delete_version,
    event_of,
    is_proposal,
    note_of,
    schedule_of,
    versions_of,
    with_files,
)
from web.exports.charts import bars
from web.forms.schedule import NoteForm, wants_attachments
from web.models import ScheduleVersion
from web.security import allow, current_actor, current_event, current_schedule
from web.views.organiser import compute, downloads, edit
from web.views.organiser.grids import heading, kinds
from web.views.organiser.grids import wanted as filter_wanted

blueprint = Blueprint("schedule", __name__, url_prefix="/events/<int:event_id>/schedule")
blueprint.register_blueprint(compute.blueprint)
blueprint.register_blueprint(downloads.blueprint)
blueprint.register_blueprint(edit.blueprint)

COMPARED = 4
# Larger events are answered when somebody asks, not whenever the page opens.
ANSWERED_AT_ONCE = 300
# Of those who fare worst so many are told why not; the page is read on phones too.
ANSWERED = 5


def _render(template: str, version: ScheduleVersion, value: EventValue, **values: Any) -> str:
    """A page of one version: its name, its tabs, its buttons."""
    return render_template(template, value=value, **heading(version), **values)


def _addresses(version: ScheduleVersion, value: EventValue) -> dict[str, str]:
    """The agenda of each participant, made once: a large grid has thousands of cells that lead there."""
    ids: dict[str, Any] = {"event_id": version.event_id, "schedule_id": version.id}
    return {one.id: url_for("schedule.agenda", participant=one.id, **ids) for one in value.participants}


@blueprint.get("/")
@allow("organiser")
def index(event_id: int) -> str:
    session = get_session()
    job = scheduling.latest_job(session, event_id)
    versions = versions_of(session, event_id)
    return render_template(
        "schedule/index.html",
        versions=versions,
        groups=groups(session, current_event(), versions),
        tiers={one.id: {tier.name: tier for tier in tier_reports(one.tiers)} for one in versions},
        answers=answered_words,
        note_of=note_of,
        job=job,
        active=job is not None and job.is_active,
        most_compared=COMPARED,
        drift=drift(session, current_event()),
    )


@blueprint.get("/<int:schedule_id>/")
@allow("organiser")
def show(event_id: int, schedule_id: int) -> str:
    """Participants × slots."""
    version, wanted = current_schedule(), filter_wanted()
    value = event_of(version)
    grid = Timetable(value, schedule_of(version)).participants_grid(wanted)
    return _render(
        "schedule/participants.html",
        version,
        value,
        origin=origin_of(get_session(), version),
        grid=grid,
        wanted=wanted,
        kinds=kinds(value),
        addresses=_addresses(version, value),
    )


@blueprint.get("/<int:schedule_id>/tables")
@allow("organiser")
def tables(event_id: int, schedule_id: int) -> str:
    """Tables × slots."""
    version, wanted = current_schedule(), filter_wanted()
    value = event_of(version)
    grid = Timetable(value, schedule_of(version)).tables_grid(wanted, _("Online"), _("Without table"))
    return _render(
        "schedule/tables.html",
        version,
        value,
        grid=grid,
        wanted=wanted,
        kinds=kinds(value),
        addresses=_addresses(version, value),
    )


@blueprint.get("/<int:schedule_id>/quality")
@allow("organiser")
def quality_page(event_id: int, schedule_id: int) -> str:
    """The aims and who fares worst; with ``answers`` in the address also what takes a moment to compute."""
    version = current_schedule()
    value = event_of(version)
    found = quality(value, schedule_of(version), proofs=True)
    chart = bars([(str(number), sum(counts.values())) for number, counts in found.distribution])
    answered = _answers(version, found) if "answers" in request.args else None
    return _render(
        "schedule/quality.html",
        version,
        value,
        quality=found,
        shortages=shortages(value, found),
        waiting=waiting(found),
        chart=chart,
        answered=answered,
        at_once=len(value.participants) <= ANSWERED_AT_ONCE,
    )


@blueprint.get("/<int:schedule_id>/quality/answers")
@allow("organiser")
def answers(event_id: int, schedule_id: int) -> str:
    """The part of the quality page that takes a moment: why not, what it would take, what one more is worth."""
    version = current_schedule()
    value = event_of(version)
    return render_template(
        "schedule/answers.html",
        version=version,
        value=value,
        answered=_answers(version, quality(value, schedule_of(version))),
    )


def _answers(version: ScheduleVersion, found: Quality) -> dict[str, Any]:
    worst = [one.participant for one in found.worst[:ANSWERED]]
    unmet = scheduling.most_wanted(version, [one.id for one in worst], get_locale().language)
    return {"worst": [(one, *unmet[one.id]) for one in worst], "grid": scheduling.one_more(version)}


@blueprint.get("/<int:schedule_id>/participants/<path:participant>/")
@allow("organiser")
def agenda(event_id: int, schedule_id: int, participant: str) -> str:
    """One participant's agenda, and why each meeting is there."""
    version = current_schedule()
    value = event_of(version)
    if participant not in value.participant_index:
        abort(404)
    words = Vocabulary(current_event(), get_locale().language)
    timetable = Timetable(value, schedule_of(version))
    row = timetable.agenda(participant)
    me = value.participant(participant)
    met = {cell.partner_of(me.id).id for cells in row.cells for cell in cells}
    head = heading(version)
    return render_template(
        "schedule/agenda.html",
        **head,
        value=value,
        me=me,
        row=row,
        heads=timetable.heads,
        why=lambda partner: reasons(value, me, partner, words),
        wishes=[(value.participant(wish), wish in met) for wish in me.wishes],
        broken={id for meeting in head["drift"].of_meetings(me.id) for id in meeting.between},
        words=words,
    )


@blueprint.get("/<int:schedule_id>/participants/<path:participant>/why-not")
@allow("organiser")
def why_not(event_id: int, schedule_id: int, participant: str) -> ResponseReturnValue:
    """Whom one participant does not meet, and why; with ``partner`` in the address that one first, alone for htmx."""
    version, language = current_schedule(), get_locale().language
    value, partner = event_of(version), request.args.get("partner", "")
    asked = scheduling.why_not_with(version, participant, partner, language) if partner else None
    if partner and request.headers.get("HX-Request"):
        return render_template("schedule/why_one.html", version=version, value=value, partner=partner, one=asked)
    answers = scheduling.why_not(version, participant, language)
    me = value.participant(participant)
    return _render(
        "schedule/why_not.html",
        version,
        value,
        me=me,
        partner=value.participant(partner) if partner else None,
        asked=asked,
        others=[one for one in value.participants if one.id != me.id],
        unmet=[(value.participant(one.partner), one) for one in answers.unmet if one.partner != partner],
        standing=answers.standing,
    )


@blueprint.get("/capacity")
@allow("organiser")
def capacity(event_id: int) -> ResponseReturnValue:
    """What more or fewer tables and slots are worth; computed when asked for, as it takes seconds."""
    grid = refusal = None
    status = 200
    if "compute" in request.args:
        try:
            grid = scheduling.what_if(get_session(), current_event())
        except Refused as error:
            refusal, status = str(error), error.status
    ends = [slot.ends_at for slot in current_event().slots]
    saved = spare(grid, ends) if grid else None
    return render_template("schedule/capacity.html", grid=grid, spare=saved, refusal=refusal), status


@blueprint.get("/compare")
@allow("organiser")
def compare(event_id: int) -> ResponseReturnValue:
    wanted = list(dict.fromkeys(request.args.getlist("v", type=int)))[:COMPARED]
    session = get_session()
    own = {one.id for one in versions_of(session, event_id)}
    if not set(wanted) <= own:
        abort(404)
    if len(wanted) < 2:
        flash(_("Tick at least two versions to compare them."), "warning")
        return redirect(url_for("schedule.index", event_id=event_id))
    versions = with_files(session, wanted)
    announced = [(event_of(one), schedule_of(one)) for one in versions]
    found = [quality(*one) for one in announced]
    its = [Answered.of(value) for value, _held in announced]
    apart_from = [apart(its[0], one) for one in its]
    return render_template(
        "schedule/compare.html",
        versions=versions,
        found=found,
        its=its,
        answers=answered_words,
        note_of=note_of,
        apart_from=apart_from,
        alike=not any(apart_from),
        turns=[turn(found[0], one) for one in found],
        differences=[difference(*announced[0], *one) for one in announced],
        drift=drift(session, current_event()),
    )


@blueprint.post("/<int:schedule_id>/note")
@allow("organiser")
def note(event_id: int, schedule_id: int) -> ResponseReturnValue:
    form = NoteForm()
    if not form.validate_on_submit():
        flash(" ".join(message for messages in form.errors.values() for message in messages), "error")
    else:
        annotate(get_session(), current_schedule(), form.note.data or "", current_actor())
        flash(_("Saved."), "success")
    return redirect(url_for("schedule.show", event_id=event_id, schedule_id=schedule_id), 303)


@blueprint.post("/<int:schedule_id>/delete")
@allow("organiser")
def delete(event_id: int, schedule_id: int) -> ResponseReturnValue:
    number = current_schedule().number
    try:
        delete_version(get_session(), current_schedule(), current_actor())
    except Refused as error:
        flash(str(error), "error")
        return redirect(url_for("schedule.show", event_id=event_id, schedule_id=schedule_id), 303)
    flash(_("Version %(number)s is deleted.", number=number), "success")
    return redirect(url_for("schedule.index", event_id=event_id), 303)


@blueprint.get("/<int:schedule_id>/publish")
@allow("organiser")
def publish(event_id: int, schedule_id: int) -> ResponseReturnValue:
    """What a publication would do, before it is done; a repair is applied on the page of its proposal."""
    if is_proposal(current_schedule()):
        return redirect(url_for("repair.proposal", event_id=event_id, schedule_id=schedule_id))
    return _publish_page()


def _publish_page() -> str:
    version = current_schedule()
    told, without = people_to_tell(get_session(), current_event(), version)
    return _render(
        "schedule/publish.html",
        version,
        event_of(version),
        told=told,
        without=without,
        round=standing(get_session(), current_event()),
        again=current_event().published_schedule_id is not None,
        alone=scheduling.without_meetings(version, get_locale().language),
        confirmed=request.form.getlist("confirmed"),
    )


@blueprint.post("/<int:schedule_id>/publish")
@allow("organiser")
def publish_post(event_id: int, schedule_id: int) -> ResponseReturnValue:
    try:
        done = scheduling.publish(
            get_session(),
            current_schedule(),
            current_actor(),
            confirmed=frozenset(request.form.getlist("confirmed")),
            attach=wants_attachments(),
        )
    except Untrue as error:
        flash(_("Nothing was published: confirm each sentence below, or compute again."), "error")
        return _publish_page(), error.status
    except Unapplied as error:
        flash(str(error), "error")
        return redirect(url_for("repair.proposal", event_id=event_id, schedule_id=schedule_id), 303)
    except Refused as error:
        flash(str(error), "error")
        return _publish_page(), error.status
    if done.already:
        flash(_("This version was already published: nobody is told twice."), "info")
    else:
        flash(
            ngettext(
                "Published: %(num)d mail is on its way.", "Published: %(num)d mails are on their way.", done.mails
            ),
            "success",
        )
    return redirect(url_for("schedule.show", event_id=event_id, schedule_id=schedule_id), 303)
