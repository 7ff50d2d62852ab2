"""The own link of somebody invited: whose it is, and what becomes of it when they register.

It came by mail to the address of the invitation and nowhere else, so whoever acts with it reads that mailbox.
"""

from typing import Any

from sqlalchemy import and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from web.domain.mail.addresses import confirm_participant
from web.domain.team.access import derived_token, moment_of_issue
from web.domain.tokens import hash_token
from web.models import Event, Invitation, Registration

_PURPOSE = "invitation"


def issue_invitation_link(invitation: Invitation) -> str:
    """A new token for `invitation` (flushed), in the caller's ``write`` block; the former link stops working."""
    issued = moment_of_issue()
    token = derived_token(_PURPOSE, invitation.id, issued)
    invitation.token_issued_at, invitation.token_hash = issued, hash_token(token)
    return token


def invitation_token(invitation: Invitation) -> str:
    """The token of the link that every mail to them carries; a new one where SECRET_KEY has changed since: call it in
    a ``write`` block."""
    return known_invitation_token(invitation) or issue_invitation_link(invitation)


def known_invitation_token(invitation: Invitation) -> str | None:
    """The same; ``None`` where a new one would have to be issued."""
    if invitation.token_issued_at is None:
        return None
    token = derived_token(_PURPOSE, invitation.id, invitation.token_issued_at)
    return token if hash_token(token) == invitation.token_hash else None


def invitation_by_token(session: Session, event: Event, token: str) -> Invitation | None:
    """Whose link this is, unless it was withdrawn or replaced. One query."""
    return session.scalar(
        select(Invitation).where(
            Invitation.event_id == event.id,
            Invitation.token_hash == hash_token(token),
            Invitation.withdrawn_at.is_(None),
        )
    )


def of_form(event_id: int, token: str, email: str) -> dict[str, Any]:
    """What `MAY_ANSWER` is asked with, for a form with this address that came by the link with this token, if any."""
    return {"event_id": event_id, "invitation": hash_token(token) if token else "", "email": email}


_OF_FORM = and_(
    Invitation.event_id == bindparam("event_id"),
    Invitation.withdrawn_at.is_(None),
    or_(Invitation.token_hash == bindparam("invitation"), Invitation.email == bindparam("email")),
)
# Whether a form answers any invitation: most do not, and need not ask which one.
MAY_ANSWER = exists().where(_OF_FORM)
_FOUND_BY_FORM = select(Invitation).where(_OF_FORM).order_by(Invitation.id).with_for_update()


def invitation_of_form(session: Session, event_id: int, token: str, email: str) -> Invitation | None:
    """The invitation that a form answers, locked: by its link, or else by the address typed. One query.

    Two forms that come by one link wait for each other here.
    """
    anew = _FOUND_BY_FORM.execution_options(populate_existing=True)
    found = session.scalars(anew, of_form(event_id, token, email)).all()
    own = next((one for one in found if came_by(one, token)), None)
    return own or next((one for one in found if one.registration_id is None), None)


def came_by(invitation: Invitation, token: str) -> bool:
    """Whether `token` is that of the link of `invitation`."""
    return bool(token) and invitation.token_hash == hash_token(token)


def proves(invitation: Invitation | None, token: str, email: str) -> bool:
    """Whether who comes by this link reads the mailbox `email`."""
    return invitation is not None and came_by(invitation, token) and invitation.email == email


def note_answered(session: Session, invitation: Invitation, registration: Registration, token: str) -> None:
    """Note, in the caller's ``write`` block, that `registration` (flushed) came of `invitation`.

    What the invited asked for stays asked for, and by their own link their address is confirmed.
    """
    invitation.registration_id = registration.id
    registration.organisation_id = registration.organisation_id or invitation.organisation_id
    registration.no_reminders = registration.no_reminders or invitation.no_reminders
    session.flush()
    if proves(invitation, token, registration.email or ""):
        confirm_participant(session, registration)
