"""How the organisers of an event show themselves: name, address, logo, colour, and what the law has them say.

It lies in the event's own row (`Event.face`), which every page reads anyway; pictures lie apart and are named there by
their digest. Each change counts the event's version up, so pages that were kept are made anew.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy.orm import Session

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.event.events import locked, touch
from web.domain.event.pictures import named, replace_picture
from web.models import Event, Purpose
from web.pictures import Drawn


@dataclass(frozen=True, kw_only=True)
class Words:
    """What is said of the organisers. `colour`: ``#rrggbb``, or empty for the usual one."""

    name: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    colour: str = ""
    legal: str = ""


@retried
def update_face(
    session: Session,
    event: Event,
    words: Words,
    *,
    pictures: Mapping[Purpose, Drawn | None],
    version: int,
    actor: Actor,
) -> None:
    """Store what is said of the organisers and the `pictures` that are new, ``None`` for one that goes.

    Locks the event's row. Raises `StaleDataError` where the event is no longer at `version`, `Refused` for an archived
    one.
    """
    with write(session):
        locked(session, event, version)
        face = {**event.face, **asdict(words)}
        for purpose, drawn in pictures.items():
            replace_picture(session, event.id, purpose, drawn)
            face.pop(purpose.value, None)
            if drawn is not None:
                face[purpose.value] = named(drawn)
        kept = {name: value for name, value in face.items() if value not in ("", None)}
        changed = sorted(name for name in {*kept, *event.face} if kept.get(name) != event.face.get(name))
        event.face = kept
        touch(event)
        record(session, actor, "event.face", event_id=event.id, fields=changed)
