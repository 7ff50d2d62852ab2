"""Places: how many there are for each kind of participant, who is given one, who waits for one.

A kind without a number has no limit. Whoever waits is not overtaken: of the places that are free, as many are kept as
people wait, and whoever registers when no more are left waits as well. An organiser decides otherwise by accepting
somebody, but never beyond the number: only on the day, whoever has come is there (`web.domain.timetable.said`).

All that gives or frees a place holds the lock of the event's row alone, but for those who register: they share it with
each other, and queue for the places of their kind where there is a number.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from web.db import retried, write
from web.domain.audit import SYSTEM, Actor, record
from web.domain.errors import Refused
from web.domain.event.events import locked, touch
from web.domain.event.programme import kinds_of, local_now
from web.domain.event.resources import NeedsConfirmation
from web.domain.event.taxonomy import kind_label
from web.domain.locking import lock_text
from web.domain.people.readers import tell
from web.models import Event, EventStatus, Registration, RegistrationStatus

# What a registration is told by mail, by what became of it at once.
NEWS = {
    RegistrationStatus.PENDING: "registered",
    RegistrationStatus.ACCEPTED: "admitted",
    RegistrationStatus.WAITING: "queued",
}
# More names than this are counted.
_MOST_NAMED = 5


class NoPlace(Refused):
    """All places of the kind are taken."""


@dataclass(frozen=True)
class Places:
    """The places of one kind: how many there are (``None``: no limit), how many are taken, how many people wait."""

    kind: str
    number: int | None
    taken: int = 0
    waiting: int = 0

    @property
    def free(self) -> int | None:
        """How many can still be accepted; ``None``: any number."""
        return None if self.number is None else max(0, self.number - self.taken)

    @property
    def over(self) -> int:
        """How many more are accepted than there are places."""
        return 0 if self.number is None else max(0, self.taken - self.number)

    @property
    def is_full(self) -> bool:
        """Whether whoever registers now waits: no place is free, or each that is has somebody who waits for it."""
        return self.free is not None and self.free <= self.waiting

    @property
    def possible(self) -> int:
        """How many of those who wait could be accepted now."""
        return self.waiting if self.free is None else min(self.free, self.waiting)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an organiser says about places. `quotas`: by kind; a kind that is missing has no limit. `targets`: as in
    `Event.targets`."""

    quotas: Mapping[str, int]
    targets: Sequence[Mapping[str, Any]] = ()
    accepts_at_once: bool = False
    promotes: bool = False


def number_of(event: Event, kind: str) -> int | None:
    """How many places `event` has for `kind`; ``None`` where there is no limit."""
    number = event.quotas.get(kind)
    return None if number is None else int(number)


def all_places(session: Session, event: Event) -> list[Places]:
    """The places of each kind that `event` asks for, has a number for or has people of. One query."""
    found = _counted(session, event)
    kinds = dict.fromkeys([*kinds_of(event), *event.quotas, *sorted({kind for kind, _status in found})])
    return [_places(event, kind, found) for kind in kinds]


def counted_places(session: Session, event: Event) -> list[Places]:
    """The same of the kinds that have a number. One query, and none where no kind has one."""
    return [one for one in all_places(session, event) if one.number is not None] if event.quotas else []


def full_kinds(session: Session, event: Event) -> frozenset[str]:
    """The kinds of which whoever registers now waits. One query, and none where no kind has a number."""
    return frozenset(one.kind for one in counted_places(session, event) if one.is_full)


def places_of(event: Event, registrations: Iterable[Registration]) -> list[Places]:
    """The same as `counted_places`, counted among `registrations`, which are all of `event`."""
    found = Counter((one.kind, str(one.status)) for one in registrations)
    return [
        _places(event, kind, found) for kind in dict.fromkeys([*kinds_of(event), *event.quotas]) if kind in event.quotas
    ]


def _counted(session: Session, event: Event) -> Counter[tuple[str, str]]:
    rows = session.execute(
        select(Registration.kind, Registration.status, func.count())
        .where(
            Registration.event_id == event.id,
            Registration.status.in_((RegistrationStatus.ACCEPTED, RegistrationStatus.WAITING)),
        )
        .group_by(Registration.kind, Registration.status)
    )
    return Counter({(kind, status): count for kind, status, count in rows})


def _places(event: Event, kind: str, found: Counter[tuple[str, str]]) -> Places:
    taken, waiting = found[kind, RegistrationStatus.ACCEPTED], found[kind, RegistrationStatus.WAITING]
    return Places(kind, number_of(event, kind), taken, waiting)


def acts_by_itself(event: Event, now: datetime | None = None) -> bool:
    """Whether places are still given without an organiser at `now` (aware; default: this moment).

    Not once the timetable is published or the event has begun: whoever is accepted then needs an agenda, which somebody
    must find.
    """
    if event.published_schedule_id is not None or event.status == EventStatus.ARCHIVED:
        return False
    return not event.slots or local_now(event, now) < event.slots[0].starts_at


def newcomer_status(session: Session, event: Event, kind: str, now: datetime | None = None) -> RegistrationStatus:
    """What somebody of `kind` is who registers now: on the waiting list where the kind is full, else accepted or to be
    decided, as the event says.

    In the caller's ``write`` block, which holds the event's lock at least with others. Where the kind has a number, the
    places of the kind are locked until it ends: of those who register, one counts at a time.
    """
    if number_of(event, kind) is not None:
        lock_text(session, f"places\n{event.id}\n{kind}")
        if _places(event, kind, _counted(session, event)).is_full:
            return RegistrationStatus.WAITING
    at_once = event.accepts_at_once and acts_by_itself(event, now)
    return RegistrationStatus.ACCEPTED if at_once else RegistrationStatus.PENDING


def check_free(session: Session, event: Event, kind: str) -> None:
    """Raise `NoPlace` where nobody more of `kind` can be accepted. The caller holds the event's lock."""
    number = number_of(event, kind)
    if number is not None and not _places(event, kind, _counted(session, event)).free:
        raise _no_place(kind, number)


def check_held(session: Session, event: Event, kind: str) -> None:
    """Raise `NoPlace` where more of `kind` are accepted than there are places. The caller holds the event's lock."""
    number = number_of(event, kind)
    if number is not None and _places(event, kind, _counted(session, event)).over:
        raise _no_place(kind, number)


def _no_place(kind: str, number: int) -> NoPlace:
    values = {"kind": kind_label(kind, get_locale().language), "number": number}
    if number == 0:
        told = _("There is no place for this kind (%(kind)s).", **values)
    elif number == 1:
        told = _("The only place for this kind (%(kind)s) is taken.", **values)
    else:
        told = _("All %(number)d places for this kind (%(kind)s) are taken.", **values)
    remedy = _("Raise the number of places, or use the waiting list.")
    return NoPlace(f"{told} {remedy}")


def promote(
    session: Session,
    event: Event,
    kinds: Iterable[str],
    *,
    but: Collection[int] = (),
    now: datetime | None = None,
) -> list[Registration]:
    """Give the free places of `kinds` to those who have waited longest, where the event does so by itself; they are
    told by mail. Who they are. `but`: the numbers of those who have just been made to wait.

    In the caller's ``write`` block, which holds the event's lock alone. Nothing happens once the timetable is
    published.
    """
    if not event.promotes or not acts_by_itself(event, now):
        return []
    # Where there is no number no place has become free: who waits there waits for something else.
    found = _next_in_line(session, event, [kind for kind in kinds if number_of(event, kind) is not None], but)
    _give_places(session, event, found)
    return found


def _give_places(session: Session, event: Event, registrations: Iterable[Registration]) -> None:
    for one in registrations:
        one.status, one.waiting_since = RegistrationStatus.ACCEPTED, None
        record(session, SYSTEM, "registration.promote", event_id=event.id, behalf_of=one.id)
        tell(session, [one], "promoted")


def _next_in_line(
    session: Session, event: Event, kinds: Iterable[str], but: Collection[int] = ()
) -> list[Registration]:
    """Those for whom there is a place of their kind, the longest waiting first; their rows locked."""
    session.flush()
    counted = _counted(session, event)
    found: list[Registration] = []
    for kind in dict.fromkeys(kinds):
        possible = _places(event, kind, counted).possible
        if possible:
            rows = (
                select(Registration)
                .where(*_waiting(event, kind), Registration.id.not_in(but))
                .order_by(Registration.waiting_since, Registration.id)
                .limit(possible)
                .with_for_update(key_share=True)
                .execution_options(populate_existing=True)
            )
            found += session.scalars(rows)
    return found


def _waiting(event: Event, kind: str) -> tuple[Any, ...]:
    return (
        Registration.event_id == event.id,
        Registration.kind == kind,
        Registration.status == RegistrationStatus.WAITING,
    )


def place_in_line(session: Session, one: Registration) -> int | None:
    """Which place `one` has on the waiting list of its kind, from 1 on; ``None`` for who does not wait, and where there
    is no number of places, for nobody is first then. One query."""
    if one.status != RegistrationStatus.WAITING or number_of(one.event, one.kind) is None:
        return None
    session.flush()
    earlier = or_(
        Registration.waiting_since < one.waiting_since,
        and_(Registration.waiting_since == one.waiting_since, Registration.id < one.id),
    )
    before = session.scalar(select(func.count()).where(*_waiting(one.event, one.kind), earlier))
    return 1 + (before or 0)


def lines(event: Event, registrations: Iterable[Registration]) -> dict[int, int]:
    """The same for all of `registrations`, which are all of `event`: by their numbers."""
    waiting = [one for one in registrations if one.status == RegistrationStatus.WAITING and one.waiting_since]
    waiting.sort(key=lambda one: (one.waiting_since, one.id))
    found: dict[int, int] = {}
    seen: Counter[str] = Counter()
    for one in waiting:
        if number_of(event, one.kind) is not None:
            seen[one.kind] += 1
            found[one.id] = seen[one.kind]
    return found


@retried
def save_places(
    session: Session,
    event: Event,
    wanted: Settings,
    *,
    version: int,
    confirmed: bool,
    actor: Actor,
    now: datetime | None = None,
) -> list[str]:
    """Store what an organiser says about places; the names of those of the waiting list who have got one by that.

    Nobody loses a place where there are fewer now. Raises `NeedsConfirmation` where somebody would get one and it is
    not `confirmed`, `StaleDataError` when the event is no longer at `version`. Locks the event's row.
    """
    with write(session):
        locked(session, event, version)
        values = {**vars(wanted), "quotas": dict(wanted.quotas), "targets": [dict(one) for one in wanted.targets]}
        changed = sorted(name for name, value in values.items() if getattr(event, name) != value)
        # A kind that has no number any more has room for all who wait.
        kinds = [*event.quotas, *wanted.quotas]
        for name in changed:
            setattr(event, name, values[name])
        touch(event)
        by_itself = event.promotes and acts_by_itself(event, now)
        coming = _next_in_line(session, event, kinds) if by_itself else []
        names = [one.name or one.key for one in coming]
        if names and not confirmed:
            raise NeedsConfirmation([_told_of(names)])
        record(session, actor, "event.places", event_id=event.id, fields=changed)
        _give_places(session, event, coming)
    return names


def _told_of(names: Sequence[str]) -> str:
    named, rest = ", ".join(names[:_MOST_NAMED]), len(names) - _MOST_NAMED
    if rest > 0:
        named = f"{named} (+ {rest})"
    return ngettext(
        "%(num)d organisation of the waiting list gets a place and is told so by mail: %(names)s.",
        "%(num)d organisations of the waiting list get a place and are told so by mail: %(names)s.",
        len(names),
        names=named,
    )
