"""The HTTP interface for other programs, described by ``/api/v1/openapi.json``.

A call names its address, who may use it and what goes in and out in one place (`call`); the view behind it reads the
body, calls one domain function and answers. Every refusal is ``{"errors": [{"path", "message"}]}`` (`web.errors`).
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from flask import Blueprint, Response, abort, current_app, jsonify, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from werkzeug.exceptions import TooManyRequests
from werkzeug.routing import BaseConverter

from scheduler.format.event import Event as EventFile
from scheduler.format.event import event_json
from scheduler.format.faults import Value
from scheduler.format.schedule import Schedule, schedule_json
from scheduler.wording.warnings import warning_sentence
from web.db import get_session
from web.domain.errors import Fault
from web.domain.event.files import event_value, import_file
from web.domain.event.reading import read_sent
from web.domain.timetable.answered import groups
from web.domain.timetable.drift_words import sentence
from web.domain.timetable.publishing import Unapplied, Untrue
from web.domain.timetable.solving import (
    event_of,
    job_state,
    propose_replan,
    publish,
    schedule_of,
    start_job,
    stop_job,
)
from web.domain.timetable.versions import versions_of
from web.errors import error_page
from web.exports.versions import agendas_of, calendar_of
from web.extensions import csrf
from web.forms.api import (
    Compute,
    Created,
    ErrorItem,
    JobReport,
    Publish,
    PublishReport,
    Replan,
    Started,
    Versions,
    WarningItem,
    read_body,
)
from web.models import Job
from web.security import allow, current_actor, current_event, current_job, current_schedule, signed_in_user
from web.views.openapi import Answer, Call, View, described, openapi_document
from web.views.prints import printed_for_programs

JSON, PDF, ICS = "application/json", "application/pdf", "text/calendar"

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
# Programs show a bearer token with each call and have no cookie that another site could misuse.
csrf.exempt(blueprint)

Body = TypeVar("Body", bound=Value)


class AnyText(BaseConverter):
    """A participant's id: any text, slashes too."""

    regex = r"[\s\S]+?"
    part_isolating = False


@blueprint.record_once
def _know_ids(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["id"] = AnyText


def call(
    method: str,
    path: str,
    summary: str,
    answers: Mapping[int, Answer],
    *,
    role: str = "token",
    **declared: Any,
) -> Callable[[View], View]:
    """Make a view the answer to ``method path`` for `role`, and tell the document; `declared` as in `Call`."""

    told = Call(summary, answers, public=role == "public", **declared)

    def declare(view: View) -> View:
        # An address with two slashes is not this one: programs get an error rather than a redirection.
        blueprint.add_url_rule(
            path, view_func=described(told)(allow(role)(view)), methods=[method], merge_slashes=False
        )
        return view

    return declare


def _body() -> bytes:
    """What was sent, if it says to be JSON in UTF-8; 415 otherwise, 413 over the limit."""
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype != JSON or charset not in ("utf-8", "utf8"):
        abort(415)
    return request.get_data(cache=False)


def _optional(model: type[Body]) -> Body:
    return read_body(model, _body() if request.content_length or request.mimetype else b"")


def _answer(value: BaseModel | str, status: int = 200, **headers: str) -> Response:
    text = value if isinstance(value, str) else value.model_dump_json()
    return Response(text, status, {name.replace("_", "-"): text for name, text in headers.items()}, mimetype=JSON)


_HEAVY = threading.BoundedSemaphore(2)
PATIENCE = 20.0


@contextmanager
def _one_of_few() -> Iterator[None]:
    """Two costly answers at a time: more would leave no thread for the pages. 429 for whoever has waited too long."""
    if not _HEAVY.acquire(timeout=PATIENCE):
        raise TooManyRequests(retry_after=10)
    try:
        yield
    finally:
        _HEAVY.release()


@call(
    "POST",
    "/events",
    "Make an event from an event file",
    {201: Created},
    body=EventFile,
    errors=(429,),
    headers={"Location": "Its address"},
)
def create_event() -> Response:
    session, body, owner, actor = get_session(), _body(), signed_in_user().id, current_actor()
    session.rollback()
    file = read_sent(body, "event.json")
    event = import_file(session, file, owner, actor)
    warned = [WarningItem(code=one.code, path=one.path, message=warning_sentence(one, "en")) for one in file.warnings]
    made = Created(id=event.id, warnings=tuple(warned) or None)
    address = url_for("api.get_event", event_id=event.id)
    return _answer(made.model_dump_json(exclude_none=True), 201, Location=address)


@call("GET", "/events/<int:event_id>", "The event file", {200: EventFile}, errors=(422,))
def get_event(event_id: int) -> Response:
    return _answer(event_json(event_value(get_session(), current_event())))


@call("GET", "/events/<int:event_id>/schedules", "The stored schedules of an event", {200: Versions})
def list_schedules(event_id: int) -> Response:
    session, event = get_session(), current_event()
    versions = versions_of(session, event_id)
    current = {id for group in groups(session, event, versions) for id in group.current}
    return _answer(
        Versions.model_validate(
            {
                "schedules": [
                    {
                        "id": one.id,
                        "number": one.number,
                        "status": one.status,
                        "tiers": one.tiers,
                        "published": one.id == event.published_schedule_id,
                        "current": one.id in current,
                    }
                    for one in versions
                ]
            }
        )
    )


@call(
    "POST",
    "/events/<int:event_id>/schedules",
    "Compute a schedule in the background; of two calls at once both get the same job",
    {202: Started},
    body=Compute,
    body_required=False,
    errors=(409,),
)
def compute(event_id: int) -> Response:
    wanted = _optional(Compute)
    job = start_job(get_session(), current_event(), current_actor(), wanted.time_limit)
    return _answer(Started(job=job.id), 202)


def _report(job: Job) -> JobReport:
    state = job_state(job)
    sentences = [state["error"], *state["reasons"]] if state["error"] else []
    return JobReport.model_validate(
        {
            "job": job.id,
            "errors": [ErrorItem(path="", message=sentence) for sentence in sentences],
            **{name: state[name] for name in ("event", "state", "tiers", "schedule", "seconds", "time_limit")},
        }
    )


@call("GET", "/jobs/<int:job_id>", "How a computation stands", {200: JobReport})
def get_job(job_id: int) -> Response:
    return _answer(_report(current_job()))


@call(
    "DELETE",
    "/jobs/<int:job_id>",
    "Stop a computation and keep its best schedule; one that has ended stays as it is",
    {200: JobReport},
)
def delete_job(job_id: int) -> Response:
    return _answer(_report(stop_job(get_session(), current_job(), current_actor())))


SCHEDULE = "/events/<int:event_id>/schedules/<int:schedule_id>"


@call("GET", SCHEDULE, "The schedule file", {200: Schedule})
def get_schedule(event_id: int, schedule_id: int) -> Response:
    return _answer(schedule_json(schedule_of(current_schedule())))


@call(
    "POST",
    f"{SCHEDULE}/publish",
    "Show the schedule to the participants, and mail those whose agenda is new or differs; 409 where the event has "
    "changed since, so that meetings cannot be held as they would be announced: each error is one such sentence, its "
    "path “untrue/” and what “confirmed” must hold for it to be announced all the same; 409 with the path “proposal” "
    "for a repair that was proposed on a page and not applied there",
    {200: PublishReport},
    body=Publish,
    body_required=False,
    errors=(409,),
)
def publish_schedule(event_id: int, schedule_id: int) -> ResponseReturnValue:
    # Programs that confirm nothing may send an empty body of whatever type.
    wanted = read_body(Publish, _body() if request.content_length or request.mimetype == JSON else b"")
    try:
        done = publish(
            get_session(),
            current_schedule(),
            current_actor(),
            confirmed=wanted.confirmed,
        )
    except Untrue as error:
        faults = [Fault(f"untrue/{item.id}", sentence(item)) for item in error.items]
        return error_page(error.status, faults=faults)
    except Unapplied as error:
        return error_page(error.status, faults=[Fault("proposal", str(error))])
    report = PublishReport(
        schedule=schedule_id, mails=done.mails, without_address=done.without_address, already=done.already
    )
    return _answer(report)


@call(
    "POST",
    f"{SCHEDULE}/replan",
    "Propose a new schedule with the fewest disruptions of this one; it is stored and not published",
    {200: Schedule},
    body=Replan,
    body_required=False,
    errors=(409, 429),
    headers={"Content-Location": "The proposal: its id is the last part"},
)
def replan_schedule(event_id: int, schedule_id: int) -> Response:
    wanted = _optional(Replan)
    with _one_of_few():
        proposal = propose_replan(
            get_session(),
            current_schedule(),
            current_actor(),
            absent=wanted.absent,
            late=wanted.late,
            from_slot=wanted.from_slot,
            allow_disruptions=wanted.allow_disruptions,
        )
    address = url_for("api.get_schedule", event_id=event_id, schedule_id=proposal.id)
    return _answer(schedule_json(schedule_of(proposal)), Content_Location=address)


@call("GET", f"{SCHEDULE}/agendas.pdf", "All agendas", {200: PDF}, errors=(429, 503))
def agendas(event_id: int, schedule_id: int) -> Response:
    found = agendas_of(current_event(), current_schedule()) or abort(404)
    with _one_of_few():
        return Response(printed_for_programs(found, event_id), mimetype=PDF)


def _known(participant_id: str) -> str:
    return participant_id if participant_id in event_of(current_schedule()).participant_index else abort(404)


PARTICIPANT = f"{SCHEDULE}/participants/<id:participant_id>"


@call("GET", f"{PARTICIPANT}/agenda.pdf", "One agenda", {200: PDF}, errors=(429, 503))
def agenda(event_id: int, schedule_id: int, participant_id: str) -> Response:
    found = agendas_of(current_event(), current_schedule(), [_known(participant_id)])
    with _one_of_few():
        return Response(printed_for_programs(found, event_id), mimetype=PDF)


@call("GET", f"{PARTICIPANT}/agenda.ics", "One agenda as a calendar", {200: ICS})
def calendar(event_id: int, schedule_id: int, participant_id: str) -> Response:
    data = calendar_of(current_event(), current_schedule(), _known(participant_id))
    return Response(data, mimetype=ICS)


@call("GET", "/openapi.json", "This document", {200: JSON}, role="public")
def openapi() -> Response:
    return jsonify(openapi_document(current_app))
