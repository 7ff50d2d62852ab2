"""What an event's announcement says: when it is, whether and who may come, who has agreed to be named."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from web.domain.memory import Memory, state_of
from web.models import Event, EventStatus, Registration, RegistrationStatus, Slot, utcnow

DEFAULT_KINDS = ("association", "company")


class Window(StrEnum):
    """Whether an event takes registrations, and if not, why not."""

    OPEN = "open"
    DRAFT = "draft"
    EARLY = "early"
    LATE = "late"
    CLOSED = "closed"
    ARCHIVED = "archived"


@dataclass(frozen=True)
class Sitting:
    """A stretch of slots of one day under one label, or with no long pause between them."""

    day: date
    start: datetime
    end: datetime
    session: str | None
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class Announcement:
    """One event as the home page lists it. Times are wall-clock times of the event."""

    event: Event
    window: Window
    sittings: tuple[Sitting, ...]


def window(event: Event, now: datetime | None = None) -> Window:
    """Whether `event` takes registrations at `now` (aware; default: this moment)."""
    return window_until(event, _last_end(event) if event.status == EventStatus.OPEN else None, now)


def window_until(event: Event, last: datetime | None, now: datetime | None = None) -> Window:
    """The same of an event of which it is known that its last round ends at `last`, by its clock; no query."""
    now = now or utcnow()
    if event.status != EventStatus.OPEN:
        return Window(event.status)
    if event.registration_opens_at is not None and now < event.registration_opens_at:
        return Window.EARLY
    ends = _ends(event, last)
    return Window.LATE if ends is not None and now >= ends else Window.OPEN


def registration_ends(event: Event) -> datetime | None:
    """When `event` takes no more registrations: as its team says, and with its last round at the latest."""
    return _ends(event, _last_end(event))


def _last_end(event: Event) -> datetime | None:
    return max((sitting.end for sitting in days_of(event)), default=None)


def _ends(event: Event, last: datetime | None) -> datetime | None:
    held = None if last is None else last.replace(tzinfo=ZoneInfo(event.timezone)).astimezone(UTC)
    return min((end for end in (event.registration_closes_at, held) if end is not None), default=None)


def first_round(event: Event) -> datetime | None:
    """When the first round begins, by the event's clock; ``None`` where there is none yet."""
    return min((sitting.start for sitting in days_of(event)), default=None)


def asked_between(first: datetime | None, timezone: str) -> tuple[datetime | None, datetime | None]:
    """From when until when participants may say that they come: the day before `first`, until it begins (aware)."""
    if first is None:
        return None, None
    zone = ZoneInfo(timezone)
    begin = datetime.combine(first.date() - timedelta(days=1), time(), zone)
    return begin.astimezone(UTC), first.replace(tzinfo=zone).astimezone(UTC)


def announced_events(session: Session, now: datetime | None = None) -> list[Announcement]:
    """The announced events that are not over, the next one first. Two queries, whatever their number."""
    now = now or utcnow()
    shown = select(Event).where(Event.status.in_((EventStatus.OPEN, EventStatus.CLOSED)))
    events = session.scalars(shown.options(selectinload(Event.slots))).all()
    coming = [event for event in events if not event.slots or local_now(event, now) <= event.slots[-1].ends_at]
    coming.sort(key=lambda event: (event.slots[0].starts_at if event.slots else datetime.max, event.id))
    return [Announcement(event, window(event, now), sittings(event)) for event in coming]


def local_now(event: Event, now: datetime | None = None) -> datetime:
    """The wall-clock time at the event, as slots give theirs."""
    return (now or utcnow()).astimezone(ZoneInfo(event.timezone)).replace(tzinfo=None)


def sittings(event: Event) -> tuple[Sitting, ...]:
    """The event's slots by day and session label."""
    found = []
    for (day, session), group in groupby(event.slots, key=lambda slot: (slot.starts_at.date(), slot.session)):
        slots = tuple(group)
        found.append(Sitting(day, slots[0].starts_at, slots[-1].ends_at, session, slots))
    return tuple(found)


def days_of(event: Event) -> tuple[Sitting, ...]:
    """When the event is: its sittings without their slots, looked up once for each state of it."""
    return _known.get(state_of(event), lambda: tuple(replace(one, slots=()) for one in sittings(event)))


_known: Memory[tuple[Sitting, ...]] = Memory(most=32)


def kinds_that_meet(event: Event) -> list[tuple[str, str]]:
    """Which kinds of participant may meet which, in the order of the event's rules."""
    return [(one, other) for one, other in event.rules.get("may_meet") or [DEFAULT_KINDS]]


def kinds_of(event: Event) -> list[str]:
    """The kinds of participant that this event brings together, in the order of its rules."""
    return list(dict.fromkeys(kind for pair in kinds_that_meet(event) for kind in pair))


def kinds_met_by(event: Event, kind: str) -> set[str]:
    """The kinds that a participant of this `kind` may meet."""
    return {other if one == kind else one for one, other in kinds_that_meet(event) if kind in (one, other)}


class Logo(NamedTuple):
    """A participant's picture as pages show it. `light`: it wants a dark ground."""

    digest: str
    width: int
    height: int
    light: bool = False


class Named(NamedTuple):
    """A participant who agreed to be named in public."""

    kind: str
    name: str
    logo: Logo | None = None


def named_participants(session: Session, event: Event) -> tuple[Named, ...]:
    """The accepted participants who agreed to be named in public, by kind and name. One query."""
    rows = session.execute(
        select(Registration.kind, Registration.name, Registration.logo).where(
            Registration.event_id == event.id,
            Registration.status == RegistrationStatus.ACCEPTED,
            Registration.publish_name.is_(True),
        )
    ).all()
    found = (Named(kind, name, Logo(**logo) if logo else None) for kind, name, logo in rows)
    return tuple(sorted(found, key=lambda one: (one.kind, one.name.casefold(), one.name)))
