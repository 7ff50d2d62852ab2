"""Events: those a person may see."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.models import Event, EventMember, EventStatus, User


def public_events(session: Session) -> list[Event]:
    """The events that are announced, the latest first."""
    announced = (EventStatus.OPEN, EventStatus.CLOSED)
    return list(session.scalars(select(Event).where(Event.status.in_(announced)).order_by(Event.id.desc())))


def events_of(session: Session, user: User) -> list[Event]:
    """The events in whose team `user` is, the latest first."""
    mine = select(EventMember.event_id).where(EventMember.user_id == user.id)
    return list(session.scalars(select(Event).where(Event.id.in_(mine)).order_by(Event.id.desc())))
