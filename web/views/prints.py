"""Sheets that the press makes, waited for: by a page that looks again, or by a program."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import ServiceUnavailable

from web.db import get_session
from web.domain import audit
from web.domain.errors import DomainError
from web.domain.memory import state_of
from web.domain.timetable.drift import people_states
from web.exports.agenda_data import AgendaData
from web.exports.press import Order, PressBusy, PrintFailed, press
from web.exports.sheet import Sheet
from web.models import Event

# Seconds that a request waits for one sheet before it shows how far the print is, for the sheets of many, which take
# longer than anybody looks at a page that does not change, and that a program waits at most.
PATIENCE, PATIENCE_FOR_MANY, PATIENCE_OF_PROGRAMS = 15.0, 1.0, 150.0
# So many requests wait at a time; more would leave no thread for the pages, so the others come back for their sheets.
_waiting = threading.BoundedSemaphore(3)
# A page that waits for its file looks again after so many seconds.
LOOK_AGAIN = 3
# Deeds after which a sheet printed before tells what is true no more, or of somebody of whom nothing is to be kept;
# besides all that is done to the event itself.
_OUTDATING = frozenset(
    {
        *("registration.erase", "registration.withdraw", "registration.update", "registration.revoke_link"),
        *("schedule.publish", "schedule.edit", "schedule.delete", "retention.run"),
    }
)


def forget_prints(action: str, event_id: int) -> None:
    """Keep no print of the event where `action`, done a moment ago, is one that prints must not outlive."""
    if press.cache_info().currsize and (action in _OUTDATING or action.startswith("event.")):
        press().forget(event_id)


audit.tell(forget_prints)


def printed(
    agendas: Callable[[], Sequence[AgendaData] | Sequence[Sheet]],
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
    nothing is given of the sheets once the event `event_id` is another: by whichever process it was changed, they are
    then made again.
    """
    asker = f"{asker}, {_state(event_id)}"
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


def _state(event_id: int) -> str:
    """The event, and those registered, as the database has them at this moment: equal ones, equal sheets. Two queries.

    `forget_prints` hears what this process does; a worker lets people go, and others may erase them, elsewhere.
    """
    session = get_session()
    event = session.get_one(Event, event_id)
    return repr((state_of(event), people_states(session, [event])[event_id]))


def _waited_for(order: Order) -> bytes | None:
    """The PDF, or none where it is not printed soon enough. Raises `PrintFailed`."""
    may_wait = _waiting.acquire(blocking=False)
    try:
        return order.wait(min(PATIENCE, PATIENCE_FOR_MANY if order.total > 1 else PATIENCE) if may_wait else 0.0)
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
