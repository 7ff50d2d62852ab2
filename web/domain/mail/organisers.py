"""Whom participants of an event can write to."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.models import EventMember, Role, User


def organiser_of(session: Session, event_id: int | None) -> User | None:
    """The organiser who has been in the event's team the longest, of those with an address; ``None`` where none is.

    One query.
    """
    if event_id is None:
        return None
    return session.scalars(
        select(User)
        .join(EventMember, EventMember.user_id == User.id)
        .where(
            EventMember.event_id == event_id,
            EventMember.role == Role.ORGANISER,
            User.active.is_(True),
            User.email.is_not(None),
            User.email != "",
        )
        .order_by(EventMember.id)
        .limit(1)
    ).first()
