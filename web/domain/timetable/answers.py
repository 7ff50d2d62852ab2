"""What one participant answers to the provisional timetable: all of it will do, or a meeting will not, and why.

A declined meeting is forbidden from then on (see `web.domain.event.files`), whatever version it stands in, until the
answer is taken back. Why is read by the team alone: no page, mail or file of the partner says that it was declined.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, delete, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.dates import in_words
from web.domain.errors import Fault, Faults, Refused
from web.domain.event.programme import local_now
from web.domain.locking import lock_registration
from web.domain.people.participants import by_key
from web.domain.timetable.agenda import PublishedAgenda, provisional_agenda
from web.models import (
    NOTE_OF_ANSWER_LIMIT,
    Answer,
    Event,
    EventStatus,
    MeetingAnswer,
    Reason,
    Registration,
    RegistrationStatus,
    utcnow,
)


@dataclass(frozen=True)
class Own:
    """What somebody has answered. `declined`: their refusals by the partner's key, those of earlier rounds too.

    `answered`: whether they have said anything of the agenda that is provisional now."""

    answered: bool
    declined: Mapping[str, MeetingAnswer]
    # What those are called whom the provisional timetable has them meet no more.
    names: Mapping[str, str]
    open: bool


def is_open(event: Event, now: datetime | None = None) -> bool:
    """Whether participants of `event` may answer at `now` (aware; default: this moment)."""
    if event.provisional_schedule_id is None or event.status == EventStatus.ARCHIVED:
        return False
    return event.answers_until is not None and (now or utcnow()) < event.answers_until


def own_answers(session: Session, me: Registration, now: datetime | None = None) -> Own:
    """What `me` has answered to the provisional timetable so far. Two queries."""
    rows = session.scalars(_of(me)).all()
    partners = {
        one.id: one
        for one in session.scalars(
            select(Registration).where(Registration.id.in_({row.partner_id for row in rows if row.partner_id}))
        )
    }
    declined = {partners[row.partner_id].key: row for row in rows if row.partner_id in partners}
    names = {one.key: one.name or one.key for one in partners.values()}
    answered = any(row.version_id == me.event.provisional_schedule_id for row in rows)
    return Own(answered, declined, names, is_open(me.event, now))


@retried
def agree(session: Session, me: Registration, version_id: int, actor: Actor, now: datetime | None = None) -> None:
    """Note that all of the provisional agenda will do; refusals of its meetings are taken back.

    Locks the event's row and the participant's. Raises `Refused` where nobody is asked (any more), another agenda is
    provisional than the one looked at, or the participant does not take part.
    """
    with write(session):
        lock_registration(session, me)
        agenda = _asked(session, me, version_id, actor, now)
        of_agenda = by_key(session, me.event_id, sorted(_partners(agenda, me))).values()
        _forget(session, me, [one.id for one in of_agenda])
        _confirm(session, me, now)
        _note(session, me, actor, "confirm")


@retried
def decline(
    session: Session,
    me: Registration,
    version_id: int,
    partner: str,
    reason: str,
    note: str,
    actor: Actor,
    now: datetime | None = None,
) -> None:
    """Note that the meeting with the participant of the key `partner` will not do, and why; the others will.

    Said again it replaces what was said. Locks as `agree`. Raises `Refused` as `agree`, and where the agenda has no
    such meeting; `Faults` where the reason is missing, or the note missing or too long.
    """
    note = " ".join(note.split())
    _check(reason, note)
    with write(session):
        lock_registration(session, me)
        agenda = _asked(session, me, version_id, actor, now)
        found = by_key(session, me.event_id, [partner]).get(partner)
        if found is None or partner not in _partners(agenda, me):
            raise Refused(_("This meeting is not in your provisional agenda any more: look at it again."))
        _forget(session, me, [found.id])
        session.execute(delete(MeetingAnswer).where(_confirmations(me)))
        session.add(
            MeetingAnswer(
                event_id=me.event_id,
                version_id=version_id,
                registration_id=me.id,
                partner_id=found.id,
                answer=Answer.DECLINED,
                reason=reason,
                note=note,
                answered_at=now or utcnow(),
            )
        )
        _note(session, me, actor, "decline")


@retried
def take_back(session: Session, me: Registration, partner: str, actor: Actor, now: datetime | None = None) -> None:
    """Take back that the meeting with the participant of that key will not do; what is left of the agenda will.

    The team may at any time, the participant as long as answers are taken. Locks as `agree`. Raises `Refused`.
    """
    with write(session):
        lock_registration(session, me)
        version_id = me.event.provisional_schedule_id
        if actor.registration_id is not None:
            _asked(session, me, version_id, actor, now)
        found = by_key(session, me.event_id, [partner]).get(partner)
        if found is None or not _forget(session, me, [found.id]):
            return
        of_round = _of(me).where(MeetingAnswer.version_id == version_id)
        if version_id is not None and session.scalars(of_round).first() is None:
            _confirm(session, me, now)
        _note(session, me, actor, "take_back")


def _check(reason: str, note: str) -> None:
    faults = []
    if reason not in set(Reason):
        faults.append(Fault("reason", _("Choose a reason: the organisers need it to find you something better.")))
    elif reason == Reason.OTHER and not note:
        faults.append(Fault("note", _("Say in a few words why, or choose one of the other reasons.")))
    if len(note) > NOTE_OF_ANSWER_LIMIT:
        faults.append(Fault("note", _("At most %(limit)s characters, please.", limit=NOTE_OF_ANSWER_LIMIT)))
    if faults:
        raise Faults(faults)


def _asked(
    session: Session, me: Registration, version_id: int | None, actor: Actor, now: datetime | None
) -> PublishedAgenda:
    """The agenda that is answered; the team may answer for somebody after the deadline too."""
    event = me.event
    if me.status != RegistrationStatus.ACCEPTED:
        raise Refused(_("Only those who take part can answer: this registration is withdrawn, or not accepted."))
    if event.published_schedule_id is not None:
        raise Refused(
            _("The timetable is final meanwhile: look at your agenda. Is something wrong? Tell the organisers.")
        )
    if event.provisional_schedule_id is None or event.status == EventStatus.ARCHIVED:
        raise Refused(_("There is no provisional timetable to answer at the moment."))
    if event.provisional_schedule_id != version_id:
        raise Refused(_("Your provisional agenda has changed meanwhile: look at it again, then answer."))
    if actor.registration_id is not None and not is_open(event, now):
        raise Refused(
            _(
                "Answers were taken until %(moment)s. Is a meeting impossible for you? Answer one of the organisers’ "
                "mails at once.",
                moment=in_words(get_locale().language, local_now(event, event.answers_until), "d MMMM, HH:mm"),
            )
        )
    agenda = provisional_agenda(session, me, locked=True)
    if agenda is None:
        raise Refused(_("You have no provisional agenda: there is nothing to answer."))
    return agenda


def _partners(agenda: PublishedAgenda, me: Registration) -> set[str]:
    return {id for one in agenda.schedule.meetings for id in one.between} - {me.key}


def _of(me: Registration) -> Select[MeetingAnswer]:
    return select(MeetingAnswer).where(MeetingAnswer.registration_id == me.id).order_by(MeetingAnswer.id)


def _confirmations(me: Registration) -> ColumnElement[bool]:
    return (
        (MeetingAnswer.registration_id == me.id)
        & (MeetingAnswer.version_id == me.event.provisional_schedule_id)
        & (MeetingAnswer.answer == Answer.CONFIRMED)
    )


def _forget(session: Session, me: Registration, partner_ids: Sequence[int]) -> int:
    """Forget what was said of these meetings; how many answers that were."""
    rows = session.scalars(_of(me).where(MeetingAnswer.partner_id.in_(partner_ids))).all()
    for row in rows:
        session.delete(row)
    session.flush()
    return len(rows)


def _confirm(session: Session, me: Registration, now: datetime | None) -> None:
    if session.scalars(select(MeetingAnswer.id).where(_confirmations(me))).first() is None:
        session.add(
            MeetingAnswer(
                event_id=me.event_id,
                version_id=me.event.provisional_schedule_id,
                registration_id=me.id,
                answer=Answer.CONFIRMED,
                answered_at=now or utcnow(),
            )
        )


def _note(session: Session, me: Registration, actor: Actor, deed: str) -> None:
    """The log, which the team reads, and the count by which pages and drifts know that something is another."""
    me.updated_at = utcnow()
    flag_modified(me, "updated_at")
    record(session, actor, f"agreement.{deed}", event_id=me.event_id, behalf_of=me.id)
