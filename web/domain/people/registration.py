"""Registering for an event, changing it, and what the organiser decides about it.

The personal link is the participant's account.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import ScalarSelect, and_, bindparam, cast, exists, func, inspect, or_, select
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Refused
from web.domain.event.absences import Rounds
from web.domain.event.programme import Window, window
from web.domain.links import data_address, personal_address
from web.domain.locking import lock_event, lock_registration
from web.domain.mail.addresses import IS_CONFIRMED, check_turn, has_turn, take_turn_today
from web.domain.mail.notices import colleague_notice, registration_notice
from web.domain.people import places
from web.domain.people.drafts import HAS_BEGUN, drop_draft, forget_drafts
from web.domain.people.invited import MAY_ANSWER, came_by, invitation_of_form, note_answered, of_form, proves
from web.domain.people.lines import lines_said
from web.domain.people.readers import tell
from web.domain.team.access import issue_personal_link, personal_token
from web.domain.team.team import announced_partners, tell_absence, tell_departure, tell_other_needs
from web.domain.text import letters_of
from web.domain.tokens import hash_token
from web.models import (
    Colleague,
    Event,
    EventStatus,
    Invitation,
    MergedRegistration,
    OutboxMail,
    Reader,
    Registration,
    RegistrationStatus,
    table_of,
    utcnow,
)

# Somebody who presses "send it again" ten times gets this many mails an hour.
LINKS_AN_HOUR = 5
_KEY_LETTERS = "23456789abcdefghjkmnpqrstvwxyz"
# What participants choose several of; in no order that means anything.
_LISTS = {"needs", "offers", "themes", "requires"}


@dataclass(frozen=True, kw_only=True)
class Profile:
    """All that a participant says of their organisation. `unavailable` holds keys of slots."""

    kind: str
    name: str
    contact_name: str
    email: str
    phone: str = ""
    project: str = ""
    needs: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    # The line beside each: {"needs": {code: line}, "offers": {code: line}}.
    notes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    themes: tuple[str, ...] = ()
    zone: str | None = None
    unavailable: tuple[str, ...] = ()
    delegates: int = 1
    remote: bool = False
    requires: tuple[str, ...] = ()
    accessibility: str = ""
    needs_facilitator: bool = False
    # To the event's own questions, by id.
    answers: Mapping[str, Any] = field(default_factory=dict)
    publish_name: bool = False
    publish_contact: bool = False
    language: str = "fr"


@dataclass(frozen=True)
class Registered:
    """What came of the form. `token` is the personal link's, for the browser that registered and for no other.

    `mailed`: whether the link was also mailed, which an address that nobody confirms gets three times a day.
    """

    registration: Registration
    token: str | None
    is_new: bool
    mailed: bool = True


@retried
def register(
    session: Session,
    event: Event,
    profile: Profile,
    *,
    consent_text: str,
    submission: str,
    invitation: str = "",
    draft: str = "",
) -> Registered:
    """Register an organisation, mail its personal link, and give the link's token.

    `submission` is a secret made with the form: the same form sent twice is one registration, and both get its link.
    The same address and organisation from another form is told by mail alone: `token` is then ``None``. `invitation`
    is the token of the link by which an invited came, if any: a second form that comes by it is told by mail too.
    `draft` is the token of the draft that the form was gone on with, if any, which goes. Raises `Refused` when the
    event takes no registrations. Where a kind has a number of places, `web.domain.people.places` says who takes part at
    once and who waits.

    Of two forms with one address one is first: locks the address in the event, and the event as it is. Forms with
    different addresses wait for nobody, unless there is a number of places for their kind, and two at once may get the
    same position: who came first is told by the id.
    """
    (event_id,) = inspect(event).identity or (0,)
    profile = _normal(profile)
    key = _key(event_id, profile, submission)
    with write(session):
        event = lock_event(session, event_id, shared=True, text=f"registration\n{event_id}\n{profile.email}")
        if window(event) != Window.OPEN:
            raise Refused(_("This event takes no registrations at the moment."))
        drop_draft(session, event_id, draft)
        asked = of_form(event_id, invitation, profile.email) | {"key": key}
        traces = session.execute(_TRACES[session.get_bind().dialect.name], asked).one()
        known = _found_again(session, event, profile, key) if traces.registered else None
        if known is not None and known.key == key:
            return Registered(known, personal_token(known), is_new=False)
        answered = invitation_of_form(session, event_id, invitation, profile.email) if traces.invited else None
        if known is None and answered is not None and came_by(answered, invitation):
            known = answered.registration
        if known is not None:
            send_link(session, known)
            return Registered(known, None, is_new=False)
        status = places.newcomer_status(session, event, profile.kind)
        confirmed = proves(answered, invitation, profile.email) or traces.confirmed
        if traces.begun:
            forget_drafts(session, event_id, [profile.email])
        due_at = take_turn_today(session, profile.email, confirmed)
        registration = Registration(
            id=traces.number,
            event=event,
            key=key,
            position=_next_position(event_id),
            status=status,
            consent_text=consent_text,
            consented_at=utcnow(),
            **columns(event, vars(profile)),
        )
        session.add(registration)
        token = issue_personal_link(registration)
        session.flush()
        if answered is not None:
            note_answered(session, answered, registration, invitation)
        # The mail and the line of the log are written together: what is asked meanwhile is not about them.
        with session.no_autoflush:
            if due_at is not None:
                registration_notice(
                    session,
                    registration,
                    places.NEWS[status],
                    personal_address(token),
                    confirmed=confirmed,
                    due_at=due_at,
                    place=places.place_in_line(session, registration),
                )
            record(session, participant_actor(registration), "registration.register", event_id=event_id)
    return Registered(registration, token, is_new=True, mailed=due_at is not None)


@retried
def update(session: Session, registration: Registration, profile: Profile, *, version: int, actor: Actor) -> bool:
    """Store what has changed; whether anything had. The kind stays once the organiser has accepted; who waits and
    changes it stands where whoever registers now as that kind does.

    A changed address gets the link by mail. Where meetings are announced in rounds that are unticked, or cannot be held
    as announced because of what else has changed, the organisers are told by mail. Raises `StaleDataError` when the
    form was filled in from an older `version`, `Refused` when the event is over or the participant has withdrawn.
    """
    profile = _normal(profile)
    with write(session):
        lock_registration(session, registration)
        check_editable(registration)
        if registration.version != version:
            raise StaleDataError("The registration has changed since the form was opened.")
        if registration.status == RegistrationStatus.ACCEPTED:
            profile = replace(profile, kind=registration.kind)
        anew = registration.status == RegistrationStatus.WAITING and profile.kind != registration.kind
        status = places.newcomer_status(session, registration.event, profile.kind) if anew else None
        new = columns(registration.event, vars(profile), registration)
        # Nobody takes it away here: one that there is not stays so.
        new["email"] = new["email"] or registration.email
        changed = sorted(name for name, value in new.items() if getattr(registration, name) != value)
        rounds = Rounds.of(registration.event)
        missed_before = rounds.missed(registration.absences)
        asks_for_more = _asks_for_more(registration, new)
        for name in changed:
            setattr(registration, name, new[name])
        if status is not None:
            _start_anew(session, registration, status)
        if asks_for_more:
            tell_other_needs(session, registration)
        if "absences" in changed:
            tell_absence(session, registration, set(rounds.missed(registration.absences)) - set(missed_before))
        if changed:
            # Names of fields only: what they held may be erased later, and the log stays.
            record(
                session,
                actor,
                "registration.update",
                event_id=registration.event_id,
                behalf_of=registration.id,
                fields=changed,
            )
        if "email" in changed:
            send_link(session, registration)
    return bool(changed)


def _start_anew(session: Session, registration: Registration, status: RegistrationStatus) -> None:
    """Have somebody stand where whoever registers now does; told by mail, where something is decided by that."""
    registration.status = status
    registration.waiting_since = utcnow() if status == RegistrationStatus.WAITING else None
    if status != RegistrationStatus.PENDING:
        _tell(session, registration, status.value)


def _tell(session: Session, registration: Registration, news: str) -> None:
    """Mail all who read for the participant what became of the registration."""
    tell(session, [registration], news, places.place_in_line(session, registration))


def _asks_for_more(one: Registration, new: Mapping[str, Any]) -> bool:
    """Whether announced meetings may not do any more: another kind of place, fewer delegates, a facilitator."""
    return bool(
        new.get("remote", one.remote) != one.remote
        or new.get("delegates", one.delegates) < one.delegates
        or set(new.get("requires", ())) - set(one.requires)
        or (new.get("needs_facilitator") and not one.needs_facilitator)
    )


def check_editable(registration: Registration) -> None:
    """Raise `Refused` when the participant can no longer change anything."""
    if registration.event.status == EventStatus.ARCHIVED:
        raise Refused(_("This event is over: nothing can be changed any more."))
    if registration.status == RegistrationStatus.WITHDRAWN:
        raise Refused(_("This registration was withdrawn: take it up again before you change it."))


def is_editable(registration: Registration) -> bool:
    """Whether `check_editable` lets it pass."""
    return registration.event.status != EventStatus.ARCHIVED and registration.status != RegistrationStatus.WITHDRAWN


def withdraw(session: Session, registration: Registration, actor: Actor) -> None:
    """Take the registration back, once; the choices are kept in case of a return.

    Where the timetable is published, the organisers are told by mail.
    """
    _decide(session, registration, RegistrationStatus.WITHDRAWN, actor)


@retried
def rejoin(session: Session, registration: Registration, actor: Actor) -> None:
    """Take a withdrawn registration up again: as whoever registers now. Raises `Refused` when it is too late."""
    with write(session):
        lock_registration(session, registration)
        if registration.status != RegistrationStatus.WITHDRAWN:
            return
        if window(registration.event) != Window.OPEN:
            raise Refused(_("This event takes no registrations at the moment."))
        status = places.newcomer_status(session, registration.event, registration.kind)
        record(session, actor, "registration.rejoin", event_id=registration.event_id, behalf_of=registration.id)
        _start_anew(session, registration, status)


def accept(session: Session, registration: Registration, actor: Actor) -> None:
    """Make it a participant of the timetable, and tell by mail. Raises `Refused` for one that was withdrawn, and where
    no place of its kind is left."""
    _decide(session, registration, RegistrationStatus.ACCEPTED, actor)


def decline(session: Session, registration: Registration, actor: Actor) -> None:
    """Turn it down, and tell by mail. Raises `Refused` for one that was withdrawn."""
    _decide(session, registration, RegistrationStatus.DECLINED, actor)


@retried
def _decide(session: Session, registration: Registration, status: RegistrationStatus, actor: Actor) -> None:
    """Set the status once: deciding the same again changes nothing and mails nobody. A place that becomes free is given
    to who waits for it."""
    with write(session):
        lock_registration(session, registration)
        decide_all(session, registration.event, [registration], status, actor)


def decide_all(
    session: Session,
    event: Event,
    registrations: Sequence[Registration],
    status: RegistrationStatus,
    actor: Actor,
    refused: dict[str, list[str]] | None = None,
) -> int:
    """The same for several of `event`, in the caller's ``write`` block, which holds its lock; how many have changed.

    Places that become free are given once all are decided, and all are told then: nobody gets a place for a moment.
    `refused`: takes the names of those for whom it is not possible, by the sentence that says why, instead of `Refused`
    being raised.
    """
    changed, freed = [], []
    for one in registrations:
        before = one.status
        try:
            _check_decision(session, one, status)
        except Refused as error:
            if refused is None:
                raise
            refused.setdefault(str(error), []).append(one.name or one.key)
            continue
        if before != status:
            _set_status(session, one, status, actor)
            changed.append(one)
            freed += [one.kind] if before == RegistrationStatus.ACCEPTED else []
    places.promote(session, event, freed, but=[one.id for one in registrations])
    for one in changed:
        _tell(session, one, status.value)
    return len(changed)


def _check_decision(session: Session, registration: Registration, status: RegistrationStatus) -> None:
    before = registration.status
    if before == status:
        return
    if before == RegistrationStatus.WITHDRAWN:
        raise Refused(_("This organisation has withdrawn: only its own people can take the registration up again."))
    if registration.event.status == EventStatus.ARCHIVED:
        raise Refused(_("This event is over: nothing can be changed any more."))
    if status == RegistrationStatus.ACCEPTED:
        places.check_free(session, registration.event, registration.kind)
    if status == RegistrationStatus.WITHDRAWN and before == RegistrationStatus.DECLINED:
        # Taken up again it would be as if nobody had decided.
        raise Refused(_("The organisers could not accept this registration: there is nothing to withdraw."))


def _set_status(session: Session, registration: Registration, status: RegistrationStatus, actor: Actor) -> None:
    before = registration.status
    if status == RegistrationStatus.WITHDRAWN:
        tell_departure(session, registration)
    registration.status = status
    registration.waiting_since = utcnow() if status == RegistrationStatus.WAITING else None
    # Whoever comes back says so again.
    registration.attendance_confirmed_at = None
    if RegistrationStatus.ACCEPTED in (before, status):
        _count_for_partners(session, registration)
    record(
        session,
        actor,
        f"registration.{_VERBS[status]}",
        event_id=registration.event_id,
        behalf_of=registration.id,
        before=before,
    )


def _count_for_partners(session: Session, registration: Registration) -> None:
    """Calendars of those who were to meet them show so: another number for each, and no edit of theirs."""
    partners = announced_partners(session, registration)
    if partners:
        rows = table_of(Registration)
        session.execute(
            rows.update()
            .where(rows.c.event_id == registration.event_id, rows.c.key.in_(partners))
            .values(status_changes=rows.c.status_changes + 1, updated_at=rows.c.updated_at)
        )


_VERBS = {
    RegistrationStatus.ACCEPTED: "accept",
    RegistrationStatus.DECLINED: "decline",
    RegistrationStatus.WAITING: "wait",
    RegistrationStatus.WITHDRAWN: "withdraw",
}


@retried
def resend_link(session: Session, registration: Registration, actor: Actor) -> bool:
    """Mail the link again (a new one where it was revoked); whether there is an address to send it to."""
    with write(session):
        lock_registration(session, registration)
        if not registration.email:
            return False
        check_turn(session, registration.email)
        send_link(session, registration, limited=False)
        record(session, actor, "registration.resend_link", event_id=registration.event_id, behalf_of=registration.id)
    return True


@retried
def send_link_of_invited(session: Session, invitation: Invitation) -> None:
    """Mail the personal link of the registration that came of `invitation` to the address of that registration.

    Raises `Refused` where no mail to it would leave today.
    """
    with write(session):
        registration = invitation.registration
        if registration is not None and registration.email:
            check_turn(session, registration.email)
            send_link(session, registration)


@retried
def send_lost_links(session: Session, event: Event, email: str) -> None:
    """Mail their links to all who registered for `event` with this address, and to colleagues with it; nobody can tell
    whether there are any."""
    with write(session):
        same = select(Registration).where(Registration.event_id == event.id, Registration.email == _address(email))
        for registration in session.scalars(same.order_by(Registration.id)):
            send_link(session, registration)
        colleagues = (
            select(Colleague)
            .join(Registration)
            .where(Registration.event_id == event.id, Colleague.email == _address(email))
        )
        for colleague in session.scalars(colleagues.order_by(Colleague.id)):
            send_link(session, colleague)


@retried
def revoke_link(session: Session, registration: Registration, actor: Actor) -> None:
    """Make the personal link stop working, until another is sent."""
    with write(session):
        lock_registration(session, registration)
        merged = select(MergedRegistration).where(
            MergedRegistration.registration_id == registration.id, MergedRegistration.token_hash.is_not(None)
        )
        # Each is a way to the same page.
        others = session.scalars(merged).all()
        for one in others:
            one.token_hash = None
        if not others and (registration.token_hash is None or registration.token_revoked_at is not None):
            return
        registration.token_revoked_at = utcnow()
        record(session, actor, "registration.revoke_link", event_id=registration.event_id, behalf_of=registration.id)


def participant_actor(registration: Registration) -> Actor:
    """The participant, as the log names them."""
    return Actor.of_reader(registration)


def send_link(session: Session, reader: Reader, *, limited: bool = True) -> None:
    """Mail a first contact or a colleague their link, unless they have had several mails within the hour. In the
    caller's transaction."""
    if not reader.email or (limited and recent_mails(session, reader) >= LINKS_AN_HOUR):
        return
    if not has_turn(session, reader.email):
        return
    token = personal_token(reader)
    if isinstance(reader, Colleague):
        colleague_notice(session, reader, personal_address(token), data_address(token))
    else:
        registration_notice(session, reader, "link", personal_address(token))


def recent_mails(session: Session, reader: Reader) -> int:
    """How many mails were written to them within the hour."""
    if isinstance(reader, Colleague):
        theirs = OutboxMail.colleague_id == reader.id
    else:
        theirs = (OutboxMail.registration_id == reader.id) & OutboxMail.colleague_id.is_(None)
    recent = OutboxMail.created_at > utcnow() - timedelta(hours=1)
    return session.scalar(select(func.count(OutboxMail.id)).where(theirs, recent)) or 0


def _normal(profile: Profile) -> Profile:
    return replace(
        profile,
        name=" ".join(profile.name.split()),
        contact_name=" ".join(profile.contact_name.split()),
        email=_address(profile.email),
        phone=" ".join(profile.phone.split()),
        project=profile.project.strip(),
        accessibility=profile.accessibility.strip(),
    )


def _address(email: str) -> str:
    return email.strip().lower()


def columns(event: Event, values: Mapping[str, Any], known: Registration | None = None) -> dict[str, Any]:
    """What a form says of a participant, `known` where there is one, as columns: the rounds missed as hours.

    A form gives lists in its own order: one that is saved as it stands changes nothing, nor what partners read.
    """
    said = dict(values)
    for name in _LISTS & said.keys():
        before = getattr(known, name) if known else []
        said[name] = before if set(before) == set(said[name]) else list(said[name])
    if {"needs", "offers", "notes"} & said.keys():
        said["notes"] = lines_said(said, known)
    if "unavailable" in said:
        missed, before = said.pop("unavailable"), known.absences if known else ()
        # Most are there all the time, which no round needs to be read for.
        said["absences"] = Rounds.of(event).absences(missed, before) if missed or before else []
    return said


def _found_again(session: Session, event: Event, profile: Profile, key: str) -> Registration | None:
    """The registration that came of the same form, or else of the same organisation at the same address; the one kept
    where the form's was merged. Two queries at most."""
    asked = {"event_id": event.id, "key": key}
    found = session.scalars(_SAME_FORM_OR_ADDRESS, asked | {"email": profile.email}).all()
    name = letters_of(profile.name)
    of_form = next((one for one in found if one.key == key), None)
    of_organisation = (one for one in found if one.email == profile.email and letters_of(one.name) == name)
    return of_form or next(of_organisation, None) or session.scalar(_MERGED_FROM_FORM, asked)


_SAME = and_(
    Registration.event_id == bindparam("event_id"),
    or_(Registration.key == bindparam("key"), Registration.email == bindparam("email")),
)
_SAME_FORM_OR_ADDRESS = select(Registration).where(_SAME)
_MERGED = and_(MergedRegistration.event_id == bindparam("event_id"), MergedRegistration.key == bindparam("key"))
_MERGED_FROM_FORM = select(Registration).join(MergedRegistration).where(_MERGED)
# Which of what is asked below would find anything: most who register have left no trace, and are asked once.
# And the number that the row is to have, so that it is written with the link that is made of it: the one that each
# database would give it.
_TRACES = {
    dialect: select(
        or_(exists().where(_SAME), exists().where(_MERGED)).label("registered"),
        MAY_ANSWER.label("invited"),
        HAS_BEGUN.label("begun"),
        IS_CONFIRMED.label("confirmed"),
        number.label("number"),
    )
    for dialect, number in {
        "postgresql": func.nextval(cast(func.pg_get_serial_sequence("registrations", "id"), REGCLASS)),
        "sqlite": select(func.coalesce(func.max(Registration.id), 0) + 1).scalar_subquery(),
    }.items()
}


def _next_position(event_id: int) -> ScalarSelect[int]:
    """One beyond the last, looked up as the row is written."""
    return select(_AFTER_LAST).where(_others.c.event_id == event_id).scalar_subquery()


_others = Registration.__table__.alias()
_AFTER_LAST = func.coalesce(func.max(_others.c.position) + 1, 0)


def _key(event_id: int, profile: Profile, submission: str) -> str:
    """The participant's id in files, made from the form it came with: the unique constraint then keeps it single.

    Says nothing of the organisation, since it outlives an erased registration in the schedules of the others.
    """
    secret = current_app.extensions["passerelle.settings"].secret_key.encode()
    text = "\x1f".join((hash_token(submission), str(event_id), profile.email, letters_of(profile.name)))
    number = int.from_bytes(hmac.digest(secret, text.encode(), "sha256")[:8], "big")
    letters = ""
    while len(letters) < 9:
        number, digit = divmod(number, len(_KEY_LETTERS))
        letters += _KEY_LETTERS[digit]
    return f"{profile.kind[:1]}-{letters}"
