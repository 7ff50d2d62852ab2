"""What one printed agenda shows, as plain values made from an event and a schedule."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, Literal

from scheduler.format.event import Event, Participant, Slot
from scheduler.format.schedule import Meeting, Schedule
from web.domain.event.taxonomy import capitalised, kind_label, zone_label
from web.domain.people.reasons import why_they_meet
from web.exports.reasons import Reason, in_words, partners_lines
from web.exports.references import require_references
from web.exports.words import clock, counted, language_of, long_date, spaced, words

LiveUrl = Callable[[str], str | None]

_TABLE: Final = re.compile(r"(?i)^table\s+(?=\S)")
_PAUSE_OVER_USUAL: Final = timedelta(minutes=5)
_PAUSE_ALWAYS: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class AgendaLine:
    """One row: a meeting, or a stretch without any between two meetings of the same day (``kind`` says which)."""

    kind: Literal["meeting", "break"]
    start: str
    end: str
    title: str
    table: str = ""
    online: bool = False
    # Whether it is the second of several at once, and whether there are several.
    parallel: bool = False
    at_once: bool = False
    about: str = ""
    wish: str = ""
    reasons: tuple[Reason, ...] = ()
    # What the partner wrote beside what the two have in common, in their own words.
    said: tuple[str, ...] = ()
    facilitator: str = ""

    @property
    def table_number(self) -> str:
        """What is printed big: ``7`` for « Table 7 », or the whole name of a table that has no number."""
        return _TABLE.sub("", self.table)


@dataclass(frozen=True, slots=True)
class AgendaDay:
    """The rows of one day, in time order."""

    date: date
    label: str
    lines: tuple[AgendaLine, ...]


@dataclass(frozen=True, slots=True)
class Logo:
    """The organisers' logo as a ``data:`` address; `digest` stands for it where sheets are compared."""

    digest: str
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AgendaTexts:
    """What the files do not hold: where it is, whom to call, each participant's project by id.

    `lines`: by id, what participants wrote beside their ``needs`` and ``offers``, by code.
    `online`: how one comes to a meeting online; empty where the organisers have not said it yet, ``None`` where nobody
    is asked.
    """

    place: str = ""
    contact: str = ""
    online: str | None = None
    organiser: str = ""
    logo: Logo | None = None
    projects: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AgendaData:
    """One printed agenda. Texts are ready to print; ``language`` is ``fr`` or ``en``."""

    participant_id: str
    name: str
    about: str
    event_title: str
    language: str
    days: tuple[AgendaDay, ...]
    dates: str
    meeting_count: int
    online_count: int
    has_tables: bool
    only_table: str = ""
    time_zone: str = ""
    place: str = ""
    contact: str = ""
    online: str = ""
    project: str = ""
    live_url: str | None = None
    organiser: str = ""
    logo: Logo | None = None

    @property
    def line_count(self) -> int:
        """Rows in all: what decides how tightly the page is set."""
        return sum(len(day.lines) for day in self.days)


def no_live_page(participant_id: str) -> str | None:
    """The live page of nobody: agendas are printed without QR code."""
    return None


def build_agendas(
    event: Event,
    schedule: Schedule,
    *,
    language: str = "fr",
    live_url: LiveUrl = no_live_page,
    participants: Sequence[str] | None = None,
    texts: AgendaTexts | None = None,
    own_screen: bool = False,
) -> list[AgendaData]:
    """Return one agenda for each of ``participants`` (all, in the order of the event, when ``None``).

    ``live_url`` gives the address of a participant's own page, or ``None`` for an agenda without QR code.
    ``own_screen``: the participant alone reads it, so the ranks of the participant's own wishes may stand there.
    Raises ``scheduler.format.errors.InvalidSchedule`` where the schedule names what the event does not have,
    ``KeyError`` for an unknown id in ``participants``.
    Cost: linear in the meetings of those participants.
    """
    language = language_of(language)
    require_references(event, schedule)
    held: dict[str, list[Meeting]] = {participant.id: [] for participant in event.participants}
    for meeting in schedule.meetings:
        for id in meeting.between:
            held[id].append(meeting)
    wanted = list(held) if participants is None else participants
    builder = _Builder(event, language, texts or AgendaTexts(), own_screen)
    return [builder.agenda(event.participant(id), held[id], live_url(id)) for id in wanted]


class _Builder:
    """The parts of an event that every agenda reads, looked up once."""

    def __init__(self, event: Event, language: str, texts: AgendaTexts, own_screen: bool) -> None:
        self.event = event
        self.language = language
        self.texts = texts
        self.own_screen = own_screen
        self.words = words(language)
        self.tables = {table.id: table.label for table in event.tables}
        self.facilitators = {facilitator.id: facilitator.label for facilitator in event.facilitators}
        self.days: dict[date, list[Slot]] = {}
        for slot in event.slots:
            self.days.setdefault(slot.start.date(), []).append(slot)

    def agenda(self, me: Participant, meetings: Sequence[Meeting], live_url: str | None) -> AgendaData:
        by_slot: dict[str, list[Meeting]] = {}
        for meeting in meetings:
            by_slot.setdefault(meeting.slot, []).append(meeting)
        days = []
        for day, slots in self.days.items():
            lines = tuple(self._day_lines(me, slots, by_slot))
            if lines:
                days.append(AgendaDay(day, self._date(day), lines))
        rows = [line for day in days for line in day.lines if line.kind == "meeting"]
        online = sum(line.online for line in rows)
        tables = {line.table for line in rows if line.table}
        return AgendaData(
            participant_id=me.id,
            name=self._spaced(me.label),
            about=self._about(me),
            event_title=self._spaced(self.event.title) or self.words["agenda"],
            language=self.language,
            days=tuple(days),
            dates=self._dates(),
            meeting_count=len(rows),
            online_count=online,
            has_tables=bool(self.tables) or online > 0,
            only_table=tables.pop() if len(tables) == 1 and len(rows) - online > 1 else "",
            time_zone=self.words["time_zone"].format(zone=self.event.timezone) if online else "",
            place=self._spaced(self.texts.place),
            contact=self._spaced(self.texts.contact),
            online=self._online() if online else "",
            project=self._spaced(self.texts.projects.get(me.id, "")),
            live_url=live_url,
            organiser=self._spaced(self.texts.organiser),
            logo=self.texts.logo,
        )

    def _online(self) -> str:
        if self.texts.online is None:
            return ""
        return self._spaced(self.words["online_how"].format(how=self.texts.online or self.words["online_later"]))

    def _day_lines(
        self, me: Participant, slots: Sequence[Slot], by_slot: Mapping[str, Sequence[Meeting]]
    ) -> Iterable[AgendaLine]:
        busy = [i for i, slot in enumerate(slots) if slot.id in by_slot]
        pauses = _pauses_after(slots)
        for position, i in enumerate(busy):
            if position:
                between = self._break(me, slots, busy[position - 1], i, pauses)
                if between:
                    yield between
            here = sorted(by_slot[slots[i].id], key=lambda meeting: self._table_order(meeting.table))
            for k, meeting in enumerate(here):
                yield self._meeting(me, meeting, slots[i], parallel=k > 0, at_once=len(here) > 1)

    def _break(
        self, me: Participant, slots: Sequence[Slot], before: int, after: int, pauses: frozenset[int]
    ) -> AgendaLine | None:
        """The row between two meetings, at positions ``before`` and ``after``; ``None`` where they follow on."""
        free = slots[before + 1 : after]
        paused = [i for i in range(before, after) if i in pauses]
        if not free and not paused:
            return None
        first = before if before in paused else before + 1
        start = slots[before].end if first == before else slots[first].start
        end = slots[after].start if after - 1 in paused else slots[after - 1].end
        lunch = any(slots[i].end.hour in (11, 12, 13) and slots[i + 1].start.hour in (12, 13, 14) for i in paused)
        if not paused:
            absent = all(slot.id in me.unavailable for slot in free)
            title = self.words["break_absent"] if absent else counted(self.language, "break_free", len(free))
        elif free:
            title = self.words["break_lunch_mixed" if lunch else "break_mixed"]
        else:
            title = self.words["break_lunch" if lunch else "break_common"]
        return AgendaLine("break", clock(start), clock(end), title)

    def _meeting(self, me: Participant, meeting: Meeting, slot: Slot, *, parallel: bool, at_once: bool) -> AgendaLine:
        a, b = meeting.between
        partner = self.event.participant(b if a == me.id else a)
        why = why_they_meet(self.event, me, partner)
        told = in_words(why, self.language, own_screen=self.own_screen)
        online = meeting.table is None and (me.remote or partner.remote)
        facilitator = self.facilitators.get(meeting.facilitator or "", "")
        return AgendaLine(
            kind="meeting",
            start=clock(slot.start),
            end=clock(slot.end),
            title=self._spaced(partner.label),
            table=self.tables[meeting.table] if meeting.table is not None else "",
            online=online,
            parallel=parallel,
            at_once=at_once,
            about=self._about(partner),
            wish=told.wish,
            reasons=told.reasons,
            said=tuple(
                self.words["in_own_words"].format(line=self._spaced(line))
                for line in partners_lines(why, self.texts.lines.get(partner.id, {}))
            ),
            facilitator=self.words["facilitator"].format(name=facilitator) if facilitator else "",
        )

    def _table_order(self, table: str | None) -> int:
        return len(self.event.tables) if table is None else self.event.table_index[table]

    def _about(self, participant: Participant) -> str:
        kind = capitalised(kind_label(participant.kind, self.language))
        return kind + (f" · {zone_label(participant.zone, self.language)}" if participant.zone else "")

    def _date(self, day: date) -> str:
        return capitalised(long_date(self.language, day))

    def _dates(self) -> str:
        first, last = self.event.slots[0].start.date(), self.event.slots[-1].start.date()
        return self._date(first) if first == last else f"{self._date(first)} – {long_date(self.language, last)}"

    def _spaced(self, text: str) -> str:
        return spaced(self.language, text.strip())


def _pauses_after(slots: Sequence[Slot]) -> frozenset[int]:
    """Positions of the slots of a day that are followed by a pause for everybody: longer than the usual change-over."""
    intervals = [later.start - earlier.end for earlier, later in pairwise(slots)]
    if not intervals:
        return frozenset()
    usual = min(Counter(intervals).most_common(), key=lambda entry: (-entry[1], entry[0]))[0]
    return frozenset(
        i for i, interval in enumerate(intervals) if interval >= _PAUSE_ALWAYS or interval >= usual + _PAUSE_OVER_USUAL
    )
