"""Differences that an organiser has seen and leaves as they are: kept with who and when, with the published version.

Each is known by the id of its item (`web.domain.timetable.distance`), which is another one as soon as anything about it
is: then it is told again. What breaks meetings cannot be left.
"""

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Missing, Refused
from web.domain.locking import lock_event
from web.domain.timetable.drift import can_be_left, measured
from web.models import Event, ScheduleVersion, utcnow


@retried
def leave(session: Session, event: Event, item_id: str, actor: Actor) -> None:
    """Say no more of the item of that id, of the published version. Locks the event's row.

    Raises `Refused` for one that must be mended, and for one that is not so (any more).
    """
    with write(session):
        version = _published(session, event)
        found = {item.id: item for item in measured(session, event, version.id).drift.items}
        item = found.get(item_id)
        if item is None:
            raise Refused(_("This has changed meanwhile: look at what the page says now."))
        if not can_be_left(item):
            raise Refused(_("This cannot be left as it is: somebody would wait in vain. Repair the timetable."))
        # Of what is not so any more nothing is kept.
        kept = {id: mark for id, mark in (version.seen or {}).items() if id in found}
        version.seen = {**kept, item_id: {"who": actor.name, "when": utcnow().isoformat()}}
        record(session, actor, "drift.leave", event_id=event.id, version=version.number, code=item.code.value)


@retried
def tell_again(session: Session, event: Event, item_id: str, actor: Actor) -> None:
    """Tell the item of that id again. Locks the event's row; nothing happens where it was not left."""
    with write(session):
        version = _published(session, event)
        if item_id in (version.seen or {}):
            version.seen = {id: mark for id, mark in (version.seen or {}).items() if id != item_id} or None
            record(session, actor, "drift.tell_again", event_id=event.id, version=version.number)


def _published(session: Session, event: Event) -> ScheduleVersion:
    lock_event(session, event.id)
    if event.published_schedule_id is None:
        raise Missing
    return session.get_one(ScheduleVersion, event.published_schedule_id)
