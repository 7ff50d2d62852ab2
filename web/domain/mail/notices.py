"""Every mail that the product writes: to whom, in which language, with which words.

A notice is told all that it says and asks nobody; its words stand in ``templates/mail`` (see `web.domain.mail.letter`).
It is written in the caller's ``write`` block, so it leaves if, and only if, the deed is kept; the worker is woken once
that is committed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask_babel import force_locale, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from web.db import once_committed
from web.domain.links import page_address
from web.domain.mail.addresses import is_confirmed, names_for, take_turn, with_proof
from web.domain.mail.attaching import want
from web.domain.mail.foot import foot
from web.domain.mail.letter import Letter, letter
from web.domain.mail.placeholders import Addressee, words_for
from web.domain.mail.sending import enqueue_mail
from web.domain.text import has_link
from web.models import (
    Attaching,
    Colleague,
    Event,
    Invitation,
    Occasion,
    OutboxMail,
    Reader,
    Registration,
    User,
    registration_of,
)
from web.queue import enqueue

if TYPE_CHECKING:
    # What an agenda says is read here and made there.
    from web.domain.event.slots import Day
    from web.domain.timetable.difference import AgendaChange, Entry

_REGISTRATION_SUBJECTS = {
    "registered": _l("We have your registration"),
    "admitted": _l("You are in"),
    "queued": _l("You are on the waiting list"),
    "accepted": _l("You are in"),
    "promoted": _l("A place is free: you are in"),
    "declined": _l("Your registration was not accepted"),
    "waiting": _l("You are on the waiting list"),
    "withdrawn": _l("Your registration is withdrawn"),
    "unplanned": _l("You have no agenda any more"),
    "absent": _l("You are noted as not coming"),
    "link": _l("Your personal link"),
}


def registration_notice(
    session: Session,
    reader: Reader,
    news: str,
    address: str,
    *,
    confirmed: bool | None = None,
    due_at: datetime | None = None,
    place: int | None = None,
) -> None:
    """Tell a participant or a colleague, if they have an address, what became of the registration, by
    ``mail/registration_<news>.txt``.

    Names as `names_for` has them. `address`: the personal link. `confirmed`, `due_at`: what the caller knows of the
    e-mail address and of its turn. `place`: which one on the waiting list, where that is counted.
    """
    if not reader.email:
        return
    registration = registration_of(reader)
    event = registration.event
    name = reader.name if isinstance(reader, Colleague) else registration.contact_name or registration.name
    if confirmed is None:
        confirmed = is_confirmed(session, reader.email)
    with force_locale(reader.language):
        organisation, name = names_for(confirmed, registration.name, name)
        _write(
            session,
            recipient=reader.email,
            subject=f"{_REGISTRATION_SUBJECTS[news]} – {event.title}",
            foot_of=event,
            text=letter(
                f"mail/registration_{news}.txt",
                registration=registration,
                name=name,
                organisation=organisation,
                event=event,
                address=with_proof(reader, address),
                place=place,
            ),
            event_id=event.id,
            registration_id=registration.id,
            colleague_id=_colleague_id(reader),
            due_at=due_at or take_turn(session, reader.email, confirmed),
        )


def _colleague_id(reader: Reader) -> int | None:
    return reader.id if isinstance(reader, Colleague) else None


def agenda_notice(
    session: Session,
    reader: Reader,
    entries: Sequence[Entry],
    change: AgendaChange | None,
    address: str,
    due_at: datetime,
    *,
    attach: bool = False,
    since: AgendaChange | None = None,
) -> None:
    """Tell a participant their agenda, or what has changed in it; they have an e-mail address.

    `change` is ``None`` where none was announced before, `since` where none was provisional: else how it differs from
    the one that they were asked to agree to. `address`: the personal link; `due_at`: the mail's turn.
    `attach`: whether the agenda is to go with it as a sheet and as a calendar file.
    """
    event = registration_of(reader).event
    news = change is not None and not change.newcomer
    with force_locale(reader.language):
        if news:
            subject = _("Your agenda has changed – %(event)s", event=event.title)
        else:
            subject = _("Your agenda – %(event)s", event=event.title)
        _write_to(
            session,
            reader,
            subject,
            "mail/agenda_changed.txt" if news else "mail/agenda.txt",
            address,
            due_at,
            attaching=Attaching.WANTED if attach else None,
            entries=entries,
            change=change if news else since,
            several_days=_several_days(entries),
            at_once=_at_once(entries),
            online=_online(event, entries),
        )
    if attach:
        want(session)


def provisional_notice(
    session: Session,
    reader: Reader,
    entries: Sequence[Entry],
    change: AgendaChange | None,
    address: str,
    due_at: datetime,
    *,
    again: bool = False,
) -> None:
    """Ask a participant, who has an e-mail address, whether the provisional agenda will do.

    `change`: how it differs from the one that they were asked about before, if there was one. `again`: they have not
    answered yet. `address`: the personal link; `due_at`: the mail's turn.
    """
    event = registration_of(reader).event
    with force_locale(reader.language):
        if again:
            subject = _("Does your agenda suit you? We have no answer yet – %(event)s", event=event.title)
        elif change:
            subject = _("Your provisional agenda has changed: does it suit you? – %(event)s", event=event.title)
        else:
            subject = _("Your provisional agenda: does it suit you? – %(event)s", event=event.title)
        _write_to(
            session,
            reader,
            subject,
            "mail/provisional.txt",
            address,
            due_at,
            entries=entries,
            change=change,
            again=again,
            until=wall_clock(event, event.answers_until),
            several_days=_several_days(entries),
            at_once=_at_once(entries),
        )


def presence_notice(session: Session, reader: Reader, address: str, due_at: datetime) -> None:
    """Ask a participant, who has an e-mail address, the day before whether they come.

    `address`: the personal link; `due_at`: the mail's turn.
    """
    with force_locale(reader.language):
        subject = _("Are you coming? – %(event)s", event=registration_of(reader).event.title)
        _write_to(session, reader, subject, "mail/presence.txt", address, due_at)


def _write_to(
    session: Session,
    reader: Reader,
    subject: str,
    template: str,
    address: str,
    due_at: datetime,
    *,
    attaching: Attaching | None = None,
    **values: Any,
) -> None:
    """Write to a first contact or a colleague, who has an e-mail address, in the language that is in force; `values`:
    what else the template says."""
    assert reader.email is not None
    registration = registration_of(reader)
    event = registration.event
    _write(
        session,
        recipient=reader.email,
        subject=subject,
        foot_of=event,
        text=letter(
            template,
            event=event,
            registration=registration,
            address=with_proof(reader, address),
            **values,
        ),
        event_id=event.id,
        registration_id=registration.id,
        colleague_id=_colleague_id(reader),
        due_at=due_at,
        attaching=attaching,
    )


def wall_clock(event: Event, moment: datetime | None) -> datetime | None:
    """An aware moment as the clock at the event shows it."""
    return None if moment is None else moment.astimezone(ZoneInfo(event.timezone)).replace(tzinfo=None)


def _several_days(entries: Sequence[Entry]) -> bool:
    return len({entry.start.date() for entry in entries}) > 1


def _at_once(entries: Sequence[Entry]) -> set[datetime]:
    """When several meetings begin: there is a delegate for each."""
    starts = [entry.start for entry in entries]
    return {start for start in starts if starts.count(start) > 1}


def _online(event: Event, entries: Sequence[Entry]) -> str:
    """How to come to meetings online, where there are any: what the organisers wrote, or how they will say it."""
    if not any(entry.online for entry in entries):
        return ""
    written = event.texts.get("online")
    return str(written) if written else _("The organisers will send you the link before the event; ask them for it.")


def hours_notice(session: Session, reader: Reader, days: Sequence[Day], address: str, due_at: datetime) -> None:
    """Tell a participant, who has an e-mail address, when the event takes place now.

    `address`: the personal link; `due_at`: the mail's turn.
    """
    with force_locale(reader.language):
        subject = _("Other hours – %(event)s", event=registration_of(reader).event.title)
        _write_to(session, reader, subject, "mail/hours_changed.txt", address, due_at, days=days)


def merged_notice(session: Session, registration: Registration, recipient: str, address: str) -> None:
    """Tell `recipient`, who had registered the organisation too or has it now, that the two registrations are one.

    `address`: the personal link. It confirms nobody's address but the registration's own.
    """
    event = registration.event
    confirmed = is_confirmed(session, recipient)
    mine = recipient == registration.email
    with force_locale(registration.language):
        (organisation,) = names_for(confirmed, registration.name)
        _write(
            session,
            recipient=recipient,
            subject=_("Your two registrations are one – %(event)s", event=event.title),
            foot_of=event,
            text=letter(
                "mail/registration_merged.txt",
                registration=registration,
                organisation=organisation,
                event=event,
                mine=mine,
                address=with_proof(registration, address) if mine else address,
            ),
            event_id=event.id,
            registration_id=registration.id,
            due_at=take_turn(session, recipient, confirmed),
        )


def colleague_notice(session: Session, colleague: Colleague, address: str, data_address: str) -> None:
    """Mail a colleague the link of their own to the page of their organisation, and where they have themselves removed.

    `address`: their link.
    """
    registration, event = colleague.registration, colleague.registration.event
    confirmed = is_confirmed(session, colleague.email)
    with force_locale(colleague.language):
        organisation, name, contact = names_for(confirmed, registration.name, colleague.name, registration.contact_name)
        text = letter(
            "mail/colleague_link.txt",
            name=name,
            contact="" if colleague.by_organisers else contact,
            by_organisers=colleague.by_organisers,
            organisation=organisation,
            event=event,
            address=with_proof(colleague, address),
            data_address=with_proof(colleague, data_address),
        )
        _write(
            session,
            recipient=colleague.email,
            subject=_("Your own link – %(event)s", event=event.title),
            foot_of=event,
            text=text,
            event_id=event.id,
            registration_id=registration.id,
            colleague_id=colleague.id,
            due_at=take_turn(session, colleague.email, confirmed),
        )


def departure_notice(
    session: Session, registration: Registration, organisers: Sequence[User], *, named: bool = True
) -> None:
    """Tell `organisers`, who have e-mail addresses, that somebody in the announced timetable no longer comes.

    `named`: without it the mail leaves the name out, for those who had themselves erased.
    """

    def text(event: Event) -> tuple[str, Letter]:
        name = registration.name if named else _("A participant")
        subject = _("%(name)s no longer comes – %(event)s", name=name, event=event.title)
        values = {"event": event, "name": name, "named": named, **_where(event)}
        return subject, letter("mail/departure.txt", **values)

    _tell_organisers(session, registration.event, organisers, text)


def absence_notice(session: Session, registration: Registration, organisers: Sequence[User], missed: int) -> None:
    """Tell `organisers`, who have e-mail addresses, that somebody will not be there for `missed` announced meetings."""

    def text(event: Event) -> tuple[str, Letter]:
        name = registration.name
        subject = _("%(name)s will miss announced meetings – %(event)s", name=name, event=event.title)
        values = {"event": event, "name": name, "missed": missed, **_where(event)}
        return subject, letter("mail/absence.txt", **values)

    _tell_organisers(session, registration.event, organisers, text)


def needs_notice(session: Session, registration: Registration, organisers: Sequence[User]) -> None:
    """Tell `organisers`, who have e-mail addresses, that somebody of the announced timetable takes part otherwise."""

    def text(event: Event) -> tuple[str, Letter]:
        name = registration.name
        subject = _("%(name)s takes part otherwise – %(event)s", name=name, event=event.title)
        values = {"event": event, "name": name, **_where(event)}
        return subject, letter("mail/other_needs.txt", **values)

    _tell_organisers(session, registration.event, organisers, text)


def _where(event: Event) -> dict[str, str]:
    """Where an organiser mends the announced timetable, and where they read what is untrue in it."""
    return {
        "repair": page_address("repair.page", event_id=event.id),
        "overview": page_address("events.show", event_id=event.id),
    }


def _tell_organisers(
    session: Session, event: Event, organisers: Sequence[User], text: Callable[[Event], tuple[str, Letter]]
) -> None:
    """A mail to each in their own language; `text` gives its subject and its text."""
    for organiser in organisers:
        assert organiser.email is not None
        with force_locale(organiser.locale or event.locale):
            subject, body = text(event)
            _write(session, recipient=organiser.email, subject=subject, foot_of=event, text=body, event_id=event.id)


def draft_notice(session: Session, event: Event, recipient: str, language: str, address: str, due_at: datetime) -> None:
    """Mail somebody the way back (`address`) to a registration form that they began; says nothing that was typed."""
    with force_locale(language):
        _write(
            session,
            recipient=recipient,
            subject=_("Your registration, to be gone on with – %(event)s", event=event.title),
            foot_of=event,
            text=letter("mail/draft.txt", event=event, address=address),
            event_id=event.id,
            due_at=due_at,
        )


def invitation_notice(
    session: Session, event: Event, user: User, role: str, inviter: str, address: str, *, readable: bool
) -> None:
    """Tell somebody that they are in the team of `event`; they have an e-mail address.

    `address` is where they sign in. `readable`: whether the team may read this mail in the event's list.
    """
    assert user.email is not None
    with force_locale(user.locale or get_locale().language):
        # A stranger to the reader must not choose a link in this mail.
        if has_link(inviter) and not is_confirmed(session, user.email):
            inviter = _("An organiser")
        _write(
            session,
            recipient=user.email,
            subject=_("You are invited to the team of “%(event)s”", event=event.title),
            foot_of=event,
            text=letter(
                "mail/team_invitation.txt", user=user, event=event, role=role, inviter=inviter, address=address
            ),
            event_id=event.id if readable else None,
        )


def invited_notice(
    session: Session, invitation: Invitation, ends: datetime | None, address: str, due_at: datetime
) -> OutboxMail:
    """Invite somebody to register; the mail.

    `ends`: when registration does, in the event's clock; `address`: their own link; `due_at`: the mail's turn.
    """
    event = invitation.event
    with force_locale(invitation.language):
        return _write(
            session,
            recipient=invitation.email,
            subject=_("You are invited – %(event)s", event=event.title),
            foot_of=event,
            text=letter("mail/invited.txt", invitation=invitation, event=event, ends=ends, address=address),
            event_id=event.id,
            due_at=due_at,
        )


_REMINDER_SUBJECTS = {
    Occasion.NOT_REGISTERED: _l("There is still a place for you"),
    Occasion.DRAFT: _l("Your registration is not sent yet"),
    Occasion.NO_WISHES: _l("Whom would you like to meet?"),
    Occasion.FEW_WISHES: _l("There is still room on your list"),
    Occasion.UNCONFIRMED: _l("Will you be there?"),
}


def reminder_notice(
    session: Session,
    event: Event,
    occasion: Occasion,
    *,
    recipient: str,
    language: str,
    name: str,
    address: str,
    unsubscribe: str,
    until: datetime | None,
    due_at: datetime,
    registration_id: int | None = None,
    **values: Any,
) -> OutboxMail:
    """Remind somebody of what is still to be done, ``mail/reminder_<occasion>.txt``; the mail.

    `address`: where it is done; `unsubscribe`: where reminders are stopped; `until`: the deadline in the event's clock;
    `values`: what else the text says.
    """
    with force_locale(language):
        text = letter(
            f"mail/reminder_{occasion}.txt",
            event=event,
            name="" if has_link(name) else name,
            address=address,
            until=until,
            **values,
        )
        return _write(
            session,
            recipient=recipient,
            subject=f"{_REMINDER_SUBJECTS[occasion]} – {event.title}",
            foot_of=event,
            text=text + letter("mail/reminder_end.txt", unsubscribe=unsubscribe),
            event_id=event.id,
            registration_id=registration_id,
            due_at=due_at,
            unsubscribe=unsubscribe,
        )


def message_notice(
    session: Session,
    event: Event,
    subject: str,
    text: str,
    recipient: str,
    reader: Addressee,
    due_at: datetime,
    *,
    registration_id: int | None = None,
    colleague_id: int | None = None,
) -> OutboxMail:
    """Write to somebody what an organiser has to say, in the organiser's words; the mail. `due_at`: its turn."""
    subject, words = words_for(event, subject, text, reader)
    with force_locale(reader.language):
        return _write(
            session,
            recipient=recipient,
            subject=subject,
            foot_of=event,
            text=words,
            event_id=event.id,
            registration_id=registration_id,
            colleague_id=colleague_id,
            due_at=due_at,
        )


def trial_notice(session: Session, event: Event, subject: str, text: str, user: User, reader: Addressee) -> None:
    """Write to an organiser, who has an e-mail address, what `reader` would read, with a word on top that says so."""
    assert user.email is not None
    subject, words = words_for(event, subject, text, reader)
    with force_locale(reader.language):
        _write(
            session,
            recipient=user.email,
            subject=_("Test: %(subject)s", subject=subject),
            foot_of=event,
            text=letter("mail/message_trial.txt", name=reader.organisation) + words,
            event_id=event.id,
        )


def sign_in_notice(session: Session, user: User, address: str) -> None:
    """Mail an organiser, who has an e-mail address, the link that signs in once."""
    assert user.email is not None
    with force_locale(user.locale or get_locale().language):
        _write(
            session,
            recipient=user.email,
            subject=_("Your link to sign in to Passerelle"),
            text=letter("mail/sign_in.txt", user=user, address=address),
        )


def address_changed_notice(session: Session, user: User, former: str) -> None:
    """Tell the `former` e-mail address of an account that it no longer opens it."""
    with force_locale(user.locale or get_locale().language):
        _write(
            session,
            recipient=former,
            subject=_("Your account signs in with another address"),
            text=letter("mail/address_changed.txt", address=user.email),
        )


def passkey_notice(session: Session, user: User, name: str) -> None:
    """Tell whose account it is, who has an e-mail address, that it can be opened with another passkey."""
    assert user.email is not None
    with force_locale(user.locale or get_locale().language):
        _write(
            session,
            recipient=user.email,
            subject=_("A passkey was added to your account"),
            text=letter("mail/passkey_added.txt", name=name, address=page_address("account.page")),
        )


def _write(session: Session, *, text: Letter, foot_of: Event | None = None, **mail: Any) -> OutboxMail:
    """`foot_of`: the event of which those who read it are told when and where it is, and who answers."""
    if foot_of is not None:
        text += foot(foot_of)
    written = enqueue_mail(session, text=text.text, parts=text.parts, language=get_locale().language, **mail)
    once_committed(session, enqueue, "mail.send")
    return written
