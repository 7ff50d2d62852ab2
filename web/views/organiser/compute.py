"""Computing an event's timetable: start, watch, stop and keep the best."""

from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.db import get_session
from web.domain.errors import Faults, Refused
from web.domain.people.doubles import findings
from web.domain.timetable import answered_words
from web.domain.timetable import solving as scheduling
from web.domain.timetable.answered import answered
from web.domain.timetable.drift import drift
from web.domain.timetable.quality import tier_reports
from web.exports.charts import curve
from web.forms.schedule import ComputeForm
from web.models import Job, JobState, RegistrationStatus, ScheduleVersion
from web.security import allow, current_actor, current_event, current_job
from web.views.context import moment
from web.views.faults import placed

blueprint = Blueprint("compute", __name__, url_prefix="/compute")


def _watched(job: Job) -> dict[str, Any]:
    """What the progress of `job` shows."""
    state = scheduling.job_state(job)
    reached = state["seconds"] if job.state == JobState.RUNNING else 0.0
    return {
        "job": job,
        "state": state,
        "reports": tier_reports(state["tiers"]),
        "curves": [(name, curve(job.progress, name, reached)) for name in ("value", "breaks")],
        "active": job.is_active,
        "of": _proven_of(job.schedule),
    }


def _proven_of(version: ScheduleVersion | None) -> str | None:
    """Of what a version is proven to be the best, where that is not the event as it is now."""
    session, event = get_session(), current_event()
    if version is None or drift(session, event, version).exact:
        return None
    return answered_words.proven_of(answered(session, [version])[version.id], moment(version.created_at, "d MMMM"))


def _page(form: ComputeForm, status: int = 200, refusal: str | None = None) -> ResponseReturnValue:
    job = scheduling.latest_job(get_session(), current_event().id)
    watched = _watched(job) if job is not None else {"job": None, "active": False}
    found = findings(get_session(), current_event()).among([RegistrationStatus.ACCEPTED])
    return render_template("schedule/compute.html", form=form, refusal=refusal, findings=found, **watched), status


@blueprint.get("/")
@allow("organiser")
def page(event_id: int) -> ResponseReturnValue:
    return _page(ComputeForm(formdata=None))


@blueprint.post("/")
@allow("organiser")
def start(event_id: int) -> ResponseReturnValue:
    form = ComputeForm()
    if not form.validate_on_submit():
        return _page(form, 422)
    try:
        scheduling.start_job(get_session(), current_event(), current_actor(), time_limit=float(form.time_limit.data))
    except Faults as error:
        return _page(form, 422, "; ".join(map(placed, error.faults)))
    except Refused as error:
        return _page(form, error.status, str(error))
    return redirect(url_for("schedule.compute.page", event_id=event_id), 303)


@blueprint.get("/<int:job_id>/progress")
@allow("organiser")
def progress(event_id: int, job_id: int) -> ResponseReturnValue:
    """The moving part of the page. Once the job has ended, the whole page is asked to load again."""
    watched = _watched(current_job())
    response = make_response(render_template("schedule/progress.html", **watched))
    if not watched["active"] and request.headers.get("HX-Request"):
        response.headers["HX-Refresh"] = "true"
    return response


@blueprint.post("/<int:job_id>/stop")
@allow("organiser")
def stop(event_id: int, job_id: int) -> ResponseReturnValue:
    scheduling.stop_job(get_session(), current_job(), current_actor())
    return redirect(url_for("schedule.compute.page", event_id=event_id), 303)
