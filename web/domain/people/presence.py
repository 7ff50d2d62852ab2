"""The day before: everybody is asked once whether they come, and says so by one press.

What was said before the day before counts no more: where an event is put off, everybody is asked again.

The mail that asks is not one of those that `web.domain.people.unasked` counts: as the agenda, it answers a
registration, and goes once for a day on which the event is. Somebody registered for several events gets one for each,
or would be expected where nobody asked. An address that nobody has confirmed gets it as one of its three mails of a
day, or not at all where it would come when the event has begun; the organisers see who has not said.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from web.db import retried, write
from web.domain.audit import SYSTEM, Actor, record
from web.domain.errors import Missing, Refused
from web.domain.event.programme import asked_between, first_round, local_now
from web.domain.links import personal_address
from web.domain.locking import lock_event, lock_registration
from web.domain.mail.addresses import take_turns_within
from web.domain.mail.notices import presence_notice
from web.domain.people.readers import addresses_of, readers_of
from web.domain.team.access import personal_token
from web.models import Event, EventStatus, Registration, RegistrationStatus, ScheduleVersion, Slot, utcnow

# By the event's clock: nobody is woken by a mail.
MAILS_FROM, MAILS_UNTIL = time(8), time(20)


def is_asked(event: Event, now: datetime | None = None) -> bool:
    """Whether participants of `event` are asked at `now` (aware; default: this moment) to say that they come."""
    if event.published_schedule_id is None or event.status == EventStatus.ARCHIVED:
        return False
    since, until = asked_between(first_round(event), event.timezone)
    return since is not None and until is not None and since <= (now or utcnow()) < until


def has_confirmed(registration: Registration) -> bool:
    """Whether they have said that they come, since everybody may."""
    since, _until = asked_between(first_round(registration.event), registration.event.timezone)
    said = registration.attendance_confirmed_at
    return said is not None and since is not None and said >= since


def was_asked(event: Event) -> bool:
    """Whether everybody has been asked by mail for the day on which `event` now is."""
    since, _until = asked_between(first_round(event), event.timezone)
    return event.presence_asked_at is not None and since is not None and event.presence_asked_at >= since


def expected(session: Session, event: Event) -> Sequence[Registration]:
    """Those who are in the announced timetable and still take part, by name; none where nothing is announced.

    Two queries; the file of the timetable is read.
    """
    if event.published_schedule_id is None:
        return []
    files = (undefer(ScheduleVersion.document), undefer(ScheduleVersion.event_document))
    version = session.get_one(ScheduleVersion, event.published_schedule_id, options=files)
    keys = {one["id"] for one in version.event_document["participants"]}
    rows = session.scalars(
        select(Registration).where(
            Registration.event_id == event.id, Registration.status == RegistrationStatus.ACCEPTED
        )
    )
    return sorted((one for one in rows if one.key in keys), key=lambda one: (one.name.casefold(), one.id))


def unconfirmed(session: Session, event: Event) -> list[Registration]:
    """Those expected who have not said, since everybody may, that they come. Cost: as `expected`."""
    return [one for one in expected(session, event) if not has_confirmed(one)]


@retried
def confirm_presence(session: Session, registration: Registration, actor: Actor, now: datetime | None = None) -> bool:
    """Note that they come; whether that is news. Locks the event's row and theirs.

    Raises `Refused` before the day before and once the first round has begun, and for somebody who takes no part.
    """
    with write(session):
        lock_registration(session, registration)
        event = registration.event
        if registration.status != RegistrationStatus.ACCEPTED:
            raise Refused(_("Only those who take part can say that they come: this registration is not accepted."))
        if not is_asked(event, now):
            raise Refused(_("Presence is confirmed the day before, until the first round begins."))
        if has_confirmed(registration):
            return False
        registration.attendance_confirmed_at = now or utcnow()
        record(session, actor, "registration.confirm_presence", event_id=event.id, behalf_of=registration.id)
    return True


def ask_presence(session: Session, now: datetime | None = None) -> int:
    """Write the mails of the day before that are due at `now` (aware; default: this moment); how many.

    Each event is asked once, all of it or nothing, and never at night: by the event's clock from eight to eight.
    """
    now = now or utcnow()
    found = session.scalars(
        select(Event.id)
        .join(Slot, Slot.event_id == Event.id)
        .where(
            Event.published_schedule_id.is_not(None),
            Event.status != EventStatus.ARCHIVED,
            # A day more on each side than any time zone makes of it.
            Slot.starts_at > (now - timedelta(days=1)).astimezone(UTC).replace(tzinfo=None),
            Slot.starts_at < (now + timedelta(days=3)).astimezone(UTC).replace(tzinfo=None),
        )
        .distinct()
        .order_by(Event.id)
    ).all()
    return sum(_ask(session, event_id, now) for event_id in found)


@retried
def _ask(session: Session, event_id: int, now: datetime) -> int:
    with write(session):
        try:
            event = lock_event(session, event_id)
        except Missing:
            return 0
        if not is_asked(event, now) or was_asked(event):
            return 0
        if not MAILS_FROM <= local_now(event, now).time() < MAILS_UNTIL:
            return 0
        _since, until = asked_between(first_round(event), event.timezone)
        assert until is not None
        told = readers_of(session, unconfirmed(session, event))
        turns = take_turns_within(session, addresses_of(told), until - now)
        written = [(one, due_at) for one, due_at in zip(told, turns, strict=True) if due_at is not None]
        for one, due_at in written:
            presence_notice(session, one, personal_address(personal_token(one)), due_at)
        event.presence_asked_at = now
        record(session, SYSTEM, "event.ask_presence", event_id=event.id, mails=len(written))
    return len(written)
