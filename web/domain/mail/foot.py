"""What stands at the foot of every mail of an event: which event, when, where, and who answers."""

from datetime import date, datetime

from flask import render_template

from web.domain.mail.organisers import organiser_of
from web.domain.text import has_link
from web.models import Event, User


def foot(event: Event) -> str:
    """The lines, in the language of the moment. Cost: three queries the first time for an event, then none."""
    one = organiser_of(event)
    return render_template("mail/foot.txt", event=event, days=_days(event), organiser=_spoken(one) if one else "")


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
