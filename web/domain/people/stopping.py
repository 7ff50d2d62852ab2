"""No more reminders: asked for by a link that stands in each of them, and that nothing is stored of.

A link names a row and holds a mark that only this server writes. It stops reminders and does nothing else, so that it
may be pressed by a mail program (RFC 8058) without anybody signing in.
"""

import hmac
import re
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.links import no_reminders_address
from web.domain.locking import lock_event
from web.domain.mail.addresses import mark
from web.models import Event, Invitation, Registration, RegistrationDraft

Reader = Invitation | Registration | RegistrationDraft
_MODELS: dict[str, type[Reader]] = {"i": Invitation, "r": Registration, "d": RegistrationDraft}
_TOKEN = re.compile(r"([idr])([0-9]{1,9})-([A-Za-z0-9_-]{20})")


def stop_address(event: Event, who: Reader) -> str:
    """The link that stops the reminders of `who`, of this event."""
    letter = next(letter for letter, model in _MODELS.items() if isinstance(who, model))
    return no_reminders_address(event.slug, f"{letter}{who.id}-{_mark(letter, who)}")


def _mark(letter: str, who: Reader) -> str:
    return mark(f"no-reminders:{letter}:{who.id}:{who.email}")


def reader(session: Session, event: Event, token: str) -> Reader | None:
    """Whose link it is; ``None`` where it is nobody's, or of an address that is another by now."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        return None
    letter, number, shown = found.groups()
    who = cast(Reader | None, session.get(_MODELS[letter], int(number)))
    if who is None or who.event_id != event.id or not hmac.compare_digest(shown, _mark(letter, who)):
        return None
    return who


@retried
def stop(session: Session, event: Event, token: str) -> bool:
    """Have no reminder follow, neither to the invited nor to whoever has begun the form nor to the participant they
    have become; whether the link is somebody's. Doing it again changes nothing."""
    with write(session):
        event = lock_event(session, event.id)
        who = reader(session, event, token)
        if who is None:
            return False
        same = _same(session, who)
        if not all(one.no_reminders for one in same):
            for one in same:
                one.no_reminders = True
            registration_id = next((one.id for one in same if isinstance(one, Registration)), None)
            # Named by nothing: it was a press on a link.
            actor = Actor(name="", registration_id=registration_id)
            record(session, actor, "reminder.stop", event_id=event.id)
    return True


def _same(session: Session, who: Reader) -> list[Reader]:
    """All rows of the same person: by the address, and by what has become of an invitation."""
    alike: dict[type[Reader], Any] = {model: model.email == who.email for model in _MODELS.values()}
    if isinstance(who, Registration):
        alike[Invitation] |= Invitation.registration_id == who.id
    if isinstance(who, Invitation):
        alike[Registration] |= Registration.id == who.registration_id
    found: list[Any] = []
    for model, same in alike.items():
        found += session.scalars(select(model).where(model.event_id == who.event_id, same))
    return found
