"""What else changes when an event's rounds are moved, cut or added: told before it is done, with the choices there are.

An absence is kept as hours, a fixed meeting by its round. When both move apart, the organiser says which was meant.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from web.domain.event.absences import Rounds
from web.domain.event.slots import SlotTime, times_of
from web.models import (
    Event,
    EventStatus,
    Facilitator,
    MeetingRule,
    Registration,
    RegistrationStatus,
    ScheduleVersion,
    Slot,
)

# So many absences are named; of more there is only the number.
MOST_NAMED = 12
_STILL_IN = (RegistrationStatus.PENDING, RegistrationStatus.ACCEPTED, RegistrationStatus.WAITING)


@dataclass(frozen=True)
class Effects:
    """`sentences` say what changes; `choice`: whether to keep the hours or the rounds makes a difference.

    `to_tell`: how many who are registered could be told by mail.
    """

    sentences: tuple[str, ...] = ()
    choice: bool = False
    to_tell: int = 0


def effects(session: Session, event: Event, times: Sequence[SlotTime]) -> Effects:
    """What else changes when the event's slots become `times`; no sentences when nothing does."""
    absent = [told for one in _people(session, event) if (told := _absence(event, times, one)) is not None]
    fixed = [said for rule in event.meeting_rules if rule.slot and (said := _fixed(rule, rule.slot, times)) is not None]
    sentences = absent[:MOST_NAMED]
    if len(absent) > MOST_NAMED:
        more = len(absent) - MOST_NAMED
        sentences.append(
            ngettext(
                "The absence of %(num)d more participant changes in the same way.",
                "The absences of %(num)d more participants change in the same way.",
                more,
            )
        )
    sentences += [sentence for sentence, _choice in fixed]
    sentences += _confined(event, times)
    sentences += _announced(session, event, times)
    to_tell = len(to_be_told(session, event)) if is_moved(times_of(event), times) else 0
    if to_tell:
        sentences.append(
            ngettext(
                "%(num)d participant is registered and knows the hours of before.",
                "%(num)d participants are registered and know the hours of before.",
                to_tell,
            )
        )
    return Effects(tuple(sentences), bool(absent) or any(choice for _sentence, choice in fixed), to_tell)


def is_moved(before: Iterable[SlotTime], after: Iterable[SlotTime]) -> bool:
    """Whether a round has other hours or is gone; one that is only added disturbs nobody."""
    new = {one.key: (one.start, one.end) for one in after if one.key}
    return any(new.get(one.key) != (one.start, one.end) for one in before)


def to_be_told(session: Session, event: Event) -> list[Registration]:
    """Those who are registered for an event that was announced, and have an address."""
    if event.status not in (EventStatus.OPEN, EventStatus.CLOSED):
        return []
    return [one for one in _registered(session, event) if one.email]


def fixed_rounds(event: Event, times: Sequence[SlotTime], *, by_hours: bool) -> list[tuple[MeetingRule, str]]:
    """To which of `times` each fixed meeting is fixed then, by key; to an unknown one where to none.

    By hours it is the round that is held when the former one began. Ask before the slots are given their new hours.
    """
    found = []
    for rule in event.meeting_rules:
        if rule.slot is not None:
            at = _at(times, rule.slot.starts_at) if by_hours else None
            found.append((rule, at.key if at else "" if by_hours else rule.slot.key))
    return found


def _people(session: Session, event: Event, *, everybody: bool = False) -> list[Registration | Facilitator]:
    return [*_registered(session, event, everybody=everybody), *event.facilitators]


def keep_rounds(session: Session, event: Event, before: Rounds, after: Rounds) -> None:
    """Have everybody miss the rounds that they missed before, whatever their hours are now."""
    for one in _people(session, event, everybody=True):
        if one.absences:
            one.absences = after.absences(before.missed(one.absences))


def _registered(session: Session, event: Event, *, everybody: bool = False) -> Sequence[Registration]:
    query = select(Registration).where(Registration.event_id == event.id)
    if not everybody:
        query = query.where(Registration.status.in_(_STILL_IN))
    return session.scalars(query.order_by(Registration.position, Registration.id)).all()


def _absence(event: Event, times: Sequence[SlotTime], one: Registration | Facilitator) -> str | None:
    """What becomes of somebody's absence, where hours and rounds are not the same any more."""
    if not one.absences:
        return None
    before, after = Rounds.of(event), Rounds(times, event.timezone)
    missed = before.missed(one.absences)
    by_hours = set(after.missed(one.absences))
    by_rounds = {time.key for time in times if time.key and time.key in missed}
    if by_hours == by_rounds:
        return None
    return _(
        "%(name)s is away: %(before)s. If the hours are kept: %(hours)s; if the rounds are kept: %(rounds)s.",
        name=one.name or one.key,
        before=_spoken(before.times, set(missed)),
        hours=_spoken(after.times, by_hours),
        rounds=_spoken(after.times, by_rounds),
    )


def _spoken(times: Sequence[SlotTime], missed: set[str]) -> str:
    """Rounds as stretches of time: ``14:36–14:50, 15:20–15:26``, with the day where there are several."""
    several = times[0].start.date() != times[-1].start.date() if times else False
    stretches: list[list[SlotTime]] = []
    following = False
    for one in times:
        if one.key in missed:
            if following:
                stretches[-1].append(one)
            else:
                stretches.append([one])
        following = one.key in missed
    if not stretches:
        return _("there all the time")
    day = "%d/%m " if several else ""
    # A word joiner: a line does not end after the dash.
    return ", ".join(f"{one[0].start:{day}%H:%M}–\u2060{one[-1].end:%H:%M}" for one in stretches)


def _at(times: Sequence[SlotTime], moment: datetime) -> SlotTime | None:
    return next((one for one in times if one.start <= moment < one.end), None)


def _fixed(rule: MeetingRule, slot: Slot, times: Sequence[SlotTime]) -> tuple[str, bool] | None:
    """What becomes of a meeting that is fixed to a round, and whether hours or rounds make a difference."""
    by_hours = _at(times, slot.starts_at)
    by_round = next((one for one in times if one.key == slot.key), None)
    if by_hours is by_round and by_round is not None:
        return None
    if by_round is None and by_hours is None:
        return (
            _(
                "The meeting of %(a)s and %(b)s was fixed to a removed round: it may then take place in any round.",
                a=rule.a.name,
                b=rule.b.name,
            ),
            False,
        )
    return (
        _(
            "The meeting of %(a)s and %(b)s is fixed at %(before)s. If the hours are kept: %(hours)s; if the rounds "
            "are kept: %(rounds)s.",
            a=rule.a.name,
            b=rule.b.name,
            before=f"{slot.starts_at:%H:%M}",
            hours=_("in any round") if by_hours is None else f"{by_hours.start:%H:%M}",
            rounds=_("in any round") if by_round is None else f"{by_round.start:%H:%M}",
        ),
        True,
    )


def _confined(event: Event, times: Sequence[SlotTime]) -> list[str]:
    labels = {one.session for one in times if one.session}
    return [
        _(
            "The meeting of %(a)s and %(b)s is confined to “%(session)s”, which no round is called any more.",
            a=rule.a.name,
            b=rule.b.name,
            session=rule.session,
        )
        for rule in event.meeting_rules
        if rule.session and rule.session not in labels
    ]


def _announced(session: Session, event: Event, times: Sequence[SlotTime]) -> list[str]:
    """Whose published agenda says other hours then."""
    if event.published_schedule_id is None:
        return []
    stays = _("A timetable is published: it stays as it is until you compute and publish a new one.")
    files = (undefer(ScheduleVersion.document), undefer(ScheduleVersion.event_document))
    version = session.get_one(ScheduleVersion, event.published_schedule_id, options=files)
    told = {
        slot["id"]: datetime.fromisoformat(slot["start"]).replace(tzinfo=None)
        for slot in version.event_document["slots"]
    }
    now = {one.key: one.start for one in times}
    meetings = [one for one in version.document["meetings"] if now.get(one["slot"]) != told[one["slot"]]]
    people = {id for one in meetings for id in one["between"]}
    if not people:
        return [stays]
    return [
        ngettext(
            "The published agenda of %(num)d participant has meetings at hours that are no longer rounds.",
            "The published agendas of %(num)d participants have meetings at hours that are no longer rounds.",
            len(people),
        ),
        stays,
    ]
