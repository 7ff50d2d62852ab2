"""The pictures of an event itself: its organisers' logo and banner."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from web.models import Event, Picture, Purpose
from web.pictures import Drawn

# Pixels that a picture has at most: twice what the widest page shows of it.
SIZES: Mapping[Purpose, tuple[int, int]] = {Purpose.LOGO: (640, 320), Purpose.BANNER: (1600, 640)}


def replace_picture(session: Session, event_id: int, purpose: Purpose, drawn: Drawn | None) -> None:
    """Put `drawn`, or nothing, in the place of what there was; to be called in a ``write`` block."""
    session.execute(delete(Picture).where(*_of_event(event_id), Picture.purpose == purpose))
    if drawn is not None:
        session.add(_row(event_id, purpose, drawn))


def shown_picture(session: Session, digest: str) -> Picture | None:
    """The picture with that digest, if an event shows it to anybody. One query."""
    found = select(Picture).where(Picture.digest == digest, Picture.registration_id.is_(None)).limit(1)
    return session.scalars(found).one_or_none()


def picture_of(session: Session, event: Event, purpose: Purpose) -> Picture | None:
    """The event's own picture for `purpose`. One query, and none where there is no such picture."""
    if purpose.value not in event.face:
        return None
    found = select(Picture).where(*_of_event(event.id), Picture.purpose == purpose).limit(1)
    return session.scalars(found).one_or_none()


def copy_pictures(session: Session, event: Event, copy_id: int) -> None:
    """Give the event of id `copy_id` the pictures of `event` itself; to be called in a ``write`` block."""
    for one in session.scalars(select(Picture).where(*_of_event(event.id))).all():
        drawn = Drawn(one.mime_type, one.content, one.width, one.height)
        session.add(_row(copy_id, Purpose(one.purpose), drawn))


def _row(event_id: int, purpose: Purpose, drawn: Drawn) -> Picture:
    return Picture(event_id=event_id, purpose=purpose, digest=drawn.digest, **drawn._asdict())


def _of_event(event_id: int) -> tuple[Any, ...]:
    return Picture.event_id == event_id, Picture.registration_id.is_(None)
