"""The grid of slots: made from a few numbers, shown by day, changed as a whole."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from web.domain.errors import Fault, Faults
from web.models import Event, Registration

MOST_SLOTS = 400


@dataclass(frozen=True)
class Pause:
    """A break after the round with this number (from 1). A lunch parts the day into two sessions."""

    after: int
    minutes: int
    lunch: bool = False


@dataclass(frozen=True)
class Plan:
    """The same rounds on each of `days`: `meeting` minutes each, `changeover` minutes between two."""

    days: tuple[date, ...]
    start: time
    meeting: int
    changeover: int
    rounds: int
    pauses: tuple[Pause, ...] = ()


@dataclass(frozen=True)
class SlotTime:
    """One round, in wall-clock time; `key` is that of the slot it changes, empty for a new one."""

    start: datetime
    end: datetime
    session: str | None = None
    key: str = ""


@dataclass(frozen=True)
class Stretch:
    """Rounds in a row, and the minutes of the break after them (0: none)."""

    slots: tuple[SlotTime, ...]
    pause: int


@dataclass(frozen=True)
class Day:
    day: date
    stretches: tuple[Stretch, ...]

    @property
    def start(self) -> datetime:
        return self.stretches[0].slots[0].start

    @property
    def end(self) -> datetime:
        return self.stretches[-1].slots[-1].end

    @property
    def rounds(self) -> int:
        return sum(len(stretch.slots) for stretch in self.stretches)


def slot_times(plan: Plan) -> tuple[SlotTime, ...]:
    """The rounds of `plan` in order. Raises `Faults` where a day would run past midnight or there are too many."""
    faults = []
    days = sorted(set(plan.days))
    if len(days) * plan.rounds > MOST_SLOTS:
        faults.append(Fault("rounds", _("At most %(most)d rounds in all.", most=MOST_SLOTS)))
    pauses = {pause.after: pause for pause in plan.pauses}
    faults += [
        Fault(
            "pauses",
            _(
                "A break after round %(round)d comes too late: there are %(rounds)d rounds.",
                round=pause.after,
                rounds=plan.rounds,
            ),
        )
        for pause in plan.pauses
        if pause.after >= plan.rounds
    ]
    if len(pauses) < len(plan.pauses):
        faults.append(Fault("pauses", _("Two breaks come after the same round: give them different rounds.")))
    if faults:
        raise Faults(faults)
    lunch = min((pause.after for pause in plan.pauses if pause.lunch), default=None)
    found: list[SlotTime] = []
    for day in days:
        begin = datetime.combine(day, plan.start)
        for number in range(1, plan.rounds + 1):
            end = begin + timedelta(minutes=plan.meeting)
            label = None if lunch is None else (_("morning") if number <= lunch else _("afternoon"))
            found.append(SlotTime(begin, end, label))
            wait = max(plan.changeover, pauses[number].minutes) if number in pauses else plan.changeover
            begin = end + timedelta(minutes=wait)
        if found[-1].end > datetime.combine(day, time()) + timedelta(days=1):
            raise Faults(
                [Fault("rounds", _("The last round would end after midnight: begin earlier or hold fewer rounds."))]
            )
    return tuple(found)


def days_of(slots: Iterable[SlotTime]) -> tuple[Day, ...]:
    """The slots by day, parted where the wait is longer than the shortest wait of that day."""
    by_day: dict[date, list[SlotTime]] = {}
    for slot in sorted(slots, key=lambda slot: slot.start):
        by_day.setdefault(slot.start.date(), []).append(slot)
    return tuple(Day(day, _stretches(found)) for day, found in by_day.items())


def _stretches(slots: Sequence[SlotTime]) -> tuple[Stretch, ...]:
    waits = [int((after.start - before.end).total_seconds() // 60) for before, after in pairwise(slots)]
    usual = min(waits, default=0)
    found, current = [], [slots[0]]
    for slot, wait in zip(slots[1:], waits, strict=True):
        if wait > usual:
            found.append(Stretch(tuple(current), wait))
            current = []
        current.append(slot)
    return (*found, Stretch(tuple(current), 0))


def times_of(event: Event) -> tuple[SlotTime, ...]:
    """The event's slots as values."""
    return tuple(SlotTime(slot.starts_at, slot.ends_at, slot.session, slot.key) for slot in event.slots)


def keyed(times: Sequence[SlotTime], taken: Iterable[str]) -> list[tuple[str, SlotTime]]:
    """Each time with its key: its own, or the next free ``s1``, ``s2``…"""
    used = {*taken, *(one.key for one in times if one.key)}
    found, number = [], 0
    for one in times:
        key = one.key
        while not key:
            number += 1
            if f"s{number}" not in used:
                key = f"s{number}"
        found.append((key, one))
    return found


def check_order(times: Sequence[SlotTime]) -> None:
    """Raise `Faults`, placed at ``slots/<number>``, for slots that end before they begin or overlap."""
    faults = []
    for number, one in enumerate(times):
        if one.end <= one.start:
            faults.append(Fault(f"slots/{number}", _("This round ends before it begins.")))
    order = sorted(range(len(times)), key=lambda number: (times[number].start, times[number].end))
    for before, after in pairwise(order):
        if times[after].start < times[before].end:
            faults.append(
                Fault(
                    f"slots/{after}",
                    _(
                        "This round begins at %(start)s, before the one of %(other)s is over.",
                        start=f"{times[after].start:%H:%M}",
                        other=f"{times[before].start:%H:%M}",
                    ),
                )
            )
    if not times:
        faults.append(Fault("slots", _("Keep at least one round.")))
    if len(times) > MOST_SLOTS:
        faults.append(Fault("slots", _("At most %(most)d rounds in all.", most=MOST_SLOTS)))
    if faults:
        raise Faults(faults)


def regenerated(event: Event, plan: Plan) -> tuple[SlotTime, ...]:
    """The rounds of `plan` with the keys of the slots they continue.

    The same time is the same slot; where only the clock has moved (as many rounds as before), the same number is.
    """
    times = slot_times(plan)
    if len(times) == len(event.slots):
        keys = [slot.key for slot in event.slots]
        return tuple(SlotTime(one.start, one.end, one.session, key) for one, key in zip(times, keys, strict=True))
    by_time = {(slot.starts_at, slot.ends_at): slot.key for slot in event.slots}
    return tuple(SlotTime(one.start, one.end, one.session, by_time.get((one.start, one.end), "")) for one in times)


def effects(session: Session, event: Event, times: Sequence[SlotTime]) -> list[str]:
    """Sentences that say what else changes when the event's slots become `times`; empty when nothing does."""
    kept = {one.key for one in times}
    gone = {slot.key for slot in event.slots} - kept
    labels = {one.session for one in times if one.session}
    found = []
    if gone:
        absent = [
            unavailable
            for unavailable in session.scalars(
                select(Registration.unavailable).where(Registration.event_id == event.id)
            )
            if gone & set(unavailable)
        ]
        if absent:
            found.append(
                ngettext(
                    "%(num)d participant had said not to be there in a round that is removed: this is forgotten.",
                    "%(num)d participants had said not to be there in a round that is removed: this is forgotten.",
                    len(absent),
                )
            )
        fixed = [rule for rule in event.meeting_rules if rule.slot and rule.slot.key in gone]
        found += [
            _(
                "The meeting of %(a)s and %(b)s was fixed to a removed round: it may then take place in any round.",
                a=rule.a.name,
                b=rule.b.name,
            )
            for rule in fixed
        ]
    found += [
        _(
            "The meeting of %(a)s and %(b)s is confined to “%(session)s”, which no round is called any more.",
            a=rule.a.name,
            b=rule.b.name,
            session=rule.session,
        )
        for rule in event.meeting_rules
        if rule.session and rule.session not in labels
    ]
    if event.published_schedule_id is not None:
        found.append(_("A timetable is published: it stays as it is until you compute and publish a new one."))
    return found


def forget_slots(session: Session, event: Event, gone: set[str]) -> None:
    """Take the keys `gone` out of everybody's absences. In the caller's transaction."""
    for registration in session.scalars(select(Registration).where(Registration.event_id == event.id)):
        if gone & set(registration.unavailable):
            registration.unavailable = [key for key in registration.unavailable if key not in gone]
    for one in event.facilitators:
        if gone & set(one.unavailable):
            one.unavailable = [key for key in one.unavailable if key not in gone]
