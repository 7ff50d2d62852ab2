"""The pictures of an event and of who takes part: its organisers' logo and banner, the participants' logos."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session

from web.models import Event, EventStatus, Picture, Purpose, Registration, RegistrationStatus
from web.pictures import Drawn

# Pixels that a picture has at most: twice what the widest page shows of it.
SIZES: Mapping[Purpose, tuple[int, int]] = {Purpose.LOGO: (640, 320), Purpose.BANNER: (1600, 640)}


def replace_picture(
    session: Session, event_id: int, purpose: Purpose, drawn: Drawn | None, registration_id: int | None = None
) -> None:
    """Put `drawn`, or nothing, in the place of what there was; to be called in a ``write`` block.

    `registration_id`: of whom of the event it is; of the event itself by default.
    """
    session.execute(delete(Picture).where(*_of(event_id, registration_id), Picture.purpose == purpose))
    if drawn is not None:
        session.add(_row(event_id, purpose, drawn, registration_id))


def named(drawn: Drawn) -> dict[str, Any]:
    """How the row of an event or of a participant names its picture: all that a page needs to show it."""
    said = {"digest": drawn.digest, "width": drawn.width, "height": drawn.height}
    return said | ({"light": True} if drawn.light else {})


def shown_picture(session: Session, digest: str) -> Picture | None:
    """The picture with that digest, if anybody may see it: of an event, or of who is named in public. One query."""
    named_in_public = and_(
        Registration.status == RegistrationStatus.ACCEPTED,
        Registration.publish_name.is_(True),
        Event.status != EventStatus.DRAFT,
    )
    found = (
        select(Picture)
        .join(Event, Event.id == Picture.event_id)
        .outerjoin(Registration, Registration.id == Picture.registration_id)
        .where(Picture.digest == digest, or_(Picture.registration_id.is_(None), named_in_public))
        .limit(1)
    )
    return session.scalars(found).one_or_none()


def picture_of(session: Session, event: Event, purpose: Purpose) -> Picture | None:
    """The event's own picture for `purpose`. One query, and none where there is no such picture."""
    if purpose.value not in event.face:
        return None
    found = select(Picture).where(*_of(event.id), Picture.purpose == purpose).limit(1)
    return session.scalars(found).one_or_none()


def copy_pictures(session: Session, event: Event, copy_id: int) -> None:
    """Give the event of id `copy_id` the pictures of `event` itself; to be called in a ``write`` block."""
    for one in session.scalars(select(Picture).where(*_of(event.id))).all():
        session.add(_row(copy_id, Purpose(one.purpose), _drawn(one)))


def copy_logos(session: Session, event_id: int, copies: Mapping[int, int]) -> None:
    """Give registrations of the event of id `event_id` the pictures of others, of which they are copies, by id; to be
    called in a ``write`` block. One query."""
    for one in session.scalars(select(Picture).where(Picture.registration_id.in_(copies))).all():
        session.add(_row(event_id, Purpose(one.purpose), _drawn(one), copies[one.registration_id or 0]))


def _drawn(one: Picture) -> Drawn:
    return Drawn(one.mime_type, one.content, one.width, one.height)


def _row(event_id: int, purpose: Purpose, drawn: Drawn, registration_id: int | None = None) -> Picture:
    return Picture(
        event_id=event_id,
        registration_id=registration_id,
        purpose=purpose,
        mime_type=drawn.mime_type,
        content=drawn.content,
        digest=drawn.digest,
        width=drawn.width,
        height=drawn.height,
    )


def _of(event_id: int, registration_id: int | None = None) -> tuple[Any, ...]:
    return Picture.event_id == event_id, Picture.registration_id == registration_id
