"""The invitations of an event as its organiser sees them: who has what outstanding."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.domain.errors import Missing
from web.domain.people import unasked
from web.domain.people.unasked import Histories
from web.domain.text import Search, folded
from web.models import Event, Invitation, MailState, OutboxMail, Registration

PAGE = 50


class State(StrEnum):
    """How far an invitation has come, in the order in which a list tells it."""

    FAILED = "failed"
    NOT_SENT = "not_sent"
    SENT = "sent"
    REGISTERED = "registered"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Row:
    """An invitation, what came of it, how many reminders followed it, and the last mail written because of it."""

    invitation: Invitation
    state: State
    registration: Registration | None
    reminders: int
    mail: OutboxMail | None


@dataclass(frozen=True)
class Listing:
    """One page of the list; `found` counts all that fit the filter, `counts` all of the event by state."""

    rows: tuple[Row, ...]
    page: int
    pages: int
    found: int
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def listing(session: Session, event: Event, state: str = "", text: str = "", page: int = 1) -> Listing:
    """The invitations that fit, by state and name. Four queries, whatever their number."""
    every = rows(session, event)
    search = Search.of(text)
    found = [
        row
        for row in every
        if (not state or row.state == state)
        and search.finds(row.invitation.name, row.invitation.contact_name, row.invitation.email)
    ]
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(page, 1), pages)
    shown = tuple(found[(page - 1) * PAGE : page * PAGE])
    return Listing(shown, page, pages, len(found), Counter(row.state.value for row in every))


def rows(session: Session, event: Event) -> list[Row]:
    """All of them, by state and name. Four queries."""
    invitations = session.scalars(select(Invitation).where(Invitation.event_id == event.id)).all()
    if not invitations:
        return []
    registrations = session.scalars(
        select(Registration).where(Registration.event_id == event.id).order_by(Registration.id.desc())
    ).all()
    by_id, by_email = {one.id: one for one in registrations}, {one.email: one for one in registrations if one.email}
    histories, mails = Histories(session, event.id), unasked.last_mails(session, event.id)
    found = []
    for one in invitations:
        registration = by_id.get(one.registration_id or 0) or by_email.get(one.email)
        mail = mails.get(one.id)
        found.append(Row(one, _state(one, registration, mail), registration, histories.of(one.email).reminders, mail))
    order = list(State)
    return sorted(found, key=lambda row: (order.index(row.state), folded(row.invitation.name), row.invitation.id))


def row_of(session: Session, event: Event, invitation_id: int) -> Row:
    """One of them. Raises `Missing`. Four queries."""
    found = next((row for row in rows(session, event) if row.invitation.id == invitation_id), None)
    if found is None:
        raise Missing
    return found


def _state(one: Invitation, registration: Registration | None, mail: OutboxMail | None) -> State:
    if registration is not None:
        return State.REGISTERED
    if one.withdrawn_at is not None:
        return State.WITHDRAWN
    if one.sent_at is None:
        return State.NOT_SENT
    if mail is not None and mail.state == MailState.FAILED and mail.recipient == one.email:
        return State.FAILED
    return State.SENT
