"""Where an event stands with its people: how many have come how far, and whom to ring today, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from web.domain.people import unasked
from web.domain.people.drafts import drafts_left
from web.domain.people.invitations import Row, State, rows
from web.domain.people.outstanding import outstanding
from web.domain.people.reminder_plan import days_between, plan_of
from web.domain.people.unasked import Histories
from web.models import (
    Answer,
    Event,
    Invitation,
    MailState,
    MeetingAnswer,
    Occasion,
    OutboxMail,
    Registration,
    RegistrationStatus,
    Wish,
    utcnow,
)

# Written to so often without an answer somebody is rung.
REMINDED = 2
# Days after which a registration that waits for a decision is told.
UNDECIDED_AFTER = 2
_GONE = (RegistrationStatus.WITHDRAWN, RegistrationStatus.DECLINED)


class Step(StrEnum):
    """How far somebody has come; who has come further has come so far too."""

    INVITED = "invited"
    STARTED = "started"
    REGISTERED = "registered"
    ACCEPTED = "accepted"
    CHOSE = "chose"
    CONFIRMED = "confirmed"


@dataclass(frozen=True)
class Stage:
    """How many have come to a step, and how many of them were invited by mail."""

    step: Step
    number: int
    invited: int


def funnel(session: Session, event: Event, now: datetime | None = None) -> list[Stage]:
    """The steps in order. A fixed number of queries."""
    here = Registration.event_id == event.id
    accepted = here & (Registration.status == RegistrationStatus.ACCEPTED)
    chose = accepted & Registration.id.in_(select(Wish.registration_id))
    agreed = select(MeetingAnswer.registration_id).where(
        MeetingAnswer.event_id == event.id, MeetingAnswer.answer == Answer.CONFIRMED
    )
    confirmed = accepted & or_(Registration.attendance_confirmed_at.is_not(None), Registration.id.in_(agreed))
    invitations = _number(
        session, select(func.count(Invitation.id)).where(Invitation.event_id == event.id, _counts_as_invited())
    )
    begun = drafts_left(session, event, now)
    invited_addresses = set(
        session.scalars(select(Invitation.email).where(Invitation.event_id == event.id, _counts_as_invited()))
    )
    registered = _stage(session, event, Step.REGISTERED, here & Registration.status.not_in(_GONE))
    return [
        Stage(Step.INVITED, invitations, invitations),
        Stage(
            Step.STARTED,
            registered.number + len(begun),
            registered.invited + sum(one.email in invited_addresses for one in begun),
        ),
        registered,
        _stage(session, event, Step.ACCEPTED, accepted),
        _stage(session, event, Step.CHOSE, chose),
        _stage(session, event, Step.CONFIRMED, confirmed),
    ]


def _counts_as_invited() -> ColumnElement[bool]:
    """An invitation that was sent and not withdrawn."""
    return Invitation.sent_at.is_not(None) & Invitation.withdrawn_at.is_(None)


def _stage(session: Session, event: Event, step: Step, come: ColumnElement[bool]) -> Stage:
    by_link = select(Invitation.registration_id).where(
        Invitation.event_id == event.id, Invitation.registration_id.is_not(None)
    )
    by_address = select(Invitation.email).where(Invitation.event_id == event.id, _counts_as_invited())
    invited = or_(Registration.id.in_(by_link), Registration.email.in_(by_address))
    number = select(func.count(Registration.id)).where(come)
    return Stage(step, _number(session, number), _number(session, number.where(invited)))


def _number(session: Session, counting: Select[Any]) -> int:
    return session.scalar(counting) or 0


class Why(StrEnum):
    """Why somebody is rung, the most urgent first."""

    UNREACHED = "unreached"
    NO_ANSWER = "no_answer"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class ToRing:
    """Somebody to ring today. `days`: for how long they have not answered, or wait; `occasion`: what is wanted."""

    why: Why
    name: str
    contact_name: str
    phone: str
    email: str
    days: int
    occasion: Occasion | None = None
    reminders: int = 0
    error: str = ""
    invitation_id: int | None = None
    registration_id: int | None = None


def to_ring(session: Session, event: Event, now: datetime | None = None) -> list[ToRing]:
    """Whom to ring: mails that could not be delivered, then no answer after `REMINDED` reminders, then those who wait
    for the organiser's decision; within each the longest first. A fixed number of queries."""
    now = now or utcnow()
    found = [*_unreached(session, event, now), *_silent(session, event, now), *_undecided(session, event, now)]
    order = list(Why)
    first: dict[tuple[str, str], ToRing] = {}
    for one in sorted(found, key=lambda one: (order.index(one.why), -one.days, one.name)):
        first.setdefault((one.email, one.name), one)
    return list(first.values())


def _unreached(session: Session, event: Event, now: datetime) -> Iterator[ToRing]:
    """Of whom the last mail failed, and who have not another address by now."""
    for row in rows(session, event):
        if row.state == State.FAILED and row.mail is not None:
            yield _of_row(row, Why.UNREACHED, days_between(event, row.mail.created_at, now), row.mail.error or "")
    latest = (
        select(func.max(OutboxMail.id))
        .where(
            OutboxMail.event_id == event.id,
            OutboxMail.registration_id.is_not(None),
            OutboxMail.colleague_id.is_(None),
        )
        .group_by(OutboxMail.registration_id)
    )
    failed = session.execute(
        select(Registration, OutboxMail.created_at, OutboxMail.error)
        .join(OutboxMail, OutboxMail.registration_id == Registration.id)
        .where(
            OutboxMail.id.in_(latest),
            OutboxMail.state == MailState.FAILED,
            OutboxMail.recipient == Registration.email,
            Registration.status.not_in(_GONE),
        )
    )
    for one, written_at, error in failed:
        yield _of_registration(one, Why.UNREACHED, days_between(event, written_at, now), error or "")


def _silent(session: Session, event: Event, now: datetime) -> Iterator[ToRing]:
    """Who was reminded so often that a call is worth more than another mail."""
    histories, unreached = Histories(session, event.id), unasked.unreached(session, event.id)
    for one in outstanding(session, event, plan_of(session, event.id).rules, now, also_stopped=True):
        history = histories.of(one.email)
        reminders = len(history.moments.get(one.occasion, ()))
        if reminders < REMINDED or one.email in unreached:
            continue
        yield ToRing(
            Why.NO_ANSWER,
            one.name,
            one.contact_name,
            one.phone,
            one.email,
            days_between(event, one.since, now),
            one.occasion,
            reminders,
            invitation_id=one.who.id if isinstance(one.who, Invitation) else None,
            registration_id=one.who.id if isinstance(one.who, Registration) else None,
        )


def _undecided(session: Session, event: Event, now: datetime) -> Iterator[ToRing]:
    waiting = select(Registration).where(
        Registration.event_id == event.id,
        Registration.status == RegistrationStatus.PENDING,
        Registration.created_at < now - timedelta(days=UNDECIDED_AFTER),
    )
    for one in session.scalars(waiting):
        yield _of_registration(one, Why.UNDECIDED, days_between(event, one.created_at, now))


def _of_row(row: Row, why: Why, days: int, error: str = "") -> ToRing:
    one = row.invitation
    return ToRing(
        why, one.name, one.contact_name, one.phone, one.email, days, error=error, reminders=row.reminders,
        invitation_id=one.id,
    )  # fmt: skip


def _of_registration(one: Registration, why: Why, days: int, error: str = "") -> ToRing:
    name = one.name or one.key
    return ToRing(why, name, one.contact_name, one.phone, one.email or "", days, error=error, registration_id=one.id)
