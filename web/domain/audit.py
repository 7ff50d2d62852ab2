"""The log of who did what, written in the transaction of the deed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from web.db import once_committed
from web.domain.errors import Missing
from web.models import AuditEntry, Colleague, Reader, User, registration_of


@dataclass(frozen=True)
class Actor:
    """Who acts: an organiser (or a program with that organiser's token), a participant, or the program itself.

    `colleague_id`: which colleague of the participant, where it is not the first contact.
    """

    name: str
    user_id: int | None = None
    registration_id: int | None = None
    colleague_id: int | None = None

    @classmethod
    def of_reader(cls, reader: Reader) -> "Actor":
        """The first contact of a registration, by the name of the organisation, or a colleague, by their own."""
        registration = registration_of(reader)
        name = registration.name or registration.key
        if isinstance(reader, Colleague):
            return cls(f"{reader.name} ({name})", registration_id=registration.id, colleague_id=reader.id)
        return cls(name, registration_id=registration.id)

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
    """Add one entry; call it inside the ``write`` block of the action. `action` is ``subject.verb``.

    Raises `Missing` for a colleague who was removed meanwhile: the deed is undone, and their name does not come back.
    """
    if actor.colleague_id is not None:
        known = session.scalar(select(Colleague.id).where(Colleague.id == actor.colleague_id))
        if known is None:
            raise Missing(_("Your link no longer works: you were removed from your organisation’s page."))
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
