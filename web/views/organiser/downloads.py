"""A version as files: the schedule, the workbook, agendas to print, calendars."""

import json
import re
import unicodedata
from urllib.parse import quote

from flask import Blueprint, Response, abort, make_response
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from sqlalchemy import select

from scheduler.event import Event as EventValue
from web.db import get_session
from web.domain.access import known_personal_token
from web.domain.agenda import event_uid
from web.domain.versions import event_of, published_before, schedule_of
from web.exports.agenda import agendas_pdf
from web.exports.agenda_data import AgendaData, AgendaTexts, build_agendas
from web.exports.calendar import participant_calendar
from web.exports.workbook import schedule_workbook
from web.models import Registration
from web.security import allow, current_event, current_schedule
from web.views.context import absolute_url

blueprint = Blueprint("files", __name__, url_prefix="/<int:schedule_id>")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def attachment(content: bytes | str, mime_type: str, name: str) -> Response:
    """A file to be kept under `name`, which may hold any letters."""
    response = make_response(content)
    response.headers["Content-Type"] = mime_type
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode())
    response.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    return response


def _name(*parts: str) -> str:
    """A file name from the event's public address, the version and `parts`."""
    return "-".join([current_event().slug, f"v{current_schedule().number}", *parts])


def _language() -> str:
    return get_locale().language


def _agendas(participants: list[str] | None = None) -> list[AgendaData]:
    version, event = current_schedule(), current_event()
    value, schedule = event_of(version), schedule_of(version)
    rows = get_session().scalars(select(Registration).where(Registration.event_id == event.id)).all()
    links = {one.key: known_personal_token(one) for one in rows}
    published = event.published_schedule_id == version.id

    def live_url(id: str) -> str | None:
        # A printed code that leads to another timetable would do harm: only the published version has one.
        token = links.get(id) if published else None
        return absolute_url("participant.home", token=token) if token else None

    texts = AgendaTexts(
        place=event.place,
        contact=str(event.texts.get("agenda_note") or ""),
        projects={one.key: one.project for one in rows if one.project},
    )
    return build_agendas(
        value, schedule, language=event.locale, live_url=live_url, participants=participants, texts=texts
    )


def _known(value: EventValue, participant: str) -> str:
    return participant if participant in value.participant_index else abort(404)


@blueprint.get("/schedule.json")
@allow("organiser")
def schedule_file(event_id: int, schedule_id: int) -> ResponseReturnValue:
    text = json.dumps(current_schedule().document, ensure_ascii=False, indent=1)
    return attachment(text, "application/json", _name("schedule.json"))


@blueprint.get("/event.json")
@allow("organiser")
def event_file(event_id: int, schedule_id: int) -> ResponseReturnValue:
    text = json.dumps(current_schedule().event_document, ensure_ascii=False, indent=1)
    return attachment(text, "application/json", _name("event.json"))


@blueprint.get("/timetable.xlsx")
@allow("organiser")
def workbook(event_id: int, schedule_id: int) -> ResponseReturnValue:
    version = current_schedule()
    data = schedule_workbook(event_of(version), schedule_of(version), _language())
    return attachment(data, XLSX, _name("timetable.xlsx"))


@blueprint.get("/agendas.pdf")
@allow("organiser")
def agendas(event_id: int, schedule_id: int) -> ResponseReturnValue:
    found = _agendas()
    if not found:
        abort(404)
    return attachment(agendas_pdf(found), "application/pdf", _name("agendas.pdf"))


@blueprint.get("/participants/<path:participant>/agenda.pdf")
@allow("organiser")
def agenda(event_id: int, schedule_id: int, participant: str) -> ResponseReturnValue:
    found = _agendas([_known(event_of(current_schedule()), participant)])
    return attachment(agendas_pdf(found, processes=1), "application/pdf", _name(f"{participant}.pdf"))


@blueprint.get("/participants/<path:participant>/agenda.ics")
@allow("organiser")
def calendar(event_id: int, schedule_id: int, participant: str) -> ResponseReturnValue:
    version, event = current_schedule(), current_event()
    value = event_of(version)
    stamp = version.published_at or version.created_at
    data = participant_calendar(
        value,
        schedule_of(version),
        _known(value, participant),
        event_uid=event_uid(event),
        sequence=version.number,
        stamp=stamp,
        language=event.locale,
        url=None,
        previous=published_before(get_session(), version),
        place=event.place,
    )
    return attachment(data, "text/calendar; charset=utf-8", _name(f"{participant}.ics"))
