"""Messages of organisers to people of an event: drafts, a look at them, tests, and sending them once.

Each function that changes something is one transaction that locks the event's row: of two presses of a button, or two
tabs, one finds the message sent.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from flask_babel import force_locale, get_locale
from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.exc import StaleDataError

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Fault, Faults, Missing, Refused
from web.domain.links import invitation_address, page_address, personal_address
from web.domain.locking import lock_event
from web.domain.mail.addresses import confirmed_among, is_confirmed, take_turns, with_proof
from web.domain.mail.foot import foot
from web.domain.mail.notices import message_notice, trial_notice
from web.domain.mail.placeholders import Addressee, faults_in, words_for
from web.domain.people import unasked
from web.domain.people.invited import invitation_token, known_invitation_token
from web.domain.people.segments import (
    Group,
    Reach,
    Segment,
    Unreached,
    Who,
    colleagues_in,
    handle_of,
    name_of,
    reach,
    spoken_for,
)
from web.domain.team.access import known_personal_token, personal_token
from web.models import (
    Colleague,
    Event,
    EventStatus,
    Invitation,
    Mailing,
    Occasion,
    OutboxMail,
    Registration,
    User,
    utcnow,
)

# Of one message, to its writers.
MOST_TESTS = 10
SUBJECT_LIMIT, TEXT_LIMIT = 150, 10_000


@dataclass(frozen=True)
class Words:
    """What is written. `other_…`: for those who read the other language than the event's; empty = the same."""

    subject: str
    text: str
    other_subject: str = ""
    other_text: str = ""

    def of(self, event: Event, language: str) -> tuple[str, str]:
        """Subject and text for who reads `language`."""
        if language == event.locale or not self.other_text:
            return self.subject, self.text
        return self.other_subject or self.subject, self.other_text


def words_of(one: Mailing) -> Words:
    return Words(one.subject, one.text, one.other_subject, one.other_text)


def mailings(session: Session, event: Event) -> Sequence[Mailing]:
    """All of `event`, drafts first, the latest of each first. One query."""
    rows = select(Mailing).where(Mailing.event_id == event.id).options(joinedload(Mailing.user))
    return session.scalars(
        rows.order_by(Mailing.sent_at.is_not(None), Mailing.updated_at.desc(), Mailing.id.desc())
    ).all()


def mailing(session: Session, event: Event, mailing_id: int) -> Mailing:
    """The one of `event` with this number. Raises `Missing`."""
    one = session.get(Mailing, mailing_id) if 0 < mailing_id < 2**31 else None
    if one is None or one.event_id != event.id:
        raise Missing(_("This message is no longer there: somebody has deleted it."))
    return one


def mails_of(session: Session, one: Mailing) -> Sequence[OutboxMail]:
    """The mails that carry it, the latest state of each; those of whom was erased are gone. One query."""
    rows = select(OutboxMail).where(OutboxMail.mailing_id == one.id).order_by(OutboxMail.recipient, OutboxMail.id)
    return session.scalars(rows).all()


def check(event: Event, words: Words, segment: Segment) -> None:
    """Raise `Faults`, by the names of fields, where this cannot be sent as it stands."""
    language = get_locale().language
    faults = [
        Fault(field, sentence)
        for field in ("subject", "text", "other_subject", "other_text")
        for sentence in faults_in(getattr(words, field), event, language, subject=field.endswith("subject"))
    ]
    if words.other_subject and not words.other_text:
        faults.append(Fault("other_text", _("Write the text in this language too, or empty the subject above it.")))
    if segment.group == Group.INVITED and (segment.theme or segment.zone):
        field = "theme" if segment.theme else "zone"
        faults.append(Fault(field, _("This is known only of those who have registered: choose “all” here.")))
    if faults:
        raise Faults(faults)


@retried
def save(
    session: Session, event: Event, mailing_id: int | None, words: Words, segment: Segment, version: int, actor: Actor
) -> Mailing:
    """Keep a draft, a new one where `mailing_id` is ``None``; a second press finds the one that the first has made.

    Raises `Faults` by the names of fields, `StaleDataError` after a change since `version`, `Refused` for an archived
    event and for what is sent.
    """
    with write(session):
        event = _open(session, event)
        check(event, words, segment)
        if mailing_id is None:
            one = _same_draft(session, event, words, segment, actor)
            if one is not None:
                return one
            one = Mailing(event_id=event.id)
            session.add(one)
        else:
            one = _draft(session, event, mailing_id)
            if one.version != version:
                raise StaleDataError("The message has changed since the form was opened.")
        for name, value in vars(words).items():
            setattr(one, name, value)
        one.segment, one.user_id, one.updated_at = segment.stored(), actor.user_id, utcnow()
        session.flush()
        record(session, actor, "message.save", event_id=event.id, message=one.id)
    return one


def _same_draft(session: Session, event: Event, words: Words, segment: Segment, actor: Actor) -> Mailing | None:
    rows = select(Mailing).where(
        Mailing.event_id == event.id, Mailing.user_id == actor.user_id, Mailing.sent_at.is_(None)
    )
    same = (one for one in session.scalars(rows) if words_of(one) == words and Segment.of(one.segment) == segment)
    return next(same, None)


@retried
def delete(session: Session, event: Event, mailing_id: int, actor: Actor) -> None:
    """Throw a draft away. Raises `Refused` for one that is sent, `Missing`."""
    with write(session):
        event = lock_event(session, event.id)
        session.delete(_draft(session, event, mailing_id))
        record(session, actor, "message.delete", event_id=event.id, message=mailing_id)


@dataclass(frozen=True)
class Look:
    """A draft as it would leave now: whom it reaches, and what `who` reads, foot and all. Nobody: `who` is ``None``.

    `faults`: what is wrong with it by now.
    """

    reach: Reach
    who: Who | None
    subject: str
    text: str
    faults: Sequence[Fault] = ()


def look(session: Session, event: Event, one: Mailing, handle: str = "") -> Look:
    """`handle`: who reads it, of those who are ticked; the first of them where it names none. Writes nothing.

    A few queries, whatever the number of people.
    """
    found = reach(session, event, Segment.of(one.segment))
    faults: Sequence[Fault] = ()
    try:
        check(event, words_of(one), Segment.of(one.segment))
    except Faults as raised:
        faults = raised.faults
    who = found.ticked.get(handle) or next(iter(found.ticked.values()), None)
    if who is None:
        return Look(found, None, one.subject, one.text, faults)
    reader = _reader(event, who, _known_address(event, who), is_confirmed(session, who.email or ""))
    subject, words = words_for(event, *words_of(one).of(event, who.language), reader)
    with force_locale(who.language):
        return Look(found, who, subject, (words + foot(event)).text, faults)


def _reader(event: Event, who: Who, address: str, confirmed: bool) -> Addressee:
    name = who.name if isinstance(who, Colleague) else who.contact_name
    return Addressee(name, spoken_for(who).name, who.language, address, confirmed, invited=isinstance(who, Invitation))


def _known_address(event: Event, who: Who) -> str:
    """The link of `who` as far as it was issued before: a look issues none, and shows “…” in place of what is not."""
    if isinstance(who, Invitation):
        return _readable(invitation_address(event.slug, known_invitation_token(who) or "…"))
    token = known_personal_token(who)
    return with_proof(who, personal_address(token)) if token else _readable(personal_address("…"))


def _readable(address: str) -> str:
    return address.replace(quote("…"), "…")


@retried
def try_out(session: Session, event: Event, mailing_id: int, user: User, handle: str, actor: Actor) -> str:
    """Mail a draft to its writer as somebody reads it (see `look`), without that one's personal link; the address.

    Raises `Refused` where the writer has no address, and after `MOST_TESTS`.
    """
    with write(session):
        event = _open(session, event)
        one = _draft(session, event, mailing_id)
        if not user.email:
            raise Refused(_("Your account has no e-mail address: enter one under your name, at the top of the page."))
        if one.tests >= MOST_TESTS:
            raise Refused(_("This message was mailed to you ten times already: that is enough to try it out."))
        check(event, words_of(one), Segment.of(one.segment))
        found = reach(session, event, Segment.of(one.segment))
        who = found.ticked.get(handle) or next(iter(found.ticked.values()), None)
        # With a personal link in hand one acts as whose it is.
        address = page_address("public.event", slug=event.slug)
        reader = (
            _reader(event, who, address, confirmed=False)
            if who is not None
            else Addressee(user.name or "", user.name or "", event.locale, address, confirmed=False)
        )
        trial_notice(session, event, *words_of(one).of(event, reader.language), user, reader)
        # Not an edit: a page that stands open somewhere stays valid.
        session.execute(
            update(Mailing)
            .where(Mailing.id == one.id)
            .values(tests=Mailing.tests + 1, updated_at=Mailing.updated_at)
            .execution_options(synchronize_session=False)
        )
        record(session, actor, "message.test", event_id=event.id, message=one.id)
    return user.email


@dataclass(frozen=True)
class Sending:
    """What came of pressing “send”. Nothing was sent where `number` is 0: `already`, or whom the page showed is not who
    would be reached now (`added`, `gone`: names), or who is ticked is not the number on the button (`chosen_anew`).

    `later`: how many leave later, because nobody has confirmed their addresses.
    """

    number: int = 0
    already: bool = False
    added: Sequence[str] = ()
    gone: Mapping[Unreached | None, Sequence[str]] | None = None
    chosen_anew: bool = False
    later: int = 0


@retried
def send(
    session: Session,
    event: Event,
    mailing_id: int,
    version: int,
    shown: Collection[str],
    ticked: Collection[str],
    actor: Actor,
) -> Sending:
    """Send a draft to those who are `ticked` of those who were `shown` (handles), once.

    The segment is read again: where it is another than was shown, or the choice another than the button said, the
    choice is kept and nobody written to. Raises `StaleDataError` after a change since `version`, `Refused` for an
    archived event and where nobody is left, `Faults` where the words no longer fit the event. Cost: the same number of
    queries for one and for all, where all have their links.
    """
    with write(session):
        event = _open(session, event)
        one = _locked(session, event, mailing_id)
        if one.sent_at is not None:
            return Sending(already=True)
        if one.version != version:
            raise StaleDataError("The message has changed since the page was opened.")
        segment = Segment.of(one.segment)
        check(event, words_of(one), segment)
        said = set(shown) - set(segment.left_out)
        wanted = set(ticked) & set(shown)
        segment = segment.without((set(segment.left_out) - set(shown)) | (set(shown) - wanted))
        found = reach(session, event, segment)
        added = [name_of(who) for handle, who in found.all.items() if handle not in set(shown)]
        gone = _gone(session, event, found, wanted)
        if added or gone or said != wanted:
            one.segment = segment.stored()
            return Sending(added=added, gone=gone, chosen_anew=said != wanted)
        if not found.ticked:
            raise Refused(_("Nobody would get this message: choose to whom it goes."))
        turns = _mail(session, event, one, list(found.ticked.values()))
        one.sent_at, one.number, one.user_id = utcnow(), len(turns), actor.user_id
        record(session, actor, "message.send", event_id=event.id, message=one.id, mails=len(turns))
        later = sum(turn > utcnow() for turn in turns)
    return Sending(len(turns), later=later)


def _gone(
    session: Session, event: Event, found: Reach, wanted: Collection[str]
) -> Mapping[Unreached | None, Sequence[str]]:
    """The names of those of `wanted` who are not reached any more, by the reason; ``None``: they are no longer in the
    segment, those who were erased or removed without a name."""
    left = set(wanted) - set(found.all)
    if not left:
        return {}
    reasons = {handle_of(who): (reason, name_of(who)) for reason, kept in found.kept.items() for who in kept}
    rows = select(Registration).where(Registration.event_id == event.id)
    names = {handle_of(who): name_of(who) for who in (*session.scalars(rows), *colleagues_in(session, event))}
    told: dict[Unreached | None, list[str]] = {}
    for handle in sorted(left):
        reason, name = reasons.get(handle, (None, names.get(handle, "")))
        told.setdefault(reason, []).append(name or _("somebody"))
    return told


def _mail(session: Session, event: Event, one: Mailing, people: Sequence[Who]) -> list[datetime]:
    """Write the mails; the turn of each."""
    addresses = [who.email or "" for who in people]
    confirmed = confirmed_among(session, addresses)
    turns = take_turns(session, addresses, confirmed)
    now = utcnow()
    for who, email, due_at in zip(people, addresses, turns, strict=True):
        invited = isinstance(who, Invitation)
        address = (
            invitation_address(event.slug, invitation_token(who))
            if isinstance(who, Invitation)
            else with_proof(who, personal_address(personal_token(who)))
        )
        mail = message_notice(
            session,
            event,
            *words_of(one).of(event, who.language),
            email,
            _reader(event, who, address, email in confirmed),
            due_at,
            registration_id=None if invited else spoken_for(who).id,
            colleague_id=who.id if isinstance(who, Colleague) else None,
        )
        mail.mailing_id = one.id
        if invited:
            unasked.count(session, mail, Occasion.MESSAGE, now, event_id=event.id, invitation_id=who.id)
    session.flush()
    return turns


def _open(session: Session, event: Event) -> Event:
    event = lock_event(session, event.id)
    if event.status == EventStatus.ARCHIVED:
        raise Refused(_("This event is archived: take it out of the archive before you change it."))
    return event


def _locked(session: Session, event: Event, mailing_id: int) -> Mailing:
    """The message as it is now. Its event's row is locked."""
    one = mailing(session, event, mailing_id)
    session.refresh(one)
    return one


def _draft(session: Session, event: Event, mailing_id: int) -> Mailing:
    one = _locked(session, event, mailing_id)
    if one.sent_at is not None:
        raise Refused(_("This message is sent: it can no longer be changed. Write a new one like it."))
    return one
