"""What every template may use."""

from datetime import datetime
from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_babel import format_decimal, get_locale
from flask_login import current_user
from sqlalchemy.orm.exc import ObjectDeletedError

from scheduler.wording.stages import stage_words
from web.config import LOCALES, Settings
from web.domain.dates import in_words
from web.domain.timetable.drift import can_be_left
from web.domain.timetable.drift_words import sentence
from web.models import Event
from web.security import roles_of
from web.views.faults import said
from web.views.plain import plain_text

LANGUAGE_NAMES = {"fr": "Français", "en": "English"}


def settings() -> Settings:
    return current_app.extensions["passerelle.settings"]


def language_links() -> list[tuple[str, str, str | None]]:
    """Code, name and address of the current page in each language; no address for the one it is in."""
    current = get_locale().language
    arguments = request.args.to_dict(flat=False)
    # What the address itself names, and what would say how to make it, are not the visitor's to give again.
    taken = {"lang", "endpoint", *(request.view_args or {})}
    query: dict[str, Any] = {
        name: values for name, values in arguments.items() if name not in taken and not name.startswith("_")
    }
    links = []
    for code in LOCALES:
        if request.method == "GET" and request.endpoint:
            address = url_for(request.endpoint, **(request.view_args or {}), **query, lang=code)
        else:
            address = url_for("public.home", lang=code)
        links.append((code, LANGUAGE_NAMES[code], None if code == current else address))
    return links


def _face(event: Event) -> dict[str, Any]:
    """Who invites; nobody where the event was deleted meanwhile: the page that says so is shown all the same."""
    try:
        return event.face
    except ObjectDeletedError:
        return {}


def has_page(endpoint: str) -> bool:
    return endpoint in current_app.view_functions


def local_date(moment: datetime) -> str:
    """A slot's wall-clock day in words: *Thursday 18 March 2027*."""
    return in_words(get_locale().language, moment)


def local_time(moment: datetime) -> str:
    """A slot's wall-clock time: *14:06*."""
    return f"{moment:%H:%M}"


def moment(value: datetime | None, form: str = "d MMM y, HH:mm") -> str:
    """A stored moment (UTC) in the time zone of the event at hand, or Europe/Paris."""
    if value is None:
        return ""
    from zoneinfo import ZoneInfo

    event = g.get("event")
    local = value.astimezone(ZoneInfo(event.timezone if event is not None else "Europe/Paris"))
    return in_words(get_locale().language, local.replace(tzinfo=None), form)


def grouped(number: float) -> str:
    """A number as people write it: *12 076* in French, *12,076* in English; at most two decimals."""
    return format_decimal(round(number, 2))


def dialled(number: str) -> str:
    """A telephone number as a link holds it: digits alone, and a plus before them.

    The zero of ``+33 (0)3`` is dialled within the country only.
    """
    number = number.replace("(0)", "") if number.strip().startswith("+") else number
    digits = "".join(one for one in number if one.isascii() and one.isdigit())
    return f"+{digits}" if number.strip().startswith("+") else digits


def stage_said(stage: str) -> str:
    """What the computation is doing, from the code of its stage."""
    words = stage_words(stage, get_locale().language)
    return words[:1].upper() + words[1:]


def _is_for_guests() -> bool:
    """Whether the page is for those who come to an event: there its organisers show themselves."""
    return bool(request.endpoint and roles_of(current_app, request.endpoint) & {"public", "participant"})


def add_context(app: Flask) -> None:
    app.jinja_env.filters.update(
        local_date=local_date,
        local_time=local_time,
        moment=moment,
        dialled=dialled,
        grouped=grouped,
        said=said,
        stage_said=stage_said,
        told=sentence,
        can_be_left=can_be_left,
        plain_text=plain_text,
    )

    @app.context_processor
    def common() -> dict[str, Any]:
        event = g.get("event")
        return {
            "settings": settings(),
            "language_links": language_links,
            "has_page": has_page,
            "current_user": current_user,
            "locale": get_locale().language,
            "event": event,
            "face": _face(event) if event is not None and _is_for_guests() else {},
        }
