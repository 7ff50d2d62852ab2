"""Reminding by rule: who is due, the mails, and taking back what has become pointless before it left.

Who is due is read under the lock of the event's row and noted in the same transaction: whatever the number of workers,
and however often each looks, a reminder is written once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from web.db import retried, write
from web.domain.audit import SYSTEM, record
from web.domain.errors import Missing
from web.domain.links import invitation_address, personal_address
from web.domain.locking import lock_event
from web.domain.mail.addresses import confirmed_among, take_turn_today, with_proof
from web.domain.mail.notices import reminder_notice
from web.domain.people import unasked
from web.domain.people.drafts import draft_address
from web.domain.people.invited import invitation_token
from web.domain.people.outstanding import Outstanding, Who, outstanding
from web.domain.people.reminder_plan import Plan, days_between, events_with_plan, local_clock, plan_of
from web.domain.people.stopping import stop_address
from web.domain.people.unasked import Histories
from web.domain.team.access import personal_token
from web.models import (
    Event,
    Invitation,
    MailState,
    Occasion,
    OutboxMail,
    Registration,
    RegistrationDraft,
    Reminder,
    utcnow,
)

# Written in one transaction, which others of the event wait for.
_AT_ONCE = 50
# A mail that left at once is not looked at again.
_YOUNG = timedelta(minutes=1)


@dataclass(frozen=True)
class Due:
    """Somebody who is to be reminded today, and for the how many-th time."""

    outstanding: Outstanding
    number: int


def due(session: Session, event: Event, plan: Plan, now: datetime) -> list[Due]:
    """Whom the rules remind on the day of `now` (aware), if the day is one on which anybody is: what a preview shows.

    Each address at most once, by the first rule that applies. Of those whose last mail could not be delivered nobody is
    written to. A few queries, whatever the number of people.
    """
    found = outstanding(session, event, plan.in_force, now)
    if not found or not plan.may_go_on(local_clock(event, now).date()):
        return []
    histories, unreached = Histories(session, event.id), unasked.unreached(session, event.id)
    chosen: dict[str, Due] = {}
    # Who has begun the form is told of that rather than of the invitation.
    for one in sorted(found, key=lambda one: one.occasion == Occasion.NOT_REGISTERED):
        rule, history = plan.rules[one.occasion], histories.of(one.email)
        number = len(history.moments.get(one.occasion, ())) + 1
        last = max(one.since, history.last or one.since)
        is_due = days_between(event, last, now) >= rule.every and number <= rule.most and not history.is_full
        if is_due and one.email not in unreached:
            chosen.setdefault(one.email, Due(one, number))
    return list(chosen.values())


def remind_all(session: Session, now: datetime | None = None) -> int:
    """Remind by the rules of every event what is due at `now` (aware); how many mails were written. Safe to repeat."""
    now = now or utcnow()
    return sum(remind(session, event_id, now) for event_id in events_with_plan(session))


def remind(session: Session, event_id: int, now: datetime) -> int:
    """The same for one event. Nothing happens in the evening, at night, and at weekends unless they are allowed."""
    total = 0
    tried: set[str] = set()
    while _somebody_is_due(session, event_id, now, tried):
        total += _remind_some(session, event_id, now, tried)
    return total


def _somebody_is_due(session: Session, event_id: int, now: datetime, tried: set[str]) -> bool:
    """Looked at without any lock: most of the time nobody is."""
    event, plan = session.get(Event, event_id), plan_of(session, event_id)
    found = event is not None and plan.may_go_at(event, now) and bool(_left(session, event, plan, now, tried))
    session.rollback()
    return found


def _left(session: Session, event: Event, plan: Plan, now: datetime, tried: set[str]) -> list[Due]:
    return [one for one in due(session, event, plan, now) if one.outstanding.email not in tried]


@retried
def _remind_some(session: Session, event_id: int, now: datetime, tried: set[str]) -> int:
    """Write the next few; `tried` gains their addresses, also of those that get no mail today."""
    with write(session):
        try:
            event = lock_event(session, event_id)
        except Missing:
            return 0
        plan = plan_of(session, event_id)
        some = _left(session, event, plan, now, tried)[:_AT_ONCE] if plan.may_go_at(event, now) else []
        confirmed = confirmed_among(session, [one.outstanding.email for one in some])
        written = sum(_write(session, event, one, now, one.outstanding.email in confirmed) for one in some)
        if written:
            session.flush()
            record(session, SYSTEM, "reminder.send", event_id=event.id, reminders=written)
    tried |= {one.outstanding.email for one in some}
    return written


def _write(session: Session, event: Event, due: Due, now: datetime, confirmed: bool) -> bool:
    """Write one, unless its address has had its mails of today; whether it was."""
    one = due.outstanding
    if take_turn_today(session, one.email, confirmed, now) is None:
        return False
    who = one.who
    mail = reminder_notice(
        session,
        event,
        one.occasion,
        recipient=one.email,
        language=who.language,
        name=one.contact_name,
        address=_address(event, who),
        unsubscribe=stop_address(event, who),
        until=local_clock(event, one.until) if one.until is not None else None,
        # The outbox has a clock of its own.
        due_at=utcnow(),
        registration_id=who.id if isinstance(who, Registration) else None,
        **one.values,
    )
    unasked.count(
        session,
        mail,
        one.occasion,
        now,
        event_id=event.id,
        invitation_id=who.id if isinstance(who, Invitation) else None,
        registration_id=who.id if isinstance(who, Registration) else None,
    )
    return True


def _address(event: Event, who: Who) -> str:
    """Where what is outstanding is done."""
    if isinstance(who, RegistrationDraft):
        return draft_address(event, who)
    if isinstance(who, Invitation):
        return invitation_address(event.slug, invitation_token(who))
    return with_proof(who, personal_address(personal_token(who)))


def take_back(session: Session, now: datetime | None = None) -> int:
    """Delete reminders that have not left and would come late: in the evening, or to whom has done it meanwhile; how
    many. Then they were never written. `now` is aware.

    Call it before mails are sent. One query where nothing waits.
    """
    now = now or utcnow()
    waiting = (
        select(Reminder.event_id)
        .join(OutboxMail, Reminder.mail_id == OutboxMail.id)
        .where(
            OutboxMail.state == MailState.QUEUED,
            OutboxMail.created_at < now - _YOUNG,
            Reminder.occasion != Occasion.MESSAGE,
        )
    )
    event_ids = set(session.scalars(waiting.distinct()))
    session.rollback()
    return sum(_take_back_of(session, event_id, now) for event_id in sorted(event_ids))


@retried
def _take_back_of(session: Session, event_id: int, now: datetime) -> int:
    with write(session):
        try:
            event = lock_event(session, event_id)
        except Missing:
            return 0
        rows = session.execute(
            select(Reminder, OutboxMail)
            .join(OutboxMail, Reminder.mail_id == OutboxMail.id)
            .where(
                Reminder.event_id == event_id,
                OutboxMail.state == MailState.QUEUED,
                # What somebody wanted said is said.
                Reminder.occasion != Occasion.MESSAGE,
            )
            .order_by(OutboxMail.id)
            .with_for_update(of=OutboxMail, skip_locked=True)
        ).all()
        still = _still_wanted(session, event, now)
        by_day = plan_of(session, event_id).may_go_at(event, now)
        pointless = [
            (reminder.id, mail.id)
            for reminder, mail in rows
            if mail.recipient not in still.get(Occasion(reminder.occasion), set())
            or not (by_day or reminder.occasion == Occasion.INVITATION)
        ]
        past_the_mapper = {"synchronize_session": False}
        for model, ids in (
            (Reminder, [one for one, _mail in pointless]),
            (OutboxMail, [one for _one, one in pointless]),
        ):
            session.execute(delete(model).where(model.id.in_(ids)).execution_options(**past_the_mapper))
    return len(pointless)


def _still_wanted(session: Session, event: Event, now: datetime) -> Mapping[Occasion, set[str]]:
    """The addresses that a mail of each occasion still has something to say to."""
    found: dict[Occasion, set[str]] = {}
    for one in outstanding(session, event, plan_of(session, event.id).rules, now):
        found.setdefault(one.occasion, set()).add(one.email)
    known = select(Registration.email).where(Registration.event_id == event.id, Registration.email.is_not(None))
    invited = select(Invitation.email).where(
        Invitation.event_id == event.id,
        Invitation.registration_id.is_(None),
        Invitation.withdrawn_at.is_(None),
        Invitation.email.not_in(known),
    )
    found[Occasion.INVITATION] = set(session.scalars(invited))
    return found
