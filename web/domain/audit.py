"""The log of who did what, written in the transaction of the deed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from web.db import once_committed
from web.models import AuditEntry, User


@dataclass(frozen=True)
class Actor:
    """Who acts: an organiser (or a program with that organiser's token), a participant, or the program itself."""

    name: str
    user_id: int | None = None
    registration_id: int | None = None

    @classmethod
    def of_user(cls, user: User) -> "Actor":
        return cls(name=user.label, user_id=user.id)


SYSTEM = Actor("Passerelle")

# Whoever keeps something made of an event's data, and must know that the data is another.
_listeners: list[Callable[[str, int], object]] = []


def tell(listener: Callable[[str, int], object]) -> None:
    """Have `listener` called with the action and the event's id once a deed in an event, done here, is committed."""
    _listeners.append(listener)


def record(
    session: Session,
    actor: Actor,
    action: str,
    *,
    event_id: int | None = None,
    behalf_of: int | None = None,
    **details: Any,
) -> None:
    """Add one entry; call it inside the ``write`` block of the action. `action` is ``subject.verb``."""
    session.add(
        AuditEntry(
            actor=actor.name,
            user_id=actor.user_id,
            action=action,
            event_id=event_id,
            behalf_of_id=behalf_of if behalf_of is not None else actor.registration_id,
            details=details,
        )
    )
    if event_id is not None:
        for listener in _listeners:
            once_committed(session, listener, action, event_id)
