"""Publishing a version: the pages of the participants show it, and each is told once what concerns them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.format.event import Event as EventValue
from scheduler.format.schedule import Schedule
from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Refused
from web.domain.event.programme import local_now
from web.domain.links import personal_address
from web.domain.locking import lock_version
from web.domain.mail.addresses import take_turns
from web.domain.mail.attaching import outdate
from web.domain.mail.notices import agenda_notice
from web.domain.people.readers import addresses_of, readers_of, tell, without_reader
from web.domain.team.access import personal_token
from web.domain.timetable.agenda import store_agendas
from web.domain.timetable.difference import AgendaChange, agenda_changes, agenda_entries, with_place
from web.domain.timetable.distance import Item
from web.domain.timetable.drift import keep, measured
from web.domain.timetable.drift_words import sentences
from web.domain.timetable.over import held_in, over
from web.domain.timetable.versions import event_of, is_proposal, schedule_of, with_files
from web.models import Event, EventStatus, Registration, RegistrationStatus, ScheduleVersion, registration_of, utcnow

Announced = tuple[EventValue, Schedule]


@dataclass(frozen=True)
class Published:
    """What a publication did: mails queued, participants without address, and whether it had been done before."""

    mails: int
    without_address: int
    already: bool = False


class Untrue(Refused):
    """What a publication would announce is known not to be so; `items` are those that nobody has confirmed."""

    def __init__(self, items: Collection[Item]) -> None:
        super().__init__(" ".join(sentences(tuple(items))))
        self.items = tuple(items)


class Unapplied(Refused):
    """What was said with a proposal of repair is not part of the event yet: applying it does both at once."""


@retried
def publish(
    session: Session,
    version: ScheduleVersion,
    actor: Actor,
    *,
    confirmed: Collection[str] = (),
    attach: bool | None = None,
    now: datetime | None = None,
) -> Published:
    """Make `version` the one that participants see, and queue one mail for each of them.

    Where another version was published before, only those whose agenda differs are told, with the difference spelled
    out; where participants were asked to agree to one, each mail says what has changed since, and the asking ends.
    Locks the event's row: of two clicks at once the second finds it done and changes nothing. Raises `Refused` for an
    archived event, and `Untrue` where the event has changed since so that meetings cannot be held as they would be
    announced, unless each such item of the drift, as it is at that moment, is `confirmed` by its id; `Unapplied` for a
    proposal of repair, which `web.domain.timetable.repair.apply` announces, and `Refused` where rounds that have begun
    by `now` (aware; default: this moment) would be told otherwise than they were announced. `attach`: whether the mails
    carry the agendas as sheets and calendar files, from now on (``None``: as it was chosen before). Cost: linear in the
    meetings.
    """
    with write(session):
        event = lock_version(session, version)
        if event.published_schedule_id == version.id:
            return Published(0, 0, already=True)
        if event.status == EventStatus.ARCHIVED:
            raise Refused(_("This event is archived: nothing is published any more."))
        if is_proposal(version):
            raise Unapplied(
                _(
                    "This version is a proposal of repair: what was said with it is not part of the event yet. "
                    "Apply it on the page of the proposal; that publishes it too."
                )
            )
        if version.parent is not None and is_proposal(version.parent):
            # Kept from a draft before such drafts were proposals themselves.
            raise Refused(
                _(
                    "This version was made by hand from version %(number)s, a proposal of repair that is not applied: "
                    "what was said with it is not part of the event yet. Apply that one, then change it by hand.",
                    number=version.parent.number,
                )
            )
        # Read once: at five hundred participants each reading takes a quarter of a second.
        announced = event_of(version), schedule_of(version)
        _keep_what_is_over(session, event, announced[1], now)
        found = measured(session, event, version.id)
        untrue = found.drift.unconfirmed(confirmed)
        if untrue:
            raise Untrue(untrue)
        changes, left_out = _changes(session, event, version, announced)
        since = _since_provisional(session, event, announced)
        if attach is not None:
            event.attach_agendas = attach
        event.published_schedule_id = version.id
        # Whoever was asked to agree has an answer.
        event.provisional_schedule_id = event.answers_until = None
        version.published_at, version.place = utcnow(), event.place
        store_agendas(session, version, changes, announced[0])
        outdate(session, event.id)
        told = _tell(session, event, version, announced, changes, since)
        lost = _accepted(session, event, left_out)
        also = tell_of_no_agenda(session, lost)
        told = Published(told.mails + also.mails, told.without_address + also.without_address)
        record(
            session,
            actor,
            "schedule.publish",
            event_id=event.id,
            version=version.number,
            confirmed=len(confirmed),
            mails=told.mails,
            without_address=told.without_address,
        )
    # Everybody is about to look at it.
    keep(session, event, found)
    return told


def people_to_tell(
    session: Session, event: Event, version: ScheduleVersion, absent: Collection[str] = ()
) -> tuple[int, int]:
    """How many a publication of `version` would tell by mail, and how many more have no address; changes nothing.

    `absent`: who is declared so with it, and told that instead.
    """
    changes, left_out = _changes(session, event, version)
    concerned = [one for one in _participants(session, event, version) if changes is None or one.key in changes]
    concerned += _accepted(session, event, left_out.difference(absent))
    told = readers_of(session, concerned)
    return len(told), without_reader(concerned, told)


def _keep_what_is_over(session: Session, event: Event, new: Schedule, now: datetime | None) -> None:
    """Raises `Refused` where `new` has other meetings than were announced in rounds that are over."""
    moment = local_now(event, now)
    if event.published_schedule_id is None or not any(slot.starts_at <= moment for slot in event.slots):
        return
    (former,) = with_files(session, [event.published_schedule_id])
    # A round that was put off before it began, or cut, was not held.
    begun = {slot.key for slot in event.slots if slot.starts_at <= moment} & over(event, event_of(former), now)
    if held_in(schedule_of(former), begun) != held_in(new, begun):
        raise Refused(
            _(
                "Rounds that are over would be told otherwise than they were announced. "
                "Repair the timetable instead: that leaves what is over as it was."
            )
        )


def _changes(
    session: Session, event: Event, version: ScheduleVersion, announced: Announced | None = None
) -> tuple[dict[str, AgendaChange] | None, set[str]]:
    """What differs for whom, by the participant's key; ``None`` where nothing was published before. And who had
    meetings in what was, and is not in `version` at all.

    `announced`: what `version` holds, where the caller has read it.
    """
    former_id = event.published_schedule_id
    if former_id is None:
        return None, _shown_and_left_out(session, event, version)
    if former_id == version.id:
        return {}, set()
    former, new = with_files(session, [former_id, version.id])
    value, schedule = announced or (event_of(new), schedule_of(new))
    before = schedule_of(former)
    changes = agenda_changes(event_of(former), before, value, schedule)
    left_out = {id for one in before.meetings for id in one.between} - value.participant_index.keys()
    return with_place(changes, value, former.place, event.place), left_out


def _shown_and_left_out(session: Session, event: Event, version: ScheduleVersion) -> set[str]:
    """Who had meetings in the provisional timetable, and is not in `version` at all."""
    if event.provisional_schedule_id in (None, version.id):
        return set()
    former, new = with_files(session, [event.provisional_schedule_id, version.id])
    shown = {id for one in former.document["meetings"] for id in one["between"]}
    return shown - {one["id"] for one in new.event_document["participants"]}


def _since_provisional(session: Session, event: Event, announced: Announced) -> dict[str, AgendaChange]:
    """How the agendas to be announced differ from those that participants were asked to agree to, for each of them."""
    if event.provisional_schedule_id is None:
        return {}
    (shown,) = with_files(session, [event.provisional_schedule_id])
    before, (value, schedule) = event_of(shown), announced
    changes = agenda_changes(before, schedule_of(shown), value, schedule)
    known = before.participant_index.keys() & value.participant_index.keys()
    return {id: changes.get(id, AgendaChange()) for id in known}


def _participants(session: Session, event: Event, version: ScheduleVersion) -> list[Registration]:
    """Those who are in the version and still take part."""
    return _accepted(session, event, {one["id"] for one in version.event_document["participants"]})


def _accepted(session: Session, event: Event, keys: Collection[str]) -> list[Registration]:
    if not keys:
        return []
    accepted = session.scalars(
        select(Registration)
        .where(Registration.event_id == event.id, Registration.status == RegistrationStatus.ACCEPTED)
        .order_by(Registration.position, Registration.id)
    )
    return [one for one in accepted if one.key in keys]


def tell_of_no_agenda(session: Session, people: Collection[Registration]) -> Published:
    """Tell all who read for `people` that the agenda announced to them is none any more. In the caller's ``write``
    block."""
    told = tell(session, people, "unplanned")
    return Published(len(told), without_reader(people, told))


def _tell(
    session: Session,
    event: Event,
    version: ScheduleVersion,
    announced: Announced,
    changes: dict[str, AgendaChange] | None,
    since: dict[str, AgendaChange],
) -> Published:
    entries = agenda_entries(*announced)
    concerned = [one for one in _participants(session, event, version) if changes is None or one.key in changes]
    told = readers_of(session, concerned)
    turns = take_turns(session, addresses_of(told))
    for reader, due_at in zip(told, turns, strict=True):
        key = registration_of(reader).key
        change = None if changes is None else changes[key]
        address = personal_address(personal_token(reader))
        agenda, agreed = entries.get(key, []), since.get(key)
        agenda_notice(session, reader, agenda, change, address, due_at, attach=event.attach_agendas, since=agreed)
    return Published(len(told), without_reader(concerned, told))
