"""A stored schedule as agendas and calendars: the same whoever asks for them. Sheets are made by the press."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.exceptions import ServiceUnavailable

from web.db import get_session
from web.domain import audit
from web.domain.errors import DomainError
from web.domain.links import personal_address
from web.domain.team.access import known_personal_token
from web.domain.timetable.agenda import calendar_sequence, event_uid
from web.domain.timetable.appointments import cancelled_of
from web.domain.timetable.versions import announced_versions, event_of, schedule_of
from web.exports.agenda_data import AgendaData, AgendaTexts, build_agendas
from web.exports.calendar import participant_calendar
from web.exports.press import Order, PressBusy, PrintFailed, press
from web.models import Event, Registration, RegistrationStatus, ScheduleVersion

# Seconds that a request waits for its sheets before it shows how far the print is, and that a program waits at most.
PATIENCE, PATIENCE_OF_PROGRAMS = 15.0, 150.0
# So many requests wait at a time; more would leave no thread for the pages, so the others come back for their sheets.
_waiting = threading.BoundedSemaphore(3)
# The agendas of a whole event are made by one request at a time: of four that ask for the same at once, three throw
# theirs away.
_making_all = threading.Lock()
# A page that waits for its file looks again after so many seconds.
LOOK_AGAIN = 3
# Deeds after which a sheet printed before tells what is true no more, or of somebody of whom nothing is to be kept;
# besides all that is done to the event itself.
_OUTDATING = frozenset(
    {
        *("registration.erase", "registration.withdraw", "registration.update", "registration.revoke_link"),
        *("schedule.publish", "schedule.edit", "schedule.delete"),
    }
)


def forget_prints(action: str, event_id: int) -> None:
    """Keep no print of the event where `action`, done a moment ago, is one that prints must not outlive."""
    if press.cache_info().currsize and (action in _OUTDATING or action.startswith("event.")):
        press().forget(event_id)


audit.tell(forget_prints)


def printed(
    agendas: Callable[[], Sequence[AgendaData]],
    finish: Callable[[bytes], Response],
    *,
    event_id: int,
    asker: str,
    back: str,
    large: bool = False,
) -> Response:
    """The sheets, by `finish` made an answer; where they are not printed at once, a page that looks for them again.

    That page asks with the name of its order, so that `agendas` are made once and not with each look; then it is told
    that they are ready, and fetches them. `asker` names what was asked for, `back` is where the reader came from;
    nothing is kept of the sheets once the event `event_id` is another.
    """
    order = press().known(request.args.get("order", ""), asker)
    looked_for = order is not None
    try:
        if order is None:
            order = press().order(agendas(), large_print=large, asker=asker, event_id=event_id)
        pdf = _waited_for(order)
    except PressBusy:
        raise ServiceUnavailable(retry_after=10 * LOOK_AGAIN) from None
    except PrintFailed as failure:
        raise _not_printed() from failure
    if pdf is not None and (not looked_for or "file" in request.args):
        return finish(pdf)
    return _waiting_page(order, back, is_ready=pdf is not None)


def _waited_for(order: Order) -> bytes | None:
    """The PDF, or none where it is not printed soon enough. Raises `PrintFailed`."""
    may_wait = _waiting.acquire(blocking=False)
    try:
        return order.wait(PATIENCE if may_wait else 0.0)
    finally:
        if may_wait:
            _waiting.release()


def _waiting_page(order: Order, back: str, *, is_ready: bool) -> Response:
    """How far the print is, and later that it is ready: a browser that is given a file stays on the page before it."""
    # Nothing else of what the visitor's address says: some of it would say how to make an address.
    again: dict[str, Any] = {name: request.args[name] for name in ("lang", "large") if name in request.args}
    again |= {"order": order.name} | ({"file": "1"} if is_ready else {})
    address = url_for(request.endpoint or "", **(request.view_args or {}), **again)
    page = render_template(
        "printing.html", order=order, ahead=press().ahead_of(order), is_ready=is_ready, address=address, back=back
    )
    answer = make_response(page, 200 if is_ready else 202)
    answer.headers["Refresh"] = f"{0 if is_ready else LOOK_AGAIN}; url={address}"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def printed_for_programs(agendas: Sequence[AgendaData], event_id: int) -> bytes:
    """The sheets, waited for. Raises ``ServiceUnavailable`` where that takes too long; they are printed anyhow."""
    try:
        pdf = press().order(agendas, event_id=event_id).wait(PATIENCE_OF_PROGRAMS)
    except PressBusy:
        raise ServiceUnavailable(retry_after=10 * LOOK_AGAIN) from None
    except PrintFailed as failure:
        raise _not_printed() from failure
    if pdf is None:
        raise ServiceUnavailable(retry_after=LOOK_AGAIN)
    return pdf


def _not_printed() -> NotPrinted:
    return NotPrinted(
        _(
            "The sheets could not be printed on this computer. Nothing is lost: the agenda’s page and the calendar "
            "file work, and your browser prints the page. Whoever runs this program finds the cause in its log; "
            "often there are no fonts."
        )
    )


class NotPrinted(DomainError):
    """A sheet could not be printed, through no fault of whoever asked for it."""

    status = 503


def agendas_of(event: Event, version: ScheduleVersion, participants: Sequence[str] | None = None) -> list[AgendaData]:
    """The agendas of `participants` (``None``: all) in the event's language. Raises ``KeyError`` for an unknown id."""
    with _making_all if participants is None else nullcontext():
        return _agendas_of(event, version, participants)


def _agendas_of(event: Event, version: ScheduleVersion, participants: Sequence[str] | None) -> list[AgendaData]:
    rows = get_session().scalars(select(Registration).where(Registration.event_id == event.id)).all()
    links = _links(event, version, rows)
    texts = AgendaTexts(
        place=event.place,
        contact=str(event.texts.get("agenda_note") or ""),
        projects={one.key: one.project for one in rows if one.project},
    )
    return build_agendas(
        event_of(version),
        schedule_of(version),
        language=event.locale,
        live_url=links.get,
        participants=participants,
        texts=texts,
    )


def calendar_of(event: Event, version: ScheduleVersion, participant: str) -> bytes:
    """The calendar of one participant, cancelling what other publications held. Raises ``KeyError``, as above.

    That of the version announced is the one which the participant's own link gives.
    """
    session = get_session()
    row = session.scalars(
        select(Registration).where(Registration.event_id == event.id, Registration.key == participant)
    ).one_or_none()
    stamp = version.published_at or version.created_at
    changed = [one for one in (event, row) if one is not None] if version.id == event.published_schedule_id else []
    earlier = [(one.event_document, one.document) for one in announced_versions(session, version)]
    return participant_calendar(
        event_of(version),
        schedule_of(version),
        participant,
        event_uid=event_uid(event),
        sequence=calendar_sequence(stamp, *changed),
        stamp=max([stamp, *(one.updated_at for one in changed)]),
        language=event.locale,
        url=_links(event, version, [row] if row else []).get(participant),
        cancelled=cancelled_of(participant, version.document, version.event_document, earlier),
        withdrawn=row is not None and row.status != RegistrationStatus.ACCEPTED,
        place=event.place,
    )


def _links(event: Event, version: ScheduleVersion, rows: Sequence[Registration]) -> dict[str, str]:
    """Addresses of personal pages by participant, unless they show another version than this one."""
    if event.published_schedule_id not in (None, version.id):
        return {}
    tokens = {one.key: known_personal_token(one) for one in rows}
    return {key: personal_address(token) for key, token in tokens.items() if token}
