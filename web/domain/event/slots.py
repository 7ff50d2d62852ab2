"""The grid of slots: made from a few numbers, shown by day, changed as a whole."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from flask_babel import gettext as _

from web.domain.errors import Fault, Faults
from web.models import Event

MOST_SLOTS = 400
# Rounds this far apart belong to different days, whatever the calendar says: an evening goes on after midnight.
NIGHT = timedelta(hours=6)
# Until when on the next day a day may go on.
LATEST = timedelta(hours=36)


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
    """The rounds of `plan` in order. Raises `Faults` where a day goes on after the next noon, or there are too many."""
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
        if found[-1].end > datetime.combine(day, time()) + LATEST:
            raise Faults(
                [
                    Fault(
                        "rounds",
                        _("The last round would end after noon of the next day: begin earlier or hold fewer rounds."),
                    )
                ]
            )
    return tuple(found)


def days_of(slots: Iterable[SlotTime]) -> tuple[Day, ...]:
    """The slots by day, parted where the wait is longer than the shortest wait of that day.

    A day ends with a night, not at midnight.
    """
    days: list[list[SlotTime]] = []
    for slot in sorted(slots, key=lambda slot: slot.start):
        if days and slot.start - days[-1][-1].end < NIGHT:
            days[-1].append(slot)
        else:
            days.append([slot])
    return tuple(Day(found[0].start.date(), _stretches(found)) for found in days)


def _stretches(slots: Sequence[SlotTime]) -> tuple[Stretch, ...]:
    waits = [_minutes(after.start - before.end) for before, after in pairwise(slots)]
    usual = min(waits, default=0)
    found, current = [], [slots[0]]
    for slot, wait in zip(slots[1:], waits, strict=True):
        if wait > usual:
            found.append(Stretch(tuple(current), wait))
            current = []
        current.append(slot)
    return (*found, Stretch(tuple(current), 0))


def plan_of(event: Event) -> Plan | None:
    """The plan that comes nearest to the event's own rounds, all days as its first; ``None`` where it has none."""
    times = times_of(event)
    if not times:
        return None
    days = days_of(times)
    first, stretches = days[0].stretches[0].slots[0], days[0].stretches
    waits = [_minutes(after.start - before.end) for before, after in pairwise(times)]
    pauses, number = [], 0
    for before, after in pairwise(stretches):
        number += len(before.slots)
        # A lunch parts the day into two sessions.
        pauses.append(Pause(number, before.pause, before.slots[-1].session != after.slots[0].session))
    return Plan(
        days=tuple(day.day for day in days),
        start=first.start.time(),
        meeting=_minutes(first.end - first.start),
        changeover=min((wait for wait in waits if wait >= 0), default=2),
        rounds=days[0].rounds,
        pauses=tuple(pauses),
    )


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


def times_of(event: Event) -> tuple[SlotTime, ...]:
    """The event's slots as values; ``fold`` is 1 where an hour comes twice and the second is meant."""
    return tuple(
        SlotTime(slot.starts_at.replace(fold=bool(slot.second_hour)), slot.ends_at, slot.session, slot.key)
        for slot in event.slots
    )


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
