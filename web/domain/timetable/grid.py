"""A schedule as the grids that an organiser looks at: participants × slots and tables × slots."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from scheduler.format.event import Event, Participant
from scheduler.format.schedule import Meeting, Schedule
from web.domain.text import Search, folded

STEPS = 6


@dataclass(frozen=True)
class Head:
    """The head of a column; `first_of_day` marks where another day begins."""

    id: str
    start: datetime
    end: datetime
    first_of_day: bool


@dataclass(frozen=True)
class Cell:
    """One meeting as a grid shows it. `step` is 0 (worth nothing) to 6 (as much as the best of this schedule)."""

    one: Participant
    other: Participant
    table: str
    online: bool
    facilitator: str
    score: int
    step: int

    @property
    def pair(self) -> frozenset[str]:
        return frozenset((self.one.id, self.other.id))

    def partner_of(self, participant_id: str) -> Participant:
        return self.other if self.one.id == participant_id else self.one


@dataclass
class Row:
    """One participant or one table: its cells by column, and where it is not there."""

    id: str
    label: str
    cells: list[list[Cell]]
    participant: Participant | None = None
    away: list[bool] = field(default_factory=list)
    count: int = 0


@dataclass(frozen=True)
class Grid:
    heads: list[Head]
    rows: list[Row]
    days: list[tuple[date, int]]


@dataclass(frozen=True)
class Filter:
    """What to show: a text to be found in a name, and a kind of participant; empty shows all."""

    text: str = ""
    kind: str = ""

    def __bool__(self) -> bool:
        return bool(self.text or self.kind)

    def takes(self, participant: Participant) -> bool:
        return (not self.kind or participant.kind == self.kind) and (
            Search.of(self.text).finds(participant.label) or folded(self.text) == folded(participant.id)
        )


class Timetable:
    """`event` and `schedule` together, each meeting looked up once. Cost: the meetings."""

    def __init__(self, event: Event, schedule: Schedule) -> None:
        self.event, self.schedule = event, schedule
        tables = {table.id: table.label for table in event.tables}
        facilitators = {one.id: one.label for one in event.facilitators}
        best = max((meeting.score for meeting in schedule.meetings), default=0)
        self.cells = [
            (meeting, self._cell(meeting, tables, facilitators, step_of(meeting.score, best)))
            for meeting in schedule.meetings
        ]
        self.heads = _heads(event)

    def _cell(self, meeting: Meeting, tables: dict[str, str], facilitators: dict[str, str], step: int) -> Cell:
        one, other = (self.event.participant(id) for id in meeting.between)
        return Cell(
            one=one,
            other=other,
            table=tables.get(meeting.table or "", ""),
            online=one.remote or other.remote,
            facilitator=facilitators.get(meeting.facilitator or "", ""),
            score=meeting.score,
            step=step,
        )

    def participants_grid(self, wanted: Filter) -> Grid:
        """A row for each participant that `wanted` takes, in the order of the event."""
        rows = {one.id: self._row(one.id, one.label, one) for one in self.event.participants if wanted.takes(one)}
        for meeting, cell in self.cells:
            for id in meeting.between:
                if id in rows:
                    self._put(rows[id], meeting, cell)
        return self._grid(rows.values())

    def tables_grid(self, wanted: Filter, online: str, no_table: str) -> Grid:
        """A row for each table, then one for what is `online` and one for what has `no_table`, where there is such.

        With a filter, only the meetings of those it takes.
        """
        rows = {table.id: self._row(table.id, table.label) for table in self.event.tables}
        for meeting, cell in self.cells:
            if wanted and not (wanted.takes(cell.one) or wanted.takes(cell.other)):
                continue
            key = meeting.table or ("*online" if cell.online else "*none")
            if key not in rows:
                rows[key] = self._row(key, online if cell.online else no_table)
            self._put(rows[key], meeting, cell)
        return self._grid(row for row in rows.values() if row.count or not wanted)

    def agenda(self, participant_id: str) -> Row:
        """The meetings of one participant by column. Raises ``KeyError`` for an unknown id."""
        me = self.event.participant(participant_id)
        row = self._row(me.id, me.label, me)
        for meeting, cell in self.cells:
            if participant_id in meeting.between:
                self._put(row, meeting, cell)
        return row

    def _row(self, id: str, label: str, participant: Participant | None = None) -> Row:
        away = set(participant.unavailable) if participant else set()
        return Row(
            id=id,
            label=label,
            cells=[[] for _ in self.heads],
            participant=participant,
            away=[head.id in away for head in self.heads],
        )

    def _put(self, row: Row, meeting: Meeting, cell: Cell) -> None:
        row.cells[self.event.slot_index[meeting.slot]].append(cell)
        row.count += 1

    def _grid(self, rows: Iterable[Row]) -> Grid:
        days: dict[date, int] = {}
        for head in self.heads:
            days[head.start.date()] = days.get(head.start.date(), 0) + 1
        return Grid(self.heads, list(rows), list(days.items()))


def step_of(score: int, best: int) -> int:
    """The step of `score` on the scale of a schedule whose best meeting is worth `best`: 0 to 6."""
    return 0 if score <= 0 or best <= 0 else max(1, -(-score * STEPS // best))


def _heads(event: Event) -> list[Head]:
    heads: list[Head] = []
    for slot in event.slots:
        first = not heads or heads[-1].start.date() != slot.start.date()
        heads.append(Head(slot.id, slot.start, slot.end, first))
    return heads


def kinds_of(event: Event, label: Callable[[str], str]) -> list[tuple[str, str]]:
    """The kinds of the event's participants with their labels, in the order in which they come."""
    return [(kind, label(kind)) for kind in dict.fromkeys(one.kind for one in event.participants)]
