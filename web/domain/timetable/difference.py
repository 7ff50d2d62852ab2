"""What differs between two schedules for each participant, in what people see: partner, time and place."""

from dataclasses import dataclass
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


@dataclass(frozen=True)
class AgendaChange:
    """How one agenda differs. `newcomer`: the participant was not in the former schedule's event at all."""

    cancelled: tuple[Entry, ...] = ()
    added: tuple[Entry, ...] = ()
    moved: tuple[tuple[Entry, Entry], ...] = ()
    retabled: tuple[tuple[Entry, Entry], ...] = ()
    newcomer: bool = False

    def __bool__(self) -> bool:
        return self.newcomer or bool(self.cancelled or self.added or self.moved or self.retabled)


def agenda_entries(event: Event, schedule: Schedule) -> dict[str, list[Entry]]:
    """The agenda of each participant, in time order; those without meetings have an empty one. Cost: the meetings."""
    tables = {table.id: table.label for table in event.tables}
    agendas: dict[str, list[Entry]] = {participant.id: [] for participant in event.participants}
    for meeting in schedule.meetings:
        slot = event.slots[event.slot_index[meeting.slot]]
        one, other = (event.participant(id) for id in meeting.between)
        online = one.remote or other.remote
        for me, partner in ((one, other), (other, one)):
            table = tables.get(meeting.table or "", "")
            agendas[me.id].append(Entry(partner.label, partner.id, slot.start, slot.end, table, online))
    for agenda in agendas.values():
        agenda.sort(key=lambda entry: (entry.start, entry.table, entry.partner))
    return agendas


def agenda_changes(former_event: Event, former: Schedule, event: Event, schedule: Schedule) -> dict[str, AgendaChange]:
    """The changes of each participant of `event` whose agenda differs, by id. Cost: the meetings of both."""
    before, after = agenda_entries(former_event, former), agenda_entries(event, schedule)
    found = {}
    for id, now in after.items():
        change = AgendaChange(newcomer=True) if id not in before else _difference(before[id], now)
        if change:
            found[id] = change
    return found


def _difference(before: list[Entry], after: list[Entry]) -> AgendaChange:
    found = matched_by(before, after, lambda entry: entry.partner_id, lambda entry: (entry.start, entry.end)).values()
    return AgendaChange(
        cancelled=tuple(entry for one in found for entry in one.cancelled),
        added=tuple(entry for one in found for entry in one.added),
        moved=tuple(pair for one in found for pair in one.moved),
        retabled=tuple(
            (old, new) for one in found for old, new in one.stay if (old.table, old.online) != (new.table, new.online)
        ),
    )
