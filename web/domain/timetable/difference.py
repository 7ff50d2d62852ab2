"""What differs between two timetables, in what people see: partner, time, place and facilitator.

Two timetables are two events with their schedules: a round that was moved moves its meetings, whatever it is called.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from scheduler.format.changes import matched_by
from scheduler.format.event import Event
from scheduler.format.schedule import Schedule


@dataclass(frozen=True)
class Entry:
    """One meeting as one of its participants sees it. `table` is empty online and where there are no tables."""

    partner: str
    partner_id: str
    start: datetime
    end: datetime
    table: str
    online: bool
    facilitator: str = ""


@dataclass(frozen=True)
class AgendaChange:
    """How one agenda differs. `newcomer`: the participant was not in the former schedule's event at all.

    `former_place`: where the event was to be, where that is another place now.
    """

    cancelled: tuple[Entry, ...] = ()
    added: tuple[Entry, ...] = ()
    moved: tuple[tuple[Entry, Entry], ...] = ()
    retabled: tuple[tuple[Entry, Entry], ...] = ()
    newcomer: bool = False
    former_place: str | None = None

    def __bool__(self) -> bool:
        return (
            self.newcomer
            or self.former_place is not None
            or bool(self.cancelled or self.added or self.moved or self.retabled)
        )


def agenda_entries(event: Event, schedule: Schedule) -> dict[str, list[Entry]]:
    """The agenda of each participant, in time order; those without meetings have an empty one. Cost: the meetings."""
    tables = {table.id: table.label for table in event.tables}
    facilitators = {one.id: one.label for one in event.facilitators}
    agendas: dict[str, list[Entry]] = {participant.id: [] for participant in event.participants}
    for meeting in schedule.meetings:
        slot = event.slots[event.slot_index[meeting.slot]]
        one, other = (event.participant(id) for id in meeting.between)
        online = one.remote or other.remote
        for me, partner in ((one, other), (other, one)):
            table, helper = tables.get(meeting.table or "", ""), facilitators.get(meeting.facilitator or "", "")
            agendas[me.id].append(Entry(partner.label, partner.id, slot.start, slot.end, table, online, helper))
    for agenda in agendas.values():
        agenda.sort(key=lambda entry: (entry.start, entry.table, entry.partner))
    return agendas


def agenda_changes(former_event: Event, former: Schedule, event: Event, schedule: Schedule) -> dict[str, AgendaChange]:
    """The changes of each participant of `event` whose agenda differs, by id. Cost: the meetings of both."""
    before, after = agenda_entries(former_event, former), agenda_entries(event, schedule)
    found = {}
    for id, now in after.items():
        if before.get(id) == now:
            continue
        change = AgendaChange(newcomer=True) if id not in before else _difference(before[id], now)
        if change:
            found[id] = change
    return found


def with_place(
    changes: dict[str, AgendaChange], event: Event, before: str | None, after: str | None
) -> dict[str, AgendaChange]:
    """`changes` and, for everybody in `event`, the place; `before`: as announced, ``None`` where nobody knows."""
    if before is None or before == after:
        return changes
    return {one.id: replace(changes.get(one.id, AgendaChange()), former_place=before) for one in event.participants}


def _difference(before: list[Entry], after: list[Entry]) -> AgendaChange:
    found = matched_by(before, after, lambda entry: entry.partner_id, lambda entry: (entry.start, entry.end)).values()
    return AgendaChange(
        cancelled=tuple(entry for one in found for entry in one.cancelled),
        added=tuple(entry for one in found for entry in one.added),
        moved=tuple(pair for one in found for pair in one.moved),
        retabled=tuple((old, new) for one in found for old, new in one.stay if _place(old) != _place(new)),
    )


def _place(entry: Entry) -> tuple[str, bool, str]:
    return entry.table, entry.online, entry.facilitator


@dataclass(frozen=True)
class Difference:
    """Two timetables beside each other, in numbers of meetings: the same pair at the same time or at another one, and
    those of one timetable alone. `agendas`: whose differ; tables and facilitators do not count here."""

    same: int
    moved: int
    only_first: int
    only_second: int
    agendas: int


def difference(former_event: Event, former: Schedule, event: Event, schedule: Schedule) -> Difference:
    """How a timetable differs from a former one as a whole. Cost: the meetings of both."""
    before, after = _held(former_event, former), _held(event, schedule)
    found = matched_by(before, after, lambda one: one[0], lambda one: one[1])
    touched = [pair for pair, one in found.items() if one.moved or one.cancelled or one.added]
    return Difference(
        same=sum(len(one.stay) for one in found.values()),
        moved=sum(len(one.moved) for one in found.values()),
        only_first=sum(len(one.cancelled) for one in found.values()),
        only_second=sum(len(one.added) for one in found.values()),
        agendas=len({id for pair in touched for id in pair}),
    )


def _held(event: Event, schedule: Schedule) -> list[tuple[frozenset[str], tuple[datetime, datetime]]]:
    """Who meets, and from when to when."""
    slots = {slot.id: (slot.start, slot.end) for slot in event.slots}
    return [(meeting.pair, slots[meeting.slot]) for meeting in schedule.meetings]
