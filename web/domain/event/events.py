"""Events: those a person sees, and what an organiser does with one as a whole."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.exc import StaleDataError

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import NeedsConfirmation, Refused
from web.domain.event.files import free_slug
from web.domain.event.pictures import copy_logos, copy_pictures
from web.domain.event.programme import Window, local_now, window_until
from web.domain.event.slots import Plan, keyed, slot_times
from web.domain.locking import lock_event
from web.models import (
    Event,
    EventMember,
    EventStatus,
    Facilitator,
    Registration,
    RegistrationStatus,
    ReminderPlan,
    Role,
    Slot,
    Table,
    User,
    Wish,
    utcnow,
)

# From each state, the states that an organiser may choose next.
STEPS = {
    EventStatus.DRAFT: (EventStatus.OPEN, EventStatus.ARCHIVED),
    EventStatus.OPEN: (EventStatus.CLOSED, EventStatus.ARCHIVED),
    EventStatus.CLOSED: (EventStatus.OPEN, EventStatus.ARCHIVED),
    EventStatus.ARCHIVED: (EventStatus.CLOSED,),
}


@dataclass(frozen=True)
class EventCard:
    """One event as the list shows it. `first` and `last` are wall-clock times of the event; `counts` is by status;
    `over`: whether its last meeting has been held; `window`: whether it takes registrations."""

    event: Event
    role: Role
    counts: Counter[str]
    first: datetime | None
    last: datetime | None
    over: bool
    window: Window


@dataclass(frozen=True, kw_only=True)
class Basics:
    """What an event is called, where and for whom it is. Moments are aware."""

    title: str
    place: str = ""
    description: str = ""
    timezone: str = "Europe/Paris"
    locale: str = "fr"
    registration_opens_at: datetime | None = None
    registration_closes_at: datetime | None = None
    wishes_close_at: datetime | None = None
    wish_limit: int = 8
    online_offered: bool = True


@dataclass(frozen=True)
class EventRules:
    """What holds for all participants; `weights` holds only those that differ from the format's defaults."""

    coverage: tuple[int, ...] = ()
    min_meetings: int = 0
    max_meetings: int | None = None
    max_break_difference: int | None = None
    seated: tuple[str, ...] = ()
    max_in_a_row: int | None = None
    same_person: tuple[tuple[str, ...], ...] = ()
    weights: tuple[tuple[str, int], ...] = ()
    may_meet: tuple[tuple[str, str], ...] = ()


def event_cards(session: Session, user: User, now: datetime | None = None) -> list[EventCard]:
    """The events in whose team `user` is: those that come soonest first, then those without a day, then those that are
    over, the last one first. Three queries, whatever their number."""
    mine = select(EventMember.event_id).where(EventMember.user_id == user.id)
    rows = session.execute(
        select(Event, EventMember.role).join(EventMember).where(EventMember.user_id == user.id)
    ).all()
    counts: dict[int, Counter[str]] = {}
    for event_id, status, number in session.execute(
        select(Registration.event_id, Registration.status, func.count())
        .where(Registration.event_id.in_(mine))
        .group_by(Registration.event_id, Registration.status)
    ):
        counts.setdefault(event_id, Counter())[status] = number
    times = {
        event_id: (first, last)
        for event_id, first, last in session.execute(
            select(Slot.event_id, func.min(Slot.starts_at), func.max(Slot.ends_at))
            .where(Slot.event_id.in_(mine))
            .group_by(Slot.event_id)
        )
    }
    cards = []
    for event, role in rows:
        first, last = times.get(event.id, (None, None))
        over = last is not None and last <= local_now(event, now)
        taking = window_until(event, last, now)
        cards.append(EventCard(event, Role(role), counts.get(event.id, Counter()), first, last, over, taking))
    return sorted(cards, key=_soonest)


def _soonest(card: EventCard) -> tuple[bool, timedelta, int]:
    since = (card.first or datetime.max) - datetime.min
    return card.over, -since if card.over else since, card.event.id


@retried
def create_event(
    session: Session,
    basics: Basics,
    rules: EventRules,
    plan: Plan,
    tables: Sequence[str],
    user: User,
    actor: Actor,
    *,
    zones: Sequence[Any] = (),
) -> Event:
    """A new draft event of `user`; `zones`: its own. Raises `Faults` for a grid of slots that cannot be."""
    times = slot_times(plan)
    with write(session):
        event = Event(
            slug=free_slug(session, basics.title),
            rules=rules_document({}, rules),
            taxonomies={"zones": list(zones)},
            **vars(basics),
        )
        event.members = [EventMember(user_id=user.id, role=Role.ORGANISER)]
        event.slots = [
            Slot(key=key, position=position, starts_at=time.start, ends_at=time.end, session=time.session)
            for position, (key, time) in enumerate(keyed(times, ()))
        ]
        event.tables = [Table(key=f"t{i + 1}", position=i, name=name) for i, name in enumerate(tables)]
        session.add(event)
        session.flush()
        record(session, actor, "event.create", event_id=event.id, slots=len(event.slots), tables=len(event.tables))
    return event


def locked(session: Session, event: Event, version: int | None = None) -> Event:
    """`event`, read anew under the lock of its row. Raises `StaleDataError` when it is no longer at `version`, and
    `Refused` for an archived one. Without a `version` it may have changed meanwhile.

    Call it in a ``write`` block, and `touch` after changing rows that belong to the event.
    """
    lock_event(session, event.id)
    if version is not None and event.version != version:
        raise StaleDataError("The event has changed since the page was opened.")
    if event.status == EventStatus.ARCHIVED:
        raise Refused(_("This event is archived: take it out of the archive before you change it."))
    return event


def touch(event: Event) -> None:
    """Have the event's version counted up, though no column of its own may have changed."""
    event.updated_at = utcnow()
    flag_modified(event, "updated_at")


@retried
def update_basics(
    session: Session,
    event: Event,
    basics: Basics,
    *,
    texts: dict[str, str],
    zones: Sequence[str],
    directory_published: bool,
    wishes_shown: bool,
    version: int,
    actor: Actor,
    confirmed: bool = False,
) -> None:
    """Store what the event is called and says. `zones`: its own, as taxonomies have them.

    `wishes_shown`: whether participants see who wishes to meet them. Raises `NeedsConfirmation` where that begins and
    wishes were made in secret, `StaleDataError`.
    """
    with write(session):
        locked(session, event, version)
        since = (event.wishes_shown_at or utcnow()) if wishes_shown else None
        if since is not None and event.wishes_shown_at is None and not confirmed:
            _ask_about_wishes(session, event)
        values: dict[str, Any] = {
            "wishes_shown_at": since,
            **vars(basics),
            "texts": {**event.texts, **texts},
            "taxonomies": {**event.taxonomies, "zones": list(zones)},
            "directory_published": directory_published,
        }
        changed = sorted(name for name, value in values.items() if getattr(event, name) != value)
        for name in changed:
            setattr(event, name, values[name])
        touch(event)
        record(session, actor, "event.update", event_id=event.id, fields=changed)


def _ask_about_wishes(session: Session, event: Event) -> None:
    """Raise `NeedsConfirmation` where anybody has wished for somebody under the promise that nobody learns of it."""
    made, by = session.execute(
        select(func.count(), func.count(Wish.registration_id.distinct()))
        .join(Registration, Registration.id == Wish.registration_id)
        .where(Registration.event_id == event.id)
    ).one()
    if made:
        wishes = ngettext("%(num)d wish was", "%(num)d wishes were", made)
        people = ngettext("%(num)d participant", "%(num)d participants", by)
        raise NeedsConfirmation(
            [
                _(
                    "%(wishes)s made by %(people)s who had been told that only the organisers see them. Those wished "
                    "for will see them at once. The page of wishes says so from now on; better write to them first.",
                    wishes=wishes,
                    people=people,
                )
            ]
        )


@retried
def update_rules(session: Session, event: Event, rules: EventRules, version: int, actor: Actor) -> None:
    """Store the rules for all. Raises `StaleDataError`."""
    with write(session):
        locked(session, event, version)
        event.rules = rules_document(event.rules, rules)
        touch(event)
        record(session, actor, "event.rules", event_id=event.id)


def rules_document(known: dict[str, Any], rules: EventRules) -> dict[str, Any]:
    """`Event.rules` with `rules` in it. Keys unknown to the form are kept."""
    document = {
        **known,
        "coverage": list(rules.coverage),
        "max_break_difference": rules.max_break_difference,
        "seated": list(rules.seated),
        "max_in_a_row": rules.max_in_a_row,
        "same_person": [list(group) for group in rules.same_person],
        "weights": dict(rules.weights),
        "min_meetings": rules.min_meetings,
        "max_meetings": rules.max_meetings,
    }
    if rules.may_meet:
        document["may_meet"] = [list(pair) for pair in rules.may_meet]
    return document


@retried
def set_status(session: Session, event: Event, status: EventStatus, actor: Actor) -> bool:
    """Open or close registration, archive, take out of the archive; whether anything changed.

    Raises `Refused` for a step that makes no sense, such as opening an event without slots.
    """
    with write(session):
        lock_event(session, event.id)
        if event.status == status:
            return False
        if status not in STEPS[EventStatus(event.status)]:
            raise Refused(_("This step is not possible now: reload the page and look at the state of the event."))
        if status == EventStatus.OPEN and not event.slots:
            raise Refused(_("Add rounds first: participants are asked when they can be there."))
        before, event.status = event.status, status
        record(session, actor, "event.status", event_id=event.id, before=before, now=status.value)
    return True


_SAME = (
    *("description", "place", "timezone", "locale", "wish_limit", "texts", "taxonomies", "questions", "rules"),
    *("attach_agendas", "online_offered", "quotas", "targets", "accepts_at_once", "promotes", "face"),
    "wishes_shown_at",
)


@retried
def duplicate_event(
    session: Session, event: Event, *, title: str, day: date, with_pool: bool, user: User, actor: Actor
) -> Event:
    """A draft copy of `event` that begins on `day`; every further day keeps its distance from the first.

    `with_pool`: its accepted, pending and waiting organisations come along as pending ones, without links, choices,
    absences or consent, since these belong to the former event. No mail is sent.
    """
    with write(session):
        session.refresh(event)
        shift = timedelta(days=(day - event.slots[0].starts_at.date()).days) if event.slots else timedelta()
        copy = Event(slug=free_slug(session, title), title=title, **{name: getattr(event, name) for name in _SAME})
        copy.members = [EventMember(user_id=user.id, role=Role.ORGANISER)]
        copy.slots = [
            Slot(
                key=slot.key,
                position=slot.position,
                starts_at=slot.starts_at + shift,
                ends_at=slot.ends_at + shift,
                session=slot.session,
            )
            for slot in event.slots
        ]
        copy.tables = [
            Table(key=table.key, position=table.position, name=table.name, features=table.features)
            for table in event.tables
        ]
        copy.facilitators = [
            Facilitator(key=one.key, position=one.position, name=one.name, email=one.email)
            for one in event.facilitators
        ]
        pool = _pool(session, event) if with_pool else ()
        tables = {table.key: table for table in copy.tables}
        copy.registrations = [_pooled(one, tables) for one in pool]
        session.add(copy)
        session.flush()
        plan = session.scalar(select(ReminderPlan).where(ReminderPlan.event_id == event.id))
        if plan is not None:
            session.add(ReminderPlan(event_id=copy.id, weekends=plan.weekends, rules=plan.rules))
        copy_pictures(session, event, copy.id)
        copy_logos(session, copy.id, {one.id: its.id for one, its in zip(pool, copy.registrations, strict=True)})
        record(session, actor, "event.duplicate", event_id=copy.id, of=event.id, participants=len(copy.registrations))
    return copy


def _pool(session: Session, event: Event) -> Sequence[Registration]:
    kept = (RegistrationStatus.ACCEPTED, RegistrationStatus.PENDING, RegistrationStatus.WAITING)
    return session.scalars(
        select(Registration)
        .where(Registration.event_id == event.id, Registration.status.in_(kept))
        .order_by(Registration.position, Registration.id)
    ).all()


# What an organisation says of itself, and what its organisers say of it: the same at the next event.
POOLED = (
    *("organisation_id", "kind", "name", "contact_name", "email", "phone", "website", "siren", "size", "language"),
    *("project", "needs", "offers", "themes", "zone", "notes", "logo", "delegates", "remote", "requires"),
    *("accessibility", "needs_facilitator", "min_meetings", "max_meetings", "boost"),
)


def _pooled(one: Registration, tables: dict[str, Table]) -> Registration:
    return Registration(
        status=RegistrationStatus.PENDING,
        home_table=tables[one.home_table.key] if one.home_table else None,
        **{name: getattr(one, name) for name in ("key", "position", *POOLED)},
    )
