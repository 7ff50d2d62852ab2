"""Who works on an event: inviting by mail, roles, leaving. An event always has an organiser."""

from collections.abc import Callable, Sequence

from flask import current_app, render_template
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Fault, Faults, Missing, Refused
from web.domain.locking import lock_event
from web.domain.mail.addresses import check_turn, is_confirmed
from web.domain.mail.sending import enqueue_mail
from web.domain.team.access import issue_sign_in_link, user_by_email
from web.domain.team.sign_in import end_all_sessions
from web.domain.text import has_link
from web.models import Event, EventMember, Role, User

AddressOf = Callable[[str | None], str]


def members(session: Session, event: Event) -> Sequence[EventMember]:
    """The team of `event`, in the order in which they came. Two queries."""
    return session.scalars(
        select(EventMember)
        .where(EventMember.event_id == event.id)
        .order_by(EventMember.id)
        .options(selectinload(EventMember.user))
    ).all()


@retried
def invite(session: Session, event: Event, *, email: str, role: Role, actor: Actor, address_of: AddressOf) -> User:
    """Give the person with this address a role in the event and tell by mail; an account is made where there is none.

    `address_of` gives the address of a one-time link for its token, or of the sign-in page for ``None``: who has a
    password gets no link. Raises `Faults` when the person is in the team already. Locks the event's row.
    """
    email = email.strip().lower()
    with write(session):
        lock_event(session, event.id)
        user = user_by_email(session, email)
        if user is None:
            if session.scalar(select(User.id).where(User.email == email)) is not None:
                raise Faults([Fault("email", _("This account is switched off: ask who runs the server."))])
            user = User(email=email)
            session.add(user)
            session.flush()
        elif session.scalar(
            select(EventMember.id).where(EventMember.event_id == event.id, EventMember.user_id == user.id)
        ):
            raise Faults([Fault("email", _("This person is in the team already: change the role in the list."))])
        session.add(EventMember(user_id=user.id, event_id=event.id, role=role))
        _tell(session, event, user, role, actor, address_of)
        record(session, actor, "team.invite", event_id=event.id, user=user.id, role=role.value)
    return user


@retried
def invite_again(session: Session, event: Event, member_id: int, actor: Actor, address_of: AddressOf) -> User:
    """Send the invitation once more, with a new link. Raises `Missing`; `Refused` for somebody who has signed in."""
    with write(session):
        member = _member(session, event, member_id)
        if member.user.password or member.user.email is None:
            raise Refused(_("This person has a password: signing in needs no invitation."))
        check_turn(session, member.user.email)
        _tell(session, event, member.user, Role(member.role), actor, address_of)
        record(session, actor, "team.invite", event_id=event.id, user=member.user_id, role=member.role)
        return member.user


@retried
def change_role(session: Session, event: Event, member_id: int, role: Role, actor: Actor) -> None:
    """Give a member another role. Raises `Refused` when no organiser would be left, `Missing`."""
    with write(session):
        lock_event(session, event.id)
        member = _member(session, event, member_id)
        if member.role == role:
            return
        if role != Role.ORGANISER:
            _keep_one_organiser(session, member)
        before, member.role = member.role, role
        record(session, actor, "team.role", event_id=event.id, user=member.user_id, before=before, now=role.value)


@retried
def remove_member(session: Session, event: Event, member_id: int, actor: Actor) -> int:
    """Take a member out of the team; the id of the account. Raises `Refused` for the last organiser, `Missing`.

    Somebody else who is then in no team at all is signed out everywhere.
    """
    with write(session):
        lock_event(session, event.id)
        member = _member(session, event, member_id)
        _keep_one_organiser(session, member)
        user_id = member.user_id
        session.delete(member)
        session.flush()
        in_no_team = session.scalar(select(EventMember.id).where(EventMember.user_id == user_id).limit(1)) is None
        if in_no_team and user_id != actor.user_id:
            end_all_sessions(session, user_id)
        record(session, actor, "team.remove", event_id=event.id, user=user_id)
    return user_id


def _member(session: Session, event: Event, member_id: int) -> EventMember:
    member = session.get(EventMember, member_id) if 0 < member_id < 2**31 else None
    if member is None or member.event_id != event.id:
        raise Missing
    return member


def _keep_one_organiser(session: Session, member: EventMember) -> None:
    others = session.scalar(
        select(func.count()).where(
            EventMember.event_id == member.event_id,
            EventMember.role == Role.ORGANISER,
            EventMember.id != member.id,
        )
    )
    if member.role == Role.ORGANISER and not others:
        raise Refused(_("An event needs an organiser: make somebody else organiser first."))


def _tell(session: Session, event: Event, user: User, role: Role, actor: Actor, address_of: AddressOf) -> None:
    address = address_of(None if user.password else issue_sign_in_link(session, user))
    # A one-time link opens the whole account: the team may read it only where there is no way out for mail and the
    # account is in no other event.
    elsewhere = session.scalar(
        select(func.count()).where(EventMember.user_id == user.id, EventMember.event_id != event.id)
    )
    readable = bool(user.password) or not (current_app.extensions["passerelle.settings"].smtp_url or elsewhere)
    with force_locale(user.locale or get_locale().language):
        # A stranger to the reader must not choose a link in this mail.
        may_link = is_confirmed(session, user.email or "")
        inviter = actor.name if may_link or not has_link(actor.name) else _("An organiser")
        enqueue_mail(
            session,
            recipient=user.email or "",
            subject=_("You are invited to the team of “%(event)s”", event=event.title),
            text=render_template(
                "mail/team_invitation.txt", user=user, event=event, role=role.value, inviter=inviter, address=address
            ),
            event_id=event.id if readable else None,
        )
