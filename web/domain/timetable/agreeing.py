"""A provisional round: participants are asked to agree to a version before anything is announced.

They answer until a moment that the organisers set (`answers`). What is declined is planned anew around all that stays,
as a version of its own, which is asked about again or announced. Publishing any version ends the round.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.format.event import Event as EventValue
from scheduler.format.schedule import Meeting, Schedule
from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Fault, Faults, Refused
from web.domain.event.files import declined_pairs, event_value
from web.domain.event.programme import asked_between, first_round
from web.domain.links import personal_address
from web.domain.locking import lock_event, lock_version
from web.domain.mail.addresses import take_turns
from web.domain.mail.notices import provisional_notice
from web.domain.people.readers import addresses_of, readers_of, without_reader
from web.domain.team.access import personal_token
from web.domain.timetable.agenda import store_agendas
from web.domain.timetable.answers import is_open
from web.domain.timetable.difference import AgendaChange, agenda_changes, agenda_entries
from web.domain.timetable.drift import measured
from web.domain.timetable.publishing import Unapplied, Untrue
from web.domain.timetable.solving import propose
from web.domain.timetable.versions import event_of, is_proposal, schedule_of, store_version, with_files
from web.models import (
    Answer,
    AuditEntry,
    Event,
    EventStatus,
    MeetingAnswer,
    Registration,
    RegistrationStatus,
    ScheduleVersion,
    registration_of,
    utcnow,
)

# A second reminder within this is a double click, or two organisers at once.
REMINDED_AGAIN_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Asked:
    """What asking did: mails queued, participants without address; `already`: they were asked about it before."""

    mails: int
    without_address: int
    already: bool = False


@dataclass(frozen=True)
class Declined:
    """A meeting that `who` has declined, with `whom`; `held`: whether the provisional timetable holds it.

    `required`: whether the organiser wants it by a rule, which then does not count.
    """

    who: Registration
    whom: Registration
    answer: MeetingAnswer
    held: bool
    required: bool


@dataclass(frozen=True)
class Standing:
    """How far a round is. `silent` have not answered; all three are of those who have a meeting and take part."""

    version: ScheduleVersion
    until: datetime | None
    open: bool
    confirmed: tuple[Registration, ...]
    partly: tuple[Registration, ...]
    silent: tuple[Registration, ...]
    declined: tuple[Declined, ...]

    @property
    def asked(self) -> int:
        return self.answered + len(self.silent)

    @property
    def answered(self) -> int:
        return len(self.confirmed) + len(self.partly)

    @cached_property
    def to_replan(self) -> tuple[Declined, ...]:
        """The declined meetings that stand in the provisional timetable."""
        return tuple(one for one in self.declined if one.held)


@retried
def ask(
    session: Session,
    version: ScheduleVersion,
    until: datetime,
    actor: Actor,
    *,
    confirmed: Collection[str] = (),
    now: datetime | None = None,
) -> Asked:
    """Show `version` to its participants as provisional, and ask them by mail to agree `until` then (aware).

    Where another version was provisional, only those whose agenda differs are asked anew, with the difference spelled
    out; what the others have confirmed stays confirmed. Of the version that is provisional already the deadline alone
    is set. Locks the event's row: of two clicks at once the second mails nobody. Raises `Faults` for a deadline that
    cannot be, `Refused` where a timetable is announced already or the event archived, `Unapplied` for a proposal of
    repair, and `Untrue` as `publish`, unless each such item is `confirmed`. Cost: linear in the meetings.
    """
    now = now or utcnow()
    with write(session):
        event = lock_version(session, version)
        check_may_ask(event, version)
        _check_deadline(event, until, now)
        if event.provisional_schedule_id == version.id:
            event.answers_until = until
            record(session, actor, "agreement.deadline", event_id=event.id, version=version.number)
            return Asked(0, 0, already=True)
        value, schedule = event_of(version), schedule_of(version)
        untrue = measured(session, event, version.id, now).drift.unconfirmed(confirmed)
        if untrue:
            raise Untrue(untrue)
        former = _provisional(session, event)
        changes = None if former is None else agenda_changes(event_of(former), schedule_of(former), value, schedule)
        event.provisional_schedule_id, event.answers_until = version.id, until
        version.shown_at = now
        store_agendas(session, version, event=value)
        people = _with_meetings(session, event, schedule)
        _keep_refused(session, version, schedule)
        if former is not None and changes is not None:
            _carry_over(session, former, version, [one for one in people if one.key not in changes])
            people = [one for one in people if one.key in changes]
        asked = _tell(session, event, (value, schedule), people, changes or {})
        record(session, actor, "agreement.ask", event_id=event.id, version=version.number, mails=asked.mails)
    return asked


def check_may_ask(event: Event, version: ScheduleVersion) -> None:
    """Raises `Refused` or `Unapplied` where participants cannot be asked about `version`."""
    if event.status == EventStatus.ARCHIVED:
        raise Refused(_("This event is archived: nobody is asked any more."))
    if event.published_schedule_id is not None:
        raise Refused(_("A timetable is announced already: change it, and those concerned are told."))
    if is_proposal(version):
        raise Unapplied(_("This version is a proposal of repair: what was said with it is not part of the event yet."))


def people_to_ask(session: Session, event: Event, version: ScheduleVersion) -> tuple[int, int]:
    """How many asking about `version` would mail, and how many more have no address; changes nothing."""
    former = _provisional(session, event)
    people = _with_meetings(session, event, schedule_of(version))
    if former is not None:
        changes = agenda_changes(event_of(former), schedule_of(former), event_of(version), schedule_of(version))
        people = [one for one in people if one.key in changes]
    told = readers_of(session, people)
    return len(told), without_reader(people, told)


def _check_deadline(event: Event, until: datetime, now: datetime) -> None:
    _since, begin = asked_between(first_round(event), event.timezone)
    if until <= now:
        raise Faults([Fault("until", _("This moment is over: choose a later one."))])
    if begin is not None and until > begin:
        raise Faults([Fault("until", _("The first round begins before that: choose an earlier moment."))])


def _provisional(session: Session, event: Event) -> ScheduleVersion | None:
    if event.provisional_schedule_id is None:
        return None
    (version,) = with_files(session, [event.provisional_schedule_id])
    return version


def _with_meetings(session: Session, event: Event, schedule: Schedule) -> list[Registration]:
    """Those who take part and have a meeting, in the order of the event."""
    met = {id for one in schedule.meetings for id in one.between}
    rows = session.scalars(
        select(Registration)
        .where(Registration.event_id == event.id, Registration.status == RegistrationStatus.ACCEPTED)
        .order_by(Registration.position, Registration.id)
    )
    return [one for one in rows if one.key in met]


def _keep_refused(session: Session, version: ScheduleVersion, schedule: Schedule) -> None:
    """What was declined before and is held all the same is declined of `version`: nobody has to say so again."""
    held = {one.pair for one in schedule.meetings}
    keys = {
        one.id: one.key
        for one in session.scalars(select(Registration).where(Registration.event_id == version.event_id))
    }
    for row in session.scalars(
        select(MeetingAnswer).where(MeetingAnswer.event_id == version.event_id, MeetingAnswer.answer == Answer.DECLINED)
    ):
        if row.partner_id is not None and frozenset((keys[row.registration_id], keys[row.partner_id])) in held:
            row.version_id = version.id


def _carry_over(
    session: Session, former: ScheduleVersion, version: ScheduleVersion, unchanged: Sequence[Registration]
) -> None:
    """What somebody has confirmed and is asked about again unchanged, is confirmed."""
    rows = session.scalars(
        select(MeetingAnswer).where(
            MeetingAnswer.version_id.in_((former.id, version.id)), MeetingAnswer.answer == Answer.CONFIRMED
        )
    ).all()
    known = {row.registration_id for row in rows if row.version_id == version.id}
    said = {row.registration_id: row.answered_at for row in rows if row.version_id == former.id}
    for one in unchanged:
        if one.id in said.keys() - known:
            session.add(
                MeetingAnswer(
                    event_id=version.event_id,
                    version_id=version.id,
                    registration_id=one.id,
                    answer=Answer.CONFIRMED,
                    answered_at=said[one.id],
                )
            )


def _tell(
    session: Session,
    event: Event,
    shown: tuple[EventValue, Schedule],
    people: Sequence[Registration],
    changes: Mapping[str, AgendaChange],
    *,
    again: bool = False,
) -> Asked:
    entries = agenda_entries(*shown)
    told = readers_of(session, people)
    turns = take_turns(session, addresses_of(told))
    for reader, due_at in zip(told, turns, strict=True):
        address, key = personal_address(personal_token(reader)), registration_of(reader).key
        provisional_notice(session, reader, entries[key], changes.get(key), address, due_at, again=again)
    return Asked(len(told), without_reader(people, told))


def standing(session: Session, event: Event, now: datetime | None = None) -> Standing | None:
    """How far the round of `event` is; ``None`` where nobody is asked. A constant number of queries."""
    version = _provisional(session, event)
    if version is None:
        return None
    schedule = schedule_of(version)
    people = {
        one.id: one for one in session.scalars(select(Registration).where(Registration.event_id == event.id)).all()
    }
    rows = session.scalars(
        select(MeetingAnswer).where(MeetingAnswer.event_id == event.id).order_by(MeetingAnswer.answered_at.desc())
    ).all()
    held = {one.pair for one in schedule.meetings}
    required = {frozenset((rule.a_id, rule.b_id)) for rule in event.meeting_rules if rule.status == "required"}
    declined = tuple(
        Declined(who, whom, row, frozenset((who.key, whom.key)) in held, frozenset((who.id, whom.id)) in required)
        for row in rows
        if row.partner_id is not None
        for who, whom in [(people[row.registration_id], people[row.partner_id])]
        if who.status == whom.status == RegistrationStatus.ACCEPTED
    )
    confirmed = {row.registration_id for row in rows if row.answer == Answer.CONFIRMED and row.version_id == version.id}
    partly = {one.who.id for one in declined if one.answer.version_id == version.id}
    asked = _with_meetings(session, event, schedule)
    return Standing(
        version=version,
        until=event.answers_until,
        open=is_open(event, now),
        confirmed=tuple(one for one in asked if one.id in confirmed - partly),
        partly=tuple(one for one in asked if one.id in partly),
        silent=tuple(one for one in asked if one.id not in confirmed | partly),
        declined=declined,
    )


@retried
def remind(session: Session, event: Event, actor: Actor, now: datetime | None = None) -> Asked:
    """Ask those once more by mail who have not answered. Locks the event's row.

    Raises `Refused` where nobody is asked any more, and within an hour of the last time.
    """
    now = now or utcnow()
    with write(session):
        lock_event(session, event.id)
        found = standing(session, event, now)
        if found is None or not found.open:
            raise Refused(_("The time to answer is over: set another moment first."))
        last = session.scalar(
            select(AuditEntry.details)
            .where(AuditEntry.event_id == event.id, AuditEntry.action == "agreement.remind")
            .order_by(AuditEntry.id.desc())
            .limit(1)
        )
        if last and "at" in last and now - datetime.fromisoformat(last["at"]) < REMINDED_AGAIN_AFTER:
            raise Refused(_("They were reminded within the last hour: nobody is told twice."))
        told = _tell(
            session, event, (event_of(found.version), schedule_of(found.version)), found.silent, {}, again=True
        )
        record(session, actor, "agreement.remind", event_id=event.id, mails=told.mails, at=now.isoformat())
    return told


@retried
def close(session: Session, event: Event, actor: Actor, now: datetime | None = None) -> None:
    """Take no more answers, before the time. Nothing happens where none are taken anyway. Locks the event's row."""
    with write(session):
        lock_event(session, event.id)
        if is_open(event, now):
            event.answers_until = now or utcnow()
            record(session, actor, "agreement.close", event_id=event.id)


# The declined meetings planned anew


@dataclass(frozen=True)
class Replanned:
    """A version made around the declined meetings of `former`, and what it changes for whom, by the key."""

    version: ScheduleVersion
    former: ScheduleVersion
    changes: Mapping[str, AgendaChange]
    event: EventValue
    # Confirmed meetings that are not where they were, though nobody declined them.
    moved: tuple[Meeting, ...]


def replan(session: Session, event: Event, actor: Actor) -> ScheduleVersion:
    """A version for the event as it is now, which holds no declined meeting and leaves the others where they are.

    Meetings that one of the two has confirmed stay where they were, unless no timetable can have that: then the fewest
    are moved. Nothing is announced, and nobody is asked. Raises `Refused` where nothing is to be planned anew, or
    nothing can be proposed, and `Faults` as `event_value`. Cost: seconds.
    """
    found = standing(session, event)
    if found is None:
        raise Refused(_("There is no provisional timetable: ask for agreement to a version first."))
    version_id, number, schedule = found.version.id, found.version.number, schedule_of(found.version)
    if not found.to_replan and not measured(session, event, version_id).drift.untrue:
        raise Refused(_("No meeting was declined: there is nothing to plan again."))
    value = event_value(session, event)
    stays = _confirmed_meetings(value, schedule, found)
    event_id = event.id
    # No transaction stays open while the solver works.
    session.rollback()
    try:
        made = propose(value, schedule, pinned=[one.between for one in stays])
    except Refused:
        made = propose(value, schedule)
    return _store(session, event_id, (version_id, number), (value, made), actor)


def _confirmed_meetings(value: EventValue, schedule: Schedule, found: Standing) -> list[Meeting]:
    """The meetings that one of the two has confirmed, nobody has declined, and both are still there for."""
    agreed = {one.key for one in (*found.confirmed, *found.partly)}
    declined = {frozenset((one.who.key, one.whom.key)) for one in found.declined}
    return [
        one
        for one in schedule.meetings
        if one.pair & agreed
        and one.pair not in declined
        and one.pair <= value.participant_index.keys()
        and one.slot in value.slot_index
        and not any(one.slot in value.participant(id).unavailable for id in one.between)
    ]


@retried
def _store(
    session: Session, event_id: int, former: tuple[int, int], made: tuple[EventValue, Schedule], actor: Actor
) -> ScheduleVersion:
    with write(session):
        lock_event(session, event_id)
        version_id, number = former
        parent = session.scalar(select(ScheduleVersion.id).where(ScheduleVersion.id == version_id))
        version = store_version(session, event_id, *made, parent_id=parent)
        version.repair = {"around": number}
        record(session, actor, "agreement.replan", event_id=event_id, version=version.number)
    return version


def replanned(session: Session, version: ScheduleVersion) -> Replanned | None:
    """`version` as what was planned around declined meetings; ``None`` where it is none. Cost: the files of two."""
    if "around" not in (version.repair or {}) or version.parent_id is None:
        return None
    former, _version = with_files(session, [version.parent_id, version.id])
    before, value = event_of(former), event_of(version)
    schedule, made = schedule_of(former), schedule_of(version)
    held = {(one.pair, one.slot) for one in made.meetings}
    people = {
        one.id: one.key
        for one in session.scalars(select(Registration).where(Registration.event_id == version.event_id))
    }
    declined = {
        frozenset(people[id] for id in pair)
        for pair in declined_pairs(session, version.event_id)
        if pair <= people.keys()
    }
    moved = tuple(
        one
        for one in schedule.meetings
        if (one.pair, one.slot) not in held and one.pair not in declined and one.pair <= value.participant_index.keys()
    )
    return Replanned(version, former, agenda_changes(before, schedule, value, made), value, moved)
