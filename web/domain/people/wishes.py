"""Whom a participant wants to meet, in order, and whom rather not.

Nobody else ever sees whom not, nor any order. That somebody wishes to meet them is seen by others only where the event
shows it (`Event.wishes_shown_at`).

Each function is one transaction that locks the participant's row, so that two open pages cannot tangle the ranks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask_babel import gettext as _
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Missing, Refused
from web.domain.locking import lock_registration
from web.domain.people.directory import is_visible, may_meet
from web.models import EventStatus, Registration, RegistrationStatus, Veto, Wish, utcnow


class Choosing(StrEnum):
    """Whether a participant may choose now, and if not, why not."""

    OPEN = "open"
    NOT_ACCEPTED = "not_accepted"
    NOT_YET = "not_yet"
    PUBLISHED = "published"
    LATE = "late"
    OVER = "over"


def choosing(me: Registration, now: datetime | None = None) -> Choosing:
    """Whether `me` may put wishes in order at `now` (aware; default: this moment)."""
    event = me.event
    if event.status == EventStatus.ARCHIVED:
        return Choosing.OVER
    if me.status != RegistrationStatus.ACCEPTED:
        return Choosing.NOT_ACCEPTED
    if event.published_schedule_id is not None:
        return Choosing.PUBLISHED
    if event.wishes_close_at is not None and (now or utcnow()) >= event.wishes_close_at:
        return Choosing.LATE
    return Choosing.OPEN if is_visible(me) else Choosing.NOT_YET


@retried
def add_wish(session: Session, me: Registration, target_id: int, actor: Actor) -> None:
    """Put `target_id` last on the list; nothing happens where it already is on it.

    Raises `Missing` for somebody whom `me` may not meet, `Refused` when choosing is over, the list is full, or the
    target is one that `me` would rather not meet.
    """
    with write(session):
        _lock(session, me)
        _check_open(me)
        target = _target(session, me, target_id)
        wishes = _wishes(session, me)
        if any(wish.target_id == target.id for wish in wishes):
            return
        if any(veto.target_id == target.id for veto in me.vetoes):
            raise Refused(_("You would rather not meet them: take that back first."))
        if len(wishes) >= me.event.wish_limit:
            raise Refused(
                _("Your list is full: %(limit)d wishes at most. Take one away first.", limit=me.event.wish_limit)
            )
        session.add(Wish(registration_id=me.id, target_id=target.id, rank=len(wishes)))
        _done(session, me, actor, "wish.add")


@retried
def remove_wish(session: Session, me: Registration, target_id: int, actor: Actor) -> None:
    """Take `target_id` off the list; the others move up. Nothing happens where it is not on it."""
    with write(session):
        _lock(session, me)
        _check_open(me)
        if _drop_wish(session, me, target_id):
            _done(session, me, actor, "wish.remove")


@dataclass(frozen=True)
class Drop:
    """Where a wish was let go: at `place`, from 0, of the list that was seen, as the ids of its targets in order."""

    place: int
    seen: tuple[int, ...]


@retried
def move_wish(session: Session, me: Registration, target_id: int, to: int | Drop, actor: Actor) -> None:
    """Move `target_id` by so many places (-1: one up), or to where it was dropped; it stops at the ends of the list.

    Raises `Missing` where it is not on the list, and `Refused` for a drop on a list that has become another one. The
    same drop sent twice is done once.
    """
    with write(session):
        _lock(session, me)
        _check_open(me)
        wishes = _wishes(session, me)
        order = [wish.target_id for wish in wishes]
        if target_id not in order:
            raise Missing(_("This wish is no longer on your list."))
        place = order.index(target_id)
        if isinstance(to, Drop):
            if order == _moved(to.seen, target_id, to.place):
                return
            if order != list(to.seen):
                raise Refused(_("Your list was changed elsewhere in the meantime: here it is as it stands now."))
        wanted = _moved(order, target_id, to.place if isinstance(to, Drop) else place + to)
        wishes.sort(key=lambda wish: wanted.index(wish.target_id))
        _number(wishes)
        _done(session, me, actor, "wish.move")


def _moved(order: Sequence[int], target_id: int, place: int) -> list[int]:
    others = [one for one in order if one != target_id]
    return [*others[: max(place, 0)], target_id, *others[max(place, 0) :]]


@retried
def add_veto(session: Session, me: Registration, target_id: int, actor: Actor) -> None:
    """Never have `me` meet `target_id`; takes it off the wishes. Raises `Missing` as `add_wish`."""
    with write(session):
        _lock(session, me)
        _check_open(me)
        target = _target(session, me, target_id)
        if any(veto.target_id == target.id for veto in me.vetoes):
            return
        _drop_wish(session, me, target.id)
        session.add(Veto(registration_id=me.id, target_id=target.id))
        _done(session, me, actor, "veto.add")


@retried
def remove_veto(session: Session, me: Registration, target_id: int, actor: Actor) -> None:
    """Take it back; nothing happens where there is none."""
    with write(session):
        _lock(session, me)
        _check_open(me)
        session.execute(delete(Veto).where(Veto.registration_id == me.id, Veto.target_id == target_id))
        _done(session, me, actor, "veto.remove")


def ordered(session: Session, me: Registration) -> list[tuple[Registration, bool]]:
    """Whom `me` wishes to meet, in order, each with whether `me` still can: also where the directory is closed to all.

    One query, as the next.
    """
    rows = select(Registration).join(Wish, Wish.target_id == Registration.id).where(Wish.registration_id == me.id)
    return [(one, may_meet(me, one)) for one in session.scalars(rows.order_by(Wish.rank, Wish.id))]


def put_aside(session: Session, me: Registration) -> Sequence[Registration]:
    """Whom `me` would rather not meet."""
    rows = select(Registration).join(Veto, Veto.target_id == Registration.id).where(Veto.registration_id == me.id)
    return session.scalars(rows.order_by(Veto.id)).all()


def _lock(session: Session, me: Registration) -> None:
    lock_registration(session, me)
    session.expire(me, ["wishes", "vetoes"])


def _check_open(me: Registration) -> None:
    state = choosing(me)
    if state == Choosing.PUBLISHED:
        raise Refused(_("The timetable is published: choosing is over. Write to the organisers if something is wrong."))
    if state == Choosing.LATE:
        raise Refused(_("The time for choosing is over: the organisers are computing the timetable."))
    if state != Choosing.OPEN:
        raise Refused(_("You cannot choose at the moment."))


def _target(session: Session, me: Registration, target_id: int) -> Registration:
    target = session.get(Registration, target_id) if 0 < target_id < 2**31 else None
    if target is None or not may_meet(me, target):
        raise Missing(_("This participant is not, or no longer, in the directory."))
    return target


def _wishes(session: Session, me: Registration) -> list[Wish]:
    return list(session.scalars(select(Wish).where(Wish.registration_id == me.id).order_by(Wish.rank, Wish.id)))


def _drop_wish(session: Session, me: Registration, target_id: int) -> bool:
    wishes = _wishes(session, me)
    kept = [wish for wish in wishes if wish.target_id != target_id]
    for wish in wishes:
        if wish.target_id == target_id:
            session.delete(wish)
    _number(kept)
    return len(kept) < len(wishes)


def _number(wishes: list[Wish]) -> None:
    for rank, wish in enumerate(wishes):
        wish.rank = rank


def note_chosen(session: Session, me: Registration) -> None:
    """Note when `me` last chose, in the caller's ``write`` block.

    Past the mapper: choosing does not make an open form of the registration an old one, nor anybody's directory.
    """
    session.flush()
    session.execute(
        update(Registration)
        .where(Registration.id == me.id)
        .values(wishes_saved_at=utcnow(), updated_at=Registration.updated_at)
        .execution_options(synchronize_session=False)
    )


def _done(session: Session, me: Registration, actor: Actor, action: str) -> None:
    note_chosen(session, me)
    # The log is read by the team: whom a choice is about stays out of it.
    record(session, actor, action, event_id=me.event_id, behalf_of=me.id)
