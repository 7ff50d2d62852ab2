"""What stands at the foot of every mail of an event: which event, when, where, and who answers."""

from datetime import date, datetime
from functools import partial

from flask import render_template
from flask_babel import get_locale
from sqlalchemy.orm import object_session

from web.db import is_writing, once_committed
from web.domain.mail.letter import Letter
from web.domain.mail.organisers import organiser_of
from web.domain.memory import Memory, state_of
from web.domain.text import has_link
from web.models import Event, User


def foot(event: Event) -> Letter:
    """The lines, in the language of the moment. Cost: that of `organiser_of`, and one query the first time for a state
    of the event."""
    one = organiser_of(event)
    organiser = _spoken(one) if one else ""
    key = (state_of(event), organiser, str(get_locale()))
    made = _known.find(key)
    if made is None:
        made = _written(event, organiser)
        session = object_session(event)
        # A change that is undone leaves its number to the next one, and must leave nothing else.
        if session is not None and is_writing(session):
            once_committed(session, partial(_known.get, key, lambda: made))
    return made


# A room that registers is written to with the same foot.
_known: Memory[Letter] = Memory(most=32)


def _written(event: Event, organiser: str) -> Letter:
    text = render_template("mail/foot.txt", event=event, days=_days(event), face=_shown(event), organiser=organiser)
    lines = [line for line in text.split("\n") if line]
    values = {"host": _host(event), "colour": event.face.get("colour", ""), "lines": lines}
    return Letter(f"-- \n{text}", [{"code": "foot", "values": values}])


def _host(event: Event) -> str:
    """The name of the organisation that invites, where it would not become a link."""
    name: str = event.face.get("name", "").strip()
    return "" if has_link(name) else name


def _shown(event: Event) -> str:
    """Name and address of the organisation that invites, in a line; nothing that would become a link."""
    lines = [_host(event), *event.face.get("address", "").splitlines()]
    return ", ".join(line.strip() for line in lines if line.strip() and not has_link(line))


def _spoken(user: User) -> str:
    # A name of somebody's own choice must not become a link.
    name = "" if has_link(user.name or "") else user.name
    return f"{name}, {user.email}" if name else str(user.email)


def _days(event: Event) -> list[tuple[datetime, datetime]]:
    days: dict[date, tuple[datetime, datetime]] = {}
    for slot in event.slots:
        start, _end = days.get(slot.starts_at.date(), (slot.starts_at, slot.ends_at))
        days[slot.starts_at.date()] = start, slot.ends_at
    return list(days.values())
