"""A version as files: the schedule, the workbook, agendas to print, calendars."""

import json
import re
import unicodedata
from urllib.parse import quote

from flask import Blueprint, Response, abort, flash, make_response, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from web.db import get_session
from web.domain.timetable.concerned import concerned_by
from web.domain.timetable.versions import event_of, schedule_of
from web.exports.lists import TableOut, as_csv, as_workbook, meeting_list
from web.exports.versions import agendas_of, calendar_of
from web.exports.workbook import schedule_workbook
from web.security import allow, current_event, current_schedule
from web.views.prints import printed

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


def _version_page() -> str:
    return url_for("schedule.show", event_id=current_event().id, schedule_id=current_schedule().id)


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
    data = schedule_workbook(event_of(version), schedule_of(version), get_locale().language)
    return attachment(data, XLSX, _name("timetable.xlsx"))


@blueprint.get("/meetings<ending>")
@allow("organiser")
def meetings(event_id: int, schedule_id: int, ending: str) -> ResponseReturnValue:
    """All meetings of the version as a list of their own."""
    version, language = current_schedule(), get_locale().language
    return list_file(meeting_list(event_of(version), schedule_of(version), language), ending, _name("meetings"))


def list_file(table: TableOut, ending: str, name: str) -> Response:
    """A list as the file that `ending` asks for; 404 for another ending."""
    if ending == ".csv":
        return attachment(as_csv(table, get_locale().language), "text/csv; charset=utf-8", f"{name}.csv")
    if ending == ".xlsx":
        return attachment(as_workbook(table), XLSX, f"{name}.xlsx")
    abort(404)


@blueprint.get("/agendas.pdf")
@allow("organiser")
def agendas(event_id: int, schedule_id: int) -> ResponseReturnValue:
    version = current_schedule()
    return printed(
        lambda: agendas_of(current_event(), version) or abort(404),
        lambda pdf: attachment(pdf, "application/pdf", _name("agendas.pdf")),
        event_id=event_id,
        asker=f"version {version.id}",
        back=_version_page(),
    )


@blueprint.get("/concerned.pdf")
@allow("organiser")
def concerned(event_id: int, schedule_id: int) -> ResponseReturnValue:
    """The agendas of those alone whom the version gives another one than was announced before."""
    event, version = current_event(), current_schedule()
    found = concerned_by(get_session(), version)
    if found is None:
        flash(_("Nothing was announced before this version: it concerns everybody."), "info")
        return redirect(_version_page(), 303)
    if not found.people:
        flash(_("This version changes nobody’s agenda: there is nothing to print."), "info")
        return redirect(_version_page(), 303)
    return printed(
        lambda: agendas_of(event, version, found.keys),
        lambda pdf: attachment(pdf, "application/pdf", _name("agendas", "concerned.pdf")),
        event_id=event_id,
        asker=f"version {version.id}, concerned",
        back=_version_page(),
    )


@blueprint.get("/participants/<path:participant>/agenda.pdf")
@allow("organiser")
def agenda(event_id: int, schedule_id: int, participant: str) -> ResponseReturnValue:
    event, version = current_event(), current_schedule()
    try:
        found = agendas_of(event, version, [participant])
    except KeyError:
        abort(404)
    return printed(
        lambda: found,
        lambda pdf: attachment(pdf, "application/pdf", _name(f"{participant}.pdf")),
        event_id=event_id,
        asker=f"version {version.id}, {participant}",
        back=_version_page(),
    )


@blueprint.get("/participants/<path:participant>/agenda.ics")
@allow("organiser")
def calendar(event_id: int, schedule_id: int, participant: str) -> ResponseReturnValue:
    try:
        data = calendar_of(current_event(), current_schedule(), participant)
    except KeyError:
        abort(404)
    return attachment(data, "text/calendar; charset=utf-8", _name(f"{participant}.ics"))
