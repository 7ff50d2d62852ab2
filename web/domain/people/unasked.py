"""Mails that nobody asked for: how many of them an address gets for an event, whoever writes them.

Invitations, reminders and messages to the invited count together, by the address: corrected to and fro, withdrawn and
invited anew, it has no more of them. Beside that an address that nobody has confirmed gets three mails a day
(`web.domain.mail.addresses`).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from web.domain.mail.addresses import hashed
from web.domain.people.traces import note_traces
from web.models import Invitation, MailState, Occasion, OutboxMail, Registration, Reminder

# Of all occasions together.
MOST = 8
BY_HAND = (Occasion.INVITATION, Occasion.MESSAGE)


@dataclass
class History:
    """What was written to one address for an event: when, by occasion."""

    moments: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    @property
    def number(self) -> int:
        return sum(map(len, self.moments.values()))

    @property
    def reminders(self) -> int:
        """Without what was written by hand."""
        return self.number - sum(len(self.moments.get(occasion, ())) for occasion in BY_HAND)

    @property
    def last(self) -> datetime | None:
        return max((one for moments in self.moments.values() for one in moments), default=None)

    @property
    def is_full(self) -> bool:
        """Whether this address gets no more for this event."""
        return self.number >= MOST


class Histories:
    """Those of all addresses of an event. One query."""

    def __init__(self, session: Session, event_id: int) -> None:
        self._found: dict[str, History] = defaultdict(History)
        rows = select(Reminder.address_hash, Reminder.occasion, Reminder.written_at).where(
            Reminder.event_id == event_id
        )
        for address_hash, occasion, written_at in session.execute(rows):
            self._found[address_hash].moments[occasion].append(written_at)

    def of(self, address: str) -> History:
        return self._found[hashed(address)]


def count(
    session: Session,
    mail: OutboxMail,
    occasion: Occasion,
    now: datetime,
    *,
    event_id: int,
    invitation_id: int | None = None,
    registration_id: int | None = None,
) -> None:
    """Note, in the caller's ``write`` block, that `mail` was written at `now`."""
    session.add(
        Reminder(
            event_id=event_id,
            invitation_id=invitation_id,
            registration_id=registration_id,
            mail=mail,
            occasion=occasion,
            address_hash=hashed(mail.recipient),
            written_at=now,
        )
    )


def last_mails(session: Session, event_id: int) -> Mapping[int, OutboxMail]:
    """The last mail written to each invited, by the number of the invitation. One query."""
    rows = session.execute(
        select(Reminder.invitation_id, OutboxMail)
        .join(OutboxMail, Reminder.mail_id == OutboxMail.id)
        .where(Reminder.event_id == event_id, Reminder.invitation_id.is_not(None))
        .order_by(OutboxMail.id)
    )
    return {invitation_id: mail for invitation_id, mail in rows if invitation_id is not None}


def written(session: Session, event_id: int, most: int = 50) -> Sequence[Reminder]:
    """The latest reminders of the event, without what was written by hand, with their mails. One query."""
    rows = (
        select(Reminder)
        .where(Reminder.event_id == event_id, Reminder.occasion.not_in(BY_HAND))
        .options(joinedload(Reminder.mail).defer(OutboxMail.body_text).defer(OutboxMail.parts))
    )
    return session.scalars(rows.order_by(Reminder.id.desc()).limit(most)).all()


def reminders_of(session: Session, registration: Registration) -> Sequence[Reminder]:
    """What was written to a participant without being asked for, the invitation too. One query."""
    invited = select(Invitation.id).where(Invitation.registration_id == registration.id)
    theirs = (Reminder.registration_id == registration.id) | Reminder.invitation_id.in_(invited)
    return session.scalars(select(Reminder).where(theirs).order_by(Reminder.id)).all()


def unreached(session: Session, event_id: int) -> set[str]:
    """The addresses to which the last mail of the event could not be delivered. One query."""
    rows = select(OutboxMail.recipient, OutboxMail.state).where(
        OutboxMail.event_id == event_id,
        OutboxMail.state.in_((MailState.SENT, MailState.FAILED)),
    )
    # The last of each address counts.
    states = dict(session.execute(rows.order_by(OutboxMail.id)).all())
    return {address for address, state in states.items() if state == MailState.FAILED}


def drop_undelivered(session: Session, invitation_id: int) -> None:
    """Delete the mails to somebody invited that have not arrived, and hold a link that no longer works. Call it last
    in the transaction."""
    mails = select(Reminder.mail_id).where(Reminder.invitation_id == invitation_id, Reminder.mail_id.is_not(None))
    theirs = OutboxMail.id.in_(mails) & OutboxMail.state.in_((MailState.QUEUED, MailState.FAILED))
    message_ids = list(session.scalars(select(OutboxMail.message_id).where(theirs)))
    session.execute(delete(OutboxMail).where(theirs).execution_options(synchronize_session=False))
    if message_ids:
        note_traces(message_ids)


def forget_invited(session: Session, invitation_ids: Collection[int]) -> list[str]:
    """Delete these invitations with every mail that was written because of them, in the caller's ``write`` block.

    Gives the Message-IDs of the mails. How many an address got stays counted, by its hash alone.
    """
    mails = select(Reminder.mail_id).where(
        Reminder.invitation_id.in_(invitation_ids), Reminder.mail_id.is_not(None), Reminder.registration_id.is_(None)
    )
    theirs = OutboxMail.id.in_(mails)
    message_ids = list(session.scalars(select(OutboxMail.message_id).where(theirs)))
    past_the_mapper = {"synchronize_session": False}
    session.execute(delete(OutboxMail).where(theirs).execution_options(**past_the_mapper))
    session.execute(delete(Invitation).where(Invitation.id.in_(invitation_ids)).execution_options(**past_the_mapper))
    return message_ids


def forget_invitations_of(session: Session, registration: Registration) -> list[str]:
    """Delete what invited this participant, who is about to be erased; the Message-IDs of the mails."""
    addresses = [address for address in (registration.email, *(registration.known_as or ())) if address]
    theirs = select(Invitation.id).where(
        Invitation.event_id == registration.event_id,
        (Invitation.registration_id == registration.id) | Invitation.email.in_(addresses),
    )
    return forget_invited(session, session.scalars(theirs).all())


def forget_and_note(session: Session, invitation_ids: Collection[int]) -> None:
    """The same as `forget_invited`, files of mails included: call it last in the transaction."""
    note_traces(forget_invited(session, invitation_ids))
