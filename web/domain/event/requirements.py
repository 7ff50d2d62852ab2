"""What the organiser says of single pairs: must meet, must not meet, may meet whatever their score."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Fault, Faults, Missing
from web.domain.event.events import locked, touch
from web.models import Event, MeetingRule, Registration, RegistrationStatus, RuleStatus, Slot, Veto


@dataclass(frozen=True)
class Requirement:
    """`a` and `b` are ids of registrations; `after`: the pair (ids) whose meeting comes first."""

    a: int
    b: int
    status: str
    slot_id: int | None = None
    session: str | None = None
    after: tuple[int, int] | None = None


def requirements(session: Session, event: Event) -> Sequence[MeetingRule]:
    """The rules on pairs of `event`, in order, with both participants and the slot loaded. Four queries."""
    return session.scalars(
        select(MeetingRule)
        .where(MeetingRule.event_id == event.id)
        .order_by(MeetingRule.position, MeetingRule.id)
        .options(selectinload(MeetingRule.a), selectinload(MeetingRule.b), selectinload(MeetingRule.slot))
    ).all()


@retried
def add_requirement(session: Session, event: Event, wanted: Requirement, version: int, actor: Actor) -> MeetingRule:
    """Add one rule at the end. Raises `Faults` for one that contradicts itself or another, `StaleDataError`."""
    with write(session):
        locked(session, event, version)
        people = _people(session, event)
        _check(session, event, wanted, people)
        last = session.scalar(select(func.max(MeetingRule.position)).where(MeetingRule.event_id == event.id))
        after = [[people[wanted.after[0]].key, people[wanted.after[1]].key]] if wanted.after else []
        rule = MeetingRule(
            event_id=event.id,
            position=0 if last is None else last + 1,
            a_id=wanted.a,
            b_id=wanted.b,
            status=wanted.status,
            slot_id=wanted.slot_id,
            session=wanted.session,
            after=after,
        )
        session.add(rule)
        touch(event)
        record(session, actor, "requirement.add", event_id=event.id, status=wanted.status)
    return rule


@retried
def remove_requirement(session: Session, event: Event, rule_id: int, version: int, actor: Actor) -> None:
    """Take one rule away. Raises `Missing` where the event has no such rule, `StaleDataError`."""
    with write(session):
        locked(session, event, version)
        rule = session.get(MeetingRule, rule_id) if 0 < rule_id < 2**31 else None
        if rule is None or rule.event_id != event.id:
            raise Missing
        session.delete(rule)
        touch(event)
        record(session, actor, "requirement.remove", event_id=event.id, status=rule.status)


def people(session: Session, event: Event) -> list[Registration]:
    """The accepted participants, by name: those whom a rule may be about."""
    return sorted(_people(session, event).values(), key=lambda one: (one.name.casefold(), one.id))


def _people(session: Session, event: Event) -> dict[int, Registration]:
    rows = session.scalars(
        select(Registration).where(
            Registration.event_id == event.id, Registration.status == RegistrationStatus.ACCEPTED
        )
    )
    return {one.id: one for one in rows}


def _check(session: Session, event: Event, wanted: Requirement, people: dict[int, Registration]) -> None:
    faults = []
    pair = {wanted.a, wanted.b}
    if wanted.a == wanted.b:
        faults.append(Fault("b", _("Choose two different participants.")))
    if not pair <= set(people):
        faults.append(Fault("a", _("One of the two does not take part any more: reload the page.")))
    if wanted.slot_id is not None:
        slot = session.get(Slot, wanted.slot_id)
        if slot is None or slot.event_id != event.id:
            faults.append(Fault("slot", _("This round does not exist any more: choose another one.")))
        elif wanted.session and slot.session != wanted.session:
            faults.append(Fault("session", _("The round you chose is not in this part of the day.")))
    if (
        wanted.status != RuleStatus.REQUIRED
        and (wanted.slot_id or wanted.session or wanted.after)
        and (wanted.status == RuleStatus.FORBIDDEN)
    ):
        faults.append(Fault("status", _("A meeting that must not take place has no round: leave the time open.")))
    if wanted.after:
        if wanted.after[0] == wanted.after[1] or not set(wanted.after) <= set(people):
            faults.append(Fault("after", _("Choose both participants of the meeting that comes first.")))
        elif set(wanted.after) == pair:
            faults.append(Fault("after", _("A meeting cannot come after itself.")))
    same = session.scalars(
        select(MeetingRule.status).where(
            MeetingRule.event_id == event.id,
            or_(
                (MeetingRule.a_id == wanted.a) & (MeetingRule.b_id == wanted.b),
                (MeetingRule.a_id == wanted.b) & (MeetingRule.b_id == wanted.a),
            ),
        )
    ).all()
    if any(status != RuleStatus.REQUIRED or wanted.status != RuleStatus.REQUIRED for status in same):
        faults.append(Fault("b", _("There is already a rule on this pair: remove it first.")))
    if wanted.status == RuleStatus.REQUIRED and session.scalar(
        select(Veto.id).where(Veto.registration_id.in_(pair), Veto.target_id.in_(pair)).limit(1)
    ):
        faults.append(Fault("status", _("These two cannot be made to meet: one of them would rather not.")))
    if faults:
        raise Faults(faults)
