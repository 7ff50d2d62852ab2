"""Who works on an event: inviting by mail, roles, leaving. An event always has an organiser."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Fault, Faults, Missing, Refused
from web.domain.links import sign_in_address
from web.domain.locking import lock_event
from web.domain.mail.addresses import check_turn
from web.domain.mail.notices import absence_notice, departure_notice, invitation_notice, needs_notice
from web.domain.team.access import issue_sign_in_link, user_by_email
from web.domain.team.sign_in import end_all_sessions
from web.models import Event, EventMember, EventStatus, Registration, RegistrationStatus, Role, ScheduleVersion, User


def members(session: Session, event: Event) -> Sequence[EventMember]:
    """The team of `event`, in the order in which they came. Two queries."""
    return session.scalars(
        select(EventMember)
        .where(EventMember.event_id == event.id)
        .order_by(EventMember.id)
        .options(selectinload(EventMember.user))
    ).all()


@retried
def invite(session: Session, event: Event, *, email: str, role: Role, actor: Actor) -> User:
    """Give the person with this address a role in the event and tell by mail; an account is made where there is none.

    The mail holds a one-time link, but for those who have a password: theirs leads to the sign-in page. Raises `Faults`
    when the person is in the team already. Locks the event's row.
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
        _tell(session, event, user, role, actor)
        record(session, actor, "team.invite", event_id=event.id, user=user.id, role=role.value)
    return user


@retried
def invite_again(session: Session, event: Event, member_id: int, actor: Actor) -> User:
    """Send the invitation once more, with a new link. Raises `Missing`; `Refused` for somebody who has signed in."""
    with write(session):
        member = _member(session, event, member_id)
        if member.user.password or member.user.email is None:
            raise Refused(_("This person has a password: signing in needs no invitation."))
        check_turn(session, member.user.email)
        _tell(session, event, member.user, Role(member.role), actor)
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


def _tell(session: Session, event: Event, user: User, role: Role, actor: Actor) -> None:
    address = sign_in_address(None if user.password else issue_sign_in_link(session, user))
    # A one-time link opens the whole account: the team may read it only where there is no way out for mail and the
    # account is in no other event.
    elsewhere = session.scalar(
        select(func.count()).where(EventMember.user_id == user.id, EventMember.event_id != event.id)
    )
    readable = bool(user.password) or not (current_app.extensions["passerelle.settings"].smtp_url or elsewhere)
    invitation_notice(session, event, user, role.value, actor.name, address, readable=readable)


def organisers_with_address(session: Session, event: Event) -> Sequence[User]:
    """The organisers of `event` whom a mail can reach, in the order of their accounts. One query."""
    return session.scalars(
        select(User)
        .join(EventMember)
        .where(
            EventMember.event_id == event.id,
            EventMember.role == Role.ORGANISER,
            User.active.is_(True),
            User.email.is_not(None),
        )
        .order_by(User.id)
    ).all()


def events_told_to_nobody(session: Session, events: Iterable[Event]) -> set[int]:
    """The ids of those of `events` of which no organiser has an e-mail address, so that no mail says who cancels.

    Of a draft nobody can cancel anything. One query.
    """
    event_ids = {event.id for event in events if event.status != EventStatus.DRAFT}
    told = session.scalars(
        select(EventMember.event_id)
        .join(User)
        .where(
            EventMember.event_id.in_(event_ids),
            EventMember.role == Role.ORGANISER,
            User.active.is_(True),
            User.email.is_not(None),
        )
    )
    return event_ids - set(told)


def tell_departure(session: Session, registration: Registration, *, named: bool = True) -> int:
    """Tell each organiser by mail, in the caller's transaction, that this participant no longer comes; how many.

    Nobody is told before a timetable is published, nor of somebody whom no agenda in it names: nothing is to be
    repaired then. `named` as in `departure_notice`. Cost: the file of the timetable is read.
    """
    if registration.status != RegistrationStatus.ACCEPTED or not announced_partners(session, registration):
        return 0
    organisers = organisers_with_address(session, registration.event)
    departure_notice(session, registration, organisers, named=named)
    return len(organisers)


def tell_absence(session: Session, registration: Registration, slots: Collection[str]) -> int:
    """Tell each organiser by mail, in the caller's transaction, that this participant is not there in `slots`; how
    many. Nobody is told unless an announced meeting of theirs is held in one of them. Cost: as `tell_departure`.
    """
    if registration.status != RegistrationStatus.ACCEPTED:
        return 0
    missed = sum(meeting["slot"] in slots for meeting in _announced_meetings(session, registration))
    if not missed:
        return 0
    organisers = organisers_with_address(session, registration.event)
    absence_notice(session, registration, organisers, missed)
    return len(organisers)


def tell_other_needs(session: Session, registration: Registration) -> int:
    """Tell each organiser by mail, in the caller's transaction, that this participant now needs what their announced
    meetings may not have; how many. Nobody is told where they have none. Cost: as `tell_departure`.
    """
    if registration.status != RegistrationStatus.ACCEPTED or not announced_partners(session, registration):
        return 0
    organisers = organisers_with_address(session, registration.event)
    needs_notice(session, registration, organisers)
    return len(organisers)


def announced_partners(session: Session, registration: Registration) -> set[str]:
    """The keys of those whom the announced timetable has this participant meet. Cost: its file is read."""
    meetings = _announced_meetings(session, registration)
    return {key for meeting in meetings for key in meeting["between"]} - {registration.key}


def _announced_meetings(session: Session, registration: Registration) -> list[dict[str, Any]]:
    version_id = registration.event.published_schedule_id
    if version_id is None:
        return []
    announced = session.scalar(select(ScheduleVersion.document).where(ScheduleVersion.id == version_id))
    meetings = [] if announced is None else announced["meetings"]
    return [meeting for meeting in meetings if registration.key in meeting["between"]]
