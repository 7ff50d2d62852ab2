"""The organisations that somebody's events know: who came when, who met whom; and those taken along to the next one.

The pool of an organiser is made of the events that they organise, and of no other. Registrations are of one
organisation where its number or its name says so; near-equal names are told on the event's own pages, not here.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.event.events import POOLED, locked
from web.domain.event.pictures import copy_logos
from web.domain.event.programme import local_now
from web.domain.people.earlier import Organisations, announced_meetings
from web.domain.people.inviting import Added, Invited, invite_many
from web.domain.people.participants import free_key, keys_of
from web.domain.text import Search, folded
from web.models import (
    Event,
    EventMember,
    Registration,
    RegistrationStatus,
    Role,
    Slot,
    User,
    Wish,
)


@dataclass(frozen=True)
class Part:
    """What an organisation was at one event. `met`: whom it was to meet by the announced timetable; whether they sat
    together, and whether it was good, nobody has said.

    `honoured`: how many of these it had wished for; `mutual`: how many of those had wished for it too.
    """

    registration: Registration
    title: str
    day: date | None
    came: bool
    met: tuple[str, ...]
    honoured: int = 0
    mutual: int = 0


@dataclass
class Known:
    """An organisation of the pool. `parts`: the latest first; `is_here`: whether the event has it already."""

    parts: list[Part] = field(default_factory=list)
    is_here: bool = False

    @property
    def latest(self) -> Registration:
        """What it last said of itself."""
        return self.parts[0].registration

    @property
    def came(self) -> bool:
        """Whether it has ever taken part."""
        return any(part.came for part in self.parts)

    @property
    def meetings(self) -> int:
        """How many meetings it was to have where it took part."""
        return sum(len(part.met) for part in self.parts if part.came)

    @property
    def honoured(self) -> int:
        """How many of these were with somebody whom it had wished for."""
        return sum(part.honoured for part in self.parts if part.came)

    @property
    def mutual(self) -> int:
        """How many of these were wished for by both."""
        return sum(part.mutual for part in self.parts if part.came)


@dataclass(frozen=True)
class Filter:
    """Who is looked for; an empty field takes all.

    `part`: ``came``, or ``not`` for those who never did; `met`: ``wished``, those who were to meet somebody whom they
    had wished for, or ``mutual``, somebody who had wished for them too; `event`: by its number, those who registered
    for it.
    """

    text: str = ""
    kind: str = ""
    theme: str = ""
    zone: str = ""
    part: str = ""
    met: str = ""
    event: int = 0

    def takes(self, one: Known, search: Search) -> bool:
        latest = one.latest
        return (
            (not self.kind or latest.kind == self.kind)
            and (not self.theme or any(self.theme in part.registration.themes for part in one.parts))
            and (not self.zone or latest.zone == self.zone)
            and (not self.part or one.came == (self.part == "came"))
            and (self.met != "wished" or one.honoured > 0)
            and (self.met != "mutual" or one.mutual > 0)
            and (not self.event or any(part.registration.event_id == self.event for part in one.parts))
            and search.finds(latest.name, latest.contact_name, latest.email)
        )


@dataclass(frozen=True)
class Pool:
    """The organisations known from other events, by name; `events`: those events, the latest first."""

    organisations: Sequence[Known]
    events: Sequence[Event]

    def matching(self, wanted: Filter) -> list[Known]:
        """Those who fit."""
        search = Search.of(wanted.text)
        return [one for one in self.organisations if wanted.takes(one, search)]


def pool_of(session: Session, user: User, event: Event, now: datetime | None = None) -> Pool:
    """What `user` knows of organisations from other events than `event`. Six queries, whatever their number."""
    events = _organised(session, user, event)
    ends = dict(
        session.execute(
            select(Slot.event_id, func.max(Slot.ends_at))
            .where(Slot.event_id.in_([one.id for one in events]))
            .group_by(Slot.event_id)
        ).all()
    )
    events.sort(key=lambda one: (ends.get(one.id, datetime.min), one.id), reverse=True)
    rows = _registrations(session, [one.id for one in events])
    met, wishes = _met(session, events, rows), _wishes(session, [one.id for one in events])
    order = {one.id: number for number, one in enumerate(events)}
    named = {one.id: one for one in events}
    found: list[Known] = []
    groups = Organisations()
    for row in sorted(rows, key=lambda row: (order[row.event_id], row.id)):
        own = named[row.event_id]
        end = ends.get(own.id)
        is_over = end is not None and end < local_now(own, now)
        partners = met.get((own.id, row.key), ())
        honoured = [one for one in partners if (row.id, one.id) in wishes]
        came = row.status == RegistrationStatus.ACCEPTED and is_over
        came = came and (bool(partners) or own.published_schedule_id is None)
        place = groups.place_of(row)
        if place == len(found):
            found.append(Known())
        found[place].parts.append(
            Part(
                row,
                own.title,
                end.date() if end else None,
                came,
                met=tuple(one.name or one.key for one in partners),
                honoured=len(honoured),
                mutual=sum((one.id, row.id) in wishes for one in honoured),
            )
        )
    for row in _registrations(session, [event.id]):
        known = groups.known(row)
        if known is not None:
            found[known].is_here = True
    found.sort(key=lambda one: (folded(one.latest.name), one.latest.id))
    return Pool(found, events)


def _organised(session: Session, user: User, but: Event) -> list[Event]:
    mine = select(EventMember.event_id).where(EventMember.user_id == user.id, EventMember.role == Role.ORGANISER)
    return list(session.scalars(select(Event).where(Event.id.in_(mine), Event.id != but.id)))


def _registrations(session: Session, event_ids: Collection[int]) -> Sequence[Registration]:
    rows = select(Registration).where(Registration.event_id.in_(event_ids))
    return session.scalars(rows.order_by(Registration.id)).all()


def _wishes(session: Session, event_ids: Collection[int]) -> set[tuple[int, int]]:
    """Who had wished for whom, as numbers of registrations."""
    rows = select(Wish.registration_id, Wish.target_id).join(Registration, Registration.id == Wish.registration_id)
    return {(one, other) for one, other in session.execute(rows.where(Registration.event_id.in_(event_ids)))}


def _met(
    session: Session, events: Iterable[Event], rows: Iterable[Registration]
) -> Mapping[tuple[int, str], list[Registration]]:
    """By event and key, those whom somebody was announced to meet. Who was erased is nobody."""
    known = {(row.event_id, row.key): row for row in rows}
    found: dict[tuple[int, str], list[Registration]] = defaultdict(list)
    announced = [one.published_schedule_id for one in events if one.published_schedule_id is not None]
    for meeting in announced_meetings(session, announced):
        for one, other in (meeting.between, meeting.between[::-1]):
            if (meeting.event_id, other) in known:
                found[meeting.event_id, one].append(known[meeting.event_id, other])
    return found


def _chosen(session: Session, user: User, event: Event, ids: Collection[int]) -> list[Registration]:
    """Of the organisations of the pool that `ids` name by their latest registrations, those who are not here yet."""
    return [
        one.latest for one in pool_of(session, user, event).organisations if one.latest.id in ids and not one.is_here
    ]


@retried
def take_along(session: Session, user: User, event: Event, ids: Collection[int], actor: Actor) -> list[Registration]:
    """Add these organisations to `event`, to be decided on, as they last described themselves; nobody is mailed.

    Without links, choices, absences or consent, which belong to the former event. Who is here already is passed over:
    pressed twice, it is done once. Raises `Refused` for an archived event. Locks the event's row.
    """
    with write(session):
        locked(session, event)
        rows = _chosen(session, user, event, ids)
        taken = keys_of(session, event)
        position = session.scalar(select(func.max(Registration.position)).where(Registration.event_id == event.id)) or 0
        added = []
        for number, row in enumerate(rows, start=1):
            key = free_key(row.kind, taken)
            taken.add(key)
            one = Registration(
                event_id=event.id,
                key=key,
                position=position + number,
                status=RegistrationStatus.PENDING,
                **{name: getattr(row, name) for name in POOLED},
            )
            one.remote = one.remote and event.online_offered
            added.append(one)
        session.add_all(added)
        session.flush()
        copy_logos(session, event.id, {row.id: one.id for row, one in zip(rows, added, strict=True)})
        for one in added:
            record(session, actor, "registration.add", event_id=event.id, behalf_of=one.id)
    return added


@retried
def invite_again(
    session: Session, user: User, event: Event, ids: Collection[int], actor: Actor
) -> tuple[Added, list[str]]:
    """Keep an invitation for each of these organisations, to be sent later; and the names of those without an address.

    Raises as `web.domain.people.inviting.invite_many`.
    """
    with write(session):
        rows = _chosen(session, user, event, ids)
        invited = [
            Invited(
                kind=row.kind,
                name=row.name,
                email=row.email,
                contact_name=row.contact_name,
                phone=row.phone,
                language=row.language,
                organisation_id=row.organisation_id,
            )
            for row in rows
            if row.email
        ]
        return invite_many(session, event, invited, actor), [row.name for row in rows if not row.email]
